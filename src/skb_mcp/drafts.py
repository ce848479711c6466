"""A Markdown file with its header read: whether it may be shown at all, and every fault in its header.

Reading is done in two steps, because what a page may show depends on which other pages are
eligible: here a file becomes a `Draft`; an eligible draft and its body become an entity in `pages`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from .errors import Finding, Severity
from .front_matter import Fault, Field, read_document
from .models import ENTITY_TYPES, FOLDERS
from .urls import canonicalise, entity_type_of

__all__ = ["MAX_PAGE_BYTES", "Draft", "Faults", "decode", "read_file", "read_page", "value_of"]

MAX_PAGE_BYTES = 1024 * 1024
MAX_PAGE_LINES = 20_000
MAX_HEADER_BYTES = 64 * 1024

_BOOLEAN = r"(?:true|True|TRUE|false|False|FALSE)(?:[ \t]+#.*)?"


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
        return value_of(self.fields, key)


@dataclass(slots=True)
class Faults:
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
    faults = Faults(path, eligible)
    for fault in document.faults:
        faults.add(fault.line, fault.rule, fault.message, fault.severity)
    raw_url = value_of(fields, "canonical_url") or ""
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


def _check_eligibility(fields: dict[str, Field], faults: Faults) -> None:
    value = fields.get("mcp_eligible")
    if value is None:
        faults.add(1, "missing-key", "'mcp_eligible' is missing, so the page is not served", "warning")
    elif value.text and not re.fullmatch(_BOOLEAN, value.text.raw):
        faults.add(value.line, "eligibility", "'mcp_eligible' takes true or false, unquoted; the page is not served")


def _canonical_url(fields: dict[str, Field], base: str, faults: Faults) -> str | None:
    value = fields.get("canonical_url")
    if value is None or value.text is None or not value.text.value:
        faults.add(1, "canonical-url", f"'canonical_url' is missing; expected {base}/<folder>/<slug>")
        return None
    url = canonicalise(value.text.value, base)
    if url is None or url != value.text.value:
        faults.add(value.line, "canonical-url", f"'canonical_url' must read {base}/<folder>/<slug>, lower case, https")
        return None
    return url


def _check_type(fields: dict[str, Field], url: str | None, faults: Faults) -> None:
    for key in ("title", "entity_type"):
        if not (value_of(fields, key) or "").strip():
            faults.add(1, "missing-key", f"'{key}' is missing")
    kind = value_of(fields, "entity_type")
    line = fields["entity_type"].line if "entity_type" in fields else 1
    if kind and kind not in ENTITY_TYPES:
        faults.add(line, "entity-type", f"'entity_type' takes one of {', '.join(ENTITY_TYPES)}")
    elif kind and url and entity_type_of(url) != kind:
        named = f"{'an' if kind[0] in 'AEIOU' else 'a'} {kind} belongs under /{_folder(kind)}/"
        faults.add(line, "entity-type", f"{named}, which 'canonical_url' contradicts")


def _folder(kind: str) -> str:
    return next(folder for name, folder in FOLDERS.items() if name == kind)


def value_of(fields: dict[str, Field], key: str) -> str | None:
    """The text of a top-level key, if there is any."""
    value = fields.get(key)
    return value.text.value if value and value.text and value.text.value else None
