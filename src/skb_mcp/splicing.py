"""Edits of a text at known places: everything between the places stays as it is, byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .errors import SkbError

__all__ = ["SettingsError", "Splice", "indented", "line_start", "newline_of", "spliced"]


class SettingsError(SkbError):
    """Settings of a client that cannot be found, read or changed; `line` is 1-based, where there is one."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class Splice(NamedTuple):
    """`new` in the place of `text[start:end]`, in characters."""

    start: int
    end: int
    new: str = ""


def spliced(text: str, edits: Sequence[Splice]) -> str:
    """The text after all edits, which must not overlap; two at the same place are made in the order given."""
    for start, end, new in sorted(edits, key=lambda edit: edit.start)[::-1]:
        text = text[:start] + new + text[end:]
    return text


def newline_of(text: str) -> str:
    """The line ending that new lines of a text get: that of its first line."""
    first = text.find("\n")
    return "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"


def line_start(text: str, place: int) -> int:
    """Where the line begins that a place is on."""
    return text.rfind("\n", 0, place) + 1


def indented(block: str, indent: str, newline: str) -> str:
    """A block of lines, all but the first moved in, with the line ending of the text it goes to."""
    return block.replace("\n", f"{newline}{indent}")
