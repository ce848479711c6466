"""The words of a corpus beside its pages: what people say, how they ask, and what no page is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from pydantic import Field

from .models import Entity, Value
from .text import Lexicon, stems, words

__all__ = ["Language"]


class Language(Value):
    """`lexicon.yaml`, `topics.yaml` and `wordings/`.

    `entries` lead from what people say to what the pages say. `kept_apart` holds groups of subjects
    (group → subject → its words) that no entry may merge; in a group that `rules_out` names, a page
    about one subject does not answer a question about another. `deniable` are words that a denial takes
    out of a question. `wordings` are texts in which people ask for a page, by canonical URL; `topics`
    are texts about subjects that no page has, `outside` about what has nothing to do with skin.
    Where the words of these texts were counted before, `counted` holds them, and `surfaces` their stems.
    """

    entries: dict[str, str] = Field(default_factory=dict)
    kept_apart: dict[str, dict[str, tuple[str, ...]]] = Field(default_factory=dict)
    rules_out: tuple[str, ...] = ()
    deniable: tuple[str, ...] = ()
    wordings: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    topics: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    outside: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    counted: dict[str, Any] = Field(default_factory=dict)
    surfaces: dict[str, str] = Field(default_factory=dict)

    def lexicon(self) -> Lexicon:
        """The entries as the text pipeline uses them."""
        apart = {group: self.kept_apart[group] for group in self.rules_out if group in self.kept_apart}
        return Lexicon.of(self.entries.items(), self.deniable, apart)

    def beside(self, pages: Mapping[str, Entity], *, borrowed: bool = False) -> Language:
        """The same language for these pages: wordings of no other page, topics that no page of theirs is about.

        Topics that were `borrowed` from another corpus give way to every page in whose names they stand.
        """
        names = {_key(name) for page in pages.values() for name in _names(page)}
        wordings = {url: texts for url, texts in self.wordings.items() if url in pages}
        kept = {topic: texts for topic, texts in self.topics.items() if names.isdisjoint(map(_key, texts))}
        if borrowed:
            spoken = [frozenset(stems(name)) for name in names]
            kept = {topic: texts for topic, texts in kept.items() if not _is_named(texts, spoken)}
        return self.model_copy(update={"wordings": wordings, "topics": kept})


def _names(page: Entity) -> Iterable[str]:
    return (page.title, *page.aliases)


def _is_named(texts: Sequence[str], names: Sequence[Set[str]]) -> bool:
    """Whether a topic's first text, which is its name, stands in any of these names."""
    topic = frozenset(stems(texts[0])) if texts else frozenset()
    return any(topic <= name for name in names)


def _key(name: str) -> str:
    return " ".join(words(name))
