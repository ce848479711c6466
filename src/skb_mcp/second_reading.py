"""A second reading of a message: is it like those that are known to have reported danger?

Rules know the words that their authors thought of. People find others, and so a second reader learned from
messages whose level is known: a logistic regression for each level ("this one, or a graver one"), over the
words of a message, each two neighbours, and the concepts that the vocabulary has for them. It raises a level; and it
holds a rule back where nothing in the message is like a report of danger: a rule that needs the words of a story, a
lesson or something long over sooner than others.
`benchmarks/learn_screen.py` learns it; the weights are data beside the rules.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import pairwise
from typing import Any, NamedTuple

from .lookup import Kept, finder
from .models import LEVELS, Level

__all__ = [
    "DENIED",
    "MOST_WORDS",
    "NOTHING",
    "Doubt",
    "Heard",
    "Score",
    "SecondReader",
    "packed",
    "pieces",
    "together",
    "unpacked",
    "windows",
]

PER_PIECE = 0.9
"""How much more a score must be for each natural logarithm of the number of pieces: of many pieces one is easily like
a report by chance."""
WINDOWS, STEP = (15, 10, 6), 3
"""How many words the small pieces have, the largest first, and how many words behind one the next begins."""
MOST_WORDS = 200
"""A text of more words is not read in small pieces, which would take too long, and nothing in it is held back."""
KEPT = 4096
"""Stems whose weights are kept in memory."""
PARTS, WIDTH = 1000, 40
"""A weight is a whole number of thousandths, and takes so many bits: sums are exact, in whatever order."""
HALF = 1 << WIDTH - 1
"""Sums of weights lie below this, and above its negative."""
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
    the stems, those of typos too, the ones that are not asserted are marked (after Das & Chen 2001). `pairs` are each
    two neighbours, unmarked.
    """

    concepts: frozenset[str]
    asserted: frozenset[str]
    stems: frozenset[str]
    pairs: frozenset[tuple[str, str]]

    @property
    def features(self) -> set[str]:
        """What a second reader sees."""
        return {*self.stems, *(CONCEPT + concept for concept in self.asserted), *map(" ".join, self.pairs)}

    def beside(self, other: Heard) -> Heard:
        """What is said here and not in another piece."""
        return Heard(
            self.concepts - other.concepts,
            self.asserted - other.asserted,
            self.stems - other.stems,
            self.pairs - other.pairs,
        )


NOTHING = Heard(frozenset(), frozenset(), frozenset(), frozenset())


def together(heard: Iterable[Heard]) -> Heard:
    """What pieces say together."""
    concepts, asserted, stems, pairs = zip(*heard, strict=True)
    none: frozenset[Any] = frozenset()
    return Heard(none.union(*concepts), none.union(*asserted), none.union(*stems), none.union(*pairs))


def pieces(message: Heard, sentences: Sequence[Heard]) -> Iterator[Heard]:
    """The pieces in which a message is read: the whole, then each sentence alone, and with the next.

    Danger may stand in the midst of talk about creams.
    """
    yield message
    if len(sentences) > 1:
        yield from sentences
        yield from map(together, pairwise(sentences))


def windows(words: Sequence[str]) -> Iterator[str]:
    """The parts of a text, given as its words, that are a few words long, each mostly in the next."""
    for size in dict.fromkeys(min(size, len(words)) for size in WINDOWS):
        for at in range(0, max(len(words) - size, 0) + STEP, STEP):
            yield " ".join(words[at : at + size])


Weights = tuple[int, Mapping[str, int]]
"""The weights of a feature, packed, 0 for none, and of what may stand behind it."""


def packed(weights: Sequence[float]) -> int:
    """Weights, one for each level, side by side in one whole number, so that one addition adds them all."""
    return sum(round(weight * PARTS) << WIDTH * at for at, weight in enumerate(weights))


def unpacked(total: int, count: int) -> list[float]:
    """What a sum of packed weights is for each of some levels."""
    found = []
    for _ in range(count):
        low = (total + HALF & 2 * HALF - 1) - HALF
        found.append(low / PARTS)
        total = (total - low) >> WIDTH
    return found


class Doubt(Enum):
    """Which rules are held back: none, those that need the words of a story or lesson, or all."""

    NONE = 0
    TALK = 1
    ALL = 2


class Score(NamedTuple):
    """How much a message is like those of a level or a graver one (log odds); which of its pieces is most so."""

    value: float
    enough: bool
    piece: int


class SecondReader:
    """What was learned, as `rules.Learned` has it, its weights and its kinds; all empty where nothing was.

    `weights` has for a stem, or a concept, its own weights, and by the stem behind it those of each two neighbours.
    """

    def __init__(
        self, learned: Mapping[str, Any], weights: Mapping[str, Weights], kinds: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self._learned = dict(learned)
        self._kinds = kinds
        self._find = finder(weights)
        # People type any words; concepts are as many as the vocabulary has.
        self._of_stem: Callable[[str], int] = Kept(self._own, KEPT).__getitem__
        self._of_concept: Callable[[str], int] = Kept(lambda concept: self._own(CONCEPT + concept)).__getitem__
        levels: Sequence[Level] = self._learned.get("levels", ())
        # By place among the weights, the gravest first.
        self._levels = sorted(enumerate(levels), key=lambda level: -LEVELS.index(level[1]))

    def read(self, message: Heard, sentences: Sequence[Heard]) -> dict[Level, Score]:
        """The score of each level, the gravest first."""
        if not self._levels:
            return {}
        # As `pieces` has them; a sentence is weighed once, and of the next only what it adds to it.
        sums = [self._sum(message)]
        if len(sentences) > 1:
            alone = list(map(self._sum, sentences))
            sums += alone
            said = zip(pairwise(sentences), alone, strict=False)
            sums += [known + self._sum(other.beside(one)) for (one, other), known in said]
        rows = [unpacked(total, len(self._levels)) for total in sums]
        constants, least = self._learned["constants"], self._learned["least"]
        more = PER_PIECE * math.log(len(sums))
        scores: dict[Level, Score] = {}
        for at, level in self._levels:
            column = [row[at] for row in rows]
            most = max(column)
            value = constants[at] + most
            scores[level] = Score(value, value >= least[at] + more, column.index(most))
        return scores

    def _sum(self, piece: Heard) -> int:
        """The weights of what a piece says, together, packed."""
        total = sum(map(self._of_stem, piece.stems)) + sum(map(self._of_concept, piece.asserted))
        for first, second in piece.pairs:
            if held := self._find(first):
                total += held[1].get(second, 0)
        return total

    def _own(self, feature: str) -> int:
        """A feature's own weights, packed."""
        held = self._find(feature)
        return held[0] if held else 0

    def kind(self, piece: Heard, level: Level) -> str | None:
        """The rule of a level that speaks of what a piece reports; None where no kind is likely."""
        scores: dict[str, float] = {}
        for kind in self._kinds.values():
            if level in kind["rules"]:
                held = (kind["weights"][feature] for feature in piece.features if feature in kind["weights"])
                scores[kind["rules"][level]] = kind["constant"] + math.fsum(held)
        best = max(scores, key=scores.__getitem__, default=None)
        return best if best is not None and scores[best] >= LIKELY else None

    def told(self, concepts: Iterable[str], level: Level) -> list[str]:
        """Those of some concepts that speak most for a level, the most telling first."""
        at = self._learned["levels"].index(level)
        says = {concept: unpacked(self._of_concept(concept), at + 1)[at] for concept in concepts}
        return sorted((c for c in says if says[c] >= TELLS), key=lambda c: (-says[c], c))[:MOST_TOLD]

    def doubts(self, scores: Mapping[Level, Score], closer: Iterable[Heard]) -> Doubt:
        """Whether what is grave may be a mistake: where no piece of a message is like those that report danger.

        Before that is said, smaller pieces (`closer`) are looked at: people write without full stops.
        """
        if "urgent" not in scores:
            return Doubt.NONE
        floor, calm = self._learned["floor"], self._learned["calm"]
        value = scores["urgent"].value
        smaller = iter(closer)
        while value < calm:
            if (piece := next(smaller, None)) is None:
                return Doubt.ALL if value < floor else Doubt.TALK
            value = max(value, self.read(piece, ())["urgent"].value)
        return Doubt.NONE

    def is_talk(self, sentence: Heard) -> bool:
        """Whether a sentence says that it is about no one now: a lesson, a story, or something long over."""
        return not sentence.concepts.isdisjoint(self._learned.get("talk", ()))
