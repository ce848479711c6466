"""What pages are ranked with, worked out once: plain values, which can be stored as JSON and read back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import fields, replace
from itertools import islice

from .counting import NO_SUBJECT, State, tables
from .index import Index
from .layered import layered
from .lookup import InText, Made
from .naming import ByFirst, Document, NameTables, name_of
from .text import Lexicon, stems, words_of_each
from .texts import Texts

__all__ = ["build_ranking", "names_ahead"]


def build_ranking(
    documents: Iterable[Document],
    lexicon: Lexicon,
    below: State | None = None,
    hides: Callable[[Collection[str]], Collection[int]] | None = None,
    forms: Iterable[str] = (),
) -> State:
    """What a `Ranker` is made from: these documents, above those of another state.

    Of the lower ones those are left out that `hides` gives for the names of these. `forms` are the kinds of
    product that there are ("serum"), which name none.
    """
    first = len(below["documents"]) if below else 0
    ordered = sorted(documents, key=lambda document: document.url)
    texts, names = Texts(lexicon), NameTables()
    bags = [document.texts for document in ordered]
    spoken = words_of_each(text for bag in bags for text, _ in bag)
    for number, (document, bag) in enumerate(zip(ordered, bags, strict=True), start=first):
        read = list(islice(spoken, len(bag)))
        texts.add(bag, read)
        names.add(number, document, read[: 1 + len(document.aliases)])
    counted = tables(texts, [document.needed for document in ordered], lexicon, first)
    topics = [number for number, document in enumerate(ordered, first) if document.is_topic]
    state: State = {
        **counted,
        "figures": {
            **counted["figures"],
            "topics": topics,
            "forms": sorted({t for form in forms for t in stems(form)}),
        },
        "documents": _fields_of(ordered, first),
        "names": {},
        "exact": names.exact,
        "ingredients": names.ingredients,
        "topic_names": names.topics,
        "twins": {},
    }
    if below:
        hidden = {"hidden": sorted(hides(names.exact))} if hides else {}
        state = layered({**below, "figures": {**below["figures"], **hidden}}, state)
    return {**state, "twins": {**state["twins"], **_find_twins(ordered, texts, names.ingredients, first)}}


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


def _fields_of(documents: Sequence[Document], first: int) -> Mapping[str, tuple[object, ...]]:
    """The fields of documents by number. Their words are counted; the wordings themselves are of no more use."""

    def make(key: str) -> tuple[object, ...] | None:
        number = int(key) - first
        return _fields(replace(documents[number], wordings=(), needed=())) if 0 <= number < len(documents) else None

    keys = [str(first + number) for number in range(len(documents))]
    return Made(make, lambda: {key: made for key in keys if (made := make(key))})


def _find_twins(documents: Sequence[Document], texts: Texts, ingredients: ByFirst, first: int) -> dict[str, list[int]]:
    """For each Concern and Ingredient, the Questions that are about it and nothing else."""
    numbers = {document.url: number for number, document in enumerate(documents)}
    named_in = InText(ingredients)
    # A document's first text is its title, and its aliases are the next.
    titles = [frozenset(texts.said[held.start]) - NO_SUBJECT for held in texts.of]
    twins: dict[str, list[int]] = {}
    for number, document in enumerate(documents):
        if document.entity_type != "Question":
            continue
        subject = titles[number]
        named = named_in.find(stems(document.title))
        concern = numbers.get(document.concern)
        if concern is not None and not named:
            held = texts.of[concern]
            names = texts.said[held.start + 1 : held.start + 1 + len(documents[concern].aliases)]
            if _covers(titles[concern], (frozenset(name) - NO_SUBJECT for name in names), subject):
                twins.setdefault(str(first + concern), []).append(first + number)
        for ingredient in sorted(named):
            if titles[ingredient - first] == subject and not document.comparison:
                twins.setdefault(str(ingredient), []).append(first + number)
    return twins


def _covers(title: Set[str], aliases: Iterable[Set[str]], subject: Set[str]) -> bool:
    """Whether a Question's subject holds all of a Concern's title, or two words or more of an alias."""
    return (bool(title) and title <= subject) or any(len(alias) > 1 and alias <= subject for alias in aliases)
