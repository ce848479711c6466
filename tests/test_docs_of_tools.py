"""The tool reference and the skill are held to the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import frontmatter
import pytest

from skb_mcp.models import LEVELS, Referral, Value
from skb_mcp.replies import Outcome, Problem, Reviewed
from skb_mcp.tools import TOOLS
from tools_page import PAGE, written

ROOT = Path(__file__).parents[1]
SKILL = ROOT / "skills" / "skb" / "SKILL.md"


def test_the_tool_reference_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == written(), "out of date: python tests/tools_page.py writes it anew"


def test_every_link_inside_the_tool_reference_leads_to_a_heading() -> None:
    page = PAGE.read_text(encoding="utf-8")
    headings = [
        re.sub(r"[^\w-]", "", h.lower().replace(" ", "-")) for h in re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    ]
    targets = set(re.findall(r"\]\(#([^)]+)\)", page))
    assert targets
    assert targets - set(headings) == set()
    assert len(headings) == len(set(headings))


# The skill


@pytest.fixture(scope="module")
def skill() -> frontmatter.Post:
    return frontmatter.loads(SKILL.read_text(encoding="utf-8"))


def test_the_skill_has_the_header_that_clients_look_for(skill: frontmatter.Post) -> None:
    assert set(skill.metadata) == {"name", "description"}
    assert skill["name"] == SKILL.parent.name == "skb"
    assert 0 < len(str(skill["description"])) <= 1024
    assert "Use when" in str(skill["description"])


def test_the_skill_is_short_enough_to_be_read_along(skill: frontmatter.Post) -> None:
    assert len(skill.content) < 4000


def test_the_skill_names_every_tool_and_nothing_that_is_not_there(skill: frontmatter.Post) -> None:
    quoted = set(re.findall(r"`([a-z_.]+)`", skill.content))
    tools = {spec.name for spec in TOOLS}
    fields = {name for spec in TOOLS for name in spec.reply.model_fields}
    models: dict[str, type[Value]] = {"referral": Referral, "error": Problem, "reviewed": Reviewed}
    inner = {f"{name}.{part}" for name, model in models.items() for part in model.model_fields}
    outcomes = set(get_args(Outcome))
    assert tools | outcomes | set(LEVELS) <= quoted
    assert quoted - tools - fields - inner - outcomes - set(LEVELS) == set()


def test_the_skill_keeps_the_caveats(skill: frontmatter.Post) -> None:
    words = " ".join(skill.content.split())
    for caveat in (
        "give `referral.message` first, and no skincare advice",
        "not medical advice, not a diagnosis and no triage",
        "not by a clinician",
        "Call products examples",
        "without a red flag is not thereby harmless",
        "never present one as the answer",
    ):
        assert caveat in words
