"""A reply as a person at a terminal reads it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import EMERGENCY, PROMPT, QUESTION, QUESTION_URL, library_of, page
from skb_mcp import Library
from skb_mcp.terminal import render
from support import BASE, rows

ESCAPE = re.compile(r"\033\[[0-9;]*m")


def test_an_answer_is_told_in_reading_order(tmp_path: Path) -> None:
    front = "summary: Flat marks.\n" + rows(
        "key_ingredients", {"title": "Bezine", "url": f"{BASE}/ingredients/bezine", "why": "It calms."}
    )
    front += rows("ranked_products", {"title": "Balm", "url": f"{BASE}/products/balm"})
    cautions = rows("cautions", {"topic": "pregnancy", "text": "Not while pregnant."})
    body = "## Quick Summary\n\nThey fade.\n\n## When to get help\n\n- Fever.\n\n## Related\n\n[Scars](/concerns/scars)"
    library = library_of(
        tmp_path,
        page("Concern", "azo-marks", "Azo Marks", front, body),
        page("Ingredient", "bezine", "Bezine", cautions),
    )
    text = render(library.lookup_question("azo marks"), colour=False)
    assert (
        text
        == f"""\
Azo Marks
{BASE}/concerns/azo-marks
Concern · match 1.00 · reviewed 2026-11-01

They fade.

It may be something else
- Scars: {BASE}/concerns/scars

Ingredients
- Bezine: It calms.
  caution (pregnancy): Not while pregnant.

Product examples (not evidence that they work)
- Balm

See a clinician
- Fever.

Cite
- [page] Azo Marks  {BASE}/concerns/azo-marks

{_wrapped(library.manifest.caveat)}
"""
    )


def _wrapped(text: str, width: int = 88) -> str:
    """Greedy wrapping, by hand."""
    lines = [""]
    for word in text.split():
        lines[-1:] = [f"{lines[-1]} {word}".strip()] if len(lines[-1]) + 1 + len(word) <= width else [lines[-1], word]
    return "\n".join(lines)


def test_an_emergency_comes_first_and_no_advice_behind_it(library: Library) -> None:
    reply = library.lookup_question(EMERGENCY)
    text = render(reply, colour=False)
    assert " ".join(text.split()).startswith(f"EMERGENCY: see a clinician {reply.referral.message} Why - ")
    assert "\nWhy\n- " in text
    assert "(anaphylaxis-after-a-product)" in text
    assert f"[referral_basis] {reply.referral.reasons[0].basis[0].title}" in text
    assert "Ingredients" not in text
    assert "Product examples" not in text


def test_a_prompt_referral_stands_before_the_answer(library: Library) -> None:
    reply = library.lookup_question("how do i get rid of red spots after pimples; also a mole bleeds")
    told = " ".join(render(reply, colour=False).split())
    assert told.startswith(f"PROMPT: see a clinician {reply.referral.message} Why - ")
    assert "Ingredients - " in told
    assert render(library.lookup_question(PROMPT), colour=False).startswith("PROMPT: see a clinician\n")


def test_no_match_says_so_cites_the_front_page_and_keeps_the_caveat(library: Library) -> None:
    text = render(library.lookup_question("the capital of France"), colour=False)
    assert text.startswith("No page of this knowledge base answers this.")
    assert f"- [corpus] Skin Knowledge Base  {BASE}" in text
    assert "not a diagnosis" in text


def test_a_near_miss_names_the_nearest_pages(tmp_path: Path) -> None:
    library = library_of(tmp_path, page("Concern", "neck", "Razor bumps on the neck after a barber visit"))
    text = render(library.lookup_question("barber shop prices neck tattoo"), colour=False)
    assert "Nearest pages\n- Razor bumps on the neck after a barber visit\n" in text
    assert f"\n  {BASE}/concerns/neck\n" in text


def test_a_stale_page_says_so(tmp_path: Path) -> None:
    library = library_of(tmp_path, page("Concern", "azo-marks", "Azo Marks", reviewed="2020-01-01"))
    assert "Last reviewed on 2020-01-01; not reviewed" in render(library.lookup_question("azo marks"), colour=False)


def test_a_page_without_dates_or_sections_is_readable_too(tmp_path: Path) -> None:
    library = library_of(tmp_path, page("Concern", "azo-marks", "Azo Marks", reviewed=""))
    text = render(library.lookup_question("azo marks"), colour=False)
    assert text.startswith(f"Azo Marks\n{BASE}/concerns/azo-marks\nConcern · match 1.00\n\n")


def test_full_shows_every_section_under_its_heading(library: Library) -> None:
    text = render(library.lookup_question(QUESTION, "full"), colour=False)
    assert "\nHow to tell what it is\nLook in daylight" in text
    assert "\nWhat to avoid\n- Picking and squeezing" in text
    assert f"{QUESTION}\n{QUESTION_URL}\n" in text


def test_a_quick_answer_that_is_a_list_stays_a_list(tmp_path: Path) -> None:
    body = "## Quick Answer\n\n- Wash gently.\n- Do not pick."
    library = library_of(tmp_path, page("Concern", "azo-marks", "Azo Marks", body=body))
    assert "\n- Wash gently.\n- Do not pick.\n" in render(library.lookup_question("azo marks"), colour=False)


@pytest.mark.parametrize("question", [QUESTION, EMERGENCY, PROMPT, "the capital of France"])
def test_colour_adds_escapes_and_changes_nothing_else(question: str, library: Library) -> None:
    reply = library.lookup_question(question, "full")
    plain, coloured = render(reply, colour=False), render(reply, colour=True)
    assert "\033" not in plain
    assert coloured != plain
    assert ESCAPE.sub("", coloured) == plain
    assert coloured.count("\033[0m") * 2 == coloured.count("\033[")


@settings(max_examples=40, deadline=None)
@given(width=st.integers(30, 120), question=st.sampled_from([QUESTION, EMERGENCY, PROMPT, "the capital of France"]))
def test_no_line_is_wider_than_asked_for_unless_a_word_in_it_is(width: int, question: str, library: Library) -> None:
    text = render(library.lookup_question(question, "full"), colour=False, width=width)
    too_wide = [line for line in text.splitlines() if len(line) > width]
    assert [line for line in too_wide if len(line.removeprefix("- ").split()) > 1] == []
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
