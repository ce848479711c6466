"""The editorial rules of `validate`: a corpus without fault, and for each rule what breaks it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from skb_mcp.checks import check, rule_texts
from skb_mcp.cli import main
from skb_mcp.corpus import embedded_corpus
from support import BASE, few_shipped, shipped, write

TODAY = date(2026, 11, 21)
DATES = "date_modified: 2026-11-01\ndate_reviewed: 2026-11-01\nmcp_eligible: true"
EVIDENCE = f"""\
evidence_sources:
  - title: Example Society on shaving
    canonical_citation_url: {BASE}/sources/society-shaving
    original_source_url: https://society.example/shaving
    source_type: dermatology_reference
"""
FACTS = f"""\
product_fact_sources:
  - title: Calm Lotion, the maker's page
    canonical_citation_url: {BASE}/sources/maker-calm-lotion
    original_source_url: https://maker.example/calm-lotion
    source_type: official_product_page
"""
HELP = "## When to get help\n\n- Same day: hot, spreading, painful skin.\n"

GOOD: dict[str, str] = {
    "question.md": f"""\
---
title: Why do I get bumps after shaving?
entity_type: Question
canonical_url: {BASE}/questions/bumps-after-shaving
{DATES}
summary: Curled hairs leave bumps, and resting the skin lets most of them settle.
primary_concern:
  title: Razor Bumps
  url: {BASE}/concerns/razor-bumps
search_aliases: [one, two, three, four, five, six, seven, eight]
key_ingredients:
  - title: Urea
    url: {BASE}/ingredients/urea
    why: Softens rough skin.
ranked_products:
  - title: Calm Lotion
    url: {BASE}/products/calm-lotion
{EVIDENCE}{FACTS}---

# Why do I get bumps after shaving?

## Quick Answer

Curled hairs leave bumps. See a clinician about pus.

## What causes them

Hairs curl back ([Society]({BASE}/sources/society-shaving)).

## Ingredients and why

Urea softens rough skin ([Society]({BASE}/sources/society-shaving)). Calm Lotion holds urea
([maker]({BASE}/sources/maker-calm-lotion)).

{HELP}
## Related Entities

- [Society]({BASE}/sources/society-shaving)
- [Maker]({BASE}/sources/maker-calm-lotion)
- [Razor Bumps]({BASE}/concerns/razor-bumps)
- [Urea]({BASE}/ingredients/urea)
- [Calm Lotion]({BASE}/products/calm-lotion)
""",
    "concern.md": f"""\
---
title: Razor Bumps
entity_type: Concern
canonical_url: {BASE}/concerns/razor-bumps
{DATES}
summary: Small bumps where hair was shaved.
search_aliases: [shaving bumps, bumpy legs, razor rash, bikini bumps, neck bumps]
---

# Razor Bumps

## Quick Summary

Small bumps where hair was shaved.

{HELP}""",
    "ingredient.md": f"""\
---
title: Urea
entity_type: Ingredient
canonical_url: {BASE}/ingredients/urea
{DATES}
summary: Urea holds water in the skin.
aliases: [carbamide, carbonyl diamide]
cautions:
  - topic: irritation
    text: It stings on broken skin.
    source: {BASE}/sources/society-shaving
{EVIDENCE}---

# Urea

## Quick Summary

Urea holds water ([Society]({BASE}/sources/society-shaving)).

## Evidence

Not one of our sources tests it on bumps.

{HELP}
## Related Entities

- [Society]({BASE}/sources/society-shaving)
""",
    "product.md": f"""\
---
title: Calm Lotion
entity_type: Product
canonical_url: {BASE}/products/calm-lotion
{DATES}
summary: A lotion, named as an example.
aliases: [calm lotion by maker, calming lotion]
{FACTS}---

# Calm Lotion

## Quick Summary

A lotion, named as an example.

## What the maker states

The maker says that it softens skin ([maker]({BASE}/sources/maker-calm-lotion)).

{HELP}
## Related Entities

- [Maker]({BASE}/sources/maker-calm-lotion)
""",
    "society.md": f"""\
---
title: Example Society on shaving
entity_type: Source
canonical_url: {BASE}/sources/society-shaving
{DATES}
summary: Advice on shaving.
publisher: Example Society
source_type: dermatology_reference
original_source_url: https://society.example/shaving
---

# Example Society on shaving

## Quick Summary

Advice on shaving.

## Main Findings

- Hairs curl back.

## Limits

Advice, not a trial.
""",
    "maker.md": f"""\
---
title: Calm Lotion, the maker's page
entity_type: Source
canonical_url: {BASE}/sources/maker-calm-lotion
{DATES}
summary: What the maker says of its lotion.
publisher: Maker
source_type: official_product_page
original_source_url: https://maker.example/calm-lotion
---

# Calm Lotion, the maker's page

## Quick Summary

What the maker says of its lotion.

## Main Findings

- It holds urea.

## Limits

An advertisement.
""",
    "lexicon.yaml": """\
entries:
  razor rash: razor bumps
  zit: bumps
kept_apart:
  hair removal:
    shaving: [shaving, razor]
    waxing: [wax]
rules_out: [hair removal]
essential:
  bumps:
    pages: [concerns/razor-bumps]
    words: [bump]
""",
    "editorial.yaml": """\
forbidden:
  cure: promises too much
  best: ranks what no source compared
prescription: [tretinoin]
effects: [softens, fades]
""",
}
"""A small corpus that keeps every rule."""


def findings(folder: Path, files: Mapping[str, str]) -> list[str]:
    with shipped(few_shipped()):
        return [str(finding) for finding in check(write(folder, dict(files)), today=TODAY)]


def line_of(text: str, marker: str) -> int:
    return text[: text.index(marker)].count("\n") + 1


def test_a_corpus_that_keeps_every_rule_has_no_finding(tmp_path: Path) -> None:
    assert findings(tmp_path, GOOD) == []


Q, C, U, P, S, M, L = (
    "question.md", "concern.md", "ingredient.md", "product.md", "society.md", "maker.md", "lexicon.yaml",
)  # fmt: skip
SOCIETY, MAKER = f"{BASE}/sources/society-shaving", f"{BASE}/sources/maker-calm-lotion"
LONG = "word " * 111

BROKEN: dict[str, tuple[str, str, str, str, str]] = {
    # what is broken: (file, words, what stands there instead, where the finding points, the finding)
    "no quick answer": (Q, "## Quick Answer\n", "## In detail\n", "---",
        "no '## Quick Answer' with text (missing-quick-answer)"),
    "no quick summary": (C, "Small bumps where hair was shaved.\n\n## W", "## W", "---",
        "no '## Quick Summary' with text (missing-quick-answer)"),
    "a long quick answer": (Q, "Curled hairs leave bumps. See", LONG + "See", "## Quick Answer",
        "116 words; at most 110 can be quoted (quick-answer-length)"),
    "no help": (C, HELP, "", "---", "no '## When to get help' with a list of signs (missing-help)"),
    "help without a sign": (C, "- Same day: hot, spreading, painful skin.\n", "", "---",
        "no '## When to get help' with a list of signs (missing-help)"),
    "a source without limits": (S, "## Limits", "## Notes", "---", "no '## Limits' with text (missing-section)"),
    "a source without a publisher": (S, "publisher: Example Society\n", "", "---",
        "'publisher' is missing (source-facts)"),
    "no summary": (C, "summary: Small bumps where hair was shaved.\n", "", "---", "'summary' is missing (summary)"),
    "a long summary": (C, "summary: Small", f"summary: {'very ' * 40}small", "summary:",
        "'summary' has 234 characters; at most 160 (summary)"),
    "a cut summary": (C, "was shaved.\nsearch", "was shaved and before\nsearch", "summary:",
        "'summary' is not a whole sentence (summary)"),
    "a summary that trails off": (C, "was shaved.\nsearch", "was shaved…\nsearch", "summary:",
        "'summary' is not a whole sentence (summary)"),
    "few aliases": (Q, ", eight]", "]", "search_aliases",
        "7 aliases; 8 to 15 are expected of a Question (alias-count)"),
    "no aliases": (P, "aliases: [calm lotion by maker, calming lotion]\n", "", "---",
        "0 aliases; 2 to 15 are expected of a Product (alias-count)"),
    "an old review": (C, "date_reviewed: 2026-11-01", "date_reviewed: 2025-05-01", "date_reviewed",
        "not reviewed for 18 months; check it against its sources and set 'date_reviewed' (stale-review)"),
    "a review to come": (C, "date_reviewed: 2026-11-01", "date_reviewed: 2026-12-01", "date_reviewed",
        "'date_reviewed' is in the future (stale-review)"),
    "a source that is not cited": (U, f" ([Society]({SOCIETY}))", "", f"    canonical_citation_url: {SOCIETY}",
        f"{SOCIETY} is listed as a source and cited nowhere in the text (uncited-source)"),
    "a source that is not listed": (P, "example.\n\n## What", f"example ([S]({SOCIETY})).\n\n## What",
        "A lotion, named as an example ([S]",
        f"{SOCIETY} is cited and listed in no source list (unlisted-source)"),
    "causes without a source": (Q, f"curl back ([Society]({SOCIETY}))", "curl back", "## What causes",
        "'What causes them' makes claims and cites no evidence source (uncited-section)"),
    "causes with a product page alone": (Q, f"curl back ([Society]({SOCIETY}))", f"curl back ([maker]({MAKER}))",
        "## What causes", "'What causes them' makes claims and cites no evidence source (uncited-section)"),
    "evidence without a source": (U, "Not one of our sources tests it on bumps.", "It is strong.", "## Evidence",
        "'Evidence' makes claims and cites no evidence source (uncited-section)"),
    "a product page as evidence": (Q, "Calm Lotion holds urea", "Calm Lotion fades marks", "Urea softens rough skin (",
        "an effect is stated and only a product page cited; cite evidence or state a fact (product-as-evidence)"),
    "a maker's promise as our own": (P, "The maker says that it softens", "It softens", "It softens",
        "an effect is stated and only a product page cited; cite evidence or state a fact (product-as-evidence)"),
    "no cautions": (U, f"""cautions:
  - topic: irritation
    text: It stings on broken skin.
    source: {SOCIETY}
""", "", "---", "an Ingredient needs 'cautions', each with topic, text and source (uncited-caution)"),
    "a caution without a source": (U, f"    source: {SOCIETY}\n", "", "    text: It stings",
        "the caution on 'irritation' needs a 'source' from 'evidence_sources' (uncited-caution)"),
    "a related entity left out": (Q, f"- [Urea]({BASE}/ingredients/urea)\n", "", f"    url: {BASE}/ingredients/urea",
        f"{BASE}/ingredients/urea stands in the front matter and not under Related Entities (related-entities)"),
    "a product that is not ranked": (C, HELP, f"{HELP}\n## Related Entities\n\n- [Calm]({BASE}/products/calm-lotion)\n",
        "- [Calm]",
        f"{BASE}/products/calm-lotion stands under Related Entities and not in the front matter (related-entities)"),
    "a page that is not there": (C, "where hair was shaved.\n\n", f"see [Wax]({BASE}/concerns/wax).\n\n",
        "Small bumps see",
        f"{BASE}/concerns/wax is not in this folder (dangling-link)"),
    "a twin": (M, "https://maker.example/calm-lotion", "https://society.example/shaving", "original_source_url",
        f"{SOCIETY} has the same original; say so by a link, or keep one of the two (duplicate-original)"),
    "an alias of another page": (C, "[shaving bumps,", "[URÉA,", "search_aliases",
        f"the alias 'URÉA' also names {BASE}/ingredients/urea (alias-conflict)"),
    "a row that disagrees": (U, "source_type: dermatology_reference", "source_type: other",
        f"    canonical_citation_url: {SOCIETY}",
        f"'source_type' in the row of {SOCIETY} is not what that page says (source-row)"),
    "a forbidden word": (C, "Small bumps where hair was shaved.\n\n##", "The Best cure.\n\n##", "The Best",
        "'best': ranks what no source compared (forbidden-wording)"),
    "a forbidden word in a reason": (Q, "why: Softens rough skin.", "why: A cure.", "  - title: Urea",
        "'cure': promises too much (forbidden-wording)"),
    "a dose": (C, "Small bumps where hair was shaved.\n\n##", "Ask about tretinoin 0.05 %.\n\n##", "Ask about",
        "a dose or strength stands beside a prescription medicine; leave it to the prescriber (prescription-dose)"),
    "an entry that merges": (L, "razor rash: razor bumps", "wax rash: razor bumps", "  wax rash",
        "'wax rash' is waxing and 'razor bumps' is shaving, which 'hair removal' keeps apart (lexicon-merge)"),
    "an entry that says nothing": (L, "zit: bumps", "bump: bumps", "  bump",
        "'bump' and 'bumps' are the same word to the index (lexicon-repeat)"),
    "an entry given twice": (L, "zit: bumps", "zit: bumps\n  zits: bumps", "  zits",
        "'zits' is 'zit' again (lexicon-repeat)"),
    "an entry that leads nowhere": (L, "zit: bumps", "zit: papules", "  zit",
        "no page uses 'papules' (lexicon-dead-end)"),
    "a group that is none": (L, "rules_out: [hair removal]", "rules_out: [hair]", "rules_out",
        "'hair' is no group of 'kept_apart' (lexicon-group)"),
    "a page that is none": (L, "pages: [concerns/razor-bumps]", "pages: [concerns/bumps]", "  bumps:",
        "'concerns/bumps' under 'bumps' is no eligible page of this folder (lexicon-essential)"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_a_rule_is_found_where_it_stands(tmp_path: Path, name: str) -> None:
    file, good, bad, marker, expected = BROKEN[name]
    assert GOOD[file].count(good) >= 1, "the fixture no longer has these words"
    text = GOOD[file].replace(good, bad, 1)
    found = findings(tmp_path, GOOD | {file: text})
    assert f"{file}:{line_of(text, marker)}: {expected}" in found


def test_every_rule_has_a_fixture_that_breaks_it() -> None:
    shown = {match[1] for *_, finding in BROKEN.values() if (match := re.search(r"\(([a-z-]+)\)\Z", finding))}
    elsewhere = {"strict-yaml", "ineligible-link"}
    elsewhere |= {rule for rule in rule_texts() if rule.startswith("red-flag-")}  # test_rule_checks
    assert shown | elsewhere == set(rule_texts())


@pytest.mark.parametrize("rule", rule_texts())
def test_every_rule_says_what_is_bad_and_what_is_good(rule: str) -> None:
    text = rule_texts()[rule]
    assert "\n*Bad*: " in text
    assert "\n*Good*: " in text


def test_a_link_to_a_draft_is_found_in_the_front_matter_too(tmp_path: Path) -> None:
    hidden = GOOD[U].replace("mcp_eligible: true", "mcp_eligible: false")
    found = findings(tmp_path, GOOD | {U: hidden})
    message = "a link to an ineligible page is not served (ineligible-link)"
    lines = (line_of(GOOD[Q], f"    url: {BASE}/ingredients/urea"), line_of(GOOD[Q], "- [Urea]"))
    assert found == [f"{Q}:{line}: {message}" for line in lines]


def test_twins_that_name_each_other_are_no_fault_until_a_page_lists_both(tmp_path: Path) -> None:
    link = "\n## Related Entities\n\n- [Twin]({0})\n"
    twin = GOOD[S].replace("society-shaving", "twin") + link.format(SOCIETY)
    files = GOOD | {S: GOOD[S] + link.format(f"{BASE}/sources/twin"), "twin.md": twin}
    assert findings(tmp_path, files) == []
    row = f"  - title: Example Society on shaving\n    canonical_citation_url: {BASE}/sources/twin\n"
    files[U] = GOOD[U].replace(EVIDENCE, EVIDENCE + row)
    line = line_of(files[U], f"    canonical_citation_url: {BASE}/sources/twin")
    expected = f"{U}:{line}: {BASE}/sources/twin and {SOCIETY} are one publication; list it once (duplicate-original)"
    assert expected in findings(tmp_path, files)


def test_names_and_citations_are_no_wording(tmp_path: Path) -> None:
    """A publication may be called "The best cure": it is named, not said."""
    text = GOOD[C].replace("was shaved.\n\n##", f"was shaved ([The best cure]({BASE}/concerns/razor-bumps)).\n\n##")
    assert findings(tmp_path, GOOD | {C: text}) == []


def test_a_page_checked_alone_is_held_to_what_it_says_itself(tmp_path: Path) -> None:
    file = write(tmp_path, {Q: GOOD[Q].replace(", eight]", "]")}) / Q
    with shipped(few_shipped()):
        assert [finding.rule for finding in check(file, today=TODAY)] == ["alias-count"]


def test_without_editorial_rules_the_form_alone_is_checked(tmp_path: Path) -> None:
    text = GOOD[C].replace("title: Razor Bumps", "title: Razor #1").replace(HELP, "")
    with shipped(few_shipped()):
        folder = write(tmp_path, GOOD | {C: text})
        assert {finding.rule for finding in check(folder, editorial=False, today=TODAY)} == {"strict-yaml"}


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("forbidden: [x]\n", "editorial.yaml:1: 'forbidden': Input should be a valid dictionary (data-file)"),
        ("a: &b c\n", "editorial.yaml:1: tags, anchors and aliases are not read; write the value itself (data-file)"),
    ],
)
def test_words_that_cannot_be_read_are_a_finding(tmp_path: Path, text: str, finding: str) -> None:
    assert findings(tmp_path, GOOD | {"editorial.yaml": text}) == [finding]


def test_a_lexicon_of_another_shape_is_a_finding(tmp_path: Path) -> None:
    text = "entries:\n  zit: bumps\nkept_apart: [x]\n"
    expected = "lexicon.yaml:1: expected 'entries:' with lines of 'what people say: what the corpus says' (lexicon)"
    assert findings(tmp_path, GOOD | {L: text}) == [expected]


# On the command line


def test_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--rules"]) == 0
    printed = capsys.readouterr().out
    assert [line for line in printed.splitlines() if line and not line.startswith(" ")] == list(rule_texts())


def test_strict_lets_warnings_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(write(tmp_path, GOOD | {C: GOOD[C].replace(HELP, "")}))
    with shipped(few_shipped()):
        assert main(["validate", folder]) == 0
        assert main(["validate", folder, "--strict"]) == 1
    assert capsys.readouterr().err == "0 errors, 1 warnings\n" * 2


def test_validate_without_a_path_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate"]) == 2
    assert capsys.readouterr().err == "error: validate needs the PATH of a corpus folder or of one page\n"


def test_the_shipped_words_can_be_read() -> None:
    assert (embedded_corpus() / "editorial.yaml").is_file()
