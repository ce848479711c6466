"""Documents of the ranking, and their names: typed word for word, or merely alike."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from .counting import BODY_WEIGHT, TITLE_WEIGHT, Text
from .index import Index
from .models import EntityType
from .text import stem, stems, words

__all__ = [
    "INEXACT",
    "Document",
    "Name",
    "NameSet",
    "Names",
    "TypedNames",
    "exact_names",
    "ingredient_names",
    "likeness",
    "name_of",
    "topic_names",
    "whole",
]

EXACT_TITLE, EXACT_ALIAS, NEARLY, INEXACT = 1.0, 0.99, 0.985, 0.98
"""Confidence in a page whose title or alias was typed, word for word or with a slip, and the most that others have."""
LEAST_SLIP, MOST_SLIPS, LONG_SLIP = 4, 2, 8
"""The fewest letters of a word with a slip; how many slips a word of eight letters or more may have (others: one)."""
MOST_NAMES = 20_000
"""In a corpus of more names a slip is read as that of a word alone."""

LEAST_TOLD = 1.0
"""What a stem must tell at least for a name to be looked up by it."""

TOLD_BY, MOST_STEMS = 3, 2
"""How many of its first names a topic is told by, and the most stems that such a name has."""

HALF_NAME, HALF_QUESTION = 0.5, 0.4
"""Below this share of the name or of the question, likeness falls off."""


@dataclass(frozen=True, slots=True)
class Document:
    """What of a page can be found, or of a subject that has none (`is_topic`).

    `body` is looked at only where a page has no other names. `concern` is a Question's primary
    concern; `comparison` says that it weighs two things against each other. `is_product` is true of
    a Product and of a maker's page, which answer only those who name them, by `brand` and name. A question
    must name a word of each group of `needed`.
    """

    url: str
    entity_type: EntityType
    title: str
    aliases: Sequence[str] = ()
    wordings: Sequence[str] = ()
    body: str = ""
    brand: str = ""
    concern: str = ""
    comparison: bool = False
    is_product: bool = False
    is_topic: bool = False
    needed: Sequence[Sequence[str]] = ()

    @property
    def slug(self) -> str:
        """The last part of the URL, as words."""
        return self.url.rsplit("/", 1)[-1].replace("-", " ")

    @property
    def names(self) -> tuple[str, ...]:
        """The title, the slug and the aliases."""
        return tuple(dict.fromkeys((self.title, self.slug, *self.aliases)))

    @property
    def texts(self) -> list[Text]:
        """Everything by which the page is found, each text with its weight."""
        others = [(text, 1.0) for text in (*self.aliases, *self.wordings)]
        if not others and self.body:
            others = [(self.body, BODY_WEIGHT)]
        return [(self.title, TITLE_WEIGHT), *others]


Name = tuple[Sequence[tuple[str, float]], float]
"""The stems of a name with what each tells, and what all of them tell."""


class NameSet:
    """The names of one document, by the stems that they hold."""

    def __init__(self, names: Sequence[Name]) -> None:
        self._totals = [total for _, total in names]
        # By stem: the names that hold it, and those of them that it tells.
        self._told: dict[str, tuple[list[tuple[int, float]], set[int]]] = {}
        for number, (telling, _) in enumerate(names):
            for token, told in telling:
                held, by_it = self._told.setdefault(token, ([], set()))
                held.append((number, told))
                if told >= LEAST_TOLD:
                    by_it.add(number)

    def likeness(self, asked_for: Mapping[str, float], asked: float) -> float:
        """The likeness of the best name to a question, 0–1: see `likeness`."""
        shared = [0.0] * len(self._totals)
        telling: set[int] = set()
        for token, weight in asked_for.items():
            if found := self._told.get(token):
                for number, told in found[0]:
                    shared[number] += told * weight
                telling |= found[1]
        best = 0.0
        # A name that shares only weak words with a question is like nothing that is asked.
        for number in telling:
            held, total = shared[number], self._totals[number]
            # What F1 can be at most, which most names do not reach.
            if 2 * held > best * (total + asked):
                best = max(best, likeness(held, total, asked))
        return best


def name_of(text: str, index: Index) -> Name:
    """A name as its stems with what each tells, and what all of it tells."""
    best: dict[str, float] = {}
    tokens = words(text)
    for _, readings in index.lexicon.read(tokens, [stem(token) for token in tokens]):
        for token, likeness in readings.items():
            best[token] = max(likeness, best.get(token, 0.0))
    telling = tuple((token, round(index.idf(token) * likeness, 4)) for token, likeness in best.items())
    total = math.fsum(index.idf(token) for token, likeness in best.items() if likeness == 1.0)
    return telling, round(total, 4) or 1.0


def likeness(shared: float, total: float, asked: float) -> float:
    """Harmonic mean of how much of the name is asked for and how much of the question it covers (F1).

    Where either is small, name and question share words but hardly a subject ("acne" and "Acne
    Marks"), and the likeness falls off in proportion.
    """
    precision, recall = min(1.0, shared / total), min(1.0, shared / asked)
    mean = 2 * precision * recall / (precision + recall)
    return mean * min(1.0, precision / HALF_NAME) * min(1.0, recall / HALF_QUESTION)


def whole(text: str) -> str:
    """A text as the words it consists of."""
    return " ".join(words(text))


def exact_names(documents: Mapping[int, Document]) -> dict[str, dict[str, float]]:
    """For every title and alias, the confidence in each page that has it."""
    exact: dict[str, dict[str, float]] = {}
    for number, document in documents.items():
        if not document.is_topic:
            for alias in document.aliases:
                exact.setdefault(whole(alias), {})[str(number)] = EXACT_ALIAS
            exact.setdefault(whole(document.title), {})[str(number)] = EXACT_TITLE
    exact.pop("", None)
    return exact


class TypedNames:
    """Titles and aliases that are typed word for word, or with a slip in one word.

    `exact` has, for each, the confidence in each page that has it; a slip makes a word of four letters
    or more one that nothing here `knows`.
    """

    def __init__(self, exact: Mapping[str, Mapping[str, float]], knows: Callable[[str], bool]) -> None:
        self._exact = exact
        self._knows = knows

    def find(self, text: str) -> Mapping[str, float]:
        """The confidence in each page, by number, whose name a text is."""
        typed = words(text)
        if named := self._exact.get(" ".join(typed)):
            return named
        unknown = [at for at, word in enumerate(typed) if len(word) >= LEAST_SLIP and not self._knows(word)]
        if len(unknown) != 1 or len(typed) == 1:
            return {}
        (at,) = unknown
        near = self._fitting.get((" ".join(typed[:at]), " ".join(typed[at + 1 :])), ())
        meant = [word for word in near if len(word) >= LEAST_SLIP and _is_slip(typed[at], word)]
        # Two that are as near are neither.
        if len(meant) != 1:
            return {}
        named = self._exact[" ".join((*typed[:at], meant[0], *typed[at + 1 :]))]
        return {number: min(score, NEARLY) for number, score in named.items()}

    @cached_property
    def _fitting(self) -> dict[tuple[str, str], list[str]]:
        """For what stands before and behind a word of a name, the words that stand between."""
        found: dict[tuple[str, str], list[str]] = {}
        for name in self._exact if len(self._exact) <= MOST_NAMES else ():
            held = name.split()
            for at, word in enumerate(held):
                found.setdefault((" ".join(held[:at]), " ".join(held[at + 1 :])), []).append(word)
        return found


def _is_slip(typed: str, word: str) -> bool:
    from rapidfuzz.distance import OSA  # late, as in `index`

    return OSA.distance(typed, word, score_cutoff=MOST_SLIPS) <= (MOST_SLIPS if len(word) >= LONG_SLIP else 1)


Names = Mapping[str, Mapping[str, Sequence[int]]]
"""By first stem: names as their stems, joined by blanks, and the documents that have them."""


def ingredient_names(documents: Mapping[int, Document]) -> Names:
    """The names of all Ingredients."""
    pages = {n: document for n, document in documents.items() if not document.is_topic}
    ingredients = {n: document for n, document in pages.items() if document.entity_type == "Ingredient"}
    return _by_first((n, (held.title, *held.aliases)) for n, held in ingredients.items())


def topic_names(documents: Mapping[int, Document]) -> Names:
    """The shortest names of all topics, by which they are told when something is compared with them."""
    topics = {n: document for n, document in documents.items() if document.is_topic}
    return _by_first(((n, (held.title, *held.aliases)[:TOLD_BY]) for n, held in topics.items()), MOST_STEMS)


def _by_first(named: Iterable[tuple[int, Iterable[str]]], longest: int | None = None) -> Names:
    """The names of numbered things, those of at most `longest` stems."""
    found: dict[str, dict[str, list[int]]] = {}
    for number, names in named:
        for name in filter(None, map(stems, names)):
            if longest is None or len(name) <= longest:
                numbers = found.setdefault(name[0], {}).setdefault(" ".join(name), [])
                if number not in numbers:
                    numbers.append(number)
    return found
