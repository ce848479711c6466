"""Known words that an unknown one may be a typo of, found without comparing it with all of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

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
    """Words by one of their first two letters and one of their last two, as one text each ("rh": "rash rough …")."""
    found: dict[str, list[str]] = {}
    for word in known:
        for key in _keys(word[:2], word[-2:]):
            found.setdefault(key, []).append(word)
    return {key: " ".join(held) for key, held in found.items()}


def _keys(first: str, last: str) -> Iterable[str]:
    return dict.fromkeys(one + other for one in first for other in last)


class Spellings:
    """Words that are known, as `by_letters` has them.

    One typo leaves one of a word's first two letters among the first two of what was typed, and so with the last
    two. So only such words are compared, a tenth of all; two typos in the first two letters, or in the last, are not
    read.
    """

    def __init__(self, letters: Mapping[str, str]) -> None:
        self._letters = letters
        self._words: dict[str, dict[int, list[str]]] = {}

    def near(self, word: str, *, same_initial: bool = False) -> list[tuple[str, float]]:
        """The known words that a word may be a typo of, nearest first, each with its similarity (0–1)."""
        # Imported with the first unknown word, of which many a question has none: it takes 15 ms.
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        cutoff = LONG_CUTOFF if len(word) >= LONG_WORD else FUZZY_CUTOFF
        initials = word[0] if same_initial else word[:2]
        # Longer or shorter words fail the cutoff.
        lengths = range(math.ceil(len(word) * cutoff), int(len(word) / cutoff) + 1)
        held = map(self._of, _keys(initials, word[-2:]))
        choices = [known for by_length in held for n in lengths for known in by_length.get(n, ())]
        found = process.extract(word, choices, scorer=OSA.normalized_similarity, score_cutoff=cutoff, limit=None)
        close = {known: score for known, score, _ in found if self._may_be(known, word, same_initial=same_initial)}
        return sorted(close.items(), key=lambda item: (-item[1], item[0]))[:NEAREST]

    def _of(self, key: str) -> Mapping[int, Sequence[str]]:
        """The words of a key, by their length."""
        if key not in self._words:
            found = self._words[key] = {}
            for word in self._letters.get(key, "").split():
                found.setdefault(len(word), []).append(word)
        return self._words[key]

    @staticmethod
    def _may_be(known: str, word: str, *, same_initial: bool) -> bool:
        if len(word) == SHORT_WORD:
            return known[0] == word[0] and known[-1] == word[-1]
        return not same_initial or known[0] == word[0]
