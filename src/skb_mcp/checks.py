"""The rules of `validate`, one small generator each, beside what loading a corpus finds anyway.

A rule gets a page's header as it stands in the file. Its docstring shows what it reports (*Bad*)
and what it accepts (*Good*).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from .errors import CorpusError, Finding
from .front_matter import Text
from .pages import Draft, read_file, row_findings
from .reading import page_files, read_corpus
from .safe_yaml import load_yaml

__all__ = ["RULES", "Rule", "check"]

Rule = Callable[[Draft], Iterator[Finding]]


def strict_yaml(draft: Draft) -> Iterator[Finding]:
    """A value that a strict YAML parser refuses, or silently reads as something else.

    *Bad*: ``title: AAD — Acne: Tips for managing`` (an error), ``title: Acne #1`` (reads "Acne"),
    ``title: no`` (reads false).
    *Good*: ``title: "AAD — Acne: Tips for managing"``
    """
    for prefix, text in _texts(draft):
        if text.raw and prefix != "mcp_eligible:" and not _reads_the_same(text):
            message = f"strict YAML reads this otherwise; write {prefix} {json.dumps(text.value, ensure_ascii=False)}"
            yield Finding(draft.path, text.line, "strict-yaml", message, "warning", draft.eligible)


_BLOCK = re.compile(r"[|>][+-]?\d?\n")

RULES: tuple[Rule, ...] = (strict_yaml,)


def check(path: str | Path) -> tuple[Finding, ...]:
    """Every finding for a corpus folder, or for one page, sorted by path and line.

    Raises:
        CorpusError: there is nothing at `path`, or it cannot be listed.
    """
    where = Path(path)
    if where.is_file():
        base = read_corpus(None).manifest.canonical_base
        drafts = [read_file(where, where.name, base)]
        findings = list(drafts[0].findings)
        findings += row_findings(drafts[0], base)
    elif where.is_dir():
        corpus = read_corpus(where)
        drafts = [read_file(file, name, corpus.manifest.canonical_base) for name, file in page_files(where, [])]
        findings = list(corpus.findings)
    else:
        raise CorpusError("there is no file or folder at that path")
    findings += [finding for draft in drafts for rule in RULES for finding in rule(draft)]
    return tuple(sorted(set(findings)))


def _texts(draft: Draft) -> Iterator[tuple[str, Text]]:
    for key, field in draft.fields.items():
        if field.text:
            yield f"{key}:", field.text
        yield from (("-", text) for text in field.texts)
        yield from ((f"{name}:", text) for row in field.rows for name, text in row.items.items())


def _reads_the_same(text: Text) -> bool:
    try:
        if _BLOCK.match(text.raw):
            return True
        read = load_yaml(f"- {text.raw}".replace("\n", " "))
        value = read[0] if isinstance(read, list) else None
        # Dates, numbers and booleans are meant as such where they are written plainly; a list or mapping never is.
        if isinstance(value, str) or not isinstance(value, date | int | float | None):
            return bool(value == text.value)
        return str(value).lower() == text.value.lower()
    except Exception:
        # PyYAML raises whatever its constructors do: KeyError for a boolean, AttributeError for a time.
        return False
