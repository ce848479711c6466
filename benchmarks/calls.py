"""One warm tools/call over stdio, from its arguments to the parsed result, ours against the bare server.

Both servers run at the same time and take turns in batches; only one of them is asked at a time.
The bare server gives the very reply that ours gives, so both send the same payload.
"""

from __future__ import annotations

import argparse
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from statistics import fmean

import anyio
import mcp.types as types
from mcp import Client
from measuring import (
    MAIN_QUESTION,
    Process,
    Row,
    ask,
    bare_server,
    connect,
    machine,
    our_server,
    percentile,
    processor_time,
    progress,
    ratio_row,
    reply_file,
    server_process,
    table,
)

__all__ = ["measure"]

CALL_TARGET = 1.50
BATCH = 25
BATCHES = 48
WARM_UP = 50
QUESTIONS = {"a full answer": MAIN_QUESTION, "no match": "what is the capital of Portugal"}
"""What is asked, by what comes back: the largest and the smallest kind of reply to a question."""


@dataclass
class Side:
    """One of the two servers, with what was measured of it."""

    client: Client
    process: Process
    times: list[float] = field(default_factory=list)
    """Milliseconds of every call."""
    processor: list[float] = field(default_factory=list)
    """Milliseconds of the server's processor time per call, batch by batch."""


def measure(batches: int = BATCHES) -> list[Row]:
    """The rows of the table."""
    return [row for kind, question in QUESTIONS.items() for row in anyio.run(_measure, kind, question, batches)]


async def _measure(kind: str, question: str, batches: int) -> list[Row]:
    progress(f"calls, {kind}: {batches} batches of {BATCH} calls to each of two servers")
    async with AsyncExitStack() as stack:
        ours = Side(await stack.enter_async_context(connect(our_server())), server_process())
        reply = await ask(ours.client, question)
        anchor = bare_server(stack.enter_context(reply_file(reply)))
        bare = Side(await stack.enter_async_context(connect(anchor)), server_process())
        _check_same(reply, await ask(bare.client, question))
        await _interleave(ours, bare, question, batches)
    return _rows(f"warm `tools/call`, {kind} ({_size(reply) / 1000:.1f} kB)", ours, bare)


def _check_same(ours: types.CallToolResult, bare: types.CallToolResult) -> None:
    """Both channels must hold the same payload, or the comparison would mean nothing.

    Raises:
        SystemExit: they do not.
    """
    if ours.content != bare.content or ours.structured_content != bare.structured_content:
        raise SystemExit("error: the bare server does not give the same payload")


def _size(reply: types.CallToolResult) -> int:
    """Bytes of a result on the wire: structured content and the text that repeats it."""
    return len(reply.model_dump_json(by_alias=True, exclude_unset=True).encode())


async def _interleave(ours: Side, bare: Side, question: str, batches: int) -> None:
    """Batches of calls to each server, which take turns in changing order, after a warm-up."""
    for side in (ours, bare):
        await _batch(side, question, WARM_UP)
        side.times.clear()
        side.processor.clear()
    for number in range(batches):
        for side in (ours, bare) if number % 2 else (bare, ours):
            await _batch(side, question, BATCH)


async def _batch(side: Side, question: str, calls: int) -> None:
    used = processor_time(side.process)
    for _ in range(calls):
        start = time.perf_counter()
        await ask(side.client, question)
        side.times.append((time.perf_counter() - start) * 1000)
    side.processor.append((processor_time(side.process) - used) / calls)


def _rows(name: str, ours: Side, bare: Side) -> list[Row]:
    """The medians with their ratio, which has the target; then the tails; then the servers' own work.

    Processor time is told in steps of 10 ms, so it is a mean over all calls and no median.
    """
    rows = [ratio_row(f"{name}, p50", ours.times, bare.times, "ms", CALL_TARGET, BATCH)]
    for percent in (95, 99):
        tails = percentile(ours.times, percent), percentile(bare.times, percent)
        rows.append(_pair(f"the same, p{percent}", *tails))
    return [
        *rows,
        _pair("the same, processor time of the server per call", fmean(ours.processor), fmean(bare.processor)),
    ]


def _pair(name: str, ours: float, bare: float) -> Row:
    return Row(name, f"{ours:.2f} ms", f"{bare:.2f} ms", f"{ours / bare:.2f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--batches", type=int, default=BATCHES, help=f"batches of {BATCH} calls to each server (default: {BATCHES})"
    )
    rows = measure(parser.parse_args().batches)
    print(f"{machine()}\n\n{table(rows)}")


if __name__ == "__main__":
    main()
