"""The server over Streamable HTTP: in memory, as an ASGI application, and as a process on a real socket."""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import anyio
import httpx2
import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp.types import EmptyResult, PromptReference, SubscribeRequest, SubscribeRequestParams

import skb_mcp.endpoint
from conftest import (
    COMMAND,
    EMERGENCY,
    ERAS,
    MODERN_META,
    QUESTION,
    QUESTION_URL,
    Request,
    assert_grounded,
    assert_no_advice,
    library_of,
    page,
    write_corpus,
)
from http_process import HttpProcess, http_process
from skb_mcp import Library, __version__, load_corpus
from skb_mcp.cli import main
from skb_mcp.endpoint import Refusals
from skb_mcp.http import HttpOptions, create_app, listen, run, url_of
from skb_mcp.limits import MAX_CLIENTS, RateLimit, client_of
from skb_mcp.tools import TOOLS

# A loopback connection is all that a test may open, whatever the code under test does.
pytestmark = [pytest.mark.anyio, pytest.mark.allow_hosts(["127.0.0.1"])]

HOME = "http://127.0.0.1:8000"
SECRET = "zanzibarium9quux"
JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
MODERN = {**JSON, "MCP-Protocol-Version": "2026-07-28"}
LEGACY = {**JSON, "MCP-Protocol-Version": "2025-11-25"}
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")


# The application in memory


@asynccontextmanager
async def web(library: Library, **options: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """An HTTP client of an application that runs in memory."""
    app = create_app(library, HttpOptions(**options))
    transport = httpx2.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx2.AsyncClient(transport=transport, base_url=HOME) as http:
        yield http


@asynccontextmanager
async def mcp_client(http: httpx2.AsyncClient, mode: str = "auto", url: str = f"{HOME}/mcp") -> AsyncIterator[Client]:
    async with Client(streamable_http_client(url, http_client=http), mode=mode) as client:
        yield client


def call_of(tool: str, meta: Mapping[str, Any] | None = None, **arguments: Any) -> dict[str, Any]:
    """A message that calls a tool; `meta` is what a client of the newer era sends along."""
    params: dict[str, Any] = {"name": tool, "arguments": arguments} | ({"_meta": meta} if meta else {})
    return {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}


def modern_headers(message: Mapping[str, Any]) -> dict[str, str]:
    return {**MODERN, "Mcp-Method": message["method"], "Mcp-Name": message["params"].get("name", "")}


LOOKUP = call_of("lookup_question", question=QUESTION)


def refusal_in(response: httpx2.Response) -> dict[str, Any]:
    """The error of a reply, after it was seen to be grounded in its message and in its data."""
    assert response.headers["content-type"] == "application/json"
    message = response.json()
    assert message.keys() == {"jsonrpc", "id", "error"}
    error: dict[str, Any] = message["error"]
    assert_grounded(error["data"])
    assert error["data"]["referral"]["message"] in error["message"]
    assert error["data"]["citations"][-1]["url"] in error["message"]
    return error


def said(response: httpx2.Response) -> tuple[int, int, str]:
    """Status, code of the protocol, and what was wrong, of a grounded refusal."""
    error = refusal_in(response)
    return response.status_code, error["code"], error["message"].split(". ")[0]


@pytest.mark.parametrize(("mode", "version"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
async def test_the_sdks_client_of_either_era_gets_everything(mode: str, version: str, library: Library) -> None:
    async with web(library) as http, mcp_client(http, mode) as client:
        assert client.protocol_version == version
        assert [tool.name for tool in (await client.list_tools()).tools] == [spec.name for spec in TOOLS]
        answer = await client.call_tool("lookup_question", {"question": QUESTION})
        (content,) = (await client.read_resource("skb://corpus")).contents
        prompt = await client.get_prompt("answer_skin_question", {"question": QUESTION})
        completion = await client.complete(
            PromptReference(name="compare_ingredients"), {"name": "concern", "value": "post"}
        )
    (block,) = answer.content
    assert json.loads(getattr(block, "text", "")) == answer.structured_content
    assert answer.structured_content == library_reply(library, QUESTION)
    assert getattr(content, "text", "") == library.overview()
    assert QUESTION in getattr(prompt.messages[0].content, "text", "")
    assert completion.completion.values == library.concern_names("post")


def library_reply(library: Library, question: str) -> dict[str, Any]:
    reply = library.lookup_question(question).model_dump(mode="json", exclude_none=True)
    return {**reply, "match": reply.get("match")}


@pytest.mark.parametrize("mode", ERAS)
async def test_a_red_flag_replaces_the_answer(mode: str, library: Library) -> None:
    async with web(library) as http, mcp_client(http, mode) as client:
        result = await client.call_tool("lookup_question", {"question": EMERGENCY})
    assert_no_advice(result.structured_content or {})


REFUSED: dict[str, tuple[int, Request]] = {
    "an unknown tool": (-32602, lambda c: c.call_tool("diagnose", {"question": QUESTION})),
    "an unknown resource": (-32602, lambda c: c.read_resource("skb://concerns/no-such-page")),
    "an unknown prompt": (-32602, lambda c: c.get_prompt("diagnose", {})),
    "a bad cursor": (-32602, lambda c: c.list_tools(cursor="2")),
    "subscribing": (
        -32601,
        lambda c: c.session.send_request(
            SubscribeRequest(params=SubscribeRequestParams(uri="skb://corpus")), EmptyResult
        ),
    ),
}


@pytest.mark.parametrize("mode", ERAS)
@pytest.mark.parametrize("name", REFUSED)
async def test_an_error_of_the_protocol_is_grounded(name: str, mode: str, library: Library) -> None:
    code, request = REFUSED[name]
    async with web(library) as http, mcp_client(http, mode) as client:
        with pytest.raises(MCPError) as caught:
            await request(client)
    assert caught.value.code == code
    assert library.manifest.caveat in caught.value.message
    assert_grounded(caught.value.data)


@pytest.mark.parametrize("headers", [JSON, LEGACY, modern_headers(LOOKUP)], ids=["none", "legacy", "modern"])
async def test_a_call_stands_alone_without_handshake_and_session(headers: dict[str, str], library: Library) -> None:
    message = call_of("lookup_question", MODERN_META if "Mcp-Method" in headers else None, question=QUESTION)
    async with web(library) as http:
        response = await http.post("/mcp", json=message, headers=headers)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert "mcp-session-id" not in response.headers
    assert response.json()["result"]["structuredContent"]["match"]["canonical_url"] == QUESTION_URL


async def test_the_same_bytes_get_the_same_bytes(library: Library) -> None:
    async with web(library) as one, web(library) as other:
        replies = {(await http.post("/mcp", json=LOOKUP, headers=JSON)).content for http in (one, other, one)}
    assert len(replies) == 1


async def test_a_notification_is_accepted_and_gets_no_body(library: Library) -> None:
    message = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    async with web(library) as http:
        for headers in (LEGACY, {**MODERN, "Mcp-Method": "notifications/initialized"}):
            response = await http.post("/mcp", json=message, headers=headers)
            assert (response.status_code, response.content) == (202, b"")


@pytest.mark.parametrize("headers", [JSON, LEGACY])
async def test_a_text_that_javascript_cut_inside_a_pair_is_answered(headers: dict[str, str], library: Library) -> None:
    body = json.dumps(LOOKUP).replace(QUESTION, rf"{QUESTION} \ud83d").encode()
    async with web(library) as http:
        response = await http.post("/mcp", content=body, headers=headers)
    assert response.json()["result"]["structuredContent"]["match"]["canonical_url"] == QUESTION_URL


# Refusals of the transport


MODERN_LOOKUP = call_of("lookup_question", MODERN_META, question=QUESTION)
HEADERS = modern_headers(MODERN_LOOKUP)
NOT_JSON = "the body is not JSON"
NOT_ONE = "the body is not one JSON-RPC request or notification"
NOT_VALID = "the request is not valid"
HEADERS_DIFFER = "MCP-Protocol-Version, Mcp-Method and Mcp-Name must be given once, as the body has them"
NO_SUCH_VERSION = "this server does not speak that version of the protocol"

FAULTY: dict[str, tuple[bytes | Mapping[str, Any], Mapping[str, str], tuple[int, int, str]]] = {
    "no JSON, old": (b"tell me", LEGACY, (400, -32700, NOT_JSON)),
    "no JSON, new": (b"tell me", HEADERS, (400, -32700, NOT_JSON)),
    "nothing, old": (b"", LEGACY, (400, -32700, NOT_JSON)),
    "nothing, new": (b"", HEADERS, (400, -32700, NOT_JSON)),
    "no text, new": (b"\xff\xfe\x00", HEADERS, (400, -32700, NOT_JSON)),
    "a deep one, new": (b"[" * 100_000, HEADERS, (400, -32700, NOT_JSON)),
    "a batch, old": (b"[]", LEGACY, (400, -32602, NOT_VALID)),
    "a batch, new": (json.dumps([LOOKUP]).encode(), HEADERS, (400, -32600, NOT_ONE)),
    "no method, old": ({"jsonrpc": "2.0", "id": 1}, LEGACY, (400, -32602, NOT_VALID)),
    "no method, new": ({"jsonrpc": "2.0", "id": 1}, HEADERS, (400, -32600, NOT_ONE)),
    "no envelope": (LOOKUP, HEADERS, (400, -32602, NOT_VALID)),
    "another method in the header": (MODERN_LOOKUP, {**HEADERS, "Mcp-Method": "ping"}, (400, -32020, HEADERS_DIFFER)),
    "another name in the header": (MODERN_LOOKUP, {**HEADERS, "Mcp-Name": "search"}, (400, -32020, HEADERS_DIFFER)),
    "another version in the header": (
        MODERN_LOOKUP,
        {**HEADERS, "MCP-Protocol-Version": "2099-01-01"},
        (400, -32020, HEADERS_DIFFER),
    ),
    "no content type, old": (b"{}", {"Accept": "*/*"}, (400, -32600, "the Content-Type must be application/json")),
    "another content type, new": (
        b"{}",
        {**HEADERS, "Content-Type": "text/plain"},
        (400, -32600, "the Content-Type must be application/json"),
    ),
    "HTML is wanted, old": (
        LOOKUP,
        {**LEGACY, "Accept": "text/html"},
        (406, -32600, "the Accept header must allow application/json"),
    ),
    "HTML is wanted, new": (
        MODERN_LOOKUP,
        {**HEADERS, "Accept": "text/html"},
        (406, -32600, "the Accept header must allow application/json"),
    ),
    "an unknown method, new": (
        {"jsonrpc": "2.0", "id": 1, "method": "skin/diagnose", "params": {"_meta": MODERN_META}},
        {**MODERN, "Mcp-Method": "skin/diagnose"},
        (404, -32601, "this server has no such method"),
    ),
    "a stream of changes, new": (
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "subscriptions/listen",
            "params": {"_meta": MODERN_META, "notifications": {}},
        },
        {**MODERN, "Mcp-Method": "subscriptions/listen"},
        (404, -32601, "this server has no such method"),
    ),
}


@pytest.mark.parametrize("name", FAULTY)
async def test_a_faulty_request_is_refused_in_our_words_with_grounds(name: str, library: Library) -> None:
    body, headers, expected = FAULTY[name]
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with web(library) as http:
        response = await http.post("/mcp", content=content, headers=headers)
    assert said(response) == expected


async def test_an_unknown_version_is_refused_with_those_that_are_served(library: Library) -> None:
    meta = MODERN_META | {"io.modelcontextprotocol/protocolVersion": "2099-01-01"}
    message = call_of("lookup_question", meta, question=QUESTION)
    async with web(library) as http:
        headers = modern_headers(message) | {"MCP-Protocol-Version": "2099-01-01"}
        response = await http.post("/mcp", json=message, headers=headers)
    assert said(response) == (400, -32022, NO_SUCH_VERSION)
    assert response.json()["id"] == 7
    assert refusal_in(response)["data"]["supported"] == ["2026-07-28"]


@pytest.mark.parametrize("name", ["another method in the header", "no envelope", "no JSON, old", "a batch, new"])
async def test_a_red_flag_in_a_faulty_request_still_gets_its_referral(name: str, library: Library) -> None:
    body, headers, expected = FAULTY[name]
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    content = content.replace(QUESTION.encode(), EMERGENCY.encode()).replace(b"tell me", EMERGENCY.encode())
    async with web(library) as http:
        response = await http.post("/mcp", content=content, headers=headers)
    assert said(response) == expected
    assert refusal_in(response)["data"]["referral"]["level"] == "emergency"


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("headers", [{"Accept": "text/event-stream"}, MODERN], ids=["legacy", "modern"])
async def test_the_endpoint_takes_post_only(method: str, headers: dict[str, str], library: Library) -> None:
    async with web(library) as http:
        response = await http.request(method, "/mcp", headers=headers)
    expected = (405, -32600, "the MCP endpoint takes POST only; it has no sessions and no streams")
    assert (said(response), response.headers["allow"]) == (expected, "POST")


@pytest.mark.parametrize("path", ["/", "/mcp/", "/sse", "/mcp/x", "/health/", f"/{SECRET}"])
async def test_elsewhere_there_is_nothing_but_a_hint(path: str, library: Library) -> None:
    async with web(library) as http:
        response = await http.post(path, json=LOOKUP, headers=JSON)
    assert said(response) == (404, -32600, "there is nothing at this path; the MCP endpoint is /mcp")
    assert SECRET not in response.text


async def chunks(size: int) -> AsyncIterator[bytes]:
    """A body whose length is not known beforehand."""
    for _ in range(size // 1000):
        yield b" " * 1000


async def test_a_body_beyond_the_limit_is_refused_whether_its_length_is_told_or_not(library: Library) -> None:
    async with web(library, max_body=10_000) as http:
        told = await http.post("/mcp", content=b" " * 10_001, headers=JSON)
        streamed = await http.post("/mcp", content=chunks(11_000), headers=JSON)
        fits = await http.post("/mcp", content=json.dumps(LOOKUP).encode().ljust(10_000), headers=JSON)
    expected = (413, -32600, "the request body is larger than 10000 bytes")
    assert (said(told), said(streamed), fits.status_code) == (expected, expected, 200)


async def test_the_longest_question_fits_into_the_limit(library: Library) -> None:
    long = call_of("lookup_question", question="\N{FACE WITH TEARS OF JOY}" * 8000)
    async with web(library) as http:
        response = await http.post("/mcp", content=json.dumps(long, ensure_ascii=True).encode(), headers=JSON)
    assert response.json()["result"]["structuredContent"]["outcome"] == "no_match"


async def endless() -> AsyncIterator[bytes]:
    yield b"{"
    await anyio.sleep(60)


async def test_a_body_that_does_not_arrive_is_not_waited_for(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skb_mcp.endpoint, "BODY_SECONDS", 0.05)
    async with web(library) as http:
        response = await http.post("/mcp", content=endless(), headers=JSON)
    assert said(response) == (408, -32600, "the request body did not arrive in time")
    assert response.headers["connection"] == "close"


async def test_a_client_that_has_gone_gets_nothing(library: Library) -> None:
    app = create_app(library, HttpOptions())
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/mcp", "headers": [], "query_string": b"", "root_path": ""}
    await app(scope, receive, send)
    assert sent == []


async def test_a_failure_inside_is_grounded_and_logged_by_its_type_alone(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(library, HttpOptions())  # and its lifespan was never entered
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=HOME) as http:
        response = await http.post("/mcp", json=LOOKUP, headers=JSON)
    assert said(response) == (500, -32603, "this request failed inside the server")
    assert [record.getMessage() for record in caplog.records] == ["a request failed: RuntimeError"]


class Unwell(Library):
    """A library whose screen fails."""

    def screen(self, text: str) -> NoReturn:
        raise RuntimeError(text)


async def test_a_refusal_is_grounded_even_where_the_screen_fails() -> None:
    async with web(Unwell(load_corpus())) as http:
        response = await http.post("/mcp", content=SECRET, headers=JSON)
    assert said(response) == (400, -32700, NOT_JSON)
    assert SECRET not in response.text


bodies = st.one_of(
    st.binary(max_size=60),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just(EMERGENCY),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["jsonrpc", "id", "method", "params", "name", "arguments", "_meta", "result", "error"]),
                inner,
                max_size=5,
            )
        ),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
)
versions = st.sampled_from(["", "2024-11-05", "2025-11-25", "2026-07-28", "2099-01-01", SECRET])


Post = Callable[[bytes, Mapping[str, str]], httpx2.Response]


@pytest.fixture(scope="module")
def posted(library: Library) -> Iterator[Post]:
    """What one application that runs all the while answers to a body with headers."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(web(library)) as http:
        yield lambda body, headers: portal.call(partial(http.post, "/mcp", content=body, headers=headers))


@settings(max_examples=150, deadline=None)
@given(body=bodies, version=versions, method=st.sampled_from(["", "tools/call", "initialize", SECRET]))
def test_whatever_is_sent_gets_an_answer_or_a_grounded_refusal(
    body: bytes, version: str, method: str, posted: Post
) -> None:
    headers = {**JSON, "Mcp-Method": method} | ({"MCP-Protocol-Version": version} if version else {})
    response = posted(body, headers)
    assert response.status_code in (200, 202, 400, 404)
    if response.content and "error" in response.json():
        refusal_in(response)


json_values = st.recursive(
    st.none() | st.integers() | st.text(max_size=20),
    lambda inner: st.dictionaries(st.sampled_from(["result", "error", "data"]), inner, max_size=2),
    max_leaves=4,
)


@given(request_id=st.integers() | st.text(max_size=100) | st.just('"result":'), data=json_values)
def test_an_error_is_told_from_a_result_whatever_its_id_and_data(
    request_id: object, data: object, library: Library
) -> None:
    refusals = Refusals(library, "/mcp", 1000)
    reply = {"jsonrpc": "2.0", "id": request_id}
    error = {**reply, "error": {"code": -1, "message": "", "data": data}}
    result = {**reply, "result": {"data": data}}
    written = partial(json.dumps, separators=(",", ":"))  # as the transport writes
    assert refusals.reworded(200, written(error).encode(), b"{}") is not None
    assert refusals.reworded(200, written(result).encode(), b"{}") is None


# Host and Origin


async def post_from(http: httpx2.AsyncClient, **headers: str) -> httpx2.Response:
    return await http.post("/mcp", json=LOOKUP, headers={**JSON, **headers})


GOOD_HOSTS = ["127.0.0.1", "127.0.0.1:8000", "localhost", "localhost:1", "[::1]", "[::1]:65535"]
BAD_HOSTS = [
    "evil.example",
    "evil.example:8000",
    "127.0.0.1.evil.example",
    "localhost.evil.example:8000",
    "xlocalhost",
    "127.0.0.2",
    "0.0.0.0",
    "skin.example.com",
]


@pytest.mark.parametrize("headers", [LEGACY, HEADERS], ids=["legacy", "modern"])
async def test_a_rebound_name_is_misdirected(headers: dict[str, str], library: Library) -> None:
    message = MODERN_LOOKUP if headers is HEADERS else LOOKUP
    async with web(library) as http:
        bad = [await http.post("/mcp", json=message, headers={**headers, "Host": host}) for host in BAD_HOSTS]
        good = [await http.post("/mcp", json=message, headers={**headers, "Host": host}) for host in GOOD_HOSTS]
    expected = (421, -32600, "this server does not answer to this Host; --allowed-host adds a name")
    assert [said(response) for response in bad] == [expected] * len(BAD_HOSTS)
    assert [response.status_code for response in good] == [200] * len(GOOD_HOSTS)


async def test_a_listed_name_is_served_with_any_port_or_with_just_the_listed_one(library: Library) -> None:
    hosts = ["skin.example.com", "skin.example.com:8443", "b.example:8443", "b.example", "b.example:1"]
    async with web(library, allowed_hosts=("skin.example.com", "b.example:8443")) as http:
        assert [(await post_from(http, Host=host)).status_code for host in hosts] == [200, 200, 200, 421, 421]


BAD_ORIGINS = [
    "https://evil.example",
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example:80",
    "https://localhost",
    "null",
    "file://",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://app.example.com.evil.example",
]
GOOD_ORIGINS = ["http://localhost:6274", "http://127.0.0.1", "http://[::1]:3000", "https://app.example.com"]


async def test_a_foreign_web_page_is_forbidden_to_call_and_a_listed_one_may_read_the_reply(library: Library) -> None:
    async with web(library, allowed_origins=("https://app.example.com",)) as http:
        bad = [await post_from(http, Origin=origin) for origin in BAD_ORIGINS]
        good = [await post_from(http, Origin=origin) for origin in GOOD_ORIGINS]
    expected = (403, -32600, "this origin is not allowed to call; --allowed-origin allows it")
    assert [said(response) for response in bad] == [expected] * len(BAD_ORIGINS)
    assert [response.headers.get("access-control-allow-origin") for response in bad] == [None] * len(BAD_ORIGINS)
    assert [response.status_code for response in good] == [200] * len(GOOD_ORIGINS)
    assert [response.headers["access-control-allow-origin"] for response in good] == GOOD_ORIGINS


async def test_a_browsers_question_before_the_call_is_answered_for_allowed_origins_alone(library: Library) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "mcp-protocol-version"}
    async with web(library) as http:
        good = await http.options("/mcp", headers={**asked, "Origin": "http://localhost:6274"})
        bad = await http.options("/mcp", headers={**asked, "Origin": "https://evil.example"})
    assert (good.status_code, good.headers["access-control-allow-origin"]) == (200, "http://localhost:6274")
    assert good.headers["access-control-allow-headers"] == "mcp-protocol-version"
    assert (bad.status_code, bad.headers.get("access-control-allow-origin")) == (400, None)


# Health and the server card


async def test_health_counts_what_is_served_and_nothing_else(tmp_path: Path) -> None:
    hidden_path, hidden = page("Concern", "hidden-thing", "Hidden Thing")
    pages = page("Concern", "azo-marks", "Azo Marks"), page("Ingredient", "azo", "Azo")
    library = library_of(tmp_path, *pages, (hidden_path, hidden.replace("mcp_eligible: true", "mcp_eligible: false")))
    async with web(library) as http:
        response = await http.get("/health", headers={"Host": "10.1.2.3:8000"})
        assert (await http.head("/health")).status_code == 200
        assert (await http.post("/health")).status_code == 405
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    assert response.json() == {
        "status": "ok",
        "server": {"name": "skb-mcp", "version": __version__},
        "corpus": {"name": "local", "version": "unversioned"},
        "pages": {"total": 2, "Concern": 1, "Ingredient": 1},
    }


CARD_TYPE = "application/mcp-server-card+json"


async def test_the_card_says_what_the_server_says_and_where_it_is(library: Library) -> None:
    async with web(library, allowed_hosts=("skin.example.com",)) as http:
        response = await http.get("/mcp/server-card", headers={"Host": "skin.example.com", "Accept": CARD_TYPE})
        async with mcp_client(http) as client:
            info, served = client.server_info, (await client.session.discover()).supported_versions
    card = response.json()
    assert info
    assert card == {
        "$schema": "https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json",
        "name": "io.github.skb-mcp-authors/skb-mcp",
        "version": info.version,
        "title": info.title,
        "description": info.description,
        "websiteUrl": info.website_url,
        "remotes": [
            {
                "type": "streamable-http",
                "url": "http://skin.example.com/mcp",
                "supportedProtocolVersions": ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", *served],
            }
        ],
    }
    assert len(card["description"]) <= 100
    # What the registry asks of a name: a namespace of one's own, and the name that clients see.
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", card["name"])
    assert card["name"].endswith(f"/{info.name}")


async def test_the_card_is_public_and_kept_for_an_hour_and_then_only_checked(library: Library) -> None:
    async with web(library) as http:
        first = await http.get("/mcp/server-card", headers={"Origin": "https://anywhere.example"})
        again = await http.get("/mcp/server-card", headers={"If-None-Match": first.headers["etag"]})
        asked = await http.options("/mcp/server-card", headers={"Origin": "https://anywhere.example"})
    assert first.headers["content-type"] == CARD_TYPE
    assert (again.status_code, again.content) == (304, b"")
    for response in (first, again, asked):
        assert response.headers["access-control-allow-origin"] == "*"
        assert response.headers["cache-control"] == "public, max-age=3600"


@pytest.mark.parametrize("host", [*BAD_HOSTS, "localhost:80@evil.example", "localhost:x", "localhost:", "", "[::1"])
async def test_no_host_gets_onto_a_card_that_is_not_ours(host: str, library: Library) -> None:
    async with web(library) as http:
        response = await http.get("/mcp/server-card", headers={"Host": host})
    assert said(response)[0] == 421


async def test_another_path_moves_the_endpoint_and_its_card(library: Library) -> None:
    async with web(library, path="/skin/v1") as http:
        async with mcp_client(http, url=f"{HOME}/skin/v1") as client:
            assert client.protocol_version
        card = (await http.get("/skin/v1/server-card")).json()
        assert card["remotes"][0]["url"] == f"{HOME}/skin/v1"
        assert (await http.post("/mcp", json=LOOKUP, headers=JSON)).status_code == 404
    async with web(library, path="/") as http:
        assert (await http.post("/", json=LOOKUP, headers=JSON)).status_code == 200
        assert (await http.get("/server-card")).status_code == 200


# The rate limit


async def test_a_client_beyond_its_rate_is_told_when_to_come_back_and_nobody_else_is(library: Library) -> None:
    app = create_app(library, HttpOptions(rate_limit=3))

    async def ask(address: str, path: str = "/mcp", method: str = "POST") -> httpx2.Response:
        transport = httpx2.ASGITransport(app, client=(address, 1))
        async with httpx2.AsyncClient(transport=transport, base_url=HOME) as http:
            return await http.request(method, path, json=LOOKUP, headers=JSON)

    async with app.router.lifespan_context(app):
        statuses = [(await ask("192.0.2.1")).status_code for _ in range(3)]
        refused, card = await ask("192.0.2.1"), await ask("192.0.2.1", "/mcp/server-card", "GET")
        other, health = await ask("192.0.2.2"), await ask("192.0.2.1", "/health", "GET")
    assert statuses == [200] * 3
    expected = (429, -32600, "too many requests; try again after the seconds that Retry-After says")
    assert (said(refused), said(card)) == (expected, expected)
    assert 19 <= int(refused.headers["retry-after"]) <= 20
    assert (other.status_code, health.status_code) == (200, 200)


async def test_there_is_no_limit_unless_one_is_set(library: Library) -> None:
    async with web(library) as http:
        assert {(await post_from(http)).status_code for _ in range(50)} == {200}


def test_a_minutes_worth_may_come_at_once_and_then_at_the_rate() -> None:
    limit = RateLimit(60)
    assert [limit.wait("a", 0.0) for _ in range(60)] == [0] * 60
    assert limit.wait("a", 0.0) == 1
    assert limit.wait("a", 0.4) == 1
    assert [limit.wait("a", second) for second in (1.0, 2.0, 3.0)] == [0, 0, 0]
    assert [limit.wait("a", 1000.0) for _ in range(61)] == [0] * 60 + [1]


@settings(max_examples=50, deadline=None)
@given(rate=st.integers(1, 40), gaps=st.lists(st.floats(0, 5), max_size=120))
def test_no_minute_sees_more_than_twice_the_rate_and_waiting_as_told_is_enough(rate: int, gaps: list[float]) -> None:
    limit, now, passed = RateLimit(rate), 0.0, list[float]()
    for gap in gaps:
        now += gap
        if wait := limit.wait("a", now):
            now += wait
            assert limit.wait("a", now) == 0
        passed.append(now)
    assert all(sum(start <= at < start + 60 for at in passed) <= 2 * rate for start in passed)


def test_clients_beyond_those_that_are_remembered_start_anew() -> None:
    limit = RateLimit(1)
    assert [limit.wait(str(number), 0.0) for number in range(MAX_CLIENTS + 1)] == [0] * (MAX_CLIENTS + 1)
    assert [limit.wait("0", 0.0), limit.wait("2", 0.0)] == [0, 60]


@pytest.mark.parametrize(
    ("address", "client"),
    [
        (("192.0.2.1", 50_000), "192.0.2.1"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::"),
        (("::ffff:192.0.2.1", 1), "192.0.2.1"),
        (("testclient", 1), "testclient"),
        (None, ""),
    ],
)
def test_a_client_is_an_address_or_a_network(address: tuple[str, int] | None, client: str) -> None:
    assert client_of(address) == client


# Options


PATH_FAULT = "the path is one like /mcp, without a slash at its end, and not /health"
HOST_FAULT = (
    "an allowed host is a name in lower case without scheme and path, such as skin.example.com, "
    "skin.example.com:8443 or [2001:db8::1]"
)
ORIGIN_FAULT = "an allowed origin is a scheme with a host in lower case, such as https://app.example.com"
NUMBER_FAULT = "the rate limit is a number of requests a minute, 0 for none; max_body one of bytes"


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        *(({"path": path}, PATH_FAULT) for path in ("", "mcp", "/mcp/", "//", "/a b", "/a?b", "/health", "/{x}")),
        *(
            ({"allowed_hosts": (host,)}, HOST_FAULT)
            for host in ("", "*", "https://a.example", "a.example/", "::1", "A")
        ),
        *(({"allowed_origins": (o,)}, ORIGIN_FAULT) for o in ("*", "a.example", "https://", "https://a.example/x")),
        ({"rate_limit": -1}, NUMBER_FAULT),
        ({"max_body": 0}, NUMBER_FAULT),
    ],
)
def test_an_option_that_would_not_work_is_refused(options: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=re.escape(fault) + r"\Z"):
        HttpOptions(**options)


def test_options_come_from_the_environment() -> None:
    environment = {
        "SKB_MCP_PATH": "/skin",
        "SKB_MCP_ALLOWED_HOSTS": "skin.example.com, b.example:8443,",
        "SKB_MCP_ALLOWED_ORIGINS": "https://app.example.com",
        "SKB_MCP_RATE_LIMIT": "120",
    }
    hosts, origins = ("skin.example.com", "b.example:8443"), ("https://app.example.com",)
    assert HttpOptions.from_environment(environment) == HttpOptions("/skin", hosts, origins, 120)
    assert HttpOptions.from_environment(dict.fromkeys(environment, "${unset}")) == HttpOptions()
    assert HttpOptions.from_environment({}) == HttpOptions()
    with pytest.raises(ValueError, match=r"\ASKB_MCP_RATE_LIMIT is a number of requests a minute, 0 for none\Z"):
        HttpOptions.from_environment({"SKB_MCP_RATE_LIMIT": "many"})


# The log


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in (None, "mcp", "skb_mcp.access", "uvicorn.access")]
    before = [(logger, logger.handlers[:], logger.level, logger.propagate) for logger in loggers]
    yield
    for logger, handlers, level, propagate in before:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


@pytest.mark.usefixtures("logging_as_before")
async def test_the_factory_serves_what_the_environment_names_and_logs_no_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_corpus(tmp_path, page("Concern", "azo-marks", "Azo Marks"))
    monkeypatch.setenv("SKB_MCP_CORPUS", str(tmp_path))
    monkeypatch.setenv("SKB_MCP_PATH", "/azo")
    app = create_app()
    transport = httpx2.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx2.AsyncClient(transport=transport, base_url=HOME) as http:
        await http.post(f"/azo?q={SECRET}", json=call_of("search", query=SECRET), headers=JSON)
        await http.post("/azo", content=SECRET, headers={**JSON, "Host": SECRET})
        await http.get(f"/{SECRET}")
        await http.request(SECRET.upper(), "/azo")
        assert (await http.get("/health")).json()["corpus"]["name"] == "local"
    lines = re.sub(r"\d+\.\d ms", "N ms", capsys.readouterr().err).splitlines()
    assert [line.split(" ", 1)[1] for line in lines if line[:2] == "20"] == [
        "POST /azo 200 N ms",
        "POST /azo 421 N ms",
        "GET - 404 N ms",
        "- /azo 405 N ms",
        "GET /health 200 N ms",
    ]
    assert [line for line in lines if SECRET in line.lower()] == []


# A process on a real socket


@pytest.fixture(scope="module")
def shared() -> Iterator[HttpProcess]:
    with http_process() as server:
        yield server


@pytest.mark.parametrize("mode", ERAS)
async def test_a_process_serves_the_sdks_client_of_either_era(mode: str, shared: HttpProcess) -> None:
    async with Client(shared.url, mode=mode) as client:
        answer = await client.call_tool("lookup_question", {"question": QUESTION})
        refused = await client.call_tool("search", {"text": SECRET})
    assert answer.structured_content
    assert answer.structured_content["match"]["canonical_url"] == QUESTION_URL
    assert refused.is_error


def test_it_says_what_it_serves_and_where_which_is_this_machine_alone(shared: HttpProcess) -> None:
    said, listening = shared.log[:2]
    assert re.fullmatch(rf"skb-mcp {re.escape(__version__)}: \d+ pages of skin-knowledge-base \S+\n", said)
    assert listening == f"Listening on http://127.0.0.1:{shared.port}/mcp\n"


class Connection:
    """A connection in raw bytes."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._file = self._socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def reply(self) -> tuple[int, bytes]:
        """Status and body of the next reply; (0, b"") when the server has closed without one."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self._file.readline()
            if not line:
                assert head == b"", "half a reply"
                return 0, b""
            head += line
        length = re.search(rb"(?i)content-length: (\d+)", head)
        body = self._file.read(int(length[1])) if length else self._file.read()
        assert not length or len(body) == int(length[1]), "half a reply"
        return int(head.split()[1]), body

    def close(self) -> None:
        self._file.close()
        self._socket.close()


@contextmanager
def connection(port: int) -> Iterator[Connection]:
    opened = Connection(port)
    try:
        yield opened
    finally:
        opened.close()


def raw(message: Mapping[str, Any] = LOOKUP, target: str = "/mcp", **headers: str) -> bytes:
    """A POST request as bytes."""
    body = json.dumps(message).encode()
    lines = [f"POST {target} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in JSON.items())]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def test_a_connection_serves_call_after_call_without_waiting_for_acknowledgements(shared: HttpProcess) -> None:
    times = []
    with connection(shared.port) as client:
        for _ in range(15):
            began = time.perf_counter()
            client.send(raw())
            assert client.reply()[0] == 200
            times.append(time.perf_counter() - began)
    # Nagle's algorithm against delayed acknowledgements would cost each of them 40 ms.
    assert min(times) < 0.035


def test_a_reply_is_written_in_one_piece_so_that_no_half_of_it_is_left_by_a_server_that_is_killed(
    shared: HttpProcess,
) -> None:
    with socket.create_connection(("127.0.0.1", shared.port), timeout=20) as client:
        for _ in range(20):
            client.sendall(raw())
            head, _, body = client.recv(1_000_000).partition(b"\r\n\r\n")
            assert f"content-length: {len(body)}" in head.decode().split("\r\n")


SENT: dict[str, bytes] = {
    "a question": raw(call_of("lookup_question", question=f"red spots {SECRET}")),
    "a red flag": raw(call_of("lookup_question", question=f"{EMERGENCY} {SECRET}")),
    "wrong arguments": raw(call_of("search", text=SECRET)),
    "an unknown tool": raw(call_of(SECRET)),
    "an unknown method": raw({"jsonrpc": "2.0", "id": 1, "method": SECRET}),
    "an unknown notification": raw({"jsonrpc": "2.0", "method": f"notifications/{SECRET}"}),
    "a malformed notification": raw(
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": [SECRET]}}
    ),
    "a reply that nobody asked for": raw({"jsonrpc": "2.0", "id": SECRET, "result": {SECRET: SECRET}}),
    "no message": raw({SECRET: SECRET}),
    "no JSON": raw()[: -len(SECRET)] + SECRET.encode(),
    "a query": raw(target=f"/mcp?q={SECRET}"),
    "another path": raw(target=f"/{SECRET}"),
    "another method": raw().replace(b"POST", SECRET.upper().encode(), 1),
    "another host": raw().replace(b"127.0.0.1", SECRET.encode(), 1),
    "a foreign origin": raw(Origin=f"https://{SECRET}.example"),
    "a version": raw(MCP_Protocol_Version=SECRET),
    "a name in a header": raw(MODERN_LOOKUP, MCP_Protocol_Version="2026-07-28", Mcp_Method=SECRET, Mcp_Name=SECRET),
    "a modern question": raw(
        call_of("search", MODERN_META, query=SECRET),
        MCP_Protocol_Version="2026-07-28",
        Mcp_Method="tools/call",
        Mcp_Name="search",
    ),
    "a modern unknown method": raw(
        {"jsonrpc": "2.0", "id": 1, "method": SECRET, "params": {"_meta": MODERN_META}},
        MCP_Protocol_Version="2026-07-28",
        Mcp_Method=SECRET,
    ),
    "a header that is none": raw().replace(b"Accept:", SECRET.encode() + b" :"),
    "no HTTP": SECRET.encode() + b"\r\n\r\n",
}
ECHOED = {"a version", "a reply that nobody asked for"}
"""What a reply may repeat: the protocol asks for the version that was requested."""


@pytest.mark.parametrize("settings", [{}, {"PYTHONDEVMODE": "1", "PYTHONASYNCIODEBUG": "1"}], ids=["", "talkative"])
def test_nothing_that_was_sent_is_logged_or_repeated(settings: dict[str, str]) -> None:
    with http_process(env=settings) as server:
        for name, data in SENT.items():
            with connection(server.port) as client:
                client.send(data)
                status, body = client.reply()
                assert status in (200, 202, 400, 403, 404, 405, 421), name
                assert name in ECHOED or SECRET not in body.decode().lower(), name
        status = server.stop()
    assert status == 0
    assert [line for line in server.log if SECRET in line.lower()] == []
    requests = [line for line in server.log if re.match(r"\S+ (POST|-) (/mcp|-) \d{3} [\d.]+ ms\n", line)]
    assert len(requests) == len(SENT) - 2  # what is no HTTP is no request


@POSIX
def test_a_request_under_way_is_finished_before_the_server_stops() -> None:
    with http_process() as server, connection(server.port) as busy, connection(server.port) as idle:
        expected = exchange(idle)
        data = raw()
        busy.send(data[:-10])
        time.sleep(0.2)
        server.popen.send_signal(signal.SIGTERM)
        assert idle.reply() == (0, b"")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.port))
        assert server.popen.poll() is None
        busy.send(data[-10:])
        assert busy.reply() == expected
        assert busy.reply() == (0, b"")
        assert server.wait() == 0


def exchange(client: Connection) -> tuple[int, bytes]:
    client.send(raw())
    return client.reply()


@POSIX
def test_under_load_every_reply_that_comes_is_whole_and_right_until_the_last() -> None:
    replies: list[tuple[int, bytes]] = []

    def ask(port: int) -> None:
        with connection(port) as client:
            while True:
                try:
                    client.send(raw())
                    reply = client.reply()
                except (BrokenPipeError, ConnectionResetError):
                    return
                if not reply[0]:
                    return
                replies.append(reply)

    with http_process() as server:
        clients = [threading.Thread(target=ask, args=(server.port,)) for _ in range(8)]
        for client in clients:
            client.start()
        until = time.monotonic() + 20
        while len(replies) < 100:
            assert time.monotonic() < until, "too few replies"
            time.sleep(0.01)
        status = server.stop(signal.SIGINT)
        for client in clients:
            client.join(timeout=20)
    assert status == 0
    assert {code for code, _ in replies} == {200}
    assert len({body for _, body in replies}) == 1


@POSIX
def test_a_signal_while_it_starts_ends_it_too() -> None:
    with subprocess.Popen([COMMAND, "serve", "--http", "--port", "0"], stderr=subprocess.PIPE, text=True) as starting:
        assert starting.stderr
        assert starting.stderr.readline().startswith("skb-mcp ")
        starting.send_signal(signal.SIGTERM)
        assert "Traceback" not in starting.stderr.read()
        assert starting.wait(timeout=20) == 0


@POSIX
def test_running_it_from_python_ends_with_a_signal_too(library: Library) -> None:
    app, sockets = create_app(library, HttpOptions()), listen("127.0.0.1", 0)
    statuses: list[int] = []

    def ask_and_stop() -> None:
        with connection(sockets[0].getsockname()[1]) as client:
            statuses.append(exchange(client)[0])
        os.kill(os.getpid(), signal.SIGTERM)

    told: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    client = threading.Thread(target=ask_and_stop)
    client.start()
    try:
        run(app, sockets)
    finally:
        client.join()
        signal.signal(signal.SIGTERM, before)
    assert (statuses, told) == ([200], [signal.SIGTERM])


# The command line


def complaint(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command line says about options that it does not accept."""
    assert main(["serve", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()[-1]


@pytest.fixture
def signals_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals_as_before", "logging_as_before")
def test_options_that_would_not_work_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert complaint("--http", "--path", "mcp", capsys=capsys) == f"error: {PATH_FAULT}"
    assert complaint("--http", "--allowed-host", "https://a.example", capsys=capsys) == f"error: {HOST_FAULT}"
    assert complaint("--http", "--rate-limit", "-1", capsys=capsys) == f"error: {NUMBER_FAULT}"
    for port in ("-1", "65536"):
        said = complaint("--http", "--port", port, capsys=capsys)
        assert said == "error: the port is a number from 0 to 65535; 0 takes a free one"
    host = "error: the host is the name or the address of this machine, such as 0.0.0.0"
    assert complaint("--http", "--host", "a..b", capsys=capsys) == host
    needs = "error: --host, --port, --path, --allowed-host, --allowed-origin and --rate-limit need --http"
    assert complaint("--port", "8000", capsys=capsys) == needs


@pytest.mark.usefixtures("signals_as_before", "logging_as_before")
def test_a_port_that_is_taken_is_explained(shared: HttpProcess, capsys: pytest.CaptureFixture[str]) -> None:
    expected = f"error: cannot listen on 127.0.0.1, port {shared.port}: {os.strerror(errno.EADDRINUSE)}"
    assert complaint("--http", "--port", str(shared.port), capsys=capsys) == expected


def test_a_name_with_several_addresses_is_listened_to_on_all_of_them_at_one_port() -> None:
    sockets = listen("localhost", 0)
    try:
        urls = [url_of(listening, HttpOptions()) for listening in sockets]
        assert len({listening.getsockname()[1] for listening in sockets}) == 1
        assert all(re.fullmatch(r"http://(127\.0\.0\.1|\[::1\]):\d+/mcp", url) for url in urls)
        assert {listening.proto for listening in sockets} == {socket.IPPROTO_TCP}
    finally:
        for listening in sockets:
            listening.close()


async def test_the_options_of_the_command_line_reach_the_server() -> None:
    arguments = ["--path", "/skin", "--allowed-host", "skin.example.com", "--allowed-origin", "https://app.example.com"]
    with http_process(*arguments, "--rate-limit", "5", env={"SKB_MCP_PATH": "/overruled"}) as server:
        assert server.url == f"http://127.0.0.1:{server.port}/skin"
        async with httpx2.AsyncClient() as http:
            headers = {**JSON, "Host": "skin.example.com", "Origin": "https://app.example.com"}
            statuses = [(await http.post(server.url, json=LOOKUP, headers=headers)).status_code for _ in range(6)]
            # A proxy on the same machine is believed about who asks, and how.
            forwarded = {**headers, "X-Forwarded-For": "192.0.2.9", "X-Forwarded-Proto": "https"}
            other = await http.post(server.url, json=LOOKUP, headers=forwarded)
            card = await http.get(f"{server.url}/server-card", headers=forwarded)
    assert statuses == [200] * 5 + [429]
    assert other.status_code == 200
    assert card.json()["remotes"][0]["url"] == "https://skin.example.com/skin"


# The page on it

HTTP_PAGE = (Path(__file__).parents[1] / "docs" / "http.md").read_text(encoding="utf-8")


def rows_of(heading: str) -> list[str]:
    """The first cells of a table of the page."""
    table = HTTP_PAGE.split(f"{heading}\n", 1)[1].split("\n\n", 1)[0]
    return [line.split("|")[1].strip() for line in table.splitlines()[1:]]


def test_the_page_has_every_option_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--help"])
    options = set(re.findall(r"^  (--[a-z-]+)", capsys.readouterr().out, re.MULTILINE))
    told = re.findall(r"--[a-z-]+", " ".join(rows_of("| option | default | what it does |")))
    assert {*told, "--http"} == options
    assert len(told) == len(set(told))


def test_the_page_has_every_status_of_a_refusal_and_no_other() -> None:
    statuses = [int(status) for status in rows_of("| status | what was wrong | what to do |")]
    assert statuses == list(skb_mcp.endpoint._STATUSES)


def test_the_page_has_every_variable_and_no_other() -> None:
    asked: list[str] = []

    class Environment(dict[str, str]):
        def get(self, name: str, default: Any = None) -> Any:
            asked.append(name)
            return default

    HttpOptions.from_environment(Environment())
    assert set(re.findall(r"SKB_MCP_[A-Z_]+", HTTP_PAGE)) == {*asked, "SKB_MCP_CORPUS"}
