"""The editorial rules of `validate` on how claims are traced and how pages hang together.

Rules as in `editorial`: small generators over a sheet and the desk it lies on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .desk import Desk, Fault, Sheet
from .editorial import PageRule
from .models import Ingredient, Section, Source
from .prose import plain, sentences
from .urls import entity_type_of

__all__ = ["TRACING_RULES"]


def uncited_source(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """A listed source that nothing in the text cites.

    *Bad*: a row in ``evidence_sources`` that only Related Entities links to
    *Good*: ``Picking slows healing ([AAD](https://…/sources/aad-acne-tips-managing)).``
    """
    cited = sheet.links("Source")
    for ref in (*sheet.page.evidence_sources, *sheet.page.product_fact_sources):
        if ref.canonical_url not in cited:
            yield (
                sheet.line(ref.canonical_url),
                f"{ref.canonical_url} is listed as a source and cited nowhere in the text",
            )


def unlisted_source(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """A citation of a source that the front matter does not list, so that no reply can show it.

    *Bad*: ``([DermNet](https://…/sources/dermnet-acne))`` on a page without that row
    *Good*: a row for it in ``evidence_sources``
    """
    if sheet.page.entity_type != "Source":
        for url, line in sheet.links("Source").items():
            if url not in sheet.declared:
                yield line, f"{url} is cited and listed in no source list"


_CLAIMS = re.compile(
    r"\b(?:causes?|evidence|mechanism|ingredients?|what (?:it does|works|helps|can help|skincare)|can and cannot)\b",
    re.IGNORECASE,
)
_ABSENCE = re.compile(
    r"\b(?:no|none|nothing|not|neither)\b[^.]{0,80}\b(?:sources?|study|studies|trials?|evidence|tests?|tested)\b",
    re.IGNORECASE,
)
_ABSENCE = re.compile(
    r"\b(?:no|none|nothing|not|neither)\b[^.]{0,80}\b(?:sources?|study|studies|trials?|evidence|tests?|tested)\b",
    re.IGNORECASE,
)


def uncited_section(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """A section that makes claims and cites no evidence, nor says that there is none.

    *Bad*: ``## Causes`` followed by three statements without a link
    *Good*: a link to an evidence source, or "no source here tests it"
    """
    if sheet.page.entity_type in ("Source", "Product"):
        return
    for section in sheet.page.sections:
        if section.role == "other" and _CLAIMS.search(section.heading) and not _is_backed(sheet, section, desk):
            yield section.line, f"'{section.heading}' makes claims and cites no evidence source"


def _is_backed(sheet: Sheet, section: Section, desk: Desk) -> bool:
    lines = sheet.span(section)
    cited = {link.url for link in sheet.page.links if link.line in lines and entity_type_of(link.url) == "Source"}
    return any(not desk.is_product_page(sheet.page, url) for url in cited) or bool(_ABSENCE.search(plain(section.text)))


_LINK = re.compile(r"\[[^\[\]]*\]\(([^()\s]*)\)")
_ATTRIBUTED = re.compile(r"\b(?:makers?|brands?|labels?|manufacturers?|companies)(?:['’]s)?\b", re.IGNORECASE)


def product_as_evidence(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """A statement of effect that only a product page backs.

    *Bad*: ``It fades dark marks ([maker’s page](https://…/sources/official-product-page-…)).``
    *Good*: an evidence source beside it, or a fact instead: ``It holds 10% azelaic acid ([maker’s page](…)).``
    """
    page = sheet.page
    if page.entity_type == "Source":
        return
    for line, text in sheet.blocks:
        for sentence in sentences(text):
            cited = [url for url in _LINK.findall(sentence) if "/sources/" in url]
            only_products = cited and all(desk.is_product_page(page, url) for url in cited)
            said = plain(_LINK.sub(" ", sentence))
            told = page.entity_type == "Product" and _ATTRIBUTED.search(said)
            if only_products and desk.effects.search(said) and not told and not _ABSENCE.search(said):
                yield line, "an effect is stated and only a product page cited; cite evidence or state a fact"


def uncited_caution(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """An ingredient without structured cautions, or a caution without a listed source.

    *Bad*: ``- topic: sun`` with a ``text`` and no ``source``
    *Good*: a ``source`` that the page lists among its evidence
    """
    page = sheet.page
    if not isinstance(page, Ingredient):
        return
    evidence = {ref.canonical_url for ref in page.evidence_sources}
    if not page.cautions:
        yield 1, "an Ingredient needs 'cautions', each with topic, text and source"
    for caution in page.cautions:
        if caution.source not in evidence or desk.is_product_page(page, caution.source or ""):
            yield sheet.line(caution.text), f"the caution on '{caution.topic}' needs a 'source' from 'evidence_sources'"


def related_entities(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """Related Entities that disagree with the front matter.

    *Bad*: a key ingredient that Related Entities leaves out, or a product there that the page does not rank
    *Good*: every source, ingredient, product and concern of the front matter, and no other source or product
    """
    if sheet.page.entity_type == "Source":
        return
    related, declared = sheet.links(related=True), sheet.declared
    for url, line in declared.items():
        if url not in related:
            yield line, f"{url} stands in the front matter and not under Related Entities"
    ranks = sheet.page.entity_type in ("Question", "Concern")
    closed = ("Source", "Product") if ranks else ("Source",)
    for url, line in related.items():
        if url not in declared and entity_type_of(url) in closed:
            yield line, f"{url} stands under Related Entities and not in the front matter"


# Across pages


def dangling_link(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """A link to a page that is not in the folder.

    *Bad*: ``[Vitamin C](https://…/ingredients/vitamin-c)`` while no file has that canonical URL
    *Good*: a link to a page that is there
    """
    for url, line in _all_links(sheet).items() if desk.whole else ():
        if url not in desk.pages:
            yield line, f"{url} is not in this folder"


def ineligible_link(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """A link from a served page to one that is not served; the gate takes it out, and it may leave a gap.

    *Bad*: an eligible Concern whose Related Entities names a draft
    *Good*: a link to an eligible page, or none
    """
    for url, line in _all_links(sheet).items() if sheet.page.canonical_url in desk.eligible else ():
        if url in desk.pages and url not in desk.eligible:
            yield line, "a link to an ineligible page is not served"


def duplicate_original(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """One publication counted twice.

    *Bad*: a page that lists two Source pages with one ``original_source_url``; two such Source pages
    that do not name each other
    *Good*: one row for each publication; twin Source pages that link to each other
    """
    page = sheet.page
    if isinstance(page, Source):
        linked = sheet.links() | sheet.links(related=True)
        twins = desk.originals.get(page.original_source_url or "", ())
        for twin in twins:
            if twin != page.canonical_url and twin not in linked:
                yield (
                    sheet.line("original_source_url"),
                    f"{twin} has the same original; say so by a link, or keep one of the two",
                )
        return
    seen: dict[str, str] = {}
    for ref in (*page.evidence_sources, *page.product_fact_sources):
        source = desk.pages.get(ref.canonical_url)
        original = source.original_source_url if isinstance(source, Source) else ref.original_url
        if original and seen.setdefault(original, ref.canonical_url) != ref.canonical_url:
            yield (
                sheet.line(ref.canonical_url),
                f"{ref.canonical_url} and {seen[original]} are one publication; list it once",
            )


def alias_conflict(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """An alias that is another page's title or alias, so that it cannot lead to either.

    *Bad*: ``retinol`` among the aliases of Retinoids, where Retinol has its own page
    *Good*: words that mean this page and no other
    """
    for alias in sheet.page.aliases:
        for other in desk.named(alias):
            if other.canonical_url != sheet.page.canonical_url:
                yield sheet.line(alias), f"the alias '{alias}' also names {other.canonical_url}"


def source_row(sheet: Sheet, desk: Desk) -> Iterator[Fault]:
    """A row of a source list that disagrees with the Source's own page, which wins.

    *Bad*: ``source_type: medical_reference`` in a row, ``dermatology_reference`` on the Source's page
    *Good*: the same title, original and type in both
    """
    for ref in (*sheet.page.evidence_sources, *sheet.page.product_fact_sources):
        source = desk.pages.get(ref.canonical_url)
        if not isinstance(source, Source):
            continue
        pairs = {
            "title": (ref.title, source.title),
            "original_source_url": (ref.original_url, source.original_source_url),
            "source_type": (ref.source_type, source.source_type),
        }
        for key, (row, own) in pairs.items():
            if row and own and row != own:
                yield (
                    sheet.line(ref.canonical_url),
                    f"'{key}' in the row of {ref.canonical_url} is not what that page says",
                )


def _all_links(sheet: Sheet) -> dict[str, int]:
    return sheet.links(related=True) | sheet.links() | sheet.declared


TRACING_RULES: tuple[PageRule, ...] = (
    uncited_source,
    unlisted_source,
    uncited_section,
    product_as_evidence,
    uncited_caution,
    related_entities,
    dangling_link,
    ineligible_link,
    duplicate_original,
    alias_conflict,
    source_row,
)
