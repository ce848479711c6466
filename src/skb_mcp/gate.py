"""Guarantee G1: what points to an ineligible page is taken out of every eligible one.

All that is known of an ineligible page is its URL. A link to it goes together with its words, which
are often that page's title. A citation in brackets and a list item that is nothing but the link go
without trace; inside a sentence an ellipsis in brackets marks the gap. The rest of the sentence
stays: it may be the one that says when to call for help. Line numbers stay as they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .models import Entity, Ingredient, Link, Question, SourceRef
from .sections import MAX_BRACKETS, inline_tokens
from .urls import canonicalise, decoded, mentioned

__all__ = ["Gate"]

GAP = "[…]"
"""What stands in a sentence for a link that may not be shown."""

_WORD = re.compile(r"[\w.-]+")
_PREFIX = re.compile(r"\s*(?:(?:[-*+>]|\d+[.)]|#{1,6})\s+)*")
_DEFINITION = re.compile(r"[ \t>]*\[[^\]\n]+\]:[ \t]*\n?[ \t]*<?([^\s>]+)>?[^\n]*(?:\n[ \t]*[\"'(][^\n]*)?")
_UNDERLINE = re.compile(r"\s*(?:=+|-+)\s*\Z")
_LISTED_GAP = re.compile(r"(?<=\()\s*\[…\]\s*[,;]\s*|[,;]\s*\[…\](?=\s*[,;)])")
_CITED_GAP = re.compile(r"\s*\(\s*\[…\]\s*\)")
_WORDLESS = re.compile(r"(?:\[…\]|[\s\W_])*\Z")


class Gate:
    """Knows the URLs that may not be shown.

    `urls` are canonical, `paths` the lower-case paths of URLs that have no canonical form, `files`
    the lower-case stems of the files, by which a relative link may point to them.
    """

    def __init__(
        self,
        base: str,
        urls: frozenset[str],
        paths: frozenset[str] = frozenset(),
        files: frozenset[str] = frozenset(),
    ) -> None:
        self._base = base
        self._urls = urls
        self._names = files | {url.rsplit("/", 1)[-1] for url in urls}
        self._paths = paths

    @cached_property
    def _path(self) -> re.Pattern[str]:
        return re.compile(rf"(?:{'|'.join(map(re.escape, sorted(self._paths)))})(?![\w-])")

    def touches(self, text: str) -> bool:
        """Whether `text` may point to an ineligible page, because it holds a slug, file name or path of one.

        Cheap, and never wrongly no.
        """
        if not self._names and not self._paths:
            return False
        plain = decoded(text)
        return any(not self._names.isdisjoint(_names(word)) for word in _WORD.findall(plain)) or self._has_path(plain)

    def _has_path(self, plain: str) -> bool:
        return bool(self._paths) and bool(self._path.search(plain))

    def shuts(self, url: str) -> bool:
        """Whether a link target is an ineligible page; a relative target is told by any part of its path."""
        if canonicalise(url, self._base) in self._urls or self.mentions(url):
            return True
        if ":" in url or url.startswith(("//", "#")):
            return False
        parts = re.split(r"[?#]", decoded(url), maxsplit=1)[0].split("/")
        return any(not self._names.isdisjoint(_names(part)) for part in parts if part)

    def mentions(self, text: str) -> bool:
        """Whether `text` holds the URL of an ineligible page in any written form."""
        if not mentioned(text, self._base).isdisjoint(self._urls):
            return True
        return self._has_path(decoded(text))

    def clean_body(self, body: str) -> tuple[str, tuple[int, ...]]:
        """A Markdown body without anything that points to an ineligible page, and the lines changed (from 0)."""
        if not self.touches(body):
            return body, ()
        env: dict[str, Any] = {}
        tokens = MarkdownIt("commonmark").disable("inline").parse(body, env)
        before = body.split("\n")
        lines = list(before)
        for token in tokens:
            if token.map and token.type == "inline":
                self._clean_inline(lines, token, env)
            elif token.map and token.type in ("fence", "code_block", "html_block"):
                self._clean_verbatim(lines, *token.map)
        for reference in env.get("references", {}).values():
            if self.shuts(str(reference["href"])):
                start, end = reference["map"]
                lines[start:end] = [""] * (end - start)
        self._clean_definitions(lines)
        lines = ["" if self.touches(line) and self.mentions(line) else line for line in lines]
        changed = tuple(n for n, (old, new) in enumerate(zip(before, lines, strict=True)) if old != new)
        return "\n".join(lines), changed

    def _clean_definitions(self, lines: list[str]) -> None:
        """Link definitions that CommonMark passes over, because the label is defined already."""
        for start in range(len(lines)):
            # The target and the title may stand on lines of their own.
            chunk = lines[start : start + 3]
            definition = _DEFINITION.match("\n".join(chunk))
            if definition and self.touches(definition[1]) and self.shuts(definition[1]):
                end = start + definition[0].count("\n") + 1
                lines[start:end] = [""] * (end - start)

    def _clean_inline(self, lines: list[str], token: Token, env: dict[str, Any]) -> None:
        start, end = token.map or (0, 0)
        if (cleaned := self.clean_text(token.content, env)) == token.content:
            return
        prefix = _PREFIX.match(lines[start])
        first = (prefix[0] if prefix else "") + re.sub(r"\s*\n\s*", " ", cleaned) if cleaned else ""
        lines[start:end] = [first, *[""] * (end - start - 1)]
        if not cleaned and end < len(lines) and _UNDERLINE.match(lines[end]):
            lines[end] = ""

    def _clean_verbatim(self, lines: list[str], start: int, end: int) -> None:
        """Code and HTML go whole; an anchor that is left open takes what it encloses with it."""
        text = "\n".join(lines[start:end])
        if not (self._hides(text) or self.shuts_html(text)):
            return
        if "<a" in text.lower() and "</a" not in text.lower():
            closing = (n + 1 for n in range(end, len(lines)) if "</a" in lines[n].lower())
            end = next(closing, len(lines))
        lines[start:end] = [""] * (end - start)

    def clean_text(self, text: str, env: dict[str, Any] | None = None) -> str:
        """Inline Markdown without links to ineligible pages and without their URLs; empty when nothing is left."""
        references = bool(env and env.get("references"))
        if not references and not self.touches(text):
            return text
        if text.count("[") > MAX_BRACKETS:
            return ""
        tokens = inline_tokens(text, env)
        cleaned = "".join(self._render(tokens)) if any(map(self._is_shut, tokens)) else text
        if self.touches(cleaned) and self.mentions(cleaned):
            words = re.split(r"(\s+)", cleaned)
            cleaned = "".join(GAP if self.mentions(word) else word for word in words)
        if cleaned == text:
            return text
        tidy = _CITED_GAP.sub("", _LISTED_GAP.sub("", cleaned))
        return "" if _WORDLESS.match(tidy) or self.mentions(tidy) else tidy

    def _hides(self, code: str) -> bool:
        """Whether code shows a link to an ineligible page."""
        return self.touches(code) and ("](" in code or self.mentions(code))

    def _is_shut(self, token: Token) -> bool:
        if token.type == "code_inline":
            return self._hides(token.content)
        if token.type == "html_inline":
            return self.shuts_html(token.content)
        target = token.attrGet("href") if token.type == "link_open" else token.attrGet("src")
        return token.type in ("link_open", "image") and self.shuts(str(target or ""))

    def shuts_html(self, tag: str) -> bool:
        """Whether an HTML tag has an attribute that leads to an ineligible page."""
        values = re.findall(r"""=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", tag)
        return any(self.shuts(value) for group in values for value in group if value)

    def _render(self, tokens: list[Token]) -> Iterator[str]:
        """The tokens as Markdown again, with a gap for every shut link."""
        closing: str | None = None
        opened: Token | None = None
        for token in tokens:
            if closing:
                ends = token.type == closing and (closing != "html_inline" or "</a" in token.content.lower())
                closing = None if ends else closing
            elif self._is_shut(token):
                yield GAP
                anchor = token.content.lower().startswith("<a")
                closing = {"link_open": "link_close", "html_inline": "html_inline" if anchor else None}.get(token.type)
            elif token.type == "link_open":
                opened = token
                yield "<" if token.markup == "autolink" else "["
            elif token.type == "link_close":
                yield _link_end(opened)
            elif token.type == "code_inline" and self._hides(token.content):
                yield GAP
            else:
                yield _source(token)

    def clean_page(self, page: Entity) -> Entity | None:
        """An eligible page without anything that points to an ineligible one; None when its title does."""
        if not self._names and not self._paths:
            return page
        if self.clean_text(page.title) != page.title:
            return None
        update: dict[str, object] = {
            name: self.clean_text(value) or None
            for name, value in page
            if isinstance(value, str) and name not in ("title", "canonical_url", "path")
        }
        update |= {
            "aliases": tuple(a for a in page.aliases if self.clean_text(a) == a),
            "key_ingredients": self._links(page.key_ingredients),
            "ranked_products": self._links(page.ranked_products),
            "links": self._links(page.links),
            "evidence_sources": self._sources(page.evidence_sources),
            "product_fact_sources": self._sources(page.product_fact_sources),
        }
        if isinstance(page, Question) and page.primary_concern:
            update["primary_concern"] = next(iter(self._links((page.primary_concern,))), None)
        if isinstance(page, Ingredient):
            # A warning outlives the page that supports it.
            update["cautions"] = tuple(
                c.model_copy(update={"text": text, "source": None if c.source and self.shuts(c.source) else c.source})
                for c in page.cautions
                if (text := self.clean_text(c.text)) and not self.touches(c.topic)
            )
        return page.model_copy(update=update)

    def _links(self, links: tuple[Link, ...]) -> tuple[Link, ...]:
        kept = (link for link in links if not self.shuts(link.url) and not self.mentions(link.title))
        return tuple(link.model_copy(update={"why": self.clean_text(link.why or "") or None}) for link in kept)

    def _sources(self, refs: tuple[SourceRef, ...]) -> tuple[SourceRef, ...]:
        return tuple(
            ref
            for ref in refs
            if not self.shuts(ref.canonical_url)
            and not any(self.mentions(t) for t in (ref.title, ref.original_url or "", ref.source_type or ""))
        )


def _names(part: str) -> set[str]:
    """What a piece of a path may be called: as it stands, and without one or all of its endings."""
    return {part, part.rpartition(".")[0], part.partition(".")[0], part.strip("._-")} - {""}


def _link_end(opened: Token | None) -> str:
    if opened is None or opened.markup == "autolink":
        return ">"
    target = str(opened.attrGet("href") or "")
    if re.search(r"[\s()<>\\]", target):
        target = "<" + re.sub(r"([<>\\])", r"\\\1", target) + ">"
    title = re.sub(r'(["\\])', r"\\\1", str(opened.attrGet("title") or ""))
    return f"]({target}" + (f' "{title}")' if title else ")")


def _source(token: Token) -> str:
    """A token as it stood in the file."""
    match token.type:
        case "image":
            return f"![{token.content}]({token.attrGet('src')})"
        case "code_inline":
            return f"{token.markup}{token.content}{token.markup}"
        case "text_special":
            return token.markup
        case "softbreak" | "hardbreak":
            return "\n"
    return token.content
