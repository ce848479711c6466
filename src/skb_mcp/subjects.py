"""Subjects that are kept apart: a page that names one of them alone does not answer a question that names another.

Likelihood weighs words and never forbids; here a page about brown marks is ruled out for red ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .text import stems

__all__ = ["Groups", "Named", "Subjects", "ruled_out"]

Groups = Mapping[str, Mapping[str, Sequence[Sequence[str]]]]
"""Group → subject → its words, each as its stems."""

Named = Mapping[str, frozenset[str]]
"""For each group of which a text names a subject, those that it names."""


class Subjects:
    """Groups of subjects, and which of them texts name."""

    def __init__(self, groups: Groups) -> None:
        self._groups = {
            group: {subject: [f" {' '.join(word)} " for word in held] for subject, held in subjects.items()}
            for group, subjects in groups.items()
        }

    def named(self, texts: Iterable[str]) -> Named:
        """The subjects that any of the texts names."""
        said = " | ".join(f" {' '.join(stems(text))} " for text in texts)
        found: dict[str, frozenset[str]] = {}
        for group, subjects in self._groups.items():
            named = [subject for subject, held in subjects.items() if any(word in said for word in held)]
            if named:
                found[group] = frozenset(named)
        return found


def ruled_out(page: Named, asked: Named) -> bool:
    """Whether a page names subjects of a group, and none of those of it that are asked about."""
    return any(group in page and page[group].isdisjoint(subjects) for group, subjects in asked.items())
