"""YAML, changed in place: whole entries of a block mapping are put in and taken out.

PyYAML reads, says where each node stands, and writes the new entry. (A round trip through a library that
keeps comments would still rewrite `null`, quotes and indentation of lines that are not ours.)
"""

from __future__ import annotations

import json
import re
from typing import TypeAlias

import yaml

from .splicing import SettingsError, Splice, indented, line_start, newline_of, spliced

__all__ = ["COMMENT", "drop", "parse", "put", "render", "span"]

COMMENT = re.compile(r"#[^\r\n]*")
_Entry: TypeAlias = tuple[yaml.Node, yaml.Node]
_NULL = "tag:yaml.org,2002:null"
_STEP = "  "
_ENDLESS = 1_000_000
"""Columns of a line; no value of ours is broken in two."""


def parse(text: str) -> dict[str, object]:
    """The mapping that a text holds; a text of nothing but space and comments holds an empty one.

    Raises:
        SettingsError: not YAML, several documents, a tag of some program's own, or not a mapping.
    """
    try:
        value = yaml.safe_load(text)
        json.dumps(value, default=str, skipkeys=True)  # a ValueError where something holds itself
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise SettingsError("not valid YAML", line) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise SettingsError("not valid YAML") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise SettingsError("not a YAML mapping")
    return value


def put(text: str, path: tuple[str, ...], value: object) -> str:
    """The text with an entry at `path`: in the place of the entry there, else as the last one.

    Raises:
        SettingsError: as `parse`, or something on the way is not a mapping with each entry on its own lines.
    """
    parse(text)
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    if node is None or (node.tag == _NULL and not node.value):
        return spliced(text, [_behind(text, len(text), render(path, value), "")])
    return spliced(text, _edits(text, node, path, value))


def drop(text: str, path: tuple[str, ...]) -> str:
    """The text without the entry at `path`, which must be there; a mapping that loses all becomes `{}`.

    Raises:
        SettingsError: as `put`.
    """
    *outer, entry = _way(text, path)
    edits = [Splice(*_lines(text, entry))]
    if outer and len(outer[-1][1].value) == 1:
        colon = _colon(text, outer[-1])
        edits.append(Splice(colon, colon, " {}"))
    return spliced(text, edits)


def span(text: str, path: tuple[str, ...]) -> tuple[int, int]:
    """Where the lines of the entry at `path`, which must be there, begin and end.

    Raises:
        SettingsError: as `put`.
    """
    return _lines(text, _way(text, path)[-1])


def render(path: tuple[str, ...], value: object) -> str:
    """A whole text that holds nothing but `value` at `path`."""
    for key in reversed(path):
        value = {key: value}
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, default_flow_style=False, width=_ENDLESS)
    return text.rstrip("\n")


def _edits(text: str, node: yaml.Node, path: tuple[str, ...], value: object) -> list[Splice]:
    """The edits that put an entry at `path` below a node."""
    indent = " " * node.start_mark.column
    entry = _entries(node).get(path[0])
    if entry is None:
        return [_behind(text, _end(node), render(path, value), indent)]
    if len(path) == 1:
        start, end = _lines(text, entry)
        newline = newline_of(text)
        return [Splice(start, end, indent + indented(render(path, value), indent, newline) + newline)]
    inner = entry[1]
    if not inner.value or inner.tag == _NULL:
        end = inner.end_mark.index
        return [Splice(_colon(text, entry), end), _behind(text, end, render(path[1:], value), indent + _STEP)]
    return _edits(text, inner, path[1:], value)


def _entries(node: yaml.Node) -> dict[str, _Entry]:
    """The entries of a mapping. (Keys that are not plain words, `parse` has refused.)

    Raises:
        SettingsError: not a mapping with each entry on its own lines, or a key stands there twice.
    """
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode) or node.flow_style:
        raise SettingsError("not a mapping with each entry on a line of its own", line)
    found: dict[str, _Entry] = {}
    for key, value in node.value:
        if key.value in found:
            raise SettingsError("a key stands twice in the same mapping; keep one of them", key.start_mark.line + 1)
        found[key.value] = key, value
    return found


def _way(text: str, path: tuple[str, ...]) -> list[_Entry]:
    """The entries on the way to `path`, which must be there."""
    parse(text)
    way: list[_Entry] = []
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    for key in path:
        assert node is not None  # noqa: S101  # where there is an entry, there is a root
        way.append(_entries(node)[key])
        node = way[-1][1]
    return way


def _lines(text: str, entry: _Entry) -> tuple[int, int]:
    """Where the lines of an entry begin and end.

    Raises:
        SettingsError: something else stands before it on its first line.
    """
    key, value = entry
    start = line_start(text, key.start_mark.index)
    if text[start : key.start_mark.index].strip(" "):
        raise SettingsError("the entry shares a line with something else", key.start_mark.line + 1)
    return start, _line_end(text, max(key.end_mark.index, _end(value)))


def _end(node: yaml.Node) -> int:
    """Where the last word of a node ends. (The mark of a mapping is behind the comments that follow it.)"""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        pairs = node.value if isinstance(node, yaml.SequenceNode) else [part for pair in node.value for part in pair]
        return max(_end(part) for part in pairs)
    return int(node.end_mark.index)


def _line_end(text: str, place: int) -> int:
    """Where the line ends that a place is on, its line break included; a place behind a line break is an end."""
    if text[:place].endswith("\n"):
        return place
    found = text.find("\n", place)
    return len(text) if found < 0 else found + 1


def _colon(text: str, entry: _Entry) -> int:
    """The place behind the colon of an entry."""
    return text.index(":", entry[0].end_mark.index) + 1


def _behind(text: str, place: int, block: str, indent: str) -> Splice:
    """The edit that puts a block on lines of its own behind the line that a place is on."""
    newline = newline_of(text)
    end = _line_end(text, place)
    gap = newline if end and not text[:end].endswith("\n") else ""
    return Splice(end, end, gap + indent + indented(block, indent, newline) + newline)
