"""Ranking: from a consumer's words to the pages that answer them.

Named stages, each a small function: terms → candidates (word index, unknown words expanded by
fuzzy match against the vocabulary) → field-weighted coverage → order. Everything is a pure
function of the documents and the words, so the same call gives the same order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from .models import EntityType
from .text import STOPWORDS, Lexicon, Term, content_stems, words

__all__ = ["ANSWER_THRESHOLD", "INEXACT", "Document", "Hit", "Index"]

FIELD_WEIGHTS: dict[str, float] = {
    "title": 1.0,
    "aliases": 0.95,
    "slug": 0.9,
    "headings": 0.4,
    "quick_answer": 0.4,
    "cautions": 0.7,
}
"""How much a word counts for the question when a page has it in that field (0–1)."""

TYPE_WEIGHTS: dict[EntityType, float] = {
    "Question": 1.0,
    "Concern": 0.98,
    "Ingredient": 0.97,
    "SideEffect": 0.96,
    "Product": 0.95,
    "Source": 0.85,
}
"""Between equally good pages a Question comes before a Concern, and a Source comes last (0–1)."""

ANSWER_THRESHOLD = 0.5
"""Least score at which the best page is given as an answer; below it the honest answer is "no match"."""

HALF = 0.5
"""Below this share of the question or of the name a score falls off."""

EXACT_TITLE, EXACT_ALIAS, INEXACT = 1.0, 0.99, 0.98
"""Scores of a question that is a page's title or alias, word for word, and the most that any other can have."""

TYPO_LENGTH, SHORT_WORD = 4, 4
"""The fewest letters of a word that may be read as a typo. Short words are a letter away from too many others, so
they must keep their first and last letter (mars is marks, rash is not wash)."""

STOPWORD_TYPO_LENGTH = 6
"""The fewest letters of a word that may be read as a mistyped stopword and dropped (dust is not just)."""

MAX_NAME = 300
"""Longer texts are nobody's title."""

POST_TERMS = 15
"""A question of more terms is a post: most of its words are no typos, so a typo must keep its first letter there."""

LONG_WORD, LONG_CUTOFF = 7, 0.7
"""Words of this length may hold two typos."""

FUZZY_CUTOFF = 0.75
"""Least similarity (1 − OSA distance / length) at which an unknown word is read as a known one."""


@dataclass(frozen=True, slots=True)
class Document:
    """What of a page can be found: names are compared as wholes, body texts word by word."""

    url: str
    entity_type: EntityType
    title: str
    slug: str
    aliases: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    quick_answer: str = ""
    cautions: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A document with its score (0–1) and the fields that the question's words were found in."""

    document: Document
    score: float
    matched_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A document in stems: the names that are compared as wholes, and each stem's best field weight."""

    document: Document
    names: tuple[frozenset[str], ...]
    words: Mapping[str, float]
    fields: Mapping[str, frozenset[str]]
    surfaces: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Question:
    """(weight, readings) of each term that some page has, the weight of all terms, and each reading's likeness."""

    terms: Sequence[tuple[float, Sequence[tuple[str, float]]]]
    total: float
    asked: Mapping[str, float]
    stems: frozenset[str]


class Index:
    """A word index over documents; `search` is the only thing it does."""

    def __init__(self, documents: Iterable[Document], lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._entries = [_entry(d) for d in sorted(documents, key=lambda d: d.url)]
        # For each stem, the documents that have it, each with the weight of its best field.
        self._postings: dict[str, list[tuple[int, float]]] = {}
        for number, entry in enumerate(self._entries):
            for token, weight in entry.words.items():
                self._postings.setdefault(token, []).append((number, weight))
        # Typos are made in words, not in stems; one in a stopword must not count as a subject.
        self._surfaces: dict[str, str] = dict.fromkeys(STOPWORDS, "")
        for entry in self._entries:
            self._surfaces |= entry.surfaces
        self._by_length: dict[int, list[str]] = {}
        self._nearby: dict[tuple[int, str], list[str]] = {}
        for word in sorted(self._surfaces):
            self._by_length.setdefault(len(word), []).append(word)
        self._idfs = {token: _idf(len(self._entries), len(found)) for token, found in self._postings.items()}
        self._totals = [[math.fsum(self._idfs[t] for t in name) for name in entry.names] for entry in self._entries]
        self._exact = _exact_names(self._entries)

    def search(self, text: str, types: Sequence[EntityType] | None = None, limit: int = 10) -> list[Hit]:
        """The best documents for `text`, best first, ties by URL; at most `limit`.

        `types` narrows the kinds of page; scores do not depend on it.
        """
        asked = self._lexicon.terms(text)
        post = len(asked) > POST_TERMS
        terms = [expanded for term in asked if (expanded := self._expand(term, post))]
        question = self._weigh(terms)
        exact = self._exact.get(_whole(text), {}) if len(text) <= MAX_NAME else {}
        covered = self._covered(question)
        scored = [(exact.get(n) or self._score(n, covered.get(n, 0.0), question), n) for n in {*covered, *exact}]
        entries = self._entries
        wanted = [(s, n) for s, n in scored if types is None or entries[n].document.entity_type in types]
        # Best first; between equals by kind of page, then by URL, which is the entries' own order.
        wanted.sort(key=lambda hit: (-hit[0], -TYPE_WEIGHTS[entries[hit[1]].document.entity_type], hit[1]))
        return [Hit(entries[n].document, score, _matched(entries[n], question.stems)) for score, n in wanted[:limit]]

    def _weigh(self, terms: Sequence[Term]) -> _Question:
        """A question's terms with their weights; words that no page has only count in the total."""
        weights = [self._weight(term) for term in terms]
        asked: dict[str, float] = {}
        known: list[tuple[float, list[tuple[str, float]]]] = []
        for term, weight in zip(terms, weights, strict=True):
            readings = [(stem, likeness) for stem, likeness in term.stems.items() if stem in self._postings]
            known += [(weight, readings)] if readings else []
            for stem, likeness in readings:
                asked[stem] = max(likeness, asked.get(stem, 0.0))
        return _Question(known, sum(weights) or 1.0, asked, frozenset(asked))

    def _expand(self, term: Term, post: bool) -> Term | None:
        """Read a word that no page knows as the known words it is close to; None when it is a mistyped stopword."""
        word = term.word
        if len(word) < TYPO_LENGTH or any(stem in self._postings for stem in term.stems):
            return term
        cutoff = LONG_CUTOFF if len(word) >= LONG_WORD else FUZZY_CUTOFF
        close = process.extract(
            word,
            self._near(len(word), word[0] if post else ""),
            scorer=OSA.normalized_similarity,
            score_cutoff=cutoff,
            limit=3,
        )
        if len(word) == SHORT_WORD:
            close = [found for found in close if found[0][0] == word[0] and found[0][-1] == word[-1]]
        if close and not self._surfaces[close[0][0]]:
            return None if len(word) >= STOPWORD_TYPO_LENGTH else term
        readings = {self._surfaces[w]: score for w, score, _ in reversed(close) if self._surfaces[w]}
        return Term(word, {**term.stems, **readings})

    def _near(self, length: int, initial: str) -> list[str]:
        """The known words, with this initial if one is given, that a word of this length can be close to."""
        key = (length, initial)
        if key not in self._nearby:
            # Longer or shorter words fail the cutoff.
            reach = int(length * (1 / LONG_CUTOFF - 1))
            words = (word for n in range(length - reach, length + reach + 1) for word in self._by_length.get(n, ()))
            self._nearby[key] = [word for word in words if word.startswith(initial)]
        return self._nearby[key]

    def _weight(self, term: Term) -> float:
        """How much a term tells: the idf of its commonest reading; a word that no page has weighs most."""
        known = [self._idfs[stem] for stem in term.stems if stem in self._idfs]
        return min(known, default=_idf(len(self._entries), 0.5))

    def _covered(self, question: _Question) -> dict[int, float]:
        """Of every document that has any of a question's terms, the share of the question that it has, 0–1."""
        covered: dict[int, float] = {}
        for weight, readings in question.terms:
            best: dict[int, float] = {}
            for stem, likeness in readings:
                for number, field in self._postings[stem]:
                    best[number] = max(likeness * field, best.get(number, 0.0))
            for number, found in best.items():
                covered[number] = covered.get(number, 0.0) + weight * found / question.total
        return covered

    def _score(self, number: int, covered: float, question: _Question) -> float:
        """Harmonic mean of how much of the question the page covers and how much of its best name is asked for.

        Where either is less than half, page and question share words but hardly a subject ("acne" and
        "Acne Marks"), and the score falls off in proportion.
        """
        entry = self._entries[number]
        named = 0.0
        for name, total in zip(entry.names, self._totals[number], strict=True):
            if name.isdisjoint(question.stems):
                continue
            # fsum: the order in which a set gives its members must not show in the last digit.
            shared = math.fsum([self._idfs[t] * question.asked[t] for t in name if t in question.asked])
            named = max(named, shared / total if total else 0.0)
        score = 2 * covered * named / ((covered + named) or 1.0) * TYPE_WEIGHTS[entry.document.entity_type]
        return round(min(score * min(1.0, covered / HALF) * min(1.0, named / HALF), INEXACT), 4)


def _idf(documents: int, df: float) -> float:
    """Inverse document frequency, ln(1 + N / df) (Spärck Jones 1972, smoothed so that it is never 0)."""
    return math.log(1 + documents / df)


def _whole(text: str) -> str:
    """A text as the words it consists of."""
    return " ".join(words(text))


def _exact_names(entries: Sequence[_Entry]) -> dict[str, dict[int, float]]:
    """For every title and alias, the score of each document that has it."""
    exact: dict[str, dict[int, float]] = {}
    for number, entry in enumerate(entries):
        for alias in entry.document.aliases:
            exact.setdefault(_whole(alias), {})[number] = EXACT_ALIAS
        exact.setdefault(_whole(entry.document.title), {})[number] = EXACT_TITLE
    exact.pop("", None)
    return exact


def _entry(document: Document) -> _Entry:
    texts = {
        "title": document.title,
        "slug": document.slug,
        "aliases": " ".join(document.aliases),
        "headings": " ".join(document.headings),
        "quick_answer": document.quick_answer,
        "cautions": document.cautions,
    }
    found = {name: content_stems(text) for name, text in texts.items()}
    fields = {name: frozenset(stemmed.values()) for name, stemmed in found.items()}
    aliases = (frozenset(found["aliases"][w] for w in words(a) if w in found["aliases"]) for a in document.aliases)
    best: dict[str, float] = {}
    for name, tokens in fields.items():
        for token in tokens:
            best[token] = max(best.get(token, 0.0), FIELD_WEIGHTS[name])
    names = tuple(dict.fromkeys([fields["title"], fields["slug"], *aliases]))
    surfaces = {word: token for stemmed in found.values() for word, token in stemmed.items()}
    return _Entry(document, names, best, fields, surfaces)


def _matched(entry: _Entry, stems: Set[str]) -> tuple[str, ...]:
    return tuple([name for name, tokens in entry.fields.items() if not tokens.isdisjoint(stems)])
