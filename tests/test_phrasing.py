"""How a question is put, and what it leaves unsaid."""

from __future__ import annotations

import pytest

from skb_mcp.library import UNSAID, Library
from skb_mcp.phrasing import is_about_it

ABOUT_IT = (
    "can I use it with retinol?",
    "Is it suitable for sensitive skin?",
    "and can i use it at night too",
    "how often should I apply this product",
    "does it help with dark spots",
    "how long does it take to work",
    "is this safe for my face",
    "can i leave it on overnight",
    "so, when do i put it on",
)
NAMED = (
    "retinol: can i use it every day",
    "is it safe to use retinol",
    "is it safe for pregnant women to use retinol",
    "is it ok to pop a pimple",
    "is it bad if my skin peels",
    "is it good for skin using honey",
    "does it help to drink water for dry skin",
    "does it help if i sleep on my back",
    "how long does it take for retinol to work",
    "how long does retinol take to work",
    "my toner stings, can i use it with retinol",
    "can i use retinol and vitamin c",
    "is it a red flag that my face burns",
    "it itches",
    "",
)


@pytest.mark.parametrize("text", ABOUT_IT)
def test_a_short_question_about_it_names_no_subject(text: str) -> None:
    assert is_about_it(text)


@pytest.mark.parametrize("text", NAMED)
def test_a_question_that_names_its_subject_is_about_that(text: str) -> None:
    assert not is_about_it(text)


def test_a_longer_one_says_what_it_is_about() -> None:
    assert is_about_it("can i use it " + "daily " * 10)
    assert not is_about_it("can i use it " + "daily " * 11)


@pytest.mark.parametrize("text", ["can I use it with retinol?", "Is it suitable for sensitive skin?"])
def test_what_only_stands_beside_the_subject_is_no_answer(library: Library, text: str) -> None:
    reply = library.lookup_question(text)
    assert reply.outcome == "no_match"
    assert reply.note
    assert reply.note.startswith(UNSAID)
    assert reply.alternatives
    assert library.lookup_question("can I use retinol with vitamin C?").outcome == "answer"


def test_danger_in_a_question_about_it_comes_first(library: Library) -> None:
    assert library.lookup_question("can i use it when my tongue is swelling and i can't breathe").outcome == "referral"
