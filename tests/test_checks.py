"""`validate`: every fault of a corpus or a page, each with a place and, where it can, a remedy."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skb_mcp.checks import check
from skb_mcp.corpus import embedded_corpus
from skb_mcp.errors import CorpusError, Finding
from skb_mcp.graph import all_links
from skb_mcp.loading import load_corpus
from skb_mcp.urls import mentioned
from support import (
    BASE,
    REAL_SHAPE,
    corpus,
    few_shipped,
    link_row,
    page,
    rows,
    shipped,
    source_row,
    time_limit,
    titles,
    url,
    write,
)

KNOWN = frozenset((Path(__file__).parent / "known_urls.txt").read_text(encoding="utf-8").split())
"""The pages of the published knowledge base that are known to exist."""


def checked(folder: Path, text: str | bytes, name: str = "a.md") -> list[str]:
    """What `check` says of a folder with one page."""
    return [str(finding) for finding in quick_check(write(folder, {name: text}))]


def quick_check(path: Path | str) -> tuple[Finding, ...]:
    """As `check` without the editorial rules (test_editorial), beside few shipped red flags."""
    with shipped(few_shipped()):
        return check(path, editorial=False)


# The shipped corpus


def test_the_shipped_corpus_has_no_fault_at_all() -> None:
    newest = max(page.date_modified for page in load_corpus().pages if page.date_modified)
    assert [str(finding) for finding in check(embedded_corpus(), today=newest)] == []


@pytest.mark.parametrize("file", sorted(embedded_corpus().rglob("*.md")), ids=lambda f: f.stem)
def test_every_shipped_page_has_no_fault_alone(file: Path) -> None:
    if file.parent.name != "red-flags":
        assert quick_check(file) == ()


def test_every_shipped_page_and_every_page_it_names_is_known_to_exist() -> None:
    pages = load_corpus().pages
    assert {page.canonical_url for page in pages} <= KNOWN
    assert {link.url for page in pages for link in all_links(page)} <= KNOWN
    texts = [(embedded_corpus() / page.path).read_text(encoding="utf-8") for page in pages]
    assert set().union(*(mentioned(text, BASE) for text in texts)) <= KNOWN
    assert pages


# What strict YAML makes of a value


def advice(line: int, what: str) -> str:
    return f"a.md:{line}: strict YAML reads this otherwise; write {what} (strict-yaml)"


STRICT = {
    "a colon": ("AAD — Acne: Tips for managing", '"AAD — Acne: Tips for managing"'),
    "a hash": ("Acne #1", '"Acne #1"'),
    "no": ("no", '"no"'),
    "yes": ("Yes", '"Yes"'),
    "nothing": ("null", '"null"'),
    "a tilde": ("~", '"~"'),
    "a time": ("1:30", '"1:30"'),
    "a hexadecimal number": ("0x1f", '"0x1f"'),
    "an octal number": ("010", '"010"'),
    "quotes in front": ('"Peptides" (Dermatologic Therapy)', r'"\"Peptides\" (Dermatologic Therapy)"'),
    "brackets": ("[a] b", '"[a] b"'),
    "a list": ("[a, b]", '"[a, b]"'),
    "a percent sign": ("%5 acid", '"%5 acid"'),
    "a star": ("*Very* dry", '"*Very* dry"'),
    "a question mark": ("? what", '"? what"'),
    "an at sign": ("@home", '"@home"'),
}


@pytest.mark.parametrize(("title", "quoted"), STRICT.values(), ids=STRICT)
def test_a_value_that_strict_yaml_reads_otherwise_is_a_warning_with_a_remedy(
    tmp_path: Path, title: str, quoted: str
) -> None:
    assert checked(tmp_path, page(title=title)) == [advice(2, f"title: {quoted}")]
    assert checked(tmp_path, page(title=quoted)) == []


FINE = {
    "plain": "title: Plain words, with commas (and brackets)",
    "quoted": 'summary: "AAD — Acne: Tips"',
    "single quotes": "summary: 'it''s: fine'",
    "a literal block": "summary: |\n  Acne: tips\n  and #marks",
    "a folded block": "summary: >-\n  Acne: tips\n  no",
    "words over two lines": "summary: Acne tips\n  and marks",
    "a list": "aliases:\n  - plain words\n  - 'no'",
    "brackets": "aliases: [plain words, 'no']",
    "an empty list": "evidence_sources: []",
    "a comment behind true": "",
}


@pytest.mark.parametrize("line", FINE.values(), ids=FINE)
def test_a_value_that_strict_yaml_reads_alike_is_no_finding(tmp_path: Path, line: str) -> None:
    text = page(eligible="true # reviewed by hand") if not line else page(keys=f"{line}\n")
    assert checked(tmp_path, text.replace("title: Razor Bumps\n", "", 1) if line.startswith("title") else text) == []


def test_rows_and_lists_are_looked_at_too(tmp_path: Path) -> None:
    keys = "aliases:\n  - zits\n  - no\n" + rows("evidence_sources", source_row("abc", "ABC — Acne: tips"))
    assert checked(tmp_path, page(keys=keys)) == [
        advice(10, '- "no"'),
        advice(12, 'title: "ABC — Acne: tips"'),
    ]


def test_a_published_page_loads_and_is_only_warned_of(tmp_path: Path) -> None:
    found = quick_check(write(tmp_path, {"a.md": REAL_SHAPE}))
    assert {(f.rule, f.severity, f.public) for f in found} == {("strict-yaml", "warning", True)}
    assert [f.line for f in found] == [8, 19, 23]


PRINTABLE = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=20).map(str.strip)


@settings(deadline=None, max_examples=30)
@given(
    PRINTABLE.filter(bool) | st.sampled_from(["- a", "a: b", "'", '"a', "a #b", "{a}", "!x y", "&x", "*x", "| a", "\\"])
)
def test_the_remedy_is_one(tmp_path_factory: pytest.TempPathFactory, title: str) -> None:
    folder = tmp_path_factory.mktemp("page")
    found = checked(folder, page(title=title))
    if len(found) == 1 and found[0].endswith(" (strict-yaml)"):
        remedy = found[0].partition("; write title: ")[2].removesuffix(" (strict-yaml)")
        assert checked(folder, page(title=remedy)) == []
        assert titles(corpus(folder, {})) == [title]


# Values that must not bring the checker down

HOSTILE = {
    "a nest": "[" * 3000,
    "a nest of braces": "{a: " * 3000,
    "a wrong boolean": "[!!bool maybe]",
    "a wrong time": "[!!timestamp x]",
    "an empty number": "[!!int '']",
    "an empty fraction": "[!!float '']",
    "a huge number": "9" * 5000,
    "a huge hexadecimal number": "0x" + "f" * 5000,
    "a set": "[!!set {a}]",
    "an object": "[!!python/object/apply:os.system [true]]",
    "an unknown alias": "[*x]",
    "itself": "[&x [*x]]",
    "a list for a key": "{[a]: b}",
    "a merge": "{<<: x}",
    "a value": "=",
    "a date that is none": "2026-13-45",
    "a control character": "\x01",
    "a bell": "a\x07b",
    "a line separator": "a\u2028b",
}


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_value_is_a_warning_at_most(tmp_path: Path, title: str) -> None:
    write(tmp_path, {"good.md": page(), "b.md": page("Ingredient", "b", title)})
    with time_limit(10):
        found = quick_check(tmp_path)
    assert {(f.path, f.line) for f in found} <= {("b.md", 2)}


def test_an_alias_bomb_does_not_go_off(tmp_path: Path) -> None:
    names = "abcdefgh"
    levels = [f"&{b} [{', '.join([f'*{a}'] * 10)}]" for a, b in pairwise(names)]
    write(tmp_path, {"a.md": page(title=f"[&a [x, x], {', '.join(levels)}]")})
    with time_limit(10):
        assert {(f.path, f.line) for f in quick_check(tmp_path)} <= {("a.md", 2)}


# What is checked


def test_a_page_can_be_checked_alone(tmp_path: Path) -> None:
    keys = rows("key_ingredients", link_row("Product", "x")) + "colour: red\n"
    text = page(title="Acne #1", keys=keys, dates="date_modified: soon\n")
    file = write(tmp_path, {"a.md": text}) / "a.md"
    expected = [
        "a.md:1: 'date_reviewed' is missing (missing-key)",
        'a.md:2: strict YAML reads this otherwise; write title: "Acne #1" (strict-yaml)',
        "a.md:5: 'date_modified' takes a date written YYYY-MM-DD (date)",
        f"a.md:9: 'url' must read {BASE}/ingredients/…; it is left out (link-url)",
        "a.md:10: 'colour' is not a key of this format (unknown-key)",
    ]
    assert [str(f) for f in quick_check(file)] == expected
    assert [str(f) for f in quick_check(str(tmp_path)) if f.rule != "empty"] == expected


def test_every_fault_of_a_page_is_reported_at_once(tmp_path: Path) -> None:
    """Not the faults of the header first and those of its values when these are mended."""
    text = page(title="", dates="date_modified: soon\n", keys="aliases: x\n")
    for found in (quick_check(write(tmp_path, {"a.md": text})), quick_check(tmp_path / "a.md")):
        assert [str(f) for f in found if f.rule != "empty" and f.severity == "error"] == [
            "a.md:1: 'title' is missing (missing-key)",
            "a.md:5: 'date_modified' takes a date written YYYY-MM-DD (date)",
            "a.md:7: 'aliases' takes a list of texts ('  - text') (wrong-shape)",
        ]


def test_a_page_that_is_not_eligible_is_checked_too(tmp_path: Path) -> None:
    """An author mends a page before it is let out."""
    write(
        tmp_path,
        {
            "good.md": page(),
            "b.md": page(
                "Ingredient", "b", "B: c", eligible="false", dates="date_modified: soon\ndate_reviewed: 2026-01-01\n"
            ),
        },
    )
    assert [str(f) for f in quick_check(tmp_path)] == [
        'b.md:2: strict YAML reads this otherwise; write title: "B: c" (strict-yaml)',
        "b.md:5: 'date_modified' takes a date written YYYY-MM-DD (date)",
    ]
    assert not any(f.public for f in quick_check(tmp_path))


def test_what_loading_finds_is_found(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a.md": page(body=f"See [B]({url('Ingredient', 'b')})."),
            "b.md": page("Ingredient", "b", "B", eligible="false"),
            "c.md": page(),
            "corpus.yaml": "- x\n",
        },
    )
    assert [str(f) for f in quick_check(tmp_path)] == [
        "a.md:10: a link to an ineligible page is not served (ineligible-link)",
        "c.md:4: this canonical URL is used by more than one file; only one of them can be served (duplicate-url)",
        "corpus.yaml:1: expected a mapping of keys to values (manifest)",
    ]


@pytest.mark.parametrize("content", [b"", b"\xff", b"\0", b"x" * (1 << 21), b"---\n", b"# x\n"])
def test_a_file_that_is_no_page_is_one_finding(tmp_path: Path, content: bytes) -> None:
    file = write(tmp_path, {"a.md": content}) / "a.md"
    (finding,) = quick_check(file)
    assert (finding.path, finding.line, finding.severity) == ("a.md", 1, "error")


def test_where_there_is_nothing_there_is_nothing_to_check(tmp_path: Path) -> None:
    with pytest.raises(CorpusError) as caught:
        quick_check(tmp_path / "gone")
    assert str(caught.value) == "there is no file or folder at that path"


def test_an_empty_folder_is_one_finding(tmp_path: Path) -> None:
    assert [str(f) for f in quick_check(tmp_path)] == [".:1: no page with 'mcp_eligible: true' in this folder (empty)"]
