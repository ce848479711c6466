"""One Markdown file → one typed entity, or every fault in it, each with its line.

Reading is done in two steps, because what a page may show depends on which other pages are
eligible: `read_page` reads a file's header and says whether it may be shown at all (`Draft`),
`build_entity` turns an eligible draft and its body into an entity.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from .errors import Finding, Severity
from .front_matter import Fault, Field, Row, Text, read_document
from .models import (
    ENTITY_MODELS,
    ENTITY_TYPES,
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

__all__ = ["MAX_PAGE_BYTES", "Draft", "build_entity", "decode", "read_file", "read_page", "row_findings"]

MAX_PAGE_BYTES = 1024 * 1024
MAX_PAGE_LINES = 20_000
MAX_HEADER_BYTES = 64 * 1024

UNKNOWN = "unknown"

_BOOLEAN = r"(?:true|True|TRUE|false|False|FALSE)(?:[ \t]+#.*)?"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_EXTRA_TEXTS: dict[EntityType, tuple[str, ...]] = {
    "Question": ("question_type",),
    "Product": ("brand", "product_type"),
    "Source": ("publisher",),
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A file after its header was read.

    `eligible` is true only for `mcp_eligible: true`, given once. `url` is the canonical URL where
    the file has a valid one; `raw_url` is what stands there.
    """

    path: str
    eligible: bool
    url: str | None
    raw_url: str
    fields: dict[str, Field]
    body: str
    body_line: int
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing in the header keeps the page out."""
        return not any(f.severity == "error" for f in self.findings)

    def value(self, key: str) -> str | None:
        """The text of a top-level key, if there is any."""
        return _value(self.fields, key)


@dataclass(slots=True)
class _Faults:
    """Collects findings for one file."""

    path: str
    public: bool
    found: list[Finding] = field(default_factory=list)

    def add(self, line: int, rule: str, message: str, severity: Severity = "error") -> None:
        self.found.append(Finding(self.path, line, rule, message, severity, self.public))


def decode(data: bytes) -> str:
    """The text of a file: UTF-8, byte order mark and CRLF accepted.

    Raises:
        ValueError: not UTF-8, or NUL bytes; the message says which and at what offset.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}; save the file as UTF-8") from None
    if (offset := text.find("\0")) >= 0:
        raise ValueError(f"a NUL character at character {offset}; this is no text file")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_file(file: Path, path: str, base: str) -> Draft:
    """Read a file of at most 1 MiB; a file that cannot be read is a draft with a finding."""
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_PAGE_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return _unread(path, "unreadable", f"cannot be read: {reason}")
    if len(data) > MAX_PAGE_BYTES:
        return _unread(path, "too-large", "larger than 1 MiB; split the page", data, base)
    if data.count(b"\n") > MAX_PAGE_LINES:
        return _unread(path, "too-large", f"longer than {MAX_PAGE_LINES} lines; split the page", data, base)
    try:
        return read_page(decode(data), path, base)
    except ValueError as error:
        return _unread(path, "not-text", str(error), data, base)


def _unread(path: str, rule: str, message: str, data: bytes = b"", base: str = "") -> Draft:
    """A file that is not served; its header is read as far as it can be, to know whose links must go."""
    header = data[:MAX_HEADER_BYTES].decode("utf-8-sig", errors="replace").replace("\0", "").replace("\r", "\n")
    finding = Finding(path, 1, rule, message)
    return replace(read_page(header, path, base), eligible=False, body="", findings=(finding,))


def read_page(text: str, path: str, base: str) -> Draft:
    """Read the header of a page; its body stays unread until the gate is known."""
    document = read_document(text)
    fields = document.fields
    eligible = _is_eligible(fields, document.faults)
    faults = _Faults(path, eligible)
    for fault in document.faults:
        faults.add(fault.line, fault.rule, fault.message, fault.severity)
    raw_url = _value(fields, "canonical_url") or ""
    url = None
    if not any(f.rule in ("no-front-matter", "unclosed-front-matter") for f in document.faults):
        _check_eligibility(fields, faults)
        url = _canonical_url(fields, base, faults)
        _check_type(fields, url, faults)
    url = url or canonicalise(raw_url, base)
    return Draft(path, eligible, url, raw_url, fields, document.body, document.body_line, tuple(faults.found))


def _is_eligible(fields: dict[str, Field], faults: tuple[Fault, ...]) -> bool:
    twice = any(f.rule == "duplicate-key" and "'mcp_eligible'" in f.message for f in faults)
    value = fields.get("mcp_eligible")
    raw = value.text.raw if value and value.text else ""
    # YAML 1.2's true, with the comment that YAML allows behind it; a quoted word is a string.
    return not twice and bool(re.fullmatch(r"(?:true|True|TRUE)(?:[ \t]+#.*)?", raw))


def _check_eligibility(fields: dict[str, Field], faults: _Faults) -> None:
    value = fields.get("mcp_eligible")
    if value is None:
        faults.add(1, "missing-key", "'mcp_eligible' is missing, so the page is not served", "warning")
    elif value.text and not re.fullmatch(_BOOLEAN, value.text.raw):
        faults.add(value.line, "eligibility", "'mcp_eligible' takes true or false, unquoted; the page is not served")


def _canonical_url(fields: dict[str, Field], base: str, faults: _Faults) -> str | None:
    value = fields.get("canonical_url")
    if value is None or value.text is None or not value.text.value:
        faults.add(1, "canonical-url", f"'canonical_url' is missing; expected {base}/<folder>/<slug>")
        return None
    url = canonicalise(value.text.value, base)
    if url is None or url != value.text.value:
        faults.add(value.line, "canonical-url", f"'canonical_url' must read {base}/<folder>/<slug>, lower case, https")
        return None
    return url


def _check_type(fields: dict[str, Field], url: str | None, faults: _Faults) -> None:
    for key in ("title", "entity_type"):
        if not (_value(fields, key) or "").strip():
            faults.add(1, "missing-key", f"'{key}' is missing")
    kind = _value(fields, "entity_type")
    line = fields["entity_type"].line if "entity_type" in fields else 1
    if kind and kind not in ENTITY_TYPES:
        faults.add(line, "entity-type", f"'entity_type' takes one of {', '.join(ENTITY_TYPES)}")
    elif kind and url and entity_type_of(url) != kind:
        named = f"{'an' if kind[0] in 'AEIOU' else 'a'} {kind} belongs under /{_folder(kind)}/"
        faults.add(line, "entity-type", f"{named}, which 'canonical_url' contradicts")


def _folder(kind: str) -> str:
    return next(folder for name, folder in FOLDERS.items() if name == kind)


def _value(fields: dict[str, Field], key: str) -> str | None:
    value = fields.get(key)
    return value.text.value if value and value.text and value.text.value else None


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
    faults = _Faults(draft.path, draft.eligible)
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
    values |= {key: _value(draft.fields, key) for key in _EXTRA_TEXTS.get(kind, ())}
    return values, tuple(faults.found)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns raw fields into typed values, one fault for each that cannot be."""

    fields: dict[str, Field]
    base: str
    faults: _Faults

    def common(self) -> dict[str, object]:
        return {
            "title": _value(self.fields, "title"),
            "canonical_url": _value(self.fields, "canonical_url"),
            "date_modified": self.date("date_modified"),
            "date_reviewed": self.date("date_reviewed"),
            "entity_id": _value(self.fields, "entity_id"),
            "summary": _value(self.fields, "summary"),
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
