"""One entry in the settings of a client: put in, changed, taken out, and nothing else touched."""

from __future__ import annotations

import io
import json
from typing import Any, get_args

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from settings_texts import CONTAINERS, NAME, TEXTS, Written
from skb_mcp.editing import EDITORS, Format, entry_of, made_by_us, snippet, with_entry, without_entry
from skb_mcp.splicing import SettingsError

FORMATS: tuple[Format, ...] = get_args(Format)
NO_TABLE = "the entry is not written as a table with a header of its own; change it by hand"
LOSS = "the file is written in a way that cannot be changed without loss"
COMMENTS = "the entry holds comments that would be lost; take it out first (--remove)"
TWICE = "a key stands twice in the same {}; keep one of them"
FLOW = "not a mapping with each entry on a line of its own"
LOCAL = {"command": "/opt/skb-mcp", "args": ["serve"]}
REMOTE = {"url": "http://127.0.0.1:8000/mcp"}
OLDER = {"command": "old", "args": ["x"], "disabled": True}

every_format = pytest.mark.parametrize("form", FORMATS)


def path_of(form: Format) -> tuple[str, str]:
    return CONTAINERS[form], NAME


def texts(form: Format, entry: object = None) -> st.SearchStrategy[tuple[Format, Written]]:
    return st.tuples(st.just(form), TEXTS[form](entry=entry))


ANY = st.one_of(*(texts(form) for form in FORMATS))
ANY_WITH_OURS = st.one_of(*(texts(form, OLDER) for form in FORMATS))


def order_of(form: Format, value: dict[str, Any], container: str) -> list[list[str]]:
    """The keys of a value and of its container in their order (a table of TOML stands where it likes)."""
    found = [list(value), list(value.get(container) or {})]
    return [sorted(keys) for keys in found] if form == "toml" else found


# Properties


@settings(deadline=None, max_examples=50)
@given(ANY)
def test_an_entry_is_added_behind_the_others_and_all_the_rest_stays(case: tuple[Format, Written]) -> None:
    form, (text, meaning, remarks) = case
    container, _ = path_of(form)
    new = with_entry(form, text, path_of(form), LOCAL)
    expected = {**meaning, container: {**(meaning.get(container) or {}), NAME: LOCAL}}
    value = EDITORS[form].parse(new)
    assert value == expected
    assert order_of(form, value, container) == order_of(form, expected, container)
    places = [new.index(remark) for remark in remarks]
    assert places == sorted(places)


@settings(deadline=None, max_examples=50)
@given(ANY)
def test_what_was_put_in_and_taken_out_leaves_the_same_text(case: tuple[Format, Written]) -> None:
    form, (text, _, _) = case
    path = path_of(form)
    new = with_entry(form, text, path, LOCAL)
    assert made_by_us(form, text, new, path)
    assert without_entry(form, new, path, text) == text
    assert without_entry(form, with_entry(form, new, path, REMOTE), path, text) == text


@settings(deadline=None, max_examples=40)
@given(ANY)
def test_what_was_there_is_left_as_it_was_even_when_nothing_tells_how_it_was(case: tuple[Format, Written]) -> None:
    form, (text, meaning, _) = case
    container, _ = path_of(form)
    back = without_entry(form, with_entry(form, text, path_of(form), LOCAL), path_of(form))
    if meaning.get(container):
        assert "".join(back.split()) == "".join(text.split())
    value = EDITORS[form].parse(back)
    assert {**value, container: value.get(container) or {}} == {**meaning, container: meaning.get(container) or {}}


@settings(deadline=None, max_examples=30)
@given(ANY)
def test_installing_twice_is_installing_once(case: tuple[Format, Written]) -> None:
    form, written = case
    once = with_entry(form, written.text, path_of(form), LOCAL)
    assert with_entry(form, once, path_of(form), LOCAL) == once


@settings(deadline=None, max_examples=50)
@given(ANY_WITH_OURS)
def test_an_entry_is_taken_out_from_anywhere_and_all_the_rest_stays(case: tuple[Format, Written]) -> None:
    form, (text, meaning, remarks) = case
    container, _ = path_of(form)
    start, end = EDITORS[form].span(text, path_of(form))
    start, end = (text.index(f'"{NAME}"'), text.find(",", end) % len(text)) if form == "json" else (start, end)
    left = without_entry(form, text, path_of(form))
    rest = {key: value for key, value in meaning[container].items() if key != NAME}
    value = EDITORS[form].parse(left)
    assert {**value, container: value.get(container, {})} == {**meaning, container: rest}
    outside = [remark for remark in remarks if not start <= text.index(remark) <= max(start, end)]
    assert [remark for remark in outside if remark not in left] == []


@settings(deadline=None, max_examples=50)
@given(ANY_WITH_OURS)
def test_an_entry_is_changed_in_its_place_or_refused_for_a_comment(case: tuple[Format, Written]) -> None:
    form, (text, meaning, remarks) = case
    container, _ = path_of(form)
    start, end = EDITORS[form].span(text, path_of(form))
    if any(start <= text.index(remark) < end for remark in remarks):
        with pytest.raises(SettingsError, match=r"^the entry holds comments that would be lost; take it out first"):
            with_entry(form, text, path_of(form), LOCAL)
        return
    new = with_entry(form, text, path_of(form), LOCAL)
    expected = {**meaning, container: {**meaning[container], NAME: {**LOCAL, "disabled": True}}}
    value = EDITORS[form].parse(new)
    assert value == expected
    assert order_of(form, value, container) == order_of(form, expected, container)
    assert [remark for remark in remarks if remark not in new] == []


@settings(deadline=None, max_examples=50)
@given(st.data(), ANY_WITH_OURS | ANY)
def test_a_text_with_a_slip_of_the_pen_is_refused_or_read_like_any_other(
    data: st.DataObject, case: tuple[Format, Written]
) -> None:
    form, (text, _, _) = case
    place = data.draw(st.integers(0, len(text)))
    slip = data.draw(
        st.sampled_from(['"', "{", "}", "[", "]", ",", ":", "\\", "/*", "//", "#", "=", "\t", "*a", "&a ", "|"])
    )
    slipped = text[:place] + slip + text[place + data.draw(st.integers(0, 1)) :]
    try:
        new = with_entry(form, slipped, path_of(form), LOCAL)
        left = without_entry(form, slipped, path_of(form))
    except SettingsError:
        return
    assert LOCAL.items() <= dict(entry_of(form, new, path_of(form)) or {}).items()  # type: ignore[call-overload]
    assert entry_of(form, left, path_of(form)) is None


# Second readers: libraries that are not used for it


@settings(deadline=None, max_examples=30)
@given(texts("toml"))
def test_tomlkit_reads_the_same_and_sees_every_comment(case: tuple[Format, Written]) -> None:
    _, (text, meaning, remarks) = case
    new = with_entry("toml", text, path_of("toml"), LOCAL)
    read = tomlkit.parse(new.replace("\r\n", "\n"))  # which TOML takes for the same inside a text
    assert read.unwrap() == {**meaning, "mcp_servers": {**meaning.get("mcp_servers", {}), NAME: LOCAL}}
    assert [remark for remark in remarks if remark not in read.as_string()] == []


@settings(deadline=None, max_examples=30)
@given(texts("yaml"))
def test_ruamel_reads_the_same_and_sees_every_comment(case: tuple[Format, Written]) -> None:
    _, (text, meaning, remarks) = case
    new = with_entry("yaml", text, path_of("yaml"), LOCAL)
    yaml, out = YAML(), io.StringIO()
    read = yaml.load(new)
    yaml.dump(read, out)
    assert read == {**meaning, "extensions": {**(meaning.get("extensions") or {}), NAME: LOCAL}}
    assert [remark for remark in remarks if remark not in out.getvalue()] == []


# What it looks like


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '{\n  "mcpServers": {\n    "skb": {\n      "a": [1]\n    }\n  }\n}\n'),
        ("// mine\n", '// mine\n{\n  "mcpServers": {\n    "skb": {\n      "a": [1]\n    }\n  }\n}\n'),
        ("{}", '{\n  "mcpServers": {\n    "skb": {\n      "a": [1]\n    }\n  }\n}'),
        ('{"x":1}', '{"x":1,"mcpServers":{"skb":{"a":[1]}}}'),
        ('{"x": 1}\n', '{"x": 1, "mcpServers": {"skb": {"a": [1]}}}\n'),
        ('{"mcpServers": {}}', '{"mcpServers": {"skb": {"a": [1]}}}'),
        (
            '{\r\n\t"x": 1, // x\r\n\t"mcpServers": { // y\r\n\t}\r\n}\r\n',
            '{\r\n\t"x": 1, // x\r\n\t"mcpServers": { // y\r\n\t\t"skb": {\r\n\t\t\t"a": [1]\r\n\t\t}\r\n\t}\r\n}\r\n',
        ),
        (
            '{\n "mcpServers": {\n  "b": {} // of b\n }\n}',
            '{\n "mcpServers": {\n  "b": {}, // of b\n  "skb": {\n   "a": [1]\n  }\n }\n}',
        ),
        (
            '{\n "mcpServers": {\n  "b": {}, // of b\n },\n}',
            '{\n "mcpServers": {\n  "b": {}, // of b\n  "skb": {\n   "a": [1]\n  },\n },\n}',
        ),
    ],
)
def test_json_gets_an_entry_in_its_own_style(before: str, after: str) -> None:
    assert with_entry("json", before, path_of("json"), {"a": [1]}) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "[mcp_servers.skb]\na = 1\n"),
        ("x = 1", "x = 1\n\n[mcp_servers.skb]\na = 1\n"),
        ("x = 1\r\n", "x = 1\r\n\r\n[mcp_servers.skb]\r\na = 1\r\n"),
        (
            '[mcp_servers."skb"]\na = 0\n[mcp_servers.skb.env]\nK = "v"\n\n# of c\n[c]\n',
            '[mcp_servers.skb]\na = 1\n\n[mcp_servers.skb.env]\nK = "v"\n\n# of c\n[c]\n',
        ),
    ],
)
def test_toml_gets_a_table_of_its_own(before: str, after: str) -> None:
    assert with_entry("toml", before, path_of("toml"), {"a": 1}) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "extensions:\n  skb:\n    a: 1\n"),
        ("# mine", "# mine\nextensions:\n  skb:\n    a: 1\n"),
        ("x: 1\n# end\n", "x: 1\nextensions:\n  skb:\n    a: 1\n# end\n"),
        ("extensions: {} # none\nx: ~\n", "extensions: # none\n  skb:\n    a: 1\nx: ~\n"),
        ("extensions:\nx: 1\n", "extensions:\n  skb:\n    a: 1\nx: 1\n"),
        (
            "extensions:\n    b:\n        t: |\n            x\n",
            "extensions:\n    b:\n        t: |\n            x\n    skb:\n      a: 1\n",
        ),
        ("extensions:\n  skb: {a: 0}\n  b:\n", "extensions:\n  skb:\n    a: 1\n  b:\n"),
    ],
)
def test_yaml_gets_an_entry_at_the_depth_of_the_others(before: str, after: str) -> None:
    assert with_entry("yaml", before, path_of("yaml"), {"a": 1}) == after


@every_format
def test_a_container_that_was_made_for_the_entry_goes_with_it(form: Format) -> None:
    before = EDITORS[form].render(("x", "y"), 1) + "\n"
    made = with_entry(form, before, path_of(form), LOCAL)
    changed = with_entry(form, made, ("x", "z"), {"later": True})
    left = without_entry(form, changed, path_of(form), before)
    assert EDITORS[form].parse(left) == {"x": {"y": 1, "z": {"later": True}}}


@every_format
def test_a_snippet_is_a_whole_text_that_installs_the_same(form: Format) -> None:
    shown = snippet(form, path_of(form), LOCAL)
    assert shown.rstrip("\n") == shown
    assert with_entry(form, "", path_of(form), LOCAL) == shown + "\n"


@every_format
def test_what_a_user_has_added_stays_and_what_no_longer_applies_goes(form: Format) -> None:
    older = {**LOCAL, "env": {"KEY": "v"}, "disabled": True, "timeout": 9}
    text = with_entry(form, "", path_of(form), older)
    newer = with_entry(
        form, text, path_of(form), {"type": "stdio", "command": "new", "args": [], "timeout": 300, "env": {}}
    )
    assert entry_of(form, newer, path_of(form)) == {**older, "command": "new", "args": [], "type": "stdio"}
    remote = with_entry(form, newer, path_of(form), REMOTE)
    assert entry_of(form, remote, path_of(form)) == {**REMOTE, "disabled": True, "timeout": 9}


@every_format
def test_taking_out_what_is_not_there_changes_nothing(form: Format) -> None:
    assert without_entry(form, "", path_of(form)) == ""


def test_a_line_break_that_ends_a_comment_stays() -> None:
    text = '{"mcpServers": {"b": 1, // of b\n  "skb": {}, "c": 2}}'
    assert without_entry("json", text, path_of("json")) == '{"mcpServers": {"b": 1, // of b\n  "c": 2}}'


def test_what_cannot_take_the_entry_was_no_former_text() -> None:
    former = 'mcp_servers = {b = "b"}\n'
    assert not made_by_us("toml", former, with_entry("toml", "", path_of("toml"), LOCAL), path_of("toml"))


# What is refused


@pytest.mark.parametrize(
    ("form", "text", "line", "message"),
    [
        ("json", '{"a": 1', 1, "not valid JSON: Expecting ',' delimiter"),
        ("json", '{\n  "a": 1 "b": 2\n}', 2, "not valid JSON: Expecting ',' delimiter"),
        ("json", '{\n  /* open\n}', 2, "not valid JSON: Expecting property name enclosed in double quotes"),
        ("json", "{,}", 1, "not valid JSON: Expecting property name enclosed in double quotes"),
        ("json", "[1]", None, "not a JSON object"),
        ("json", '{"a": NaN}', None, "not valid JSON: a number that is none, or nested too deeply"),
        ("json", "[" * 100_000, None, "not valid JSON: a number that is none, or nested too deeply"),
        ("json", '{\n"mcpServers": []}', 2, "mcpServers is not an object"),
        ("json", '{"mcpServers": {},\n"mcpServers": {}}', 2, TWICE.format("object")),
        ("toml", "a = 1\nb = \n", 2, "not valid TOML"),
        ("toml", "a = " + "[" * 100_000, None, "not valid TOML: nested too deeply"),
        ("toml", 'mcp_servers = {a = "b"}\n', None, LOSS),
        ("toml", "mcp_servers.skb.command = 'x'\n", None, NO_TABLE),
        ("toml", "[mcp_servers]\nskb = {command = 'x'}\n", None, NO_TABLE),
        ("toml", "[mcp_servers.skb]\nx = 1 # mine\n", None, COMMENTS),
        ("yaml", "a: 1\nb: [\n", 3, "not valid YAML"),
        ("yaml", "a: \x00", None, "not valid YAML"),
        ("yaml", "a: 1\n---\nb: 2\n", 2, "not valid YAML"),
        ("yaml", "a: !mine 1\n", 1, "not valid YAML"),
        ("yaml", "a: &x\n  b: *x\n", None, "not valid YAML"),
        ("yaml", "? [a]\n: 1\n", 1, "not valid YAML"),
        ("yaml", "- a\n", None, "not a YAML mapping"),
        ("yaml", "extensions: {a: {b: 1}}\n", 1, FLOW),
        ("yaml", "x: 1\nextensions:\n- a\n", 3, FLOW),
        ("yaml", "extensions:\n  a: 1\n  a: 2\n", 3, TWICE.format("mapping")),
        ("yaml", "x: &a\n  b: 1\nextensions: *a\n", None, LOSS),
        ("yaml", "--- {}\n", 1, FLOW),
    ],
)  # fmt: skip
def test_what_cannot_be_read_or_changed_is_refused(form: Format, text: str, line: int | None, message: str) -> None:
    with pytest.raises(SettingsError) as refused:
        with_entry(form, text, path_of(form), LOCAL)
    assert (str(refused.value), refused.value.line) == (message, line)


def test_an_entry_that_shares_its_line_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"^the entry shares a line with something else$"):
        without_entry("yaml", "--- !!map\n? extensions\n: skb:\n    a: 1\n", path_of("yaml"))


@pytest.mark.parametrize("text", ['{"mcpServers": {"skb": {"url": "http://x//y", "a": "# /* no */ // comment"}}}'])
def test_what_only_looks_like_a_comment_is_none(text: str) -> None:
    new = with_entry("json", text, path_of("json"), REMOTE)
    assert json.loads(new) == {"mcpServers": {"skb": {"url": REMOTE["url"], "a": "# /* no */ // comment"}}}
