"""What a rule of `validate` looks at: a page as an author's sheet, and the desk on which it lies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from pydantic import Field

from .models import PRODUCT_FACT_TYPES, Entity, EntityType, Link, Section, Source, Value
from .prose import plain
from .sections import blocks
from .text import words
from .urls import entity_type_of

__all__ = ["Desk", "Fault", "Sheet", "Wording"]

Fault = tuple[int, str]
"""(line in the file, message)."""


class Wording(Value):
    """`editorial.yaml`: words that pages avoid, each with the reason; medicines; words of effect."""

    forbidden: dict[str, str] = Field(default_factory=dict)
    prescription: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Any of `words`, whole, in any case; nothing at all where there are none."""
    listed = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![\w-])(?:{listed})(?![\w-])" if listed else r"(?!)", re.IGNORECASE)


@dataclass(frozen=True)
class Sheet:
    """A page with its Markdown body.

    `first_line` is the line of the file on which the body begins, `lines` the line of each key,
    list item and URL of the front matter.
    """

    page: Entity
    body: str
    first_line: int
    lines: Mapping[str, int] = field(default_factory=dict)
    eligible: bool = True

    def line(self, what: str) -> int:
        """The line of a key, list item or URL of the front matter; 1 where it is missing."""
        return self.lines.get(what, 1)

    @cached_property
    def blocks(self) -> tuple[Fault, ...]:
        """(line, Markdown) of every heading, paragraph and list item but the Related Entities."""
        spans = self._related
        found = ((self.first_line + line, text) for line, text in blocks(self.body))
        return tuple((line, text) for line, text in found if not any(line in span for span in spans))

    @cached_property
    def said(self) -> tuple[Fault, ...]:
        """(line, plain text) of what the page says itself: link texts and its own title are names, not words."""
        page = self.page
        texts = [(self.line("summary"), page.summary or "")]
        texts += [(link.line, link.why or "") for link in page.key_ingredients]
        texts += [(self.line(caution.text), caution.text) for caution in getattr(page, "cautions", ())]
        return tuple((line, said) for line, text in (*texts, *self.blocks) if (said := self._own(text)))

    def _own(self, text: str) -> str:
        unlinked = re.sub(r"\[[^\[\]]*\]\([^()\s]*\)", " ", text).replace(self.page.title, " ")
        # A plain line that names the original carries the publication's own title.
        return "" if unlinked.lstrip().lower().startswith("original source") else plain(unlinked)

    def links(self, kind: EntityType | None = None, *, related: bool = False) -> dict[str, int]:
        """URL → first line of the links to pages of one kind (or any), either in the text or under Related Entities."""
        first: dict[str, int] = {}
        for link in self.page.links:
            if related == any(link.line in span for span in self._related):
                first.setdefault(link.url, link.line)
        return {url: line for url, line in first.items() if kind in (None, entity_type_of(url))}

    @property
    def declared(self) -> dict[str, int]:
        """URL → line of every page that the front matter names."""
        page = self.page
        links: list[Link] = [*page.key_ingredients, *page.ranked_products]
        concern = getattr(page, "primary_concern", None)
        links += [concern] if concern else []
        refs = (*page.evidence_sources, *page.product_fact_sources)
        return {url: self.line(url) for url in (*(r.canonical_url for r in refs), *(link.url for link in links))}

    def span(self, section: Section) -> range:
        """The lines of a section, its heading included."""
        later = (s.line for s in self.page.sections if s.line > section.line)
        return range(section.line, min(later, default=2**31))

    @cached_property
    def _related(self) -> tuple[range, ...]:
        return tuple(self.span(section) for section in self.page.sections if section.role == "related")


@dataclass(frozen=True)
class Desk:
    """What lies beside a sheet: all pages of the folder by URL, drafts included, and which of them are served.

    `whole` is false when a single page is checked, of whose neighbours nothing is known.
    """

    today: date
    wording: Wording
    pages: Mapping[str, Entity] = field(default_factory=dict)
    eligible: frozenset[str] = frozenset()
    whole: bool = False

    @cached_property
    def forbidden(self) -> re.Pattern[str]:
        return _pattern(self.wording.forbidden)

    @cached_property
    def prescription(self) -> re.Pattern[str]:
        return _pattern(self.wording.prescription)

    @cached_property
    def effects(self) -> re.Pattern[str]:
        return _pattern(self.wording.effects)

    def is_product_page(self, page: Entity, url: str) -> bool:
        """Whether a source that `page` cites is a product page: by its own page, else by the list it stands in."""
        source = self.pages.get(url)
        if isinstance(source, Source) and source.source_type:
            return source.source_type in PRODUCT_FACT_TYPES
        return any(ref.canonical_url == url for ref in page.product_fact_sources)

    @cached_property
    def originals(self) -> Mapping[str, tuple[str, ...]]:
        """Original URL → the Source pages about it, in order."""
        found: dict[str, tuple[str, ...]] = {}
        for url, page in sorted(self.pages.items()):
            if isinstance(page, Source) and page.original_source_url:
                found[page.original_source_url] = (*found.get(page.original_source_url, ()), url)
        return found

    def named(self, name: str) -> tuple[Entity, ...]:
        """The pages with this title or alias, whatever its case and punctuation."""
        return self._names.get(_key(name), ())

    @cached_property
    def _names(self) -> Mapping[str, tuple[Entity, ...]]:
        found: dict[str, tuple[Entity, ...]] = {}
        for _, page in sorted(self.pages.items()):
            for key in dict.fromkeys(map(_key, (page.title, *page.aliases))):
                found[key] = (*found.get(key, ()), page)
        return found


def _key(name: str) -> str:
    return " ".join(words(name))
