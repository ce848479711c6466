"""The pages as a list, and what the corpus is: what `list_entities`, resources and completions show."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from .corpus import Manifest
from .graph import Graph
from .models import ENTITY_TYPES, FOLDERS, Entity, EntityType
from .paging import cursor_for, offset_of
from .replies import Entry

__all__ = ["PAGE_SIZE", "Catalogue", "Part"]

PAGE_SIZE = 50
"""How many pages one reply lists."""


class Part(NamedTuple):
    """Some pages of a list, how many it has in all, and the cursor of those behind them."""

    entries: tuple[Entry, ...]
    total: int
    next_cursor: str | None


class Catalogue:
    """Every eligible page, by kind and URL."""

    def __init__(self, graph: Graph, manifest: Manifest) -> None:
        self._graph = graph
        self._manifest = manifest

    @cached_property
    def pages(self) -> tuple[Entity, ...]:
        """Every eligible page, by kind and URL."""
        pages = self._graph.pages.values()
        return tuple(sorted(pages, key=lambda p: (ENTITY_TYPES.index(p.entity_type), p.canonical_url)))

    def part(self, entity_type: EntityType | None, cursor: str | None) -> Part:
        """Up to 50 pages of a kind, or of all kinds, from where a cursor says.

        Raises:
            InvalidArguments: `cursor` is not one that an earlier reply gave.
        """
        pages = [p for p in self.pages if entity_type in (None, p.entity_type)]
        start = offset_of(cursor, entity_type, range(PAGE_SIZE, len(pages), PAGE_SIZE))
        end = start + PAGE_SIZE
        following = cursor_for(entity_type, end) if end < len(pages) else None
        return Part(tuple(map(_entry, pages[start:end])), len(pages), following)

    def overview(self) -> str:
        """What this corpus is, as Markdown: its name, version, licence, review policy and counts."""
        m = self._manifest
        counts = {kind: sum(p.entity_type == kind for p in self.pages) for kind in ENTITY_TYPES}
        lines = [f"- {kind}: {count}" for kind, count in counts.items() if count]
        about = f"Corpus `{m.name}`, version {m.version}, licence {m.licence}, language {m.language}."
        head = f"> Cite: [{m.title}]({m.canonical_base})\n\n# {m.title}"
        return "\n\n".join([head, about, m.review_policy, "\n".join(lines), f"---\n\n{m.caveat}"]) + "\n"

    def slugs(self, folder: str, prefix: str) -> list[str]:
        """The slugs of the pages in a URL folder that begin with `prefix`, in order."""
        pages = (p for p in self.pages if FOLDERS[p.entity_type] == folder)
        return [p.slug for p in pages if p.slug.startswith(prefix.lower())]

    def concern_names(self, prefix: str) -> list[str]:
        """The titles of the concerns that begin with `prefix`, whatever the case."""
        titles = (p.title for p in self.pages if p.entity_type == "Concern")
        return [title for title in titles if title.lower().startswith(prefix.lower())]


def _entry(page: Entity) -> Entry:
    return Entry(
        title=page.title,
        canonical_url=page.canonical_url,
        uri=page.uri,
        entity_type=page.entity_type,
        date_reviewed=page.date_reviewed,
    )
