"""What a sentence names: the concepts of the red-flag vocabulary, in any of their words, typos included, un-negated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import accumulate, pairwise
from typing import NamedTuple, Self

from .lookup import Kept, finder
from .screen_tables import GAP, TYPO_LENGTH, State, deletes, typed_words
from .second_reading import DENIED, Heard
from .text import stem

__all__ = ["Hearing"]

NEGATION_REACH = 5
"""A cue such as "no" negates what begins within this many words behind it (NegEx uses a window of
five, Chapman et al. 2001, doi:10.1006/jbin.2001.1029)."""
BACKWARD_REACH = 8
"""A cue such as "not any more" negates what begins within this many words before it."""
SUBJECT_REACH = 3
"""The most words before "isn't" that are its subject, and before "not" with the verb."""
GAP_REACH = 3
"""The most words that a `*` in a phrase stands for."""

KEPT = 4096
"""Typed words whose readings are kept in memory."""

_CLAUSE = re.compile(r"[,:;()\u2013\u2014]|\s-+\s")
_OR = frozenset({"or", "nor"})
_IS, _NOT = frozenset({"is", "are", "was", "were", "am", "im"}), frozenset({"not", "never", "neither"})
_IS_NOT = frozenset({"isnt", "arent", "wasnt", "werent", "aint"})


class _Phrase(NamedTuple):
    """The stems that may stand at each place of a phrase behind its first; at a gap, None. The last place is none."""

    concept: str
    places: tuple[frozenset[str] | None, ...]
    last: frozenset[str]

    @classmethod
    def of(cls, stored: str) -> Self:
        """A phrase from its text: the concept, and what may stand at each place ("taking_it the|my pill|tablet")."""
        concept, *parts = stored.split(" ")
        places = [part.split("|") for part in parts]
        rest = tuple([None if place == [GAP] else frozenset(place) for place in places])
        return cls(concept, rest, frozenset(places[-1]))


class Hearing:
    """The vocabulary of a compiled screen; `hear` is a pure function of a sentence."""

    def __init__(self, state: State) -> None:
        figures = state["figures"]
        self._built = [(name, frozenset(any_of), frozenset(none_of)) for name, any_of, none_of in figures["built"]]
        self._not_typos = frozenset(figures["not_typos"].split())
        self._stems = frozenset(figures["stems"].split())
        self._known = finder(state["known"])
        self._reading: Callable[[str], tuple[str, ...]] = Kept(self._read, KEPT).__getitem__
        self._typos = finder(state["typos"])
        self._single: Callable[[str], Sequence[str] | None] = finder(state["single"])
        # As texts, taken apart when their first two words are first said: nearly all of them never are.
        self._stored: Callable[[str], Mapping[str, Sequence[str]] | None] = finder(state["phrases"])
        self._phrases: dict[tuple[str, str], tuple[list[_Phrase], frozenset[str]]] = {}
        negation = figures["negation"]
        self._before, self._behind = _cues(negation["before"]), _cues(negation["behind"])
        self._stops, self._unless = frozenset(negation["stop"]), frozenset(negation["unless"])
        self._returns = frozenset(negation["returns"])

    def hear(self, sentence: str) -> Heard:
        """What a sentence says: its concepts, un-negated, its stems, marked where they are not asserted, and pairs."""
        clauses = [typed_words(clause) for clause in _CLAUSE.split(sentence)]
        typed = [word for clause in clauses for word in clause]
        line = list(map(self._reading, typed))
        cues = frozenset(at for at, word in enumerate(typed) if word in self._before)
        ends = set(accumulate(map(len, clauses)))
        negated = self._negated(typed, ends)
        denies = any(negated)
        subjects = self._subjects(typed, ends, negated) if denies else negated
        said = {candidate for candidates in line for candidate in candidates}
        found: set[str] = set()
        asserted: set[str] = set()
        for at in range(len(line)):
            if not negated[at]:
                into = found if subjects[at] else asserted
                for first in line[at]:
                    into.update(self._single(first) or ())
                    if begun := self._stored(first):
                        into.update(self._phrases_at(first, begun, line, at, cues, said, asserted))
        pairs = frozenset(pairwise([candidates[0] for candidates in line]))
        if not denies:
            return Heard(frozenset(asserted), frozenset(asserted), frozenset(said), pairs)
        stems = [
            DENIED + candidate if negated[at] or subjects[at] else candidate
            for at, candidates in enumerate(line)
            for candidate in candidates
        ]
        return Heard(frozenset(found | asserted), frozenset(asserted), frozenset(stems), pairs)

    def _phrases_at(
        self,
        first: str,
        begun: Mapping[str, Sequence[str]],
        line: Sequence[tuple[str, ...]],
        at: int,
        cues: Set[int],
        said: Set[str],
        known: Set[str],
    ) -> Iterator[str]:
        """The concepts of the phrases with this first word, stored by their second, that stand in a line from there."""
        for second in (*line[at + 1], GAP) if at + 1 < len(line) else (GAP,):
            if second not in begun:
                continue
            phrases, lasts = self._taken_apart(first, second, begun[second])
            # Most phrases end in a word that is not there at all.
            if lasts.isdisjoint(said):
                continue
            for phrase in phrases:
                if phrase.concept in known or phrase.last.isdisjoint(said):
                    continue
                if _matches(phrase.places, line, at + 1, cues):
                    yield phrase.concept

    def build(self, found: Set[str]) -> frozenset[str]:
        """The concepts found in a scope, and those that are built from them."""
        built = set(found)
        for name, any_of, none_of in self._built:
            if not any_of.isdisjoint(built) and none_of.isdisjoint(built):
                built.add(name)
        return frozenset(built)

    def _taken_apart(self, first: str, second: str, stored: Sequence[str]) -> tuple[list[_Phrase], frozenset[str]]:
        """The phrases that begin with these two words, and the words in which they end."""
        key = first, second
        if key not in self._phrases:
            phrases = list(map(_Phrase.of, stored))
            self._phrases[key] = phrases, frozenset[str]().union(*(phrase.last for phrase in phrases))
        return self._phrases[key]

    def _read(self, word: str) -> tuple[str, ...]:
        """The vocabulary stems that a typed word may stand for: its own, or those of one typo away."""
        if known := self._known(word):
            return (known,)
        own = stem(word)
        if own in self._stems or len(word) < TYPO_LENGTH or word in self._not_typos:
            return (own,)
        from rapidfuzz.distance import OSA  # late, as in `index`

        near = (known for key in deletes(word) for known in (self._typos(key) or "").split())
        close = {known for known in near if OSA.distance(known, word) <= 1}
        return tuple(sorted({found for w in close if (found := self._known(w))})) or (own,)

    def _subjects(self, typed: Sequence[str], ends: Set[int], negated: Sequence[bool]) -> list[bool]:
        """Which words are the subject of a denial: up to three before "is not", in its clause."""
        subjects = [False] * len(typed)
        for at, word in enumerate(typed):
            denies = word in _IS_NOT or (word in _NOT and at > 0 and typed[at - 1] in _IS)
            if denies and at + 1 < len(typed) and negated[at + 1]:
                start = max((end for end in ends if end <= at), default=0)
                for before in range(max(start, at - SUBJECT_REACH), at):
                    subjects[before] = True
        return subjects

    def _negated(self, typed: list[str], ends: Set[int]) -> list[bool]:
        """Which words a cue negates: up to five behind it, to the next stop word or the end of its clause.

        A list goes on behind a comma up to its last word ("no fever, swelling or pain"); a clause does not
        ("no relief, lips swelling").
        """
        negated = [False] * len(typed)
        for _, end in _found(self._before, typed):
            reach = typed[end : end + NEGATION_REACH]
            listed = max((n for n, word in enumerate(reach) if word in _OR), default=-1)
            stops = (n for n, word in enumerate(reach) if word in self._stops or (end + n in ends and n > listed))
            size = next(stops, len(reach))
            if self._unless.isdisjoint(reach[:size]):
                negated[end : end + size] = [True] * size
        for start, end in _found(self._behind, typed):
            denied = start > 0 and typed[start - 1] in self._before
            if not denied and self._returns.isdisjoint(typed[end : end + NEGATION_REACH]):
                first = max(start - BACKWARD_REACH, 0)
                negated[first:start] = [True] * (start - first)
        return negated


def _cues(phrases: Iterable[str]) -> dict[str, list[list[str]]]:
    """Cues of negation by their first word."""
    cues: dict[str, list[list[str]]] = {}
    for cue in dict.fromkeys(tuple(typed_words(phrase)) for phrase in phrases):
        if cue:
            cues.setdefault(cue[0], []).append(list(cue))
    return cues


def _found(cues: Mapping[str, list[list[str]]], typed: list[str]) -> Iterator[tuple[int, int]]:
    """Where each cue begins and ends in a line."""
    for start, word in enumerate(typed):
        for cue in cues.get(word, ()):
            if typed[start : start + len(cue)] == cue:
                yield start, start + len(cue)


def _matches(places: Sequence[frozenset[str] | None], line: Sequence[tuple[str, ...]], at: int, cues: Set[int]) -> bool:
    """Whether the places of a phrase stand in `line` from position `at` on; a gap does not reach over a negation."""
    for number, place in enumerate(places):
        if place is None:
            return any(_matches(places[number + 1 :], line, at + gap, cues) for gap in _gaps(at, cues))
        if at >= len(line) or place.isdisjoint(line[at]):
            return False
        at += 1
    return True


def _gaps(at: int, cues: Set[int]) -> Iterator[int]:
    """How many words a gap may stand for: none to three, and none behind a negation."""
    for gap in range(GAP_REACH + 1):
        yield gap
        if at + gap in cues:
            return
