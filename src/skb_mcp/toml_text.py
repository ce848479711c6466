"""TOML, changed in place: whole tables are put in and taken out.

The standard library reads TOML but does not say where a table stands. It is asked in pieces: a line that
looks like the header of a table is one exactly where what stands before it is complete TOML. (tomlkit,
which writes the tables, would also edit a text, but gives the comments between two tables to the first
of them and takes them out with it.)
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from itertools import pairwise

import tomlkit

from .splicing import SettingsError, Splice, line_start, newline_of, spliced

__all__ = ["COMMENT", "drop", "parse", "put", "render", "span"]

COMMENT = re.compile(r"#[^\r\n]*")
_HEADER = re.compile(r"^[ \t]*\[.*$", re.MULTILINE)
_BLANK_BEFORE = re.compile(r"(?<=\n)\r?\n\Z")
_BLANK_BEHIND = re.compile(r"\s*?(?:\n|\Z)")
_LINE = re.compile(r"\(at line (\d+)")


def parse(text: str) -> dict[str, object]:
    """The table that a text holds.

    Raises:
        SettingsError: not TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = _LINE.search(str(error))
        raise SettingsError("not valid TOML", int(line[1]) if line else None) from None
    except RecursionError:
        raise SettingsError("not valid TOML: nested too deeply") from None


def put(text: str, path: tuple[str, ...], value: object) -> str:
    """The text with a table at `path`: in the place of the table there, else at the end.

    Raises:
        SettingsError: not TOML, or what is there is not written as a table with a header of its own.
    """
    newline = newline_of(text)
    table = render(path, value).replace("\n", newline)
    if not _holds(parse(text), path):
        gap = "" if not text or text.endswith("\n") else newline
        gap += newline if text.strip() and not re.search(r"\n\r?\n\Z", text) else ""
        return f"{text}{gap}{table}{newline}"
    first, *others = _tables(text, path)
    return spliced(text, [Splice(*first, table + newline), *(Splice(*other) for other in others)])


def drop(text: str, path: tuple[str, ...]) -> str:
    """The text without the table at `path` and those below it, which must be there.

    Raises:
        SettingsError: as `put`.
    """
    parse(text)
    return spliced(text, [Splice(_gap(text, start, end), end) for start, end in _tables(text, path)])


def span(text: str, path: tuple[str, ...]) -> tuple[int, int]:
    """Where the tables at `path` and below it begin and end.

    Raises:
        SettingsError: as `put`.
    """
    places = _tables(text, path)
    return places[0][0], places[-1][1]


def render(path: tuple[str, ...], value: object) -> str:
    """A whole text that holds nothing but `value` at `path`."""
    for key in reversed(path):
        value = {key: value}
    assert isinstance(value, Mapping)  # noqa: S101  # a path has at least one key
    return tomlkit.dumps(value).strip("\n")


def _holds(value: object, path: tuple[str, ...]) -> bool:
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    return True


def _tables(text: str, path: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where the table at `path` and each one below it begins and ends, line breaks included."""
    bounds = [*_headers(text), len(text)]
    found = []
    for start, following in pairwise(bounds):
        if _name(text[start:following])[: len(path)] == path:
            found.append((start, _end(text, following)))
    if not found:
        raise SettingsError("the entry is not written as a table with a header of its own; change it by hand")
    return found


def _end(text: str, following: int) -> int:
    """Where a table ends: blank lines and comments before the next header belong to that."""
    while not (line := text[line_start(text, following - 1) : following].strip()) or line.startswith("#"):
        following = line_start(text, following - 1)
    return following


def _headers(text: str) -> Iterator[int]:
    """Where the lines begin that are headers of tables."""
    known = 0
    for candidate in _HEADER.finditer(text):
        try:
            tomllib.loads(text[known : candidate.start()])
        except tomllib.TOMLDecodeError:
            continue  # a line of an array or of a string
        known = candidate.start()
        yield known


def _name(table: str) -> tuple[str, ...]:
    """The path in the header that a text begins with."""
    value: object = tomllib.loads(table.split("\n", 1)[0].rstrip("\r"))
    path = []
    while value and isinstance(value, dict | list):
        if isinstance(value, list):
            value = value[0]
        else:
            key, value = next(iter(value.items()))
            path.append(key)
    return tuple(path)


def _gap(text: str, start: int, end: int) -> int:
    """Where to cut before a table: with the blank line before it, where another one or nothing follows."""
    apart = _BLANK_BEFORE.search(text, 0, start)
    return apart.start() if apart and _BLANK_BEHIND.match(text, end) else start
