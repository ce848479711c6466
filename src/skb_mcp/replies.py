"""What leaves the building: one reply model per tool, over one envelope.

Guarantee G2 is a matter of type here: no reply can be built without a referral message and a
citation of a canonical page. Field names are a contract; other programs read them.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import pydantic_core
from pydantic import Field, model_validator

from .models import Citation, EntityType, Level, Referral, Value

__all__ = [
    "Alternative",
    "CautionNote",
    "Entry",
    "Envelope",
    "FetchReply",
    "IngredientBrief",
    "IngredientEvidence",
    "IngredientNote",
    "IngredientsReply",
    "ListReply",
    "LookupReply",
    "Match",
    "Metadata",
    "Outcome",
    "Problem",
    "ProductExample",
    "Reviewed",
    "SearchReply",
    "SearchResult",
    "SectionText",
    "SourceNote",
    "SourcesReply",
    "to_dict",
    "to_json",
]

Outcome = Literal["answer", "referral", "no_match", "error"]
Score = Annotated[float, Field(ge=0, le=1)]

PAGE_ROLES = frozenset({"page", "evidence", "product_fact", "corpus"})
"""Citation roles whose `url` is a canonical page of the knowledge base."""


class Match(Value):
    """The page that answers; `matched_fields` say where the question's words were found."""

    title: str
    canonical_url: str
    entity_type: EntityType
    confidence: Score
    matched_fields: tuple[str, ...]


class Alternative(Value):
    """Another page that may be meant; no answer by itself."""

    title: str
    canonical_url: str
    entity_type: EntityType
    confidence: Score | None = None
    how_to_tell: str | None = None


class Problem(Value):
    """Why a call failed, what would be accepted, and the nearest valid values."""

    message: str
    accepted: str
    nearest: tuple[str, ...] = ()


class CautionNote(Value):
    """A warning about an ingredient, with the Source page behind it."""

    topic: str
    text: str
    source: str | None = None


class IngredientEvidence(Value):
    """A publication that an ingredient's page rests on."""

    title: str
    url: str
    original_url: str | None = None
    source_type: str | None = None


class IngredientBrief(Value):
    """An ingredient; `in_corpus` false: named by a page, without a page of its own here."""

    title: str
    canonical_url: str
    in_corpus: bool
    why: str | None = None
    cautions: tuple[CautionNote, ...] = ()


class IngredientNote(IngredientBrief):
    """An ingredient of a concern: which pages name it there, and what its own page rests on.

    `evidence` is what the ingredient's page cites, for its effects and for its cautions alike;
    `why` says what is known of this concern.
    """

    derived_from: tuple[str, ...] = ()
    evidence: tuple[IngredientEvidence, ...] = ()


class ProductExample(Value):
    """A product named as an example; never evidence that anything works."""

    title: str
    canonical_url: str
    in_corpus: bool
    note: Literal["example only, not evidence that it works"] = "example only, not evidence that it works"


class SectionText(Value):
    """One section of a page, in Markdown."""

    heading: str
    text: str


class Reviewed(Value):
    """When a page was last reviewed; `stale`: not within the last 18 months, or never."""

    date_reviewed: date | None
    date_modified: date | None
    stale: bool
    note: str | None = None


class SourceNote(Value):
    """A source behind a page: its canonical page to cite, and the publication itself."""

    title: str
    canonical_url: str
    in_corpus: bool
    original_url: str | None = None
    source_type: str | None = None
    publisher: str | None = None
    year: int | None = None


class SearchResult(Value):
    """One hit; `id` and `url` are the canonical URL."""

    id: str
    title: str
    url: str
    entity_type: EntityType
    confidence: Score


class Metadata(Value):
    """What `fetch` says about a page beside its text."""

    entity_type: EntityType | None = None
    date_reviewed: date | None = None
    date_modified: date | None = None
    stale: bool | None = None


class Entry(Value):
    """One line of a list of pages."""

    title: str
    canonical_url: str
    uri: str
    entity_type: EntityType
    date_reviewed: date | None


class Envelope(Value):
    """What every reply carries, whatever happened."""

    outcome: Outcome
    error: Problem | None = None
    referral: Referral
    match: Match | None = None
    note: str | None = None
    alternatives: tuple[Alternative, ...] = ()
    citations: tuple[Citation, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _grounded(self) -> Envelope:
        if not self.referral.message.strip():
            raise ValueError("a reply needs a referral message")
        if not any(c.role in PAGE_ROLES for c in self.citations):
            raise ValueError("a reply needs a citation of a canonical page")
        return self

    @property
    def level(self) -> Level:
        return self.referral.level


class LookupReply(Envelope):
    """The best page for a consumer's question."""

    quick_answer: str | None = None
    may_be_instead: tuple[Alternative, ...] = ()
    cautions: tuple[CautionNote, ...] = ()
    ingredients: tuple[IngredientBrief, ...] = ()
    products: tuple[ProductExample, ...] = Field(default=(), max_length=2)
    sections: tuple[SectionText, ...] = ()
    reviewed: Reviewed | None = None


class IngredientsReply(Envelope):
    """The ingredients for a concern."""

    ingredients: tuple[IngredientNote, ...] = ()
    reviewed: Reviewed | None = None


class SourcesReply(Envelope):
    """The sources behind a page; the two lists are never mixed."""

    evidence_sources: tuple[SourceNote, ...] = ()
    product_fact_sources: tuple[SourceNote, ...] = ()
    reviewed: Reviewed | None = None


class SearchReply(Envelope):
    """Pages that match, best first."""

    results: tuple[SearchResult, ...] = ()


class FetchReply(Envelope):
    """One page as Markdown."""

    id: str = ""
    title: str = ""
    text: str = ""
    url: str = ""
    metadata: Metadata = Metadata()


class ListReply(Envelope):
    """A page of the list of pages; `total` counts the whole list."""

    entities: tuple[Entry, ...] = ()
    total: int = 0
    next_cursor: str | None = None


def to_dict(reply: Envelope) -> dict[str, Any]:
    """A reply as JSON values in reading order: outcome, referral, payload, then what to cite.

    Fields without a value are left out, but `match`, whose null says that nothing matched.
    """
    values = reply.model_dump(mode="json", exclude_none=True)
    values.setdefault("match", None)
    first = ("outcome", "error", "referral", "match", "note")
    last = ("alternatives", "citations")
    payload = [key for key in values if key not in first and key not in last]
    return {key: values[key] for key in (*first, *payload, *last) if key in values}


def to_json(values: dict[str, Any]) -> str:
    """Compact JSON: the text channel of a reply."""
    # A third of the time of `json.dumps`, and the same bytes.
    return pydantic_core.to_json(values).decode()
