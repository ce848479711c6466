"""What pages are ranked with, worked out once: plain values, which can be stored as JSON and read back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import fields, replace

from .counting import Counter, State, build
from .index import Index
from .layered import layered
from .lookup import InText
from .naming import Document, exact_names, ingredient_names, name_of, topic_names
from .text import Lexicon, stems

__all__ = ["build_ranking", "names_ahead"]


def build_ranking(documents: Iterable[Document], lexicon: Lexicon, below: State | None = None) -> State:
    """What a `Ranker` is made from: these documents, above those of another state."""
    first = len(below["documents"]) if below else 0
    ordered = dict(enumerate(sorted(documents, key=lambda document: document.url), start=first))
    counter = Counter(lexicon)
    bags = [counter.count(document.texts, document.needed) for document in ordered.values()]
    counted = build(bags, counter.surfaces, lexicon, first)
    topics = [number for number, document in ordered.items() if document.is_topic]
    state: State = {
        **counted,
        "figures": {**counted["figures"], "topics": topics},
        # Their words are counted; the wordings themselves are of no more use.
        "documents": {str(n): _fields(replace(d, wordings=(), needed=())) for n, d in ordered.items()},
        "names": {},
        "exact": exact_names(ordered),
        "ingredients": ingredient_names(ordered),
        "topic_names": topic_names(ordered),
        "twins": {},
    }
    whole = layered(below, state) if below else state
    return {**whole, "twins": {**whole["twins"], **_find_twins(ordered, Index(whole))}}


def names_ahead(state: State) -> State:
    """The same, with the names of all documents worked out, which otherwise is done when one is first looked at."""
    if state["names"]:
        return state
    index = Index(state)
    documents = {number: Document(*fields) for number, fields in state["documents"].items()}
    names = {n: [name_of(text, index) for text in document.names] for n, document in documents.items()}
    # The names of a topic are of no more use then.
    bare = {n: _fields(replace(d, aliases=()) if d.is_topic else d) for n, d in documents.items()}
    return {**state, "documents": bare, "names": names}


_FIELDS = tuple(held.name for held in fields(Document))


def _fields(document: Document) -> tuple[object, ...]:
    """A document's fields in order, as they are: `dataclasses.astuple` copies them deeply."""
    return tuple(getattr(document, name) for name in _FIELDS)


def _find_twins(documents: Mapping[int, Document], index: Index) -> dict[str, list[int]]:
    """For each Concern and Ingredient, the Questions that are about it and nothing else."""
    numbers = {document.url: number for number, document in documents.items()}
    names = InText(ingredient_names(documents))
    twins: dict[str, list[int]] = {}
    for number, document in documents.items():
        if document.entity_type != "Question":
            continue
        subject = _subject(document.title, index)
        named = names.find(stems(document.title))
        concern = numbers.get(document.concern)
        if concern is not None and not named and _covers(documents[concern], subject, index):
            twins.setdefault(str(concern), []).append(number)
        for ingredient in sorted(named):
            if _subject(documents[ingredient].title, index) == subject and not document.comparison:
                twins.setdefault(str(ingredient), []).append(number)
    return twins


def _covers(concern: Document, subject: Set[str], index: Index) -> bool:
    """Whether a Question's subject holds all of a Concern's title, or two words or more of an alias."""
    title = _subject(concern.title, index)
    aliases = (_subject(alias, index) for alias in concern.aliases)
    return (bool(title) and title <= subject) or any(len(alias) > 1 and alias <= subject for alias in aliases)


def _subject(name: str, index: Index) -> frozenset[str]:
    return frozenset(index.subject(name).split())
