"""The word index: which documents use a question's words more than others do.

Stages, each small: terms (`text.Lexicon`) → unknown words read as known ones → likelihood of each
document (`Index.likely`). What is done with the likely ones is the business of `ranking`.

A document is a bag of texts: its title, its aliases and the wordings in which people ask for it. How
much a word speaks for a document is the logarithm of how much likelier it is in that document's texts
than in all texts (pointwise mutual information, Church & Hanks 1990, as naive Bayes sums it up; smoothed
towards the background, Zhai & Lafferty 2004, "Dirichlet prior"). The background is that of a fixed number
of documents, so that a page about something else changes nothing.
"""

from __future__ import annotations

import math
from collections import Counter as Frequencies
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from heapq import nlargest
from itertools import pairwise
from typing import Any, NamedTuple

from .text import GENERIC, STOPWORDS, Lexicon, Term, stem, undenied, words

__all__ = ["BODY_WEIGHT", "GENERIC_STEMS", "TITLE_WEIGHT", "Bag", "Counter", "Index", "Query", "State", "Text", "build"]

TITLE_WEIGHT = 3.0
"""A title counts as much as this many other texts of a document."""
BODY_WEIGHT = 0.3
"""The running text of a page without other names counts this much."""

PRIOR = 16.0
"""Texts that the background is worth, against those of a document."""
BACKGROUND = 800
"""Documents of the background, whatever the corpus holds."""
MOST = 2.9
"""The most that one word says (natural logarithm of a ratio of likelihoods)."""
GENERIC_SHARE = 0.5
"""The part that a generic word counts of what another would."""
PAIR_SHARE, PAIR_MOST = 0.25, 2.0
"""The part that two neighbouring words count of what a word would, and the most that they say before that: "dark"
beside "circles" is more than both, and still they were counted each."""
COVER, COVER_TEXTS, COVER_PART = 4, 3, 0.05
"""The most words of a document's cover, and the least number and part of its texts that a further one must cover."""
COVER_PRIOR, COVER_WEIGHT, MOST_UNSPOKEN = 4.0, 0.75, 3.0
"""Texts without a word of the cover that are added to those there are; how much the silence of a question counts,
and the most that it says before that (natural logarithm)."""
NEEDED = 3.0
"""What speaks against a document where a question names none of the words that it must name for it."""
LEAST_TEXTS = 2
"""Pairs of words that stand in fewer texts, of whatever document, are left out: they are many, and tell little."""
UNKNOWN = 1.4
"""What a word counts that no document has, when it is asked how much of a question is covered."""
LEAST_IDF, MOST_IDF = 0.2, 5.0

BUDGET, BUDGET_SHARE = 6000, 2
"""Postings looked at for one question, the most telling words first, before only documents found so far are looked
up; no more than twice the documents there are. It bounds time; on our own questions it changes no answer."""
FOUND, LEAST_FOUND = 400, 60
"""Documents that are then kept: so many at the whole budget, and never fewer than the other."""

TYPO_LENGTH, SHORT_WORD = 4, 4
"""The fewest letters of a word that may be read as a typo. Short words are a letter away from too many others, so
they must keep their first and last letter (mars is marks, rash is not wash)."""
STOPWORD_TYPO_LENGTH = 6
"""The fewest letters of a word that may be read as a mistyped stopword and dropped (dust is not just)."""
POST_TERMS = 15
"""A question of more terms is a post: most of its words are no typos, so a typo must keep its first letter there."""
FOREIGN_TERMS = 4
"""A question of so many terms or more, most of them unknown, is not English; fewer may well be mistyped all."""
LONG_WORD, LONG_CUTOFF = 7, 0.7
"""Words of this length may hold two typos."""
FUZZY_CUTOFF = 0.75
"""Least similarity (1 − OSA distance / length) at which an unknown word is read as a known one."""

GENERIC_STEMS = frozenset(map(stem, GENERIC))
NO_SUBJECT = frozenset(map(stem, ("skin", "face", "post")))
"""Words that stand in the names of too many pages to be their subject."""

Text = tuple[str, float]
"""A text of a document and its weight."""

State = Mapping[str, Mapping[str, Any]]
"""The tables of an index: dictionaries of lists, texts and numbers, in memory or looked up in a file."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the index reads it.

    `terms` are its ideas, each with its readings (stem → likeness 0–1), `known` the readings of each that
    any document has; `stems` is the best likeness of each; `weight` is how much all of it says; `subject` is
    what it is about, as one key.
    """

    terms: tuple[Mapping[str, float], ...]
    known: tuple[tuple[tuple[str, float], ...], ...]
    stems: Mapping[str, float]
    weight: float
    subject: str


class Bag(NamedTuple):
    """A document's words, counted."""

    total: float
    """What its texts weigh together."""
    counts: Mapping[str, float]
    """How often each stem occurs, by the weight of the text and of the reading; and each pair of neighbours."""
    subjects: Mapping[str, int]
    """For each subject, how many texts are about it and nothing else."""
    covers: Sequence[tuple[float, Sequence[str]]]
    """Stems one of which a question should have, and what speaks against the document where it has none of them."""


class Counter:
    """Counts the words of documents; `surfaces` are the words that were met, each with its stem."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self.surfaces: dict[str, str] = dict.fromkeys(STOPWORDS, "")

    def count(self, texts: Sequence[Text], needed: Sequence[Sequence[str]] = ()) -> Bag:
        """The words of a document with these texts, of which a question should have one of each group of `needed`."""
        counts: dict[str, float] = {}
        subjects: dict[str, int] = {}
        telling: list[set[str]] = []
        for text, weight in texts:
            # A wording may name what it is not about ("brown, no dents"), as a question may.
            tokens = words(undenied(text, self._lexicon.deniable))
            best: dict[str, float] = {}
            said: list[str] = []
            for _, readings in self._lexicon.read(tokens, [self._stem(token) for token in tokens]):
                said.append(next(iter(readings)))
                for token, likeness in readings.items():
                    best[token] = max(likeness, best.get(token, 0.0))
            telling.append({token for token in best if _tells(token)})
            best.update(dict.fromkeys(_pairs(said), 1.0))
            for token, likeness in best.items():
                counts[token] = counts.get(token, 0.0) + weight * likeness
            if key := subject_key(set(said)):
                subjects[key] = subjects.get(key, 0) + 1
        total = math.fsum(weight for _, weight in texts) or 1.0
        covers = [_covered(telling), *((NEEDED, sorted(map(self._stem, group))) for group in needed)]
        return Bag(total, {token: round(count, 2) for token, count in counts.items()}, subjects, covers)

    def _stem(self, word: str) -> str:
        found = self.surfaces.get(word)
        if found is None:
            found = self.surfaces[word] = stem(word)
        return found or word


def _covered(texts: Sequence[Set[str]]) -> tuple[float, Sequence[str]]:
    """The few stems one of which nearly every text has, behind what a question's silence on all of them says.

    That is how much rarer such a text is there than elsewhere: a page about waxing is hardly asked for without
    a word for it, as the Bernoulli model has it (McCallum & Nigam 1998). Greedy set cover: the commonest stem,
    then that of the remaining texts.
    """
    left = list(texts)
    cover: list[str] = []
    while left and len(cover) < COVER:
        times = Frequencies(token for text in left for token in text)
        token, count = max(times.items(), key=lambda item: (item[1], item[0]), default=("", 0))
        if count < max(COVER_TEXTS, COVER_PART * len(texts)):
            break
        cover.append(token)
        left = [text for text in left if token not in text]
    spoken = (len(texts) - len(left)) / (len(texts) + COVER_PRIOR)
    return round(COVER_WEIGHT * min(-math.log(1 - spoken), MOST_UNSPOKEN), 3), cover


def _tells(token: str) -> bool:
    return token not in GENERIC_STEMS and token not in NO_SUBJECT


def _pairs(said: Sequence[str]) -> Iterator[str]:
    """Each two neighbouring stems as one key, in whatever order they were said."""
    return (f"{one} {other}" if one < other else f"{other} {one}" for one, other in pairwise(said) if one != other)


def _cutoff(length: int) -> float:
    """The least similarity of a typo to a word that it is read as."""
    return LONG_CUTOFF if length >= LONG_WORD else FUZZY_CUTOFF


def _packed(numbers: Iterable[int], counts: Iterable[float]) -> str:
    """Documents and how often each has something, as one text."""
    return " ".join(map(str, numbers)) + "|" + " ".join(f"{count:g}" for count in counts)


def subject_key(tokens: Iterable[str]) -> str:
    """The telling ones of some stems, as one key."""
    return " ".join(sorted(filter(_tells, tokens)))


def build(documents: Iterable[Bag], surfaces: Mapping[str, str], lexicon: Lexicon, first: int = 0) -> State:
    """What an `Index` is made from: plain values, which can be stored as JSON and read back.

    The documents are numbered from `first`.
    """
    totals: list[float] = []
    covers: list[str] = []
    postings: dict[str, tuple[list[int], list[float]]] = {}
    subjects: dict[str, tuple[list[int], list[int]]] = {}
    for number, bag in enumerate(documents, start=first):
        totals.append(bag.total)
        covers.append(";".join(" ".join((f"{weight:g}", *cover)) for weight, cover in bag.covers))
        for token, count in bag.counts.items():
            numbers, counts = postings.setdefault(token, ([], []))
            numbers.append(number)
            counts.append(count)
        for key, texts in bag.subjects.items():
            about, times = subjects.setdefault(key, ([], []))
            about.append(number)
            times.append(texts)
    for token in [token for token, (_, counts) in postings.items() if " " in token and sum(counts) < LEAST_TEXTS]:
        del postings[token]
    # A word that stands in a phrase alone is no word of its own.
    known = {word: token for word, token in sorted(surfaces.items()) if not token or token in postings}
    lengths: dict[str, list[str]] = {}
    for word in known:
        lengths.setdefault(str(len(word)), []).append(word)
    return {
        **lexicon.state(),
        "surfaces": known,
        "lengths": {length: " ".join(words_of_it) for length, words_of_it in lengths.items()},
        # As texts, taken apart when a stem is first asked for: nearly all of them never are.
        "postings": {token: _packed(*posting) for token, posting in postings.items()},
        "subjects": {key: _packed(*about) for key, about in subjects.items()},
        "figures": {"totals": totals, "covers": covers, "hidden": []},
    }


class Index:
    """Documents by number, made from what `build` gives; `likely` is the only thing it does with them."""

    def __init__(self, state: State) -> None:
        self.lexicon = Lexicon.restore(state)
        # The stem of each known word; of a stopword, nothing.
        self._surfaces: Mapping[str, str] = state["surfaces"]
        self._lengths: Mapping[str, str] = state["lengths"]
        # For each stem, the documents that have it and how often, in order of document.
        self._postings: Mapping[str, str] = state["postings"]
        self._totals: Sequence[float] = state["figures"]["totals"]
        self._covers: Sequence[str] = state["figures"]["covers"]
        self._silences: dict[int, list[tuple[float, frozenset[str]]]] = {}
        # Documents that are no more there.
        self._hidden: frozenset[int] = frozenset(state["figures"]["hidden"])
        self._subjects: Mapping[str, str] = state["subjects"]
        self._budget = min(BUDGET, BUDGET_SHARE * len(self._totals))
        self._found = max(LEAST_FOUND, FOUND * self._budget // BUDGET)
        self._weighted: dict[str, dict[int, float]] = {}
        self._background: dict[str, float] = {}
        self._idfs: dict[str, float] = {}
        self._nearby: dict[tuple[int, str], list[str]] = {}

    def subject(self, text: str) -> str:
        """What a text is about: the stems that tell it, as one key."""
        return subject_key({next(iter(term.stems)) for term in self.lexicon.terms(text)})

    def unspoken(self, number: int, asked: Set[str]) -> float:
        """What speaks against a document because a question with these stems says nothing that its texts all say."""
        silences = self._silences.get(number)
        if silences is None:
            covers = [cover.split(" ") for cover in self._covers[number].split(";")]
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
        return {number: int(count) for number, count in self._unpacked(self._subjects.get(subject, "|"))}

    def _unpacked(self, text: str) -> Iterator[tuple[int, float]]:
        """Documents and how often each has something, without those that are hidden."""
        numbers, _, counts = text.partition("|")
        found = zip(map(int, numbers.split()), map(float, counts.split()), strict=True)
        return (pair for pair in found if pair[0] not in self._hidden) if self._hidden else found

    # Reading a question

    def query(self, text: str) -> Query:
        """What a question asks for, its unknown words read as known ones where they are near enough."""
        asked = self.lexicon.terms(text)
        if self._is_foreign(asked):
            terms = [term.stems for term in asked]
        else:
            post = len(asked) > POST_TERMS
            terms = [readings for term in asked if (readings := self._readings(term, post)) is not None]
        known = tuple([tuple([pair for pair in readings.items() if pair[0] in self._postings]) for readings in terms])
        stems: dict[str, float] = {}
        for readings_known in known:
            for token, likeness in readings_known:
                stems[token] = max(likeness, stems.get(token, 0.0))
        subject = subject_key({next(iter(term.stems)) for term in asked})
        return Query(tuple(terms), known, stems, math.fsum(map(self._says, known)), subject)

    def _is_foreign(self, asked: Sequence[Term]) -> bool:
        """Whether most words are unknown: then they are of another language and no typos."""
        known = sum(any(token in self._postings for token in term.stems) for term in asked)
        return len(asked) >= FOREIGN_TERMS and known < len(asked) / 2

    def _says(self, known: Sequence[tuple[str, float]]) -> float:
        """How much a term tells: the commonest of its readings decides."""
        return min([self.idf(token) for token, _ in known], default=UNKNOWN)

    def idf(self, token: str) -> float:
        """How telling a stem is: minus the logarithm of its share in the background, within bounds."""
        if token not in self._postings:
            return MOST_IDF
        if token not in self._idfs:
            share = self._share(token)
            telling = min(max(-math.log(3 * share), LEAST_IDF), MOST_IDF) if share else MOST_IDF
            self._idfs[token] = telling * GENERIC_SHARE if token in GENERIC_STEMS else telling
        return self._idfs[token]

    def _readings(self, term: Term, post: bool) -> Mapping[str, float] | None:
        """A term's readings, with those of a typo; None when it is a mistyped stopword."""
        word = term.word
        if len(word) < TYPO_LENGTH or any(token in self._postings for token in term.stems):
            return term.stems
        close = self._close(word, word[0] if post else "")
        if close and not self._surfaces[close[0][0]]:
            return None if len(word) >= STOPWORD_TYPO_LENGTH else term.stems
        found = {self._surfaces[near]: score for near, score in reversed(close) if self._surfaces[near]}
        return {**term.stems, **found}

    def _close(self, word: str, initial: str) -> list[tuple[str, float]]:
        """The known words that a word may be a typo of, nearest first."""
        # Imported with the first unknown word, of which many a question has none: it takes 15 ms.
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        near = self._near(len(word), initial)
        cutoff = _cutoff(len(word))
        found = process.extract(word, near, scorer=OSA.normalized_similarity, score_cutoff=cutoff, limit=3)
        close = [(known, score) for known, score, _ in found]
        if len(word) == SHORT_WORD:
            close = [(known, score) for known, score in close if known[0] == word[0] and known[-1] == word[-1]]
        return close

    def _near(self, length: int, initial: str) -> list[str]:
        """The known words, with this initial if one is given, that a word of this length can be close to."""
        key = (length, initial)
        if key not in self._nearby:
            # Longer or shorter words fail the cutoff.
            cutoff = _cutoff(length)
            lengths = range(math.ceil(length * cutoff), int(length / cutoff) + 1)
            near = [self._lengths.get(str(n), "").split() for n in lengths]
            self._nearby[key] = [word for known in near for word in known if word.startswith(initial)]
        return self._nearby[key]

    # Likelihood

    def likely(self, query: Query) -> dict[int, float]:
        """How much a question's words speak for each document that has any of them (sum of log ratios, ≥ 0)."""
        scores: dict[int, float] = {}
        get = scores.get
        seen = 0
        for known in sorted(query.known, key=self._length):
            best = self._best(known)
            if seen <= self._budget:
                for number, weight in best.items():
                    scores[number] = get(number, 0.0) + weight
            else:
                if len(scores) > self._found:
                    scores = dict(nlargest(self._found, scores.items(), key=lambda item: item[1]))
                for number in scores:
                    scores[number] += best.get(number, 0.0)
            seen += len(best)
        # Of a term its first known reading counts: its own stem, or else what it may be a typo of.
        first = [
            known[0][0] if known else next(iter(term)) for term, known in zip(query.terms, query.known, strict=True)
        ]
        for pair in dict.fromkeys(_pairs(first)):
            if pair in self._postings:
                for number, weight in self._weights(pair).items():
                    if number in scores:
                        scores[number] += PAIR_SHARE * min(weight, PAIR_MOST)
        return scores

    def _length(self, known: Sequence[tuple[str, float]]) -> int:
        return sum([len(self._weights(token)) for token, _ in known])

    def _best(self, known: Sequence[tuple[str, float]]) -> Mapping[int, float]:
        """What the best reading of a term says for each document."""
        if len(known) == 1 and known[0][1] == 1.0:
            return self._weights(known[0][0])
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
            for number, count in self._unpacked(self._postings[token]):
                ratio = (count / share + PRIOR) / (self._totals[number] + PRIOR)
                if ratio > 1:
                    found[number] = min(math.log(ratio) * factor, MOST)
            # Beyond the budget only the documents that a word says most for can matter.
            most = found if len(found) <= BUDGET else dict(nlargest(BUDGET, found.items(), key=lambda f: f[1]))
            self._weighted[token] = most
        return self._weighted[token]

    def _share(self, token: str) -> float:
        """The share of a stem in the background: in which part of its texts it stands (0–1)."""
        if token not in self._background:
            shares = (min(1.0, count / self._totals[n]) for n, count in self._unpacked(self._postings[token]))
            self._background[token] = math.fsum(shares) / BACKGROUND
        return self._background[token]
