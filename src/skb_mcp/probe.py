"""The one networked check: do the publications that Source pages cite still load, under the same title?

It runs when an author asks for it, never when a corpus is served. What is in a corpus is not trusted: a
fetch goes to public addresses only, without cookies and credentials. The findings::

    probe-dead         error    the server says that there is no such page (404, 410)
    probe-dead         warning  the host's name does not resolve; the resolver that was asked may be at fault
    probe-moved        warning  permanent redirects lead to another URL, which should be cited
    probe-title        warning  the page has another title, so it may be another page
    probe-unreachable  warning  could not be checked: refused, failing, too slow, or not a URL to fetch
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

import anyio
from pydantic import TypeAdapter
from rapidfuzz import fuzz, utils

from .drafts import read_file
from .errors import CorpusError, Finding
from .reading import page_files, read_corpus

try:
    from platformdirs import user_cache_path
    from tqdm import tqdm

    from .fetching import Failure, Page, ProbeOptions, Visitor
except ImportError:
    raise CorpusError("fetching what a corpus cites needs more packages: pip install 'skb-mcp[probe]'") from None

__all__ = ["ProbeOptions", "ProbeTarget", "probe", "targets"]

CACHE_AGE = timedelta(days=7)
TITLE_MATCH = 75
"""The similarity (0 to 100) from which two titles count as the same."""


@dataclass(frozen=True, slots=True)
class ProbeTarget:
    """A URL to check, the title that its page should have, and the file and 1-based line that cite it."""

    path: str
    line: int
    title: str
    url: str


def targets(path: str | Path) -> Iterator[ProbeTarget]:
    """The publication of every eligible Source page in a corpus folder, or of the one page at `path`.

    Raises:
        CorpusError: there is nothing at `path`, or it cannot be listed.
    """
    where = Path(path)
    folder = None if where.is_file() else where
    base = read_corpus(folder).manifest.canonical_base
    for name, file in page_files(folder, []) if folder else [(where.name, where)]:
        page = read_file(file, name, base)
        url, title = page.value("original_source_url"), page.value("title")
        if url and title and page.eligible and page.sound:
            yield ProbeTarget(name, page.fields["original_source_url"].line, title, url)


def probe(wanted: Iterable[ProbeTarget], options: ProbeOptions | None = None) -> tuple[Finding, ...]:
    """Fetch each distinct URL and return what is wrong, sorted by path and line.

    Whatever a URL leads to is a finding, not an exception. It runs an event loop of its own, and shows its
    progress on standard error where that is a terminal.
    """
    places = {place: place.url.partition("#")[0] for place in wanted}
    seen = anyio.run(_see, tuple(dict.fromkeys(places.values())), options or ProbeOptions())
    return tuple(sorted({finding for place, url in places.items() for finding in _findings(place, seen[url])}))


def _findings(place: ProbeTarget, seen: Page | Failure) -> Iterator[Finding]:
    if isinstance(seen, Failure):
        yield Finding(place.path, place.line, seen.rule, seen.message, seen.severity)
        return
    if seen.moved_to:
        message = f"the page has moved for good; cite {seen.moved_to}"
        yield Finding(place.path, place.line, "probe-moved", message, "warning")
    host = urlsplit(place.url).hostname or ""
    if seen.titles and not any(_same_title(place.title, title, host) for title in seen.titles):
        message = f"the page is titled “{seen.titles[0]}”, not “{place.title}”"
        yield Finding(place.path, place.line, "probe-title", message, "warning")


_PART = re.compile(r"\s+(?:[-–—|·•:»]|::)\s+")
_QUOTED = re.compile(r"[\"“](.{8,})[\"”]")
_LABELS = frozenset({"officialproductpage", "pubmed"})


def _same_title(cited: str, found: str, host: str) -> bool:
    """Whether two titles are alike: what is cited may be `Doe J, "Title"`, or have its publisher before " — "."""
    quoted, rest = _QUOTED.search(cited), cited.partition(" — ")[2]
    cited = _subject(quoted[1] if quoted else rest, host) or _subject(cited, host) or utils.default_process(cited)
    found = _subject(found, host) or utils.default_process(found)
    # Sets of words match where one holds the other: a title of one common word would match nearly everything.
    whole = len(found.split()) * 2 >= len(cited.split())
    return (fuzz.token_set_ratio if whole else fuzz.token_sort_ratio)(cited, found) >= TITLE_MATCH


def _subject(title: str, host: str) -> str:
    """A title in plain words, without the parts that only name its site ("… - PubMed", "AAD — …" on aad.org)."""
    parts = [utils.default_process(part) for part in _PART.split(unicodedata.normalize("NFKC", title))]
    names = {part: part.replace(" ", "") for part in parts}
    return " ".join(part for part, name in names.items() if name not in _LABELS and not (name[2:] and name in host))


_CACHE: TypeAdapter[dict[str, Page]] = TypeAdapter(dict[str, Page])


async def _see(urls: tuple[str, ...], options: ProbeOptions) -> Mapping[str, Page | Failure]:
    """What each URL leads to, from the cache or from the network."""
    file = (options.cache or user_cache_path("skb-mcp", appauthor=False)) / "probe.json"
    seen: dict[str, Page | Failure] = {**_read_cache(file)}
    missing = [url for url in urls if url not in seen]
    if not missing:
        return seen
    visitor = Visitor(options)

    async def visit(url: str) -> None:
        seen[url] = await visitor.see(url)
        bar.update()

    try:
        # `disable=None`: no bar where there is no terminal.
        with tqdm(total=len(missing), desc="probe", unit="URL", disable=None, leave=False) as bar:
            async with anyio.create_task_group() as group:
                for url in missing:
                    group.start_soon(visit, url)
    finally:
        _write_cache(file, {url: page for url, page in seen.items() if isinstance(page, Page)})
    return seen


def _read_cache(file: Path) -> dict[str, Page]:
    """The pages that loaded within a week; a cache that cannot be read is empty."""
    try:
        pages = _CACHE.validate_json(file.read_bytes())
    except (OSError, ValueError):
        return {}
    now = datetime.now(UTC)
    return {url: page for url, page in pages.items() if timedelta() <= now - page.at < CACHE_AGE}


def _write_cache(file: Path, pages: dict[str, Page]) -> None:
    """Put a whole cache in the place of the old one; where that fails, the next run fetches again."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=file.parent, delete=False) as draft:
            draft.write(_CACHE.dump_json(pages, indent=1))
        Path(draft.name).replace(file)
