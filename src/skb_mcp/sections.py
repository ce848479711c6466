"""The body of a page: its sections and its links, read with markdown-it-py.

Pages head their parts in their own words, so the Quick Answer and the "when to get help"
sections are told by what a heading means, not by its exact wording.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .models import Link, Section
from .prose import plain, sentences

__all__ = ["MAX_BRACKETS", "MAX_HEADING", "blocks", "inline_links", "inline_tokens", "read_body"]

MAX_HEADING = 200
"""Longer headings are cut: no author writes them, and patterns are matched against them."""

MAX_BRACKETS = 500
"""A block with more opening brackets is no text that an author wrote."""

_QUICK = re.compile(
    r"\b(?:quick|short|brief)\b.*\b(?:answer|summary|take|version|overview)\b|\A(?:summary|in short|in brief|tl;?dr"
    r"|at a glance|key takeaways?|the answer|answer)\b",
    re.IGNORECASE,
)
_CLINICIAN = r"(?:doctor|gp|dermatologist|clinician|professional|pharmacist)"
_HELP = re.compile(
    rf"\bwhen\b.*\b(?:{_CLINICIAN}|medical|see someone|worry|worried|concerned)\b|\bwhen to (?:go|get|seek|ask|call)\b"
    rf"|\b(?:see|ask|call|contact|consult|talk to|speak to|visit)\b.*\b{_CLINICIAN}\b"
    r"|\b(?:get|getting|seek|seeking|needs?)\b.*\b(?:help|medical|attention)\b|\bcall \d{3}\b|\ba&e\b"
    r"|\bwhen\b.*\b(?:seek|get|need)\b.*\b(?:care|advice|attention|help)\b"
    r"|\b(?:red flags?|warning signs?|danger signs?|urgent|emergency)\b|\Awarnings?\Z",
    re.IGNORECASE,
)
_RELATED = re.compile(r"\Arelated\b(?:\W+\w+)?\Z|\Asee also\b|\A(?:further|more) reading\b", re.IGNORECASE)


@cache
def _parser() -> MarkdownIt:
    """CommonMark down to blocks; a block's inline part is parsed only where a link may stand."""
    return MarkdownIt("commonmark").disable("inline")


def read_body(body: str, first_line: int) -> tuple[tuple[Section, ...], tuple[Link, ...]]:
    """Cut a Markdown body into sections and collect its links.

    A section runs from a level-2 heading to the next heading of level 1 or 2; text between the
    page's title and its first section is a section with an empty heading. `first_line` is the
    line of the file on which `body` begins.
    """
    env: dict[str, Any] = {}
    tokens = _parser().parse(body, env)
    lines = body.split("\n")
    heads = [_head(t, tokens[n + 1]) for n, t in enumerate(tokens) if _cuts(t)]
    starts = [(0, 0, ""), *heads]
    ends = [start for start, _, _ in heads] + [len(lines)]
    sections = tuple(
        _section(heading, text, first_line + start)
        for (start, text_start, heading), end in zip(starts, ends, strict=True)
        if (text := "\n".join(lines[text_start:end]).strip()) or heading
    )
    return sections, tuple(_links(tokens, env, first_line))


def blocks(body: str) -> Iterator[tuple[int, str]]:
    """(0-based line, Markdown) of every block of a body that holds words: heading, paragraph, list item, cell."""
    for token in _parser().parse(body):
        if token.type == "inline":
            yield (token.map or [0])[0], token.content.replace("\n", " ")


def _section(heading: str, text: str, line: int) -> Section:
    role = _role(heading)
    points = tuple(_points(text)) if role == "help" else ()
    return Section(heading=heading, text=text, line=line, role=role, points=points)


def _cuts(token: Token) -> bool:
    return token.type == "heading_open" and token.level == 0 and token.tag in ("h1", "h2")


def _head(opening: Token, inline: Token) -> tuple[int, int, str]:
    """(first line, first line of the text, plain heading); a level-1 heading is the page's title."""
    start, end = opening.map or (0, 0)
    return start, end, plain(inline.content[:MAX_HEADING]) if opening.tag == "h2" else ""


def _role(heading: str) -> Literal["quick_answer", "help", "related", "other"]:
    if _QUICK.search(heading):
        return "quick_answer"
    if _RELATED.search(heading):
        return "related"
    return "help" if _HELP.search(heading) else "other"


def _links(tokens: list[Token], env: dict[str, Any], first_line: int) -> Iterator[Link]:
    for token in tokens:
        if token.type == "inline":
            line = first_line + (token.map or [0])[0]
            for title, url in inline_links(token.content, env):
                yield Link(title=title, url=url, line=line)


def inline_links(text: str, env: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    """(text, URL) of every link and image in one block's inline Markdown; `env` knows the references."""
    found: list[tuple[str, str]] = []
    words: list[str] | None = None
    url = ""
    for token in inline_tokens(text, env):
        if token.type == "link_open":
            words, url = [], str(token.attrGet("href") or "")
        elif token.type == "link_close" and words is not None:
            found.append(("".join(words), url))
            words = None
        elif token.type == "image":
            found.append((token.content, str(token.attrGet("src") or "")))
        if words is not None:
            words.append(" " if token.type == "softbreak" else token.content)
    return found


def inline_tokens(text: str, env: dict[str, Any] | None = None) -> list[Token]:
    """One block's inline Markdown as tokens of links, images, code, HTML and text; none where no link can be.

    A block with more brackets than any author writes is not taken apart: nested brackets make
    CommonMark readers slow.
    """
    links = "](" in text or "][" in text or "<" in text or bool(env and env.get("references"))
    if not links or text.count("[") > MAX_BRACKETS:
        return []
    return [
        t
        for inline in _inline_parser().parseInline(text, env if env is not None else {})
        for t in inline.children or []
    ]


class _LinkReader(MarkdownIt):
    """Reads inline Markdown for its links alone, and takes every target as it is written."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802  # markdown-it-py's name
        return url

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802  # markdown-it-py's name and argument
        return True


@cache
def _inline_parser() -> MarkdownIt:
    reader = _LinkReader("zero", {"html": True})
    reader.enable(["link", "image", "autolink", "backticks", "escape", "entity", "html_inline"])
    # Escapes stay tokens of their own, so that a text can be written again as it was.
    return reader.disable("text_join")


def _points(text: str) -> Iterator[str]:
    """The points of a "when to get help" section, as plain text: each list item, and each sentence beside a list."""
    depth = 0
    for token in _parser().parse(text):
        depth += {"list_item_open": 1, "list_item_close": -1}.get(token.type, 0)
        if token.type == "inline":
            words = plain(token.content.replace("\n", " "))
            # "Call today if you have:" only leads in what follows.
            yield from [words] if depth else (s for s in sentences(words) if not s.endswith(":"))
