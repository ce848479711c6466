"""The word index: which documents use a question's words more than others do.

Stages, each small: terms (`text.Lexicon`) → unknown words read as known ones → likelihood of each
document (`Index.likely`). What is done with the likely ones is the business of `ranking`.

How much a word speaks for a document is the logarithm of how much likelier it is in that document's texts
(`counting`) than in all texts (pointwise mutual information, Church & Hanks 1990, as naive Bayes sums it up;
smoothed towards the background, Zhai & Lafferty 2004, "Dirichlet prior"). The background is that of a fixed
number of documents, so that a page about something else changes nothing.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property, lru_cache
from heapq import nlargest
from itertools import accumulate

from .counting import GENERIC_STEMS, MOST_SUBJECT, State, subject_key
from .lookup import Kept, finder
from .text import Lexicon, Spoken, Term
from .texts import pairs
from .typos import Spellings

__all__ = ["Index", "Query"]

PRIOR = 32.0
"""Texts that the background is worth, against those of a document."""
BACKGROUND = 800
"""Documents of the background, whatever the corpus holds."""
MOST = 2.9
"""The most that one word says (natural logarithm of a ratio of likelihoods)."""
DOUBT = 0.5
"""What stands once by chance tells less: what a word says is multiplied by count / (count + this), after the discount
of Pantel & Lin 2002 ("Discovering word senses from text"), who add 1."""
STEPS = 128
"""What a word says is told in so many steps to one: a power of two, so that sums are exact in whatever order."""
GENERIC_SHARE = 0.5
"""The part that a generic word counts of what another would."""
PAIR_SHARE, PAIR_MOST = 0.5, 2.0
"""The part that two neighbouring words count of what a word would, and the most that they say before that: "dark"
beside "circles" is more than both, and still they were counted each."""
UNKNOWN = 1.4
"""What a word counts that no document has, when it is asked how much of a question is covered."""
SMOOTHING = 0.5
"""What is added to counts before odds are taken of them (Jeffreys 1946)."""
USUAL_LEANING = 1.0
"""The leaning of most questions that have a page: it is taken where the words of pages are hardly known."""
LEAST_IDF, MOST_IDF = 0.2, 5.0

LEAST_BUDGET, BUDGET, BUDGET_SHARE = 600, 6000, 0.75
"""Postings looked at for one question, the most telling words first, before only documents found so far are looked
up: this part of the documents, within bounds. It bounds time; on our own questions it changes no answer."""
FOUND, LEAST_FOUND = 400, 48
"""Documents that are then kept: so many at the whole budget, and never fewer than the other."""

KEPT, KEPT_MERGED = 64, 2048
"""Stems whose documents are kept for a moment; terms of several readings, and pairs, whose weights are."""

TYPO_LENGTH = 4
"""The fewest letters of a word that may be read as a typo."""
STOPWORD_TYPO_LENGTH = 6
"""The fewest letters of a word that may be read as a mistyped stopword and dropped (dust is not just)."""
POST_TERMS = 15
"""A question of more terms is a post: most of its words are no typos, so a typo must keep its first letter there."""
FOREIGN_TERMS = 4
"""A question of so many terms or more, most of them unknown, is not English; fewer may well be mistyped all."""


# The same objects in all tables, which so stay small.
_NUMBER = Kept(int).__getitem__
_COUNT = Kept(float).__getitem__
_STEPS = tuple([step / STEPS for step in range(int(MOST * STEPS) + 1)])


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the index reads it.

    `terms` are its ideas, each with its readings (stem → likeness 0–1), `known` the readings of each that
    any document has; `stems` is the best likeness of each; `weight` is how much all of it says; `subject` is
    what it is about, as one key; `spoken` are its words; `pairs` are those of two neighbours that any text has.
    """

    spoken: Spoken
    terms: tuple[Mapping[str, float], ...]
    known: tuple[tuple[tuple[str, float], ...], ...]
    stems: Mapping[str, float]
    weight: float
    subject: str
    pairs: tuple[str, ...]


class Index:
    """Documents by number, made from what `counting.tables` gives; `likely` is the only thing it does with them."""

    def __init__(self, state: State) -> None:
        self.lexicon = Lexicon.restore(state)
        # The stem of each known word; of a stopword, nothing.
        self._surfaces: Mapping[str, str] = state["surfaces"]
        self._spellings = Spellings(state["letters"])
        # For each stem, the documents that have it and how often, in order of document.
        self._postings: Mapping[str, str] = state["postings"]
        self._posting = finder(self._postings)
        self._totals: Sequence[float] = state["figures"]["totals"]
        self._covers: Mapping[str, str] = state["covers"]
        self._silences: dict[int, list[tuple[float, frozenset[str]]]] = {}
        # Documents that are subjects without a page.
        self.topics: frozenset[int] = frozenset(state["figures"]["topics"])
        # Documents that are no more there.
        self.hidden: frozenset[int] = frozenset(state["figures"]["hidden"])
        self._subjects: Mapping[str, str] = state["subjects"]
        self._budget = min(max(int(BUDGET_SHARE * len(self._totals)), LEAST_BUDGET), BUDGET)
        self._found = max(LEAST_FOUND, FOUND * self._budget // BUDGET)
        # A question asks first for the share of a stem, then for what it says.
        self._counted = lru_cache(KEPT)(self._count)
        self._weighted: dict[str, dict[int, float]] = {}
        # Words of more than one reading, and neighbours, come again as others do.
        self._merged = lru_cache(KEPT_MERGED)(self._merge)
        self._of_pair = lru_cache(KEPT_MERGED)(self._pair)
        self._background: dict[str, tuple[float, float]] = {}
        self._idfs: dict[str, float] = {}

    def subject(self, text: str) -> str:
        """What a text is about: the stems that tell it, as one key."""
        return subject_key({next(iter(term.stems)) for term in self.lexicon.terms(self.lexicon.spoken(text))})

    def unspoken(self, number: int, asked: Set[str]) -> float:
        """What speaks against a document because a question with these stems says nothing that its texts all say."""
        silences = self._silences.get(number)
        if silences is None:
            covers = [cover.split(" ") for cover in self._covers[str(number)].split(";")]
            silences = self._silences[number] = [(float(weight), frozenset(cover)) for weight, *cover in covers]
        against = 0.0
        for weight, cover in silences:
            if cover.isdisjoint(asked):
                against += weight
        return against

    def knows(self, word: str) -> bool:
        """Whether a word is known, as it is written."""
        return word in self._surfaces

    def about(self, subject: str) -> dict[int, int]:
        """For each document, how many of its texts are about just this subject."""
        found = self._subjects.get(subject) if subject.count(" ") < MOST_SUBJECT else None
        return {number: int(count) for number, count in self._unpacked(found)} if found else {}

    def _count(self, token: str) -> list[tuple[int, float]]:
        """The documents that have a stem, and how often."""
        return list(self._unpacked(self._postings[token]))

    def _unpacked(self, text: str) -> Iterator[tuple[int, float]]:
        """Documents and how often each has something, without those that are hidden."""
        numbers, _, counts = text.partition("|")
        found = zip(map(_NUMBER, numbers.split()), map(_COUNT, counts.split()), strict=True)
        return (pair for pair in found if pair[0] not in self.hidden) if self.hidden else found

    # Reading a question

    def query(self, text: str) -> Query:
        """What a question asks for, its unknown words read as known ones where they are near enough."""
        spoken = self.lexicon.spoken(text)
        asked = self.lexicon.terms(spoken)
        if self._is_foreign(asked):
            terms = [term.stems for term in asked]
        else:
            post = len(asked) > POST_TERMS
            terms = [readings for term in asked if (readings := self._readings(term, post)) is not None]
        known = tuple([tuple([pair for pair in readings.items() if self._posting(pair[0])]) for readings in terms])
        stems: dict[str, float] = {}
        for readings_known in known:
            for token, likeness in readings_known:
                stems[token] = max(likeness, stems.get(token, 0.0))
        subject = subject_key({next(iter(term.stems)) for term in asked})
        # Of a term its first known reading counts: its own stem, or else what it may be a typo of.
        first = [found[0][0] if found else next(iter(term)) for term, found in zip(terms, known, strict=True)]
        neighbours = tuple(pair for pair in dict.fromkeys(pairs(first)) if self._posting(pair))
        return Query(spoken, tuple(terms), known, stems, math.fsum(map(self._says, known)), subject, neighbours)

    def _is_foreign(self, asked: Sequence[Term]) -> bool:
        """Whether most words are unknown: then they are of another language and no typos."""
        known = sum(any(self._posting(token) for token in term.stems) for term in asked)
        return len(asked) >= FOREIGN_TERMS and known < len(asked) / 2

    def _says(self, known: Sequence[tuple[str, float]]) -> float:
        """How much a term tells: the commonest of its readings decides."""
        return min([self.idf(token) for token, _ in known], default=UNKNOWN)

    def idf(self, token: str) -> float:
        """How telling a stem is: minus the logarithm of its share in the background, within bounds."""
        if not self._posting(token):
            return MOST_IDF
        if token not in self._idfs:
            share = self._share(token)
            telling = min(max(-math.log(3 * share), LEAST_IDF), MOST_IDF) if share else MOST_IDF
            self._idfs[token] = telling * GENERIC_SHARE if token in GENERIC_STEMS else telling
        return self._idfs[token]

    def _readings(self, term: Term, post: bool) -> Mapping[str, float] | None:
        """A term's readings, with those of a typo; None when it is a mistyped stopword."""
        word = term.word
        if len(word) < TYPO_LENGTH or any(map(self._posting, term.stems)):
            return term.stems
        close = self._spellings.near(word, same_initial=post)
        if close and not self._surfaces[close[0][0]]:
            return None if len(word) >= STOPWORD_TYPO_LENGTH else term.stems
        found = {self._surfaces[near]: score for near, score in reversed(close) if self._surfaces[near]}
        return {**term.stems, **found}

    # Likelihood

    def likely(self, query: Query) -> dict[int, float]:
        """How much a question's words speak for each document that has any of them (sum of log ratios, ≥ 0)."""
        # Of words that tell as much, which comes first is no matter of their order in the question.
        bests = list(map(self._best, sorted(query.known, key=lambda known: (self._length(known), known))))
        before = [0, *accumulate(map(len, bests))]
        whole = bisect_right(before, self._budget, hi=len(bests))
        # The longest stands last, and is taken over as it is.
        scores = dict(bests[whole - 1]) if whole else {}
        get = scores.get
        for best in bests[: whole - 1]:
            for number, weight in best.items():
                scores[number] = get(number, 0.0) + weight
        for best in bests[whole:]:
            if len(scores) > self._found:
                # With those that are as likely as the last of them: which come first is no matter of their order.
                least = sorted(scores.values())[-self._found]
                scores = {number: score for number, score in scores.items() if score >= least}
            says = best.get
            for number in scores:
                scores[number] += says(number, 0.0)
        for pair in query.pairs:
            for number, weight in self._of_pair(pair).items():
                if number in scores:
                    scores[number] += weight
        return scores

    def leaning(self, query: Query) -> float:
        """Whether a question's words stand rather in the texts of pages (> 0) or in those of topics (< 0).

        The log odds of each, within bounds, as naive Bayes sums them up, over the square root of their number:
        words of one text depend on each other. The fewer pages there are beside the topics, the less it tells.
        """
        # Of a term's readings that which leans most: a misspelling is hardly known by itself.
        words = math.fsum(max((self._facts(t)[1] * w for t, w in known), key=abs) for known in query.known if known)
        neighbours = math.fsum(self._facts(pair)[1] for pair in query.pairs)
        leaning = (words + PAIR_SHARE * neighbours) / math.sqrt(len(query.terms) or 1)
        return self._trust * leaning + (1 - self._trust) * USUAL_LEANING

    @cached_property
    def _trust(self) -> float:
        """How far the words of pages are known (0–1): what all their texts weigh, beside those of topics."""
        topics = math.fsum([self._totals[number] for number in self.topics - self.hidden])
        pages = math.fsum([total for number, total in enumerate(self._totals) if number not in self.topics])
        return min(1.0, pages / topics) if topics else 0.0

    def _length(self, known: Sequence[tuple[str, float]]) -> int:
        return sum([len(self._weights(token)) for token, _ in known])

    def _best(self, known: Sequence[tuple[str, float]]) -> Mapping[int, float]:
        """What the best reading of a term says for each document."""
        return self._weights(known[0][0]) if len(known) == 1 and known[0][1] == 1.0 else self._merged(tuple(known))

    def _merge(self, known: Sequence[tuple[str, float]]) -> Mapping[int, float]:
        best: dict[int, float] = {}
        for token, likeness in known:
            for number, weight in self._weights(token).items():
                said = likeness * weight
                if said > best.get(number, 0.0):
                    best[number] = said
        return best

    def _weights(self, token: str) -> Mapping[int, float]:
        """The log ratio for every document that a stem speaks for, worked out when first asked for."""
        if token not in self._weighted:
            share = self._share(token)
            factor = GENERIC_SHARE if token in GENERIC_STEMS else 1.0
            found: dict[int, float] = {}
            for number, count in self._counted(token):
                ratio = (count / share + PRIOR) / (self._totals[number] + PRIOR)
                if ratio > 1:
                    says = min(math.log(ratio) * factor, MOST) * count / (count + DOUBT)
                    found[number] = _STEPS[round(says * STEPS)]
            # Beyond the budget only the documents that a word says most for can matter.
            most = found if len(found) <= BUDGET else dict(nlargest(BUDGET, found.items(), key=lambda f: f[1]))
            self._weighted[token] = most
        return self._weighted[token]

    def _pair(self, pair: str) -> Mapping[int, float]:
        """What two neighbours say for each document."""
        return {number: PAIR_SHARE * min(weight, PAIR_MOST) for number, weight in self._weights(pair).items()}

    def _share(self, token: str) -> float:
        """The share of a stem in the background: in which part of its texts it stands (0–1)."""
        return self._facts(token)[0]

    def _facts(self, token: str) -> tuple[float, float]:
        """The share of a stem in the background, and the log odds of meeting it in pages against topics."""
        if token not in self._background:
            counted = self._counted(token)
            share = math.fsum([min(1.0, count / self._totals[number]) for number, count in counted]) / BACKGROUND
            topics = math.fsum([count for number, count in counted if number in self.topics])
            pages = math.fsum([count for _, count in counted]) - topics
            odds = math.log((pages + SMOOTHING) / (topics + SMOOTHING))
            self._background[token] = share, min(max(odds, -MOST), MOST)
        return self._background[token]
