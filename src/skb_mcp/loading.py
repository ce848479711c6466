"""The corpus to serve: from its folder, or from what came of reading it before.

Reading Markdown takes longer than everything else at start-up together. So the build writes the
shipped corpus, as it was read, into a snapshot beside the package (`snapshot`), and `skb-mcp compile`
another folder's into that folder (`compiled`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .corpus import Corpus, Manifest, embedded_corpus
from .errors import CorpusError, Finding
from .models import ENTITY_MODELS, Entity
from .screen_tables import State as Screening
from .snapshot import open_snapshot, state_of, tables_of, write_snapshot_files

if TYPE_CHECKING:
    from .stored import Table

__all__ = ["compile_corpus", "load_corpus", "write_snapshot"]


def load_corpus(folder: str | os.PathLike[str] | None = None, *, strict: bool = False) -> Corpus:
    """The corpus in `folder` (default: the embedded one), fit to be served.

    One bad page is left out and reported in `findings`; the rest is served.

    Raises:
        CorpusError: the folder cannot be read, has no eligible page, has a faulty manifest,
            lexicon or red-flag file, or (`strict`) has any error at all; with every finding.
    """
    corpus = _from_snapshot() if folder is None else _from_compiled(Path(folder))
    if corpus is None:
        # What reads Markdown and YAML is imported only where it is needed.
        from .reading import read_corpus

        corpus = read_corpus(folder)
        if folder is not None:
            corpus.findings = tuple(sorted((*corpus.findings, *_outdated(Path(folder)))))
    return _fit(corpus, strict=strict)


def _fit(corpus: Corpus, *, strict: bool) -> Corpus:
    fatal = {f.rule for f in corpus.errors} & {"manifest", "lexicon", "topics", "wordings", "red-flag"}
    if fatal or not corpus.graph.pages or (strict and corpus.errors):
        reason = "faults that must be mended first" if corpus.graph.pages else "no eligible page"
        raise CorpusError(f"this corpus cannot be served: {reason}", corpus.findings)
    return corpus


def compile_corpus(folder: str | os.PathLike[str]) -> Corpus:
    """Read the corpus in `folder` and keep what came of it there, so that the next start need not read it.

    Raises:
        CorpusError: the corpus cannot be served as it is, or has any error; it changed meanwhile; the
            folder is the shipped one, or cannot be written to; the package's own snapshot is not current.
    """
    from .compiled import PLACE, made_from, write_compiled
    from .reading import read_corpus

    root = Path(folder)
    if not os.path.isdir(root):
        raise CorpusError("the corpus folder does not exist or cannot be read")
    if root.resolve() == embedded_corpus().resolve():
        raise CorpusError("the shipped corpus is compiled when the package is built")
    if open_snapshot() is None:
        raise CorpusError("the package's own corpus or code was changed; install the package again first")
    try:
        digest = made_from(root)
        corpus = _fit(read_corpus(root), strict=True)
        # The shipped rules come first, and are taken from the package again.
        own = {f"own-{number}": screen for number, screen in enumerate(corpus.screens[1:])}
        findings = [asdict(found) for found in corpus.public_findings]
        tables = _tables(corpus, screens=list(own), findings=findings)
        for name, screen in own.items():
            tables |= tables_of(name, screen)
        if made_from(root) != digest:
            raise CorpusError("a file of this corpus was changed while it was read; compile it again")
        write_compiled(root, tables, digest)
    except OSError:
        raise CorpusError(f"this folder, or '{PLACE}' in it, cannot be read or written to") from None
    return corpus


def write_snapshot() -> tuple[Path, ...]:
    """Write the files of the snapshot of the shipped corpus and their seal; the build does.

    Raises:
        CorpusError: the shipped corpus has errors.
        OSError: the files cannot be written.
    """
    from .data_files import Shipped
    from .reading import read_corpus

    corpus = read_corpus(None)
    if corpus.errors:
        raise CorpusError("the shipped corpus has errors", corpus.errors)
    (screen,) = corpus.screens
    shipped = Shipped([], fresh=True)
    # What other folders take from it; a server of the shipped corpus itself never reads this.
    rules = {"red_flags": shipped.red_flags.model_dump(mode="json", exclude={"learned"})}
    language = shipped.language.model_dump(mode="json")
    words = {"language": language, "wordings": language.pop("wordings"), **tables_of("topics", shipped.topics.tables)}
    return write_snapshot_files({**_tables(corpus), **tables_of("screen", screen)}, {"shipped": rules, **words})


def _tables(corpus: Corpus, **more: object) -> dict[str, Mapping[str, Any]]:
    """What is kept of any corpus, and more about it."""
    from .listing import names_ahead

    about = {"manifest": corpus.manifest.model_dump(), "product_pages": sorted(corpus.graph.product_pages), **more}
    pages = {url: page.model_dump(mode="json", exclude_none=True) for url, page in corpus.graph.pages.items()}
    return {"about": about, "pages": pages, **tables_of("ranking", names_ahead(corpus.ranking))}


def _from_snapshot() -> Corpus | None:
    """The shipped corpus from its snapshot; None where there is none, or an outdated one."""
    tables = open_snapshot(pages=_page)
    return _corpus(tables, [state_of(tables, "screen")]) if tables else None


def _from_compiled(folder: Path) -> Corpus | None:
    """The corpus of a folder as it was compiled; None where it was not, or has changed since."""
    from .compiled import is_compiled, open_compiled

    shipped = open_snapshot() if is_compiled(folder) else None
    tables = open_compiled(folder, pages=_page) if shipped else None
    if not (shipped and tables):
        return None
    own = [state_of(tables, name) for name in tables["about"]["screens"]]
    findings = tuple(Finding(**found) for found in tables["about"]["findings"])
    return _corpus(tables, [state_of(shipped, "screen"), *own], findings)


def _outdated(folder: Path) -> tuple[Finding, ...]:
    """What its author is told of a folder that was compiled, and read all the same."""
    from .compiled import PLACE, is_compiled

    told = (
        "compiled before a file of this folder, or the package, was changed, and not used; run `skb-mcp compile` again"
    )
    return (Finding(PLACE, 1, "compiled", told, "warning", public=True),) if is_compiled(folder) else ()


def _corpus(
    tables: Mapping[str, Table[Any]], screens: Sequence[Screening], findings: tuple[Finding, ...] = ()
) -> Corpus:
    about = tables["about"]
    manifest = Manifest.model_validate(about["manifest"])
    return Corpus(manifest, tables["pages"], screens, state_of(tables, "ranking"), findings, about["product_pages"])


def _page(stored: str) -> Entity:
    """A page from its JSON; only the model of its own kind is built."""
    values = json.loads(stored)
    return ENTITY_MODELS[values["entity_type"]].model_validate(values)
