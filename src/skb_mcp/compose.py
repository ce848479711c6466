"""Pure functions that put replies together from pages; nothing here searches or decides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from .corpus import Manifest
from .graph import Derived, Graph
from .models import Citation, Entity, Ingredient, Link, Source, SourceRef, SourceRole
from .prose import plain, sentences
from .replies import (
    Alternative,
    CautionNote,
    IngredientBrief,
    IngredientEvidence,
    IngredientNote,
    ProductExample,
    Reviewed,
    SectionText,
    SourceNote,
)
from .urls import entity_type_of

__all__ = ["Composer", "Detail"]

Detail = Literal["concise", "full"]

STALE_MONTHS = 18
"""A page not reviewed for this long says so."""

MAX_POINTS = 10
"""The most points of a page's own "when to get help" that a concise reply repeats."""

_URGENT = re.compile(
    r"\b(?:emergency|urgent|urgently|immediately|same day|straight away|at once|999|911|112)\b", re.IGNORECASE
)

CONCISE_SOURCES = 3
GRAVE_TOPICS = ("pregnancy", "breastfeeding", "children", "allergy", "eye_area")
"""Cautions for people who could come to harm: they stand first, and are the ones a concise reply keeps."""


MAX_LOOK_ALIKES: dict[Detail, int] = {"concise": 3, "full": 12}


@dataclass(frozen=True, slots=True)
class Payload:
    """The parts of a lookup reply that depend on the page alone."""

    quick_answer: str | None
    may_be_instead: tuple[Alternative, ...]
    cautions: tuple[CautionNote, ...]
    ingredients: tuple[IngredientBrief, ...]
    products: tuple[ProductExample, ...]
    sections: tuple[SectionText, ...]
    reviewed: Reviewed
    citations: tuple[Citation, ...]


class Composer:
    """Turns pages into the parts of a reply; `today` decides which reviews are stale."""

    def __init__(self, manifest: Manifest, graph: Graph, today: date) -> None:
        self.manifest = manifest
        self.graph = graph
        self.today = today
        # Put together once, since pages do not change.
        self._payloads: dict[tuple[str, Detail], Payload] = {}
        self._points: dict[tuple[str, Detail], tuple[str, ...]] = {}

    # Citations (G2)

    def front_page(self) -> Citation:
        """The citation when there is no page to cite: the corpus's own front page."""
        return Citation(title=self.manifest.title, url=self.manifest.canonical_base, role="corpus")

    def page_citation(self, page: Entity) -> Citation:
        """An eligible page; a Source page is cited in the role that it has."""
        if isinstance(page, Source):
            ref = self.graph.sources(page, self.graph.source_role(page))[0]
            return _cite(ref, self.graph.source_role(page))
        return Citation(title=page.title, url=page.canonical_url, role="page")

    def citations(self, page: Entity, detail: Detail) -> tuple[Citation, ...]:
        """A page with the first of its evidence; in full with all of it, and with its product facts."""
        evidence = self.graph.sources(page, "evidence")
        cited = [self.page_citation(page)]
        cited += [_cite(ref, "evidence") for ref in (evidence if detail == "full" else evidence[:CONCISE_SOURCES])]
        if detail == "full":
            cited += [_cite(ref, "product_fact") for ref in self.graph.sources(page, "product_fact")]
        return tuple({c.url: c for c in cited}.values())

    # What a page says about getting help, and when it was looked over

    def help_points(self, page: Entity, detail: Detail) -> tuple[str, ...]:
        """The page's own "when to get help", point by point."""
        key = (page.canonical_url, detail)
        if key not in self._points:
            points = [point for section in page.sections for point in section.points]
            if detail == "concise" and len(points) > MAX_POINTS:
                # Where not all fit, the urgent ones stay.
                points = sorted(points, key=lambda point: not _URGENT.search(point))[:MAX_POINTS]
            self._points[key] = tuple(points)
        return self._points[key]

    def reviewed(self, page: Entity) -> Reviewed:
        """The review dates of a page, with a plain note when the review is old or missing."""
        at = page.date_reviewed
        stale = at is None or at > self.today or _months(at, self.today) >= STALE_MONTHS
        note = None
        if at and at > self.today:
            note = f"The review date, {at.isoformat()}, lies in the future and cannot be right; check newer advice."
        elif stale:
            when = f"Last reviewed on {at.isoformat()}" if at else "No review date is known"
            note = f"{when}; not reviewed within the last {STALE_MONTHS} months, so check it against newer advice."
        return Reviewed(date_reviewed=at, date_modified=page.date_modified, stale=stale, note=note)

    # Payload

    def payload(self, page: Entity, detail: Detail) -> Payload:
        """What a lookup says of a page, whatever was asked."""
        key = (page.canonical_url, detail)
        if key not in self._payloads:
            self._payloads[key] = Payload(
                quick_answer=self.quick_answer(page),
                may_be_instead=self.look_alikes(page, MAX_LOOK_ALIKES[detail]),
                cautions=self.cautions(page),
                ingredients=self.ingredients(page, detail),
                products=self.products(page),
                sections=self.sections(page) if detail == "full" else (),
                reviewed=self.reviewed(page),
                citations=self.citations(page, detail),
            )
        return self._payloads[key]

    def quick_answer(self, page: Entity) -> str | None:
        """What the page says in short: its Quick Answer or Summary, else its summary line."""
        return _flat(page.quick_answer) if page.quick_answer else page.summary

    def sections(self, page: Entity) -> tuple[SectionText, ...]:
        """Every section in full but the list of links."""
        return tuple(
            SectionText(heading=s.heading, text=s.text) for s in page.sections if s.role != "related" and s.text
        )

    def look_alikes(self, page: Entity, limit: int) -> tuple[Alternative, ...]:
        """What the subject of a page may be mistaken for, with the first words of that page."""
        return tuple(
            Alternative(
                title=self.graph.title(link),
                canonical_url=link.url,
                entity_type=entity_type_of(link.url),
                how_to_tell=self._first_words(link),
            )
            for link in self.graph.neighbours(page)[:limit]
        )

    def _first_words(self, link: Link) -> str | None:
        """A page in one sentence: its summary if that is whole (exports cut it), or else its first sentence."""
        page = self.graph.page(link.url)
        if page and page.summary and page.summary.endswith((".", "!")):
            return page.summary
        answer = self.quick_answer(page) if page else None
        return sentences(answer)[0] if answer else None

    def products(self, page: Entity) -> tuple[ProductExample, ...]:
        """At most two products, as examples."""
        return tuple(
            ProductExample(
                title=self.graph.title(link), canonical_url=link.url, in_corpus=self.graph.page(link.url) is not None
            )
            for link in self.graph.products(page)
        )

    def cautions(self, page: Entity) -> tuple[CautionNote, ...]:
        """Every caution of an Ingredient page, the gravest first; none for other pages."""
        return tuple(self._cautions(page, "full"))

    def ingredients(self, page: Entity, detail: Detail) -> tuple[IngredientBrief, ...]:
        """The ingredients that a page names, with the cautions that matter most."""
        return tuple(self._brief(link, detail) for link in self.graph.ingredients(page))

    def _brief(self, link: Link, detail: Detail) -> IngredientBrief:
        page = self.graph.page(link.url)
        return IngredientBrief(
            title=self.graph.title(link),
            canonical_url=link.url,
            in_corpus=page is not None,
            why=link.why or self._first_words(link),
            cautions=tuple(self._cautions(page, detail)),
        )

    def ingredient(self, derived: Derived) -> IngredientNote:
        """One ingredient of a concern: why, every caution, where it was named and its page's evidence."""
        page = self.graph.page(derived.link.url)
        refs = self.graph.sources(page, "evidence") if page else ()
        evidence = (
            IngredientEvidence(
                title=r.title, url=r.canonical_url, original_url=r.original_url, source_type=r.source_type
            )
            for r in refs
        )
        brief = self._brief(derived.link, "full")
        return IngredientNote(**dict(brief), derived_from=derived.derived_from, evidence=tuple(evidence))

    def _cautions(self, page: Entity | None, detail: Detail) -> Iterator[CautionNote]:
        cautions = page.cautions if isinstance(page, Ingredient) else ()
        grave = [c for c in cautions if c.topic in GRAVE_TOPICS]
        rest = [c for c in cautions if c.topic not in GRAVE_TOPICS]
        for caution in [*grave, *rest] if detail == "full" else grave:
            source = caution.source if detail == "full" and self._is_evidence(caution.source) else None
            yield CautionNote(topic=caution.topic, text=caution.text, source=source)

    def _is_evidence(self, url: str | None) -> bool:
        """Whether a Source may stand behind a medical statement; a product page may not."""
        page = self.graph.page(url) if url else None
        ref = SourceRef(title="", canonical_url=url or "")
        role = self.graph.source_role(page) if isinstance(page, Source) else self.graph.role(ref, "evidence")
        return role == "evidence"

    def source_notes(self, page: Entity, role: SourceRole) -> tuple[SourceNote, ...]:
        """The sources behind a page in one role, with what is known of each."""
        return tuple(self._source_note(ref) for ref in self.graph.sources(page, role))

    def _source_note(self, ref: SourceRef) -> SourceNote:
        page = self.graph.page(ref.canonical_url)
        known = page if isinstance(page, Source) else None
        return SourceNote(
            title=ref.title,
            canonical_url=ref.canonical_url,
            in_corpus=known is not None,
            original_url=ref.original_url,
            source_type=ref.source_type,
            publisher=known.publisher if known else None,
            year=known.year if known else None,
        )

    def markdown(self, page: Entity) -> str:
        """A whole page to read: the line to cite on top, its sources by role, the caveat at the end."""
        reviewed = self.reviewed(page)
        cite = f"> Cite: [{page.title}]({page.canonical_url}) · {page.entity_type}"
        cite += f" · reviewed {reviewed.date_reviewed.isoformat()}" if reviewed.date_reviewed else ""
        parts = [cite + (f"\n> {reviewed.note}" if reviewed.note else ""), f"# {page.title}"]
        parts += [f"## {s.heading}\n\n{s.text}" if s.heading else s.text for s in self.sections(page)]
        if cautions := self.cautions(page):
            parts.append("\n".join(["## Cautions in short\n", *(f"- {c.topic}: {c.text}" for c in cautions)]))
        parts += self._source_lists(page)
        parts.append(f"---\n\n{self.manifest.caveat}")
        return "\n\n".join(parts) + "\n"

    def _source_lists(self, page: Entity) -> Iterator[str]:
        headings: list[tuple[SourceRole, str]] = [
            ("evidence", "Evidence sources"),
            ("product_fact", "Product facts (not evidence that anything works)"),
        ]
        for role, heading in headings:
            if refs := self.graph.sources(page, role):
                lines = [f"- [{r.title}]({r.canonical_url})" + _original(r.original_url) for r in refs]
                yield "\n".join([f"## {heading}\n", *lines])


def _original(url: str | None) -> str:
    return f" — original: {url}" if url else ""


def _cite(ref: SourceRef, role: SourceRole) -> Citation:
    return Citation(
        title=ref.title, url=ref.canonical_url, role=role, original_url=ref.original_url, source_type=ref.source_type
    )


def _months(then: date, now: date) -> int:
    """Whole months from `then` to `now`."""
    return (now.year - then.year) * 12 + now.month - then.month - (now.day < then.day)


def _flat(markdown: str) -> str:
    """Markdown as plain text: a wrapped paragraph becomes one line, a list keeps its lines."""
    blocks = (block.split("\n") for block in markdown.split("\n\n"))
    lines = (
        "\n".join(map(plain, b)) if b[0].lstrip().startswith(("-", "*", "1")) else plain(" ".join(b)) for b in blocks
    )
    return "\n".join(line for line in lines if line)
