"""A folder → a corpus: good pages are served, whatever lies beside them; everything else is a finding."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skb_mcp.corpus import embedded_corpus
from skb_mcp.errors import CorpusError
from skb_mcp.library import Library
from skb_mcp.loading import load_corpus
from skb_mcp.reading import read_corpus
from support import (
    BASE,
    REAL_SHAPE,
    as_nobody,
    corpus,
    few_shipped,
    findings,
    link_row,
    page,
    plain,
    read_folder,
    rows,
    shipped,
    time_limit,
    titles,
    url,
    write,
)
from test_pages import ANYTHING, WHOLE

GOOD = {"good.md": page()}
UREA = page("Ingredient", "urea", "Urea")


# What is served


def test_a_folder_of_pages_becomes_a_corpus(tmp_path: Path) -> None:
    found = corpus(tmp_path, {"questions/one.md": REAL_SHAPE, "concerns/two.md": page(), "three.md": UREA})
    assert titles(found) == ["Razor Bumps", "Urea", "Why are there rough bumps on my legs after shaving?"]
    assert [p.path for p in found.pages] == ["concerns/two.md", "three.md", "questions/one.md"]
    assert found.findings == ()


@pytest.mark.parametrize(
    "name", ["a.md", "a.MD", "a.markdown", "a.txt", "a b.md", "-.md", "ü.md", "a.b.md", "red-flags.md"]
)
def test_a_page_is_known_by_its_suffix(tmp_path: Path, name: str) -> None:
    assert titles(corpus(tmp_path, {name: page()})) == ["Razor Bumps"]


@pytest.mark.parametrize(
    "name", ["a.html", "a.json", "a", "a.md.bak", "a.md~", ".a.md", ".git/a.md", "red-flags/a.txt", "a.yaml"]
)
def test_other_files_are_no_pages(tmp_path: Path, name: str) -> None:
    found = corpus(tmp_path, {**GOOD, name: UREA})
    assert titles(found) == ["Razor Bumps"]
    assert found.findings == ()


def test_a_folder_called_red_flags_holds_rules_at_the_top_alone(tmp_path: Path) -> None:
    assert titles(corpus(tmp_path, {**GOOD, "concerns/red-flags/urea.md": UREA})) == ["Razor Bumps", "Urea"]


def test_the_same_folder_makes_the_same_corpus(tmp_path: Path) -> None:
    files = {f"{n}.md": page("Ingredient", f"i{n}", f"Ingredient {n}", keys="colour: red\n") for n in range(9)}
    one, two = corpus(tmp_path / "a", files), corpus(tmp_path / "b", dict(reversed(files.items())))
    assert one.pages == two.pages
    assert one.findings == two.findings
    assert findings(one) == [f"{n}.md:8: 'colour' is not a key of this format (unknown-key)" for n in range(9)]


def test_a_folder_may_be_named_by_text_and_by_a_link(tmp_path: Path) -> None:
    write(tmp_path / "real", GOOD)
    (tmp_path / "link").symlink_to("real")
    assert titles(read_folder(str(tmp_path / "real"))) == ["Razor Bumps"]
    assert titles(read_folder(tmp_path / "link")) == ["Razor Bumps"]


# What is not


def test_a_folder_without_an_eligible_page_says_so(tmp_path: Path) -> None:
    empty = ".:1: no page with 'mcp_eligible: true' in this folder (empty)"
    assert findings(corpus(tmp_path / "a", {".keep": ""})) == [empty]
    assert findings(corpus(tmp_path / "b", {"a.md": page(eligible="false")})) == [empty]


@pytest.mark.parametrize(
    "make", [lambda _: None, lambda p: p.write_text("x"), lambda p: p.symlink_to(p)], ids=["nothing", "file", "loop"]
)
def test_what_is_no_folder_is_no_corpus(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "corpus")
    with pytest.raises(CorpusError) as caught:
        read_corpus(tmp_path / "corpus")
    assert str(caught.value) == "the corpus folder does not exist or cannot be read"
    assert caught.value.findings == ()


BAD_FILES: dict[str, tuple[str | bytes, list[str]]] = {
    "nothing": (b"", ["bad.md:1: the file does not begin with a '---' line (no-front-matter)"]),
    "no front matter": ("# Notes\n", ["bad.md:1: the file does not begin with a '---' line (no-front-matter)"]),
    "an open front matter": (
        UREA.replace("---\n\n", ""),
        ["bad.md:1: the front matter has no closing '---' line (unclosed-front-matter)"],
    ),
    "not UTF-8": (
        UREA.encode() + b"\xe9",
        [f"bad.md:1: not UTF-8 at byte {len(UREA.encode())}; save the file as UTF-8 (not-text)"],
    ),
    "a NUL": (UREA + "\0", [f"bad.md:1: a NUL character at character {len(UREA)}; this is no text file (not-text)"]),
    "over 1 MiB": (UREA + "x" * (1 << 20), ["bad.md:1: larger than 1 MiB; split the page (too-large)"]),
    "several faults": (
        UREA.replace("title: Urea", "title:")
        .replace("2026-11-01\nmcp", "soon\nmcp")
        .replace("mcp_eligible", "aliases: x\nmcp_eligible"),
        [
            "bad.md:1: 'title' is missing (missing-key)",
            "bad.md:6: 'date_reviewed' takes a date written YYYY-MM-DD (date)",
            "bad.md:7: 'aliases' takes a list of texts ('  - text') (wrong-shape)",
        ],
    ),
    "a date": (
        UREA.replace("date_reviewed: 2026-11-01", "date_reviewed: 1 November"),
        ["bad.md:6: 'date_reviewed' takes a date written YYYY-MM-DD (date)"],
    ),
    "a wrong folder": (
        UREA.replace("/ingredients/", "/products/"),
        ["bad.md:3: an Ingredient belongs under /ingredients/, which 'canonical_url' contradicts (entity-type)"],
    ),
    "a tag": (
        UREA.replace("mcp_eligible", "summary: !!python/name:os.system x\nmcp_eligible"),
        ["bad.md:7: tags, anchors and aliases are not read; write the value itself (yaml-machinery)"],
    ),
    "deep nesting": (
        UREA.replace("mcp_eligible", "aliases: " + "[" * 99 + "]" * 99 + "\nmcp_eligible"),
        ["bad.md:7: 'aliases' holds brackets inside brackets, or is not closed (nesting)"],
    ),
}


@pytest.mark.parametrize(("content", "found"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_page_is_reported_and_the_good_one_is_served(
    tmp_path: Path, content: str | bytes, found: list[str]
) -> None:
    read = corpus(tmp_path, {**GOOD, "bad.md": content})
    assert titles(read) == ["Razor Bumps"]
    assert findings(read) == found
    assert [f.rule for f in read.errors] == [f.rule for f in read.findings]


def test_a_byte_order_mark_and_carriage_returns_are_no_fault(tmp_path: Path) -> None:
    found = corpus(tmp_path, {"good.md": b"\xef\xbb\xbf" + page().replace("\n", "\r\n").encode()})
    assert titles(found) == ["Razor Bumps"]
    assert found.findings == ()


# Two files, one URL

TWICE = "this canonical URL is used by more than one file; only one of them can be served (duplicate-url)"


def test_of_two_files_with_one_url_the_first_is_served(tmp_path: Path) -> None:
    found = corpus(tmp_path, {"a.md": page(title="One"), "b.md": page(title="Two")})
    assert titles(found) == ["One"]
    assert findings(found) == [f"b.md:4: {TWICE}"]


BROKEN_TWINS = {
    "an open header": page().replace("---\n\n", "\n"),
    "no title": page(title=""),
    "a bad date": page(dates="date_modified: soon\n"),
    "a slash too many": page(canonical=url("Concern", "razor-bumps") + "/"),
}


@pytest.mark.parametrize("twin", BROKEN_TWINS.values(), ids=BROKEN_TWINS)
def test_a_broken_twin_does_not_cost_the_good_page(tmp_path: Path, twin: str) -> None:
    found = corpus(tmp_path, {"a.md": twin, "b.md": page(title="Good")})
    assert titles(found) == ["Good"]
    assert found.errors


def test_a_url_that_one_file_holds_back_is_served_from_none(tmp_path: Path) -> None:
    files = {"a.md": page(title="One"), "b.md": page(title="Two", eligible="false"), "c.md": UREA}
    found = corpus(tmp_path, files)
    assert titles(found) == ["Urea"]
    assert findings(found) == [f"b.md:4: {TWICE}"]
    assert found.public_findings == ()


# Links and other things that are no files


def test_links_that_leave_the_folder_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "outside", {"urea.md": UREA, "more/urea2.md": UREA})
    write(tmp_path / "in", GOOD)
    (tmp_path / "in" / "file.md").symlink_to(tmp_path / "outside" / "urea.md")
    (tmp_path / "in" / "relative.md").symlink_to("../outside/urea.md")
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "outside")
    (tmp_path / "in" / "up").symlink_to("..")
    (tmp_path / "in" / "twice.md").symlink_to("file.md")
    (tmp_path / "in" / "system.md").symlink_to("/etc/hostname")
    found = read_folder(tmp_path / "in")
    assert titles(found) == ["Razor Bumps"]
    leaves = "a link that leaves the corpus folder is not followed (symlink)"
    names = ("file.md", "folder", "relative.md", "system.md", "twice.md", "up")
    assert findings(found) == [f"{name}:1: {leaves}" for name in names]


def test_links_that_lead_nowhere_are_findings(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "gone.md").symlink_to("nothing.md")
    (tmp_path / "self.md").symlink_to("self.md")
    (tmp_path / "one.md").symlink_to("two.md")
    (tmp_path / "two.md").symlink_to("one.md")
    found = read_folder(tmp_path)
    assert titles(found) == ["Razor Bumps"]
    assert findings(found) == [f"{n}.md:1: a link that leads nowhere (symlink)" for n in ("gone", "one", "self", "two")]


def test_links_within_the_folder_add_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"a/good.md": page()})
    (tmp_path / "again.md").symlink_to("a/good.md")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "a" / "loop").symlink_to("..")
    found = read_folder(tmp_path)
    assert titles(found) == ["Razor Bumps"]
    assert found.findings == ()


def test_a_page_is_not_lost_where_files_are_links_into_a_hidden_folder(tmp_path: Path) -> None:
    """A mounted Kubernetes ConfigMap is such a folder, and so is a git-annex repository."""
    write(tmp_path, {"..2026_11_21/good.md": page(), ".store/0af3": UREA})
    (tmp_path / "..data").symlink_to("..2026_11_21")
    (tmp_path / "good.md").symlink_to("..data/good.md")
    (tmp_path / "urea.md").symlink_to(".store/0af3")
    found = read_folder(tmp_path)
    assert titles(found) == ["Razor Bumps", "Urea"]
    assert found.findings == ()


def test_a_pipe_a_socket_or_a_folder_called_like_a_page_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "folder.md").mkdir()
    with time_limit(10):
        found = read_folder(tmp_path)
    assert titles(found) == ["Razor Bumps"]
    assert findings(found) == ["pipe.md:1: not a regular file (unreadable)"]


def test_a_page_in_a_folder_called_like_a_page_is_served(tmp_path: Path) -> None:
    assert titles(corpus(tmp_path, {"folder.md/good.md": page()})) == ["Razor Bumps"]


DATA_FILES = {"corpus.yaml": "manifest", "lexicon.yaml": "lexicon", "red-flags/own.md": "red-flag"}


@pytest.mark.parametrize(("name", "rule"), DATA_FILES.items())
def test_a_pipe_in_place_of_a_data_file_stops_nothing_for_ever(tmp_path: Path, name: str, rule: str) -> None:
    write(tmp_path, {**GOOD, "red-flags/.keep": ""})
    os.mkfifo(tmp_path / name)
    with time_limit(10):
        found = read_folder(tmp_path)
    assert [(f.path, f.line, f.rule) for f in found.errors] == [(name, 1, rule)]


@pytest.mark.parametrize(("name", "rule"), DATA_FILES.items())
def test_a_data_file_that_is_a_link_out_of_the_folder_is_not_followed(tmp_path: Path, name: str, rule: str) -> None:
    shipped = {"red-flags/own.md": "red-flags/chemical-in-the-eye.md"}
    write(tmp_path, {**GOOD, "red-flags/.keep": ""})
    (tmp_path / name).symlink_to(embedded_corpus() / shipped.get(name, name))
    found = read_folder(tmp_path)
    assert [(f.path, f.line, f.rule) for f in found.errors] == [(name, 1, rule)]


def test_rules_behind_a_link_out_of_the_folder_are_not_read(tmp_path: Path) -> None:
    write(tmp_path / "outside", {"own.md": "no rule\n"})
    write(tmp_path / "in", GOOD)
    (tmp_path / "in" / "red-flags").symlink_to(tmp_path / "outside")
    assert {(f.path, f.line) for f in read_folder(tmp_path / "in").errors} == {("red-flags", 1)}


# Without the right to read


@pytest.fixture
def open_folder() -> Path:
    """A folder that every user may enter (pytest's own is closed to others)."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    return folder


UNREADABLE: dict[str, tuple[str, int, list[str]]] = {
    "a page": ("pages/urea.md", 0o000, ["pages/urea.md:1: cannot be read: Permission denied (unreadable)"]),
    "a folder": ("pages", 0o000, ["pages:1: this folder cannot be listed (unreadable)"]),
    "a folder that can be entered only": ("pages", 0o111, ["pages:1: this folder cannot be listed (unreadable)"]),
}


@pytest.mark.parametrize(("name", "mode", "found"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_may_not_be_read_is_a_finding(open_folder: Path, name: str, mode: int, found: list[str]) -> None:
    write(open_folder, {**GOOD, "pages/urea.md": UREA})
    (open_folder / name).chmod(mode)
    with as_nobody():
        read = read_folder(open_folder)
    assert titles(read) == ["Razor Bumps"]
    assert findings(read) == found


def test_a_folder_that_can_be_listed_but_not_entered_is_a_finding(open_folder: Path) -> None:
    write(open_folder, {**GOOD, "pages/urea.md": UREA})
    (open_folder / "pages").chmod(0o444)
    with as_nobody():
        read = read_folder(open_folder)
    assert titles(read) == ["Razor Bumps"]
    assert [(f.path, f.line, f.rule) for f in read.findings] == [("pages/urea.md", 1, "unreadable")]


@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_rules_that_may_not_be_read_are_a_finding(open_folder: Path, mode: int) -> None:
    write(open_folder, {**GOOD, "red-flags/own.md": "x"})
    (open_folder / "red-flags").chmod(mode)
    with as_nobody():
        read = read_folder(open_folder)
    assert titles(read) == ["Razor Bumps"]
    assert {(f.line, f.rule) for f in read.errors} == {(1, "red-flag")}


@pytest.mark.parametrize("mode", [0o000, 0o111])
def test_a_folder_that_may_not_be_listed_is_no_corpus(open_folder: Path, mode: int) -> None:
    write(open_folder, GOOD)
    open_folder.chmod(mode)
    with as_nobody(), pytest.raises(CorpusError) as caught:
        read_folder(open_folder)
    assert str(caught.value) == "the corpus folder does not exist or cannot be read"


def test_a_folder_that_may_be_listed_but_not_entered_is_empty_or_no_corpus(open_folder: Path) -> None:
    write(open_folder, GOOD)
    open_folder.chmod(0o444)
    try:
        with as_nobody():
            assert titles(read_folder(open_folder)) == []
    except CorpusError as error:
        assert str(error) == "the corpus folder does not exist or cannot be read"  # noqa: PT017  # either will do


# Names

NAMES = {
    "not UTF-8": b"caf\xe9.md",
    "a line feed": b"a\nerror: b.md",
    "a carriage return": b"a\rb.md",
    "a terminal's escape": b"a\x1b[2Jb.md",
    "a line separator": "a\u2028b.md".encode(),
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_finding_is_one_printable_line_whatever_the_file_is_called(tmp_path: Path, name: bytes) -> None:
    write(tmp_path, GOOD)
    Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_text(UREA.replace("Urea", "", 1))
    read = read_folder(tmp_path)
    assert titles(read) == ["Razor Bumps"]
    (found,) = findings(read)
    assert found.endswith(".md:1: 'title' is missing (missing-key)")
    assert found.isprintable()


# Rules and words that come along


def test_a_folder_without_rules_has_the_shipped_ones(tmp_path: Path) -> None:
    whole = load_corpus()
    found = read_corpus(write(tmp_path, GOOD))
    assert [plain({"rules": screen["rules"]}) for screen in found.screens] == [
        plain({"rules": screen["rules"]}) for screen in whole.screens
    ]
    for table in ("single", "phrases", "denials"):
        assert plain({table: found.ranking[table]}) == plain({table: whole.ranking[table]})
    assert found.manifest == whole.manifest.model_copy(update={"name": "local", "version": "unversioned"})


@pytest.mark.parametrize("again", ["relative", "a link", "a copy"])
def test_the_shipped_rules_are_not_counted_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: str) -> None:
    """A corpus is often begun as a copy of the shipped one, and served from a checkout by a relative path."""
    folder = few_shipped()
    if again == "relative":
        monkeypatch.chdir(folder.parent)
        folder = Path(folder.name)
    elif again == "a link":
        (tmp_path / "link").symlink_to(folder)
        folder = tmp_path / "link"
    else:
        copied = {
            file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()
        }
        folder = write(tmp_path / "copy", copied)
    with shipped(few_shipped()):
        referral = Library(read_corpus(folder)).screen("My leg is numb")
    assert referral
    assert [reason.rule for reason in referral.reasons] == ["numb-leg"]


# Anything at all

RUBBISH = st.dictionaries(
    st.from_regex(r"[a-y0-9]{1,5}(/[a-y]{1,3})?\.(md|txt|MD)", fullmatch=True),
    st.binary(max_size=60) | (ANYTHING | WHOLE).map(lambda text: text.encode("utf-8", "surrogatepass")),
    max_size=5,
)


@settings(deadline=None, max_examples=40)
@given(RUBBISH)
def test_a_good_page_is_served_beside_any_rubbish(rubbish: dict[str, bytes]) -> None:
    """Only another file that claims its own URL can withdraw it, and none here can know that."""
    slug = "zzz-a-slug-of-its-own"
    keys = rows("key_ingredients", link_row("Ingredient", "zzz-own", "Own"))
    good = page("SideEffect", slug, "Good", keys=keys, body=f"Kept. See [Own]({BASE}/ingredients/zzz-own).")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, data in rubbish.items():
            file = folder / path
            if not any(parent.is_file() for parent in file.parents) and not file.is_dir():
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
        found = read_folder(write(folder, {"zzz.md": good}))
    (served,) = [p for p in found.pages if p.slug == slug]
    assert served.title == "Good"
    assert [link.title for link in served.key_ingredients] == ["Own"]
    assert served.sections[0].text == f"Kept. See [Own]({BASE}/ingredients/zzz-own)."
    assert all(finding.line >= 1 for finding in found.findings)
    assert not any(finding.path == "zzz.md" for finding in found.findings)
