"""Documents of the ranking, and their names: typed word for word, or merely alike."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from .counting import BODY_WEIGHT, TITLE_WEIGHT
from .index import Index
from .lookup import Kept
from .models import EntityType
from .text import stem, words
from .texts import Text

__all__ = [
    "INEXACT",
    "ByFirst",
    "Document",
    "Name",
    "NameSet",
    "NameTables",
    "TypedNames",
    "likeness",
    "name_of",
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


ByFirst = dict[str, dict[str, list[int]]]
"""By first stem: names as their stems, joined by blanks, and the documents that have them."""


class NameTables:
    """The names of documents: of pages word for word, of ingredients and of topics by their stems."""

    def __init__(self) -> None:
        self.exact: dict[str, dict[str, float]] = {}
        """For every title and alias of a page, the confidence in each page that has it."""
        self.ingredients: ByFirst = {}
        """The names of all Ingredients."""
        self.topics: ByFirst = {}
        """The shortest names of all topics, by which they are told when something is compared with them."""
        self._stems = Kept(stem)

    def add(self, number: int, document: Document, names: Sequence[Sequence[str]]) -> None:
        """Take in a document's title and aliases, given as the words of each."""
        if document.is_topic:
            self._add(self.topics, number, names[:TOLD_BY], MOST_STEMS)
            return
        title, *aliases = map(" ".join, names)
        for name, score in (*((alias, EXACT_ALIAS) for alias in aliases), (title, EXACT_TITLE)):
            if name:
                self.exact.setdefault(name, {})[str(number)] = score
        if document.entity_type == "Ingredient":
            self._add(self.ingredients, number, names)

    def _add(self, found: ByFirst, number: int, names: Sequence[Sequence[str]], longest: int | None = None) -> None:
        for said in names:
            if said and (longest is None or len(said) <= longest):
                name = [self._stems[word] for word in said]
                numbers = found.setdefault(name[0], {}).setdefault(" ".join(name), [])
                if number not in numbers:
                    numbers.append(number)


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
