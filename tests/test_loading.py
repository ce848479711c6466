"""The corpus to serve: fit or refused, from its folder or from a snapshot that equals it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from skb_mcp.corpus import Corpus
from skb_mcp.errors import CorpusError
from skb_mcp.library import Library
from skb_mcp.listing import names_ahead
from skb_mcp.loading import load_corpus, write_snapshot
from skb_mcp.reading import read_corpus
from support import (
    BASE,
    RULE,
    VOCABULARY,
    few_shipped,
    findings,
    page,
    plain,
    retitled,
    shipped,
    time_limit,
    titles,
    write,
)

GOOD = {"good.md": page()}


def refused(folder: Path, *, strict: bool = False) -> tuple[str, list[str]]:
    """Why a corpus cannot be served, and every finding."""
    with shipped(few_shipped()), pytest.raises(CorpusError) as caught:
        load_corpus(folder, strict=strict)
    return str(caught.value), [str(finding) for finding in caught.value.findings]


# Fit to be served


def test_one_bad_page_is_left_out_and_the_rest_is_served(tmp_path: Path) -> None:
    found = load_corpus(write(tmp_path, {**GOOD, "bad.md": "x"}))
    assert titles(found) == ["Razor Bumps"]
    assert findings(found) == ["bad.md:1: the file does not begin with a '---' line (no-front-matter)"]


def test_strict_refuses_what_has_any_error_and_says_all(tmp_path: Path) -> None:
    write(tmp_path, {**GOOD, "bad.md": "x", "c.md": page(keys="colour: red\n", eligible="yes", slug="c")})
    assert refused(tmp_path, strict=True) == (
        "this corpus cannot be served: faults that must be mended first",
        [
            "bad.md:1: the file does not begin with a '---' line (no-front-matter)",
            "c.md:7: 'mcp_eligible' takes true or false, unquoted; the page is not served (eligibility)",
            "c.md:8: 'colour' is not a key of this format (unknown-key)",
        ],
    )


def test_strict_takes_warnings(tmp_path: Path) -> None:
    assert findings(load_corpus(write(tmp_path, {"a.md": page(keys="colour: red\n")}), strict=True)) == [
        "a.md:8: 'colour' is not a key of this format (unknown-key)"
    ]


def test_a_corpus_without_an_eligible_page_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": page(eligible="false"), "b.md": "x"})
    assert refused(tmp_path) == (
        "this corpus cannot be served: no eligible page",
        [
            ".:1: no page with 'mcp_eligible: true' in this folder (empty)",
            "b.md:1: the file does not begin with a '---' line (no-front-matter)",
        ],
    )
    assert refused(write(tmp_path / "empty", {".keep": ""}))[0] == "this corpus cannot be served: no eligible page"


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "gone") == ("the corpus folder does not exist or cannot be read", [])


# Data files

MACHINERY = "tags, anchors and aliases are not read; write the value itself"
ENTRIES = "expected 'entries:' with lines of 'what people say: what the corpus says'"

FATAL: dict[str, tuple[dict[str, str | bytes], list[str]]] = {
    "a manifest of no form": (
        {"corpus.yaml": "- a\n"},
        ["corpus.yaml:1: expected a mapping of keys to values (manifest)"],
    ),
    "a manifest in words": (
        {"corpus.yaml": "my corpus\n"},
        ["corpus.yaml:1: expected a mapping of keys to values (manifest)"],
    ),
    "a manifest that is no YAML": (
        {"corpus.yaml": "name: x\ntitle: [\n"},
        ["corpus.yaml:3: not valid YAML: did not find expected node content (manifest)"],
    ),
    "an unknown key": (
        {"corpus.yaml": "colour: red\n"},
        ["corpus.yaml:1: 'colour': Extra inputs are not permitted (manifest)"],
    ),
    "a number for a text": (
        {"corpus.yaml": "version: 0.1\n"},
        ["corpus.yaml:1: 'version': Input should be a valid string (manifest)"],
    ),
    "a short caveat": (
        {"corpus.yaml": "caveat: Take care.\n"},
        ["corpus.yaml:1: 'caveat': String should have at least 40 characters (manifest)"],
    ),
    "a base without TLS": (
        {"corpus.yaml": "canonical_base: http://x.example\n"},
        [
            "corpus.yaml:1: 'canonical_base': String should match pattern "
            "'^https://[a-z0-9.-]+(/[a-z0-9/-]*[a-z0-9])?$' (manifest)"
        ],
    ),
    "two faults": (
        {"corpus.yaml": "colour: red\nname: [x]\n"},
        [
            "corpus.yaml:1: 'colour': Extra inputs are not permitted (manifest)",
            "corpus.yaml:1: 'name': Input should be a valid string (manifest)",
        ],
    ),
    "an alias bomb in the manifest": (
        {"corpus.yaml": "name: &a [x, x]\ntitle: &b [*a, *a]\nversion: [*b, *b]\n"},
        [f"corpus.yaml:1: {MACHINERY} (manifest)"],
    ),
    "a tag in the manifest": (
        {"corpus.yaml": "name: x\ntitle: !!python/name:os.system\n"},
        [f"corpus.yaml:2: {MACHINERY} (manifest)"],
    ),
    "deep nesting in the manifest": (
        {"corpus.yaml": "name: " + "[" * 5000},
        ["corpus.yaml:1: nested deeper than 8 levels (manifest)"],
    ),
    "NUL bytes in the manifest": (
        {"corpus.yaml": "name: \0"},
        ["corpus.yaml:1: a NUL character at character 6; this is no text file (manifest)"],
    ),
    "a manifest in another encoding": (
        {"corpus.yaml": "name: é".encode("latin-1")},
        ["corpus.yaml:1: not UTF-8 at byte 6; save the file as UTF-8 (manifest)"],
    ),
    "a huge manifest": ({"corpus.yaml": "# " + "x" * (1 << 21)}, ["corpus.yaml:1: larger than 2 MiB (manifest)"]),
    "a lexicon of no form": ({"lexicon.yaml": "zit: pimple\n"}, [f"lexicon.yaml:1: {ENTRIES} (lexicon)"]),
    "a lexicon of lists": ({"lexicon.yaml": "entries:\n  - zit\n"}, [f"lexicon.yaml:1: {ENTRIES} (lexicon)"]),
    "a lexicon of numbers": ({"lexicon.yaml": "entries:\n  zit: 1\n"}, [f"lexicon.yaml:1: {ENTRIES} (lexicon)"]),
    "a lexicon that is no YAML": (
        {"lexicon.yaml": "entries:\n\tzit: pimple\n"},
        ["lexicon.yaml:2: not valid YAML: found character that cannot start any token (lexicon)"],
    ),
    "an alias bomb in the lexicon": (
        {"lexicon.yaml": "entries: &a\n  b: *a\n"},
        [f"lexicon.yaml:1: {MACHINERY} (lexicon)"],
    ),
    "deep nesting in the lexicon": (
        {"lexicon.yaml": "entries: " + "{a: " * 9},
        ["lexicon.yaml:1: nested deeper than 8 levels (lexicon)"],
    ),
    "a rule without front matter": ({"red-flags/own.md": "x\n"}, ["red-flags/own.md:1: no front matter (red-flag)"]),
    "a rule without vocabulary": (
        {"red-flags/own.md": RULE.replace("numb]", "unheard_of]")},
        ["red-flags/own.md:1: concepts that the vocabulary does not have: unheard_of (red-flag)"],
    ),
    "a rule in another encoding": (
        {"red-flags/own.md": RULE.encode() + b"\xe9"},
        [f"red-flags/own.md:1: not UTF-8 at byte {len(RULE.encode())}; save the file as UTF-8 (red-flag)"],
    ),
    "a vocabulary that is no YAML": (
        {"red-flags/vocabulary.yaml": "concepts: {\n"},
        ["red-flags/vocabulary.yaml:2: not valid YAML: did not find expected node content (red-flag)"],
    ),
    "all at once": (
        {"corpus.yaml": "- a\n", "lexicon.yaml": "- a\n", "red-flags/own.md": "x\n", "bad.md": "x\n"},
        [
            "bad.md:1: the file does not begin with a '---' line (no-front-matter)",
            "corpus.yaml:1: expected a mapping of keys to values (manifest)",
            f"lexicon.yaml:1: {ENTRIES} (lexicon)",
            "red-flags/own.md:1: no front matter (red-flag)",
        ],
    ),
}


@pytest.mark.parametrize(("files", "found"), FATAL.values(), ids=FATAL)
def test_a_faulty_data_file_stops_a_server_with_every_finding(
    tmp_path: Path, files: dict[str, str | bytes], found: list[str]
) -> None:
    write(tmp_path, {**GOOD, **files})
    with time_limit(10):
        assert refused(tmp_path) == ("this corpus cannot be served: faults that must be mended first", found)


@pytest.mark.parametrize("name", ["corpus.yaml", "lexicon.yaml", "red-flags/own.md"])
def test_a_folder_in_place_of_a_data_file_stops_a_server(tmp_path: Path, name: str) -> None:
    write(tmp_path, {**GOOD, f"{name}/.keep": ""})
    _, found = refused(tmp_path)
    assert len(found) == 1
    assert found[0].startswith(f"{name}:1: ")


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "~\n"])
def test_an_empty_data_file_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    with shipped(few_shipped()):
        found = load_corpus(write(tmp_path / "a", {**GOOD, "corpus.yaml": text, "lexicon.yaml": text}))
        other = load_corpus(write(tmp_path / "b", GOOD))
    assert found.findings == ()
    assert (found.manifest, found.ranking) == (other.manifest, other.ranking)
    assert synonyms(found) == {"zit": ("pimpl",)}


def test_a_manifest_overrides_what_it_names(tmp_path: Path) -> None:
    manifest = "name: mine\ntitle: My Pages\ncanonical_base: https://my.example/kb\n"
    mine = page().replace(BASE, "https://my.example/kb")
    found = load_corpus(write(tmp_path, {"good.md": mine, "corpus.yaml": manifest}))
    shipped = load_corpus().manifest
    changed = {"name": "mine", "title": "My Pages", "canonical_base": "https://my.example/kb"}
    assert found.manifest == shipped.model_copy(update=changed)
    assert found.pages[0].canonical_url == "https://my.example/kb/concerns/razor-bumps"


@pytest.mark.parametrize("caveat", [" " * 60, "\\n" * 60, "\\u00a0" * 60])
def test_a_blank_caveat_is_none(tmp_path: Path, caveat: str) -> None:
    """Every reply rests on it (guarantee G2)."""
    write(tmp_path, {**GOOD, "corpus.yaml": f'caveat: "{caveat}"\n'})
    reason, found = refused(tmp_path)
    assert reason == "this corpus cannot be served: faults that must be mended first"
    assert [line.partition(": ")[0] for line in found] == ["corpus.yaml:1"]


def test_an_own_lexicon_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    found = load_corpus(write(tmp_path, {**GOOD, "lexicon.yaml": "entries:\n  strawberry legs: razor bumps\n"}))
    assert found.ranking["phrases"] == {"strawberri": ((("strawberri", "leg"), ("razor", "bump")),)}
    match = Library(found).lookup_question("strawberry legs").match
    assert match
    assert match.title == "Razor Bumps"


def test_own_rules_are_added_and_never_take_the_place_of_the_shipped_ones(tmp_path: Path) -> None:
    eye = RULE.replace("numb-leg", "chemical-in-the-eye")
    files = {**GOOD, "red-flags/own.md": RULE, "red-flags/eye.md": eye, "red-flags/vocabulary.yaml": VOCABULARY}
    library = Library(load_corpus(write(tmp_path, files)))
    shipped, own = library.screen("I splashed bleach in my eye and it burns"), library.screen("My leg is numb")
    assert shipped
    assert (shipped.level, [r.rule for r in shipped.reasons]) == ("emergency", ["chemical-in-the-eye"])
    assert own
    assert own.level == "prompt"
    assert "numb-leg" in [r.rule for r in own.reasons]


def test_an_empty_vocabulary_of_ones_own_leaves_the_shipped_rules_whole(tmp_path: Path) -> None:
    found = load_corpus(write(tmp_path, {**GOOD, "red-flags/vocabulary.yaml": "concepts: {}\n"}))
    assert len(found.screens) == len(load_corpus().screens)


# The snapshot


@pytest.fixture
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for the snapshot that is not the checkout's own."""
    monkeypatch.setattr("skb_mcp.snapshot.SNAPSHOT", tmp_path / "snapshot.sqlite")
    return tmp_path / "snapshot.sqlite"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A shipped corpus that can be changed."""
    few = few_shipped()
    files: dict[str, str | bytes] = {
        f.relative_to(few).as_posix(): f.read_bytes() for f in few.rglob("*") if f.is_file()
    }
    with shipped(write(tmp_path / "small", files)):
        yield tmp_path / "small"


def synonyms(found: Corpus) -> dict[str, tuple[str, ...]]:
    """What the one-word entries of a corpus's lexicon mean."""
    return {said: tuple(meant) for said, meant in found.ranking["single"].items()}


def same(one: Corpus, two: Corpus) -> bool:
    return (
        one.pages == two.pages
        and one.manifest == two.manifest
        and [plain(screen) for screen in one.screens] == [plain(screen) for screen in two.screens]
        and plain(names_ahead(one.ranking)) == plain(names_ahead(two.ranking))
        and one.findings == two.findings
    )


def marked(snapshot: Path) -> None:
    """Change a title in a snapshot, to see whether it is used."""
    retitled(snapshot, "From the snapshot")


def used(found: Corpus) -> bool:
    return "From the snapshot" in titles(found)


def test_the_snapshot_and_the_folder_make_the_same_corpus() -> None:
    served = load_corpus()
    assert not isinstance(served.ranking["names"], dict)
    assert same(served, read_corpus())


@pytest.mark.usefixtures("small")
def test_a_current_snapshot_is_used(snapshot: Path) -> None:
    assert write_snapshot() == (snapshot, snapshot.with_stem("snapshot_lent"), snapshot.with_suffix(".sha256"))
    marked(snapshot)
    assert used(load_corpus())
    assert used(load_corpus(strict=True))


@pytest.mark.usefixtures("small")
def test_without_a_snapshot_the_folder_is_read(snapshot: Path) -> None:
    assert not snapshot.exists()
    assert titles(load_corpus()) == ["Shipped"]


def test_a_folder_that_is_named_is_read_even_if_it_is_the_shipped_one(snapshot: Path, small: Path) -> None:
    write_snapshot()
    marked(snapshot)
    assert used(load_corpus())
    assert not used(load_corpus(small))


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _: b"",
    "cut": lambda content: content[:-20],
    "another byte": lambda content: content.replace(b"Shipped", b"shipped", 1),
    "more": lambda content: content + b"\xff",
    "no database": lambda content: content[::-1],
}


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_snapshot_is_not_used(snapshot: Path, spoil: Callable[[bytes], bytes]) -> None:
    write_snapshot()
    content = snapshot.read_bytes()
    spoilt = spoil(content)
    assert spoilt != content
    snapshot.write_bytes(spoilt)
    assert same(load_corpus(), read_corpus())


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("spoil", ["nothing", "cut", "more"])
def test_nothing_is_borrowed_from_a_spoilt_file(snapshot: Path, tmp_path: Path, spoil: str) -> None:
    *_, lent, _ = write_snapshot()
    marked(snapshot)
    folder = write(tmp_path / "folder", GOOD)
    borrowed = load_corpus(folder)
    lent.write_bytes(SPOILT[spoil](lent.read_bytes()))
    read = load_corpus(folder)
    assert not isinstance(borrowed.screens[0]["known"], dict)
    assert isinstance(read.screens[0]["known"], dict)
    # What the server of the shipped corpus itself needs is whole.
    assert used(load_corpus())


SEALS: dict[str, Callable[[str], bytes]] = {
    "nothing": lambda _: b"",
    "not ASCII": lambda seal: seal.encode() + b"\xff",
    "of another corpus": lambda seal: f"{'0' * 64}{seal[64:]}".encode(),
    "of another snapshot": lambda seal: f"{seal[:65]}{'0' * 64}{seal[129:]}".encode(),
}


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("change", SEALS.values(), ids=SEALS)
def test_a_snapshot_is_not_used_under_another_seal(snapshot: Path, change: Callable[[str], bytes]) -> None:
    *_, seal = write_snapshot()
    marked(snapshot)
    assert used(load_corpus())
    seal.write_bytes(change(seal.read_text()))
    assert not used(load_corpus())
    seal.unlink()
    assert not used(load_corpus())


@pytest.mark.usefixtures("small")
def test_a_python_without_sqlite_reads_the_folder(snapshot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_snapshot()
    marked(snapshot)
    monkeypatch.delitem(sys.modules, "skb_mcp.stored")
    monkeypatch.setitem(sys.modules, "sqlite3", None)
    assert not used(load_corpus())


@pytest.mark.usefixtures("snapshot", "small")
def test_a_folder_borrows_from_the_snapshot_what_it_would_read_from_the_shipped_corpus(tmp_path: Path) -> None:
    files = {**GOOD, "red-flags/own.md": RULE, "red-flags/vocabulary.yaml": VOCABULARY}
    folder = write(tmp_path / "folder", files)
    read = load_corpus(folder)
    write_snapshot()
    borrowed = load_corpus(folder)
    assert borrowed.manifest == read.manifest
    assert [plain(screen) for screen in borrowed.screens] == [plain(screen) for screen in read.screens]
    # It may know more forms of the same words, those of topics that the folder has pages about.
    forms = ("surfaces", "letters")
    one, other = plain(borrowed.ranking), plain(read.ranking)
    assert {name: one[name] for name in one if name not in forms} == {n: other[n] for n in other if n not in forms}
    assert one["surfaces"].items() >= other["surfaces"].items()
    assert not isinstance(borrowed.screens[0]["known"], dict)


@pytest.mark.usefixtures("small")
def test_a_folder_in_place_of_a_snapshot_is_not_used(snapshot: Path) -> None:
    snapshot.mkdir()
    assert titles(load_corpus()) == ["Shipped"]


CHANGES: dict[str, Callable[[Path], object]] = {
    "a byte": lambda folder: os.truncate(folder / "lexicon.yaml", (folder / "lexicon.yaml").stat().st_size - 1),
    "a file more": lambda folder: (folder / "new.md").write_text(page()),
    "a name": lambda folder: (folder / "page.md").rename(folder / "page-2.md"),
    "a place": lambda folder: (folder / "page.md").rename(folder / "red-flags" / "page.md"),
    "a file less": lambda folder: (folder / "lexicon.yaml").unlink(),
    "a rule": lambda folder: os.truncate(folder / "red-flags" / "numb-leg.md", 0),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_snapshot_of_another_state_of_the_corpus_is_not_used(
    snapshot: Path, small: Path, change: Callable[[Path], object]
) -> None:
    write_snapshot()
    marked(snapshot)
    assert used(load_corpus())
    change(small)
    try:
        found = titles(load_corpus())
    except CorpusError as error:  # a spoilt rule stops a server, which is as good
        found = findings(error.findings)
    assert found
    assert "From the snapshot" not in found


def test_a_shipped_corpus_with_errors_makes_no_snapshot(snapshot: Path, small: Path) -> None:
    write(small, {"bad.md": "x"})
    with pytest.raises(CorpusError) as caught:
        write_snapshot()
    assert findings(caught.value.findings) == ["bad.md:1: the file does not begin with a '---' line (no-front-matter)"]
    assert not snapshot.exists()
