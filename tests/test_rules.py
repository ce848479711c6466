"""Red-flag rules and other data files: strict, bounded YAML; shipped rules do what their examples say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skb_mcp import load_corpus
from skb_mcp.data_files import Shipped
from skb_mcp.models import LEVELS
from skb_mcp.referral import Screen
from skb_mcp.rules import RedFlags, Rule, read_rules
from skb_mcp.safe_yaml import DataFileError, load_yaml, read_yaml_page
from skb_mcp.screen_tables import compile_screen
from support import RULE, VOCABULARY, time_limit

# The shipped rules

SHIPPED = Shipped([]).red_flags
SCREEN = Screen(load_corpus().screens[0])
FIRES = [(rule, text) for rule in SHIPPED.rules for text in rule.examples.fires]
SILENT = [(rule, text) for rule in SHIPPED.rules for text in rule.examples.silent]


def names(examples: list[tuple[Rule, str]]) -> list[str]:
    counts: dict[str, int] = {}
    found = []
    for rule, _ in examples:
        counts[rule.id] = counts.get(rule.id, 0) + 1
        found.append(f"{rule.id}-{counts[rule.id]}")
    return found


@pytest.mark.parametrize(("rule", "text"), FIRES, ids=names(FIRES))
def test_an_example_that_must_fire_a_rule_fires_it(rule: Rule, text: str) -> None:
    referral = SCREEN.check(text)
    assert referral
    if rule.stands_in:
        # What it stands in for may have found its rule.
        assert LEVELS.index(referral.level) >= LEVELS.index(rule.level)
        return
    (reason,) = [reason for reason in referral.reasons if reason.rule == rule.id]
    assert reason.level == rule.level
    assert reason.recognised
    assert [basis.url for basis in reason.basis] == [basis.url for basis in rule.basis]
    assert LEVELS.index(referral.level) >= LEVELS.index(rule.level)


@pytest.mark.parametrize(("rule", "text"), SILENT, ids=names(SILENT))
def test_an_example_that_must_stay_silent_fires_no_rule(rule: Rule, text: str) -> None:
    referral = SCREEN.check(text)
    assert referral is None, f"{rule.id} is silent here, but {[reason.rule for reason in referral.reasons]} fire"


def test_every_shipped_rule_has_a_name_of_its_own_and_a_published_basis() -> None:
    assert len({rule.id for rule in SHIPPED.rules}) == len(SHIPPED.rules) >= 6
    assert all(basis.url.startswith("https://") and basis.says for rule in SHIPPED.rules for basis in rule.basis)
    assert {rule.level for rule in SHIPPED.rules} <= {"prompt", "urgent", "emergency"}


# A rule of one's own


def read(**files: str) -> tuple[RedFlags, list[str]]:
    """What is read of files named by their stem, and every finding as it is printed."""
    suffixes = {"vocabulary": ".yaml", "not_typos": ".yaml"}
    named = {f"{name.replace('_', '-')}{suffixes.get(name, '.md')}": text for name, text in files.items()}
    flags, findings = read_rules(named)
    assert all(f.rule == "red-flag" and f.severity == "error" and f.public for f in findings)
    return flags, [str(finding).removeprefix("red-flags/") for finding in findings]


def test_a_rule_is_read_with_its_words() -> None:
    flags, found = read(own=RULE, vocabulary=VOCABULARY, not_typos="not_typos: [lag]\n")
    assert found == []
    (rule,) = flags.rules
    assert (rule.id, rule.level, rule.message) == ("numb-leg", "prompt", "Ask a doctor this week.")
    assert flags.not_typos == ("lag",)
    referral = Screen(compile_screen(flags)).check("My shin is numb")
    assert referral
    assert (referral.level, referral.message) == ("prompt", "Ask a doctor this week.")
    assert referral.reasons[0].recognised == ("leg", "numbness")
    assert Screen(compile_screen(flags)).check("My leg is not numb") is None


def test_nothing_makes_no_rules() -> None:
    assert read() == (RedFlags(), [])


def test_rules_are_read_in_order_of_their_files() -> None:
    other = RULE.replace("numb-leg", "a-rule")
    flags, _ = read(b=other, a=RULE, vocabulary=VOCABULARY)
    assert [rule.id for rule in flags.rules] == ["numb-leg", "a-rule"]


def test_a_rule_that_is_held_back_is_no_rule_and_no_fault() -> None:
    flags, found = read(own=RULE.replace("mcp_eligible: true", "mcp_eligible: false"), vocabulary=VOCABULARY)
    assert (flags.rules, found) == ((), [])


@pytest.mark.parametrize("eligible", ['"true"', "1", "~", "maybe", "[true]"])
def test_a_rule_is_never_lost_without_a_word(eligible: str) -> None:
    """A page that is not served costs an answer; a red flag that is not raised can cost more."""
    flags, found = read(own=RULE.replace("mcp_eligible: true", f"mcp_eligible: {eligible}"), vocabulary=VOCABULARY)
    assert flags.rules == ()
    assert len(found) == 1


def test_a_rule_that_says_nothing_of_eligibility_is_a_finding() -> None:
    flags, found = read(own=RULE.replace("mcp_eligible: true\n", ""), vocabulary=VOCABULARY)
    assert flags.rules == ()
    assert len(found) == 1


MACHINERY = "tags, anchors and aliases are not read; write the value itself (red-flag)"
BAD_RULES = {
    "no front matter": ("Ask a doctor.\n", "1: no front matter (red-flag)"),
    "an empty file": ("", "1: no front matter (red-flag)"),
    "an open front matter": (RULE.replace("---\n\n**", "**"), "1: no front matter (red-flag)"),
    "a list": ("---\n- a\n---\n", "1: expected a mapping of keys to values (red-flag)"),
    "no YAML": (
        RULE.replace("patterns:", "patterns: ["),
        "8: not valid YAML: did not find expected node content (red-flag)",
    ),
    "a tag": (RULE.replace("numb-leg", "!!str numb-leg"), f"2: {MACHINERY}"),
    "a tag that would run": (RULE.replace("numb-leg", "!!python/name:os.system"), f"2: {MACHINERY}"),
    "an anchor": (RULE.replace("numb-leg", "&a numb-leg"), f"2: {MACHINERY}"),
    "a merge": (RULE.replace("id: numb-leg", "<<: *a"), f"2: {MACHINERY}"),
    "deep nesting": (RULE.replace("numb-leg", "[" * 9 + "]" * 9), "2: nested deeper than 8 levels (red-flag)"),
    "no level": (RULE.replace("level: prompt\n", ""), "1: 'level': Field required (red-flag)"),
    "an unknown level": (
        RULE.replace("prompt", "routine"),
        "1: 'level': Input should be 'prompt', 'urgent' or 'emergency' (red-flag)",
    ),
    "an id with blanks": (
        RULE.replace("numb-leg", "Numb leg"),
        "1: 'id': String should match pattern '^[a-z0-9]+(-[a-z0-9]+)*$' (red-flag)",
    ),
    "a basis without TLS": (
        RULE.replace("https://health", "http://health"),
        "1: 'basis.0.url': String should match pattern '^https://\\S+$' (red-flag)",
    ),
    "no basis": (RULE.replace("basis:", "sources:"), "1: 'basis': Field required (red-flag)"),
    "too few examples": (
        RULE.replace("[a, b, c, d]", "[a, b, c]"),
        "1: 'examples.fires': Tuple should have at least 4 items after validation, not 3 (red-flag)",
    ),
    "no message": (RULE[: RULE.index("**")], "1: 'message': String should have at least 1 character (red-flag)"),
    "an unknown key": (RULE.replace("title:", "colour:"), "1: 'colour': Extra inputs are not permitted (red-flag)"),
    "a key that is no text": (RULE.replace("title:", "1:"), "1: '1': Keys should be strings (red-flag)"),
    "a date that is none": (RULE.replace("2026-11-01", "2026-02-30"), "1: not valid YAML: ValueError (red-flag)"),
    "an unknown concept": (
        RULE.replace("[leg, numb]", "[leg, arm, foot]"),
        "1: concepts that the vocabulary does not have: arm, foot (red-flag)",
    ),
    "an unknown concept to exclude": (
        RULE.replace("[leg, numb]", "[leg]\n    none_of: [arm]"),
        "1: concepts that the vocabulary does not have: arm (red-flag)",
    ),
}


@pytest.mark.parametrize(("text", "finding"), BAD_RULES.values(), ids=BAD_RULES)
def test_a_faulty_rule_is_a_finding_and_the_others_stand(text: str, finding: str) -> None:
    flags, found = read(bad=text, own=RULE.replace("numb-leg", "own"), vocabulary=VOCABULARY)
    assert [rule.id for rule in flags.rules] == ["own"]
    assert f"bad.md:{finding}" in found
    assert all(line.startswith("bad.md:") for line in found)


BAD_WORDS = {
    "no YAML": (
        {"vocabulary": "concepts: ["},
        "vocabulary.yaml:2: not valid YAML: did not find expected node content (red-flag)",
    ),
    "a list": (
        {"vocabulary": "- a\n"},
        "vocabulary.yaml:1: '': Input should be a valid dictionary or instance of Vocabulary (red-flag)",
    ),
    "an alias bomb": (
        {"vocabulary": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"},
        "vocabulary.yaml:1: tags, anchors and aliases are not read; write the value itself (red-flag)",
    ),
    "a concept without words": (
        {"vocabulary": "concepts:\n  leg: {label: leg, words: []}\n"},
        "vocabulary.yaml:1: 'concepts.leg': Value error, a concept needs 'words' or 'any_of' (red-flag)",
    ),
    "guards of another shape": (
        {"not_typos": "not_typos: lag\n", "vocabulary": VOCABULARY},
        "not-typos.yaml:1: 'not_typos': Input should be a valid tuple (red-flag)",
    ),
}


@pytest.mark.parametrize(("files", "finding"), BAD_WORDS.values(), ids=BAD_WORDS)
def test_faulty_words_are_a_finding(files: dict[str, str], finding: str) -> None:
    _, found = read(**files)
    assert found == [finding]


BUILT = """\
  side: {label: one side, any_of: [left, right], none_of: [both]}
"""
SIDES = """\
  left: {label: left, words: [left]}
  right: {label: right, words: [right]}
  both: {label: both, words: [both]}
"""


def test_a_concept_may_be_built_from_concepts_above_it() -> None:
    words = VOCABULARY.replace("negation:", f"{SIDES}{BUILT}negation:")
    flags, found = read(own=RULE.replace("[leg, numb]", "[leg, side]"), vocabulary=words)
    assert found == []
    referral = Screen(compile_screen(flags)).check("my left leg")
    assert referral
    assert referral.reasons[0].recognised == ("leg", "one side")
    assert Screen(compile_screen(flags)).check("my left leg, both really") is None
    assert Screen(compile_screen(flags)).check("my leg") is None


def test_a_concept_built_from_what_does_not_stand_above_it_is_a_finding() -> None:
    _, found = read(own=RULE, vocabulary=VOCABULARY.replace("negation:", f"{BUILT}{SIDES}negation:"))
    assert found == [
        "red-flags:1: 'side' is built from concepts that do not stand above it: both, left, right (red-flag)"
    ]


def test_several_vocabularies_are_one_and_a_concept_stands_in_one_of_them() -> None:
    more = "concepts:\n  leg: {label: leg, words: [limb]}\n"
    _, findings = read_rules({"vocabulary.yaml": VOCABULARY, "vocabulary-more.yaml": more, "own.md": RULE})
    assert [str(finding) for finding in findings] == ["red-flags/vocabulary.yaml:1: 'leg' is defined twice (red-flag)"]


def test_a_rule_may_use_the_words_of_shared_rules_and_takes_over_no_more_than_it_needs() -> None:
    shared, _ = read(
        vocabulary=VOCABULARY.replace("negation:", f"{SIDES}{BUILT}negation:"), not_typos="not_typos: [x]\n"
    )
    rule = RULE.replace("[leg, numb]", "[leg, side, arm]")
    flags, findings = read_rules(
        {"own.md": rule, "vocabulary.yaml": "concepts: {arm: {label: arm, words: [arm]}}\n"}, shared=shared
    )
    assert findings == ()
    assert list(flags.vocabulary.concepts) == ["leg", "left", "right", "both", "side", "arm"]
    assert flags.not_typos == ("x",)
    assert Screen(compile_screen(flags)).check("left leg and arm")
    assert Screen(compile_screen(flags)).check("not the left leg, my arm") is None


def test_a_rule_without_its_vocabulary_is_a_finding() -> None:
    flags, found = read(own=RULE)
    assert flags.rules == ()
    assert found == ["own.md:1: concepts that the vocabulary does not have: leg, numb (red-flag)"]


DEAD = {
    "a gap in front": "'* leg'",
    "a gap alone": "'*'",
    "marks alone": "'?!'",
    "nothing": "''",
    "a bar with nothing on one side": "'leg| hurts'",
    "a bar beside two words": "'on-the|in leg'",
}


@pytest.mark.parametrize("phrase", DEAD.values(), ids=DEAD)
def test_a_phrase_that_can_never_match_is_a_finding(phrase: str) -> None:
    _, found = read(own=RULE, vocabulary=VOCABULARY.replace("[leg, shin]", f"[leg, {phrase}]"))
    assert len(found) == 1


@pytest.mark.parametrize("cue", ["''", "'-'", "' '"])
def test_an_empty_cue_does_not_negate_everything(cue: str) -> None:
    flags, found = read(own=RULE, vocabulary=VOCABULARY.replace('[not, "no"]', f"[not, {cue}]"))
    assert found or Screen(compile_screen(flags)).check("My leg is numb")


# YAML, bounded


def test_plain_data_is_read() -> None:
    assert load_yaml("a: 1\nb: [x, {c: d}]\ne: |\n  text\n") == {"a": 1, "b": ["x", {"c": "d"}], "e": "text\n"}
    assert load_yaml("") is None
    assert read_yaml_page("---\na: b\n---\n\nText.\n") == ({"a": "b"}, "Text.")


REFUSED = {
    "a tag": (
        "a:\n  b: !!python/object/apply:os.system [id]\n",
        2,
        "tags, anchors and aliases are not read; write the value itself",
    ),
    "a tag of one's own": ("a: !x y\n", 1, "tags, anchors and aliases are not read; write the value itself"),
    "an anchor": ("a: 1\nb: &x y\n", 2, "tags, anchors and aliases are not read; write the value itself"),
    "an alias": ("a: *x\n", 1, "tags, anchors and aliases are not read; write the value itself"),
    "a nest": ("a: " + "[" * 100_000, 1, "nested deeper than 8 levels"),
    "a nest of blocks": ("".join(" " * n + "a:\n" for n in range(9)), 9, "nested deeper than 8 levels"),
    "too much": ("# " + "x" * (1 << 21), 1, "larger than 2 MiB"),
    "an open quote": ('a: 1\nb: "x\n', 3, "not valid YAML: found unexpected end of stream"),
    "a tab": ("a:\n\tb: c\n", 2, "not valid YAML: found character that cannot start any token"),
    "two documents": ("a: 1\n---\nb: 2\n", 2, "not valid YAML: but found another document"),
    "a control character": ("a: \x01\n", 1, "not valid YAML: ReaderError"),
    "a key twice": ("a: 1\nb: {c: 2}\na: 3\n", 3, "not valid YAML: a key stands twice"),
    "a key twice below": ("a:\n  c: 1\n  d: 2\n  c: 3\n", 4, "not valid YAML: a key stands twice"),
    "a list as a key": ("? [a]\n: b\n", 1, "not valid YAML: found unhashable key"),
    "a number without end": ("a: " + "9" * 5000, 1, "not valid YAML: ValueError"),
    "a date that is none": ("a: 2026-13-01\n", 1, "not valid YAML: ValueError"),
}


@pytest.mark.parametrize(("text", "line", "message"), REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused_with_its_line(text: str, line: int, message: str) -> None:
    with time_limit(10), pytest.raises(DataFileError) as caught:
        load_yaml(text)
    assert (caught.value.line, caught.value.message) == (line, message)


PIECES = (
    "a|: |- |[|]|{|}|, |&x |*x|!!int |!!bool |!|>|'|<<: |=|? |%YAML 1.1|2026-01-99|12:60|0x_|0b|1_0|.inf|~|yes|#".split(
        "|"
    )
)
YAML = st.lists(
    st.sampled_from([*PIECES, "|", '"', "\n", "  ", "\t", "---\n", "...\n", "\\ud800"]) | st.text(max_size=4),
    max_size=15,
).map("".join)


@settings(deadline=None, max_examples=300)
@given(YAML)
def test_no_text_makes_reading_data_fail_in_another_way(text: str) -> None:
    try:
        load_yaml(text)
    except DataFileError as error:
        line, message = error.line, error.message
    else:
        return
    assert 1 <= line <= len(text.splitlines()) + 2
    assert message


@settings(deadline=None, max_examples=100)
@given(YAML, YAML)
def test_no_text_makes_reading_rules_fail(rule: str, words: str) -> None:
    _, found = read(own=rule, two=f"---\n{rule}\n---\n{words}", vocabulary=words, not_typos=rule)
    assert all(line.endswith("(red-flag)") for line in found)
