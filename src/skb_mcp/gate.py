"""Guarantee G1: what points to an ineligible page is taken out of every eligible one.

All that is known of an ineligible page is its URL. A link to it goes together with its words:
they are often that page's title. In prose the whole sentence goes, because half a sentence
("do not use … while pregnant") can say the opposite of the whole. Where a sentence cannot be
told apart safely, the whole block goes. Line numbers stay as they were.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .models import Entity, Ingredient, Link, Question, SourceRef
from .prose import sentences
from .sections import inline_links
from .urls import canonicalise, decoded, mentioned

__all__ = ["Gate"]

_TOKEN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PREFIX = re.compile(r"\s*(?:(?:[-*+>]|\d+[.)]|#{1,6})\s+)*")


@dataclass(frozen=True, slots=True)
class Gate:
    """Knows the URLs that may not be shown.

    `urls` are canonical; `raw` are lower-case strings of pages whose URL has no canonical form.
    """

    base: str
    urls: frozenset[str]
    raw: frozenset[str] = frozenset()

    def touches(self, text: str) -> bool:
        """Whether `text` may point to an ineligible page, because it holds a slug or a raw URL of one.

        Cheap, and never wrongly no.
        """
        if not self.urls and not self.raw:
            return False
        plain = decoded(text)
        slugs = {url.rsplit("/", 1)[-1] for url in self.urls}
        return not slugs.isdisjoint(_TOKEN.findall(plain)) or any(raw in plain for raw in self.raw)

    def shuts(self, url: str) -> bool:
        """Whether a link target is an ineligible page; a relative target is told by its slug."""
        if canonicalise(url, self.base) in self.urls or self.mentions(url):
            return True
        if ":" in url or url.startswith(("//", "#")):
            return False
        slug = decoded(url).split("#")[0].split("?")[0].rstrip("/").rsplit("/", 1)[-1].removesuffix(".md")
        return any(blocked.endswith("/" + slug) for blocked in self.urls) if slug else False

    def mentions(self, text: str) -> bool:
        """Whether `text` holds the URL of an ineligible page in any written form."""
        if not mentioned(text, self.base).isdisjoint(self.urls):
            return True
        return bool(self.raw) and any(raw in decoded(text) for raw in self.raw)

    def clean_body(self, body: str) -> str:
        """A Markdown body without anything that points to an ineligible page."""
        if not self.touches(body):
            return body
        env: dict[str, Any] = {}
        tokens = MarkdownIt("commonmark").disable("inline").parse(body, env)
        lines = body.split("\n")
        for token in tokens:
            if token.map and token.type in ("inline", "fence", "code_block", "html_block"):
                self._clean_block(lines, token, env)
        return "\n".join("" if self.touches(line) and self.mentions(line) else line for line in lines)

    def _clean_block(self, lines: list[str], token: Token, env: dict[str, Any]) -> None:
        start, end = token.map or (0, 0)
        bad = self._judge(env)
        text = "\n".join(lines[start:end])
        if not self.touches(text) or not bad(text):
            return
        kept: list[str] = []
        if token.type == "inline" and "<" not in text:
            kept = [s for s in sentences(token.content) if not bad(s)]
            if any(s.count("[") != s.count("]") for s in kept) or bad(" ".join(kept)):
                kept = []
        prefix = _PREFIX.match(lines[start])
        first = (prefix[0] if prefix else "") + " ".join(" ".join(kept).split()) if kept else ""
        lines[start:end] = [first, *[""] * (end - start - 1)]

    def _judge(self, env: dict[str, Any]) -> Callable[[str], bool]:
        def bad(text: str) -> bool:
            return self.mentions(text) or any(self.shuts(url) for _, url in inline_links(text, env))

        return bad

    def clean_text(self, text: str | None) -> str | None:
        """A short text without the sentences that point to an ineligible page; None when none is left."""
        bad = self._judge({})
        if text is None or not self.touches(text) or not bad(text):
            return text
        kept = [s for s in sentences(text) if not bad(s)]
        return " ".join(kept) if kept and not bad(" ".join(kept)) else None

    def clean_page(self, page: Entity) -> Entity | None:
        """An eligible page without anything that points to an ineligible one; None when its title does."""
        if not self.urls and not self.raw:
            return page
        if self.clean_text(page.title) is None:
            return None
        update: dict[str, object] = {
            name: self.clean_text(value)
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
            update["cautions"] = tuple(
                c
                for c in page.cautions
                if not (c.source and self.shuts(c.source)) and self.clean_text(c.text) == c.text
            )
        return page.model_copy(update=update)

    def _links(self, links: tuple[Link, ...]) -> tuple[Link, ...]:
        kept = (link for link in links if not self.shuts(link.url) and not self.mentions(link.title))
        return tuple(link.model_copy(update={"why": self.clean_text(link.why)}) for link in kept)

    def _sources(self, refs: tuple[SourceRef, ...]) -> tuple[SourceRef, ...]:
        return tuple(
            ref
            for ref in refs
            if not self.shuts(ref.canonical_url)
            and not any(self.mentions(t) for t in (ref.title, ref.original_url or ""))
        )
