"""The corpus to serve: from its folder, or from the snapshot of the shipped one.

Reading Markdown takes longer than everything else at start-up together. So the build writes the
shipped corpus, as it was read, into a snapshot beside the package (`snapshot`).
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from .corpus import Corpus, Manifest
from .errors import CorpusError
from .models import ENTITY_MODELS, Entity
from .snapshot import open_snapshot, state_of, tables_of, write_tables_and_seal

__all__ = ["load_corpus", "write_snapshot"]


def load_corpus(folder: str | os.PathLike[str] | None = None, *, strict: bool = False) -> Corpus:
    """The corpus in `folder` (default: the embedded one), fit to be served.

    One bad page is left out and reported in `findings`; the rest is served.

    Raises:
        CorpusError: the folder cannot be read, has no eligible page, has a faulty manifest,
            lexicon or red-flag file, or (`strict`) has any error at all; with every finding.
    """
    corpus = _from_snapshot() if folder is None else None
    if corpus is None:
        # What reads Markdown and YAML is imported only where it is needed.
        from .reading import read_corpus

        corpus = read_corpus(folder)
    fatal = {f.rule for f in corpus.errors} & {"manifest", "lexicon", "topics", "wordings", "red-flag"}
    if fatal or not corpus.graph.pages or (strict and corpus.errors):
        reason = "faults that must be mended first" if corpus.graph.pages else "no eligible page"
        raise CorpusError(f"this corpus cannot be served: {reason}", corpus.findings)
    return corpus


def write_snapshot() -> tuple[Path, ...]:
    """Write the files of the snapshot of the shipped corpus and their seal; the build does.

    Raises:
        CorpusError: the shipped corpus has errors.
        OSError: the files cannot be written.
    """
    from .data_files import Shipped
    from .listing import names_ahead
    from .reading import read_corpus

    corpus = read_corpus(None)
    if corpus.errors:
        raise CorpusError("the shipped corpus has errors", corpus.errors)
    (screen,) = corpus.screens
    about = {"manifest": corpus.manifest.model_dump(), "product_pages": sorted(corpus.graph.product_pages)}
    pages = {url: page.model_dump(mode="json", exclude_none=True) for url, page in corpus.graph.pages.items()}
    states = {**tables_of("ranking", names_ahead(corpus.ranking)), **tables_of("screen", screen)}
    shipped = Shipped([], fresh=True)
    # What other folders take from it; a server of the shipped corpus itself never reads this.
    rules = {"red_flags": shipped.red_flags.model_dump(mode="json", exclude={"learned"})}
    language = shipped.language.model_dump(mode="json")
    words = {"language": language, "wordings": language.pop("wordings"), **tables_of("topics", shipped.topics.tables)}
    return write_tables_and_seal({"about": about, "pages": pages, **states}, {"shipped": rules, **words})


def _from_snapshot() -> Corpus | None:
    """The shipped corpus from its snapshot; None where there is none, or an outdated one."""
    tables = open_snapshot(pages=_page)
    if tables is None:
        return None
    about = tables["about"]
    manifest = Manifest.model_validate(about["manifest"])
    screen, ranking = state_of(tables, "screen"), state_of(tables, "ranking")
    return Corpus(manifest, tables["pages"], (screen,), ranking, (), about["product_pages"])


def _page(stored: str) -> Entity:
    """A page from its JSON; only the model of its own kind is built."""
    values = json.loads(stored)
    return ENTITY_MODELS[values["entity_type"]].model_validate(values)
