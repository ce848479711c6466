"""What the texts of documents say, read once, text by text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from .text import DENIALS, STOPWORDS, Lexicon, stem, undenied, words

__all__ = ["Text", "Texts", "pairs"]

Text = tuple[str, float]
"""A text of a document and its weight."""


class Texts:
    """The texts of documents: what each says, and which of them say a stem.

    A text has a number, which begins with 0 at the first document's title; so has a document, in the same order.

    Attributes:
        said: for each text, the stems that it says, in order.
        owners: for each text, the document that has it.
        weights: for each text, what it counts.
        of: for each document, its texts.
        having: for each stem, the texts that say it, in order; one that says it twice stands there twice.
        surfaces: every word that was met, with its stem; a stopword, with nothing.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self.said: list[Sequence[str]] = []
        self.owners: list[int] = []
        self.weights: list[float] = []
        self.of: list[range] = []
        self.having: defaultdict[str, list[int]] = defaultdict(list)
        self.surfaces: dict[str, str] = dict.fromkeys(STOPWORDS, "")
        self._lexicon = lexicon
        self._meanings = {said: meanings for said, meanings in lexicon.single.items() if meanings}
        self._meant_by: defaultdict[str, list[str]] = defaultdict(list)
        for said, meanings in self._meanings.items():
            for meaning in meanings:
                self._meant_by[meaning].append(said)
        # By stem: the texts in which it is the meaning of a phrase and no word of its own.
        self._for_phrases: defaultdict[str, set[int]] = defaultdict(set)
        self._telling = _Telling(lexicon, self.stem)

    def add(self, texts: Sequence[Text], spoken: Sequence[Sequence[str]]) -> None:
        """Read the texts of the next document, given with the words of each."""
        owner, first = len(self.of), len(self.said)
        said_by, having, telling = self.said, self.having, self._telling
        for number, ((text, weight), tokens) in enumerate(zip(texts, spoken, strict=True), start=first):
            # A wording may name what it is not about ("brown, no dents"), as a question may. Most texts deny nothing
            # and hold no phrase; what is not ASCII may deny in other letters.
            if not DENIALS.isdisjoint(tokens) or not text.isascii():
                tokens = words(undenied(text, self._lexicon.deniable))
            said = [token for word in tokens if (token := telling[word])]
            if not telling.beginnings.isdisjoint(pairwise(tokens)):
                said = self._with_phrases(tokens, number)
            said_by.append(said)
            self.weights.append(weight)
            for token in said:
                having[token].append(number)
        self.of.append(range(first, len(said_by)))
        self.owners += [owner] * len(texts)

    def stem(self, word: str) -> str:
        """The stem of a word, which is met by that; a stopword stands for itself."""
        found = self.surfaces.get(word)
        if found is None:
            found = self.surfaces[word] = stem(word)
        return found or word

    def with_stem(self, token: str) -> dict[int, float]:
        """The texts that say a stem or a word for it, in order, and how well each does (0–1)."""
        own = self.having.get(token, ())
        if token not in self._meant_by:
            return dict.fromkeys(own, 1.0)
        found: dict[int, float] = {}
        for said in self._meant_by[token]:
            found |= dict.fromkeys(self._as_word(said), Lexicon.SYNONYM_WEIGHT)
        return dict(sorted({**found, **dict.fromkeys(own, 1.0)}.items()))

    def with_pair(self, pair: str) -> dict[int, float]:
        """The texts in which two stems are neighbours, in order, each with 1."""
        one, _, other = pair.partition(" ")
        rarer, asked = sorted((one, other), key=lambda token: len(self.having.get(token, ())))
        texts = dict.fromkeys(self.having.get(rarer, ()), 1.0)
        return {number: 1.0 for number in texts if asked in self.said[number] and pair in pairs(self.said[number])}

    def readings(self, number: int) -> set[str]:
        """The stems that a text says, with those that its words may stand for."""
        found = set(self.said[number])
        for token in self._meanings.keys() & found:
            if number not in self._for_phrases.get(token, ()):
                found.update(self._meanings[token])
        return found

    @property
    def stems(self) -> set[str]:
        """Every stem that a text says, or says a word for."""
        meanings = {meaning for meaning, said in self._meant_by.items() if any(map(self._as_word, said))}
        return {*self.having, *meanings}

    def _as_word(self, token: str) -> Sequence[int]:
        """The texts in which a stem is that of a word, and not only the meaning of a phrase."""
        having = self.having.get(token, ())
        without = self._for_phrases.get(token)
        return [number for number in having if number not in without] if without else having

    def _with_phrases(self, tokens: Sequence[str], number: int) -> list[str]:
        """What a text of these words says, its phrases replaced by what they mean."""
        said: list[str] = []
        as_word: set[str] = set()
        for _, readings in self._lexicon.read(tokens, list(map(self.stem, tokens))):
            token = next(iter(readings))
            said.append(token)
            if len(readings) > 1:
                as_word.add(token)
        for token in self._meanings.keys() & set(said) - as_word:
            self._for_phrases[token].add(number)
        return said


class _Telling(dict[str, str]):
    """What each word says: its stem, or nothing; worked out when it is first met.

    Attributes:
        beginnings: each two of these words with which a phrase begins.
    """

    def __init__(self, lexicon: Lexicon, stemmed: Callable[[str], str]) -> None:
        self.beginnings: set[tuple[str, str]] = set()
        self._lexicon = lexicon
        self._stemmed = stemmed
        self._next: defaultdict[str, set[str]] = defaultdict(set)
        self._before: defaultdict[str, set[str]] = defaultdict(set)
        for phrases in lexicon.phrases.values():
            for (first, second, *_), _ in phrases:
                self._next[first].add(second)
                self._before[second].add(first)
        # Of the stems in these, the words that were met.
        self._words: defaultdict[str, list[str]] = defaultdict(list)

    def __missing__(self, word: str) -> str:
        token = self._stemmed(word)
        if token in self._next or token in self._before:
            self._words[token].append(word)
            self.beginnings |= {(word, other) for second in self._next.get(token, ()) for other in self._words[second]}
            self.beginnings |= {(other, word) for first in self._before.get(token, ()) for other in self._words[first]}
        says = self[word] = token if word not in STOPWORDS or self._lexicon.single.get(token) else ""
        return says


def pairs(said: Sequence[str]) -> Iterator[str]:
    """Each two neighbouring stems as one key, in whatever order they were said."""
    return (f"{one} {other}" if one < other else f"{other} {one}" for one, other in pairwise(said) if one != other)
