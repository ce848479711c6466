"""tools/call over Streamable HTTP with 1, 16 and 64 clients at a time, ours against the bare server.

Both servers run at the same time and take turns in batches; only one of them is asked at a time. The
bare server is the SDK's own, run as it stands (`MCPServer.run`), without sessions and in JSON as ours
is, and gives the very reply that ours gives. The clients are bare too: connections that are kept open,
over which prepared bytes are sent and whole replies are read, so that nearly all that is measured is
the servers' work. Each client sends its next call as soon as it has a reply.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from measuring import (
    MAIN_QUESTION,
    TOOL,
    Process,
    Row,
    machine,
    median,
    percentile,
    processor_time,
    progress,
    ratio_row,
    table,
)

__all__ = ["measure"]

CALL_TARGET = 1.50
CLIENTS = (1, 16, 64)
CALLS = 192
"""Calls in a batch, of all clients together."""
BATCHES = 24
START_SECONDS = 30.0
ERAS = {"2026-07-28": "", "2025-11-25": ", clients of the older protocol"}
"""Protocol versions, newest first, and how rows of them are named."""


@dataclass
class Side:
    """One of the two servers, with what was measured of it."""

    port: int
    process: Process
    times: list[float] = field(default_factory=list)
    """Milliseconds of every call."""
    processor: list[float] = field(default_factory=list)
    """Milliseconds of the server's processor time per call, batch by batch."""


def measure(batches: int = BATCHES) -> list[Row]:
    """The rows of the table."""
    with our_server() as ours, TemporaryDirectory() as folder:
        reply = asyncio.run(_ask(ours, "2026-07-28"))["result"]["structuredContent"]
        file = Path(folder, "reply.json")
        file.write_text(json.dumps(reply, ensure_ascii=False), encoding="utf-8")
        with bare_server(file) as bare:
            return [row for era in ERAS for clients in CLIENTS for row in _compare(ours, bare, era, clients, batches)]


def _compare(ours: Side, bare: Side, era: str, clients: int, batches: int) -> list[Row]:
    progress(f"calls over HTTP, {clients} clients{ERAS[era]}: {batches} batches of {CALLS} calls to each server")
    return asyncio.run(_measure(ours, bare, era, clients, batches))


async def _measure(ours: Side, bare: Side, era: str, clients: int, batches: int) -> list[Row]:
    size = await _check_same(ours, bare, era)
    for side in (ours, bare):
        await _batch(side, era, clients)
        side.times.clear()
        side.processor.clear()
    for number in range(batches):
        for side in (ours, bare) if number % 2 else (bare, ours):
            await _batch(side, era, clients)
    name = f"`tools/call` over HTTP{ERAS[era]} ({size / 1000:.1f} kB), {clients} client{'s' if clients > 1 else ''}"
    return _rows(name, ours, bare, CALL_TARGET)


def _rows(name: str, ours: Side, bare: Side, target: float) -> list[Row]:
    """The medians with their ratio, the tails of every batch with theirs, and the servers' own work."""
    tails = [[percentile(batch, 99) for batch in _batches(side.times)] for side in (ours, bare)]
    work = median(ours.processor), median(bare.processor)
    return [
        ratio_row(f"{name}, p50", ours.times, bare.times, "ms", target, CALLS),
        ratio_row("the same, p99 of a batch", tails[0], tails[1], "ms", target),
        Row(
            "the same, processor time of the server per call",
            f"{work[0]:.2f} ms",
            f"{work[1]:.2f} ms",
            f"{work[0] / work[1]:.2f}",
        ),
    ]


def _batches(times: Sequence[float]) -> list[Sequence[float]]:
    return [times[at : at + CALLS] for at in range(0, len(times), CALLS)]


async def _batch(side: Side, era: str, clients: int) -> None:
    """One batch: the clients connect, and then share the calls evenly."""
    connections = [await asyncio.open_connection("127.0.0.1", side.port) for _ in range(clients)]
    request = _request(side.port, era)
    used = processor_time(side.process)
    taken = await asyncio.gather(*(_calls(*connection, request, CALLS // clients) for connection in connections))
    side.processor.append((processor_time(side.process) - used) / CALLS)
    side.times += [one for times in taken for one in times]
    for _, writer in connections:
        writer.close()
        await writer.wait_closed()


async def _calls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, calls: int) -> list[float]:
    """Milliseconds that each of some calls took, from its bytes to the whole reply.

    Raises:
        SystemExit: a reply that is none.
    """
    times = []
    for _ in range(calls):
        start = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
        times.append((time.perf_counter() - start) * 1000)
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit("error: a call was refused")
    return times


def _request(port: int, era: str) -> bytes:
    """The bytes of one tools/call, as a client of that era sends them."""
    params: dict[str, Any] = {"name": TOOL, "arguments": {"question": MAIN_QUESTION}}
    headers = ["POST /mcp HTTP/1.1", f"Host: 127.0.0.1:{port}", "Content-Type: application/json"]
    headers += ["Accept: application/json, text/event-stream", f"MCP-Protocol-Version: {era}"]
    if era == "2026-07-28":
        names = {"protocolVersion": era, "clientInfo": {"name": "benchmark", "version": "1"}, "clientCapabilities": {}}
        params["_meta"] = {f"io.modelcontextprotocol/{name}": value for name, value in names.items()}
        headers += ["Mcp-Method: tools/call", f"Mcp-Name: {TOOL}"]
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    return "\r\n".join([*headers, f"Content-Length: {len(body)}", "", ""]).encode() + body


async def _ask(side: Side, era: str) -> dict[str, Any]:
    """The reply to one call, on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", side.port)
    writer.write(_request(side.port, era).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
    reply = (await reader.read()).split(b"\r\n\r\n", 1)[1]
    writer.close()
    return dict[str, Any](json.loads(reply))


async def _check_same(ours: Side, bare: Side, era: str) -> int:
    """Bytes of the result, which must hold the same payload in both channels.

    Raises:
        SystemExit: it does not, and the comparison would mean nothing.
    """
    results = [(await _ask(side, era))["result"] for side in (ours, bare)]
    if any(results[0][key] != results[1][key] for key in ("content", "structuredContent")):
        raise SystemExit("error: the bare server does not give the same payload")
    return len(json.dumps(results[0], ensure_ascii=False, separators=(",", ":")).encode())


# Servers


@contextmanager
def our_server() -> Iterator[Side]:
    """`skb-mcp serve --http` with the shipped corpus, as it is installed."""
    port = _free_port()
    command = [str(Path(sys.executable).with_name("skb-mcp")), "serve", "--http", "--port", str(port)]
    with _running(command, port) as side:
        yield side


@contextmanager
def bare_server(reply: Path) -> Iterator[Side]:
    """The anchor, as the SDK runs it."""
    port = _free_port()
    code = (
        "import sys; from bare_server import build; build(open(sys.argv[1], encoding='utf-8').read())"
        ".run('streamable-http', port=int(sys.argv[2]), json_response=True, stateless_http=True)"
    )
    with _running([sys.executable, "-c", code, str(reply), str(port)], port) as side:
        yield side


@contextmanager
def _running(command: list[str], port: int) -> Iterator[Side]:
    process = subprocess.Popen(
        command,
        cwd=Path(__file__).parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield Side(port, Process(process.pid))
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait_for(port: int) -> None:
    """Wait until something listens.

    Raises:
        SystemExit: nothing does in time.
    """
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("error: a server did not start")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--batches", type=int, default=BATCHES, help=f"batches of {CALLS} calls to each server (default: {BATCHES})"
    )
    rows = measure(parser.parse_args().batches)
    print(f"{machine()}\n\n{table(rows)}")


if __name__ == "__main__":
    main()
