"""The real console script over standard input and output, spoken to in raw lines of JSON-RPC."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from conftest import (
    COMMAND,
    EMERGENCY,
    MODERN_META,
    QUESTION,
    QUESTION_URL,
    Process,
    assert_grounded,
    page,
    process,
    write_corpus,
)
from skb_mcp import __version__
from skb_mcp.draining import mended
from support import BASE

HALF = re.compile("[\ud800-\udfff]")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes as POSIX has them")


def tool_call(tool: str, **arguments: Any) -> dict[str, Any]:
    return {"name": tool, "arguments": arguments}


def lines_of(raw: bytes) -> list[dict[str, Any]]:
    """Standard output, which holds nothing but one JSON-RPC message a line."""
    assert raw == b"" or raw.endswith(b"\n")
    messages: list[dict[str, Any]] = [json.loads(line) for line in raw.splitlines()]
    assert all(message["jsonrpc"] == "2.0" for message in messages)
    return messages


def test_a_legacy_client_shakes_hands_and_calls_a_tool() -> None:
    with process() as server:
        hello = server.initialize()
        assert hello["result"]["protocolVersion"] == "2025-11-25"
        assert hello["result"]["serverInfo"]["version"] == __version__
        answer = server.request("tools/call", tool_call("lookup_question", question=QUESTION))
        status, out, err = server.close()
    (block,) = answer["result"]["content"]
    assert json.loads(block["text"]) == answer["result"]["structuredContent"]
    assert answer["result"]["structuredContent"]["match"]["canonical_url"] == QUESTION_URL
    assert (status, out) == (0, b"")
    assert re.fullmatch(rf"skb-mcp {re.escape(__version__)}: 16\d pages of skin-knowledge-base 1\.0\.0\n", err.decode())


def test_the_oldest_clients_are_served_in_their_own_version() -> None:
    with process() as server:
        assert server.initialize("2024-11-05")["result"]["protocolVersion"] == "2024-11-05"
        answer = server.request("tools/call", tool_call("search", query="niacinamide"))
    reply = json.loads(answer["result"]["content"][0]["text"])
    assert reply["results"][0]["url"] == f"{BASE}/ingredients/niacinamide"


def test_a_modern_client_discovers_and_calls_a_tool_without_a_handshake() -> None:
    with process() as server:
        found = server.request("server/discover", {"_meta": MODERN_META})["result"]
        assert "2026-07-28" in found["supportedVersions"]
        answer = server.request(
            "tools/call", {"_meta": MODERN_META, **tool_call("lookup_question", question=EMERGENCY)}
        )
        status, out, _ = server.close()
    assert answer["result"]["structuredContent"]["outcome"] == "referral"
    assert (status, out) == (0, b"")


@pytest.mark.anyio
async def test_the_sdks_own_client_is_served() -> None:
    async with Client(stdio_client(StdioServerParameters(command=str(COMMAND), args=["serve"]))) as client:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        result = await client.call_tool("get_sources", {"page": QUESTION})
    assert len(tools) == 6
    assert result.structured_content["outcome"] == "answer"


def test_a_folder_is_served_and_the_log_names_the_faults_of_eligible_pages_alone(tmp_path: Path) -> None:
    good, bad = page("Concern", "azo-marks", "Azo Marks"), page("Concern", "bad-date", "Bad Date", reviewed="soon")
    path, hidden = page("Concern", "hidden-thing", "Hidden Thing")
    broken = hidden.replace("mcp_eligible: true", "mcp_eligible: false").replace("title: Hidden Thing\n", "")
    write_corpus(tmp_path, good, bad, (path, broken))
    with process("--corpus", str(tmp_path)) as server:
        server.initialize()
        listed = server.request("tools/call", tool_call("list_entities"))["result"]["structuredContent"]
        status, out, err = server.close()
    assert [entry["title"] for entry in listed["entities"]] == ["Azo Marks"]
    assert (status, out) == (0, b"")
    assert err.decode().splitlines() == [
        f"skb-mcp {__version__}: 1 pages of local unversioned",
        "error: concerns/bad-date.md:6: 'date_reviewed' takes a date written YYYY-MM-DD (date)",
        "Other files are not served; `skb-mcp validate` on the corpus folder says why.",
    ]


def test_what_cannot_be_served_ends_with_2_and_an_untouched_stdout(tmp_path: Path) -> None:
    run = subprocess.run([COMMAND, "--corpus", tmp_path], capture_output=True, input=b"", check=False)
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.startswith(b"error: this corpus cannot be served: no eligible page\n")


# The end


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The option for a corpus of one page, which is read sooner than the shipped one."""
    folder = write_corpus(tmp_path_factory.mktemp("small"), page("Concern", "azo-marks", "Azo Marks"))
    return "--corpus", str(folder)


def test_closing_stdin_before_a_word_was_said_is_a_clean_end(small: tuple[str, str]) -> None:
    with process(*small) as server:
        status, out, err = server.close()
    assert (status, out) == (0, b"")
    assert b"Traceback" not in err


def test_everything_that_was_asked_before_stdin_closed_is_answered(small: tuple[str, str]) -> None:
    with process(*small) as server:
        server.initialize()
        for number in range(100, 130):
            message = {
                "jsonrpc": "2.0",
                "id": number,
                "method": "tools/call",
                "params": tool_call("search", query="acne"),
            }
            server.send(json.dumps(message).encode())
        status, out, _ = server.close()
    assert sorted(message["id"] for message in lines_of(out)) == list(range(100, 130))
    assert status == 0


@pytest.mark.parametrize(
    ("number", "talked"),
    [(signal.SIGINT, True), (signal.SIGINT, False), (signal.SIGTERM, False)],
    ids=["SIGINT after a call", "SIGINT while idle", "SIGTERM while idle"],
)
def test_a_signal_ends_the_server_with_0_and_without_a_word(
    number: signal.Signals, talked: bool, small: tuple[str, str]
) -> None:
    with process(*small) as server:
        if talked:
            server.initialize()
            server.request("tools/call", tool_call("search", query="acne"))
        else:
            assert server.popen.stderr
            assert server.popen.stderr.readline().startswith(b"skb-mcp")
        server.popen.send_signal(number)
        status = server.popen.wait(timeout=10)
        _, out, err = server.close()
    assert (status, out) == (0, b"")
    assert b"Traceback" not in err


def test_a_client_that_stops_reading_costs_no_traceback(small: tuple[str, str]) -> None:
    reader, writer = os.pipe()
    with subprocess.Popen([COMMAND, *small], stdin=subprocess.PIPE, stdout=writer, stderr=subprocess.PIPE) as server:
        os.close(writer)
        os.close(reader)
        message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        _, err = server.communicate(json.dumps(message).encode() + b"\n", timeout=20)
    assert server.returncode == 0
    assert err.decode().splitlines() == [f"skb-mcp {__version__}: 1 pages of local unversioned"]


# What no well-behaved client sends


@pytest.fixture(scope="module")
def shared_server(small: tuple[str, str]) -> Iterator[Process]:
    """One server for all of these; at the end it must still leave well."""
    with process(*small) as server:
        server.initialize()
        yield server
        status, out, err = server.close()
    assert (status, lines_of(out)) == (0, [])
    assert b"Traceback" not in err


@pytest.mark.parametrize(
    "line",
    [b"not json", b"[]", b"{}", b'{"jsonrpc":"2.0"}', b"\xff\xfe\x00", b"", b"[" * 100_000],
    ids=["words", "a list", "an object", "no method", "no text", "nothing", "a deep nest"],
)
def test_a_line_that_is_no_message_does_not_disturb_the_next_one(line: bytes, shared_server: Process) -> None:
    shared_server.send(line)
    answer = shared_server.request("tools/call", tool_call("search", query="azo marks"))
    assert answer["result"]["structuredContent"]["outcome"] == "answer"


def test_half_a_character_in_a_message_does_not_cost_its_answer(shared_server: Process) -> None:
    """JavaScript cuts texts between the halves of an emoji, and writes the half as an escape."""
    call = b'{"name":"lookup_question","arguments":{"question":"azo marks \\ud83d"}}'
    shared_server.send(b'{"jsonrpc":"2.0","id":"half","method":"tools/call","params":' + call + b"}")
    shared_server.send(b'{"jsonrpc":"2.0","id":"next","method":"ping"}')
    answers = {message["id"]: message for message in map(json.loads, (shared_server.stdout.readline() for _ in "12"))}
    assert_grounded(answers["half"]["result"]["structuredContent"])
    assert "next" in answers


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.sampled_from(["\ud83d", "\ude00", "\udfff", "\\", '"', *"uUdD83é😀"]), max_size=12))
def test_mending_a_line_changes_half_characters_and_nothing_else(text: str) -> None:
    paired = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    assert json.loads(mended(json.dumps({"text": paired}))) == {"text": HALF.sub("\ufffd", paired)}


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/call", {"name": 5, "arguments": {}}),
        ("tools/call", {"arguments": {"question": QUESTION}}),
        ("tools/call", {"name": "search", "arguments": ["niacinamide"]}),
        ("tools/call", {}),
        ("resources/read", {}),
        ("resources/read", {"uri": 5}),
        ("prompts/get", {"name": "answer_skin_question", "arguments": {"question": 5}}),
        ("prompts/get", {"name": "answer_skin_question", "arguments": QUESTION}),
        ("resources/list", {"cursor": 5}),
        ("completion/complete", {"ref": {"type": "ref/prompt"}}),
    ],
)
def test_malformed_parameters_are_a_grounded_protocol_error(
    method: str, params: dict[str, Any], shared_server: Process
) -> None:
    error = shared_server.request(method, params)["error"]
    assert error["code"] == -32602
    assert BASE in error["message"]
    assert "not a diagnosis" in error["message"]
    assert_grounded(error["data"])


def test_a_prompt_whose_text_is_no_text_but_holds_a_red_flag_is_refused_with_its_referral(
    shared_server: Process,
) -> None:
    arguments = {"question": [EMERGENCY]}
    error = shared_server.request("prompts/get", {"name": "answer_skin_question", "arguments": arguments})["error"]
    assert error["data"]["referral"]["level"] == "emergency"


def test_an_unknown_method_is_not_found(shared_server: Process) -> None:
    assert shared_server.request("skin/diagnose", {})["error"]["code"] == -32601
