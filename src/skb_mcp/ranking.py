"""Ranking: from a consumer's words to the pages that answer them, and how sure that is.

Stages, each a small function: likely documents (`index`) → the same subject, a named ingredient →
likeness of names → what kind of page is asked for → confidence. Subjects without a page (`is_topic`)
compete with the pages and are never given; where one of them wins, no page answers.

Everything is a pure function of the documents and the words, so the same call gives the same order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

from .confidence import ANSWER_THRESHOLD, LEAST_SURE, confidence
from .counting import State
from .index import Index, Query
from .lookup import InText
from .mentions import Mentions
from .models import EntityType, Value
from .naming import INEXACT, Document, Name, NameSet, TypedNames, name_of
from .phrasing import asks, defines
from .subjects import Named, Subjects, ruled_out
from .text import stems, words

__all__ = ["ANSWER_THRESHOLD", "INEXACT", "Document", "Explanation", "Hit", "Ranker", "State"]

TYPE_WEIGHTS: dict[EntityType, float] = {
    "Question": 1.0,
    "Concern": 0.985,
    "Ingredient": 0.98,
    "SideEffect": 0.97,
    "Product": 0.97,
    "Source": 0.94,
}
"""Between equally good pages a Question comes before a Concern, and a Source comes last (0–1)."""

OUTSIDE = "outside:"
"""How the URLs of topics begin that are not about skin."""
NAME_WEIGHT = 3.8
"""What a name that is asked for word for word adds to the log likelihood."""
SUBJECT_BONUS = 6.0
"""The same for a question whose telling words are just those of a text of the page."""
INGREDIENT_BONUS = 2.2
"""The same for an ingredient that is named."""
PRODUCT_SHARE = 0.2
"""The part by which the score of a product rises that is named word for word."""

CANDIDATES, SHORT_CANDIDATES, SHORT = 9, 14, 3
"""How many likely pages are looked at closely: more for a question of up to three terms, whose words are common."""
TOPICS = 3
"""How many likely topics are."""
FIRST = 36
"""So many documents are looked at for what the question does not say."""
COVERED_BY = 20.0
"""A question's weight, of which a name covers a share, counts at most this much: a post says more than any name."""

TWIN_SHARE, INGREDIENT_TWIN_SHARE, DEFINED_SHARE = 0.4, 0.4, 0.5
"""The least part of the best score that the other page on the same subject must have to take its place."""

LEAST_SHARED = 1.0
"""Below this score of the best page or topic a question shares nothing with any that would tell what it is about."""

MAX_NAME = 300
"""Longer texts are nobody's title."""


class Hit(NamedTuple):
    """A document with the confidence that it is the page that is meant (0–1).

    Of the best one it is told where the words were found.
    """

    document: Document
    score: float
    matched_fields: tuple[str, ...] = ()


@dataclass(slots=True)
class _Candidate:
    """A document that is looked at closely: how likely its words make it, and how like its best name is (0–1)."""

    number: int
    likelihood: float
    likeness: float = 0.0
    score: float = 0.0


class Trace(Value):
    """A candidate: what its words, its names and both together say for it."""

    title: str
    is_page: bool
    likelihood: float
    likeness: float
    score: float


class Explanation(Value):
    """How a ranking came about: the readings of each term (stem → likeness), and the best pages and topics.

    `leaning` says whether the words stand rather in the texts of pages (> 0) or of topics; `one_sided`, that the
    question is about something that the best page does not name.
    """

    readings: tuple[dict[str, float], ...]
    unknown: tuple[str, ...]
    pages: tuple[Trace, ...]
    topics: tuple[Trace, ...]
    leaning: float
    one_sided: bool
    threshold: float


class Ranker:
    """Documents by number, made from what `listing` gives; `search` is the only thing it does."""

    def __init__(self, state: State) -> None:
        self.index = Index(state)
        self._stored: Mapping[str, Sequence[Any]] = state["documents"]
        self._documents: dict[int, Document] = {}
        self._stored_names: Mapping[str, Sequence[Name]] = state["names"]
        self._names: dict[int, NameSet] = {}
        self._fields: dict[int, dict[str, frozenset[str]]] = {}
        # What no page answers is looked at twice: is it about skin at all?
        self._ranked = lru_cache(1)(self._rank)
        self._apart = Subjects(state["apart"])
        self._named: dict[int, Named] = {}
        self._typed = TypedNames(state["exact"], self.index.knows)
        self._ingredients = InText(state["ingredients"])
        self._mentions = Mentions(self.index, state["topic_names"], state["figures"]["forms"])
        self._twins: Mapping[str, Sequence[int]] = state["twins"]

    def document(self, number: int) -> Document:
        """A document by its number."""
        if number not in self._documents:
            self._documents[number] = Document(*self._stored[str(number)])
        return self._documents[number]

    def search(self, text: str, limit: int = 10, kinds: Set[EntityType] = frozenset(TYPE_WEIGHTS)) -> list[Hit]:
        """The best pages of these kinds for `text`, best first, ties by URL; at most `limit`."""
        query, candidates = self._ranked(text)
        rival = max([c.score for c in candidates if self._is_topic(c)], default=0.0)
        pages = [c for c in candidates if not self._is_topic(c) and self.document(c.number).entity_type in kinds]
        named = self._typed.find(text) if len(text) <= MAX_NAME else {}
        exact = {int(n): score for n, score in named.items() if self.document(int(n)).entity_type in kinds}
        return self._hits(self._ask(text, pages), exact, query, rival, limit)

    def is_outside(self, text: str) -> bool:
        """Whether a question seems to be about something else than skin, hair, nails and cosmetics."""
        _, candidates = self._ranked(text)
        if not candidates or candidates[0].score < LEAST_SHARED:
            return True
        return self.document(candidates[0].number).url.startswith(OUTSIDE)

    def explain(self, text: str, limit: int = 5) -> Explanation:
        """How the hits for `text` come about."""
        query, candidates = self._ranked(text)
        pages = self._ask(text, [c for c in candidates if not self._is_topic(c)])
        traces = [
            Trace(
                title=self.document(c.number).title,
                is_page=not self._is_topic(c),
                likelihood=round(c.likelihood, 2),
                likeness=round(c.likeness, 2),
                score=round(c.score, 2),
            )
            for c in candidates
        ]
        return Explanation(
            readings=tuple({token: round(weight, 2) for token, weight in term.items()} for term in query.terms),
            unknown=tuple(next(iter(term)) for term in query.terms if query.stems.keys().isdisjoint(term)),
            pages=tuple(trace for trace in traces if trace.is_page)[:limit],
            topics=tuple(trace for trace in traces if not trace.is_page)[:limit],
            leaning=round(self.index.leaning(query), 2),
            one_sided=any(self._mentions.another(self.document(c.number), query) for c in pages[:1]),
            threshold=ANSWER_THRESHOLD,
        )

    def _rank(self, text: str) -> tuple[Query, tuple[_Candidate, ...]]:
        """A question as it is read, and the documents it may mean, best first."""
        query = self.index.query(text)
        candidates = self._candidates(query)
        if asked := self._apart.named([query.spoken.stems]):
            candidates = [c for c in candidates if not self._is_ruled_out(c, asked)]
        return query, tuple(self._score(candidates, query))

    def _is_ruled_out(self, candidate: _Candidate, asked: Named) -> bool:
        """Whether a page is about another subject than the one that is asked about, of those that are kept apart."""
        number = candidate.number
        if number not in self._named:
            # A topic competes in any case.
            names = () if number in self.index.topics else self.document(number).names
            self._named[number] = self._apart.named(map(stems, names))
        return ruled_out(self._named[number], asked)

    def _is_topic(self, candidate: _Candidate) -> bool:
        return candidate.number in self.index.topics

    # Candidates

    def _candidates(self, query: Query) -> list[_Candidate]:
        """The documents that the question's words speak for most, with what its subject and its ingredients add."""
        likely = self.index.likely(query)
        for number in self._ingredients.find(query.spoken.stems) | self._ingredients.find(list(query.stems)):
            if number in likely:
                likely[number] += INGREDIENT_BONUS
        for number, texts in self.index.about(query.subject).items():
            # Whole with three texts of the same subject.
            likely[number] = likely.get(number, 0.0) + SUBJECT_BONUS * min(1.0, 0.4 + 0.2 * texts)
        count = SHORT_CANDIDATES if len(query.terms) <= SHORT else CANDIDATES
        first = _greatest(likely, FIRST)
        asked = query.stems.keys()
        # Apart, so that topics crowd out no page, and the best page is never without one that it competes with.
        pages: list[_Candidate] = []
        topics: list[_Candidate] = []
        for score, number in sorted([(score + self.index.unspoken(number, asked), number) for score, number in first]):
            if score < 0:
                (topics if number in self.index.topics else pages).append(_Candidate(number, -score))
        return pages[:count] + topics[:TOPICS]

    # Scores

    def _score(self, candidates: list[_Candidate], query: Query) -> list[_Candidate]:
        """The candidates with their scores, best first, ties by number; products only where they are named."""
        scored = []
        for candidate in candidates:
            document = self.document(candidate.number)
            factor = 1.0 if self._is_topic(candidate) else TYPE_WEIGHTS[document.entity_type]
            candidate.likeness = self._likeness(candidate.number, query)
            if document.is_product:
                if not self._mentions.product(document, query):
                    continue
                factor *= 1 + PRODUCT_SHARE * candidate.likeness
            candidate.score = (candidate.likelihood + NAME_WEIGHT * candidate.likeness) * factor
            scored.append(candidate)
        return sorted(scored, key=lambda c: (-c.score, c.number))

    def _likeness(self, number: int, query: Query) -> float:
        """The likeness of a document's best name to the question, 0–1."""
        if number not in self._names:
            stored = self._stored_names.get(str(number))
            names = stored or [name_of(text, self.index) for text in self.document(number).names]
            self._names[number] = NameSet(names)
        return self._names[number].likeness(query.stems, min(query.weight, COVERED_BY) or 1.0)

    # Which kind of page is asked for

    def _ask(self, text: str, pages: list[_Candidate]) -> list[_Candidate]:
        """The pages with the one in front that suits how the question is put.

        Where a Question and a Concern or Ingredient are about one subject, what to do and why is asked of
        the Question, what something is of the other.
        """
        if not pages:
            return pages
        best = pages[0]
        document = self.document(best.number)
        wanted: Sequence[int]
        if document.entity_type == "Question" and defines(text):
            concerns = (int(n) for n, twins in self._twins.items() if best.number in twins)
            wanted = [n for n in concerns if self.document(n).entity_type == "Concern"]
            share = DEFINED_SHARE
        elif document.entity_type == "Concern" and asks(text):
            wanted, share = self._twins.get(str(best.number), ()), TWIN_SHARE
        elif document.entity_type == "Ingredient" and (asks(text) or len(words(text)) > SHORT):
            wanted, share = self._twins.get(str(best.number), ()), INGREDIENT_TWIN_SHARE
        else:
            return pages
        chosen = next((c for c in pages if c.number in wanted and c.score >= share * best.score), None)
        if chosen is None:
            return pages
        return [replace(chosen, score=best.score), *(c for c in pages if c is not chosen)]

    # Confidence

    def _hits(
        self, pages: list[_Candidate], exact: Mapping[int, float], query: Query, rival: float, limit: int
    ) -> list[Hit]:
        """The pages as hits: those named exactly first, the others by the share they have of the best score."""
        sure = confidence(pages[0].score, rival, query.weight, self.index.leaning(query)) if pages else 0.0
        if sure > LEAST_SURE and self._mentions.another(self.document(pages[0].number), query):
            sure = LEAST_SURE
        best = pages[0].score if pages else 1.0
        # No other is as sure as those that are named, and pages come best first.
        ranked = self._in_order(exact, pages) if exact else []
        ranked += [(c.number, min(sure * c.score / best, INEXACT)) for c in pages[:limit] if c.number not in exact]
        return [
            Hit(self.document(number), round(score, 4), () if at else self._matched(number, query))
            for at, (number, score) in enumerate(ranked[:limit])
        ]

    def _in_order(self, exact: Mapping[int, float], pages: Sequence[_Candidate]) -> list[tuple[int, float]]:
        """The pages that are named exactly: the surest first, then as their words are likely, then by kind."""
        place = {candidate.number: at for at, candidate in enumerate(pages)}
        return sorted(exact.items(), key=lambda item: (-item[1], place.get(item[0], 0), self._preference(item[0])))

    def _preference(self, number: int) -> tuple[float, int]:
        return (-TYPE_WEIGHTS[self.document(number).entity_type], number)

    def _matched(self, number: int, query: Query) -> tuple[str, ...]:
        """The fields of a document in which the question's words were found."""
        if number not in self._fields:
            document = self.document(number)
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


def _greatest(scores: Mapping[int, float], count: int) -> list[tuple[float, int]]:
    """The documents with the greatest scores, best first, ties by number, each behind minus its score."""
    # Most documents share a word with most questions: numbers alone are sorted in half the time of pairs.
    least = sorted(scores.values(), reverse=True)[:count][-1] if scores else 0.0
    return sorted([(-score, number) for number, score in scores.items() if score >= least])[:count]
