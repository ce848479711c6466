"""What of the pages can be found: eligible pages and topics without a page, as documents of the ranking."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .graph import Graph
from .language import Language
from .listing import build_ranking
from .models import Entity, Product, Question, Source
from .naming import Document
from .ranking import State
from .topics import Topics

__all__ = ["ranking_of"]


def ranking_of(graph: Graph, language: Language, topics: Topics) -> State:
    """What the pages of a corpus are ranked with."""
    pages = graph.pages.values()
    products = [page for page in pages if isinstance(page, Product)]
    makers = sorted({page.brand for page in products if page.brand}, key=len, reverse=True)
    documents = [_document(page, graph, language, makers) for page in pages]
    forms = {page.product_type for page in products if page.product_type}
    return build_ranking(documents, language.lexicon(), topics.tables, topics.hidden_by, forms)


def _document(page: Entity, graph: Graph, language: Language, makers: Sequence[str]) -> Document:
    question = page if isinstance(page, Question) else None
    concern = question.primary_concern if question else None
    advertises = isinstance(page, Source) and graph.source_role(page) == "product_fact"
    return Document(
        url=page.canonical_url,
        entity_type=page.entity_type,
        title=page.title,
        aliases=page.aliases,
        wordings=language.wordings.get(page.canonical_url, ()),
        body=_body(page),
        brand=_brand(page, makers),
        concern=concern.url if concern else "",
        comparison=bool(question and question.question_type == "comparison"),
        needed=language.needed(page.canonical_url),
        is_product=isinstance(page, Product) or advertises,
    )


def _body(page: Entity) -> str:
    """What a page without aliases is found by: exported pages have none. Source pages share their headings."""
    headings = () if isinstance(page, Source) else tuple(s.heading for s in page.sections if s.role == "other")
    return " ".join((*headings, page.quick_answer or page.summary or ""))


def _brand(page: Entity, makers: Sequence[str]) -> str:
    """Whose product a page is about; a maker's page begins with the name, behind what it calls itself.

    `makers` are those that Products name, the longest first; of any other the first word is taken.
    """
    if isinstance(page, Product):
        return page.brand or ""
    if not isinstance(page, Source):
        return ""
    title = re.sub(r"(?i)\bofficial product page\b\W*", "", page.title)
    known = (maker for maker in makers if title.casefold().startswith(maker.casefold()))
    return next(known, title.split()[0] if title.split() else "")
