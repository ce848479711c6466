"""The one text pipeline: what people type and what pages say become the same words."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skb_mcp.text import (
    DENIALS,
    MOST_TERMS,
    STOPWORDS,
    TOGETHER,
    Lexicon,
    Term,
    content_stems,
    normalise,
    split_sentences,
    stem,
    stems,
    undenied,
    words,
    words_of_each,
)

any_text = st.text(max_size=60)
typed = st.text(alphabet="abcé'’`´ .-\n\u00ad\u200bﬁŉ", max_size=30)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("", ""),
        ("Red MARKS", "red marks"),
        ("don’t", "don't"),
        ("don`t", "don't"),
        ("can´t be naïve", "can't be naive"),
        ("Crème brûlée", "creme brulee"),
        ("ﬁne Straße", "fine strasse"),
        ("ＦＵＬＬ ｗｉｄｔｈ", "full width"),
        ("swel\u00adling", "swelling"),
        ("ton\u200bgue", "tongue"),
    ],
)
def test_normalising_leaves_one_form_per_character(text: str, normal: str) -> None:
    assert normalise(text) == normal


@settings(max_examples=200, deadline=None)
@given(text=any_text | typed)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@settings(max_examples=200, deadline=None)
@given(text=any_text | typed)
def test_case_never_matters(text: str) -> None:
    assert words(text.upper().lower()) == words(text.lower())


@settings(max_examples=200, deadline=None)
@given(text=any_text | typed)
def test_composed_and_decomposed_letters_are_the_same_words(text: str) -> None:
    assert words(unicodedata.normalize("NFC", text)) == words(unicodedata.normalize("NFD", text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("?!… --", []),
        ("It's 3 red_spots, isn’t it?", ["it's", "3", "red", "spots", "isn't", "it"]),
        ("PIE/PIH (brown-red)", ["pie", "pih", "brown", "red"]),
        ("'quoted'", ["quoted"]),
    ],
)
def test_words_are_runs_of_letters_and_digits_with_inner_apostrophes(text: str, found: list[str]) -> None:
    assert words(text) == found


@settings(max_examples=200, deadline=None)
@given(text=any_text | typed)
def test_a_word_has_no_blanks_and_is_its_own_only_word(text: str) -> None:
    for word in words(text):
        assert word
        assert words(word) == [word]


@settings(max_examples=200, deadline=None)
@given(texts=st.lists(any_text | typed | st.text(alphabet="ab C-_'`,\n\r\x0b\x1c", max_size=90), max_size=8))
def test_the_words_of_many_texts_are_those_of_each(texts: list[str]) -> None:
    assert list(words_of_each(texts)) == list(map(words, texts))


def test_the_words_of_more_texts_than_are_taken_together_are_those_of_each() -> None:
    texts = [f"Spot {number}, it's red" for number in range(2 * TOGETHER + 1)]

    assert list(words_of_each(texts)) == list(map(words, texts))


@pytest.mark.parametrize("cue", sorted(DENIALS))
def test_every_word_that_denies_is_heard_as_it_may_be_typed(cue: str) -> None:
    for typed_cue in (cue, cue.upper(), cue.replace("'", "’")):
        assert words(undenied(f"it {typed_cue} red, brown", frozenset({"red"}))) == ["it", "brown"]


@pytest.mark.parametrize(
    ("forms", "stemmed"),
    [
        (["pimple", "pimples", "pimple's"], "pimpl"),
        (["swell", "swelling", "swells"], "swell"),
        (["mark", "marks", "marked"], "mark"),
        (["breathe", "breathes", "breathing"], "breath"),
    ],
)
def test_the_forms_of_a_word_share_a_stem(forms: list[str], stemmed: str) -> None:
    assert {stem(form) for form in forms} == {stemmed}


def test_retinol_and_retinoids_stay_apart() -> None:
    assert stem("retinol") != stem("retinoids")


def test_content_words_are_words_without_those_that_say_nothing() -> None:
    assert content_stems("How do I get rid of red spots, red spots?") == {"red": "red", "spots": "spot"}
    assert stems("How do I get rid of red spots?") == ["how", "do", "i", "get", "rid", "of", "red", "spot"]
    assert content_stems(" ".join(STOPWORDS)) == {}


def test_every_stopword_is_a_word_as_the_pipeline_sees_it() -> None:
    assert [word for word in STOPWORDS if words(word) != [word]] == []


@settings(max_examples=200, deadline=None)
@given(text=any_text | typed)
def test_no_word_of_a_message_is_lost_between_its_sentences(text: str) -> None:
    assert [word for sentence in split_sentences(text) for word in words(sentence)] == words(text)


def test_sentences_end_at_full_stops_that_end_something_and_at_blank_lines() -> None:
    message = "My face is really quite red. It hurts a lot!! pH 5.5 was fine for me\n\nIs 3.5 better for redness?"
    assert [sentence.strip() for sentence in split_sentences(message)] == [
        "My face is really quite red",
        "It hurts a lot",
        "pH 5.5 was fine for me",
        "Is 3.5 better for redness",
    ]


# The lexicon

LEXICON = Lexicon.of(
    [
        ("zit", "pimple"),
        ("zits", "blemish"),
        ("vitamin b3", "niacinamide"),
        ("left by", "after"),
        ("breakout", "acne flare"),
        ("B5", "panthenol"),
    ]
)


def terms(text: str, lexicon: Lexicon = LEXICON) -> list[Term]:
    return lexicon.terms(lexicon.spoken(text))


def test_a_word_keeps_its_own_meaning_beside_what_the_lexicon_says() -> None:
    assert terms("zits") == [Term("zits", {"zit": 1.0, "pimpl": 0.9, "blemish": 0.9})]


def test_a_phrase_is_replaced_and_the_longest_one_wins() -> None:
    assert terms("vitamin B3 serum") == [Term("niacinamid", {"niacinamid": 1.0}), Term("serum", {"serum": 1.0})]
    assert terms("vitamin serum") == [Term("vitamin", {"vitamin": 1.0}), Term("serum", {"serum": 1.0})]


def test_a_phrase_that_means_a_stopword_means_nothing() -> None:
    assert terms("marks left by zits")[0] == Term("marks", {"mark": 1.0})
    assert len(terms("marks left by zits")) == 2


def test_stopwords_and_repetitions_are_no_terms() -> None:
    assert [term.word for term in terms("what is the red mark, a red red mark?")] == ["red", "mark"]


def test_an_empty_lexicon_is_no_obstacle() -> None:
    assert terms("red mark", Lexicon()) == terms("red mark", Lexicon.of([]))
    assert [term.stems for term in terms("red mark", Lexicon())] == [{"red": 1.0}, {"mark": 1.0}]


@settings(max_examples=150, deadline=None)
@given(text=any_text | st.lists(st.sampled_from("zit zits vitamin b3 left by the red b5".split())).map(" ".join))
def test_terms_are_bounded_and_their_weights_lie_between_0_and_1(text: str) -> None:
    found = terms(text)
    assert len(found) <= MOST_TERMS
    assert all(0 < weight <= 1 for term in found for weight in term.stems.values())


def test_a_very_long_text_has_no_more_than_the_limit_of_terms() -> None:
    assert len(terms(" ".join(f"word{n}" for n in range(50_000)))) == MOST_TERMS
