"""Guarantee G3: what a source may be used for, decided once for the whole corpus.

The Source's own page decides, since rows about it vary in real data. A publication that any Source
page calls a product page is one under every name. A source without a page of its own counts as
evidence only if nothing at all says that it is a product page: no row, no list it stands in, and
not the site that it stands on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from urllib.parse import urlsplit

from .models import FOLDERS, PRODUCT_FACT_TYPES, Entity, Source, SourceRef, SourceRole
from .urls import entity_type_of

__all__ = ["Roles", "as_ref", "publication"]

_TRACKING = ("utm_", "gclid", "fbclid", "ref=")
"""Query parameters that say where a reader came from, not what is read."""


class Roles:
    """The roles of all sources of a corpus; a pure function of its pages.

    `product_pages` are the publications that any Source page calls a product page, where that is known already.
    """

    def __init__(self, pages: Mapping[str, Entity], product_pages: Iterable[str] | None = None) -> None:
        self._pages = pages
        if product_pages is not None:
            self.product_pages = frozenset(product_pages)
        self._own = {urlsplit(url).netloc for url in pages}

    @cached_property
    def _sources(self) -> Mapping[str, Source]:
        sources = (self._pages[url] for url in self._pages if entity_type_of(url) == "Source")
        return {page.canonical_url: page for page in sources if isinstance(page, Source)}

    @cached_property
    def product_pages(self) -> frozenset[str]:
        """The publications that any Source page calls a product page."""
        spoken = (page for page in self._sources.values() if page.source_type in PRODUCT_FACT_TYPES)
        return frozenset(publication(page.original_source_url) for page in spoken) - {""}

    @cached_property
    def _products(self) -> frozenset[str]:
        """Every name of the sources without a page that are product pages; asked for only where there is such a one."""
        rows = [(ref, False) for page in self._pages.values() for ref in page.evidence_sources]
        rows += [(ref, True) for page in self._pages.values() for ref in page.product_fact_sources]
        return self._declared([(r, listed) for r, listed in rows if not self._page_of(r)])

    def _page_of(self, ref: SourceRef) -> Source | None:
        """A source's own page, if it says what it is."""
        page = self._source(ref)
        return page if page and page.source_type else None

    def _source(self, ref: SourceRef) -> Source | None:
        """A source's own page."""
        page = self._pages.get(ref.canonical_url)
        return page if isinstance(page, Source) else None

    def _names(self, ref: SourceRef) -> set[str]:
        """The URLs under which a source is known."""
        page = self._source(ref)
        originals = {publication(ref.original_url), publication(page.original_source_url if page else None)}
        return {ref.canonical_url, *originals} - {""}

    def _declared(self, rows: list[tuple[SourceRef, bool]]) -> frozenset[str]:
        """Every name of the sources that are product pages by type, by the list they stand in, or by their site."""
        names = [self._names(ref) for ref, _ in rows]
        found = set(self.product_pages)
        for (ref, listed), known in zip(rows, names, strict=True):
            if listed or ref.source_type in PRODUCT_FACT_TYPES:
                found |= known
        found = _spread(found, names)
        hosts = self._shops(found, rows)
        for (ref, _), known in zip(rows, names, strict=True):
            if ref.source_type in (None, "other") and any(_stands_on(url, hosts) for url in known):
                found |= known
        return frozenset(_spread(found, names))

    def _is_product(self, url: str) -> bool:
        """Whether a URL is a Product of the knowledge base itself."""
        parts = urlsplit(url)
        return parts.netloc in self._own and f"/{FOLDERS['Product']}/" in parts.path

    def _shops(self, products: Iterable[str], rows: list[tuple[SourceRef, bool]]) -> set[str]:
        """The sites on which product pages stand, and no evidence."""
        typed = (ref.original_url for ref, listed in rows if ref.source_type not in (None, "other") and not listed)
        pages = (p.original_source_url for p in self._sources.values() if p.source_type not in PRODUCT_FACT_TYPES)
        evidence = {urlsplit(publication(url)).netloc for url in (*typed, *pages)}
        return {urlsplit(url).netloc for url in products} - evidence - self._own - {""}

    def role(self, ref: SourceRef, listed_as: SourceRole) -> SourceRole:
        """What a source may be used for, given the list that it stands in."""
        if page := self._page_of(ref):
            twin = publication(page.original_source_url) in self.product_pages
            return "product_fact" if twin or page.source_type in PRODUCT_FACT_TYPES else "evidence"
        product = ref.source_type in PRODUCT_FACT_TYPES or any(map(self._is_product, self._names(ref)))
        product = product or not self._products.isdisjoint(self._names(ref))
        return "product_fact" if product else listed_as


def as_ref(source: Source) -> SourceRef:
    """A Source page as a row about itself."""
    return SourceRef(
        title=source.title,
        canonical_url=source.canonical_url,
        original_url=source.original_source_url,
        source_type=source.source_type,
    )


def publication(url: str | None) -> str:
    """An original URL in the form under which two rows are the same publication."""
    if not url:
        return ""
    parts = urlsplit(url.strip().lower())
    query = "&".join(sorted(part for part in parts.query.split("&") if part and not part.startswith(_TRACKING)))
    return f"https://{parts.netloc.removeprefix('www.')}{parts.path.rstrip('/')}" + (f"?{query}" if query else "")


def _spread(urls: set[str], names: list[set[str]]) -> set[str]:
    """Every name of the sources that have one of these: rows give one canonical URL several originals."""
    while more := [known for known in names if not known.isdisjoint(urls) and not known <= urls]:
        urls = urls.union(*more)
    return urls


def _stands_on(url: str, hosts: set[str]) -> bool:
    host = urlsplit(url).netloc
    return any(host == known or host.endswith(f".{known}") for known in hosts)
