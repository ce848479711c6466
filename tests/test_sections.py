"""The body of a page: sections told by what their headings mean, links however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skb_mcp.drafts import read_page
from skb_mcp.models import Section
from skb_mcp.pages import build_entity
from skb_mcp.sections import inline_links, read_body
from support import page, read, time_limit


def sections(body: str) -> list[tuple[str, str, str]]:
    """(heading, role, text) of every section."""
    return [(s.heading, s.role, s.text) for s in read_body(body, 1)[0]]


def role(heading: str) -> str:
    (section,) = read_body(f"## {heading}\n\nWords.", 1)[0]
    return section.role


# What a section is


@pytest.mark.parametrize(
    "heading",
    [
        "Quick Answer",
        "Quick Summary",
        "quick answer:",
        "The quick answer",
        "Quick answer to your question",
        "QUICK SUMMARY",
        "**Quick Answer**",
        "Short answer",
        "The short version",
        "In short",
        "In brief",
        "Brief overview",
        "Summary",
        "Summary of this page",
        "TL;DR",
        "TLDR",
        "At a glance",
        "Key takeaways",
        "Answer",
        "The answer",
    ],
)
def test_a_quick_answer_is_found_under_any_name(heading: str) -> None:
    assert role(heading) == "quick_answer"


@pytest.mark.parametrize(
    "heading",
    [
        "When to get help",
        "When to Get Help",
        "When should I get help?",
        "When to see a doctor",
        "When to see a dermatologist",
        "When to see a clinician",
        "When to seek medical advice",
        "When a pharmacist can help",
        "When to see someone",
        "See a doctor if",
        "Talk to your GP",
        "Call a doctor straight away",
        "Ask a pharmacist",
        "Getting medical help",
        "Seek medical care",
        "When to seek care",
        "When to worry",
        "Do I need medical attention?",
        "Red flags",
        "Warning signs",
        "Urgent symptoms",
        "*When* to get **help**",
    ],
)
def test_a_help_section_is_found_under_any_name(heading: str) -> None:
    assert role(heading) == "help"


@pytest.mark.parametrize("heading", ["Related Entities", "Related pages", "See also", "Related"])
def test_the_list_of_related_pages_is_found_under_any_name(heading: str) -> None:
    (section,) = read_body(f"## {heading}\n\n- [Urea](/ingredients/urea)\n- [Acne](/concerns/acne)", 1)[0]
    assert section.role == "related"


@pytest.mark.parametrize(
    "heading",
    [
        "Causes",
        "What It Is",
        "Mechanism",
        "A practical routine",
        "What to avoid",
        "How skincare can realistically help",
        "Questions and answers about razors",
        "When to expect results",
        "Shaving in short strokes",
        "How long until it helps",
        "When does azelaic acid help?",
    ],
)
def test_any_other_section_is_just_a_section(heading: str) -> None:
    assert role(heading) == "other"


@pytest.mark.parametrize(
    "heading", ["How diet and acne are related", "Is acne related to stress?", "Age-related dryness"]
)
def test_prose_about_what_is_related_is_no_list_of_links(heading: str) -> None:
    """A section with the role `related` is left out of what is shown."""
    assert role(heading) == "other"


def test_the_first_quick_answer_with_words_is_the_answer() -> None:
    body = "## Quick Answer\n\n## Quick Summary\n\nRest the skin.\n\n## In short\n\nLater."
    entity, _ = read(page(body=body))
    assert entity
    assert entity.quick_answer == "Rest the skin."


# Where a section begins and ends


def test_a_page_is_cut_at_its_level_two_headings() -> None:
    body = "# Title\n\nIntro.\n\n## One\n\nText.\n\n### Sub\n\nMore.\n\n## Two\n\n## Three\nEnd."
    assert sections(body) == [
        ("", "other", "Intro."),
        ("One", "other", "Text.\n\n### Sub\n\nMore."),
        ("Two", "other", ""),
        ("Three", "other", "End."),
    ]


def test_underlined_headings_count() -> None:
    assert sections("Title\n=====\n\nIntro.\n\nWhen to\nget help\n---\n\nText.\n\nMore\n----\nEnd.") == [
        ("", "other", "Intro."),
        ("When to get help", "help", "Text."),
        ("More", "other", "End."),
    ]


def test_closing_marks_and_inline_markup_are_no_part_of_a_heading() -> None:
    assert sections("## The *best* `way` to [shave](/concerns/x) ##\n\nText.") == [
        ("The best way to shave", "other", "Text.")
    ]


NO_HEADINGS = {
    "a fence": "```\n## When to get help\n```",
    "a fence of tildes": "~~~ md\n## When to get help\n\n~~~",
    "an open fence": "```\n## When to get help\n\ntext",
    "indented code": "    ## When to get help",
    "HTML": "<!--\n## When to get help\n-->",
    "a quotation": "> ## When to get help",
    "a list": "- ## When to get help",
    "no blank": "##When to get help",
    "an escape": r"\## When to get help",
    "seven marks": "####### When to get help",
    "a heading of level three": "### When to get help",
}


@pytest.mark.parametrize("body", NO_HEADINGS.values(), ids=NO_HEADINGS)
def test_what_only_looks_like_a_heading_cuts_nothing(body: str) -> None:
    assert sections(f"## One\n\n{body}") == [("One", "other", body.strip())]


def test_sections_know_their_lines() -> None:
    found, _ = read_body("# T\n\nIntro\n\n## A\nx\n\nB\n---\ny", 20)
    assert [(s.heading, s.line) for s in found] == [("", 20), ("A", 24), ("B", 27)]


def test_an_empty_body_has_no_sections() -> None:
    assert read_body("", 1) == ((), ())
    assert read_body("# Only a title", 1) == ((), ())


LINE = st.sampled_from(["## A", "### C", "", "```", "> q", "- i", "    code", "[a](/concerns/b)", "<b>", "| t |"])


@settings(deadline=None)
@given(st.lists(LINE | st.text("xyz .*_", max_size=6), max_size=25))
def test_no_line_of_a_body_is_lost_between_its_sections(lines: list[str]) -> None:
    found, _ = read_body("\n".join(lines), 1)
    kept = "\n".join(f"## {s.heading}\n{s.text}" for s in found)
    assert all(line.strip() in kept for line in lines)
    assert [s.line for s in found] == sorted(s.line for s in found)


# Points


def points(text: str) -> tuple[str, ...]:
    (section,) = read_body(f"## When to get help\n\n{text}", 1)[0]
    assert isinstance(section, Section)
    return section.points


def test_the_points_of_a_help_section_are_its_items() -> None:
    text = "Soon:\n\n- **Pus**, or [a boil](/concerns/boils)\n- a fever\n  that lasts\n\n1. a `hot` leg"
    assert points(text) == ("Pus, or a boil", "a fever that lasts", "a hot leg")


def test_without_items_its_points_are_its_sentences() -> None:
    text = 'Get help for boils, e.g. on a leg. Go at once with a fever!\nAsk "how soon?" Then go.\n\nThe end'
    assert points(text) == (
        "Get help for boils, e.g. on a leg.",
        "Go at once with a fever!",
        'Ask "how soon?"',
        "Then go.",
        "The end",
    )


def test_other_sections_have_no_points() -> None:
    (section,) = read_body("## Causes\n\n- A\n- B", 1)[0]
    assert section.points == ()


# Links

LINKS = {
    "inline": "See [Urea](/ingredients/urea).",
    "inline with a title": 'See [Urea](/ingredients/urea "about urea").',
    "in angle brackets": "See [Urea](</ingredients/urea>).",
    "over two lines": "See [Urea](\n/ingredients/urea\n).",
    "by reference": "See [Urea][1].\n\n[1]: /ingredients/urea",
    "by its own name": "See [Urea].\n\n[urea]: /ingredients/urea",
    "by its own name, collapsed": "See [Urea][].\n\n[Urea]: /ingredients/urea",
    "in emphasis": "See **[Urea](/ingredients/urea)**.",
    "in a heading": "### [Urea](/ingredients/urea)",
    "in an underlined heading": "[Urea](/ingredients/urea)\n===",
    "in a list": "- x\n  - [Urea](/ingredients/urea)",
    "in a quotation": "> [Urea](/ingredients/urea)",
    "in a table": "| a |\n| --- |\n| [Urea](/ingredients/urea) |",
    "an image": "![Urea](/ingredients/urea)",
    "with escapes": r"[Urea](/ingredients\/urea)",
}


@pytest.mark.parametrize("body", LINKS.values(), ids=LINKS)
def test_a_link_is_found_however_it_is_written(body: str) -> None:
    _, links = read_body(body, 1)
    assert [(link.title, link.url) for link in links] == [("Urea", "/ingredients/urea")]


def test_an_autolink_is_named_by_its_url() -> None:
    _, links = read_body("See <https://skinknowledgebase.com/ingredients/urea>.", 1)
    assert [(link.title, link.url) for link in links] == [("https://skinknowledgebase.com/ingredients/urea",) * 2]


@pytest.mark.parametrize(
    "body", ["`[Urea](/ingredients/urea)`", "```\n[Urea](/ingredients/urea)\n```", r"\[Urea](/ingredients/urea)"]
)
def test_what_is_shown_as_code_or_escaped_is_no_link(body: str) -> None:
    assert read_body(body, 1)[1] == ()


def test_links_know_their_lines() -> None:
    _, links = read_body("x\n\n[A](/a)\n\n- [B](/b)\n- [C](/c)", 10)
    assert [(link.title, link.line) for link in links] == [("A", 12), ("B", 14), ("C", 15)]


def test_links_of_one_line_of_text_are_read_without_its_page() -> None:
    assert inline_links("[A](/a) and ![B](/b) and <https://c.example>") == [
        ("A", "/a"),
        ("B", "/b"),
        ("https://c.example", "https://c.example"),
    ]
    assert inline_links("no link, not [even] this") == []


# Hostile bodies

MANY = 150_000
HOSTILE = {
    "brackets in a heading": "## " + "[" * MANY,
    "brackets in a help section": "## When to get help\n\n" + "[" * MANY,
    "links without end in a help section": "## When to get help\n\n" + "[a](" * (MANY // 4),
    "angle brackets in a heading": "## " + "<http://" * (MANY // 8),
    "a heading of one word": "## " + "quick " * (MANY // 6),
    "a heading of another": "## " + "when " * (MANY // 5),
    "a heading of blanks": "## a" + " " * MANY + "b",
    "brackets": "[" * (MANY // 5) + "](",
    "images": "![" * (MANY // 10) + "](",
    "angle brackets": "<" * MANY,
    "backticks": " ".join("`" * n for n in range(500)),
    "quotations": ">" * MANY,
    "lists": "- " * (MANY // 2),
    "references": "".join(f"[{n}]: /x\n" for n in range(MANY // 20)),
    "uses of a reference": "[1]: /x\n\n" + "[1]" * (MANY // 10),
    "sentences": "## When to get help\n\n" + "A. " * (MANY // 3),
    "headings": "## h\n\n" * (MANY // 10),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_body_is_read_in_little_time(body: str) -> None:
    draft = read_page(page(body=body), "x.md", "https://skinknowledgebase.com")
    with time_limit(10):
        build_entity(draft, draft.body, "https://skinknowledgebase.com")
