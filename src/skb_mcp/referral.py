"""Guarantee G4: the red-flag screen, compiled from reviewed rules that are data, not code.

A rule fires when one of its patterns holds: every `all_of` concept is there, at least one of
`any_of`, none of `none_of`. This is a screen for a referral, not triage and not a medical device.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import islice
from typing import Any, NamedTuple, Self

from .hearing import Hearing
from .models import LEVELS, Level, Reason, Referral, ReferralBasis
from .screen_tables import State
from .second_reading import MOST_WORDS, NOTHING, Doubt, Heard, Score, SecondReader, pieces, together, windows
from .text import split_sentences

__all__ = ["Screen"]

MOST_MESSAGES: dict[Level, int] = {"emergency": 3, "urgent": 2, "prompt": 2}
"""Of several rules of one level only so many give their message; the reasons name them all."""


class Screen:
    """Rules made ready by `compile_screen`, perhaps read back from JSON; `check` is a pure function of the text."""

    def __init__(self, state: State) -> None:
        self._hearing = Hearing(state)
        # Rules by number, the gravest first; a rule is looked up when it fires.
        self._rules: Mapping[str, Mapping[str, Any]] = state["rules"]
        self._labels: Mapping[str, str] = state["labels"]
        figures = state["figures"]
        self._levels: Sequence[Level] = figures["levels"]
        self._standing_in: Mapping[Level, int] = figures["standing_in"]
        self._numbers: Mapping[str, int] = figures["numbers"]
        self._checks: dict[str, list[_Check]] = {}
        for pattern in figures["patterns"]:
            check = _Check.of(*pattern)
            # By a concept without which it cannot hold.
            self._checks.setdefault(check.order[0], []).append(check)
        self._second = SecondReader(state["learned"], state["weights"], state["kinds"])

    def check(self, text: str) -> Referral | None:
        """The referral that `text` calls for, its gravest rule first; None when no rule fires."""
        message, sentences = self._heard(text)
        scores = self._second.read(message, sentences)
        recognised = self._fired(message, sentences)
        if recognised and self._levels[min(recognised)] != "prompt":
            for number in self._held_back(recognised, sentences, scores, text):
                del recognised[number]
        level = self._levels[min(recognised)] if recognised else "routine"
        graver = (raised for raised in scores if LEVELS.index(raised) > LEVELS.index(level) and scores[raised].enough)
        if raised := next(graver, None):
            piece = next(islice(pieces(message, sentences), scores[raised].piece, None))
            number, concepts = self._read_again(raised, piece)
            recognised[number] = concepts
        reasons = []
        messages = []
        for number in sorted(recognised):
            rule = self._rules[str(number)]
            basis = tuple(ReferralBasis(title=title, url=url) for title, url in rule["basis"])
            labels = tuple(dict.fromkeys(self._labels[concept] for concept in recognised[number])) or (rule["title"],)
            reasons.append(Reason(rule=rule["id"], level=self._levels[number], recognised=labels, basis=basis))
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

    def _read_again(self, level: Level, piece: Heard) -> tuple[int, Iterable[str]]:
        """The rule that speaks for a level that the second reader found in a piece, and what it was found by."""
        rule = self._second.kind(piece, level)
        checks = (check for checks in self._checks.values() for check in checks if self._levels[check.rule] == level)
        # Of what is named, only what rules of this level look for is a reason.
        reasons = piece.concepts.intersection(concept for check in checks for concept in check.order)
        return self._numbers[rule] if rule else self._standing_in[level], self._second.told(reasons, level)

    def features(self, text: str) -> set[str]:
        """What the second reader sees of a message as a whole; it learned from the same."""
        return self._heard(text)[0].features

    def _heard(self, text: str) -> tuple[Heard, list[Heard]]:
        """What a message says, and what each of its sentences does, with the concepts that are built from others."""
        named = [self._hearing.hear(sentence) for sentence in split_sentences(text)]
        sentences = list(map(self._built, named))
        if len(sentences) == 1:
            return sentences[0], sentences
        return self._built(together(named) if named else NOTHING), sentences

    def _built(self, heard: Heard) -> Heard:
        concepts = self._hearing.build(heard.concepts)
        same = len(heard.asserted) == len(heard.concepts)
        return Heard(concepts, concepts if same else self._hearing.build(heard.asserted), heard.stems, heard.pairs)

    # Rules

    def _fired(self, message: Heard, sentences: Iterable[Heard]) -> dict[int, Iterable[str]]:
        """By number, each rule that fires, with the concepts by which it does."""
        question, alone = message.concepts, [sentence.concepts for sentence in sentences]
        scopes = {"sentence": alone, "question": [question], "either": [*alone, question]}
        fired: dict[int, dict[str, None]] = {}
        for check in self._likely(question.union(*alone)):
            for found in scopes[check.within]:
                if seen := dict.fromkeys(check.seen(found)):
                    fired.setdefault(check.rule, {}).update(seen)
        return dict(fired)

    def _held_back(
        self, fired: Iterable[int], sentences: Sequence[Heard], scores: Mapping[Level, Score], text: str
    ) -> list[int]:
        """The grave rules among those that fired which the second reader doubts; `prompt` takes no answer away."""
        grave = [number for number in fired if self._levels[number] != "prompt"]
        words = text.split()
        if len(words) > MOST_WORDS:
            return []
        doubt = self._second.doubts(scores, (self._built(self._hearing.hear(part)) for part in windows(words)))
        if doubt is Doubt.TALK:
            return self._only_talk(grave, sentences)
        return grave if doubt is Doubt.ALL else []

    def _only_talk(self, fired: Iterable[int], sentences: Iterable[Heard]) -> list[int]:
        """Those of some rules which need the words of a lesson, or of what is long over, to fire.

        What the other sentences report stands: who had acne years ago may be burnt today.
        """
        reported = [sentence for sentence in sentences if not self._second.is_talk(sentence)]
        whole = self._built(together(reported)) if reported else NOTHING
        still = self._fired(whole, reported)
        return [number for number in fired if number not in still]

    def _likely(self, anywhere: Set[str]) -> list[_Check]:
        """The checks that can hold where these concepts are named, in order."""
        named = self._checks.keys() & anywhere
        return sorted([check for concept in named for check in self._checks[concept] if check.all_of <= anywhere])


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
