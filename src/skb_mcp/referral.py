"""Guarantee G4: the red-flag screen, compiled from reviewed rules that are data, not code.

A rule fires when one of its patterns holds: every `all_of` concept is there, at least one of
`any_of`, none of `none_of`. This is a screen for a referral, not triage and not a medical device.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import accumulate
from typing import Any, NamedTuple, Self

from .models import LEVELS, Level, Reason, Referral, ReferralBasis
from .rules import RedFlags, Rule
from .text import split_sentences, stem, words

__all__ = ["Screen", "State", "compile_screen"]

NEGATION_REACH = 5
"""A cue such as "no" negates what begins within this many words behind it (NegEx uses a window of
five, Chapman et al. 2001, doi:10.1006/jbin.2001.1029)."""
BACKWARD_REACH = 8
"""A cue such as "not any more" negates what begins within this many words before it."""
GAP_REACH = 3
"""The most words that a `*` in a phrase stands for."""
TYPO_LENGTH = 5
"""Words of this length or more are also recognised with one typo."""

MOST_MESSAGES: dict[Level, int] = {"emergency": 3, "urgent": 2, "prompt": 2}
"""Of several rules of one level only so many give their message; the reasons name them all."""

_CLAUSE = re.compile(r"[,:;()\u2013\u2014]|\s-+\s")
_PLAIN = re.compile(r"[a-z0-9|]+\Z")
_OR = frozenset({"or", "nor"})
_GAP = "*"


class _Phrase(NamedTuple):
    """The stems that may stand at each place of a phrase behind its first; at a gap, None. The last place is none."""

    concept: str
    places: tuple[frozenset[str] | None, ...]
    last: frozenset[str]


State = Mapping[str, Mapping[str, Any]]
"""The tables of a compiled screen: dictionaries of lists, texts and numbers, in memory or looked up in a file."""


class Screen:
    """Rules made ready by `compile_screen`, perhaps read back from JSON; `check` is a pure function of the text."""

    def __init__(self, state: State) -> None:
        # Rules by number, the gravest first; a rule is looked up when it fires.
        self._rules: Mapping[str, Mapping[str, Any]] = state["rules"]
        self._labels: Mapping[str, str] = state["labels"]
        figures = state["figures"]
        self._checks: dict[str, list[_Check]] = {}
        for pattern in figures["patterns"]:
            check = _Check.of(*pattern)
            # By a concept without which it cannot hold.
            self._checks.setdefault(check.order[0], []).append(check)
        self._built = [(name, frozenset(any_of), frozenset(none_of)) for name, any_of, none_of in figures["built"]]
        self._not_typos = frozenset(figures["not_typos"].split())
        self._stems = frozenset(figures["stems"].split())
        self._known: Mapping[str, str] = state["known"]
        self._typos: Mapping[str, str] = state["typos"]
        self._single: Mapping[str, Sequence[str]] = state["single"]
        # As texts, taken apart when their first word is first said: nearly all of them never are.
        self._stored: Mapping[str, Sequence[str]] = state["phrases"]
        self._phrases: dict[str, dict[str, list[_Phrase]]] = {}
        negation = figures["negation"]
        self._before, self._behind = _cues(negation["before"]), _cues(negation["behind"])
        self._stops, self._unless = frozenset(negation["stop"]), frozenset(negation["unless"])
        self._returns = frozenset(negation["returns"])

    def _beginning(self, first: str) -> Mapping[str, list[_Phrase]]:
        """The phrases that begin with a stem, by what may stand at their second place."""
        if first not in self._stored:
            return {}
        if first not in self._phrases:
            found = self._phrases[first] = {}
            for stored in self._stored[first]:
                concept, *parts = stored.split(" ")
                places = [part.split("|") for part in parts]
                rest = tuple([None if place == [_GAP] else frozenset(place) for place in places[1:]])
                phrase = _Phrase(concept, rest, frozenset(places[-1]))
                # Most phrases end at their second word: "my" begins many, and few of them go on as typed.
                for second in places[1] if len(places[1]) < 4 else (_GAP,):
                    found.setdefault(second, []).append(phrase)
        return self._phrases[first]

    def check(self, text: str) -> Referral | None:
        """The referral that `text` calls for, its gravest rule first; None when no rule fires."""
        named = [self._concepts(sentence) for sentence in split_sentences(text)]
        sentences, question = [self._build(concepts) for concepts in named], self._build(set().union(*named))
        scopes = {"sentence": sentences, "question": [question], "either": [*sentences, question]}
        recognised: dict[int, dict[str, None]] = {}
        for check in self._likely(question.union(*sentences)):
            for found in scopes[check.within]:
                recognised.setdefault(check.rule, {}).update(dict.fromkeys(check.seen(found)))
        reasons = []
        messages = []
        for number in sorted(rule for rule, concepts in recognised.items() if concepts):
            rule = self._rules[str(number)]
            basis = tuple(ReferralBasis(title=title, url=url) for title, url in rule["basis"])
            labels = tuple(dict.fromkeys(self._labels[concept] for concept in recognised[number]))
            reasons.append(Reason(rule=rule["id"], level=rule["level"], recognised=labels, basis=basis))
            messages.append(rule["message"])
        if not reasons:
            return None
        # Two emergencies at once need both instructions: rinse the eye, and call for help. More are not read.
        level = reasons[0].level
        gravest = [pair for pair in zip(reasons, messages, strict=True) if pair[0].level == level]
        # The rules that recognised most know best what it is about; of equals, in order of their ids.
        gravest.sort(key=lambda pair: -len(pair[0].recognised))
        said = " ".join(message for _, message in gravest[: MOST_MESSAGES[level]])
        return Referral(level=level, message=said, reasons=tuple(reasons))

    def _likely(self, anywhere: Set[str]) -> Iterator[_Check]:
        """The checks that can hold where these concepts are named, in order."""
        found = {check.number: check for concept in anywhere for check in self._checks.get(concept, ())}
        return (found[number] for number in sorted(found) if found[number].all_of <= anywhere)

    def _build(self, found: Set[str]) -> frozenset[str]:
        """The concepts found in a scope, and those that are built from them."""
        built = set(found)
        for name, any_of, none_of in self._built:
            if not any_of.isdisjoint(built) and none_of.isdisjoint(built):
                built.add(name)
        return frozenset(built)

    def _concepts(self, sentence: str) -> set[str]:
        """Each concept that a sentence names, un-negated."""
        clauses = [_words(clause) for clause in _CLAUSE.split(sentence)]
        typed = [word for clause in clauses for word in clause]
        line = [self._read(word) for word in typed]
        cues = frozenset(at for at, word in enumerate(typed) if word in self._before)
        negated = self._negated(typed, set(accumulate(map(len, clauses))))
        said = {candidate for candidates in line for candidate in candidates}
        found: set[str] = set()
        for at, candidates in enumerate(line):
            if negated[at]:
                continue
            follows = (*line[at + 1], _GAP) if at + 1 < len(line) else (_GAP,)
            for first in candidates:
                found.update(self._single.get(first, ()))
                beginning = self._beginning(first)
                for second in follows if beginning else ():
                    for phrase in beginning.get(second, ()):
                        # Most phrases end in a word that is not there at all.
                        if phrase.concept in found or phrase.last.isdisjoint(said):
                            continue
                        if _matches(phrase.places, line, at + 1, cues):
                            found.add(phrase.concept)
        return found

    def _read(self, word: str) -> tuple[str, ...]:
        """The vocabulary stems that a typed word may stand for: its own, or those of one typo away."""
        if word in self._known:
            return (self._known[word],)
        own = stem(word)
        if own in self._stems or len(word) < TYPO_LENGTH or word in self._not_typos:
            return (own,)
        from rapidfuzz.distance import OSA  # late, as in `index`

        near = (known for key in _deletes(word) for known in self._typos.get(key, "").split())
        close = {known for known in near if OSA.distance(known, word) <= 1}
        return tuple(sorted({self._known[w] for w in close})) or (own,)

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


class _Compiler:
    """The words and phrases of a vocabulary as stems."""

    def __init__(self, red_flags: RedFlags) -> None:
        self.single: dict[str, list[str]] = {}
        self.phrases: dict[str, list[str]] = {}
        self.known: dict[str, str] = {}
        self._parts: dict[str, list[list[str]]] = {}
        for name, concept in red_flags.vocabulary.concepts.items():
            for phrase in concept.words:
                self._add(name, phrase)

    def _add(self, concept: str, phrase: str) -> None:
        places = [options for part in phrase.split() for options in self._places(part)]
        # Anything may stand behind the last word of a phrase.
        while len(places) > 1 and places[-1] == [_GAP]:
            places.pop()
        for first in places[0]:
            if len(places) > 1:
                self.phrases.setdefault(first, []).append(" ".join([concept, *("|".join(place) for place in places)]))
            elif concept not in self.single.setdefault(first, []):
                self.single[first].append(concept)

    def _places(self, part: str) -> list[list[str]]:
        """What may stand at the places that a part of a phrase takes: one for a word or for `a|b`, two for "e-mail"."""
        if part not in self._parts:
            if part == _GAP or "|" in part:
                places = [[part] if part == _GAP else _words(part)]
            else:
                places = [[word] for word in _words(part)]
            self._parts[part] = [list(dict.fromkeys(map(self._learn, options))) for options in places]
        return self._parts[part]

    def _learn(self, word: str) -> str:
        if word not in self.known:
            self.known[word] = word if word == _GAP else stem(word)
        return self.known[word]


def compile_screen(red_flags: RedFlags) -> State:
    """What a `Screen` is made from; the gravest rules come first."""
    compiler = _Compiler(red_flags)
    concepts = red_flags.vocabulary.concepts
    rules = sorted(red_flags.rules, key=lambda rule: (-LEVELS.index(rule.level), rule.id))
    return {
        "rules": {
            str(number): {
                "id": rule.id,
                "level": rule.level,
                "message": rule.message,
                "basis": [(f"{basis.publisher} — {basis.title}", basis.url) for basis in rule.basis],
            }
            for number, rule in enumerate(rules)
        },
        "labels": {name: concept.label for name, concept in concepts.items()},
        "single": compiler.single,
        "phrases": compiler.phrases,
        "known": compiler.known,
        "typos": _deletions(word for word in compiler.known if len(word) >= TYPO_LENGTH),
        "figures": {
            "patterns": _numbered(rules),
            "built": [(name, concept.any_of, concept.none_of) for name, concept in concepts.items() if concept.any_of],
            "not_typos": " ".join(red_flags.not_typos),
            "stems": " ".join(sorted(set(compiler.known.values()))),
            "negation": red_flags.vocabulary.negation.model_dump(),
        },
    }


def _numbered(rules: Iterable[Rule]) -> list[Sequence[Any]]:
    """The patterns of all rules: their number, that of their rule, scope, and concepts."""
    patterns = [(number, pattern) for number, rule in enumerate(rules) for pattern in rule.patterns]
    return [
        (at, number, pattern.within, pattern.all_of, pattern.any_of, pattern.none_of)
        for at, (number, pattern) in enumerate(patterns)
    ]


class _Check(NamedTuple):
    """A pattern of a rule, made ready for many looks."""

    number: int
    rule: int
    within: str
    all_of: frozenset[str]
    any_of: frozenset[str]
    none_of: frozenset[str]
    order: tuple[str, ...]

    @classmethod
    def of(
        cls, number: int, rule: int, within: str, all_of: Sequence[str], any_of: Sequence[str], none_of: Sequence[str]
    ) -> Self:
        """A check made from lists."""
        sets = (frozenset(all_of), frozenset(any_of), frozenset(none_of))
        return cls(number, rule, within, *sets, (*all_of, *any_of))

    def seen(self, found: Set[str]) -> Iterator[str]:
        """The concepts by which the pattern holds in a scope; none when it does not."""
        if (
            self.all_of <= found
            and self.none_of.isdisjoint(found)
            and (not self.any_of or not self.any_of.isdisjoint(found))
        ):
            yield from (concept for concept in self.order if concept in found)


def _words(text: str) -> list[str]:
    """The words of a text; "don't" and "dont" are one."""
    return [word.replace("n't", "nt") for word in words(text)]


def _cues(phrases: Iterable[str]) -> dict[str, list[list[str]]]:
    """Cues of negation by their first word."""
    cues: dict[str, list[list[str]]] = {}
    for cue in dict.fromkeys(tuple(_words(phrase)) for phrase in phrases):
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


def _deletes(word: str) -> Iterator[str]:
    """The word itself and every way to leave one letter out (symmetric deletion, Garbe 2012)."""
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def _deletions(known: Iterable[str]) -> dict[str, str]:
    """For each way to leave a letter out, the words of which it makes the same."""
    found: dict[str, str] = {}
    for word in known:
        for key in _deletes(word):
            found[key] = f"{found[key]} {word}" if key in found else word
    return found
