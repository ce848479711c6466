"""Guarantee G4: the red-flag screen, compiled from reviewed rules that are data, not code.

A rule fires when one of its patterns holds: every `all_of` concept is there, at least one of
`any_of`, none of `none_of`. This is a screen for a referral, not triage and not a medical device.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from rapidfuzz.distance import OSA

from .models import LEVELS, Reason, Referral, ReferralBasis
from .rules import Pattern, RedFlags, Rule
from .text import split_sentences, stem, words

__all__ = ["Screen"]

NEGATION_REACH = 5
"""A cue such as "no" negates what begins within this many words behind it (NegEx uses a window of
five, Chapman et al. 2001, doi:10.1006/jbin.2001.1029)."""
GAP_REACH = 3
"""The most words that a `*` in a phrase stands for."""
TYPO_LENGTH = 5
"""Words of this length or more are also recognised with one typo."""

_PLAIN = re.compile(r"[a-z0-9* ]+\Z")
_CLAUSE = re.compile(r"[,:;()\u2013\u2014]|\s-+\s")
_OR = frozenset({"or", "nor"})
_NONE: frozenset[str] = frozenset()


class _Phrase(NamedTuple):
    concept: str
    stems: tuple[str, ...]


class Screen:
    """Compiled rules; `check` is a pure function of the text."""

    def __init__(self, red_flags: RedFlags) -> None:
        vocabulary = red_flags.vocabulary
        self.rules = tuple(sorted(red_flags.rules, key=lambda r: (-LEVELS.index(r.level), r.id)))
        self._labels = {name: concept.label for name, concept in vocabulary.concepts.items()}
        self._not_typos = frozenset(red_flags.not_typos)
        self._single: dict[str, set[str]] = {}
        self._phrases: dict[str, list[_Phrase]] = {}
        self._known: dict[str, str] = {}
        for name, concept in vocabulary.concepts.items():
            for phrase in concept.words:
                self._add(name, phrase)
        self._stems = frozenset(self._known.values())
        self._cues: dict[str, list[list[str]]] = {}
        for cue in filter(None, map(words, vocabulary.negation.before)):
            self._cues.setdefault(cue[0], []).append(cue)
        self._stops = frozenset(vocabulary.negation.stop)

    def _add(self, concept: str, phrase: str) -> None:
        # Nearly every phrase is plain words; taking those apart is a good part of a cold start.
        parts = phrase.split()
        tokens = parts if _PLAIN.match(phrase) else [t for p in parts for t in (["*"] if p == "*" else words(p))]
        for token in tokens:
            if token not in self._known:
                self._known[token] = "*" if token == "*" else stem(token)
        stems = tuple([self._known[token] for token in tokens])
        if len(stems) == 1:
            self._single.setdefault(stems[0], set()).add(concept)
        elif stems:
            self._phrases.setdefault(stems[0], []).append(_Phrase(concept, stems))

    @cached_property
    def _typos(self) -> dict[str, tuple[str, ...]]:
        return _deletions(w for w in self._known if len(w) >= TYPO_LENGTH)

    def check(self, text: str) -> Referral | None:
        """The referral that `text` calls for, its gravest rule first; None when no rule fires."""
        sentences = [self._concepts(s) for s in split_sentences(text)]
        everywhere = frozenset().union(*sentences)
        reasons = []
        messages = []
        for rule in self.rules:
            recognised = self._fires(rule, sentences, everywhere)
            if recognised:
                basis = tuple(ReferralBasis(title=f"{b.publisher} — {b.title}", url=b.url) for b in rule.basis)
                labels = tuple(dict.fromkeys(self._labels[c] for c in recognised))
                reasons.append(Reason(rule=rule.id, level=rule.level, recognised=labels, basis=basis))
                messages.append(rule.message)
        if not reasons:
            return None
        # Two emergencies at once need both instructions: rinse the eye, and call for help.
        level = reasons[0].level
        gravest = [text for text, reason in zip(messages, reasons, strict=True) if reason.level == level]
        return Referral(level=level, message=" ".join(gravest), reasons=tuple(reasons))

    def _fires(self, rule: Rule, sentences: Sequence[Set[str]], everywhere: frozenset[str]) -> tuple[str, ...]:
        """The concepts of every pattern of a rule that holds, each once; none when the rule does not fire."""
        recognised: dict[str, None] = {}
        for pattern in rule.patterns:
            if not everywhere.issuperset(pattern.all_of):
                continue
            for found in sentences if pattern.within == "sentence" else (everywhere,):
                if _holds(pattern, found):
                    concepts = (*pattern.all_of, *(c for c in pattern.any_of if c in found))
                    recognised.update(dict.fromkeys(concepts))
        return tuple(recognised)

    def _concepts(self, sentence: str) -> frozenset[str]:
        """Each concept found in a sentence, un-negated."""
        clauses = [words(clause) for clause in _CLAUSE.split(sentence)]
        typed = [word for clause in clauses for word in clause]
        line = [self._read(word) for word in typed]
        cues = frozenset(at for at, word in enumerate(typed) if word in self._cues)
        negated = self._negated(typed, set(accumulate(map(len, clauses))))
        found: set[str] = set()
        for at, candidates in enumerate(line):
            if negated[at]:
                continue
            for first in candidates:
                found |= self._single.get(first, _NONE)
                follows = line[at + 1] if at + 1 < len(line) else ()
                for phrase in self._phrases.get(first, ()):
                    # Most phrases end at their second word: "my" begins many, and few of them go on as typed.
                    second = phrase.stems[1]
                    fits = second == "*" or second in follows
                    if fits and phrase.concept not in found and _matches(phrase.stems, 1, line, at + 1, cues):
                        found.add(phrase.concept)
        return frozenset(found)

    def _read(self, word: str) -> tuple[str, ...]:
        """The vocabulary stems that a typed word may stand for: its own, or those of one typo away."""
        if word in self._known:
            return (self._known[word],)
        own = stem(word)
        if own in self._stems or len(word) < TYPO_LENGTH or word in self._not_typos:
            return (own,)
        close = {w for key in _deletes(word) for w in self._typos.get(key, ()) if OSA.distance(w, word) <= 1}
        return tuple(sorted({self._known[w] for w in close})) or (own,)

    def _negated(self, typed: list[str], ends: Set[int]) -> list[bool]:
        """Which words a cue negates: up to five behind it, to the next stop word or the end of its clause.

        A list goes on behind a comma ("no fever, swelling or pain"); "no relief, lips swelling" is none.
        """
        negated = [False] * len(typed)
        for start in range(len(typed)):
            for cue in self._cues.get(typed[start], ()):
                end = start + len(cue)
                if typed[start:end] == cue:
                    reach = min(end + NEGATION_REACH, len(typed))
                    listed = not _OR.isdisjoint(typed[end:reach])
                    for at in range(end, reach):
                        if at in ends and not listed:
                            break
                        negated[at] = True
                        if typed[at] in self._stops:
                            break
        return negated


def _holds(pattern: Pattern, found: Set[str]) -> bool:
    return (
        all(c in found for c in pattern.all_of)
        and (not pattern.any_of or any(c in found for c in pattern.any_of))
        and not any(c in found for c in pattern.none_of)
    )


def _matches(phrase: tuple[str, ...], done: int, line: Sequence[tuple[str, ...]], at: int, cues: Set[int]) -> bool:
    """Whether the rest of `phrase` stands in `line` from position `at` on; a gap does not reach over a negation."""
    if done == len(phrase):
        return True
    if phrase[done] == "*":
        for gap in range(GAP_REACH + 1):
            if _matches(phrase, done + 1, line, at + gap, cues):
                return True
            if at + gap in cues:
                break
        return False
    return at < len(line) and phrase[done] in line[at] and _matches(phrase, done + 1, line, at + 1, cues)


def _deletes(word: str) -> Iterator[str]:
    """The word itself and every way to leave one letter out (symmetric deletion, Garbe 2012)."""
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def _deletions(known: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for word in known:
        for key in _deletes(word):
            found[key] = (*found.get(key, ()), word)
    return found
