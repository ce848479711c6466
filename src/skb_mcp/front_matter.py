"""The header of a page: a tolerant reader for front matter, plugged into python-frontmatter.

Exported pages quote nothing, so a strict YAML parser raises on `title: AAD — Acne: Tips` and
silently corrupts `title: Acne #1` (a comment) or `title: no` (a boolean). Here everything
behind the first `: ` of a known key is its literal value. Only the few shapes of the published
format are read: a text, a list of texts, a list of flat mappings, one flat mapping. Tags,
anchors, aliases and deeper nesting are faults, so nothing can be constructed or blown up.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import frontmatter
from frontmatter.default_handlers import BaseHandler

from .errors import Severity

__all__ = ["KEYS", "Document", "Fault", "Field", "Row", "Shape", "Text", "read_document"]

Shape = Literal["text", "texts", "rows", "mapping"]

KEYS: dict[str, Shape] = {
    **dict.fromkeys(
        (
            "title entity_type canonical_url date_modified date_reviewed mcp_eligible entity_id slug summary "
            "question_type brand product_type source_type original_source_url publisher year"
        ).split(),
        "text",
    ),
    **dict.fromkeys(("search_aliases", "aliases"), "texts"),
    **dict.fromkeys(
        ("key_ingredients", "ranked_products", "evidence_sources", "product_fact_sources", "cautions"), "rows"
    ),
    **dict.fromkeys(("primary_concern", "ranked_product"), "mapping"),
}
"""Every known key with the shape of its value."""

ROW_KEYS = frozenset("title url why canonical_citation_url original_source_url source_type topic text source".split())

_KEY = re.compile(r"([A-Za-z_][\w-]*):(?:[ \t]+(.*))?\Z")
_ITEM = re.compile(r"-(?:[ \t]+(.*))?\Z")
_BLOCK = re.compile(r"[|>][+-]?\d?\Z")
_YAML_MACHINERY = re.compile(r"!\S*(?:\s|\Z)|[&*][\w-]+(?:\s+[\[{&*!|>]|\s*\Z)")
_NESTED_KEY = re.compile(r"\A(?:-\s+)?(?:[\w<-]+:\s+)?")
_QUOTED = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\Z""")
_FLOW_ITEM = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,"'])+|["']""")
BLANKS = " \t\r\n"
"""What YAML takes for white space; other blanks belong to the value."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at a 1-based line of the file."""

    line: int
    rule: str
    message: str
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class Text:
    """A literal value; `raw` is what stands in the file."""

    value: str
    line: int
    raw: str


@dataclass(frozen=True, slots=True)
class Row:
    """One item of a list, or the one mapping of a mapping key."""

    line: int
    items: dict[str, Text]


@dataclass(frozen=True, slots=True)
class Field:
    """One top-level key: a `text`, or `texts`, or `rows`, as `KEYS` tells."""

    line: int
    text: Text | None = None
    texts: tuple[Text, ...] = ()
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A file in two parts; `body_line` is the 1-based line on which the body begins."""

    fields: dict[str, Field]
    body: str
    body_line: int
    faults: tuple[Fault, ...]


def read_document(text: str) -> Document:
    """Split a page into front matter and body; faults are collected, nothing is raised.

    `text` has line feeds for line ends and no byte order mark.
    """
    handler = TolerantHandler(1 + _leading_lines(text))
    metadata, body = frontmatter.parse(text, handler=handler)
    fields = {key: value for key, value in metadata.items() if isinstance(value, Field)} or handler.recovered
    body_line = handler.body_line + (_leading_lines(handler.body) if handler.body.strip() else 0)
    return Document(fields, body, body_line, tuple(handler.faults))


def _leading_lines(text: str) -> int:
    return text[: len(text) - len(text.lstrip())].count("\n")


@dataclass(slots=True)
class _Block:
    """A top-level key with the lines that belong to it: (line number, indent, text)."""

    key: str
    value: str
    line: int
    children: list[tuple[int, int, str]] = field(default_factory=list)


class TolerantHandler(BaseHandler):
    """The published page format for python-frontmatter; one object reads one file."""

    def __init__(self, first_line: int = 1) -> None:
        self.first_line = first_line
        self.body_line = first_line
        self.body = ""
        self.faults: list[Fault] = []
        self.recovered: dict[str, Field] = {}

    def fault(self, line: int, rule: str, message: str, severity: Severity = "error") -> None:
        self.faults.append(Fault(line, rule, message, severity))

    def detect(self, text: str) -> bool:
        return text.startswith("---")

    def split(self, text: str) -> tuple[str, str]:
        """Cut at the two `---` lines.

        Raises:
            ValueError: there is no front matter, or it is not closed (python-frontmatter then
                returns the text alone).
        """
        lines = text.split("\n")
        if lines[0].rstrip() != "---":
            self.fault(self.first_line, "no-front-matter", "the file does not begin with a '---' line")
            raise ValueError("no front matter")
        end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
        if end is None:
            self.fault(self.first_line, "unclosed-front-matter", "the front matter has no closing '---' line")
            # The keys are still read: a page that cannot be shown must still be known by its URL.
            seen = len(self.faults)
            self.recovered = self.load("\n".join(lines[1:]))
            del self.faults[seen:]
            raise ValueError("unclosed front matter")
        self.body = "\n".join(lines[end + 1 :])
        self.body_line = self.first_line + end + 1
        return "\n".join(lines[1:end]), self.body

    def load(self, fm: str) -> dict[str, Field]:
        """Read the lines between the marks; the first of two equal keys counts, the second is a fault."""
        fields: dict[str, Field] = {}
        for block in self._blocks(fm):
            if block.key in fields:
                self.fault(block.line, "duplicate-key", f"'{block.key}' is given twice")
                continue
            self._check_machinery(block)
            if (shape := KEYS.get(block.key)) is None:
                self.fault(block.line, "unknown-key", f"'{block.key}' is not a key of this format", "warning")
            else:
                fields[block.key] = self._field(block, shape)
        return fields

    def _blocks(self, fm: str) -> Iterator[_Block]:
        block: _Block | None = None
        for number, line in enumerate(fm.split("\n"), self.first_line + 1):
            stripped = line.strip(BLANKS)
            verbatim = block is not None and bool(_BLOCK.match(block.value))
            if not stripped or (stripped.startswith("#") and not (verbatim and line[0] in BLANKS)):
                continue
            indent = len(line) - len(line.lstrip(BLANKS))
            if indent == 0 and not _ITEM.match(stripped):
                if block:
                    yield block
                block = self._block(number, stripped)
            elif block:
                block.children.append((number, indent, stripped))
            else:
                self.fault(number, "not-a-key", "this line belongs to no key")
        if block:
            yield block

    def _block(self, number: int, line: str) -> _Block | None:
        if match := _KEY.match(line):
            return _Block(match[1], match[2] or "", number)
        self.fault(number, "not-a-key", "expected 'key: value'")
        if "mcp_eligible" in line.lower():
            # However it is written, it is a second word on what may be shown.
            self.fault(number, "duplicate-key", "'mcp_eligible' is given twice")
        return None

    def _check_machinery(self, block: _Block) -> None:
        nested = [(line, _NESTED_KEY.sub("", text)) for line, _, text in block.children]
        for line, value in [(block.line, block.value), *nested]:
            if _YAML_MACHINERY.match(value):
                self.fault(line, "yaml-machinery", "tags, anchors and aliases are not read; write the value itself")

    def _field(self, block: _Block, shape: Shape) -> Field:
        if shape == "text":
            return Field(block.line, text=self._text(block))
        if block.value in ("[]", "[ ]", "null", "~"):
            return Field(block.line)
        if block.value and not (shape != "mapping" and block.value.startswith("[")):
            self.fault(block.line, "wrong-shape", f"'{block.key}' takes {_SHAPES[shape]}")
            return Field(block.line)
        if shape == "texts":
            return Field(block.line, texts=tuple(self._flow(block) if block.value else self._texts(block)))
        if block.value not in ("", "[]"):
            self.fault(block.line, "wrong-shape", f"'{block.key}' takes {_SHAPES[shape]}")
        rows = tuple(self._rows(block))
        if shape == "mapping" and len(rows) > 1:
            self.fault(rows[1].line, "wrong-shape", f"'{block.key}' takes {_SHAPES[shape]}")
        return Field(block.line, rows=rows)

    def _text(self, block: _Block) -> Text:
        children = [text for _, _, text in block.children]
        if _BLOCK.match(block.value):
            value = ("\n" if block.value.startswith("|") else " ").join(children)
            return Text(value, block.line, f"{block.value}\n{value}")
        return self._plain("\n".join([block.value, *children]).strip(BLANKS), block.line)

    def _plain(self, raw: str, line: int) -> Text:
        """A value that is no block; its lines become one. Half of a surrogate pair cannot be sent: a fault."""
        value = _unquote(raw.replace("\n", " "))
        if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            self.fault(line, "characters", "half of a surrogate pair is no character; write the character itself")
            value = ""
        return Text(value, line, raw)

    def _texts(self, block: _Block) -> Iterator[Text]:
        for line, _, text in block.children:
            if not (match := _ITEM.match(text)):
                self.fault(line, "wrong-shape", f"'{block.key}' takes {_SHAPES['texts']}")
            elif raw := (match[1] or "").strip(BLANKS):
                yield self._plain(raw, line)

    def _flow(self, block: _Block) -> list[Text]:
        inner = " ".join([block.value, *(text for _, _, text in block.children)]).removeprefix("[").rstrip()
        if not inner.endswith("]") or re.search(r"[\[\]{}]", inner[:-1]):
            self.fault(block.line, "nesting", f"'{block.key}' holds brackets inside brackets, or is not closed")
            return []
        items = (m[0].strip(BLANKS) for m in _FLOW_ITEM.finditer(inner[:-1]))
        return [self._plain(raw, block.line) for raw in items if raw]

    def _rows(self, block: _Block) -> Iterator[Row]:
        row: Row | None = None
        key_indent, bare = -1, False
        for line, indent, text in block.children:
            match = _ITEM.match(text)
            if match or row is None:
                if row:
                    yield row
                row = Row(line, {})
                key_indent = indent + (len(text) - len(match[1] or "") if match else 0)
                bare = match is not None and not match[1]
            elif bare:
                key_indent, bare = indent, False
            if not self._row_item(block, row, line, (match[1] or "") if match else text):
                return
            if not match and indent > key_indent:
                self.fault(line, "nesting", f"'{block.key}' is nested deeper than a list of flat mappings")
                return
        if row:
            yield row

    def _row_item(self, block: _Block, row: Row, line: int, text: str) -> bool:
        """Add one `key: value` to a row; False when the block cannot be read any further."""
        if not text:
            return True
        if not (match := _KEY.match(text)):
            self.fault(line, "wrong-shape", f"'{block.key}' takes {_SHAPES[KEYS[block.key]]}")
            return False
        key, raw = match[1], (match[2] or "").strip(BLANKS)
        if key not in ROW_KEYS:
            self.fault(line, "unknown-key", f"'{key}' is not a key of a '{block.key}' row", "warning")
        elif key in row.items:
            self.fault(line, "duplicate-key", f"'{key}' is given twice in one row")
        else:
            row.items[key] = self._plain(raw, line)
        return True


_SHAPES: dict[Shape, str] = {
    "text": "one line of text",
    "texts": "a list of texts ('  - text')",
    "rows": "a list of mappings ('  - title: …')",
    "mapping": "one mapping ('  title: …')",
}


def _unquote(raw: str) -> str:
    """Take the quotes off a value that is quoted as a whole; inner or trailing quotes stay."""
    if len(raw) < 2 or not _QUOTED.match(raw):
        return raw
    if raw[0] == "'":
        return raw[1:-1].replace("''", "'")
    try:
        return str(json.loads(raw))
    except ValueError:
        return raw[1:-1]
