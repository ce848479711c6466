"""`validate`: what loading a corpus finds, the form of its headers, and the editorial rules.

A rule is a small generator with *Bad* and *Good* in its docstring; `rule_texts` lists them all.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from .corpus import embedded_corpus
from .data_files import Shipped, read_manifest, red_flag_files
from .desk import Desk, Fault, Sheet, Wording
from .drafts import Draft, read_file
from .editorial import EDITORIAL_RULES, PageRule
from .errors import CorpusError, Finding
from .front_matter import Field, Text
from .models import Entity
from .pages import build_entity
from .reading import page_files, read_corpus
from .rule_checks import BOOK_RULES, book_findings
from .safe_yaml import DataFileError, load_yaml
from .tracing import TRACING_RULES
from .vocabulary import LEXICON_RULES, Sheaf, corpus_words

__all__ = ["check", "rule_texts"]

PAGE_RULES: tuple[PageRule, ...] = (*EDITORIAL_RULES, *TRACING_RULES)
EDITORIAL = "editorial.yaml"
LEXICON = "lexicon.yaml"


def check(path: str | Path, *, editorial: bool = True, today: date | None = None) -> tuple[Finding, ...]:
    """Every finding for a corpus folder, or for one page, sorted by path and line.

    Without `editorial` only what loading finds and the form of headers. `today` is the day against
    which reviews are held (default: the day it is). Rules that need a page's neighbours are silent
    where one page is checked.

    Raises:
        CorpusError: there is nothing at `path`, or it cannot be listed.
    """
    where, day = Path(path), today or date.today()
    if where.is_dir():
        found = _check_folder(where, day)
    elif where.is_file():
        found = _check_page(where, day)
    else:
        raise CorpusError("there is no file or folder at that path")
    wanted = (f for f in found if editorial or f.rule not in _EDITORIAL_IDS)
    return tuple(sorted(set(wanted)))


def rule_texts() -> dict[str, str]:
    """Every rule's id with what it reports, a bad and a good example, in the order in which they are applied."""
    return {
        _rule_id(rule): inspect.getdoc(rule) or "" for rule in (strict_yaml, *PAGE_RULES, *LEXICON_RULES, *BOOK_RULES)
    }


def _rule_id(rule: object) -> str:
    return str(getattr(rule, "__name__", "")).replace("_", "-")


_EDITORIAL_IDS = frozenset(map(_rule_id, (*PAGE_RULES, *LEXICON_RULES, *BOOK_RULES))) - {"ineligible-link"}
"""Ineligible links are found when a corpus is loaded, too."""


def _check_page(file: Path, today: date) -> Iterator[Finding]:
    base = read_manifest(embedded_corpus(), Shipped([], fresh=True), []).canonical_base
    draft = read_file(file, file.name, base)
    yield from draft.findings
    yield from _strict_findings(draft)
    sheets, faults = _sheets([draft], base)
    yield from faults
    yield from _apply(sheets, Desk(today, _wording(embedded_corpus(), [])))


def _check_folder(root: Path, today: date) -> Iterator[Finding]:
    root = root.resolve()
    corpus = read_corpus(root)
    base = corpus.manifest.canonical_base
    problems: list[Finding] = []
    wording = _wording(root, problems)
    drafts = [read_file(file, name, base) for name, file in page_files(root, [])]
    sheets, _ = _sheets(drafts, base)
    pages = {sheet.page.canonical_url: sheet.page for _, sheet in reversed(sheets)}
    served = frozenset(page.canonical_url for page in corpus.pages)
    yield from corpus.findings
    yield from (finding for draft in drafts for finding in _strict_findings(draft))
    yield from _apply(sheets, Desk(today, wording, pages, served, whole=True))
    if texts := red_flag_files(root, []):
        shared = None if root.resolve() == embedded_corpus().resolve() else Shipped([]).red_flags
        yield from book_findings(texts, shared, today)
    yield from _lexicon_findings(root, {url: page for url, page in pages.items() if url in served})
    yield from problems


def _sheets(drafts: list[Draft], base: str) -> tuple[list[tuple[Draft, Sheet]], list[Finding]]:
    """Every draft that can be read as a page, served or not, and the findings of its rows."""
    sheets: list[tuple[Draft, Sheet]] = []
    findings: list[Finding] = []
    for draft in drafts:
        entity, faults = build_entity(draft, draft.body, base) if draft.url else (None, ())
        findings += faults
        if entity:
            sheets.append((draft, Sheet(entity, draft.body, draft.body_line, dict(_lines(draft)), draft.eligible)))
    return sheets, findings


def _lines(draft: Draft) -> Iterator[tuple[str, int]]:
    """The first line of every key, list item and row value of a header; cautions, which repeat URLs, come last."""
    fields = sorted(draft.fields.items(), key=lambda item: item[0] != "cautions", reverse=True)
    placed = [(key, value.line) for key, value in fields]
    placed += [(text.value, text.line) for key, field in fields for _, text in _texts(key, field)]
    return reversed(placed)


def _apply(sheets: list[tuple[Draft, Sheet]], desk: Desk) -> Iterator[Finding]:
    for draft, sheet in sheets:
        for rule in PAGE_RULES:
            for line, message in rule(sheet, desk):
                yield Finding(draft.path, line, _rule_id(rule), message, "warning")


def _data(root: Path, name: str, problems: list[Finding]) -> tuple[str, object]:
    """The text and the value of a data file of this folder, or else of the shipped corpus."""
    file = next((f for f in (root / name, embedded_corpus() / name) if f.is_file()), None)
    try:
        text = file.read_text(encoding="utf-8") if file else ""
        return text, load_yaml(text) or {}
    except DataFileError as error:
        problems.append(Finding(name, error.line, "data-file", error.message, public=True))
    except (OSError, ValueError):
        problems.append(Finding(name, 1, "data-file", "cannot be read as UTF-8 text", public=True))
    return "", {}


def _wording(root: Path, problems: list[Finding]) -> Wording:
    _, value = _data(root, EDITORIAL, problems)
    try:
        return Wording.model_validate(value)
    except ValidationError as error:
        for fault in error.errors():
            message = f"'{'.'.join(map(str, fault['loc']))}': {fault['msg']}"
            problems.append(Finding(EDITORIAL, 1, "data-file", message, public=True))
        return Wording()


def _lexicon_findings(root: Path, served: dict[str, Entity]) -> Iterator[Finding]:
    """What the folder's own lexicon merges, repeats or leads nowhere; a folder without one has no such fault."""
    if not (root / LEXICON).is_file():
        return
    text, value = _data(root, LEXICON, [])
    try:
        paths = frozenset("/".join(url.rsplit("/", 2)[-2:]) for url in served)
        sheaf = Sheaf.of(text, value, corpus_words(served.values()), paths)
    except ValidationError:
        # Loading the corpus has said so.
        return
    for rule in LEXICON_RULES:
        for line, message in rule(sheaf):
            yield Finding(LEXICON, line, _rule_id(rule), message, "warning", public=True)


def strict_yaml(draft: Draft) -> Iterator[Fault]:
    """A value that a strict YAML parser refuses, or silently reads as something else.

    *Bad*: ``title: AAD — Acne: Tips for managing`` (an error), ``title: Acne #1`` (reads "Acne"),
    ``title: no`` (reads false).
    *Good*: ``title: "AAD — Acne: Tips for managing"``
    """
    for prefix, text in (pair for key, field in draft.fields.items() for pair in _texts(key, field)):
        if text.raw and prefix != "mcp_eligible:" and not _reads_the_same(text):
            message = f"strict YAML reads this otherwise; write {prefix} {json.dumps(text.value, ensure_ascii=False)}"
            yield text.line, message


def _strict_findings(draft: Draft) -> Iterator[Finding]:
    for line, message in strict_yaml(draft):
        yield Finding(draft.path, line, "strict-yaml", message, "warning", draft.eligible)


_BLOCK = re.compile(r"[|>][+-]?\d?\n")


def _texts(key: str, field: Field) -> Iterator[tuple[str, Text]]:
    """(what stands before it, value) of everything under a key."""
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
