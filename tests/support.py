"""Builders for the tests of reading and gating: pages, rows and folders, all in the tests' own words."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any
from urllib.parse import quote

import pytest

from skb_mcp import Library
from skb_mcp.corpus import Corpus, embedded_corpus
from skb_mcp.drafts import Draft, read_page
from skb_mcp.errors import Finding
from skb_mcp.models import FOLDERS, Entity, EntityType
from skb_mcp.pages import build_entity
from skb_mcp.reading import read_corpus

BASE = "https://skinknowledgebase.com"
TODAY = date(2026, 11, 21)
DATES = "date_modified: 2026-11-01\ndate_reviewed: 2026-11-01\n"


# Pages


def url(kind: EntityType, slug: str) -> str:
    """The canonical URL of a page."""
    return f"{BASE}/{FOLDERS[kind]}/{slug}"


def page(
    kind: EntityType = "Concern",
    slug: str = "razor-bumps",
    title: str = "Razor Bumps",
    *,
    eligible: str | None = "true",
    keys: str = "",
    body: str | None = None,
    canonical: str | None = None,
    dates: str = DATES,
) -> str:
    """The text of a page.

    `eligible` is what stands behind `mcp_eligible:` (None: no such line), `keys` are more lines of its header.
    """
    lines = f"title: {title}\nentity_type: {kind}\ncanonical_url: {canonical or url(kind, slug)}\n{dates}"
    lines += "" if eligible is None else f"mcp_eligible: {eligible}\n"
    text = f"# {title}\n\n## Quick Summary\n\nSmall bumps after shaving.\n" if body is None else body
    return f"---\n{lines}{keys}---\n\n{text}"


KEYS_LINE = 8
"""The line on which the `keys` of a page begin."""
BODY_LINE = 10
"""The line on which the body of a page without `keys` begins."""


def rows(key: str, *items: Mapping[str, str]) -> str:
    """A list of flat mappings, as front matter has it."""
    lines = [f"{key}:"]
    for item in items:
        lines += [f"{'    ' if n else '  - '}{name}: {value}" for n, (name, value) in enumerate(item.items())]
    return "\n".join(lines) + "\n"


def link_row(kind: EntityType, slug: str, title: str = "Some Page", **more: str) -> dict[str, str]:
    """A row of `key_ingredients` or `ranked_products`."""
    return {"title": title, "url": url(kind, slug), **more}


def source_row(
    slug: str, title: str = "Some Source", original: str = "", source_type: str = "", canonical: str = ""
) -> dict[str, str]:
    """A row of a source list."""
    row = {"title": title, "canonical_citation_url": canonical or url("Source", slug)}
    row |= {"original_source_url": original} if original else {}
    return row | ({"source_type": source_type} if source_type else {})


def read(text: str, path: str = "x.md") -> tuple[Entity | None, list[str]]:
    """A page read alone: its entity, if it may be served, and every finding as it is printed."""
    draft = read_page(text, path, BASE)
    entity, more = build_entity(draft, draft.body, BASE) if draft.eligible and draft.sound else (None, ())
    return entity, [str(finding) for finding in sorted((*draft.findings, *more))]


def entity_of(text: str) -> Entity:
    """The entity of a page that has no fault."""
    entity, findings = read(text)
    assert entity is not None, findings
    assert findings == [], findings
    return entity


def header(text: str) -> Draft:
    """A page's header."""
    return read_page(text, "x.md", BASE)


REAL_SHAPE = """\
---
title: Why are there rough bumps on my legs after shaving?
entity_type: Question
canonical_url: https://skinknowledgebase.com/questions/why-rough-bumps-on-legs-after-shaving
date_modified: 2026-06-11
date_reviewed: 2026-06-12
mcp_eligible: true
summary: Why are there rough bumps on my legs after shaving?: what they may be, what calms them, when to ask before
question_type: standard
primary_concern:
  title: Razor Bumps
  url: https://skinknowledgebase.com/concerns/razor-bumps
ranked_products:
  - title: Example Brand Calm Lotion
    url: https://skinknowledgebase.com/products/example-brand-calm-lotion
  - title: Example Brand Shave Oil
    url: https://skinknowledgebase.com/products/example-brand-shave-oil
evidence_sources:
  - title: ABC — Shaving: How to avoid bumps
    canonical_citation_url: https://skinknowledgebase.com/sources/abc-shaving
    original_source_url: https://abc.example/topics/shaving
    source_type: dermatology_reference
  - title: Doe J et al., "Blades: a trial of sharpness"
    canonical_citation_url: https://skinknowledgebase.com/sources/doe-blades
    original_source_url: https://journal.example/10.1000/blades
    source_type: peer_reviewed
product_fact_sources:
  - title: Official Product Page — Example Brand Calm Lotion
    canonical_citation_url: https://skinknowledgebase.com/sources/official-product-page-calm-lotion
    original_source_url: https://brand.example/calm-lotion/
    source_type: official_product_page
---

# Why are there rough bumps on my legs after shaving?

## Quick Answer

Hairs that curl back into the skin leave small bumps. Resting the skin helps most of them. See a clinician if one is
hot, painful or draining.

## First, look at what you have

Bumps around a hair are one thing; a flat “strawberry” pattern is another.

## When to get help

Ask a clinician about bumps that fill with pus. Go sooner with a fever.

## Related Entities

- [Shaving, by ABC](https://skinknowledgebase.com/sources/abc-shaving)
- [Glycolic Acid](https://skinknowledgebase.com/ingredients/glycolic-acid)
- [Urea](https://skinknowledgebase.com/ingredients/urea)
- [Razor Bumps](https://skinknowledgebase.com/concerns/razor-bumps)
- [Strawberry Legs](https://skinknowledgebase.com/concerns/strawberry-legs)
"""
"""A Question in the shape of a published page: nothing quoted, colons and quotes in titles, a cut summary."""


# What a gate must not let through

NOT_ELIGIBLE: dict[str, str | None] = {
    "false": "false",
    "False": "False",
    "missing": None,
    "empty": "",
    "null": "null",
    "a tilde": "~",
    "a string": '"true"',
    "a string in single quotes": "'true'",
    "half a string": '"true',
    "yes": "yes",
    "on": "on",
    "y": "y",
    "one": "1",
    "mixed case": "tRUE",
    "eligible": "eligible",
    "a list": "[true]",
    "a list item": "\n  - true",
    "a mapping": "{true: true}",
    "nested": "\n  mcp_eligible: true",
    "a tag": "!!bool true",
    "a string by its tag": "!!str true",
    "an anchor": "&yes true",
    "an alias": "*yes",
    "a literal block": "|\n  true",
    "a literal block, stripped": "|-\n  true",
    "a folded block": ">\n  true",
    "a folded block, stripped": ">-\n  true",
    "two words": "true true",
    "two lines": "true\n  true",
    "a comma": "true,",
    "a full stop": "true.",
    "a comment without a blank": "true#",
    "a comment alone": "# true",
    "more behind a comment": "true # not yet\n  false",
    "full width": "ｔｒｕｅ",
    "Cyrillic": "тrue",
    "a zero-width space": "true\u200b",
    "a no-break space": "true\u00a0",
    "a no-break space and a comment": "true\u00a0# reviewed",
    "an ideographic space": "true\u3000",
    "a form feed": "true\f",
    "given twice": "true\nmcp_eligible: true",
    "given twice, last true": "false\nmcp_eligible: true",
    "given twice, last false": "true\nmcp_eligible: false",
    "given twice, once quoted": 'true\n"mcp_eligible": false',
    "given twice, once with a blank": "true\nmcp_eligible : false",
}
"""Whatever may stand behind `mcp_eligible:` that is not YAML's true, given once (None: no such line)."""


def pointers(title: str, canonical: str, file: str) -> dict[str, str]:
    """A block of Markdown for every way to point to a page: by its canonical URL, by its slug, by its file."""
    folder, slug = canonical.rsplit("/", 2)[1:]
    shouted = f"HTTP://WWW.SkinKnowledgeBase.com/{folder.upper()}/{slug.upper()}"
    percent = "".join(f"%{ord(c):02x}" for c in slug)
    entities = "".join(f"&#{ord(c)};" for c in slug)
    return {
        "inline": f"Try [{title}]({canonical}).",
        "inline with a title": f'Try [it]({canonical} "{title}").',
        "inline with a title of two sentences": f'Try [it]({canonical} "Good. {title}").',
        "inline in angle brackets": f"Try [{title}](<{canonical}>).",
        "inline over three lines": f"Try [{title}](\n{canonical}\n).",
        "inline with a break in its words": f"Try [{title.replace(' ', chr(10))}]({canonical}).",
        "inline of two sentences": f"Read [{title}. More {title}]({canonical}).",
        "inline with a question in its words": f"Read [Is {title} good? Yes]({canonical}).",
        "inline with an escaped bracket": f"Read [{title} \\] one. Two]({canonical}).",
        "inline with a bracket in code": f"Read [`]` {title}. Two]({canonical}).",
        "in emphasis": f"Try **[{title}]({canonical})**.",
        "emphasis within": f"Try [**{title}.** More]({canonical}).",
        "without TLS, with www, shouted": f"Try [{title}]({shouted}).",
        "with a slash": f"Try [{title}]({canonical}/).",
        "with query and fragment": f"Try [{title}]({canonical}/?utm=1&x=%20#{slug}).",
        "with the host alone": f"Try [{title}](//skinknowledgebase.com/{folder}/{slug}).",
        "with a port": f"Try [{title}](https://skinknowledgebase.com:443/{folder}/{slug}).",
        "with a user": f"Try [{title}](https://me@skinknowledgebase.com/{folder}/{slug}).",
        "through an archive": f"Try [{title}](https://archive.example/web/2026/{canonical}).",
        "through a redirect": f"Try [{title}](https://out.example/?u={quote(canonical, safe='')}).",
        "without a scheme": f"Try [{title}](skinknowledgebase.com/{folder}/{slug}).",
        "with a doubled slash": f"Try [{title}]({BASE}/{folder}//{slug}).",
        "with a dot for a folder": f"Try [{title}]({BASE}/{folder}/./{slug}).",
        "with a way back": f"Try [{title}]({BASE}/concerns/../{folder}/{slug}).",
        "percent-encoded": f"Try [{title}]({BASE}/{folder}/{percent}).",
        "with an encoded slash": f"Try [{title}]({BASE}/{folder}%2F{slug}).",
        "percent-encoded twice": f"Try [{title}]({BASE}/{folder}/{percent.replace('%', '%25')}).",
        "in entities": f"Try [{title}]({BASE}/{folder}/{entities}).",
        "with backslashes": f"Try [{title}]({BASE}/{folder}\\/{slug}).",
        "with a soft hyphen": f"Try [{title}]({BASE}/{folder}/{slug[:3]}\u00ad{slug[3:]}).",
        "as a resource": f"Try [{title}](skb://{folder}/{slug}).",
        "as a resource, shouted": f"Try [{title}](SKB://{folder.upper()}/{slug.upper()}).",
        "as a path": f"Try [{title}](/{folder}/{slug}).",
        "as a file elsewhere": f"Try [{title}](../{folder}/{slug}.md).",
        "as a file beside it": f"Try [{title}]({slug}.md).",
        "as another export beside it": f"Try [{title}]({slug}.txt).",
        "as a web page beside it": f"Try [{title}](./{slug}.html#top).",
        "as a folder beside it": f"Try [{title}]({slug}/index.html).",
        "by its slug": f"Try [{title}]({slug}).",
        "by its slug with a dot": f"Try [{title}](./{slug}?x=1#y).",
        "by its slug in percent": f"Try [{title}]({percent}).",
        "by its file": f"Try [{title}](../{file}).",
        "by its file's name": f"Try [{title}]({file.rpartition('/')[2]}).",
        "by reference": f"Try [{title}][1].\n\n[1]: {canonical}",
        "by reference with a title": f"Try [it][1].\n\n[1]: {canonical} '{title}'",
        "by reference on three lines": f"Try [it][1].\n\n[1]:\n  {canonical}\n  '{title}'",
        "by reference, collapsed": f"Try [{title}][].\n\n[{title}]: {canonical}",
        "by its own name": f"Try [{title}].\n\n[{title}]: <{canonical}>",
        "by reference to its file": f"Try [{title}][1].\n\n[1]: ../{file}",
        "by reference to its slug": f"Try [{title}][1].\n\n[1]: {slug} (about {title})",
        "by reference in a quotation": f"> Try [{title}][1].\n\n> [1]: {canonical}",
        "by reference, defined first": f"[1]: {canonical}\n\n- Try [{title}][1].\n- Rest.",
        "an unused definition": f"[{title}]: {canonical} '{title}'",
        "a second definition": f"[two]: /concerns/some-page\n\n[two]: {slug} 'about {title}'",
        "a second definition on three lines": f"[two]: /concerns/some-page\n\n[two]:\n  {canonical}\n  '{title}'",
        "an autolink": f"Try <{canonical}>.",
        "a raw URL": f"Try {canonical} today.",
        "a raw URL in brackets": f"Try it ({canonical}).",
        "a raw URL at the end": f"More: {canonical}.",
        "an anchor": f'Try <a href="{canonical}">{title}</a>.',
        "an anchor without quotes": f"Try <A\nHREF={canonical}>{title}</A>.",
        "an anchor over several blocks": f'<a href="{canonical}">\n\n{title}\n\n</a>',
        "a block of HTML": f"<div>\n<a href='{canonical}'>{title}</a>\n</div>",
        "a comment": f"<!-- {title}\n{canonical} -->",
        "an image": f"![{title}]({canonical})",
        "an image in a link": f"[![{title}](/some.png)]({canonical})",
        "an image tag in a sentence": f"See <img src='/{folder}/{slug}' alt='{title}'/> first.",
        "an image tag by its file": f'<img src="../{file}" alt="{title}">',
        "an image tag": f'<img src="{canonical}" alt="{title}">',
        "a heading": f"### On [{title}]({canonical})",
        "a section": f"## On [{title}]({canonical})",
        "an underlined heading": f"On [{title}]({canonical})\n---",
        "a list": f"- one\n- [{title}]({canonical})\n- two",
        "a nested list": f"1. one\n   - [{title}]({canonical})\n   - two",
        "a list item over two lines": f"- More:\n  {canonical}\n- two",
        "a quotation": f"> See [{title}]({canonical}).\n> > And [{title}]({canonical}).",
        "a fence": f"```\n{title} {canonical}\n```",
        "a link in a fence": f"```md\n[{title}]({slug}.md)\n```",
        "a link in code": f"Write `[{title}]({slug}.md)`.",
        "a fence in a list": f"- ~~~\n  {canonical}\n  {title}\n  ~~~",
        "indented code": f"    {title}\n    {canonical}",
        "code": f"Try `{canonical}`.",
        "a table": f"| page | why |\n| --- | --- |\n| [{title}]({canonical}) | good. |\n| two | Fine. |",
        "related entities": f"## Related Entities\n\n- [{title}]({canonical})\n\n## Notes",
        "a help section": f"## When to get help\n\n- Soon: [{title}]({canonical})\n- Now: a fever",
        "a quick answer": f"## Quick Answer\n\nTry [{title}]({canonical}).",
    }


# Rules

VOCABULARY = """\
concepts:
  leg:
    label: leg
    words: [leg, shin]
  numb:
    label: numbness
    words: [numb, no feeling]
negation:
  before: [not, "no"]
  stop: [but]
"""
RULE = """\
---
id: numb-leg
title: A numb leg
level: prompt
mcp_eligible: true
date_reviewed: 2026-11-01
patterns:
  - all_of: [leg, numb]
basis:
  - title: Numbness
    publisher: A Health Service
    url: https://health.example/numbness
    says: Ask.
examples:
  fires: [a, b, c, d]
  silent: [e, f, g, h]
---

**Ask a doctor**
this week.
"""


# Folders


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below a folder, which then is a corpus."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def corpus(folder: Path, files: Mapping[str, str | bytes]) -> Corpus:
    """The corpus of these files, with its findings, beside few shipped rules."""
    return read_folder(write(folder, files))


def read_folder(folder: str | Path) -> Corpus:
    """The corpus in a folder, with its findings, beside few shipped rules."""
    with shipped(few_shipped()):
        return read_corpus(folder)


@contextmanager
def shipped(folder: Path) -> Iterator[None]:
    """Read with another folder in the place of the shipped corpus."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("data_files", "loading", "reading", "snapshot"):
            patch.setattr(f"skb_mcp.{module}.embedded_corpus", lambda: folder)
        yield


@cache
def _few_shipped() -> TemporaryDirectory[str]:
    return TemporaryDirectory()


def few_shipped() -> Path:
    """A shipped corpus of one page and one rule: the real one has rules that take a tenth of a second to read."""
    folder = Path(_few_shipped().name).resolve()
    if not (folder / "corpus.yaml").exists():
        folder.chmod(0o755)  # for those who read it as nobody
        files: dict[str, str | bytes] = {"corpus.yaml": (embedded_corpus() / "corpus.yaml").read_bytes()}
        files |= {"lexicon.yaml": "entries:\n  zit: pimple\n", "page.md": page("Product", "shipped", "Shipped")}
        write(folder, {**files, "red-flags/numb-leg.md": RULE, "red-flags/vocabulary.yaml": VOCABULARY})
    return folder


def plain(state: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Tables, read from a file or not, as JSON holds them."""
    read: dict[str, dict[str, Any]] = json.loads(json.dumps({name: dict(table) for name, table in state.items()}))
    return read


def retitled(file: Path, title: str) -> None:
    """Give every page that a sealed file of tables holds this title, to see whether the file is used."""
    with closing(sqlite3.connect(file)) as opened, opened:
        opened.execute(
            "UPDATE entries SET value = json_set(value, '$.title', ?)"
            " WHERE place = (SELECT number FROM tables WHERE name = 'pages')",
            (title,),
        )
    reseal(file)


def reseal(file: Path) -> None:
    """Seal a file that was changed, as if it had been written like that; it is the first under its seal."""
    seal = file.with_suffix(".sha256")
    made_from, _, *others = seal.read_text().split()
    seal.write_text(" ".join((made_from, sha256(file.read_bytes()).hexdigest(), *others)) + "\n")


def titles(corpus: Corpus) -> list[str]:
    """What is served, by title."""
    return [page.title for page in corpus.pages]


def findings(found: Corpus | tuple[Finding, ...]) -> list[str]:
    """Findings as they are printed."""
    return [str(finding) for finding in (found.findings if isinstance(found, Corpus) else found)]


def everything_shown(corpus: Corpus) -> str:
    """All that a library says about every page of a corpus, in one text."""
    library = Library(corpus, today=TODAY)
    said: list[str] = [library.overview(), library.list_entities().model_dump_json()]
    for shown in library.pages:
        said.append(library.fetch(shown.canonical_url).model_dump_json())
        said.append(library.get_sources(shown.canonical_url).model_dump_json())
        said.append(library.lookup_question(shown.title, "full").model_dump_json())
        said.append(library.lookup_question(shown.title).model_dump_json())
        if shown.entity_type in ("Concern", "Question"):
            said.append(library.list_ingredients_for_concern(shown.canonical_url).model_dump_json())
    return "\n".join(said)


def location(finding: str) -> int:
    """The line that a printed finding names."""
    match = re.search(r":(\d+): ", finding)
    assert match
    return int(match[1])


# What a test must not do to the machine


class TookTooLong(BaseException):
    """Not an Exception, so that no handler in the package can swallow it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Stop what takes longer, even inside a regular expression or a blocking open()."""

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the signature of a signal handler
        raise TookTooLong(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without root's right to read everything (a test run as another user never had it)."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
