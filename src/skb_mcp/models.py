"""The nouns: the six kinds of entity, and the small values they are made of.

Every value is frozen. Field names follow the front matter of the published `raw.md` format.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "ENTITY_MODELS",
    "ENTITY_TYPES",
    "EVIDENCE_TYPES",
    "FOLDERS",
    "LEVELS",
    "PRODUCT_FACT_TYPES",
    "Caution",
    "Citation",
    "CitationRole",
    "Concern",
    "Entity",
    "EntityType",
    "Ingredient",
    "Level",
    "Link",
    "Page",
    "Product",
    "Question",
    "Reason",
    "Referral",
    "ReferralBasis",
    "Section",
    "SideEffect",
    "Source",
    "SourceRef",
    "SourceRole",
    "Value",
]

EntityType = Literal["Question", "Concern", "Ingredient", "Product", "SideEffect", "Source"]
ENTITY_TYPES: tuple[EntityType, ...] = get_args(EntityType)

FOLDERS: dict[EntityType, str] = {
    "Question": "questions",
    "Concern": "concerns",
    "Ingredient": "ingredients",
    "Product": "products",
    "SideEffect": "side-effects",
    "Source": "sources",
}
"""The URL folder of each kind: `<canonical base>/<folder>/<slug>`."""

EVIDENCE_TYPES = frozenset(
    {"peer_reviewed", "medical_reference", "dermatology_reference", "regulatory", "clinical_guideline", "other"}
)
PRODUCT_FACT_TYPES = frozenset({"official_product_page", "retailer_product_page", "manufacturer_clinical_data"})

SourceRole = Literal["evidence", "product_fact"]
CitationRole = Literal["page", "evidence", "product_fact", "referral_basis", "corpus"]

Level = Literal["routine", "prompt", "urgent", "emergency"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""Referral levels, mildest first: standing caveat, days to weeks, same day, now."""


class Value(BaseModel):
    """Frozen, closed, and the same for equal input."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Link(Value):
    """A pointer to another page of the knowledge base; `why` is the page's reason for it, if given."""

    title: str
    url: str
    why: str | None = None
    line: int = 0


class SourceRef(Value):
    """One row of a page's source list, as the page states it."""

    title: str
    canonical_url: str
    original_url: str | None = None
    source_type: str | None = None


class Caution(Value):
    """A structured warning on an Ingredient; `source` is the canonical URL of the Source behind it."""

    topic: str
    text: str
    source: str | None = None


class Section(Value):
    """One `##` part of a page: plain heading, Markdown text without the heading, 1-based line in the file.

    `points` are what a "when to get help" section says, one plain text each.
    """

    heading: str
    text: str
    line: int
    role: Literal["quick_answer", "help", "related", "other"] = "other"
    points: tuple[str, ...] = ()


class Page(Value):
    """What every entity has. `canonical_url` is the identity; the slug is its last part."""

    entity_type: EntityType
    title: str
    canonical_url: str
    path: str
    date_modified: date | None = None
    date_reviewed: date | None = None
    entity_id: str | None = None
    summary: str | None = None
    aliases: tuple[str, ...] = ()
    evidence_sources: tuple[SourceRef, ...] = ()
    product_fact_sources: tuple[SourceRef, ...] = ()
    key_ingredients: tuple[Link, ...] = ()
    ranked_products: tuple[Link, ...] = ()
    sections: tuple[Section, ...] = ()
    links: tuple[Link, ...] = ()

    @property
    def slug(self) -> str:
        return self.canonical_url.rsplit("/", 1)[-1]

    @property
    def uri(self) -> str:
        """The resource URI, `skb://<folder>/<slug>`."""
        return f"skb://{FOLDERS[self.entity_type]}/{self.slug}"

    @property
    def quick_answer(self) -> str | None:
        """The text of the first Quick Answer or Quick Summary section; None when there is none."""
        return next((s.text for s in self.sections if s.role == "quick_answer" and s.text), None)


class Question(Page):
    """A consumer's question with its answer."""

    entity_type: Literal["Question"] = "Question"
    question_type: str | None = None
    primary_concern: Link | None = None


class Concern(Page):
    """Something people see or feel on their skin."""

    entity_type: Literal["Concern"] = "Concern"


class Ingredient(Page):
    """A cosmetic ingredient; `aliases` hold its INCI name and other names."""

    entity_type: Literal["Ingredient"] = "Ingredient"
    cautions: tuple[Caution, ...] = ()


class Product(Page):
    """A product: an example, never evidence."""

    entity_type: Literal["Product"] = "Product"
    brand: str | None = None
    product_type: str | None = None


class SideEffect(Page):
    """An unwanted effect of a product or ingredient."""

    entity_type: Literal["SideEffect"] = "SideEffect"


class Source(Page):
    """A publication or product page that other pages cite."""

    entity_type: Literal["Source"] = "Source"
    source_type: str | None = None
    original_source_url: str | None = None
    publisher: str | None = None
    year: int | None = None


Entity = Question | Concern | Ingredient | Product | SideEffect | Source

ENTITY_MODELS: dict[EntityType, type[Entity]] = {
    "Question": Question,
    "Concern": Concern,
    "Ingredient": Ingredient,
    "Product": Product,
    "SideEffect": SideEffect,
    "Source": Source,
}


class Citation(Value):
    """Something to cite: `url` is the canonical page, `original_url` the publication behind a Source."""

    title: str
    url: str = Field(pattern=r"^https?://\S+$")
    role: CitationRole
    original_url: str | None = None
    source_type: str | None = None


class ReferralBasis(Value):
    """The published guidance that a red-flag rule rests on."""

    title: str
    url: str


class Reason(Value):
    """Why a referral was raised: the rule, what was recognised (in our words), and its basis."""

    rule: str
    level: Level
    recognised: tuple[str, ...]
    basis: tuple[ReferralBasis, ...]


class Referral(Value):
    """Who to see and how soon; `routine` is the standing caveat."""

    level: Level
    message: str
    see_clinician_if: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
