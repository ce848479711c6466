"""A folder's corpus, compiled: the same as the folder, and used only while nothing in it has changed."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from skb_mcp import reading
from skb_mcp.cli import main
from skb_mcp.compiled import FILE, PLACE, made_from
from skb_mcp.corpus import Corpus
from skb_mcp.errors import CorpusError
from skb_mcp.library import Library
from skb_mcp.listing import names_ahead
from skb_mcp.loading import compile_corpus, load_corpus, write_snapshot
from skb_mcp.reading import read_corpus
from support import (
    RULE,
    VOCABULARY,
    as_nobody,
    everything_shown,
    few_shipped,
    findings,
    page,
    plain,
    reseal,
    retitled,
    shipped,
    time_limit,
    titles,
    write,
)

OWN_RULE = RULE.replace("numb-leg", "cold-leg").replace("[leg, numb]", "[leg, cold]")
OWN_WORDS = VOCABULARY.replace("numb", "cold").replace("no feeling", "icy")

SECRET = page(title="Draft Nobody May See", slug="draft", eligible="false")
FILES: dict[str, str | bytes] = {
    "concerns/razor-bumps.md": page(keys="colour: red\n"),
    "concerns/other.md": page(title="Strawberry Legs", slug="strawberry-legs"),
    "concerns/draft.md": SECRET,
    "corpus.yaml": "name: mine\nversion: '7'\n",
    "wordings/some.yaml": "wordings:\n  concerns/razor-bumps:\n    - the barber left me all bumpy\n",
    "red-flags/own.md": OWN_RULE,
    "red-flags/vocabulary.yaml": OWN_WORDS,
}
UNUSED = (
    ".skb-mcp:1: compiled before a file of this folder, or the package, was changed, and not used; "
    "run `skb-mcp compile` again (compiled)"
)
REFUSED = "this folder, or '.skb-mcp' in it, cannot be read or written to"
QUESTIONS = (
    "the barber left me all bumpy",
    "razor bumbs",
    "what is it",
    "my leg is numb",
    "I splashed bleach in my eye",
)


@pytest.fixture(scope="module", autouse=True)
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A package with a shipped corpus of one page and one rule, and its snapshot."""
    with pytest.MonkeyPatch.context() as patch, shipped(few_shipped()):
        patch.setattr("skb_mcp.snapshot.SNAPSHOT", tmp_path_factory.mktemp("package") / "snapshot.sqlite")
        write_snapshot()
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A corpus folder that was compiled."""
    compile_corpus(write(tmp_path / "corpus", FILES))
    return tmp_path / "corpus"


def mark(folder: Path) -> None:
    """Change the titles in what was compiled, to see whether it is used."""
    retitled(folder / PLACE / FILE, "Compiled")


def used(found: Corpus) -> bool:
    return "Compiled" in titles(found)


# The same corpus


def test_what_was_compiled_is_what_the_folder_holds(folder: Path) -> None:
    compiled, read = load_corpus(folder), read_corpus(folder)

    assert not isinstance(compiled.ranking["names"], dict)
    assert compiled.pages == read.pages
    assert compiled.manifest == read.manifest
    assert plain(names_ahead(compiled.ranking)) == plain(names_ahead(read.ranking))
    assert [plain(screen) for screen in compiled.screens] == [plain(screen) for screen in read.screens]
    assert compiled.graph.product_pages == read.graph.product_pages
    assert compiled.public_findings == read.public_findings
    assert findings(compiled) == ["concerns/razor-bumps.md:8: 'colour' is not a key of this format (unknown-key)"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_it_answers_as_the_folder_does(folder: Path, question: str) -> None:
    assert Library(load_corpus(folder)).lookup_question(question) == Library(read_corpus(folder)).lookup_question(
        question
    )


def test_it_is_used_as_long_as_nothing_has_changed(folder: Path) -> None:
    mark(folder)
    os.utime(folder / "corpus.yaml", (1, 1))
    write(folder, {".hidden/x.md": page(slug="x"), ".notes.md": "x", "logo.svg": "<svg/>"})

    assert used(load_corpus(folder))
    assert used(load_corpus(folder, strict=True))
    assert used(load_corpus(str(folder)))
    assert used(load_corpus(folder.parent / "corpus" / ".." / "corpus"))


def test_it_can_be_moved_with_its_folder(folder: Path) -> None:
    mark(folder)

    assert used(load_corpus(folder.rename(folder.with_name("elsewhere"))))


def test_no_word_of_an_ineligible_page_is_kept(folder: Path) -> None:
    kept = (folder / PLACE / FILE).read_bytes()

    assert b"Razor Bumps" in kept
    assert b"Nobody May See" not in kept
    assert b"concerns/draft" not in kept


# Outdated

CHANGES: dict[str, Callable[[Path], object]] = {
    "a page": lambda folder: (folder / "concerns/other.md").write_text(page(title="New", slug="strawberry-legs")),
    "a letter": lambda folder: write(folder, {"corpus.yaml": "name: mine\nversion: '8'\n"}),
    "a new page": lambda folder: write(folder, {"x/y/z.TXT": page(slug="z")}),
    "a page that is gone": lambda folder: (folder / "concerns/other.md").unlink(),
    "another name": lambda folder: (folder / "concerns/other.md").rename(folder / "concerns/another.md"),
    "a draft": lambda folder: write(folder, {"concerns/new.md": SECRET}),
    "a lexicon": lambda folder: write(folder, {"lexicon.yaml": "entries:\n  leggy: strawberry legs\n"}),
    "wordings": lambda folder: write(folder, {"wordings/more.yaml": "wordings:\n  concerns/other:\n    - a b c\n"}),
    "a rule": lambda folder: write(folder, {"red-flags/own.md": OWN_RULE.replace("leg, cold", "leg")}),
    "a rule in a hidden file": lambda folder: write(
        folder, {"red-flags/.more.md": OWN_RULE.replace("cold-leg", "more")}
    ),
    "no rules": lambda folder: (folder / "red-flags").rename(folder / ".red-flags"),
    "a link": lambda folder: (folder / "linked.md").symlink_to(folder / "concerns/other.md"),
    "a link that leads out": lambda folder: (folder / "out").symlink_to("/"),
    "a folder by the name of a page": lambda folder: write(folder, {"page.md/inside.md": page(slug="inside")}),
    "a page in a folder that was empty": lambda folder: write(folder, {"empty/page.md": "x"}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_is_not_used_after_a_change_and_the_author_is_told(folder: Path, change: Callable[[Path], object]) -> None:
    mark(folder)
    change(folder)

    found = load_corpus(folder)

    assert not used(found)
    assert found.pages == read_corpus(folder).pages
    assert UNUSED in findings(found)
    assert UNUSED in map(str, found.public_findings)


def test_what_lies_behind_a_link_to_a_folder_counts_too(folder: Path) -> None:
    write(folder, {".data/red-flags/own.md": OWN_RULE, ".data/red-flags/vocabulary.yaml": OWN_WORDS})
    for file in sorted((folder / "red-flags").iterdir()):
        file.unlink()
    (folder / "red-flags").rmdir()
    (folder / "red-flags").symlink_to(folder / ".data/red-flags")
    compile_corpus(folder)
    mark(folder)
    assert used(load_corpus(folder))

    write(folder, {".data/red-flags/own.md": OWN_RULE.replace("leg, cold", "leg")})

    assert not used(load_corpus(folder))


def test_links_in_a_circle_come_to_an_end(folder: Path) -> None:
    (folder / "round").symlink_to(folder)
    (folder / "concerns/up").symlink_to(folder / "concerns")

    with time_limit(10):
        digest = made_from(folder)

    (folder / "concerns/up").unlink()
    (folder / "concerns/up").symlink_to(folder)
    assert made_from(folder) != digest


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_what_is_no_file_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.md")

    with time_limit(10):
        assert UNUSED in findings(load_corpus(folder))


def test_a_withdrawn_page_is_gone_at_the_next_start(folder: Path) -> None:
    write(folder, {"concerns/other.md": page(title="Strawberry Legs", slug="strawberry-legs", eligible="false")})

    found = load_corpus(folder)

    assert titles(found) == ["Razor Bumps"]
    assert "Strawberry" not in everything_shown(found)


def test_it_is_not_used_by_another_package(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mark(folder)
    with monkeypatch.context() as patch:
        patch.setattr("skb_mcp.compiled.shipped_seal", lambda: "of another version")
        assert not used(load_corpus(folder))
    assert used(load_corpus(folder))
    monkeypatch.setattr("skb_mcp.snapshot.SNAPSHOT", tmp_path / "gone.sqlite")
    assert not used(load_corpus(folder))


@pytest.mark.parametrize(
    "spoil", [lambda _: b"", lambda data: data[:-9], lambda data: data[::-1], lambda data: data + b"x"]
)
def test_a_spoilt_file_is_not_used(folder: Path, spoil: Callable[[bytes], bytes]) -> None:
    file = folder / PLACE / FILE
    file.write_bytes(spoil(file.read_bytes()))

    found = load_corpus(folder)

    assert found.pages == read_corpus(folder).pages
    assert UNUSED in findings(found)


def test_without_a_seal_it_is_not_used(folder: Path) -> None:
    mark(folder)
    (folder / PLACE / FILE).with_suffix(".sha256").unlink()

    assert not used(load_corpus(folder))


def test_the_shipped_rules_are_never_taken_from_a_folder(folder: Path) -> None:
    with closing(sqlite3.connect(folder / PLACE / FILE)) as opened, opened:
        opened.execute("""UPDATE entries SET value = '[]' WHERE key = 'screens'""")
    reseal(folder / PLACE / FILE)

    library = Library(load_corpus(folder))

    assert not library.screen("my leg is icy")
    assert library.screen("my leg is numb")


# Compiling


def refused(folder: Path) -> str:
    with pytest.raises(CorpusError) as caught:
        compile_corpus(folder)
    return str(caught.value)


def test_a_corpus_with_any_error_is_not_compiled(tmp_path: Path) -> None:
    folder = write(tmp_path, {**FILES, "bad.md": "x"})

    assert refused(folder) == "this corpus cannot be served: faults that must be mended first"
    assert not (folder / PLACE).exists()


def test_no_folder_the_shipped_one_and_an_old_package_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, FILES)
    assert refused(tmp_path / "gone") == "the corpus folder does not exist or cannot be read"
    assert refused(tmp_path / "corpus.yaml") == "the corpus folder does not exist or cannot be read"
    assert refused(few_shipped()) == "the shipped corpus is compiled when the package is built"
    monkeypatch.setattr("skb_mcp.snapshot.SNAPSHOT", tmp_path / "gone.sqlite")
    assert refused(tmp_path) == "the package's own corpus or code was changed; install the package again first"


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "corpus", FILES)
    (folder / PLACE).write_text("a file")
    assert refused(folder) == REFUSED
    (folder / PLACE).unlink()
    (folder / PLACE / FILE).mkdir(parents=True)
    assert refused(folder) == REFUSED


def test_a_folder_that_changes_while_it_is_read_is_not_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path, FILES)

    def slow(root: Path) -> Corpus:
        found = read_corpus(root)
        write(folder, {"concerns/other.md": page(title="Changed", slug="strawberry-legs")})
        return found

    monkeypatch.setattr(reading, "read_corpus", slow)
    assert refused(folder) == "a file of this corpus was changed while it was read; compile it again"
    assert not (folder / PLACE).exists()


def test_compiling_again_takes_the_changes_in(folder: Path) -> None:
    write(folder, {"concerns/other.md": page(title="New Legs", slug="strawberry-legs")})
    compile_corpus(folder)

    assert titles(load_corpus(folder)) == ["Razor Bumps", "New Legs"]
    assert UNUSED not in findings(load_corpus(folder))


def test_the_command_says_what_it_did_and_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path, FILES)

    assert main(["compile", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert out == "Compiled. Run this again when a file of the folder, or this package, has changed.\n"
    assert "2 pages of mine 7" in err
    assert "draft" not in out + err

    write(folder, {"bad.md": "x"})
    assert main(["compile", str(folder)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: this corpus cannot be served: faults that must be mended first\n")
    assert main(["ask", "--corpus", str(folder), "razor bumps"]) == 0


@pytest.mark.parametrize("mode", [0o000, 0o111, 0o444])
def test_a_folder_that_may_not_be_entered_or_listed_is_refused_in_words(mode: int) -> None:
    # Not in pytest's own folder, which is closed to others.
    with TemporaryDirectory() as name:
        folder = write(Path(name), FILES)
        compile_corpus(folder)
        folder.chmod(mode)
        with as_nobody():
            for attempt in (load_corpus, compile_corpus):
                with pytest.raises(CorpusError):
                    attempt(folder)
        folder.chmod(0o755)
