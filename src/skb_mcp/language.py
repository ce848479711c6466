"""The words of a corpus beside its pages: what people say, how they ask, and what no page is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import Field

from .models import Value
from .text import Lexicon

__all__ = ["Essential", "Language"]


class Essential(Value):
    """Pages that are about one thing, and the words for it: a question without any of them is hardly theirs."""

    pages: tuple[str, ...]
    words: tuple[str, ...] = Field(min_length=1)


class Language(Value):
    """`lexicon.yaml`, `topics.yaml` and `wordings/`.

    `entries` lead from what people say to what the pages say. `kept_apart` holds groups of subjects
    (group → subject → its words) that no entry may merge; in a group that `rules_out` names, a page
    about one subject does not answer a question about another. `essential` says what a question must name
    for some pages, by canonical URL. `deniable` are words that a denial takes out of a question. `wordings`
    are texts in which people ask for a page, by canonical URL; `topics` are texts about subjects that no page
    has, `outside` about what has nothing to do with skin.
    """

    entries: dict[str, str] = Field(default_factory=dict)
    kept_apart: dict[str, dict[str, tuple[str, ...]]] = Field(default_factory=dict)
    rules_out: tuple[str, ...] = ()
    essential: dict[str, Essential] = Field(default_factory=dict)
    deniable: tuple[str, ...] = ()
    wordings: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    topics: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    outside: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    def of_pages(self, base: str, wordings: Mapping[str, Sequence[str]]) -> Self:
        """The same with URLs, which begin with `base`, for paths; with the wordings of these paths."""
        needed = {
            name: thing.model_copy(update={"pages": tuple(f"{base}/{path}" for path in thing.pages)})
            for name, thing in self.essential.items()
        }
        texts = {f"{base}/{path}": tuple(held) for path, held in wordings.items()}
        return self.model_copy(update={"wordings": texts, "essential": needed})

    def needed(self, url: str) -> tuple[tuple[str, ...], ...]:
        """What a question must name for a page: of each of these groups, a word."""
        return tuple(thing.words for thing in self.essential.values() if url in thing.pages)

    def lexicon(self) -> Lexicon:
        """The entries as the text pipeline uses them."""
        apart = {group: self.kept_apart[group] for group in self.rules_out if group in self.kept_apart}
        return Lexicon.of(self.entries.items(), self.deniable, apart)
