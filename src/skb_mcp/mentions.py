"""What a question mentions by name: a product by its maker, a subject without a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from .counting import GENERIC_STEMS, NO_SUBJECT
from .index import Index, Query
from .lookup import InText
from .naming import Document
from .phrasing import compares, is_about_it
from .text import STOPWORDS, stem, stems, words
from .texts import pairs

__all__ = ["Mentions"]


class _Called(NamedTuple):
    """What a product is called, as stems."""

    maker: frozenset[str]
    side_by_side: frozenset[str]
    """Pairs of the maker's words that must be neighbours in a question."""
    title: frozenset[str]
    names: list[frozenset[str]]
    """Those in which the maker is called."""
    others: list[str]
    """All the others, word for word."""


class Mentions:
    """What questions mention.

    `topic_names` are the shortest names of the topics, by their first stem; `forms` the stems of kinds of product.
    """

    def __init__(
        self, index: Index, topic_names: Mapping[str, Mapping[str, Sequence[int]]], forms: Iterable[str]
    ) -> None:
        self._index = index
        self._untold = NO_SUBJECT.union(forms)
        self._topic_names = InText(topic_names)
        self._called: dict[str, _Called] = {}
        self._own: dict[str, frozenset[str]] = {}

    def product(self, document: Document, query: Query) -> bool:
        """Whether a product is asked for by its maker's name and a word of its own, or by the whole of a name.

        A need is no such request ("a cream that fades acne scars"), nor is the maker's name alone. So a name without
        the maker's must be there word for word.
        """
        if document.url not in self._called:
            self._called[document.url] = self._call(document)
        called = self._called[document.url]
        asked = query.stems.keys()
        by_maker = called.maker and called.maker <= asked and called.side_by_side.issubset(query.pairs)
        if by_maker and (called.title - called.maker) & asked:
            return True
        if any(len(name) > 1 and name <= asked for name in called.names):
            return True
        spoken = f" {' '.join(query.spoken.stems)} "
        return any(f" {name} " in spoken for name in called.others)

    def _call(self, document: Document) -> _Called:
        maker = [stem(word) for word in words(document.brand) if word not in STOPWORDS]
        # One that is called by words that tell nothing elsewhere ("TRUE Serums") is named by them side by side.
        told = GENERIC_STEMS.isdisjoint(maker)
        names: list[frozenset[str]] = []
        others: list[str] = []
        for name in document.names:
            said = stems(name)
            called = frozenset(maker).intersection(said)
            if (called and told) or not maker:
                names.append(called.union(self._index.subject(name).split()))
            elif len(said) > 1:
                others.append(" ".join(said))
        side_by_side = frozenset() if told else frozenset(pairs(maker))
        title = frozenset(self._index.subject(document.title).split())
        return _Called(frozenset(maker), side_by_side, title, names, others)

    def another(self, document: Document, query: Query) -> bool:
        """Whether a question names a topic beside what this page is about, or in its place, or is about "it"."""
        if is_about_it(" ".join(query.spoken.words)):
            return True
        return self._is_compared(document, query) or self._is_replaced(document, query)

    def _is_compared(self, document: Document, query: Query) -> bool:
        """Whether a question compares something with a topic, of which this page does not have the name."""
        if not compares(" ".join(query.spoken.words)):
            return False
        named = self._topic_names.named(query.spoken.stems)
        other = [name.split() for name, topics in named if not self._index.hidden.issuperset(topics)]
        own = self._words(document)
        return any(not own.issuperset(name) for name in other)

    def _is_replaced(self, document: Document, query: Query) -> bool:
        """Whether a question names a topic, and nothing of this ingredient or product that the topic's name has not."""
        if document.entity_type not in ("Ingredient", "Product") and not document.is_product:
            return False
        own = self._words(document).difference(stems(document.brand))
        named = self._topic_names.among(query.stems.keys())
        others = [frozenset(name.split()) for name, topics in named if not self._index.hidden.issuperset(topics)]
        # A name that is part of this one's own says nothing of another ("glycol").
        others = [name for name in others if not name <= own]
        return bool(others) and own.difference(self._untold, *others).isdisjoint(query.stems)

    def _words(self, document: Document) -> frozenset[str]:
        """The stems of a page's names."""
        if document.url not in self._own:
            self._own[document.url] = frozenset(token for name in document.names for token in stems(name))
        return self._own[document.url]
