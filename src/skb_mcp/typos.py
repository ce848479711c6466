"""Known words that an unknown one may be a typo of, found without comparing it with all of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

__all__ = ["Spellings", "by_letters"]

FUZZY_CUTOFF = 0.75
"""Least similarity (1 − OSA distance / length) at which an unknown word is read as a known one."""
LONG_WORD, LONG_CUTOFF = 7, 0.7
"""Words of this length may hold two typos."""
SHORT_WORD = 4
"""Words of this length are a letter away from too many others, so they must keep their first and last letter
(mars is marks, rash is not wash)."""
NEAREST = 3
"""At most so many words are given for one."""


def by_letters(known: Iterable[str]) -> dict[str, str]:
    """Words by their length and either of their first two letters, as one text each ("5r": "rashy tries …")."""
    found: dict[str, list[str]] = {}
    for word in known:
        for letter in dict.fromkeys(word[:2]):
            found.setdefault(f"{len(word)}{letter}", []).append(word)
    return {key: " ".join(held) for key, held in found.items()}


class Spellings:
    """Words that are known, as `by_letters` has them.

    One typo leaves one of a word's first two letters among the first two of what was typed. So only such words
    are compared, a third of all; two typos in these very letters are not read.
    """

    def __init__(self, letters: Mapping[str, str]) -> None:
        self._letters = letters
        self._words: dict[str, list[str]] = {}

    def near(self, word: str, *, same_initial: bool = False) -> list[tuple[str, float]]:
        """The known words that a word may be a typo of, nearest first, each with its similarity (0–1)."""
        # Imported with the first unknown word, of which many a question has none: it takes 15 ms.
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        length = len(word)
        cutoff = LONG_CUTOFF if length >= LONG_WORD else FUZZY_CUTOFF
        initials = word[0] if same_initial else word[:2]
        # Longer or shorter words fail the cutoff.
        lengths = range(math.ceil(length * cutoff), int(length / cutoff) + 1)
        keys = [f"{n}{letter}" for n in lengths for letter in dict.fromkeys(initials)]
        choices = [known for key in keys for known in self._of(key)]
        found = process.extract(word, choices, scorer=OSA.normalized_similarity, score_cutoff=cutoff, limit=None)
        close = {known: score for known, score, _ in found if self._may_be(known, word, same_initial=same_initial)}
        return sorted(close.items(), key=lambda item: (-item[1], item[0]))[:NEAREST]

    def _of(self, key: str) -> list[str]:
        if key not in self._words:
            self._words[key] = self._letters.get(key, "").split()
        return self._words[key]

    @staticmethod
    def _may_be(known: str, word: str, *, same_initial: bool) -> bool:
        if len(word) == SHORT_WORD:
            return known[0] == word[0] and known[-1] == word[-1]
        return not same_initial or known[0] == word[0]
