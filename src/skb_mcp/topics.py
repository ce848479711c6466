"""Subjects without a page, counted once: they lie below the pages of a corpus, or of a folder that borrows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .counting import State
from .language import Language
from .listing import build_ranking
from .models import Entity
from .naming import Document, whole
from .ranking import OUTSIDE
from .text import stems

__all__ = ["Topics"]

TOPIC_NAMES = 8
"""How many texts of a topic count as its names; the others as wordings."""


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

    def beside(self, pages: Iterable[Entity]) -> State:
        """The topics that no page of these is about, as a state.

        A topic goes that has a page's name among its texts; one that was borrowed goes, too, whose own
        name stands in a page's.
        """
        names = [name for page in pages for name in (page.title, *page.aliases)]
        keys: Mapping[str, Sequence[int]] = self._tables["keys"]
        hidden = {number for name in names for number in keys.get(whole(name), ())}
        if self._borrowed:
            hidden |= set(self._spoken_of(names))
        figures = {**self._tables["figures"], "hidden": sorted(hidden)}
        return {**self._tables, "figures": figures}

    def _spoken_of(self, names: Iterable[str]) -> Iterator[int]:
        """The topics whose own name stands in one of these."""
        having: dict[str, list[frozenset[str]]] = {}
        for name in map(frozenset, map(stems, names)):
            for token in name:
                having.setdefault(token, []).append(name)
        titles: Mapping[str, Sequence[str]] = self._tables["titles"]["titles"]
        for number, title in titles.items():
            if title and any(name.issuperset(title) for name in having.get(title[0], ())):
                yield int(number)


def _documents(language: Language) -> Iterator[Document]:
    for prefix, group in (("topic:", language.topics), (OUTSIDE, language.outside)):
        for topic, texts in group.items():
            if texts:
                names, wordings = texts[1:TOPIC_NAMES], texts[TOPIC_NAMES:]
                yield Document(f"{prefix}{topic}", "Concern", texts[0], names, wordings, is_topic=True)
