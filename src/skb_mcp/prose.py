"""Short texts: Markdown as plain words, and prose as sentences."""

from __future__ import annotations

import re

__all__ = ["plain", "sentences"]

_SENTENCE_END = re.compile(
    r"(?:(?<=[.!?])|(?<=[.!?][\"”’)\]*_]))(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bapprox\.)(?<!\bvs\.)(?<!\bDr\.)\s+"
    r"(?=[\"“(\[*_]*[A-Z0-9])"
)
_MARKUP = re.compile(
    r"\[([^\[\]]{0,300})\]\([^()\s]{0,2000}\)|\[([^\[\]]{0,300})\]\[[^\[\]]{0,100}\]|<(https?://[^<>\s]{0,2000})>|[*_`]{1,3}"
)


def plain(markdown: str) -> str:
    """Inline Markdown as plain words: links keep their text, emphasis marks go."""
    return " ".join(_MARKUP.sub(lambda m: m[1] or m[2] or m[3] or "", markdown).split())


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph, in order, nothing lost but the blanks between them."""
    return [part for part in _SENTENCE_END.split(text) if part]
