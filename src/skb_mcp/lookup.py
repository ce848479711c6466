"""Looking values up in tables, in memory or in a file, some hundred times a question; and names in a text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from functools import cached_property
from typing import Generic, TypeVar, overload

__all__ = ["InText", "Kept", "Made", "OnDemand", "finder"]

T = TypeVar("T")
S = TypeVar("S")

MOST_MADE = 16_384
"""Values of one table that are kept once they were made, and keys that it was found not to have."""


class Kept(dict[str, T]):
    """What texts lead to, read once and then the same object: it answers in a third of the time of `lru_cache`.

    Where there are more than `most`, all are read anew.
    """

    def __init__(self, read: Callable[[str], T], most: int | None = None) -> None:
        self._read = read
        self._most = most

    def __missing__(self, text: str) -> T:
        if self._most is not None and len(self) >= self._most:
            self.clear()
        value = self[text] = self._read(text)
        return value


def finder(table: Mapping[str, T]) -> Callable[[str], T | None]:
    """What finds the value of a key, or None: that of `stored.Table`, which is quicker than `get`, or `get`."""
    find: Callable[[str], T | None] = getattr(table, "find", table.get)
    return find


class OnDemand(Mapping[str, T]):
    """A table whose values are found when they are asked for, by `find`: the value of a key, or None."""

    find: Callable[[str], T | None]

    def __getitem__(self, key: str) -> T:
        found = self.find(key)
        if found is None:
            raise KeyError(key)
        return found

    @overload
    def get(self, key: str, /) -> T | None: ...
    @overload
    def get(self, key: str, /, default: T | S) -> T | S: ...
    def get(self, key: str, /, default: T | S | None = None) -> T | S | None:
        # Written out, because `Mapping.get` raises and catches an exception for every key that is not there.
        found = self.find(key)
        return default if found is None else found

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.find(key) is not None


class Made(OnDemand[T]):
    """A table whose values are made when they are first asked for; `every` makes them all at once, in less time."""

    def __init__(self, make: Callable[[str], T | None], every: Callable[[], Mapping[str, T]]) -> None:
        self._make = make
        self._every = every
        self.find = Kept(lambda key: self._make(key), MOST_MADE).__getitem__

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole)

    def __len__(self) -> int:
        return len(self._whole)

    @cached_property
    def _whole(self) -> Mapping[str, T]:
        made = self._every()
        self._make = made.get
        return made


class InText(Generic[T]):
    """What may be named in a text: by the first stem of a name, the names as their stems, and what has each."""

    def __init__(self, names: Mapping[str, Mapping[str, Collection[T]]]) -> None:
        self._find = finder(names)
        self._lengths: dict[str, list[int]] = {}

    def find(self, tokens: Sequence[str]) -> set[T]:
        """What has a name that stands in these stems."""
        return {having for _, held in self.named(tokens) for having in held}

    def named(self, tokens: Sequence[str]) -> Iterator[tuple[str, Collection[T]]]:
        """The names that stand in these stems, with what has each."""
        for at, token in enumerate(tokens):
            if names := self._find(token):
                if token not in self._lengths:
                    self._lengths[token] = sorted({name.count(" ") + 1 for name in names})
                for length in self._lengths[token]:
                    name = " ".join(tokens[at : at + length])
                    if name in names:
                        yield name, names[name]

    def among(self, tokens: Set[str]) -> Iterator[tuple[str, Collection[T]]]:
        """The names all of whose stems are among these, with what has each."""
        for token in tokens:
            for name, having in (self._find(token) or {}).items():
                if tokens >= set(name.split()):
                    yield name, having
