"""Subjects that are kept apart: a page that names one of them alone does not answer a question that names another.

Likelihood weighs words and never forbids; here a page about brown marks is ruled out for red ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .lookup import InText

__all__ = ["Groups", "Named", "Subjects", "ruled_out"]

Groups = Mapping[str, Mapping[str, Sequence[Sequence[str]]]]
"""Group → subject → its words, each as its stems."""

Named = Mapping[str, frozenset[str]]
"""For each group of which a text names a subject, those that it names."""


class Subjects:
    """Groups of subjects, and which of them texts name."""

    def __init__(self, groups: Groups) -> None:
        names: dict[str, dict[str, set[tuple[str, str]]]] = {}
        for group, subjects in groups.items():
            for subject, held in subjects.items():
                for word in filter(None, held):
                    names.setdefault(word[0], {}).setdefault(" ".join(word), set()).add((group, subject))
        self._names = InText(names)

    def named(self, texts: Iterable[Sequence[str]]) -> Named:
        """The subjects that any of some texts names, each given as its stems in order."""
        found: dict[str, frozenset[str]] = {}
        for said in texts:
            for group, subject in self._names.find(said):
                found[group] = found.get(group, frozenset()) | {subject}
        return found


def ruled_out(page: Named, asked: Named) -> bool:
    """Whether a page names subjects of a group, and none of those of it that are asked about."""
    return any(group in page and page[group].isdisjoint(subjects) for group, subjects in asked.items())
