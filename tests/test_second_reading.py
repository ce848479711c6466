"""The second reader: it raises what the rules miss, and holds back what is a lesson or long over."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skb_mcp import Library
from skb_mcp.models import LEVELS
from skb_mcp.referral import Screen
from skb_mcp.rules import read_rules
from skb_mcp.screen_tables import compile_screen
from skb_mcp.second_reading import MOST_WORDS, packed, unpacked

MESSAGES = Path(__file__).parents[1] / "benchmarks" / "messages.jsonl"

VOCABULARY = """\
concepts:
  leg:
    label: leg
    words: [leg, shin]
  numb:
    label: numbness
    words: [numb]
  lesson:
    label: a lesson
    words: [quiz, years ago]
negation:
  before: [not, isn't, "no"]
  stop: [but]
"""


def rule(name: str, level: str, *lines: str) -> str:
    return "\n".join(
        [
            "---",
            f"id: {name}",
            f"title: Title of {name}",
            f"level: {level}",
            "mcp_eligible: true",
            "date_reviewed: 2026-11-01",
            *lines,
            "basis: [{title: Guide, publisher: Clinic, url: 'https://clinic.example/guide', says: So.}]",
            "examples: {fires: [a, b, c, d], silent: [e, f, g, h]}",
            "---",
            "",
            f"Message of {name}.",
            "",
        ]
    )


RULES = {
    "vocabulary.yaml": VOCABULARY,
    "numb-leg.md": rule("numb-leg", "urgent", "patterns: [{all_of: [leg, numb]}]"),
    "tired-leg.md": rule("tired-leg", "prompt", "patterns: [{all_of: [leg]}]"),
    "dead-leg.md": rule("dead-leg", "emergency", "patterns: [{all_of: [numb, lesson]}]"),
    "some-emergency.md": rule("some-emergency", "emergency", "stands_in: true"),
    "something-urgent.md": rule("something-urgent", "urgent", "stands_in: true"),
    "something.md": rule("something", "prompt", "stands_in: true"),
}

LEARNED: dict[str, Any] = {
    "levels": ["prompt", "urgent", "emergency"],
    "constants": [-2.0, -3.0, -4.0],
    "least": [0.0, 0.0, 0.0],
    "talk": ["lesson"],
    "calm": 0.0,
    "kinds": {"cold": {"rules": {"emergency": "dead-leg"}, "constant": -2.0, "weights": {"freez": 4.0}}},
    "weights": {
        "wax": [3.0, 0.0, 0.0],
        "purpl": [3.0, 4.0, 0.0],
        "grey": [5.0, 6.0, 7.0],
        "-grey": [-3.0, -4.0, -5.0],
        "toe": [0.0, 0.0, 4.0],
        "-toe": [0.0, 0.0, -1.0],
        "#numb": [0.5, 1.0, 0.5],
        "freez": [0.0, 0.0, 5.0],
        "cream": [-1.0, -1.0, -1.0],
        "nice": [-1.0, -1.0, -1.0],
        "stone cold": [5.0, 6.0, 7.0],
    },
}


def read(learned: Mapping[str, Any] | None = None, others: Mapping[str, str] | None = None) -> tuple[Screen, list[str]]:
    """A screen of these rules, with other files or without (empty) some, and every finding."""
    files = {**RULES, "second-reading.json": json.dumps({**LEARNED, **(learned or {})}), **(others or {})}
    flags, findings = read_rules({name: text for name, text in files.items() if text})
    return Screen(compile_screen(flags)), [str(finding).removeprefix("red-flags/") for finding in findings]


def found(text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    screen, findings = read()
    assert findings == []
    referral = screen.check(text)
    return [(reason.rule, reason.level, reason.recognised) for reason in referral.reasons] if referral else []


@pytest.mark.parametrize(
    ("text", "rule", "level"),
    [
        ("like wax", "something", "prompt"),
        ("gone purple", "something-urgent", "urgent"),
        ("gone grey", "some-emergency", "emergency"),
    ],
)
def test_what_no_rule_knows_is_raised_by_what_was_learned(text: str, rule: str, level: str) -> None:
    assert found(text) == [(rule, level, (f"Title of {rule}",))]


def test_what_was_recognised_is_told_in_our_words() -> None:
    assert found("numb and grey") == [("some-emergency", "emergency", ("numbness",))]


def test_a_rule_that_fires_is_kept_beside_a_graver_level() -> None:
    assert found("my leg is grey") == [
        ("some-emergency", "emergency", ("Title of some-emergency",)),
        ("tired-leg", "prompt", ("leg",)),
    ]


def test_a_level_that_a_rule_gives_is_not_given_again() -> None:
    assert [rule for rule, _, _ in found("my leg is numb, gone purple")] == ["numb-leg", "tired-leg"]


def test_a_kind_of_danger_that_is_likely_has_its_own_rule() -> None:
    assert [rule for rule, _, _ in found("it is freezing")] == ["dead-leg"]


def test_what_is_denied_counts_as_denied() -> None:
    assert found("it is not grey") == []


def test_the_subject_of_a_denial_is_not_asserted() -> None:
    assert found("the toe hurts") != []
    assert found("the toe isn't long") == []
    assert found("the toe is not long") == []


def test_two_neighbours_tell_what_neither_tells_alone() -> None:
    assert found("a cold hand") == found("a hand, stone") == []
    assert [level for _, level, _ in found("a hand stone cold")] == ["emergency"]


@pytest.mark.parametrize("text", ["It is a nice cream. Then it was grey.", "It was grey by noon. Such a nice cream."])
def test_each_sentence_of_a_short_message_is_read(text: str) -> None:
    screen, _ = read({"least": [0.0, 0.0, 1.5]})
    referral = screen.check(text)
    assert referral
    assert referral.level == "emergency"


def test_danger_in_the_midst_of_a_long_message_is_found() -> None:
    talk = "I use a nice cream and it is a nice cream for the price. " * 3
    assert found(talk) == []
    assert [level for _, level, _ in found(f"{talk}Then it was grey. {talk}")] == ["emergency"]


@pytest.mark.parametrize("text", ["my leg was numb years ago", "in my quiz a leg is numb, which cream?"])
def test_a_lesson_or_what_is_long_over_holds_a_grave_rule_back(text: str) -> None:
    assert [rule for rule, _, _ in found(text)] == ["tired-leg"]


def test_in_a_text_that_is_too_long_to_be_read_in_small_pieces_nothing_is_held_back() -> None:
    held, long = "my leg was numb years ago.", " ".join(f"word{number}" for number in range(MOST_WORDS))
    assert "numb-leg" not in [rule for rule, _, _ in found(held)]
    assert "numb-leg" in [rule for rule, _, _ in found(f"{held} {long}")]


def test_a_lesson_that_is_like_a_report_holds_nothing_back() -> None:
    assert "numb-leg" in [rule for rule, _, _ in found("my leg was numb years ago, now it is purple")]


def test_a_rule_that_takes_no_answer_away_is_never_held_back() -> None:
    assert [rule for rule, _, _ in found("years ago my leg, nice cream")] == ["tired-leg"]


def test_without_a_lesson_a_rule_holds_whatever_was_learned() -> None:
    assert [rule for rule, _, _ in found("numb leg, nice cream")] == ["numb-leg", "tired-leg"]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("numb leg, nice cream", ["tired-leg"]),
        ("numb leg, purple, nice cream", ["numb-leg", "tired-leg"]),
        ("My leg is so numb. What a nice cream this is!", ["numb-leg", "tired-leg"]),
    ],
)
def test_what_is_like_no_report_at_all_holds_a_grave_rule_back(text: str, rules: list[str]) -> None:
    """The scores of `urgent`: -4, 0, and -2 in the first sentence alone."""
    screen, findings = read({"floor": -3.5})
    assert findings == []
    referral = screen.check(text)
    assert referral
    assert [reason.rule for reason in referral.reasons] == rules


def test_without_a_second_reader_rules_stand_alone() -> None:
    screen, findings = read(others={"second-reading.json": ""})
    assert findings == []
    assert screen.check("gone grey") is None
    referral = screen.check("numb years ago")
    assert referral
    assert [reason.rule for reason in referral.reasons] == ["dead-leg"]


@pytest.mark.parametrize(
    ("learned", "others", "message"),
    [
        ({"talk": ["story"]}, {}, "concepts that no vocabulary has: story"),
        ({}, {"some-emergency.md": ""}, "no rule 'stands_in' for: emergency"),
        ({"kinds": {"cold": {"rules": {"urgent": "cold-leg"}, "constant": 0.0, "weights": {}}}}, {}, "cold-leg"),
        ({"weights": {"grey": [1.0]}}, {}, "have a number for each level (3)"),
        ({"levels": ["routine", "urgent", "emergency"]}, {}, "'levels.0'"),
        ({"weights": {"grey": [1.0, 1e9, 0.0]}}, {}, "'weights.grey.1'"),
    ],
    ids=["concept", "stand-in", "rule", "numbers", "level", "weight"],
)
def test_a_faulty_second_reader_is_a_finding(learned: dict[str, Any], others: dict[str, str], message: str) -> None:
    _, findings = read(learned, others)
    (finding,) = findings
    assert finding.startswith("second-reading.json:1:")
    assert message in finding


def test_what_is_no_json_is_a_finding() -> None:
    _, findings = read(others={"second-reading.json": "{"})
    assert len(findings) == 1


def test_a_rule_needs_patterns_or_stands_in() -> None:
    _, findings = read(others={"tired-leg.md": rule("tired-leg", "prompt")})
    assert len(findings) == 1
    assert "a rule needs 'patterns', or 'stands_in: true'" in findings[0]


def test_the_shipped_reader_still_knows_what_it_learned(library: Library) -> None:
    """Rules, vocabulary and weights were made for each other: a change of one that spoils the others shows here."""
    lines = MESSAGES.read_text(encoding="utf-8").splitlines()[::4]
    messages = [json.loads(line) for line in lines]
    given = [library.screen(message["text"]) for message in messages]
    pairs = [
        (LEVELS.index(message["level"]), LEVELS.index(referral.level) if referral else 0)
        for message, referral in zip(messages, given, strict=True)
    ]
    grave = [level >= needed for needed, level in pairs if needed > 1]
    prompt = [level >= 1 for needed, level in pairs if needed == 1]
    milder = [level > 1 for needed, level in pairs if needed < 2]
    assert sum(grave) / len(grave) >= 0.94
    assert sum(prompt) / len(prompt) >= 0.95
    assert sum(milder) / len(milder) <= 0.07


WEIGHTS = st.lists(st.integers(-1_000_000, 1_000_000).map(lambda parts: parts / 1000), min_size=3, max_size=3)


@given(st.lists(WEIGHTS, max_size=60))
def test_packed_weights_add_up_level_by_level(rows: list[list[float]]) -> None:
    sums = [math.fsum(column) for column in zip(*rows, strict=True)] or [0.0] * 3
    assert unpacked(sum(map(packed, rows)), 3) == pytest.approx(sums, abs=1e-6)
