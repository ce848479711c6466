"""Two states of a ranking as one: pages above the topics that were counted before them, or above other pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .counting import State
from .lookup import OnDemand

__all__ = ["layered"]


class Layered(OnDemand[Any]):
    """Two tables as one; what both have is joined, the lower one's first."""

    def __init__(self, lower: Mapping[str, Any], upper: Mapping[str, Any], join: Callable[[Any, Any], Any]) -> None:
        self._lower = lower
        self._upper = upper
        self._join = join

    def find(self, key: str) -> Any:  # noqa: ANN401  # a table holds what it holds
        """The value of a key, or None."""
        lower, upper = self._lower.get(key), self._upper.get(key)
        if lower is not None and upper is not None:
            return self._join(lower, upper)
        return lower if upper is None else upper

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._lower, *self._upper)))

    def __len__(self) -> int:
        return len(dict.fromkeys((*self._lower, *self._upper)))


def layered(lower: State, upper: State) -> State:
    """The documents of both, those of `upper` numbered on from the others; its lexicon counts."""
    tables = {name: Layered(lower[name], table, _JOINS[name]) for name, table in upper.items() if name in _JOINS}
    return {**upper, **tables}


def _joined_postings(lower: str, upper: str) -> str:
    """Documents and counts, packed; those of the upper layer have the higher numbers."""
    (numbers, _, counts), (more, _, others) = lower.partition("|"), upper.partition("|")
    return f"{numbers} {more}|{counts} {others}"


def _joined_names(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**lower, **{key: [*lower.get(key, ()), *held] for key, held in upper.items()}}


_JOINS: dict[str, Callable[[Any, Any], Any]] = {
    "surfaces": lambda lower, upper: upper or lower,
    "letters": lambda lower, upper: f"{lower} {upper}",
    "postings": _joined_postings,
    "subjects": _joined_postings,
    "covers": lambda _, upper: upper,
    "figures": lambda lower, upper: [*lower, *upper],
    "documents": lambda _, upper: upper,
    "names": lambda _, upper: upper,
    "exact": lambda lower, upper: {**lower, **upper},
    "ingredients": _joined_names,
    "topic_names": _joined_names,
    "twins": lambda lower, upper: [*lower, *upper],
}
