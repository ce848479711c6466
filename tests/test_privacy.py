"""What a person types is never logged, and never repeated in an error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from conftest import EMERGENCY, MODERN_META, Process, process
from support import BASE

SECRET = "zanzibarium9quux"

CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "an answer": ("lookup_question", {"question": f"red spots after pimples {SECRET}"}),
    "a referral": ("lookup_question", {"question": f"{SECRET} {EMERGENCY}"}),
    "no match": ("search", {"query": SECRET}),
    "an unknown id": ("fetch", {"id": f"skb://concerns/{SECRET}"}),
    "an unknown URL": ("get_sources", {"page": f"{BASE}/sources/{SECRET}"}),
    "a foreign URL": ("list_ingredients_for_concern", {"concern": f"https://{SECRET}.example/"}),
    "a text that is too long": ("lookup_question", {"question": f"{SECRET} " * 1000}),
    "an extra argument": ("search", {"query": "acne", SECRET: SECRET}),
    "a wrong type": ("search", {"query": [SECRET]}),
    "a wrong choice": ("list_entities", {"entity_type": SECRET}),
    "a bad cursor": ("list_entities", {"cursor": SECRET}),
}

REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    **{name: ("tools/call", {"name": tool, "arguments": arguments}) for name, (tool, arguments) in CALLS.items()},
    "an unknown tool": ("tools/call", {"name": SECRET, "arguments": {SECRET: SECRET}}),
    "arguments that are a list": ("tools/call", {"name": "search", "arguments": [SECRET]}),
    "an unknown resource": ("resources/read", {"uri": f"skb://concerns/{SECRET}"}),
    "a foreign resource": ("resources/read", {"uri": f"file:///{SECRET}"}),
    "an unknown prompt": ("prompts/get", {"name": SECRET}),
    "a prompt without its argument": ("prompts/get", {"name": "compare_ingredients", "arguments": {SECRET: SECRET}}),
    "a prompt that is too long": (
        "prompts/get",
        {"name": "answer_skin_question", "arguments": {"question": f"{SECRET} " * 1000}},
    ),
    "a strange URL for a prompt": (
        "prompts/get",
        {"name": "compare_ingredients", "arguments": {"concern": f"{SECRET}://{SECRET}"}},
    ),
    "an unknown completion": (
        "completion/complete",
        {"ref": {"type": "ref/prompt", "name": SECRET}, "argument": {"name": SECRET, "value": SECRET}},
    ),
    "a completion": (
        "completion/complete",
        {
            "ref": {"type": "ref/resource", "uri": "skb://concerns/{slug}"},
            "argument": {"name": "slug", "value": SECRET},
        },
    ),
    "a bad cursor for resources": ("resources/list", {"cursor": SECRET}),
    "a bad cursor for tools": ("tools/list", {"cursor": SECRET}),
}

RAW: dict[str, bytes] = {
    "a line that is no JSON": f"tell me about {SECRET}".encode(),
    "half a message": f'{{"jsonrpc":"2.0","id":900,"method":"tools/call","params":{{"name":"{SECRET}'.encode(),
    "a message without a method": f'{{"jsonrpc":"2.0","id":901,"params":{{"x":"{SECRET}"}}}}'.encode(),
    "a method that is no text": f'{{"jsonrpc":"2.0","id":902,"method":["{SECRET}"]}}'.encode(),
    "an unknown notification": f'{{"jsonrpc":"2.0","method":"notifications/{SECRET}"}}'.encode(),
    "a malformed notification": (
        f'{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{{"requestId":["{SECRET}"]}}}}'.encode()
    ),
    "an answer that nobody asked for": f'{{"jsonrpc":"2.0","id":"{SECRET}","result":{{"x":"{SECRET}"}}}}'.encode(),
    "bytes that are no text": b"\xff\xfe" + SECRET.encode(),
}


@pytest.fixture(scope="module", params=["legacy", "modern"])
def talk(request: pytest.FixtureRequest) -> Iterator[tuple[Process, dict[str, Any]]]:
    """A server, and what goes along with every request in its era; at the end its log must be clean."""
    with process() as server:
        if request.param == "legacy":
            server.initialize()
        yield server, {} if request.param == "legacy" else {"_meta": MODERN_META}
        status, _, log = server.close()
    assert status == 0
    assert SECRET not in log.decode().lower()


@pytest.mark.parametrize("name", REQUESTS)
def test_no_reply_and_no_error_repeats_what_was_sent(name: str, talk: tuple[Process, dict[str, Any]]) -> None:
    server, meta = talk
    method, params = REQUESTS[name]
    message = server.request(method, {**params, **meta})
    assert SECRET not in json.dumps({key: message[key] for key in ("result", "error") if key in message}).lower()


@pytest.mark.parametrize("name", RAW)
def test_no_line_however_malformed_is_repeated_or_disturbs_the_next(
    name: str, talk: tuple[Process, dict[str, Any]]
) -> None:
    server, meta = talk
    server.send(RAW[name])
    server.send(json.dumps({"jsonrpc": "2.0", "id": name, "method": "tools/list", "params": meta}).encode())
    while json.loads(line := server.stdout.readline()).get("id") != name:
        error = json.loads(line).get("error", {})
        assert SECRET not in json.dumps(error).lower()


def test_an_unknown_method_is_not_repeated_on_the_log(talk: tuple[Process, dict[str, Any]]) -> None:
    server, meta = talk
    assert server.request(f"skin/{SECRET}", meta)["error"]["code"] == -32601


def test_a_prompt_holds_the_words_for_the_model_and_for_nobody_else(talk: tuple[Process, dict[str, Any]]) -> None:
    server, meta = talk
    params = {"name": "answer_skin_question", "arguments": {"question": f"What is {SECRET}?"}}
    message = server.request("prompts/get", {**params, **meta})
    (words,) = [m["content"]["text"] for m in message["result"]["messages"]]
    assert words.count(SECRET) == 1


def test_no_setting_of_pythons_makes_the_log_talk() -> None:
    talkative = {"PYTHONDEVMODE": "1", "PYTHONASYNCIODEBUG": "1", "LOGLEVEL": "DEBUG", "MCP_LOG_LEVEL": "DEBUG"}
    with process(env=talkative) as server:
        server.initialize()
        for name in ("an answer", "no match", "an unknown id", "arguments that are a list", "an unknown tool"):
            method, params = REQUESTS[name]
            server.request(method, params)
        for raw in RAW.values():
            server.send(raw)
        _, _, log = server.close()
    assert SECRET not in log.decode().lower()
