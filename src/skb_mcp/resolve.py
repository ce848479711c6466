"""From what a caller wrote (a URL, a URI, a slug, a title, or plain words) to a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from .confidence import ANSWER_THRESHOLD
from .errors import UnknownEntity
from .graph import Graph
from .listing import build_ranking
from .models import Entity, EntityType, Question
from .ranking import INEXACT, Document, Explanation, Hit, Ranker, State
from .text import normalise
from .urls import canonicalise, entity_type_of

__all__ = ["NEAR", "NEAREST", "FoundConcern", "Resolver"]

NEAR = 0.2
"""Least score at which a page is called near."""

UNSURE = 0.49
"""The most that a page can score for a slug that is not its own: near, but no answer."""

NEAREST = 3
"""How many nearest pages are named when nothing answers."""

CONCERNS: frozenset[EntityType] = frozenset(("Concern", "Question"))
"""The kinds of page that stand for a concern."""

CANDIDATES = 4
"""How many hits a resolution keeps: the one that is meant, and three others."""


@dataclass(frozen=True, slots=True)
class FoundConcern:
    """A concern and the eligible page that stands for it; `page` is None when nothing was found."""

    concern_url: str
    page: Entity | None
    hits: tuple[Hit, ...]
    note: str | None = None


class Resolver:
    """Names and words to pages, over eligible pages only."""

    def __init__(self, graph: Graph, base: str, ranking: State) -> None:
        self._graph = graph
        self._base = base
        self._ranking = ranking
        self._index = Ranker(ranking)

    @cached_property
    def _linked(self) -> Ranker | None:
        """Concerns that are only linked to, beside those in the corpus; None where every concern has its page."""
        linked = [link for url, link in self._graph.unresolved.items() if entity_type_of(url) == "Concern"]
        if not linked:
            return None
        documents = [Document(link.url, "Concern", link.title) for link in linked]
        return Ranker(build_ranking(documents, self._index.index.lexicon, self._ranking))

    @property
    def _concerns(self) -> Ranker:
        return self._linked or self._index

    @cached_property
    def _names(self) -> dict[str, list[Entity]]:
        names: dict[str, list[Entity]] = {}
        for page in self._graph.pages.values():
            for name in {_plain(page.title), page.slug}:
                names.setdefault(name, []).append(page)
        return names

    def search(self, text: str, limit: int) -> list[Hit]:
        """The best pages for plain words, best first; products only where the words name them."""
        return self._index.search(text, limit)

    def is_outside(self, text: str) -> bool:
        """Whether plain words seem to be about something else than skin, hair, nails and cosmetics."""
        return self._index.is_outside(text)

    def explain(self, text: str) -> Explanation:
        """How the pages for plain words were ranked."""
        return self._index.explain(text)

    def is_reading(self, hit: Hit) -> bool:
        """Whether a page is about skin and not about a product on sale."""
        return not hit.document.is_product

    def accept(self, hits: Sequence[Hit]) -> Entity | None:
        """The page of the best hit, if it is good enough to be an answer."""
        return self._graph.page(hits[0].document.url) if hits and hits[0].score >= ANSWER_THRESHOLD else None

    def certain(self, page: Entity) -> Hit:
        """The hit for a page that was named exactly."""
        return Hit(Document(page.canonical_url, page.entity_type, page.title), 1.0, ("canonical_url",))

    def exactly(self, name: str) -> Entity | None:
        """The page with this canonical URL, URI, slug or title; a name that two pages share names neither.

        A page comes before a Source with its title.
        """
        if url := canonicalise(name, self._base):
            return self._graph.page(url)
        named = self._names.get(_plain(name), [])
        # A publication may be titled like the page that rests on it ("Dry skin"): the page is meant.
        named = [page for page in named if page.entity_type != "Source"] or named
        return named[0] if len(named) == 1 else None

    def page(self, name: str) -> tuple[Hit, ...]:
        """The page that a name or words mean, then other candidates.

        Raises:
            UnknownEntity: `name` is a URL or URI, and no eligible page has it.
        """
        if exact := self.exactly(name):
            return (self.certain(exact),)
        if _is_url(name):
            raise self.unknown(name)
        return _certain_if_slug(name, self.search(name, CANDIDATES))

    def concern(self, name: str) -> FoundConcern:
        """The concern that a name or words mean; a question stands for its primary concern.

        Raises:
            UnknownEntity: `name` is a URL or URI, and no concern or question here has it.
        """
        url = canonicalise(name, self._base)
        if url is None and _is_url(name):
            raise self.unknown(name, self._concerns)
        hits = self._concern_hits(name, url)
        if not hits or hits[0].score < ANSWER_THRESHOLD:
            return FoundConcern("", None, hits)
        found = hits[0].document.url
        page = self._graph.page(found)
        if isinstance(page, Question):
            concern = page.primary_concern.url if page.primary_concern else found
            return FoundConcern(concern, page, hits)
        if page is None:
            return self._linked_concern(found, hits)
        return FoundConcern(found, page, hits)

    def _concern_hits(self, name: str, url: str | None) -> tuple[Hit, ...]:
        exact = self.exactly(name)
        if exact and exact.entity_type in ("Concern", "Question"):
            return (self.certain(exact),)
        if url is None:
            return _certain_if_slug(name, self._concerns.search(name, CANDIDATES, CONCERNS))
        link = self._graph.unresolved.get(url)
        if link is None or entity_type_of(url) != "Concern":
            raise self.unknown(name, self._concerns)
        return (Hit(Document(url, "Concern", link.title), 1.0, ("canonical_url",)),)

    def _linked_concern(self, url: str, hits: tuple[Hit, ...]) -> FoundConcern:
        """A concern without a page of its own is answered from the pages that speak of it."""
        about = self._graph.questions_about(url)
        if not about:
            return FoundConcern("", None, ())
        note = "The concern's own page is not in this corpus; the answer comes from the questions about it."
        return FoundConcern(url, about[0], (self.certain(about[0]), *hits[1:]), note)

    def unknown(self, name: str, index: Ranker | None = None) -> UnknownEntity:
        """The error for a name that no page in `index` (default: no page at all) has, with the nearest pages' URLs."""
        slug = name.rstrip("/").rsplit("/", 1)[-1].replace("-", " ")
        hits = index.search(slug, NEAREST, CONCERNS) if index else self.search(slug, NEAREST)
        nearest = tuple(hit.document.url for hit in hits if hit.score >= NEAR)
        accepted = "the canonical URL, skb:// URI, slug or title of a page; `search` and `list_entities` give them"
        return UnknownEntity("no page of this knowledge base has that id", accepted, nearest)


def _is_url(name: str) -> bool:
    return bool(re.fullmatch(r"\S*://\S*", name.strip()))


def _certain_if_slug(name: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits for a name; one that looks like a slug means one page, and nothing that is merely like it."""
    slug = re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)+", name.strip())
    unsure = slug and hits and hits[0].score <= INEXACT
    return tuple(hit._replace(score=min(hit.score, UNSURE)) for hit in hits) if unsure else tuple(hits)


def _plain(name: str) -> str:
    return " ".join(normalise(name).strip(" ?!.").split())
