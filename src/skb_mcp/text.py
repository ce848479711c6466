"""The one text pipeline: pages, questions and red-flag rules all pass through it.

normalise → tokenise → stem → (for a question) lexicon. English only, like the corpus.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import Stemmer

__all__ = ["STOPWORDS", "Lexicon", "Term", "content_stems", "normalise", "split_sentences", "stem", "stems", "words"]

_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "＇": "'"})
_LOOK_ALIKES = str.maketrans("абеіјкмноԛрѕтцѵԝхуνορτυχκ", "abeijkmhoqpstuvwxyvoptuxk")
"""Cyrillic and Greek letters that pass for Latin ones."""
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_SENTENCE = re.compile(r"[.!?;…]+(?=\s|\Z)|\n\s*\n")
MAX_WORD = 40
"""Longer runs of letters are no words of any language that is read here."""
FRAGMENT = 3
"""A piece of this many words or fewer ("my lips. swelling.") belongs to its neighbour."""

STOPWORDS = frozenset(
    "a about after all also am an and any anyone are as at be been but by can cant can't could did do does doesn't "
    "doing don't dont for from get gets getting give got had has have having he help her hers hi hello his how i i'd "
    "i'll i'm i've if im in into is isn't it it's its ive just like make me much my need of off on one or our out "
    "please really rid she should so some someone something still such than thanks that that's the their them then "
    "there these they thing this those to too try use used using very want was way we were what what's whats when "
    "where which while who why will with won't wont would you your yours".split()
)
"""Words that say nothing about the subject of a question."""


def normalise(text: str) -> str:
    """Lower case, one form per character (NFKD), plain apostrophes, no accents, no disguises.

    Invisible characters (Unicode category Cf) go, and letters that only look Latin become Latin.
    """
    if text.isascii():
        return text.replace("`", "'").lower()
    # Before folding, which takes an acute accent apart, and after it, which makes one of ŉ.
    folded = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold().translate(_APOSTROPHES)
    folded = folded.translate(_LOOK_ALIKES)
    return "".join(c for c in folded if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")


def words(text: str) -> list[str]:
    """The words of a text in order, normalised; digits count as words."""
    return [word for word in _WORD.findall(normalise(text)) if len(word) <= MAX_WORD]


@cache
def _stemmer() -> Stemmer.Stemmer:
    # Imported on first use: the build reads the corpus without stemming a word.
    import Stemmer

    return Stemmer.Stemmer("english")


def stem(word: str) -> str:
    """The Snowball English (Porter2) stem; a possessive ending is dropped first."""
    stemmed: str = _stemmer().stemWord(word.removesuffix("'s"))
    return stemmed


def stems(text: str) -> list[str]:
    """Every word of a text, stemmed, in order."""
    return [stem(word) for word in words(text)]


def content_stems(text: str) -> dict[str, str]:
    """The words of a text without stopwords, in order, each with its stem."""
    return {word: stem(word) for word in words(text) if word not in STOPWORDS}


def split_sentences(text: str) -> list[str]:
    """The sentences of a message as people type it; a blank line ends one too, and a fragment joins the next."""
    found: list[str] = []
    fragment = False
    for part in _SENTENCE.split(text):
        if not part.strip():
            continue
        if fragment:
            found[-1] += f" {part}"
        else:
            found.append(part)
        fragment = len(found[-1].split()) <= FRAGMENT
    return found


@dataclass(frozen=True, slots=True)
class Term:
    """One idea of a question: the word as typed, and the stems that may stand for it, weighted from 0 to 1."""

    word: str
    stems: Mapping[str, float]


@dataclass(frozen=True)
class Lexicon:
    """Consumer words and the corpus's words for them, one direction each (`zit` → `pimple`).

    A word of one token keeps its own stem beside its meaning; a phrase is replaced by its meaning.
    """

    SYNONYM_WEIGHT = 0.95

    entries: Mapping[tuple[str, ...], tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    longest: int = 1

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Lexicon:
        """Build from (what people say, what the corpus says) pairs."""
        entries: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {}
        for said, meant in pairs:
            key = tuple(stems(said))
            entries[key] = (*entries.get(key, ()), tuple(content_stems(meant).values()))
        return cls(entries, max(map(len, entries), default=1))

    def terms(self, text: str, limit: int = 120) -> list[Term]:
        """The ideas of a question in order, each once; at most `limit`, so that time is bounded."""
        tokens = words(text)[: 8 * limit]
        stem_of = {token: stem(token) for token in set(tokens)}
        stemmed = [stem_of[token] for token in tokens]
        found: dict[str, Term] = {}
        at = 0
        while at < len(tokens) and len(found) < limit:
            if tokens[at] == "not" and found:
                # "brown, not red" asks about brown: the word that is denied is no subject.
                at += 2
                continue
            width, meanings = self._match(stemmed, at)
            if width > 1:
                new = [Term(token, {token: 1.0}) for meaning in meanings for token in meaning]
            elif tokens[at] in STOPWORDS and not meanings:
                new = []
            else:
                synonyms = {token: self.SYNONYM_WEIGHT for meaning in meanings for token in meaning}
                new = [Term(tokens[at], {**synonyms, stemmed[at]: 1.0})]
            for term in new:
                found.setdefault(stem_of.get(term.word, term.word), term)
            at += max(width, 1)
        return list(found.values())

    @cached_property
    def _firsts(self) -> frozenset[str]:
        return frozenset(key[0] for key in self.entries if key)

    def _match(self, stemmed: Sequence[str], at: int) -> tuple[int, tuple[tuple[str, ...], ...]]:
        if stemmed[at] not in self._firsts:
            return 0, ()
        for width in range(min(self.longest, len(stemmed) - at), 0, -1):
            if meanings := self.entries.get(tuple(stemmed[at : at + width])):
                return width, meanings
        return 0, ()
