"""The words of documents, counted: what is counted one by one, at once, and by hand."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skb_mcp.counting import LEAST_TEXTS, MOST_SUBJECT, State, subject_key, tables
from skb_mcp.text import STOPWORDS, Lexicon, stem, undenied, words, words_of_each
from skb_mcp.texts import Text, Texts, pairs

LEXICON = Lexicon.of(
    [("zits", "pimples"), ("bump", "pimple spot"), ("dark spot", "brown mark"), ("strawberry legs", "razor bumps")],
    deniable=["spot", "pimple", "red"],
)
WORDS = (
    "zit zits bump bumps pimple dark spot spots brown mark strawberry legs razor red no not isn't without but , . "
    "the my it cream creams Dark RED café naïve nicht NO isn’t"
).split()

Bags = list[list[Text]]
texts = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)
bags = st.lists(
    st.lists(st.tuples(texts, st.sampled_from((3.0, 1.0, 0.3))), min_size=1, max_size=5), min_size=1, max_size=6
)


def counted(documents: Bags, first: int = 0) -> State:
    """The tables of documents with these texts."""
    read = Texts(LEXICON)
    for document in documents:
        read.add(document, list(words_of_each(text for text, _ in document)))
    return tables(read, [()] * len(documents), LEXICON, first)


def readings(text: str) -> tuple[list[str], dict[str, float]]:
    """What a text says, word by word, and how well each stem is said (0–1)."""
    tokens = words(undenied(text, LEXICON.deniable))
    said: list[str] = []
    best: dict[str, float] = {}
    stemmed = [token if token in STOPWORDS else stem(token) for token in tokens]
    for _, meant in LEXICON.read(tokens, stemmed):
        said.append(next(iter(meant)))
        for token, likeness in meant.items():
            best[token] = max(likeness, best.get(token, 0.0))
    return said, best


def by_hand(documents: Bags, first: int) -> tuple[dict[str, str], dict[str, str]]:
    """Postings and subjects, each text and each stem by itself."""
    counts: defaultdict[str, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    about: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for number, document in enumerate(documents, first):
        for text, weight in document:
            said, best = readings(text)
            for token, likeness in (best | dict.fromkeys(pairs(said), 1.0)).items():
                counts[token][number] += weight * likeness
            if (subject := subject_key(said)) and len(set(said)) <= MOST_SUBJECT:
                about[subject][number] += 1
    postings = {token: {n: round(count, 2) for n, count in held.items()} for token, held in counts.items()}
    kept = {key: held for key, held in postings.items() if " " not in key or sum(held.values()) >= LEAST_TEXTS}
    return {key: packed(held) for key, held in kept.items()}, {key: packed(held) for key, held in about.items()}


def packed(counts: Mapping[int, float]) -> str:
    """Documents and counts, as an index has them."""
    return f"{' '.join(map(str, counts))}|{' '.join(f'{count:g}' for count in counts.values())}"


@given(bags, st.integers(0, 3))
def test_what_is_counted_when_it_is_asked_for_is_what_counting_everything_gives(documents: Bags, first: int) -> None:
    postings, subjects = by_hand(documents, first)

    one_by_one, at_once = counted(documents, first), counted(documents, first)

    assert {key: one_by_one["postings"][key] for key in postings} == postings
    assert {key: one_by_one["subjects"][key] for key in subjects} == subjects
    assert dict(at_once["postings"]) == postings
    assert dict(at_once["subjects"]) == subjects
    assert {key: one_by_one["covers"][key] for key in at_once["covers"]} == dict(at_once["covers"])


@given(bags, texts)
def test_what_no_text_says_is_in_no_table(documents: Bags, asked: str) -> None:
    postings, subjects = by_hand(documents, 0)
    state = counted(documents)
    said, _ = readings(asked)

    for key in {*said, *pairs(said), "xylophon", "xylophon zit"} - postings.keys():
        assert state["postings"].get(key) is None
        assert key not in state["postings"]
    assert (state["subjects"].get(subject_key(said)) is None) == (subject_key(said) not in subjects)


@given(bags)
def test_a_word_is_known_where_some_text_says_its_stem(documents: Bags) -> None:
    postings, _ = by_hand(documents, 0)
    known = counted(documents)["surfaces"]

    assert {token for token in known.values() if token} <= postings.keys()
    assert {word for word, token in known.items() if not token} == STOPWORDS


@pytest.mark.parametrize(
    ("texts", "cover"),
    [
        (["waxing bumps", "bumps after a wax", "waxed and itchy", "wax rash"], ["wax"]),
        (["zits on chin", "zit on chin", "my chin has zits"], ["zit"]),
        (["one", "two", "three"], []),
    ],
)
def test_a_cover_holds_the_stems_that_nearly_every_text_says(texts: Sequence[str], cover: Sequence[str]) -> None:
    _, *stems = counted([[(text, 1.0) for text in texts]])["covers"]["0"].split(" ")

    assert stems == cover


def test_no_document_outside_the_tables_has_a_cover() -> None:
    state = counted([[("dark spots", 1.0)]], first=5)

    assert list(state["covers"]) == ["5"]
    assert state["covers"].get("4") is None
    assert state["covers"].get("6") is None
