"""JSON with comments and trailing commas, changed in place.

Comments are blanked out to spaces of the same length. What is left is read by the standard library,
which also says where each value ends; edits are then made in the text as it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, NoReturn

from .splicing import SettingsError, Splice, line_start, newline_of, spliced

__all__ = ["COMMENT", "drop", "parse", "put", "render", "span"]

COMMENT = re.compile(r"//[^\r\n]*|/\*.*?\*/", re.DOTALL)
_STRING = r'"(?:[^"\\\r\n]|\\[^\r\n])*"'
_LEXEME = re.compile(rf"{_STRING}|{COMMENT.pattern}", re.DOTALL)
_TRAILING = re.compile(rf"({_STRING}|[\w.+-]+|[}}\]])(?:(\s*),(?=\s*[}}\]]))?")
_ENDING_COMMA = re.compile(r",\s*[}\]]")
_COMMENT_BEHIND = re.compile(rf"[ \t]*(?:{COMMENT.pattern})", re.DOTALL)
_INDENTED = re.compile(r'^([ \t]+)"', re.MULTILINE)
_SPACE = re.compile(r"[ \t\r\n]*")
_BLANK = re.compile(r"[ \t]*")
_DECODER = json.JSONDecoder()


def parse(text: str) -> dict[str, object]:
    """The object that a text holds; a text of nothing but space and comments holds an empty one.

    Raises:
        SettingsError: not JSON, or not an object.
    """
    plain = _plain(text)
    if not plain.strip():
        return {}
    try:
        value = json.loads(plain, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise SettingsError(f"not valid JSON: {error.msg}", error.lineno) from None
    except (ValueError, RecursionError):
        raise SettingsError("not valid JSON: a number that is none, or nested too deeply") from None
    if not isinstance(value, dict):
        raise SettingsError("not a JSON object")
    return value


def put(text: str, path: tuple[str, ...], value: object) -> str:
    """The text with `value` at `path`: in the place of the value there, else as the last member.

    Raises:
        SettingsError: as `parse`, or a value on the way is not an object.
    """
    tree = _Tree(text)
    if not tree.plain.strip():
        comments = text.rstrip()
        fresh = f"{render(path, value)}\n".replace("\n", tree.newline)
        return f"{comments}{tree.newline}{fresh}" if comments else fresh
    parent, missing = tree.descend(path)
    if not missing:
        member = tree.members(parent)[path[-1]]
        new = tree.written(value, tree.indent(member.key), tree.compact(parent))
        return spliced(text, [Splice(member.value, member.end, new)])
    for key in reversed(missing[1:]):
        value = {key: value}
    return spliced(text, tree.insertion(parent, missing[0], value))


def drop(text: str, path: tuple[str, ...]) -> str:
    """The text without the member at `path`, which must be there; an object that loses all becomes `{}`."""
    tree = _Tree(text)
    parent, _ = tree.descend(path)
    return spliced(text, tree.removal(parent, path[-1]))


def span(text: str, path: tuple[str, ...]) -> tuple[int, int]:
    """Where the value at `path`, which must be there, begins and ends."""
    tree = _Tree(text)
    parent, _ = tree.descend(path)
    member = tree.members(parent)[path[-1]]
    return member.value, member.end


def render(path: tuple[str, ...], value: object) -> str:
    """A whole text that holds nothing but `value` at `path`."""
    for key in reversed(path):
        value = {key: value}
    return _dumped(value, "  ")


def _dumped(value: object, unit: str, indent: str = "") -> str:
    """JSON as people write it: each member on its own line, a list on one."""
    if not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False)
    inside = indent + unit
    members = [f"{inside}{json.dumps(key, ensure_ascii=False)}: {_dumped(value[key], unit, inside)}" for key in value]
    return "{\n" + ",\n".join(members) + f"\n{indent}}}"


def _refuse(_: str) -> NoReturn:
    raise ValueError


@lru_cache(maxsize=4)
def _bare(text: str) -> str:
    """The text with its comments blanked out."""
    if "//" not in text and "/*" not in text:
        return text

    def blanked(found: re.Match[str]) -> str:
        return found[0] if found[0].startswith('"') else re.sub(r"[^\r\n]", " ", found[0])

    return _LEXEME.sub(blanked, text)


@lru_cache(maxsize=4)
def _plain(text: str) -> str:
    """The text with its comments and trailing commas blanked out: strict JSON, of the same length."""
    bare = _bare(text)
    if not _ENDING_COMMA.search(bare):
        return bare

    def blanked(found: re.Match[str]) -> str:
        return found[1] if found[2] is None else f"{found[1]}{found[2]} "

    return _TRAILING.sub(blanked, bare)


class _Member(NamedTuple):
    """Places of one member: its key, its value, and the end of that."""

    key: int
    value: int
    end: int


class _Tree:
    """A text that `parse` accepts, with the places of what is in it."""

    def __init__(self, text: str) -> None:
        parse(text)
        self.text = text
        self.bare = _bare(text)
        self.plain = _plain(text)
        self.newline = newline_of(text)
        self.root = _after(_SPACE, self.plain, 0)
        self.known: dict[int, dict[str, _Member]] = {}

    def members(self, start: int) -> dict[str, _Member]:
        """The members of the object at `start`, in their order.

        Raises:
            SettingsError: a key stands there twice.
        """
        if start in self.known:
            return self.known[start]
        found = self.known[start] = dict[str, _Member]()
        for key, member in self._members(start):
            if key in found:
                raise SettingsError("a key stands twice in the same object; keep one of them", self.line(member.key))
            found[key] = member
        return found

    def _members(self, start: int) -> Iterator[tuple[str, _Member]]:
        place = _after(_SPACE, self.plain, start + 1)
        while self.plain[place] != "}":
            key, end = _DECODER.raw_decode(self.plain, place)
            colon = _after(_SPACE, self.plain, end)
            value = _after(_SPACE, self.plain, colon + 1)
            _, end = _DECODER.raw_decode(self.plain, value)
            yield key, _Member(place, value, end)
            place = _after(_SPACE, self.plain, end)
            if self.plain[place] == ",":
                place = _after(_SPACE, self.plain, place + 1)

    def descend(self, path: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
        """(The innermost object on the way to `path`, the keys that are missing from there on).

        Raises:
            SettingsError: a value on the way is not an object.
        """
        place = self.root
        for depth, key in enumerate(path):
            member = self.members(place).get(key)
            if member is None:
                return place, path[depth:]
            if depth < len(path) - 1:
                if self.plain[member.value] != "{":
                    raise SettingsError(f"{key} is not an object", self.line(member.value))
                place = member.value
        return place, ()

    def insertion(self, start: int, key: str, value: object) -> list[Splice]:
        """The edits that make `key` the last member of the object at `start`."""
        last = next(reversed(self.members(start).values()), None)
        compact = self.compact(start)
        indent = self.indent(last.key) if last else self.indent(start) + self.unit()
        colon = ":" if compact and self.tight() else ": "
        member = f"{json.dumps(key)}{colon}{self.written(value, indent, compact)}"
        before = ("" if self.tight() else " ") if compact else self.newline + indent
        if last is None:
            return [self.filling(start, "" if compact else before, member)]
        comma = self.comma(last.end)
        if comma is None:
            anchor = self.after_comments(last.end)
            return [Splice(last.end, last.end, ","), Splice(anchor, anchor, before + member)]
        anchor = self.after_comments(comma + 1)
        return [Splice(anchor, anchor, f"{before}{member},")]

    def filling(self, start: int, before: str, member: str) -> Splice:
        """The edit that puts a first member into an empty object; comments in there stay before it."""
        close = self.close(start)
        inside = self.text[start + 1 : close]
        anchor = start + 1 + len(inside.rstrip())
        tail = self.text[anchor:close]
        if not inside.strip() or "\n" not in tail:
            tail = self.newline + self.indent(start) if before else ""
        return Splice(anchor, close, f"{before}{member}{tail}")

    def removal(self, start: int, key: str) -> list[Splice]:
        """The edits that take a member out of the object at `start`, with its comma and the space before it."""
        members = self.members(start)
        member, close = members[key], self.close(start)
        others = self.text[start + 1 : member.key] + self.text[member.end : close]
        if len(members) == 1 and not others.strip(" \t\r\n,"):
            return [Splice(start + 1, close)]
        comma = self.comma(member.end)
        edits = [self.excision(member.key, member.end if comma is None else comma + 1)]
        *_, previous, last = (None, *members)
        if comma is None and previous is not None and last == key:
            place = self.comma(members[previous].end)
            edits += [Splice(place, place + 1)] if place is not None else []
        return edits

    def excision(self, start: int, end: int) -> Splice:
        """The edit that takes out a stretch and the space before it.

        Where a comment stands before and something follows on the same line, the line break between them stays.
        """
        space = len(self.text[:start].rstrip(" \t\r\n"))
        rest = _after(_BLANK, self.text, end)
        commented = self.bare[space - 1] != self.text[space - 1]
        if commented and "\n" in self.text[space:start] and self.text[rest : rest + 1] not in ("\r", "\n"):
            return Splice(start, rest)
        return Splice(space, end)

    def written(self, value: object, indent: str, compact: bool) -> str:
        """A value as it is written on a line with that indentation."""
        if compact:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":") if self.tight() else None)
        return _dumped(value, self.unit(), indent).replace("\n", self.newline)

    def compact(self, start: int) -> bool:
        """Whether the object at `start` is written on one line; an empty one is as the text around it."""
        if self.members(start):
            return "\n" not in self.plain[start : self.close(start)]
        return start != self.root and "\n" not in self.plain.strip()

    def tight(self) -> bool:
        """Whether the text does without spaces after its colons."""
        return '":' in self.plain and '": ' not in self.plain

    def unit(self) -> str:
        """One step of indentation: that of the first indented key, else two spaces."""
        found = _INDENTED.search(self.text)
        return found[1] if found else "  "

    def indent(self, place: int) -> str:
        """The space at the beginning of the line that a place is on."""
        start = line_start(self.text, place)
        return self.text[start : _after(_BLANK, self.text, start)]

    def line(self, place: int) -> int:
        """The 1-based line that a place is on."""
        return self.text.count("\n", 0, place) + 1

    def close(self, start: int) -> int:
        """Where the object at `start` has its closing brace."""
        return int(_DECODER.raw_decode(self.plain, start)[1]) - 1

    def comma(self, end: int) -> int | None:
        """Where the comma is that follows a value that ends at `end`, be it a trailing one."""
        place = _after(_SPACE, self.bare, end)
        return place if self.bare[place] == "," else None

    def after_comments(self, place: int) -> int:
        """The end of the comments that follow on the same line and end there."""
        while (found := _COMMENT_BEHIND.match(self.text, place)) and "\n" not in found[0]:
            place = found.end()
        return place


def _after(blanks: re.Pattern[str], text: str, place: int) -> int:
    """The first place from `place` on that is not blank."""
    found = blanks.match(text, place)
    return found.end() if found else place
