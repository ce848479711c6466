"""An eligible draft and its body → one typed entity, or every fault in its rows and dates, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from .drafts import Draft, Faults, value_of
from .errors import Finding
from .front_matter import Field, Row, Text
from .models import (
    ENTITY_MODELS,
    EVIDENCE_TYPES,
    FOLDERS,
    PRODUCT_FACT_TYPES,
    Caution,
    Entity,
    EntityType,
    Link,
    SourceRef,
)
from .sections import read_body
from .urls import canonicalise, entity_type_of, is_web_url

__all__ = ["build_entity", "row_findings"]

UNKNOWN = "unknown"

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_EXTRA_TEXTS: dict[EntityType, tuple[str, ...]] = {
    "Question": ("question_type",),
    "Product": ("brand", "product_type"),
    "Source": ("publisher",),
}


def build_entity(draft: Draft, body: str, base: str) -> tuple[Entity | None, tuple[Finding, ...]]:
    """The entity of an eligible, sound draft, with the findings of its rows and dates.

    `body` is the draft's body as the gate lets it through. The entity is None when a finding is
    an error.
    """
    kind = entity_type_of(draft.url or "")
    values, findings = _read_values(draft, kind, base)
    if not draft.sound or any(f.severity == "error" for f in findings):
        return None, findings
    sections, links = read_body(body, draft.body_line)
    on_site = (link.model_copy(update={"url": url}) for link in links if (url := canonicalise(link.url, base)))
    values |= {"path": draft.path, "sections": sections, "links": tuple(on_site)}
    return ENTITY_MODELS[kind].model_validate(values), findings


def row_findings(draft: Draft, base: str) -> tuple[Finding, ...]:
    """The findings of the rows and dates of a draft that is not served, for its author; nothing is built."""
    return _read_values(draft, entity_type_of(draft.url), base)[1] if draft.url else ()


def _read_values(draft: Draft, kind: EntityType, base: str) -> tuple[dict[str, object], tuple[Finding, ...]]:
    faults = Faults(draft.path, draft.eligible)
    reader = _Reader(draft.fields, base, faults)
    values = reader.common()
    if kind == "Question":
        values["primary_concern"] = next(reader.links("primary_concern", "Concern"), None)
    elif kind == "Ingredient":
        values["cautions"] = tuple(reader.cautions())
    elif kind == "Source":
        values |= {"year": reader.year(), "original_source_url": reader.web_url("original_source_url")}
        given = draft.fields.get("source_type")
        values["source_type"] = reader.source_type(given.text if given else None)
        if given and values["source_type"] == UNKNOWN:
            faults.add(given.line, "source-type", "a Source of unknown type is not served")
    values |= {key: value_of(draft.fields, key) for key in _EXTRA_TEXTS.get(kind, ())}
    return values, tuple(faults.found)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns raw fields into typed values, one fault for each that cannot be."""

    fields: dict[str, Field]
    base: str
    faults: Faults

    def common(self) -> dict[str, object]:
        return {
            "title": value_of(self.fields, "title"),
            "canonical_url": value_of(self.fields, "canonical_url"),
            "date_modified": self.date("date_modified"),
            "date_reviewed": self.date("date_reviewed"),
            "entity_id": value_of(self.fields, "entity_id"),
            "summary": value_of(self.fields, "summary"),
            "aliases": tuple(dict.fromkeys(self.texts("search_aliases", "aliases"))),
            "evidence_sources": tuple(self.sources("evidence_sources")),
            "product_fact_sources": tuple(self.sources("product_fact_sources")),
            "key_ingredients": _unique(self.links("key_ingredients", "Ingredient")),
            # Exported Concerns carry a legacy twin of the list, with one mapping.
            "ranked_products": _unique(
                link for key in ("ranked_products", "ranked_product") for link in self.links(key, "Product")
            ),
        }

    def date(self, key: str) -> date | None:
        value = self.fields.get(key)
        if value is None or value.text is None:
            self.faults.add(1, "missing-key", f"'{key}' is missing", "warning")
            return None
        try:
            if _DATE.match(value.text.value):
                return date.fromisoformat(value.text.value)
        except ValueError:
            pass
        self.faults.add(value.line, "date", f"'{key}' takes a date written YYYY-MM-DD")
        return None

    def texts(self, *keys: str) -> Iterator[str]:
        for key in keys:
            if key in self.fields:
                yield from (t.value for t in self.fields[key].texts if t.value)

    def rows(self, key: str) -> tuple[Row, ...]:
        return self.fields[key].rows if key in self.fields else ()

    def item(self, row: Row, key: str) -> str | None:
        text = row.items.get(key)
        return text.value if text and text.value else None

    def link_url(self, row: Row, key: str, kind: EntityType) -> str | None:
        """The canonical URL in a row, which must be of the kind that the row is about."""
        text = row.items.get(key)
        url = canonicalise(text.value, self.base) if text else None
        if url and entity_type_of(url) == kind:
            return url
        line = text.line if text else row.line
        where = f"{self.base}/{FOLDERS[kind]}/…"
        self.faults.add(line, "link-url", f"'{key}' must read {where}; it is left out", "warning")
        return None

    def links(self, key: str, kind: EntityType) -> Iterator[Link]:
        for row in self.rows(key):
            url = self.link_url(row, "url", kind)
            if url:
                title = self.item(row, "title") or url.rsplit("/", 1)[-1]
                yield Link(title=title, url=url, why=self.item(row, "why"), line=row.line)

    def sources(self, key: str) -> Iterator[SourceRef]:
        for row in self.rows(key):
            url = self.link_url(row, "canonical_citation_url", "Source")
            source_type = self.source_type(row.items.get("source_type"))
            if not url or source_type == UNKNOWN:
                continue
            original = row.items.get("original_source_url")
            yield SourceRef(
                title=self.item(row, "title") or url.rsplit("/", 1)[-1],
                canonical_url=url,
                original_url=self.checked_url(original),
                source_type=source_type,
            )

    def cautions(self) -> Iterator[Caution]:
        for row in self.rows("cautions"):
            if not (text := self.item(row, "text")):
                self.faults.add(row.line, "caution", "a caution needs a 'text'; the row is left out", "warning")
                continue
            source = self.link_url(row, "source", "Source") if "source" in row.items else None
            yield Caution(topic=self.item(row, "topic") or "general", text=text, source=source)

    def source_type(self, text: Text | None) -> str | None:
        """A known source type, in its one spelling; an unknown one could hide a product page and is a fault."""
        if text is None or not text.value:
            return None
        spelled = re.sub(r"[\s-]+", "_", text.value.strip().lower())
        if spelled in EVIDENCE_TYPES | PRODUCT_FACT_TYPES:
            return spelled
        accepted = ", ".join(sorted(EVIDENCE_TYPES | PRODUCT_FACT_TYPES))
        message = f"'source_type' takes one of {accepted}; what has another is left out"
        self.faults.add(text.line, "source-type", message, "warning")
        return UNKNOWN

    def web_url(self, key: str) -> str | None:
        value = self.fields.get(key)
        return self.checked_url(value.text if value else None)

    def checked_url(self, text: Text | None) -> str | None:
        if text is None or not text.value:
            return None
        if not is_web_url(text.value):
            message = "'original_source_url' must be an absolute http(s) URL; it is left out"
            self.faults.add(text.line, "source-url", message, "warning")
            return None
        return text.value

    def year(self) -> int | None:
        value = self.fields.get("year")
        if value is None or value.text is None:
            return None
        if re.fullmatch(r"[12]\d{3}", value.text.value):
            return int(value.text.value)
        self.faults.add(value.line, "year", "'year' takes four digits; it is left out", "warning")
        return None


def _unique(links: Iterator[Link]) -> tuple[Link, ...]:
    first: dict[str, Link] = {}
    for link in links:
        first.setdefault(link.url, link)
    return tuple(first.values())
