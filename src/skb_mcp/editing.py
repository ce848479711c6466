"""One entry in the settings of a client: put in, changed, taken out, and nothing else touched.

Pure functions from text to text. Each format is edited by its own module in the same few words (`Editor`);
here it is decided what the entry becomes, and every new text is read again before it is given back: where
it does not hold exactly what it should, the edit is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, Protocol

from . import json_text, toml_text, yaml_text
from .splicing import SettingsError

__all__ = ["Entry", "Format", "KeyPath", "entry_of", "made_by_us", "snippet", "with_entry", "without_entry"]

Format = Literal["json", "toml", "yaml"]
Entry = Mapping[str, object]
KeyPath = tuple[str, ...]
"""The keys that lead to an entry, from the outermost."""


class Editor(Protocol):
    """What a module can do with texts of its format; `path` is always a `KeyPath`."""

    COMMENT: re.Pattern[str]

    def parse(self, text: str) -> dict[str, object]: ...
    def put(self, text: str, path: KeyPath, value: object) -> str: ...
    def drop(self, text: str, path: KeyPath) -> str: ...
    def span(self, text: str, path: KeyPath) -> tuple[int, int]: ...
    def render(self, path: KeyPath, value: object) -> str: ...


EDITORS: Mapping[Format, Editor] = {"json": json_text, "toml": toml_text, "yaml": yaml_text}

LOCAL = frozenset({"command", "args", "cmd", "env", "envs", "environment", "cwd"})
"""Keys that make sense only in the entry of a server that the client starts."""
REMOTE = frozenset({"url", "uri", "serverUrl", "httpUrl", "headers", "http_headers"})
"""Keys that make sense only in the entry of a server that is reached over HTTP."""
KIND = frozenset({"type", "source"})
TUNABLE = frozenset({"env", "envs", "environment", "timeout", "tools", "description"})
"""Keys that keep the value that a user has given them."""


def snippet(format_: Format, path: KeyPath, entry: Entry) -> str:
    """The entry as a text of its own, to be copied by hand; no line break at its end."""
    return EDITORS[format_].render(path, dict(entry))


def entry_of(format_: Format, text: str, path: KeyPath) -> object | None:
    """What stands at `path`, or None.

    Raises:
        SettingsError: the text cannot be read.
    """
    return _at(EDITORS[format_].parse(text), path)


def with_entry(format_: Format, text: str, path: KeyPath, entry: Entry) -> str:
    """The text with that entry; keys that a user has added to an older one stay. Twice is the same as once.

    Raises:
        SettingsError: the text cannot be read, or cannot be changed without loss.
    """
    editor = EDITORS[format_]
    before = editor.parse(text)
    old = _at(before, path)
    new = _merged(old, entry) if isinstance(old, dict) else dict(entry)
    if new == old:
        return text
    if old is not None and _comments(editor, text, path):
        raise SettingsError("the entry holds comments that would be lost; take it out first (--remove)")
    return _checked(editor, editor.put(text, path, new), _with(before, path, new))


def without_entry(format_: Format, text: str, path: KeyPath, original: str | None = None) -> str:
    """The text without the entry; without change where there is none.

    `original` is the text as it was before the entry was put in, if that is known: where nothing but the
    entry has changed since, it is given back as it was. Otherwise what held the entry goes, too, if it is
    empty now and the original did without it.

    Raises:
        SettingsError: as `with_entry`.
    """
    editor = EDITORS[format_]
    before = editor.parse(text)
    if _at(before, path) is None:
        return text
    if original is not None and made_by_us(format_, original, text, path):
        return original
    outer, meaning = path[:-1], _without(before, path)
    left = editor.drop(text, path)
    if _at(meaning, outer) == {}:
        # A table of TOML that is there only in the names of those below it goes with the last of them.
        bare, known = _without(meaning, outer), _parsed(editor, original)
        if known is not None and _at(known, outer) is None and _parsed(editor, left) == meaning:
            left = editor.drop(left, outer)
        return _checked(editor, left, meaning, bare)
    return _checked(editor, left, meaning)


def made_by_us(format_: Format, original: str, text: str, path: KeyPath) -> bool:
    """Whether `text` is what `with_entry` makes of `original`, which has no such entry, but for the entry itself."""
    editor = EDITORS[format_]
    entry, known = entry_of(format_, text, path), _parsed(editor, original)
    if known is None or not isinstance(entry, dict) or _at(known, path) is not None:
        return False
    try:
        made = with_entry(format_, original, path, entry)
        return _around(editor, made, path) == _around(editor, text, path)
    except SettingsError:
        return False


def _around(editor: Editor, text: str, path: KeyPath) -> tuple[str, str]:
    start, end = editor.span(text, path)
    return text[:start], text[end:]


def _parsed(editor: Editor, text: str | None) -> dict[str, object] | None:
    try:
        return None if text is None else editor.parse(text)
    except SettingsError:
        return None


def _at(value: object, path: KeyPath) -> object | None:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _merged(old: Entry, new: Entry) -> Entry:
    """The new entry with what a user has added to the old one, in the order of the old one."""
    stale = KIND | (LOCAL if REMOTE & set(new) else REMOTE)
    kept = {key: value for key, value in old.items() if key in new or key not in stale}
    return {**kept, **{key: value for key, value in new.items() if not (key in kept and key in TUNABLE)}}


def _comments(editor: Editor, text: str, path: KeyPath) -> bool:
    """Whether there is a comment in the entry: something that looks like one and can go without change."""
    meaning = editor.parse(text)
    place, end = editor.span(text, path)
    # What looks like a comment may begin inside a word and hide a real one: each place is tried.
    while found := editor.COMMENT.search(text, place, end):
        if _parsed(editor, text[: found.start()] + text[found.end() :]) == meaning:
            return True
        place = found.start() + 1
    return False


def _with(value: object, path: KeyPath, entry: object) -> object:
    if not path:
        return entry
    outer = value if isinstance(value, dict) else {}
    return {**outer, path[0]: _with(outer.get(path[0]), path[1:], entry)}


def _without(value: dict[str, object], path: KeyPath) -> dict[str, object]:
    if len(path) == 1:
        return {key: inner for key, inner in value.items() if key != path[0]}
    inner = value[path[0]]
    return {**value, path[0]: _without(inner, path[1:])} if isinstance(inner, dict) else value


def _checked(editor: Editor, text: str, *meanings: object) -> str:
    """The text, once it is seen to hold one of the things that it may.

    Raises:
        SettingsError: it does not.
    """
    if _parsed(editor, text) not in meanings:
        raise SettingsError("the file is written in a way that cannot be changed without loss")
    return text
