"""YAML for our own data files (manifest, lexicon, red-flag rules): plain data, bounded."""

from __future__ import annotations

import re
from typing import Any

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler

from .errors import SkbError

__all__ = ["MAX_BYTES", "DataFileError", "load_yaml", "read_yaml_page"]

MAX_DEPTH = 8
MAX_BYTES = 2 * 1024 * 1024
"""The largest file of words or rules."""

_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]  # which of the two it is depends on how PyYAML was built
    """YAML allows each key once (1.2.2, 3.2.1.3); PyYAML itself would let the last one win without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(problem="a key stands twice", problem_mark=key.start_mark)
                seen.add(key.value)
        return dict(super().construct_mapping(node, deep))


class DataFileError(SkbError):
    """A data file that cannot be read; `line` is 1-based."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


def load_yaml(text: str) -> object:
    """The value of a YAML text made of mappings, lists and scalars.

    Raises:
        DataFileError: not YAML, a key twice, a tag, an anchor or alias, deeper than 8 levels, over 2 MiB.
    """
    if len(text) > MAX_BYTES:
        raise DataFileError(1, "larger than 2 MiB")
    try:
        if not _is_plain(text):
            _refuse_machinery(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506  # the loader is yaml's safe one
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DataFileError(line, f"not valid YAML: {error.problem or 'cannot be read'}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise DataFileError(1, f"not valid YAML: {type(error).__name__}") from None


class _StrictHandler(YAMLHandler):
    def load(self, fm: str, **_: object) -> dict[str, Any]:
        value = load_yaml(fm)
        if not isinstance(value, dict):
            raise DataFileError(1, "expected a mapping of keys to values")
        return value


def read_yaml_page(text: str) -> tuple[dict[str, object], str]:
    """(front matter, body) of a Markdown file whose front matter is strict YAML.

    Raises:
        DataFileError: as `load_yaml`, or there is no front matter.
    """
    metadata, body = frontmatter.parse(text, handler=_StrictHandler())
    if not metadata:
        raise DataFileError(1, "no front matter")
    return dict(metadata), body


_SUSPECT = re.compile(
    r"(?:^|[\s\[{(,:?-])(?:[&*](?=\S)|!)"  # an anchor, an alias, a tag
    r"|^ {7,}|^ {5,}.*[\[{]|(?:- +){2}|\t|[?:] +[?-] "  # what may be nested deeper than eight levels
    r"|[\[{][^\]}]*[\[{]",  # brackets in brackets
    re.MULTILINE,
)
"""What a text without tags, anchors, aliases and deep nesting does not have; other texts may have it, too."""


def _is_plain(text: str) -> bool:
    """Whether a text surely holds no machinery: looking at every event of a large file takes longer than reading it."""
    return not _SUSPECT.search(text)


def _refuse_machinery(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise DataFileError(line, "tags, anchors and aliases are not read; write the value itself")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise DataFileError(line, f"nested deeper than {MAX_DEPTH} levels")
