"""Ranking: from a consumer's words to the pages that answer them, and how sure that is.

Stages, each a small function: likely documents (`index`) → the same subject, a named ingredient →
likeness of names → what kind of page is asked for → confidence. Subjects without a page (`is_topic`)
compete with the pages and are never given; where one of them wins, no page answers.

Everything is a pure function of the documents and the words, so the same call gives the same order.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import astuple, dataclass, replace

from .index import TITLE_WEIGHT, Index, Query, State, Text, build
from .models import EntityType
from .text import STOPWORDS, Lexicon, stem, stems, words

__all__ = ["ANSWER_THRESHOLD", "INEXACT", "Document", "Hit", "Ranker", "State", "build_ranking"]

TYPE_WEIGHTS: dict[EntityType, float] = {
    "Question": 1.0,
    "Concern": 0.985,
    "Ingredient": 0.98,
    "SideEffect": 0.97,
    "Product": 0.97,
    "Source": 0.92,
}
"""Between equally good pages a Question comes before a Concern, and a Source comes last (0–1)."""

NAME_WEIGHT = 4.5
"""What a name that is asked for word for word adds to the log likelihood."""
SUBJECT_BONUS = 4.0
"""The same for a question whose telling words are just those of a text of the page."""
INGREDIENT_BONUS = 1.5
"""The same for an ingredient that is named."""
PRODUCT_SHARE = 0.3
"""The part by which the score of a product rises that is named word for word."""

CANDIDATES, SHORT_CANDIDATES, SHORT = 14, 28, 3
"""How many likely documents are looked at closely: more for a question of up to three terms, whose words are common."""
COVERED_BY = 18.0
"""A question's weight, of which a name covers a share, counts at most this much: a post says more than any name."""
HALF_NAME, HALF_QUESTION = 0.5, 0.4
"""Below this share of the name or of the question, likeness falls off."""

TWIN_SHARE, INGREDIENT_TWIN_SHARE, DEFINED_SHARE = 0.4, 0.4, 0.5
"""The least part of the best score that the other page on the same subject must have to take its place."""

ANSWER_THRESHOLD = 0.5
"""Least confidence at which the best page is given as an answer; below it the honest answer is "no match"."""
EXACT_TITLE, EXACT_ALIAS, INEXACT = 1.0, 0.99, 0.98
"""Confidence in a page whose title or alias was typed, word for word, and the most that any other can have."""
MAX_NAME = 300
"""Longer texts are nobody's title."""

_ASKS = re.compile(
    r"\b(?:how|why|what (?:can|should|do|could|to|helps?|works?)|can|could|should|does|do|is|are|will|help|keep|my|i"
    r"|i'm|im|ive|i've|get rid|remove|fade|treat|stop|fix|prevent|best|get)\b|\?",
    re.IGNORECASE,
)
_DEFINES = re.compile(
    r"^\W*(?:so,? |but |ok |however,? |hi,? |and )*(?:what(?:'s| is| are|s| exactly is| exactly are| the heck are"
    r"| the heck is)\b(?! (?:the best|causing|wrong|happening|better|good|going|it like|to |my |up |in |this|that|your"
    r"|the (?:right|difference|most|deal|point)))|define)|\bmeaning\b|\bdefinition\b|\bexplained\b"
    r"|\bwhat does .{2,40} mean\b|\bmean to have\b",
    re.IGNORECASE,
)


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


@dataclass(frozen=True, slots=True)
class Hit:
    """A document with the confidence that it is the page that is meant (0–1), and where the words were found."""

    document: Document
    score: float
    matched_fields: tuple[str, ...]


_Name = tuple[tuple[tuple[str, float], ...], float]
"""The stems of a name with what each tells, and what all of them tell."""


@dataclass(slots=True)
class _Candidate:
    """A document that is looked at closely: how likely its words make it, and how like its best name is (0–1)."""

    number: int
    likelihood: float
    likeness: float = 0.0
    score: float = 0.0


class Ranker:
    """Documents in order of URL, made from what `build_ranking` gives; `search` is the only thing it does."""

    def __init__(self, state: State) -> None:
        self.documents = [Document(*fields) for fields in state["documents"]]
        self.index = Index(state["index"])
        self._numbers = {document.url: number for number, document in enumerate(self.documents)}
        self._names: dict[int, tuple[_Name, ...]] = {}
        self._fields: dict[int, dict[str, frozenset[str]]] = {}
        self._exact = _exact_names(self.documents)
        self._ingredients = _ingredient_names(self.documents)
        self._twins = self._find_twins()

    def search(self, text: str, limit: int = 10) -> list[Hit]:
        """The best pages for `text`, best first, ties by URL; at most `limit`."""
        query = self.index.query(text)
        candidates = self._score(self._candidates(text, query), query)
        rival = max((c.score for c in candidates if self._is_topic(c)), default=0.0)
        pages = self._ask(text, [c for c in candidates if not self._is_topic(c)])
        exact = self._exact.get(_whole(text), {}) if len(text) <= MAX_NAME else {}
        return self._hits(pages, exact, query, rival, limit)

    def _is_topic(self, candidate: _Candidate) -> bool:
        return self.documents[candidate.number].is_topic

    # Candidates

    def _candidates(self, text: str, query: Query) -> list[_Candidate]:
        """The documents that the question's words speak for most, with what its subject and its ingredients add."""
        likely = self.index.likely(query)
        for number in self._named_ingredients(stems(text)) | self._named_ingredients(list(query.stems)):
            if number in likely:
                likely[number] += INGREDIENT_BONUS
        for number, texts in self.index.about(self.index.subject(text)).items():
            # Whole with three texts of the same subject.
            likely[number] = likely.get(number, 0.0) + SUBJECT_BONUS * min(1.0, 0.4 + 0.2 * texts)
        count = SHORT_CANDIDATES if len(query.terms) <= SHORT else CANDIDATES
        best = sorted(likely.items(), key=lambda item: (-item[1], item[0]))[:count]
        return [_Candidate(number, score) for number, score in best]

    def _subject(self, name: str) -> frozenset[str]:
        """The stems of a name that tell what it is about."""
        return frozenset(self.index.subject(name).split())

    # Ingredients and products that are named

    def _named_ingredients(self, tokens: Sequence[str]) -> set[int]:
        """The Ingredients whose title or alias stands in these stems."""
        found: set[int] = set()
        for at, token in enumerate(tokens):
            for name, numbers in self._ingredients.get(token, ()):
                if tuple(tokens[at : at + len(name)]) == name:
                    found |= numbers
        return found

    def _is_named(self, document: Document, query: Query) -> bool:
        """Whether a product is asked for by its maker's name and a word of its own, or by the whole of a name.

        A need is no such request, nor is the maker's name alone.
        """
        brand = frozenset(stem(word) for word in words(document.brand) if word not in STOPWORDS)
        asked = query.stems.keys()
        if brand and brand <= asked and (self._subject(document.title) - brand) & asked:
            return True
        return any(len(name) > 1 and name <= asked for name in map(self._subject, document.names))

    # Scores

    def _score(self, candidates: list[_Candidate], query: Query) -> list[_Candidate]:
        """The candidates with their scores, best first, ties by number; products only where they are named."""
        scored = []
        for candidate in candidates:
            document = self.documents[candidate.number]
            factor = 1.0 if document.is_topic else TYPE_WEIGHTS[document.entity_type]
            candidate.likeness = self._likeness(candidate.number, query)
            if document.is_product:
                if not self._is_named(document, query):
                    continue
                factor *= 1 + PRODUCT_SHARE * candidate.likeness
            candidate.score = (candidate.likelihood + NAME_WEIGHT * candidate.likeness) * factor
            scored.append(candidate)
        return sorted(scored, key=lambda c: (-c.score, c.number))

    def _likeness(self, number: int, query: Query) -> float:
        """The likeness of a document's best name to the question, 0–1."""
        if number not in self._names:
            self._names[number] = tuple(self._name(name) for name in self.documents[number].names)
        asked = min(query.weight, COVERED_BY) or 1.0
        return max((_likeness(name, query.stems, asked) for name in self._names[number]), default=0.0)

    def _name(self, name: str) -> _Name:
        """A name as its stems with what each tells, and what all of it tells."""
        best: dict[str, float] = {}
        tokens = words(name)
        for _, readings in self.index.lexicon.read(tokens, [stem(token) for token in tokens]):
            for token, likeness in readings.items():
                best[token] = max(likeness, best.get(token, 0.0))
        telling = tuple((token, self.index.idf(token) * likeness) for token, likeness in best.items())
        whole = math.fsum(self.index.idf(token) for token, likeness in best.items() if likeness == 1.0)
        return telling, whole or 1.0

    # Which kind of page is asked for

    def _ask(self, text: str, pages: list[_Candidate]) -> list[_Candidate]:
        """The pages with the one in front that suits how the question is put.

        Where a Question and a Concern or Ingredient are about one subject, what to do and why is asked of
        the Question, what something is of the other.
        """
        if not pages:
            return pages
        best = pages[0]
        document = self.documents[best.number]
        defines = bool(_DEFINES.search(text))
        asks = bool(_ASKS.search(text)) and not defines
        if document.entity_type == "Concern" and asks:
            wanted, share = self._twins.get(best.number, frozenset()), TWIN_SHARE
        elif document.entity_type == "Ingredient" and (asks or len(words(text)) > SHORT):
            wanted, share = self._twins.get(best.number, frozenset()), INGREDIENT_TWIN_SHARE
        elif document.entity_type == "Question" and defines:
            concerns = (n for n, twins in self._twins.items() if best.number in twins)
            wanted = frozenset(n for n in concerns if self.documents[n].entity_type == "Concern")
            share = DEFINED_SHARE
        else:
            return pages
        chosen = next((c for c in pages if c.number in wanted and c.score >= share * best.score), None)
        if chosen is None:
            return pages
        chosen.score = best.score
        return [chosen, *(c for c in pages if c is not chosen)]

    def _find_twins(self) -> dict[int, frozenset[int]]:
        """For each Concern and Ingredient, the Questions that are about it and nothing else."""
        twins: dict[int, set[int]] = {}
        for number, document in enumerate(self.documents):
            if document.entity_type != "Question":
                continue
            subject = self._subject(document.title)
            named = self._named_ingredients(stems(document.title))
            concern = self._numbers.get(document.concern)
            if concern is not None and not named and self._covers(concern, subject):
                twins.setdefault(concern, set()).add(number)
            for ingredient in named:
                if self._subject(self.documents[ingredient].title) == subject and not document.comparison:
                    twins.setdefault(ingredient, set()).add(number)
        return {number: frozenset(found) for number, found in twins.items()}

    def _covers(self, concern: int, subject: Set[str]) -> bool:
        """Whether a Question's subject holds all of a Concern's title, or two words or more of an alias."""
        document = self.documents[concern]
        title = self._subject(document.title)
        aliases = (self._subject(alias) for alias in document.aliases)
        return (bool(title) and title <= subject) or any(len(alias) > 1 and alias <= subject for alias in aliases)

    # Confidence

    def _hits(
        self, pages: list[_Candidate], exact: Mapping[int, float], query: Query, rival: float, limit: int
    ) -> list[Hit]:
        """The pages as hits: those named exactly first, the others by the share they have of the best score."""
        sure = confidence(pages[0], query, rival) if pages else 0.0
        best = pages[0].score if pages else 1.0
        scores = {c.number: min(sure * c.score / best, INEXACT) for c in pages} | dict(exact)
        order = {candidate.number: place for place, candidate in enumerate(pages)}
        ranked = sorted(scores.items(), key=lambda item: (-item[1], order.get(item[0], 0), self._preference(item[0])))
        return [
            Hit(self.documents[number], round(score, 4), self._matched(number, query))
            for number, score in ranked[:limit]
        ]

    def _preference(self, number: int) -> tuple[float, int]:
        return (-TYPE_WEIGHTS[self.documents[number].entity_type], number)

    def _matched(self, number: int, query: Query) -> tuple[str, ...]:
        """The fields of a document in which the question's words were found."""
        if number not in self._fields:
            document = self.documents[number]
            texts = {
                "title": (document.title,),
                "slug": (document.slug,),
                "aliases": document.aliases,
                "body": (document.body,),
            }
            self._fields[number] = {
                name: frozenset(t for text in held for t in stems(text)) for name, held in texts.items()
            }
        held = tuple(name for name, held in self._fields[number].items() if not held.isdisjoint(query.stems))
        return held or ("wordings",)


def _likeness(name: _Name, asked_for: Mapping[str, float], asked: float) -> float:
    """Harmonic mean of how much of the name is asked for and how much of the question it covers (F1).

    Where either is small, name and question share words but hardly a subject ("acne" and "Acne
    Marks"), and the likeness falls off in proportion.
    """
    telling, whole = name
    shared = sum([told * asked_for[token] for token, told in telling if token in asked_for])
    if not shared:
        return 0.0
    precision, recall = min(1.0, shared / whole), min(1.0, shared / asked)
    mean = 2 * precision * recall / (precision + recall)
    return mean * min(1.0, precision / HALF_NAME) * min(1.0, recall / HALF_QUESTION)


def build_ranking(documents: Iterable[Document], lexicon: Lexicon) -> State:
    """What a `Ranker` is made from: plain values, which can be stored as JSON and read back."""
    ordered = sorted(documents, key=lambda document: document.url)
    return {
        # Their words are counted; the wordings themselves are of no more use.
        "documents": [astuple(replace(document, wordings=())) for document in ordered],
        "index": build((document.texts for document in ordered), lexicon),
    }


def confidence(page: _Candidate, query: Query, rival: float) -> float:
    """How sure it is that this page answers the question, 0–1: a logistic regression over three figures."""
    lead = (page.score - rival) / (page.score + rival) if rival else 1.0
    explained = page.score / (query.weight + 6.0)
    value = -1.5 + 6.0 * lead + 1.0 * min(explained, 2.0) + 0.08 * min(page.score, 15.0)
    return 1 / (1 + math.exp(-value))


def _whole(text: str) -> str:
    """A text as the words it consists of."""
    return " ".join(words(text))


def _exact_names(documents: Sequence[Document]) -> dict[str, dict[int, float]]:
    """For every title and alias, the confidence in each page that has it."""
    exact: dict[str, dict[int, float]] = {}
    for number, document in enumerate(documents):
        if not document.is_topic:
            for alias in document.aliases:
                exact.setdefault(_whole(alias), {})[number] = EXACT_ALIAS
            exact.setdefault(_whole(document.title), {})[number] = EXACT_TITLE
    exact.pop("", None)
    return exact


Names = tuple[tuple[tuple[str, ...], frozenset[int]], ...]


def _ingredient_names(documents: Sequence[Document]) -> dict[str, Names]:
    """For each first stem, the names of Ingredients that begin with it, longest first."""
    found: dict[tuple[str, ...], set[int]] = {}
    for number, document in enumerate(documents):
        if document.entity_type == "Ingredient" and not document.is_topic:
            for name in (document.title, *document.aliases):
                found.setdefault(tuple(stems(name)), set()).add(number)
    by_first: dict[str, list[tuple[tuple[str, ...], frozenset[int]]]] = {}
    for key, numbers in sorted(found.items(), key=lambda item: (-len(item[0]), item[0])):
        if key:
            by_first.setdefault(key[0], []).append((key, frozenset(numbers)))
    return {first: tuple(names) for first, names in by_first.items()}
