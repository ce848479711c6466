"""The words of documents, counted: what an index is made from.

A document is a bag of texts: its title, its aliases and the wordings in which people ask for it. Counting all that
could be asked for takes four times as long as reading the texts, so each thing is counted when it is asked for.
"""

from __future__ import annotations

import math
from collections import Counter as Frequencies
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from .lookup import Made
from .text import GENERIC, Lexicon, stem
from .texts import Texts, pairs
from .typos import by_letters

__all__ = [
    "BODY_WEIGHT",
    "GENERIC_STEMS",
    "MOST_SUBJECT",
    "NO_SUBJECT",
    "TITLE_WEIGHT",
    "State",
    "subject_key",
    "tables",
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

State = Mapping[str, Mapping[str, Any]]
"""The tables of an index: dictionaries of lists, texts and numbers, in memory or looked up in a file."""


class _Counted:
    """What is counted of texts, and in which documents; as texts, which are taken apart when they are looked at."""

    def __init__(self, texts: Texts, needed: Sequence[Sequence[Sequence[str]]], first: int) -> None:
        self._texts = texts
        self._needed = needed
        self._first = first

    @property
    def totals(self) -> list[float]:
        """What the texts of each document weigh together."""
        weights = self._texts.weights
        return [math.fsum(weights[texts.start : texts.stop]) or 1.0 for texts in self._texts.of]

    def posting(self, key: str) -> str | None:
        """The documents that have a stem, or two as neighbours, and how often, by the weight of text and reading."""
        return self._counted(key, self._texts.with_pair(key) if " " in key else self._texts.with_stem(key))

    def postings(self) -> dict[str, str]:
        """The same of all stems and pairs."""
        having = {token: self._texts.with_stem(token) for token in self._texts.stems}
        for number, said in enumerate(self._texts.said):
            for pair in pairs(said):
                having.setdefault(pair, {})[number] = 1.0
        return {key: posting for key, texts in having.items() if (posting := self._counted(key, texts))}

    def _counted(self, key: str, having: Mapping[int, float]) -> str | None:
        weights, owners = self._texts.weights, self._texts.owners
        counts: dict[int, float] = {}
        for number, likeness in having.items():
            owner = owners[number]
            counts[owner] = counts.get(owner, 0.0) + weights[number] * likeness
        counts = {owner: round(count, 2) for owner, count in counts.items()}
        return None if not counts or (" " in key and sum(counts.values()) < LEAST_TEXTS) else self._packed(counts)

    def about(self, subject: str) -> str | None:
        """The documents that have texts about a subject and nothing else, and how many."""
        rarest = min([self._texts.having.get(token, ()) for token in subject.split(" ")], key=len)
        return self._owners([number for number in dict.fromkeys(rarest) if self._subject(number) == subject])

    def subjects(self) -> dict[str, str]:
        """The same of all subjects."""
        about: dict[str, list[int]] = {}
        for number in range(len(self._texts.said)):
            about.setdefault(self._subject(number), []).append(number)
        about.pop("", None)
        return {subject: owners for subject, texts in about.items() if (owners := self._owners(texts))}

    def _owners(self, texts: Sequence[int]) -> str | None:
        counts = Frequencies(self._texts.owners[number] for number in texts)
        return self._packed(counts) if counts else None

    def _subject(self, number: int) -> str:
        """What a text is about, as one key; nothing where it is too long to be asked in the same words."""
        about = set(self._texts.said[number])
        return subject_key(about) if len(about) <= MOST_SUBJECT else ""

    def cover(self, key: str) -> str | None:
        """Groups of stems one of which a question for a document should have, behind what its silence says."""
        number = int(key) - self._first
        if not 0 <= number < len(self._needed):
            return None
        covered = _covered([self._texts.readings(text) - NO_SUBJECT for text in self._texts.of[number]])
        groups = [covered, *((NEEDED, sorted(map(self._texts.stem, group))) for group in self._needed[number])]
        return ";".join(" ".join((f"{weight:g}", *cover)) for weight, cover in groups)

    def covers(self) -> dict[str, str]:
        """The same of all documents."""
        keys = [str(self._first + number) for number in range(len(self._needed))]
        return {key: cover for key in keys if (cover := self.cover(key))}

    def _packed(self, counts: Mapping[int, float]) -> str:
        """Documents and how often each has something, as one text."""
        numbers = " ".join([str(self._first + number) for number in counts])
        return numbers + "|" + " ".join([f"{count:g}" for count in counts.values()])


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


def subject_key(tokens: Iterable[str]) -> str:
    """The telling ones of some stems, as one key."""
    return " ".join(sorted(set(tokens) - NO_SUBJECT))


def tables(texts: Texts, needed: Sequence[Sequence[Sequence[str]]], lexicon: Lexicon, first: int = 0) -> State:
    """What an `Index` is made from: plain values, which can be stored as JSON and read back.

    The documents are numbered from `first`; a question for one should have a word of each of its groups of `needed`.
    """
    counted = _Counted(texts, needed, first)
    for word in {word for groups in needed for group in groups for word in group}:
        texts.stem(word)
    stems = texts.stems
    # A word that stands in a phrase alone is no word of its own.
    known = {word: token for word, token in sorted(texts.surfaces.items()) if not token or token in stems}
    return {
        **lexicon.state(),
        "surfaces": known,
        "letters": by_letters(known),
        "postings": Made(counted.posting, counted.postings),
        "subjects": Made(counted.about, counted.subjects),
        "covers": Made(counted.cover, counted.covers),
        "figures": {"totals": counted.totals, "topics": [], "hidden": []},
    }
