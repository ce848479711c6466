"""The corpus to serve: from its folder, or from the snapshot of the shipped one.

Reading Markdown takes longer than everything else at start-up together. So the build writes the
shipped corpus, as it was read, into a snapshot beside the package. It is used only while the corpus
and the code that reads it are byte for byte what they were (a SHA-256 digest); otherwise the folder
is read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from .corpus import Corpus, Manifest, embedded_corpus
from .errors import CorpusError
from .models import Entity, Value

__all__ = ["load_corpus", "write_snapshot"]

SNAPSHOT = Path(__file__).resolve().with_name("_snapshot.json")


class Snapshot(Value):
    """A corpus without faults, as it was read; `digest` is that of the folder and the code.

    `pages` says where each page's JSON begins and ends in what follows: one that is never asked for
    is never taken apart.
    """

    digest: str
    manifest: Manifest
    pages: dict[str, tuple[int, int]]
    screens: list[dict[str, Any]]
    ranking: dict[str, Any]


_ENTITY: TypeAdapter[Entity] = TypeAdapter(Entity, config=ConfigDict(defer_build=True))


class StoredPages(Mapping[str, Entity]):
    """Pages by URL, each read from its JSON when it is first asked for."""

    def __init__(self, places: Mapping[str, tuple[int, int]], stored: memoryview) -> None:
        self._places = places
        self._stored = stored
        self._read: dict[str, Entity] = {}

    def __getitem__(self, url: str) -> Entity:
        if url not in self._read:
            start, end = self._places[url]
            self._read[url] = _ENTITY.validate_json(bytes(self._stored[start:end]))
        return self._read[url]

    def __contains__(self, url: object) -> bool:
        return url in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


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
    if fatal or not corpus.pages or (strict and corpus.errors):
        reason = "no eligible page" if not corpus.pages else "faults that must be mended first"
        raise CorpusError(f"this corpus cannot be served: {reason}", corpus.findings)
    return corpus


def write_snapshot() -> Path:
    """Write the snapshot of the shipped corpus; the build does.

    Raises:
        CorpusError: the shipped corpus has errors.
    """
    from .reading import read_corpus

    corpus = read_corpus(None)
    if corpus.errors:
        raise CorpusError("the shipped corpus has errors", corpus.errors)
    stored = b""
    places: dict[str, tuple[int, int]] = {}
    for url, page in corpus.graph.pages.items():
        text = page.model_dump_json(exclude_none=True).encode()
        places[url] = (len(stored), len(stored) + len(text))
        stored += text
    snapshot = Snapshot(
        digest=_digest(), manifest=corpus.manifest, pages=places, screens=list(corpus.screens), ranking=corpus.ranking
    )
    head = snapshot.model_dump_json(exclude_none=True).encode()
    SNAPSHOT.write_bytes(_sealed(head + b"\n" + stored))
    return SNAPSHOT


def _sealed(content: bytes) -> bytes:
    """Content behind a line with its BLAKE2 digest: what is read in parts must be known to be whole at once."""
    return blake2b(content).hexdigest().encode() + b"\n" + content


def _from_snapshot() -> Corpus | None:
    """The shipped corpus from its snapshot; None where there is none, or an outdated one."""
    try:
        stored = SNAPSHOT.read_bytes()
        start = stored.index(b"\n") + 1
        content = memoryview(stored)[start:]
        if blake2b(content).hexdigest().encode() != stored[: start - 1]:
            return None
        end = stored.index(b"\n", start)
        snapshot = Snapshot.model_validate_json(stored[start:end])
        pages = memoryview(stored)[end + 1 :]
        if snapshot.digest != _digest():
            return None
    except (OSError, ValueError):
        # Pydantic's ValidationError is a ValueError.
        return None
    return Corpus(snapshot.manifest, StoredPages(snapshot.pages, pages), snapshot.screens, snapshot.ranking, ())


def _digest() -> str:
    """SHA-256 over the names and contents of the shipped corpus and of the code that reads it, in order of name."""
    corpus, code = embedded_corpus(), Path(__file__).resolve().parent
    files = [Path(where, name) for where, _, names in os.walk(corpus) for name in names]
    named = [(file.relative_to(corpus).as_posix(), file) for file in files]
    named += [(f"{file.name} (code)", file) for file in code.glob("*.py")]
    total = sha256()
    for name, file in sorted(named):
        content = file.read_bytes()
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()
