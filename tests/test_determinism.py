"""The same corpus and the same call give the same bytes, in every process."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest

from conftest import EMERGENCY, MODERN_META, PROMPT, QUESTION, URGENT, process
from support import BASE

SEEDS = ("0", "4242")

REQUESTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("tools/list", {}),
    ("resources/list", {}),
    ("resources/templates/list", {}),
    ("prompts/list", {}),
    ("resources/read", {"uri": "skb://corpus"}),
    ("resources/read", {"uri": "skb://ingredients/azelaic-acid"}),
    ("resources/read", {"uri": "skb://ingredients/azelaic"}),
    ("prompts/get", {"name": "answer_skin_question", "arguments": {"question": QUESTION}}),
    ("prompts/get", {"name": "compare_ingredients", "arguments": {"concern": "acne marks"}}),
    *(
        ("tools/call", {"name": tool, "arguments": arguments})
        for tool, arguments in (
            ("lookup_question", {"question": QUESTION, "detail": "full"}),
            ("lookup_question", {"question": "wich cream helps wiht redd marks form old zits, pie or pih"}),
            ("lookup_question", {"question": f"{PROMPT}. {URGENT}. {EMERGENCY}."}),
            ("lookup_question", {"question": "acne"}),
            ("lookup_question", {"question": 5, "b": 1, "a": 2, "c": 3}),
            ("list_ingredients_for_concern", {"concern": "dark marks after acne"}),
            ("get_sources", {"page": QUESTION}),
            ("search", {"query": "azelaic acid and niacinamide for red spots"}),
            ("search", {"query": "my mole is changing and it bleeds, also acne marks"}),
            ("fetch", {"id": f"{BASE}/ingredients/azelaic"}),
            ("list_entities", {}),
        )
    ),
    ("tools/list", {}),
)


@cache
def transcript(seed: str, era: str) -> list[bytes]:
    """The raw lines of a whole conversation."""
    with process(env={"PYTHONHASHSEED": seed}) as server:
        lines = []
        meta = {} if era == "legacy" else {"_meta": MODERN_META}
        if era == "legacy":
            lines.append(json.dumps(server.initialize()).encode())
        else:
            lines.append(server.ask("server/discover", meta))
        lines += [server.ask(method, {**params, **meta}) for method, params in REQUESTS]
        status, rest, _ = server.close()
    assert (status, rest) == (0, b"")
    return lines


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_processes_that_hash_differently_answer_with_the_same_bytes(era: str) -> None:
    first, *others = (transcript(seed, era) for seed in SEEDS)
    assert [line for line in first if b'"result"' not in line and b'"error"' not in line] == []
    for other in others:
        assert other == first


def test_both_eras_carry_the_same_replies() -> None:
    def reply(line: bytes) -> object:
        result = json.loads(line).get("result", {})
        return result.get("structuredContent") or result.get("messages") or result.get("contents")

    legacy, modern = (list(map(reply, transcript(SEEDS[0], era))) for era in ("legacy", "modern"))
    assert legacy[1:] == modern[1:]


def test_asking_twice_gives_the_same_bytes_whatever_was_asked_between() -> None:
    """The conversation begins and ends with the same request."""
    for era in ("legacy", "modern"):
        _, first, *_, last = transcript(SEEDS[0], era)
        assert without_id(first) == without_id(last)


def without_id(line: bytes) -> bytes:
    return re.sub(rb'"id":\d+', b"", line, count=1)
