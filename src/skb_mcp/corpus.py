"""`Corpus`: the eligible pages of a folder, what they rest on, and what was wrong in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints

from .errors import Finding
from .graph import Graph
from .models import Entity, Value
from .ranking import State
from .screen_tables import State as Screening
from .screen_tables import compile_screen

if TYPE_CHECKING:
    # A corpus from the snapshot has no need of them, and a start waits for their models.
    from .language import Language
    from .rules import RedFlags
    from .topics import Topics

__all__ = ["Corpus", "Manifest", "embedded_corpus"]


class Manifest(Value):
    """What a corpus says of itself (`corpus.yaml`)."""

    name: str
    title: str
    canonical_base: str = Field(pattern=r"^https://[a-z0-9.-]+(/[a-z0-9/-]*[a-z0-9])?$")
    language: str
    version: str
    licence: str
    review_policy: str
    caveat: Annotated[str, StringConstraints(strip_whitespace=True, min_length=40)]


class Corpus:
    """Eligible pages with their relations, the red-flag rules and the language to serve them with.

    `pages` are the pages, or a mapping of them by URL, in order of URL; `language` is the
    words beside them, or what came of these words and the pages (`ranking`). `product_pages` are the
    publications that any Source page calls a product page, where that is known already; `topics` are the
    subjects without a page, where they are not those of the language.
    `red_flags` are the shipped rules, then the folder's own. `findings` are sorted by path and line
    and may name ineligible pages: they are for the corpus's author. What a server may log is in
    `public_findings`.
    """

    def __init__(
        self,
        manifest: Manifest,
        pages: Iterable[Entity] | Mapping[str, Entity],
        red_flags: Sequence[RedFlags | Screening],
        language: Language | State,
        findings: tuple[Finding, ...],
        product_pages: Iterable[str] | None = None,
        topics: Topics | None = None,
    ) -> None:
        self.manifest = manifest
        self.graph = Graph(pages, product_pages)
        self._red_flags = red_flags
        self._language = language
        self._topics = topics
        self.findings = tuple(sorted(findings))

    @cached_property
    def ranking(self) -> State:
        """What the pages are ranked with."""
        language = self._language
        if isinstance(language, Mapping):
            return language
        from .documents import ranking_of
        from .topics import Topics

        return ranking_of(self.graph, language, self._topics or Topics.of(language))

    @cached_property
    def screens(self) -> tuple[Screening, ...]:
        """The rules, compiled."""
        return tuple(f if isinstance(f, Mapping) else compile_screen(f) for f in self._red_flags)

    @property
    def pages(self) -> tuple[Entity, ...]:
        """Every eligible page, by canonical URL."""
        return tuple(self.graph.pages.values())

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep something out."""
        return tuple(f for f in self.findings if f.severity == "error")

    @property
    def public_findings(self) -> tuple[Finding, ...]:
        """The findings about pages that are known to be eligible."""
        return tuple(f for f in self.findings if f.public)


def embedded_corpus() -> Path:
    """The folder of the corpus that ships with this package (in a source tree: `corpus/`)."""
    here = Path(__file__).resolve().parent
    installed = here / "_corpus"
    return installed if installed.is_dir() else here.parents[1] / "corpus"
