"""The editorial rules of `validate` on what a page must hold and how it may speak.

A rule is a small generator over a sheet and the desk it lies on; it yields (line, message). Its
docstring shows what it reports (*Bad*) and what it accepts (*Good*). The words that it looks for
are data: `editorial.yaml`, in the corpus.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from .desk import Desk, Fault, Sheet
from .models import EntityType, Source
from .prose import plain, sentences

__all__ = ["EDITORIAL_RULES", "MAX_QUICK_ANSWER", "MAX_SUMMARY", "REVIEW_DAYS", "PageRule"]

PageRule = Callable[[Sheet, Desk], Iterator[Fault]]

MAX_QUICK_ANSWER = 110
"""Words of a Quick Answer: what an assistant can quote whole."""

MAX_SUMMARY = 160
"""Characters of a summary: what search results show of one."""

REVIEW_DAYS = 548
"""Days, 18 months, after which a page is due for review."""

ALIASES: Mapping[EntityType, tuple[int, int]] = {
    "Question": (8, 15),
    "Concern": (5, 15),
    "SideEffect": (5, 15),
    "Ingredient": (2, 15),
    "Product": (2, 15),
    "Source": (0, 15),
}
"""The fewest and the most aliases of each kind of page."""


def missing_quick_answer(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """A page without the short answer that an assistant quotes.

    *Bad*: a Question that begins with ``## What it is``
    *Good*: ``## Quick Answer`` (Question) or ``## Quick Summary`` (every other kind), with text
    """
    if not sheet.page.quick_answer:
        heading = "Quick Answer" if sheet.page.entity_type == "Question" else "Quick Summary"
        yield 1, f"no '## {heading}' with text"


def quick_answer_length(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """A Quick Answer or Quick Summary too long to be quoted.

    *Bad*: three paragraphs, 180 words
    *Good*: at most 110 words that stand alone
    """
    for section in (s for s in sheet.page.sections if s.role == "quick_answer"):
        count = len(plain(section.text).split())
        if count > MAX_QUICK_ANSWER:
            yield section.line, f"{count} words; at most {MAX_QUICK_ANSWER} can be quoted"


def missing_help(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """A page people act on that does not say when to see somebody.

    *Bad*: a Concern without ``## When to get help``, or one with a heading and no list
    *Good*: ``## When to get help`` with points such as ``- Same day: hot, spreading, painful skin.``
    """
    if sheet.page.entity_type != "Source" and not any(s.points for s in sheet.page.sections if s.role == "help"):
        yield 1, "no '## When to get help' with a list of signs"


def missing_section(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """A Source that does not say what it found, or where it stops.

    *Bad*: a Source with a Quick Summary alone
    *Good*: ``## Main Findings`` and ``## Limits``, each with text
    """
    if sheet.page.entity_type == "Source":
        held = {section.heading.casefold() for section in sheet.page.sections if section.text}
        for heading in ("Main Findings", "Limits"):
            if heading.casefold() not in held:
                yield 1, f"no '## {heading}' with text"


def source_facts(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """A Source that is served and that nobody could look up.

    *Bad*: a Source without ``publisher`` or ``original_source_url``
    *Good*: ``publisher: DermNet`` and ``original_source_url: https://dermnetnz.org/topics/acne``
    """
    if isinstance(sheet.page, Source) and sheet.eligible:
        for key in ("publisher", "source_type", "original_source_url"):
            if not getattr(sheet.page, key):
                yield sheet.line(key), f"'{key}' is missing"


def summary(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """A summary that is missing, too long, or cut.

    *Bad*: ``summary: Skincare steps, key ingredients, realistic limits, and signs to ask a clinician before``
    *Good*: ``summary: Flat red marks usually fade by themselves over weeks to months.``
    """
    if not sheet.page.summary:
        yield 1, "'summary' is missing"
    elif len(sheet.page.summary) > MAX_SUMMARY:
        yield sheet.line("summary"), f"'summary' has {len(sheet.page.summary)} characters; at most {MAX_SUMMARY}"
    elif not re.search(r"[^.…][.!?][\"”’)]?\Z", sheet.page.summary):
        yield sheet.line("summary"), "'summary' is not a whole sentence"


def alias_count(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """Too few or too many other names, or one that only repeats the title.

    *Bad*: a Question with two ``search_aliases``
    *Good*: 8 to 15 for a Question, 5 to 15 for a Concern or SideEffect, 2 to 15 for an Ingredient or Product
    """
    low, high = ALIASES[sheet.page.entity_type]
    if not low <= len(sheet.page.aliases) <= high:
        line = max(sheet.line("search_aliases"), sheet.line("aliases"))
        yield line, f"{len(sheet.page.aliases)} aliases; {low} to {high} are expected of a {sheet.page.entity_type}"


def stale_review(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """A review too long ago, or in the future.

    *Bad*: ``date_reviewed`` more than 18 months (548 days) ago
    *Good*: a review within 18 months
    """
    if sheet.page.date_reviewed and sheet.page.date_reviewed > desk.today:
        yield sheet.line("date_reviewed"), "'date_reviewed' is in the future"
    elif sheet.page.date_reviewed and desk.today - sheet.page.date_reviewed > timedelta(days=REVIEW_DAYS):
        yield (
            sheet.line("date_reviewed"),
            "not reviewed for 18 months; check it against its sources and set 'date_reviewed'",
        )


def forbidden_wording(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """A promise, a ranking or a slogan.

    *Bad*: "guaranteed to fade marks", "the best serum"
    *Good*: what a source found, and for whom
    """
    for line, text in sheet.said:
        for found in dict.fromkeys(m.group().lower() for m in desk.forbidden.finditer(text)):
            yield line, f"'{found}': {desk.wording.forbidden.get(found, 'see editorial.yaml')}"


_DOSE = re.compile(r"\b\d+(?:[.,]\d+)?\s*(?:%|mg|mcg|µg|g\b|ml|milligrams?|micrograms?|per ?cent)", re.IGNORECASE)


def prescription_dose(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """A strength or dose beside a prescription medicine: that is for the prescriber to say.

    *Bad*: "tretinoin 0.05% every night"
    *Good*: "tretinoin, which needs a prescription"
    """
    for line, text in sheet.said:
        for sentence in sentences(text):
            if desk.prescription.search(sentence) and _DOSE.search(sentence):
                yield line, "a dose or strength stands beside a prescription medicine; leave it to the prescriber"


EDITORIAL_RULES: tuple[PageRule, ...] = (
    missing_quick_answer,
    quick_answer_length,
    missing_help,
    missing_section,
    source_facts,
    summary,
    alias_count,
    stale_review,
    forbidden_wording,
    prescription_dose,
)
