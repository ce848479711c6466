"""Hits of the ranking as parts of a reply."""

from __future__ import annotations

from collections.abc import Iterable

from .ranking import Hit
from .replies import Alternative, Match, SearchResult

__all__ = ["as_alternatives", "as_match", "as_result"]


def as_match(hit: Hit) -> Match:
    """The page that a reply is about, and how sure that is."""
    document = hit.document
    return Match(
        title=document.title,
        canonical_url=document.url,
        entity_type=document.entity_type,
        confidence=hit.score,
        matched_fields=hit.matched_fields,
    )


def as_alternatives(hits: Iterable[Hit]) -> tuple[Alternative, ...]:
    """Other pages that may be meant."""
    return tuple(
        Alternative(
            title=hit.document.title,
            canonical_url=hit.document.url,
            entity_type=hit.document.entity_type,
            confidence=hit.score,
        )
        for hit in hits
    )


def as_result(hit: Hit) -> SearchResult:
    """One line of a list of results."""
    url = hit.document.url
    return SearchResult(
        id=url, title=hit.document.title, url=url, entity_type=hit.document.entity_type, confidence=hit.score
    )
