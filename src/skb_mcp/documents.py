"""What of the pages can be found: eligible pages and topics without a page, as documents of the ranking."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .graph import Graph
from .index import Bag, Counter
from .language import Language
from .listing import Counted, build_ranking
from .models import Entity, Product, Question, Source
from .naming import Document
from .ranking import OUTSIDE, State

__all__ = ["ranking_of", "with_topics_counted"]

TOPIC_NAMES = 8
"""How many texts of a topic count as its names; the others as wordings."""


def ranking_of(graph: Graph, language: Language) -> State:
    """What the pages of a corpus are ranked with."""
    pages = [_document(page, graph, language) for page in graph.pages.values()]
    counted = Counted({url: Bag(*bag) for url, bag in language.counted.items()}, language.surfaces)
    return build_ranking([*pages, *_topics(language)], language.lexicon(), counted)


def with_topics_counted(language: Language) -> Language:
    """The same language with the words of its topics counted, which is most of the work for a small corpus."""
    counter = Counter(language.lexicon())
    bags = {topic.url: counter.count(topic.texts) for topic in _topics(language)}
    return language.model_copy(update={"counted": bags, "surfaces": counter.surfaces})


def _topics(language: Language) -> Iterator[Document]:
    for prefix, group in (("topic:", language.topics), (OUTSIDE, language.outside)):
        for topic, texts in group.items():
            if texts:
                names, wordings = texts[1:TOPIC_NAMES], texts[TOPIC_NAMES:]
                yield Document(f"{prefix}{topic}", "Concern", texts[0], names, wordings, is_topic=True)


def _document(page: Entity, graph: Graph, language: Language) -> Document:
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
        brand=_brand(page),
        concern=concern.url if concern else "",
        comparison=bool(question and question.question_type == "comparison"),
        is_product=isinstance(page, Product) or advertises,
    )


def _body(page: Entity) -> str:
    """What a page without aliases is found by: exported pages have none. Source pages share their headings."""
    headings = () if isinstance(page, Source) else tuple(s.heading for s in page.sections if s.role == "other")
    return " ".join((*headings, page.quick_answer or page.summary or ""))


def _brand(page: Entity) -> str:
    """Whose product a page is about; a maker's page begins with the name, behind what it calls itself."""
    if isinstance(page, Product):
        return page.brand or ""
    title = re.sub(r"(?i)\bofficial product page\b\W*", "", page.title)
    return title.split()[0] if isinstance(page, Source) and title.split() else ""
