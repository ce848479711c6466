"""Documents of the ranking, and their names: typed word for word, named in passing, or merely alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .index import TITLE_WEIGHT, Index, Text
from .models import EntityType
from .text import stem, stems, words

__all__ = [
    "INEXACT",
    "Document",
    "Name",
    "NameSet",
    "Names",
    "exact_names",
    "ingredient_names",
    "likeness",
    "name_of",
    "named_in",
    "whole",
]

EXACT_TITLE, EXACT_ALIAS, INEXACT = 1.0, 0.99, 0.98
"""Confidence in a page whose title or alias was typed, word for word, and the most that any other can have."""

LEAST_TOLD = 1.0
"""What a stem must tell at least for a name to be looked up by it."""

HALF_NAME, HALF_QUESTION = 0.5, 0.4
"""Below this share of the name or of the question, likeness falls off."""


@dataclass(frozen=True, slots=True)
class Document:
    """What of a page can be found, or of a subject that has none (`is_topic`).

    `body` is looked at only where a page has no other names. `concern` is a Question's primary
    concern; `comparison` says that it weighs two things against each other. `is_product` is true of
    a Product and of a maker's page, which answer only those who name them, by `brand` and name.
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
            others = [(self.body, 0.3)]
        return [(self.title, TITLE_WEIGHT), *others]


Name = tuple[Sequence[tuple[str, float]], float]
"""The stems of a name with what each tells, and what all of them tell."""


class NameSet:
    """The names of one document, by the stems that they hold."""

    def __init__(self, names: Sequence[Name]) -> None:
        self._totals = [total for _, total in names]
        self._told: dict[str, list[tuple[int, float]]] = {}
        for number, (telling, _) in enumerate(names):
            for token, told in telling:
                self._told.setdefault(token, []).append((number, told))

    def likeness(self, asked_for: Mapping[str, float], asked: float) -> float:
        """The likeness of the best name to a question, 0–1: see `likeness`."""
        shared: dict[int, float] = {}
        telling: set[int] = set()
        for token, weight in asked_for.items():
            for number, told in self._told.get(token, ()):
                shared[number] = shared.get(number, 0.0) + told * weight
                if told >= LEAST_TOLD:
                    telling.add(number)
        # A name that shares only weak words with a question is like nothing that is asked.
        return max([likeness(shared[number], self._totals[number], asked) for number in telling], default=0.0)


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


def exact_names(documents: Sequence[Document]) -> dict[str, dict[str, float]]:
    """For every title and alias, the confidence in each page that has it."""
    exact: dict[str, dict[str, float]] = {}
    for number, document in enumerate(documents):
        if not document.is_topic:
            for alias in document.aliases:
                exact.setdefault(whole(alias), {})[str(number)] = EXACT_ALIAS
            exact.setdefault(whole(document.title), {})[str(number)] = EXACT_TITLE
    exact.pop("", None)
    return exact


Names = Mapping[str, Sequence[tuple[Sequence[str], Sequence[int]]]]
"""By first stem: the stems of a name, and the documents that have it."""


def named_in(tokens: Sequence[str], names: Names) -> set[int]:
    """The documents whose name stands in these stems."""
    found: set[int] = set()
    for at, token in enumerate(tokens):
        for name, numbers in names.get(token, ()):
            if list(tokens[at : at + len(name)]) == list(name):
                found |= set(numbers)
    return found


def ingredient_names(documents: Sequence[Document]) -> Names:
    """The names of all Ingredients, longest first."""
    found: dict[tuple[str, ...], set[int]] = {}
    for number, document in enumerate(documents):
        if document.entity_type == "Ingredient" and not document.is_topic:
            for name in (document.title, *document.aliases):
                found.setdefault(tuple(stems(name)), set()).add(number)
    by_first: dict[str, list[tuple[tuple[str, ...], list[int]]]] = {}
    for key, numbers in sorted(found.items(), key=lambda item: (-len(item[0]), item[0])):
        if key:
            by_first.setdefault(key[0], []).append((key, sorted(numbers)))
    return by_first
