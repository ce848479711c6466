"""Guarantee G4: a red flag is seen in every free text, and what it calls for comes before anything else."""

from __future__ import annotations

import math
import textwrap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp import Client
from mcp.server import Server

from conftest import (
    EMERGENCY,
    ERAS,
    PROMPT,
    QUESTION,
    URGENT,
    Request,
    assert_grounded,
    assert_no_advice,
    call,
    library_of,
    page,
    refusal,
    reply_inside,
    write_corpus,
)
from skb_mcp import Library, build_server, load_corpus
from skb_mcp.data_files import Shipped
from skb_mcp.models import LEVELS, Level, Reason, Referral, ReferralBasis
from skb_mcp.referral import Screen
from skb_mcp.replies import LookupReply
from skb_mcp.rules import Basis, Concept, Examples, Negation, Pattern, RedFlags, Rule, Vocabulary
from skb_mcp.screen_tables import compile_screen
from support import BASE, TODAY

pytestmark = pytest.mark.anyio

ANAPHYLAXIS = "anaphylaxis-after-a-product"
MOLE = "changing-mole-or-sore-not-healing"


# A screen that can be held in the head


def rule(name: str, level: Level, *patterns: Pattern) -> Rule:
    return Rule.model_validate(
        {
            "id": name,
            "title": name,
            "level": level,
            "mcp_eligible": True,
            "date_reviewed": TODAY,
            "patterns": patterns,
            "basis": (Basis(title="Guide", publisher="Clinic", url="https://clinic.example/guide", says="So."),),
            "examples": Examples(fires=("x",) * 4, silent=("y",) * 4),
            "message": f"Message of {name}.",
        }
    )


VOCABULARY = Vocabulary(
    concepts={
        "foot": Concept(label="a foot", words=("foot", "toe")),
        "blue": Concept(label="blue skin", words=("blue", "turned * purple")),
        "cold": Concept(label="cold", words=("cold",)),
        "paint": Concept(label="paint", words=("paint",)),
        "sole": Concept(label="a sole", words=("the|my sole|heel * hurts|aches",)),
        "sore": Concept(label="a sore foot", any_of=("foot", "sole"), none_of=("paint",)),
    },
    negation=Negation(
        before=("no", "not", "don't", "no longer", "isn't"),
        behind=("not any more", "went away"),
        stop=("but", "and", "my", "only", "longer"),
        unless=("fade", "better"),
        returns=("back",),
    ),
)
SCREEN = Screen(
    compile_screen(
        RedFlags(
            rules=(
                rule("cold-foot", "prompt", Pattern(all_of=("foot", "cold"))),
                rule("blue-foot", "urgent", Pattern(all_of=("foot", "blue"), none_of=("paint",), within="sentence")),
                rule("any-foot", "emergency", Pattern(all_of=("foot",), any_of=("blue", "cold"), none_of=("paint",))),
                rule("sore-sole", "prompt", Pattern(all_of=("sole", "sore"), none_of=("cold",), within="either")),
            ),
            vocabulary=VOCABULARY,
            not_typos=("point",),
        )
    )
)
BASIS = (ReferralBasis(title="Clinic — Guide", url="https://clinic.example/guide"),)


def rules_fired(text: str, screen: Screen = SCREEN) -> list[str]:
    referral = screen.check(text)
    return [reason.rule for reason in referral.reasons] if referral else []


def test_a_referral_leads_with_its_gravest_rule_and_says_what_was_recognised_in_our_words() -> None:
    assert SCREEN.check("One TOE is cold, and it has turned a bit purple") == Referral(
        level="emergency",
        message="Message of any-foot.",
        reasons=(
            Reason(rule="any-foot", level="emergency", recognised=("a foot", "blue skin", "cold"), basis=BASIS),
            Reason(rule="blue-foot", level="urgent", recognised=("a foot", "blue skin"), basis=BASIS),
            Reason(rule="cold-foot", level="prompt", recognised=("a foot", "cold"), basis=BASIS),
        ),
    )


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("", []),
        ("my foot", []),
        ("my foot. It is blue", ["any-foot", "blue-foot"]),
        ("this is about my foot. It is blue", ["any-foot"]),
        ("my foot is blue", ["any-foot", "blue-foot"]),
        ("my foot is blue from paint", []),
        ("my foot is blue. I do not like paint", ["any-foot", "blue-foot"]),
        ("my foot is blue. I like paint", ["blue-foot"]),
        ("my foot is not blue", []),
        ("no foot of mine is blue", []),
        ("it is not cold but the foot is blue", ["any-foot", "blue-foot"]),
        ("the toe turned slowly a bit purple", ["any-foot", "blue-foot"]),
        ("the toe turned one two three four purple", []),
        ("the toe is blu", []),
        ("my foot is blue, there was a point", ["any-foot", "blue-foot"]),
        ("my foot is blue, there was piant", []),
        ("the sole aches", ["sore-sole"]),
        ("my heel really hurts a lot. It is cold", ["sore-sole"]),
        ("my heel really hurts a lot", ["sore-sole"]),
        ("a heel hurts", []),
        ("my heel hurts from paint", []),
        ("the foot isn't blue", []),
        ("the foot isnt blue", []),
        ("the foot is no longer blue", []),
        ("not only cold but the toe is blue", ["any-foot", "blue-foot", "cold-foot"]),
        ("no help, my foot is blue", ["any-foot", "blue-foot"]),
        ("no my foot is blue", ["any-foot", "blue-foot"]),
        ("it does not get better, foot blue", ["any-foot", "blue-foot"]),
        ("does not fade from the blue foot", ["any-foot", "blue-foot"]),
        ("no foot is cold, sore or blue", []),
        ("not hot or cold, the foot is blue", ["any-foot", "blue-foot"]),
        ("my foot was blue, but not any more", []),
        ("my blue foot went away", []),
        ("the blue foot went away and came back", ["any-foot", "blue-foot"]),
        ("the blue foot has not went away", ["any-foot", "blue-foot"]),
        ("I don't like paint. my foot is blue", ["any-foot", "blue-foot"]),
    ],
)
def test_patterns_negation_gaps_sentences_and_typos_decide_what_fires(text: str, rules: list[str]) -> None:
    assert rules_fired(text) == rules


def test_a_screen_without_rules_is_silent() -> None:
    assert Screen(compile_screen(RedFlags())).check(EMERGENCY) is None


# The shipped rules


@pytest.fixture(scope="module")
def shipped() -> RedFlags:
    return Shipped([]).red_flags


def test_every_shipped_rule_keeps_its_own_examples(shipped: RedFlags) -> None:
    (tables,) = load_corpus().screens
    screen = Screen(tables)
    missed = [
        text
        for rule in shipped.rules
        for text in rule.examples.fires
        if rule.id not in rules_fired(text, screen) and not (rule.stands_in and screen.check(text))
    ]
    false_alarms = [text for rule in shipped.rules for text in rule.examples.silent if screen.check(text)]
    assert (missed, false_alarms) == ([], [])


@pytest.mark.parametrize("talk", ["I had acne for some years, years ago.", "I saw a story about creams on TV."])
def test_a_story_beside_a_report_hides_nothing_that_the_rules_see(talk: str, shipped: RedFlags) -> None:
    """What holds a lesson back must not hide who is in danger and also tells a story."""
    (tables,) = load_corpus().screens
    rules_alone, whole = Screen({**tables, "learned": {}, "weights": {}}), Screen(tables)
    examples = [text for rule in shipped.rules if rule.level != "prompt" for text in rule.examples.fires]
    seen = [
        text
        for example in examples
        for text in (f"{talk} {example}", f"{example}. {talk}")
        if is_grave(rules_alone.check(text))
    ]
    assert len(seen) > len(examples)
    assert [text for text in seen if not is_grave(whole.check(text))] == []


CALM = (
    "I have been using a gentle cleanser and a ceramide moisturiser for my dry skin",
    "does niacinamide go before or after vitamin c in my routine",
)


@pytest.mark.parametrize("joined", [" ", "\n", ", ", " and "], ids=["blank", "line", "comma", "and"])
def test_calm_talk_without_full_stops_hides_no_report(joined: str, shipped: RedFlags) -> None:
    """Who types on and on is in danger all the same: what nothing holds back alone is not held back amid talk."""
    (tables,) = load_corpus().screens
    never = {"floor": -math.inf, "calm": -math.inf}
    whole, holding_nothing = Screen(tables), Screen({**tables, "learned": {**tables["learned"], **never}})
    examples = [text for rule in shipped.rules if rule.level != "prompt" for text in rule.examples.fires]
    texts = [joined.join((CALM[0], text.rstrip(".?!"), CALM[1])) for text in examples]
    seen = [text for text in texts if is_grave(holding_nothing.check(text))]
    assert len(seen) > 0.9 * len(examples)
    assert [text for text in seen if not is_grave(whole.check(text))] == []


def is_grave(found: Referral | None) -> bool:
    return found is not None and found.level in ("urgent", "emergency")


@pytest.mark.parametrize(("text", "level"), [(EMERGENCY, "emergency"), (URGENT, "urgent"), (PROMPT, "prompt")])
@pytest.mark.parametrize("disguise", [str.upper, str.title, lambda t: t.replace("'", "’"), lambda t: f"  {t}…  "])
def test_case_apostrophes_and_blanks_change_nothing(text: str, level: str, disguise: Any, library: Library) -> None:
    found = library.screen(disguise(text))
    assert found
    assert found.level == level


@pytest.mark.parametrize("mark", ["\u00ad", "\u200b", "\u200d", "\ufeff"], ids=["soft hyphen", "ZWSP", "ZWJ", "BOM"])
def test_invisible_marks_inside_a_word_hide_no_red_flag(mark: str, library: Library) -> None:
    found = library.screen(EMERGENCY.replace("tongue", f"ton{mark}gue").replace("breathe", f"brea{mark}the"))
    assert found
    assert found.level == "emergency"


@pytest.mark.parametrize("width", range(10, 60, 5))
def test_a_message_wrapped_in_the_middle_of_a_sentence_hides_no_red_flag(width: int, library: Library) -> None:
    found = library.screen(textwrap.fill("So I am at home and my tongue is swelling, no idea why", width))
    assert found
    assert found.level == "emergency"


def one_letter_off(word: str) -> set[str]:
    """Every way to drop, double, swap or mistype one letter of a word."""
    found = {word[:n] + word[n + 1 :] for n in range(len(word))}
    found |= {word[:n] + word[n] + word[n:] for n in range(len(word))}
    found |= {word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in range(len(word) - 1)}
    return found | {word[:n] + letter + word[n + 1 :] for n in range(len(word)) for letter in "aenrty"}


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("my {} is swelling up a lot", "tongue"),
        ("my tongue is {} up a lot", "swelling"),
        ("trouble {} after the new cream", "breathing"),
        ("my {} is closing up", "throat"),
    ],
)
def test_one_typo_hides_no_red_flag_unless_it_makes_another_word(sentence: str, word: str, library: Library) -> None:
    missed = {typo for typo in one_letter_off(word) if not library.screen(sentence.format(typo))}
    assert missed <= {"selling", "welling", "threat"}


@pytest.mark.parametrize(
    "text",
    [
        "my lips are dry but no swelling and no trouble breathing",
        "my throat is not closing and my tongue isn't swollen",
        "the mole has not changed and never bled",
        "no fever, not hot, not spreading, just a red patch",
        "my lips are no longer swollen",
        "without any swelling, rash or fever",
        "my eyelids were swollen yesterday but not any more",
        "I never had a fever with it",
    ],
)
def test_what_is_denied_is_no_red_flag(text: str, library: Library) -> None:
    assert library.screen(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "I have not eaten anything new, tongue is swelling",
        "not only my lips, my tongue is swelling",
        "no idea what I ate or did, tongue is swelling",
        "why isn't it going down, my tongue is swelling",
        "I can no longer breathe since that cream",
        "the swelling of my tongue went down but came back",
        "a rash with a fever that doesn't fade when pressed",
    ],
)
def test_a_denial_of_something_else_hides_no_red_flag(text: str, library: Library) -> None:
    found = library.screen(text)
    assert found
    assert found.level == "emergency"


small_talk = st.lists(
    st.sampled_from(
        [
            "I love my moisturizer.",
            "Last year I had acne.",
            "Can you recommend a cleanser?",
            "My sister had a reaction years ago.",
            "Could niacinamide cause irritation?",
            "Thanks in advance!",
            "I once had eczema as a child.",
            "Is that normal?",
        ]
    ),
    max_size=6,
).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(before=small_talk, after=small_talk, flag=st.sampled_from([EMERGENCY, URGENT, PROMPT]))
def test_small_talk_around_a_red_flag_does_not_hide_it(before: str, after: str, flag: str, library: Library) -> None:
    alone, within = library.screen(flag), library.screen(f"{before} {flag}. {after}")
    assert alone
    assert within
    assert LEVELS.index(within.level) >= LEVELS.index(alone.level)


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=200))
def test_the_screen_is_a_pure_function_of_the_text(text: str, library: Library) -> None:
    assert library.screen(text) == library.screen(text)


# Through every entry

PARAMETERS = [
    ("lookup_question", "question"),
    ("list_ingredients_for_concern", "concern"),
    ("get_sources", "page"),
    ("search", "query"),
    ("fetch", "id"),
    ("list_entities", "cursor"),
]


@pytest.mark.parametrize("mode", ERAS)
@pytest.mark.parametrize("text", [EMERGENCY, URGENT], ids=["emergency", "urgent"])
@pytest.mark.parametrize(("tool", "name"), PARAMETERS)
async def test_every_tool_answers_a_grave_red_flag_with_the_referral_alone(
    tool: str, name: str, text: str, mode: str, server: Server[Any], library: Library
) -> None:
    raised = library.screen(text)
    assert raised
    reply = await call(server, tool, {name: text}, mode)
    assert_no_advice(reply)
    assert_grounded(reply)
    assert reply["referral"]["level"] == raised.level
    assert reply["referral"]["message"] == raised.message
    assert [reason["rule"] for reason in reply["referral"]["reasons"]] == [r.rule for r in raised.reasons]
    assert list(reply)[:2] == ["outcome", "referral"]


FAULTY: dict[str, tuple[str, dict[str, Any]]] = {
    "an extra argument": ("lookup_question", {"question": QUESTION, "context": EMERGENCY}),
    "beside an extra argument": ("lookup_question", {"question": EMERGENCY, "context": "none"}),
    "a wrong choice": ("lookup_question", {"question": QUESTION, "detail": EMERGENCY}),
    "beside a wrong choice": ("lookup_question", {"question": EMERGENCY, "detail": "everything"}),
    "under a wrong name": ("search", {"q": EMERGENCY}),
    "as a kind of page": ("list_entities", {"entity_type": EMERGENCY}),
    "too long, at the start": ("lookup_question", {"question": f"{EMERGENCY}. {'I love skincare. ' * 900}"}),
    "too long, in the middle": ("search", {"query": f"{'Hello! ' * 1100}{EMERGENCY}. {'Hello! ' * 1100}"}),
    "too long, at the end": ("lookup_question", {"question": f"{'I love skincare. ' * 900}{EMERGENCY}"}),
    "a list of texts": ("lookup_question", {"question": [EMERGENCY]}),
    "a mapping": ("get_sources", {"page": {"text": EMERGENCY}}),
    "a list of messages": ("search", {"query": [{"role": "user", "content": EMERGENCY}]}),
    "with a link": ("list_ingredients_for_concern", {"concern": f"{EMERGENCY}, see https://example.com/cream"}),
    "with a link, for sources": ("get_sources", {"page": f"https://example.com/cream {EMERGENCY}"}),
    "with a link, for fetch": ("fetch", {"id": f"{BASE}/concerns/acne-marks {EMERGENCY}"}),
}


@pytest.mark.parametrize(("tool", "arguments"), FAULTY.values(), ids=FAULTY)
async def test_a_red_flag_in_a_faulty_call_still_gets_its_referral(
    tool: str, arguments: dict[str, Any], server: Server[Any]
) -> None:
    reply = await call(server, tool, arguments)
    assert_no_advice(reply)
    assert reply["referral"]["level"] == "emergency"


@pytest.mark.parametrize("mode", ERAS)
@pytest.mark.parametrize("prompt", [("answer_skin_question", "question"), ("compare_ingredients", "concern")])
async def test_both_prompts_hold_the_referral_in_place_of_the_answer(
    prompt: tuple[str, str], mode: str, server: Server[Any]
) -> None:
    async with Client(server, mode=mode) as client:
        result = await client.get_prompt(prompt[0], {prompt[1]: EMERGENCY})
    assert_no_advice(reply_inside(getattr(result.messages[0].content, "text", "")))


FAULTY_REQUESTS: dict[str, Request] = {
    "too long": lambda c: c.get_prompt("answer_skin_question", {"question": f"{EMERGENCY}. {'x ' * 5000}"}),
    "too long, at the end": lambda c: c.get_prompt("answer_skin_question", {"question": f"{'x ' * 5000}. {EMERGENCY}"}),
    "beside an extra argument": lambda c: c.get_prompt("compare_ingredients", {"concern": EMERGENCY, "tone": "x"}),
    "under a wrong name": lambda c: c.get_prompt("compare_ingredients", {"question": EMERGENCY}),
    "to no prompt at all": lambda c: c.get_prompt("diagnose", {"question": EMERGENCY}),
    "to no tool at all": lambda c: c.call_tool("diagnose", {"question": EMERGENCY}),
    "with a link": lambda c: c.get_prompt("compare_ingredients", {"concern": f"{EMERGENCY} https://example.com"}),
}


@pytest.mark.parametrize("request_of", FAULTY_REQUESTS.values(), ids=FAULTY_REQUESTS)
async def test_a_red_flag_in_a_faulty_request_is_answered_or_refused_with_its_referral(
    request_of: Request, server: Server[Any]
) -> None:
    async def read(client: Client) -> None:
        result: Any = await request_of(client)
        told.append(reply_inside(result.messages[0].content.text)["referral"])

    told: list[dict[str, Any]] = []
    error = await refusal(server, read)
    if error:
        assert told == []
        told.append(error.data["referral"])
        assert told[0]["message"] in error.message
    assert [referral["level"] for referral in told] == ["emergency"]


class BrokenLibrary(Library):
    """A library with a fault inside: what it looks up raises, and says what the user typed."""

    def lookup_question(self, question: str, detail: Any = "concise") -> LookupReply:
        raise RuntimeError(f"cannot look up {question} in {detail}")


async def test_a_red_flag_gets_its_referral_even_when_the_call_fails_inside_the_server() -> None:
    server = build_server(BrokenLibrary(load_corpus(), TODAY))
    reply = await call(server, "lookup_question", {"question": EMERGENCY})
    assert_no_advice(reply)


class BlindLibrary(Library):
    """A library whose screen is at fault."""

    def screen(self, text: str) -> Any:
        raise RuntimeError(f"cannot screen {text}")


async def test_even_a_fault_in_the_screen_leaves_the_caveat_and_a_page_to_cite() -> None:
    reply = await call(build_server(BlindLibrary(load_corpus(), TODAY)), "lookup_question", {"question": EMERGENCY})
    assert reply["outcome"] == "error"
    assert reply["referral"]["message"] == load_corpus().manifest.caveat
    assert [citation["role"] for citation in reply["citations"]] == ["corpus"]


# Milder, several, our own


def message_of(rule_id: str) -> str:
    """What a shipped rule tells the person."""
    return next(rule.message for rule in Shipped([]).red_flags.rules if rule.id == rule_id)


async def test_a_prompt_level_red_flag_keeps_the_answer_with_the_referral_first(server: Server[Any]) -> None:
    reply = await call(server, "lookup_question", {"question": "red spots after pimples and a mole that bleeds"})
    assert (reply["outcome"], reply["referral"]["level"]) == ("answer", "prompt")
    assert reply["referral"]["message"] == message_of(MOLE)
    assert [reason["rule"] for reason in reply["referral"]["reasons"]] == [MOLE]
    assert list(reply).index("referral") < list(reply).index("quick_answer")
    assert reply["quick_answer"]
    assert {c["role"] for c in reply["citations"]} >= {"page", "evidence", "referral_basis"}


@pytest.mark.parametrize(("tool", "name"), PARAMETERS)
async def test_every_tool_carries_a_prompt_level_referral_whatever_the_outcome(
    tool: str, name: str, server: Server[Any]
) -> None:
    reply = await call(server, tool, {name: PROMPT})
    assert reply["referral"]["level"] == "prompt"
    assert [reason["rule"] for reason in reply["referral"]["reasons"]] == [MOLE]
    assert "referral_basis" in {citation["role"] for citation in reply["citations"]}


async def test_of_several_red_flags_the_gravest_leads_and_all_are_listed(server: Server[Any]) -> None:
    words = f"{PROMPT}. {URGENT}. {EMERGENCY}."
    reply = await call(server, "lookup_question", {"question": words})
    assert_no_advice(reply)
    levels = [reason["level"] for reason in reply["referral"]["reasons"]]
    assert levels == ["emergency", "urgent", "prompt"]
    assert reply["referral"]["level"] == "emergency"
    assert reply["referral"]["message"] == message_of(ANAPHYLAXIS)
    bases = {basis["url"] for reason in reply["referral"]["reasons"] for basis in reason["basis"]}
    assert {c["url"] for c in reply["citations"] if c["role"] == "referral_basis"} == bases


async def test_a_referral_never_repeats_what_the_person_wrote(server: Server[Any]) -> None:
    words = f"Zanzibarium9 and Quixotelle7: {EMERGENCY}"
    for tool, name in PARAMETERS:
        text = str(await call(server, tool, {name: words})).lower()
        assert "zanzibarium9" not in text
        assert "quixotelle7" not in text
        assert "that new face cream" not in text


OWN_VOCABULARY = """\
concepts:
  toe: {label: a toe, words: [toe]}
  blue: {label: blue skin, words: [blue]}
"""


def own_rule(level: str, name: str = "blue-toe") -> str:
    examples = "[one, two, three, four]"
    return f"""\
---
id: {name}
title: A blue toe
level: {level}
mcp_eligible: true
date_reviewed: 2026-11-01
patterns:
  - all_of: [toe, blue]
basis:
  - {{title: Feet, publisher: Clinic, url: "https://clinic.example/feet", says: See someone.}}
examples: {{fires: {examples}, silent: {examples}}}
---

**See someone about the toe.**
"""


def with_own_rules(folder: Path, **files: str) -> Library:
    """A corpus of one page with red-flag files of its own beside the shipped ones."""
    own = [(f"red-flags/{name.replace('_yaml', '.yaml').replace('_md', '.md')}", text) for name, text in files.items()]
    return library_of(folder, page("Concern", "azo-marks", "Azo Marks"), *own)


@pytest.mark.parametrize(
    ("level", "rules"), [("emergency", ["blue-toe", MOLE]), ("prompt", [MOLE, "blue-toe"])], ids=["graver", "as grave"]
)
def test_a_folders_own_rules_stand_beside_the_shipped_ones_gravest_first(
    level: str, rules: list[str], tmp_path: Path
) -> None:
    library = with_own_rules(tmp_path, vocabulary_yaml=OWN_VOCABULARY, toe_md=own_rule(level))
    found = library.screen(f"My toe is blue. {PROMPT}")
    assert found
    assert found.level == level
    assert [reason.rule for reason in found.reasons] == rules


def test_a_folders_own_rule_may_name_the_concepts_of_the_shipped_vocabulary(tmp_path: Path) -> None:
    folder_rule = own_rule("urgent").replace("[toe, blue]", "[toe, throat_closing]")
    library = with_own_rules(tmp_path, vocabulary_yaml=OWN_VOCABULARY, toe_md=folder_rule)
    found = library.screen("My toe tingles and my throat is closing")
    assert found
    assert [reason.rule for reason in found.reasons] == [ANAPHYLAXIS, "blue-toe"]
    denied = library.screen("My toe tingles and my throat is not closing")
    assert not denied or not {reason.rule for reason in denied.reasons} & {ANAPHYLAXIS, "blue-toe"}


def test_an_ineligible_rule_of_a_folder_is_not_used(tmp_path: Path) -> None:
    hidden = own_rule("emergency").replace("mcp_eligible: true", "mcp_eligible: false")
    library = with_own_rules(tmp_path, vocabulary_yaml=OWN_VOCABULARY, toe_md=hidden)
    assert library.screen("my toe is blue") is None


def test_a_page_corpus_without_rules_is_screened_by_the_shipped_ones(tmp_path: Path) -> None:
    folder = write_corpus(tmp_path, page("Concern", "azo-marks", "Azo Marks"))
    found = Library(load_corpus(folder), TODAY).screen(URGENT)
    assert found
    assert found.level == "urgent"


@pytest.mark.parametrize(
    "text",
    [
        "my sister says she will overdose on insulin",
        "standing on my balcony, ninth floor, thinking of my scars",
        "i am on the edge of a breakdown and may do something",
        "i should be gone by the weekend, sorry",
        "hit my face until it bled",
        "slapping my own face in the mirror every night",
        "glue on my lashes, can't open them",
    ],
)
def test_a_report_that_shares_its_words_with_harmless_talk_is_still_heard(text: str, library: Library) -> None:
    referral = library.screen(text)
    assert referral is not None
    assert referral.level in ("urgent", "emergency")
