"""`validate` on red-flag rules: what can never fire, is never used, or does not do what its examples say."""

from __future__ import annotations

from datetime import date

import pytest

from skb_mcp.corpus import embedded_corpus
from skb_mcp.data_files import red_flag_files
from skb_mcp.rule_checks import BOOK_RULES, REVIEW_DAYS, book_findings
from skb_mcp.rules import RedFlags, read_rules
from support import RULE, TODAY, VOCABULARY

FIRES = "[my leg is numb, numb shin, leg has no feeling, shins are numb]"
SILENT = "[my leg, numb, my leg is not numb, hello]"
SOUND = RULE.replace("[a, b, c, d]", FIRES).replace("[e, f, g, h]", SILENT)


def found(shared: RedFlags | None = None, today: date = TODAY, **files: str) -> list[str]:
    """Every finding for rule files named by their stem, beside the vocabulary of a leg that is numb."""
    texts = {"vocabulary.yaml": VOCABULARY, **{f"{name}.md": text for name, text in files.items()}}
    findings = list(book_findings(texts, shared, today))
    assert all(finding.severity == "warning" and finding.public for finding in findings)
    return [str(finding).removeprefix("red-flags/") for finding in findings]


def with_pattern(pattern: str) -> str:
    return SOUND.replace("all_of: [leg, numb]", pattern)


def test_a_sound_rule_has_no_finding() -> None:
    assert found(own=SOUND) == []


def test_the_shipped_rules_have_no_finding() -> None:
    texts = red_flag_files(embedded_corpus(), [])
    flags, _ = read_rules(texts)
    newest = max(rule.date_reviewed for rule in flags.rules)
    assert list(book_findings(texts, None, newest)) == []


UNREACHABLE = {
    "needed and barred": ("all_of: [leg, numb]\n    none_of: [numb]", "pattern 1 needs and bars 'numb'"),
    "every option barred": (
        "all_of: [leg]\n    any_of: [numb]\n    none_of: [numb]",
        "pattern 1 needs and bars 'numb'",
    ),
    "an option needed": ("all_of: [leg, numb]\n    any_of: [leg]", "pattern 1 names 'leg' to no effect"),
    "needed twice": ("all_of: [leg, numb, leg]", "pattern 1 names 'leg' to no effect"),
}


@pytest.mark.parametrize(("pattern", "message"), UNREACHABLE.values(), ids=UNREACHABLE)
def test_a_pattern_that_cannot_hold_or_repeats_itself_is_a_finding(pattern: str, message: str) -> None:
    assert f"own.md:7: {message} (red-flag-unreachable)" in found(own=with_pattern(pattern))


def test_a_concept_that_no_rule_needs_is_a_finding() -> None:
    unused = VOCABULARY.replace("negation:", "  arm: {label: arm, words: [arm]}\nnegation:")
    texts = {"vocabulary.yaml": unused, "own.md": SOUND}
    findings = [str(finding) for finding in book_findings(texts, None, TODAY)]
    assert findings == ["red-flags/vocabulary.yaml:8: no rule names 'arm' (red-flag-unused-concept)"]


def test_a_concept_is_used_through_one_that_is_built_from_it() -> None:
    limb = "  limb: {label: a limb, any_of: [leg]}\nnegation:"
    texts = {"vocabulary.yaml": VOCABULARY.replace("negation:", limb), "own.md": with_pattern("all_of: [limb, numb]")}
    assert list(book_findings(texts, None, TODAY)) == []


def test_concepts_of_the_shipped_rules_need_no_use_in_a_folder_of_ones_own() -> None:
    shared, _ = read_rules({"vocabulary.yaml": VOCABULARY})
    texts = {"own.md": SOUND}
    assert list(book_findings(texts, shared, TODAY)) == []


def test_an_example_that_does_not_fire_its_rule_is_a_finding() -> None:
    text = SOUND.replace("numb shin", "warm shin")
    assert found(own=text) == ["own.md:15: this example must fire 'numb-leg' and does not (red-flag-example)"]


def test_an_example_that_fires_where_it_must_be_silent_is_a_finding() -> None:
    text = SOUND.replace("hello", "a numb leg")
    assert found(own=text) == ["own.md:16: this example must be silent and fires 'numb-leg' (red-flag-example)"]


def test_a_rule_reviewed_long_ago_is_a_finding() -> None:
    reviewed = date(2026, 11, 1)
    assert found(own=SOUND, today=reviewed.fromordinal(reviewed.toordinal() + REVIEW_DAYS)) == []
    late = reviewed.fromordinal(reviewed.toordinal() + REVIEW_DAYS + 1)
    assert found(own=SOUND, today=late) == ["own.md:6: reviewed 549 days ago; read its guidance again (red-flag-stale)"]


def test_two_rules_of_one_name_are_findings() -> None:
    assert found(one=SOUND, two=SOUND) == [
        "one.md:2: another rule is called 'numb-leg' too (red-flag-repeat)",
        "two.md:2: another rule is called 'numb-leg' too (red-flag-repeat)",
    ]


def test_what_cannot_be_read_is_left_to_loading() -> None:
    assert found(own=SOUND, bad="no front matter", worse=SOUND.replace("level: prompt", "level: mild")) == []
    assert list(book_findings({"vocabulary.yaml": "- no", "own.md": SOUND}, None, TODAY)) == []


def test_every_rule_says_what_it_reports_with_a_bad_and_a_good_example() -> None:
    assert all("*Bad*" in (rule.__doc__ or "") and "*Good*" in (rule.__doc__ or "") for rule in BOOK_RULES)
