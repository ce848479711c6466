"""Cold start over stdio: from spawning a server to its first answer, ours against the bare one, and peak memory.

Three servers take turns in every round: ours from its snapshot, ours reading the corpus folder, and
the bare one. The client is the SDK's, its imports done; files are in the disk cache.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import anyio
from mcp.client.stdio import StdioServerParameters
from measuring import (
    MAIN_QUESTION,
    Row,
    ask,
    bare_server,
    connect,
    machine,
    memory_peak,
    our_server,
    processor_time,
    progress,
    ratio_row,
    reply_file,
    server_process,
    table,
)

__all__ = ["measure"]

START_TARGET = 1.05
MEMORY_TARGET = 1.30
ROUNDS = 40
TITLE = "cold start: spawn → first `tools/call` answered"


@dataclass(frozen=True, slots=True)
class Start:
    """One start of a server: milliseconds since just before its process was spawned, and MB of memory."""

    answered: float
    """Until the first tools/call was answered."""
    listed: float
    """Until tools/list was answered after that."""
    processor: float
    """Milliseconds of processor time that it had used at the first answer."""
    memory: float
    """The high-water mark of its resident memory at the first answer."""


def measure(rounds: int = ROUNDS) -> list[Row]:
    """The rows of the table."""
    return anyio.run(_measure, rounds)


async def _measure(rounds: int) -> list[Row]:
    progress(f"cold start: {rounds} rounds of three servers")
    ours, folder = our_server(), our_server(snapshot=False)
    async with connect(ours) as client:
        reply = await ask(client, MAIN_QUESTION)
    with reply_file(reply) as file:
        runs = await _interleave([ours, bare_server(file), folder], rounds)
    return _rows(*runs)


async def _interleave(servers: list[StdioServerParameters], rounds: int) -> list[list[Start]]:
    """Start every server once a round, each round in another order; the first round only warms up."""
    runs: list[list[Start]] = [[] for _ in servers]
    for number in range(rounds + 1):
        for step in range(len(servers)):
            turn = (number + step) % len(servers)
            start = await _start(servers[turn])
            if number:
                runs[turn].append(start)
    return runs


async def _start(server: StdioServerParameters) -> Start:
    began = time.perf_counter()
    async with connect(server) as client:
        await ask(client, MAIN_QUESTION)
        answered = time.perf_counter()
        process = server_process()
        processor, memory = processor_time(process), memory_peak(process)
        resumed = time.perf_counter()
        await client.list_tools()
        listed = time.perf_counter() - resumed
    return Start((answered - began) * 1000, (answered - began + listed) * 1000, processor, memory)


def _rows(ours: list[Start], bare: list[Start], folder: list[Start]) -> list[Row]:
    answered = [s.answered for s in bare]
    listed = [s.listed for s in bare]
    processor = [s.processor for s in bare]
    memory = [s.memory for s in bare]
    return [
        ratio_row(TITLE, [s.answered for s in ours], answered, "ms", START_TARGET),
        ratio_row("the same, then `tools/list` too", [s.listed for s in ours], listed, "ms"),
        ratio_row("the same, processor time of the server", [s.processor for s in ours], processor, "ms"),
        ratio_row("the same, without the snapshot", [s.answered for s in folder], answered, "ms"),
        ratio_row("peak memory after the first answer", [s.memory for s in ours], memory, "MB", MEMORY_TARGET),
        ratio_row("peak memory without the snapshot", [s.memory for s in folder], memory, "MB"),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"starts of each server (default: {ROUNDS})")
    rows = measure(parser.parse_args().rounds)
    print(f"{machine()}\n\n{table(rows)}")


if __name__ == "__main__":
    main()
