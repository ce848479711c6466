"""Subjects without a page, counted once: they lie below the pages of a corpus, or of a folder that borrows them."""

from __future__ import annotations

from collections import Counter as Frequencies
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from .language import Language
from .listing import build_ranking
from .naming import Document, whole
from .ranking import OUTSIDE
from .text import stem, stems

__all__ = ["Topics"]

TOPIC_NAMES = 8
"""How many texts of a topic count as its names; the others as wordings."""
MANY_NAMES = 2000
"""More names of pages than this are many."""


class Topics:
    """Topics as the lowest documents of a ranking, and the names by which a page shows that it is about one."""

    def __init__(self, tables: Mapping[str, Mapping[str, Any]], *, borrowed: bool = False) -> None:
        self._tables = tables
        self._borrowed = borrowed

    @classmethod
    def of(cls, language: Language, *, borrowed: bool = False) -> Topics:
        """The topics of a language; `borrowed` from another corpus, or a folder's own."""
        documents = sorted(_documents(language), key=lambda document: document.url)
        keys: dict[str, list[int]] = {}
        for number, document in enumerate(documents):
            for text in (document.title, *document.aliases, *document.wordings):
                keys.setdefault(whole(text), []).append(number)
        titles = {str(number): stems(document.title) for number, document in enumerate(documents)}
        state = build_ranking(documents, language.lexicon())
        return cls({**state, "keys": keys, "titles": {"titles": titles}}, borrowed=borrowed)

    @property
    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """All of it, to be stored."""
        return self._tables

    def hidden_by(self, names: Collection[str]) -> set[int]:
        """The topics that a page is about which has one of these names, each given as its words, joined by blanks.

        A topic goes that has a page's name among its texts; one that was borrowed goes, too, whose own
        name stands in a page's.
        """
        keys: Mapping[str, Sequence[int]] = self._tables["keys"]
        # Few names are looked up one by one; of many it is quicker to look at every key.
        shared = [key for key in keys if key in names] if len(names) > MANY_NAMES else names
        hidden = {number for name in shared for number in keys.get(name, ())}
        return hidden.union(self._spoken_of(names)) if self._borrowed else hidden

    def _spoken_of(self, names: Collection[str]) -> Iterator[int]:
        """The topics whose own name stands in one of these."""
        times = Frequencies(chain.from_iterable(map(str.split, names)))
        stemmed = {word: stem(word) for word in times}
        having: dict[str, list[str]] = {}
        for word, token in stemmed.items():
            having.setdefault(token, []).append(word)
        # A topic's name is looked for where the rarest of its stems stands; most have one that stands nowhere.
        sought: dict[str, list[tuple[int, frozenset[str]]]] = {}
        titles: Mapping[str, Sequence[str]] = self._tables["titles"]["titles"]
        for number, title in titles.items():
            if title and all(token in having for token in title):
                rarest = min(title, key=lambda token: sum(times[word] for word in having[token]))
                for word in having[rarest]:
                    sought.setdefault(word, []).append((int(number), frozenset(title)))
        for name in names:
            held = name.split()
            if not sought.keys().isdisjoint(held):
                said = {stemmed[word] for word in held}
                yield from (number for word in held for number, title in sought.get(word, ()) if title <= said)


def _documents(language: Language) -> Iterator[Document]:
    for prefix, group in (("topic:", language.topics), (OUTSIDE, language.outside)):
        for topic, texts in group.items():
            if texts:
                names, wordings = texts[1:TOPIC_NAMES], texts[TOPIC_NAMES:]
                yield Document(f"{prefix}{topic}", "Concern", texts[0], names, wordings, is_topic=True)
