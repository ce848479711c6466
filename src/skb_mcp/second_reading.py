"""A second reading of a message: is it like those that are known to have reported danger?

Rules know the words that their authors thought of. People find others, and so a second reader learned from
messages whose level is known: a logistic regression for each level ("this one, or a graver one"), over the
words of a message and the concepts that the vocabulary has for them. It raises a level; and it holds a rule back
where the message itself speaks of a story, a lesson or something long over and is not like a report of danger.
`benchmarks/learn_screen.py` learns it; the weights are data beside the rules.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from .models import LEVELS, Level

__all__ = ["DENIED", "NOTHING", "Heard", "SecondReader", "pieces", "together"]

SHORT = 25
"""A message of so many words or fewer is read as a whole; a longer one also by sentences, each alone and with the
next: danger may stand in the midst of talk about creams."""
PER_PIECE = 0.6
"""How much more a score must be for each natural logarithm of the number of pieces: of many pieces one is easily like
a report by chance."""
LIKELY = 1.0
"""The least score (log odds) of a kind of danger that is named."""
TELLS, MOST_TOLD = 0.5, 3
"""The least weight of a concept that is said to have been recognised, and how many are."""
DENIED = "-"
"""What marks a word that is denied."""
CONCEPT = "#"
"""What sets a concept apart from a word."""


class Heard(NamedTuple):
    """What a message, or a piece of it, says: the concepts that it names, those of them that it asserts, and stems.

    Denied is what a cue negates; asserted is not even its subject, as "throat" is in "my throat is not closing". Of
    the stems, those of typos too, the ones that are not asserted are marked (after Das & Chen 2001).
    """

    concepts: frozenset[str]
    asserted: frozenset[str]
    stems: frozenset[str]

    @property
    def features(self) -> set[str]:
        """What a second reader sees."""
        return {*self.stems, *(CONCEPT + concept for concept in self.asserted)}


NOTHING = Heard(frozenset(), frozenset(), frozenset())


def together(heard: Iterable[Heard]) -> Heard:
    """What pieces say together."""
    concepts, asserted, stems = zip(*heard, strict=True)
    return Heard(frozenset().union(*concepts), frozenset().union(*asserted), frozenset().union(*stems))


def pieces(message: Heard, sentences: Sequence[Heard], words: int) -> Iterator[Heard]:
    """The pieces in which a message of so many words is read, the whole first."""
    yield message
    if _is_long(sentences, words):
        yield from sentences
        yield from map(together, pairwise(sentences))


def _is_long(sentences: Sequence[Heard], words: int) -> bool:
    return words > SHORT and len(sentences) > 1


class Score(NamedTuple):
    """How much a message is like those of a level or a graver one (log odds); which of its pieces is most so."""

    value: float
    enough: bool
    piece: int


class SecondReader:
    """What was learned, as `rules.Learned` has it, and its weights; both empty where nothing was."""

    def __init__(self, learned: Mapping[str, Any], weights: Mapping[str, Sequence[float]]) -> None:
        self._learned = learned
        self._weights = weights

    def read(self, message: Heard, sentences: Sequence[Heard], words: int) -> dict[Level, Score]:
        """The score of each level, the gravest first."""
        levels: Sequence[Level] = self._learned.get("levels", ())
        if not levels:
            return {}
        # As `pieces` has them; a sentence is weighed once.
        said = [self._weigh(message)]
        if _is_long(sentences, words):
            alone = [self._weigh(sentence) for sentence in sentences]
            said += alone
            said += [{**one, **other} for one, other in pairwise(alone)]
        nothing = [0.0] * len(levels)
        sums = [[math.fsum(column) for column in zip(*rows.values(), strict=True)] or nothing for rows in said]
        constants, least = self._learned["constants"], self._learned["least"]
        more = PER_PIECE * math.log(len(said))
        scores: dict[Level, Score] = {}
        for at in sorted(range(len(levels)), key=lambda at: -LEVELS.index(levels[at])):
            piece = max(range(len(sums)), key=lambda number: sums[number][at])
            value = constants[at] + sums[piece][at]
            scores[levels[at]] = Score(value, value >= least[at] + more, piece)
        return scores

    def _weigh(self, piece: Heard) -> dict[str, Sequence[float]]:
        """The weights of what a piece says, by feature."""
        return {feature: held for feature in piece.features if (held := self._weights.get(feature))}

    def kind(self, piece: Heard, level: Level) -> str | None:
        """The rule of a level that speaks of what a piece reports; None where no kind is likely."""
        scores: dict[str, float] = {}
        for kind in self._learned["kinds"].values():
            if level in kind["rules"]:
                held = (kind["weights"][feature] for feature in piece.features if feature in kind["weights"])
                scores[kind["rules"][level]] = kind["constant"] + math.fsum(held)
        best = max(scores, key=scores.__getitem__, default=None)
        return best if best is not None and scores[best] >= LIKELY else None

    def told(self, concepts: Iterable[str], level: Level) -> list[str]:
        """Those of some concepts that speak most for a level, the most telling first."""
        at = self._learned["levels"].index(level)
        says = {concept: held[at] for concept in concepts if (held := self._weights.get(CONCEPT + concept))}
        return sorted((c for c in says if says[c] >= TELLS), key=lambda c: (-says[c], c))[:MOST_TOLD]

    def is_calm(self, message: Heard, sentences: Sequence[Heard]) -> bool:
        """Whether neither a message nor any sentence of it, however short, is like those that report what is grave."""
        scores = self.read(message, sentences, SHORT + 1)
        calm: float = self._learned.get("calm", 0.0)
        return "urgent" in scores and scores["urgent"].value < calm

    def is_talk(self, sentence: Heard) -> bool:
        """Whether a sentence says that it is about no one now: a lesson, a story, or something long over."""
        return not sentence.concepts.isdisjoint(self._learned.get("talk", ()))
