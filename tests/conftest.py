"""What the tests share: the shipped library and its server, small corpora, and a real server process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO, Any, Literal

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # its types are a package of their own
from mcp import Client
from mcp.server import Server
from mcp.shared.exceptions import MCPError
from mcp.types import Resource

from skb_mcp import Library, build_server, load_corpus
from skb_mcp.loading import write_snapshot
from skb_mcp.models import FOLDERS, EntityType
from skb_mcp.snapshot import open_snapshot
from support import BASE, TODAY, write
from support import page as page_text

QUESTION = "How do I get rid of red spots after pimples?"
QUESTION_URL = f"{BASE}/questions/how-do-i-get-rid-of-red-spots-after-pimples"
ERAS: tuple[Literal["auto", "legacy"], ...] = ("auto", "legacy")
"""`auto` speaks protocol 2026-07-28 with our server, `legacy` the handshake of 2025-11-25 and before."""

EMERGENCY = "my tongue is swelling and I can't breathe after that new face cream"
URGENT = "my cheek is red, hot and swollen, it really hurts and the redness is spreading fast"
PROMPT = "the mole on my shoulder got bigger over the summer and has two colours"

COMMAND = Path(sys.executable).with_name("skb-mcp")


META_SCHEMA: dict[str, Any] = Draft202012Validator.META_SCHEMA
"""The schema of schemas."""


def pytest_configure(config: pytest.Config) -> None:
    """Bring the snapshot up to date once, as a build does: without it every start reads the whole corpus."""
    if not hasattr(config, "workerinput") and open_snapshot() is None:
        write_snapshot()


# Small corpora


def page(
    kind: EntityType, slug: str, title: str, front: str = "", body: str = "", reviewed: str = "2026-11-01"
) -> tuple[str, str]:
    """(path, text) of one eligible page; `front` is added to its front matter."""
    dates = "date_modified: 2026-11-01\n" + (f"date_reviewed: {reviewed}\n" if reviewed else "")
    text = page_text(kind, slug, title, keys=front, body=f"# {title}\n\n{body}\n", dates=dates)
    return f"{FOLDERS[kind]}/{slug}.md", text


def write_corpus(folder: Path, *pages: tuple[str, str]) -> Path:
    """Write pages below a folder, which then is a corpus."""
    return write(folder, dict(pages))


def library_of(folder: Path, *pages: tuple[str, str], today: date = TODAY) -> Library:
    """A library over nothing but these pages, with the shipped red-flag rules and lexicon."""
    return Library(load_corpus(write_corpus(folder, *pages)), today=today)


# Replies


async def call(server: Server[Any], tool: str, arguments: dict[str, Any], mode: str = "auto") -> dict[str, Any]:
    """The reply of a tool call, after both of its channels were seen to hold the same."""
    async with Client(server, mode=mode) as client:
        result = await client.call_tool(tool, arguments)
    (block,) = result.content
    assert block.type == "text"
    reply = json.loads(block.text)
    assert reply == result.structured_content
    assert result.is_error == (reply["outcome"] == "error")
    return dict[str, Any](reply)


Request = Callable[[Client], Awaitable[object]]


async def every_resource(client: Client) -> list[Resource]:
    """All resources, page after page."""
    listed = await client.list_resources()
    found = list(listed.resources)
    while listed.next_cursor:
        listed = await client.list_resources(cursor=listed.next_cursor)
        found += listed.resources
    return found


async def refusal(server: Server[Any], request: Request, mode: str = "auto") -> MCPError | None:
    """The protocol error that a request gets; None when it is answered."""
    async with Client(server, mode=mode) as client:
        try:
            await request(client)
        except MCPError as error:
            return error
    return None


def schema_faults(schema: Mapping[str, Any], value: object) -> list[str]:
    """What a validator that is not ours finds wrong in a value."""
    return sorted(fault.message for fault in Draft202012Validator(schema).iter_errors(value))


def reply_inside(prompt: str) -> dict[str, Any]:
    """The reply that a prompt hands to the model: its last paragraph."""
    return dict[str, Any](json.loads(prompt.rsplit("\n\n", 1)[1]))


def assert_grounded(reply: Mapping[str, Any]) -> None:
    """Guarantee G2: a canonical page to cite, and the caveat."""
    assert reply["referral"]["message"].strip()
    assert any(is_canonical(citation["url"]) for citation in reply["citations"])


def is_canonical(url: str) -> bool:
    """Whether a URL is a page of the knowledge base, or its front page."""
    parts = url.removeprefix(BASE).strip("/").split("/")
    return url == BASE or (url.startswith(BASE + "/") and len(parts) == 2 and parts[0] in FOLDERS.values())


def assert_no_advice(reply: Mapping[str, Any]) -> None:
    """Guarantee G4: a referral that takes the place of the answer brings nothing of it along."""
    assert reply["outcome"] == "referral"
    assert reply["referral"]["level"] in ("urgent", "emergency")
    assert reply["match"] is None
    payload = "quick_answer ingredients products sections may_be_instead results text title url reviewed".split()
    payload += ["evidence_sources", "product_fact_sources", "entities", "error"]
    assert {name: reply[name] for name in payload if reply.get(name)} == {}


# A real server process


class Process:
    """`skb-mcp` as a client starts it, spoken to in raw lines of JSON-RPC."""

    def __init__(self, command: Path, arguments: Sequence[str], env: Mapping[str, str], cwd: Path | None) -> None:
        self._next_id = 0
        self.popen = subprocess.Popen(
            [command, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **env},
            cwd=cwd,
        )

    @property
    def stdin(self) -> IO[bytes]:
        assert self.popen.stdin
        return self.popen.stdin

    @property
    def stdout(self) -> IO[bytes]:
        assert self.popen.stdout
        return self.popen.stdout

    def send(self, line: bytes) -> None:
        """Write one line as it is."""
        self.stdin.write(line + b"\n")
        self.stdin.flush()

    def notify(self, method: str) -> None:
        """Send a notification without parameters."""
        self.send(json.dumps({"jsonrpc": "2.0", "method": method}).encode())

    def ask(self, method: str, params: Mapping[str, Any] | None = None) -> bytes:
        """Send a request and return the line that answers it."""
        self._next_id += 1
        message = {"jsonrpc": "2.0", "id": self._next_id, "method": method}
        self.send(json.dumps(message | ({"params": params} if params is not None else {})).encode())
        return self.stdout.readline()

    def request(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send a request and return its answer."""
        return dict[str, Any](json.loads(self.ask(method, params)))

    def initialize(self, version: str = "2025-11-25") -> dict[str, Any]:
        """The handshake of the older era."""
        client = {"name": "test", "version": "1"}
        params = {"protocolVersion": version, "capabilities": {}, "clientInfo": client}
        answer = self.request("initialize", params)
        self.notify("notifications/initialized")
        return answer

    def close(self) -> tuple[int, bytes, bytes]:
        """Close its input and wait: exit status, what else it wrote to stdout, and all of stderr."""
        out, err = self.popen.communicate(timeout=20)
        return self.popen.returncode, out, err


@contextmanager
def process(
    *arguments: str, env: Mapping[str, str] | None = None, cwd: Path | None = None, command: Path = COMMAND
) -> Iterator[Process]:
    """A server process that does not outlive its test."""
    running = Process(command, arguments, env or {}, cwd)
    try:
        yield running
    finally:
        if running.popen.poll() is None:
            running.popen.kill()
        running.popen.communicate()


MODERN_META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
"""What a client of the newer era sends with every request, in `_meta`."""


# Fixtures


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def library() -> Library:
    """The shipped corpus, on a day on which no review is stale."""
    return Library(load_corpus(), today=TODAY)


@pytest.fixture(scope="session")
def server(library: Library) -> Server[Any]:
    return build_server(library)
