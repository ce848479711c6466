"""How pages hang together: concern ↔ questions ↔ ingredients ↔ products ↔ sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from .models import Entity, EntityType, Link, Question, Source, SourceRef, SourceRole
from .roles import Roles, as_ref, publication
from .urls import entity_type_of

__all__ = ["MAX_PRODUCTS", "Derived", "Graph"]

MAX_PRODUCTS = 2
"""The most product examples that any answer shows."""


@dataclass(frozen=True, slots=True)
class Derived:
    """An ingredient of a concern, with every page that names it there."""

    link: Link
    derived_from: tuple[str, ...]


class Graph:
    """The relations between eligible pages (all of them, or by URL in order of URL); answers come in a fixed order."""

    def __init__(
        self, pages: Iterable[Entity] | Mapping[str, Entity], product_pages: Iterable[str] | None = None
    ) -> None:
        if not isinstance(pages, Mapping):
            pages = {page.canonical_url: page for page in sorted(pages, key=lambda page: page.canonical_url)}
        self.pages: Mapping[str, Entity] = pages
        self._roles = Roles(pages, product_pages)

    def page(self, url: str) -> Entity | None:
        """The eligible page with this canonical URL."""
        return self.pages.get(url)

    def title(self, link: Link) -> str:
        """A link's title: the target's own, where it is in the corpus."""
        page = self.pages.get(link.url)
        return page.title if page else link.title

    @cached_property
    def unresolved(self) -> Mapping[str, Link]:
        """Pages that eligible pages link to and that are not in the folder, by URL."""
        links = (link for page in self.pages.values() for link in all_links(page))
        found: dict[str, Link] = {}
        for link in links:
            if link.url not in self.pages:
                found.setdefault(link.url, link)
        return dict(sorted(found.items()))

    # Sources (their roles are guarantee G3)

    @property
    def product_pages(self) -> frozenset[str]:
        """The publications that any Source page calls a product page."""
        return self._roles.product_pages

    def role(self, ref: SourceRef, listed_as: SourceRole) -> SourceRole:
        """What a source may be used for, given the list that it stands in."""
        return self._roles.role(ref, listed_as)

    def source_role(self, source: Source) -> SourceRole:
        """What a Source page may be used for."""
        return self.role(as_ref(source), "evidence")

    def sources(self, page: Entity, role: SourceRole) -> tuple[SourceRef, ...]:
        """The sources behind a page in one role, each original once, with the Source page's own facts."""
        refs: list[tuple[SourceRef, SourceRole]] = [(ref, "evidence") for ref in page.evidence_sources]
        refs += [(ref, "product_fact") for ref in page.product_fact_sources]
        if isinstance(page, Source):
            refs.insert(0, (as_ref(page), "evidence"))
        return self._once(self._own_facts(ref) for ref, listed in refs if self.role(ref, listed) == role)

    def _own_facts(self, ref: SourceRef) -> SourceRef:
        page = self.pages.get(ref.canonical_url)
        if not isinstance(page, Source):
            return ref
        own = as_ref(page)
        return own.model_copy(
            update={
                "original_url": own.original_url or ref.original_url,
                "source_type": own.source_type or ref.source_type,
            }
        )

    def _once(self, refs: Iterable[SourceRef]) -> tuple[SourceRef, ...]:
        first: dict[str, SourceRef] = {}
        for ref in refs:
            first.setdefault(publication(ref.original_url) or ref.canonical_url, ref)
        return tuple(first.values())

    # Relations

    def ingredients(self, page: Entity) -> tuple[Link, ...]:
        """A page's ingredients in its own order: key ingredients, or else the ingredients it links to."""
        return page.key_ingredients or tuple(_links_to(page.links, "Ingredient"))

    def products(self, page: Entity) -> tuple[Link, ...]:
        """At most two products: those a page ranks, or else those its primary concern ranks."""
        ranked = page.ranked_products
        if not ranked and isinstance(page, Question) and page.primary_concern:
            concern = self.pages.get(page.primary_concern.url)
            ranked = concern.ranked_products if concern else ()
        return ranked[:MAX_PRODUCTS]

    def questions_about(self, concern_url: str) -> tuple[Question, ...]:
        """The questions whose primary concern this is."""
        return tuple(
            page
            for page in self._of_type("Question")
            if isinstance(page, Question) and page.primary_concern and page.primary_concern.url == concern_url
        )

    def ingredients_of_concern(self, concern_url: str) -> tuple[Derived, ...]:
        """Every ingredient that the corpus connects with a concern, nearest relation first.

        In order: the concern's own key ingredients, the ingredients of the questions about it,
        ingredients it links to, ingredients that link to it.
        """
        found: dict[str, tuple[Link, list[str]]] = {}
        for link, reason in self._relations(concern_url):
            _, reasons = found.setdefault(link.url, (link, []))
            if reason not in reasons:
                reasons.append(reason)
        return tuple(Derived(link, tuple(reasons)) for link, reasons in found.values())

    def _relations(self, concern_url: str) -> Iterator[tuple[Link, str]]:
        concern = self.pages.get(concern_url)
        if concern:
            yield from ((link, f"key ingredient of “{concern.title}”") for link in concern.key_ingredients)
        for question in self.questions_about(concern_url):
            yield from ((link, f"named in the answer to “{question.title}”") for link in self.ingredients(question))
        if concern:
            yield from ((link, f"linked from “{concern.title}”") for link in _links_to(concern.links, "Ingredient"))
        for page in self._of_type("Ingredient"):
            if any(link.url == concern_url for link in page.links):
                yield Link(title=page.title, url=page.canonical_url), f"“{page.title}” links to this concern"

    def _of_type(self, kind: EntityType) -> Iterator[Entity]:
        """The pages of a kind, which their URLs tell; no other page is read."""
        return (self.pages[url] for url in self.pages if entity_type_of(url) == kind)

    def neighbours(self, page: Entity) -> tuple[Link, ...]:
        """Other Concerns that a page links to: what its subject may be mistaken for, or is part of."""
        own = {page.canonical_url}
        if isinstance(page, Question) and page.primary_concern:
            own.add(page.primary_concern.url)
        return tuple(link for link in _links_to(page.links, "Concern") if link.url not in own)


def all_links(page: Entity) -> Iterator[Link]:
    """Every page that a page points to, front matter first."""
    if isinstance(page, Question) and page.primary_concern:
        yield page.primary_concern
    yield from page.key_ingredients
    yield from page.ranked_products
    for ref in (*page.evidence_sources, *page.product_fact_sources):
        yield Link(title=ref.title, url=ref.canonical_url)
    yield from page.links


def _links_to(links: Iterable[Link], kind: EntityType) -> Iterator[Link]:
    seen: set[str] = set()
    for link in links:
        if entity_type_of(link.url) == kind and link.url not in seen:
            seen.add(link.url)
            yield link
