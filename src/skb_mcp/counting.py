"""The words of documents, counted: what an index is made from.

A document is a bag of texts: its title, its aliases and the wordings in which people ask for it.
"""

from __future__ import annotations

import math
from collections import Counter as Frequencies
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import pairwise
from typing import Any, NamedTuple

from .text import GENERIC, STOPWORDS, Lexicon, stem, undenied, words
from .typos import by_letters

__all__ = [
    "BODY_WEIGHT",
    "GENERIC_STEMS",
    "TITLE_WEIGHT",
    "Bag",
    "Counter",
    "State",
    "Text",
    "build",
    "pairs",
    "subject_key",
]

TITLE_WEIGHT = 3.0
"""A title counts as much as this many other texts of a document."""
BODY_WEIGHT = 0.3
"""The running text of a page without other names counts this much."""

MOST_SUBJECT = 12
"""The most stems of a text whose subject is kept: nobody asks in the very words of a longer one."""
COVER, COVER_TEXTS, COVER_PART = 4, 3, 0.05
"""The most words of a document's cover, and the least number and part of its texts that a further one must cover."""
COVER_PRIOR, COVER_WEIGHT, MOST_UNSPOKEN = 4.0, 0.75, 3.0
"""Texts without a word of the cover that are added to those there are; how much the silence of a question counts,
and the most that it says before that (natural logarithm)."""
NEEDED = 8.0
"""What speaks against a document where a question names none of the words that it must name for it."""
LEAST_TEXTS = 2
"""Pairs of words that stand in fewer texts, of whatever document, are left out: they are many, and tell little."""

GENERIC_STEMS = frozenset(map(stem, GENERIC))
NO_SUBJECT = GENERIC_STEMS.union(map(stem, ("skin", "face", "post")))
"""Words that tell no subject: generic ones, and those that stand in the names of too many pages."""

Text = tuple[str, float]
"""A text of a document and its weight."""

State = Mapping[str, Mapping[str, Any]]
"""The tables of an index: dictionaries of lists, texts and numbers, in memory or looked up in a file."""


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
            telling.append(best.keys() - NO_SUBJECT)
            best.update(dict.fromkeys(pairs(said), 1.0))
            for token, likeness in best.items():
                counts[token] = counts.get(token, 0.0) + weight * likeness
            if (about := set(said)) and len(about) <= MOST_SUBJECT and (key := subject_key(about)):
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


def pairs(said: Sequence[str]) -> Iterator[str]:
    """Each two neighbouring stems as one key, in whatever order they were said."""
    return (f"{one} {other}" if one < other else f"{other} {one}" for one, other in pairwise(said) if one != other)


def _packed(numbers: Iterable[int], counts: Iterable[float]) -> str:
    """Documents and how often each has something, as one text."""
    return " ".join(map(str, numbers)) + "|" + " ".join(f"{count:g}" for count in counts)


def subject_key(tokens: Iterable[str]) -> str:
    """The telling ones of some stems, as one key."""
    return " ".join(sorted(set(tokens) - NO_SUBJECT))


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
    return {
        **lexicon.state(),
        "surfaces": known,
        "letters": by_letters(known),
        # As texts, taken apart when a stem is first asked for: nearly all of them never are.
        "postings": {token: _packed(*posting) for token, posting in postings.items()},
        "subjects": {key: _packed(*about) for key, about in subjects.items()},
        "figures": {"totals": totals, "covers": covers, "topics": [], "hidden": []},
    }
