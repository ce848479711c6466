"""Looking values up in tables, in memory or in a file, some hundred times a question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

__all__ = ["finder"]

T = TypeVar("T")


def finder(table: Mapping[str, T]) -> Callable[[str], T | None]:
    """What finds the value of a key, or None: that of `stored.Table`, which is quicker than `get`, or `get`."""
    find: Callable[[str], T | None] = getattr(table, "find", table.get)
    return find
