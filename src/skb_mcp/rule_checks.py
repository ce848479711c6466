"""The rules of `validate` on `red-flags/`: rules that cannot fire, or do not do what their examples say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from pydantic import ValidationError

from .errors import Finding
from .referral import Screen
from .rules import RedFlags, Rule, Vocabulary, concepts_of, read_rule, read_rules
from .safe_yaml import DataFileError
from .screen_tables import compile_screen

__all__ = ["BOOK_RULES", "Book", "BookRule", "book_findings"]

FOLDER = "red-flags"
REVIEW_DAYS = 548
"""A red-flag rule is reviewed again within eighteen months."""


@dataclass(frozen=True)
class Book:
    """The sound rules of a folder by file name, as an author sees them; the screen that they make.

    `own` are the concepts of the folder itself: a rule may also name shipped ones. `talk` are those by which the
    second reader holds a rule back.
    """

    today: date
    texts: Mapping[str, str]
    rules: Mapping[str, Rule]
    own: Vocabulary
    talk: frozenset[str]
    screen: Screen = field(repr=False)

    @classmethod
    def of(cls, texts: Mapping[str, str], shared: RedFlags | None, today: date) -> Book:
        """Build from the files of `red-flags/` (name → text) and the shipped rules, where the folder is another."""
        flags, _ = read_rules(texts, shared=shared)
        own = read_rules(texts)[0].vocabulary if shared else flags.vocabulary
        rules = {name: rule for name in sorted(texts) if (rule := _rule(name, texts[name])) and rule in flags.rules}
        talk = frozenset(flags.learned.talk if flags.learned else ())
        return cls(today, texts, rules, own, talk, Screen(compile_screen(flags)))

    def line(self, name: str, words: str) -> int:
        """The 1-based line of a file on which some words stand first."""
        before, found, _ = self.texts[name].partition(words)
        return before.count("\n") + 1 if found else 1


BookFault = tuple[str, int, str]
"""(file name, line, message)."""
BookRule = Callable[[Book], Iterator[BookFault]]


def _rule(name: str, text: str) -> Rule | None:
    try:
        return read_rule(text) if name.endswith(".md") else None
    except (DataFileError, ValidationError):
        # A faulty rule is reported where it is loaded.
        return None


def book_findings(texts: Mapping[str, str], shared: RedFlags | None, today: date) -> Iterator[Finding]:
    """Everything that these rules find in the files of `red-flags/`."""
    book = Book.of(texts, shared, today)
    for rule in BOOK_RULES:
        for name, line, message in rule(book):
            yield Finding(f"{FOLDER}/{name}", line, rule.__name__.replace("_", "-"), message, "warning", public=True)


def red_flag_unreachable(book: Book) -> Iterator[BookFault]:
    """A pattern that can never hold, or a part of it that says nothing.

    *Bad*: ``all_of: [rash], none_of: [rash]``; ``all_of: [rash, fever], any_of: [fever, pain]``
    *Good*: ``all_of: [rash], any_of: [fever, pain], none_of: [hypothetical]``
    """
    for name, rule in book.rules.items():
        for number, pattern in enumerate(rule.patterns, 1):
            needed, options, barred = map(frozenset, (pattern.all_of, pattern.any_of, pattern.none_of))
            clash = needed & barred or (options if options and options <= barred else frozenset())
            if clash:
                yield name, book.line(name, "patterns:"), f"pattern {number} needs and bars {_listed(clash)}"
            elif idle := (options & (needed | barred)) | _repeated(pattern.all_of):
                yield name, book.line(name, "patterns:"), f"pattern {number} names {_listed(idle)} to no effect"


def red_flag_unused_concept(book: Book) -> Iterator[BookFault]:
    """A concept of the vocabulary that no rule names, and no concept that one names is built from.

    *Bad*: a concept ``sore_throat`` that stands in no pattern
    *Good*: name it in a rule, or take it out
    """
    used = {concept for rule in book.rules.values() for concept in concepts_of(rule)} | book.talk
    for name, concept in reversed(book.own.concepts.items()):
        if name in used:
            used |= {*concept.any_of, *concept.none_of}
        else:
            file = next((f for f, text in book.texts.items() if f"\n  {name}:" in text and f.endswith(".yaml")), "")
            yield file, book.line(file, f"\n  {name}:") + 1, f"no rule names '{name}'"


def red_flag_example(book: Book) -> Iterator[BookFault]:
    """An example that must fire its rule and does not, or that must stay silent and fires one.

    *Bad*: under ``silent`` of a rule on fever: ``I have a rash and a fever``
    *Good*: ``does a fever cause acne``
    """
    for name, rule in book.rules.items():
        for text in rule.examples.fires:
            fired = _fired(book, text)
            if rule.id not in fired and not (rule.stands_in and fired):
                yield name, book.line(name, text), f"this example must fire '{rule.id}' and does not"
        for text in rule.examples.silent:
            if fired := _fired(book, text):
                yield name, book.line(name, text), f"this example must be silent and fires {_listed(fired)}"


def red_flag_stale(book: Book) -> Iterator[BookFault]:
    """A rule whose last review is more than eighteen months old.

    *Bad*: ``date_reviewed: 2022-05-01``
    *Good*: read its guidance again, then set the day on which you did
    """
    for name, rule in book.rules.items():
        age = (book.today - rule.date_reviewed).days
        if age > REVIEW_DAYS:
            yield name, book.line(name, "date_reviewed:"), f"reviewed {age} days ago; read its guidance again"


def red_flag_repeat(book: Book) -> Iterator[BookFault]:
    """Two rules with one id.

    *Bad*: ``id: rash-with-fever`` in two files
    *Good*: an id for each
    """
    seen = Counter(rule.id for rule in book.rules.values())
    for name, rule in book.rules.items():
        if seen[rule.id] > 1:
            yield name, book.line(name, "id:"), f"another rule is called '{rule.id}' too"


def _fired(book: Book, text: str) -> list[str]:
    referral = book.screen.check(text)
    return [reason.rule for reason in referral.reasons] if referral else []


def _repeated(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name for name, times in Counter(names).items() if times > 1)


def _listed(names: frozenset[str] | list[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names))


BOOK_RULES: tuple[BookRule, ...] = (
    red_flag_unreachable,
    red_flag_unused_concept,
    red_flag_example,
    red_flag_stale,
    red_flag_repeat,
)
