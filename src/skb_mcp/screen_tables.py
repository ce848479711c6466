"""Red-flag rules made ready: the words and phrases of a vocabulary as stems, in plain tables that can be stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .models import LEVELS
from .second_reading import Weights, packed
from .text import stem, words

if TYPE_CHECKING:
    # Compiled rules are read without the models of those that they came from.
    from .rules import RedFlags, Rule

__all__ = ["GAP", "TYPO_LENGTH", "State", "by_first", "compile_screen", "deletes", "typed_words"]

TYPO_LENGTH = 5
"""Words of this length or more are also recognised with one typo."""
GAP = "*"
"""In a phrase, a few words."""
MOST_SECOND = 3
"""A phrase with so many words at its second place is found by each; with more, as if any word might stand there."""

State = Mapping[str, Mapping[str, Any]]
"""The tables of a compiled screen: dictionaries of lists, texts and numbers, in memory or looked up in a file."""


class _Compiler:
    """The words and phrases of a vocabulary as stems."""

    def __init__(self, red_flags: RedFlags) -> None:
        self.single: dict[str, list[str]] = {}
        # By first stem, and by what may stand at the second place.
        self.phrases: dict[str, dict[str, list[str]]] = {}
        self.known: dict[str, str] = {}
        self._parts: dict[str, list[list[str]]] = {}
        for name, concept in red_flags.vocabulary.concepts.items():
            for phrase in concept.words:
                self._add(name, phrase)

    def _add(self, concept: str, phrase: str) -> None:
        places = [options for part in phrase.split() for options in self._places(part)]
        # Anything may stand behind the last word of a phrase.
        while len(places) > 1 and places[-1] == [GAP]:
            places.pop()
        for first in places[0]:
            if len(places) > 1:
                begun = self.phrases.setdefault(first, {})
                text = " ".join([concept, *("|".join(place) for place in places[1:])])
                # "My" begins many phrases, and few of them go on as typed.
                for second in places[1] if len(places[1]) <= MOST_SECOND else (GAP,):
                    begun.setdefault(second, []).append(text)
            elif concept not in self.single.setdefault(first, []):
                self.single[first].append(concept)

    def _places(self, part: str) -> list[list[str]]:
        """What may stand at the places that a part of a phrase takes: one for a word or for `a|b`, two for "e-mail"."""
        if part not in self._parts:
            if part == GAP or "|" in part:
                places = [[part] if part == GAP else typed_words(part)]
            else:
                places = [[word] for word in typed_words(part)]
            self._parts[part] = [list(dict.fromkeys(map(self._learn, options))) for options in places]
        return self._parts[part]

    def _learn(self, word: str) -> str:
        if word not in self.known:
            self.known[word] = word if word == GAP else stem(word)
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
                "title": rule.title,
                "message": rule.message,
                "basis": [(f"{basis.publisher} — {basis.title}", basis.url) for basis in rule.basis],
            }
            for number, rule in enumerate(rules)
        },
        "labels": {name: concept.label for name, concept in concepts.items()},
        "learned": red_flags.learned.model_dump(exclude={"weights", "kinds"}) if red_flags.learned else {},
        # Asked for when a level is raised.
        "kinds": red_flags.learned.model_dump(include={"kinds"})["kinds"] if red_flags.learned else {},
        # Each looked up when its word is first said.
        "weights": by_first(red_flags.learned.weights) if red_flags.learned else {},
        "single": compiler.single,
        "phrases": compiler.phrases,
        "known": compiler.known,
        "typos": _deletions(word for word in compiler.known if len(word) >= TYPO_LENGTH),
        "figures": {
            "levels": [rule.level for rule in rules],
            "numbers": {rule.id: number for number, rule in enumerate(rules)},
            "standing_in": {rule.level: number for number, rule in enumerate(rules) if rule.stands_in},
            "patterns": _numbered(rules),
            "built": [(name, concept.any_of, concept.none_of) for name, concept in concepts.items() if concept.any_of],
            "not_typos": " ".join(red_flags.not_typos),
            "stems": " ".join(sorted(set(compiler.known.values()))),
            "negation": red_flags.vocabulary.negation.model_dump(),
        },
    }


def by_first(weights: Mapping[str, Sequence[float]]) -> dict[str, Weights]:
    """The weights of each stem alone, and by the stem behind it those of both."""
    found: dict[str, tuple[int, dict[str, int]]] = {}
    for feature, held in weights.items():
        first, _, second = feature.partition(" ")
        own, behind = found.get(first, (0, {}))
        if second:
            behind[second] = packed(held)
        else:
            own = packed(held)
        found[first] = own, behind
    return dict(found)


def _numbered(rules: Iterable[Rule]) -> list[Sequence[Any]]:
    """The patterns of all rules: their number, that of their rule, scope, and concepts."""
    patterns = [(number, pattern) for number, rule in enumerate(rules) for pattern in rule.patterns]
    return [
        (at, number, pattern.within, pattern.all_of, pattern.any_of, pattern.none_of)
        for at, (number, pattern) in enumerate(patterns)
    ]


def typed_words(text: str) -> list[str]:
    """The words of a text; "don't" and "dont" are one."""
    return [word.replace("n't", "nt") for word in words(text)]


def deletes(word: str) -> Iterator[str]:
    """The word itself and every way to leave one letter out (symmetric deletion, Garbe 2012)."""
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def _deletions(known: Iterable[str]) -> dict[str, str]:
    """For each way to leave a letter out, the words of which it makes the same."""
    found: dict[str, str] = {}
    for word in known:
        for key in deletes(word):
            found[key] = f"{found[key]} {word}" if key in found else word
    return found
