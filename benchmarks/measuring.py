"""What the benchmarks share: statistics, tables and where they go, the machine, and clients of both servers.

Absolute times belong to one machine, and to one moment of it; ratios travel. So whatever is compared
takes turns, a ratio is taken of neighbours within each round, and the table gives their median.
"""

from __future__ import annotations

import importlib.metadata
import json
import math
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import mcp.types as types
import psutil  # type: ignore[import-untyped]  # ships no types
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from psutil import Process

__all__ = [
    "CORPUS",
    "MAIN_QUESTION",
    "TOOL",
    "Process",
    "Row",
    "ask",
    "bare_server",
    "connect",
    "machine",
    "median",
    "memory_peak",
    "our_server",
    "percentile",
    "processor_time",
    "progress",
    "ratio_row",
    "reply_file",
    "round_ratios",
    "server_process",
    "table",
    "timed",
    "value_row",
    "write_results",
]

HERE = Path(__file__).resolve().parent
CORPUS = HERE.parent / "corpus"
DOCUMENT = HERE.parent / "docs" / "benchmarks.md"
MAIN_QUESTION = "How do I get rid of red spots after pimples?"
TOOL = "lookup_question"


# Statistics


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile: the least value that `percent` % of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(math.ceil(percent / 100 * len(ordered)), 1) - 1]


def round_ratios(ours: Sequence[float], bare: Sequence[float], size: int) -> list[float]:
    """The ratio of medians of every round of `size` values each, in the order they were measured."""
    starts = range(0, min(len(ours), len(bare)), size)
    return [median(ours[at : at + size]) / median(bare[at : at + size]) for at in starts]


def timed(call: Callable[[], object]) -> float:
    """Wall-clock milliseconds that one call takes."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


# The table


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the results; `met` is None where there is no target."""

    measure: str
    ours: str
    bare: str = "–"
    ratio: str = "–"
    target: str = "–"
    met: bool | None = None


def ratio_row(
    measure: str, ours: Sequence[float], bare: Sequence[float], unit: str, limit: float | None = None, size: int = 1
) -> Row:
    """Both medians, and the median ratio of rounds of `size` values each, with its middle half (quartiles)."""
    ratios = round_ratios(ours, bare, size)
    ratio = median(ratios)
    return Row(
        measure,
        f"{_figure(median(ours))} {unit}",
        f"{_figure(median(bare))} {unit}",
        f"{ratio:.2f} ({percentile(ratios, 25):.2f}–{percentile(ratios, 75):.2f})",
        "–" if limit is None else f"≤ {limit:.2f}",
        None if limit is None else ratio <= limit,
    )


def value_row(measure: str, value: float, unit: str, limit: float | None = None) -> Row:
    """One value of ours that has no counterpart in the bare server."""
    return Row(
        measure,
        f"{_figure(value)} {unit}",
        target="–" if limit is None else f"< {_figure(limit)} {unit}",
        met=None if limit is None else value < limit,
    )


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    head = "| measure | ours | bare | ratio (middle half) | target | met? |\n|---|---|---|---|---|---|"
    lines = [
        f"| {r.measure} | {r.ours} | {r.bare} | {r.ratio} | {r.target} | "
        f"{'–' if r.met is None else 'yes' if r.met else '**no**'} |"
        for r in rows
    ]
    return "\n".join([head, *lines])


def write_results(name: str, results: str, file: Path = DOCUMENT) -> None:
    """Write results into the document, between the markers of this name.

    Raises:
        SystemExit: it has not exactly one pair of them.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, first, rest = file.read_text(encoding="utf-8").partition(begin)
    _, last, after = rest.partition(end)
    if not first or not last or begin in after or end in after:
        raise SystemExit(f"error: {file.name} needs one {begin} and one {end} after it")
    file.write_text(f"{before}{begin}\n{results}\n{end}{after}", encoding="utf-8")


def machine() -> str:
    """The machine in one line: processor, cores, system, Python and SDK; nothing that names it."""
    return ", ".join(
        [
            f"{_processor()} ({psutil.cpu_count()} cores)",
            f"{platform.system()} {platform.release().split('-')[0]}",
            f"{platform.python_implementation()} {platform.python_version()}",
            f"mcp {importlib.metadata.version('mcp')}",
            f"skb-mcp {importlib.metadata.version('skb-mcp')}",
        ]
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def progress(text: str) -> None:
    """Say on standard error what is being measured."""
    print(text, file=sys.stderr)


# Servers and clients


def our_server(*, snapshot: bool = True) -> StdioServerParameters:
    """The installed `skb-mcp` with the shipped corpus; without the snapshot it reads the folder.

    Raises:
        SystemExit: the snapshot is wanted, and missing or outdated.
    """
    command = str(Path(sys.executable).with_name("skb-mcp"))
    if not snapshot:
        return StdioServerParameters(command=command, args=["serve", "--corpus", str(CORPUS)])
    if not _has_snapshot():
        build = "from skb_mcp.loading import write_snapshot; write_snapshot()"
        raise SystemExit(f"error: no current snapshot of the shipped corpus\ntip: python -c '{build}' writes it")
    return StdioServerParameters(command=command)


def _has_snapshot() -> bool:
    """Whether the installed package starts from its snapshot: then nothing imports what reads Markdown."""
    code = "import sys, skb_mcp.loading as l; l.load_corpus(); sys.exit('skb_mcp.reading' in sys.modules)"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def bare_server(reply: Path) -> StdioServerParameters:
    """The anchor: a stock one-tool server that gives the reply stored in a file."""
    return StdioServerParameters(command=sys.executable, args=[str(HERE / "bare_server.py"), str(reply)])


def connect(server: StdioServerParameters) -> Client:
    """A client of a server that is started for it; what the server writes on standard error is dropped."""
    return Client(stdio_client(server, errlog=_NOWHERE))


_NOWHERE = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # open till the end


async def ask(client: Client, question: str) -> types.CallToolResult:
    """One tools/call, from its arguments to the parsed result.

    `Client.call_tool` would do more on the client's side: list the tools once and check each result
    against the published schema. That is work of the SDK's client, not of a server.
    """
    params = types.CallToolRequestParams(name=TOOL, arguments={"question": question})
    return await client.session.send_request(types.CallToolRequest(params=params), types.CallToolResult)


@contextmanager
def reply_file(reply: types.CallToolResult) -> Iterator[Path]:
    """Our own reply, stored for the bare server to give: the same bytes in both channels."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "reply.json")
        file.write_text(json.dumps(reply.structured_content, ensure_ascii=False), encoding="utf-8")
        yield file


def server_process() -> Process:
    """The process of the server that was started last."""
    return max(Process().children(), key=Process.create_time)


def processor_time(process: Process) -> float:
    """Milliseconds of processor time that a process has used; others change it less than wall-clock time."""
    times = process.cpu_times()
    return float(times.user + times.system) * 1000


def memory_peak(process: Process) -> float:
    """The high-water mark of a process's resident memory in MB (10⁶ bytes).

    Linux keeps it as VmHWM, Windows as the peak working set; elsewhere it is the resident memory now.
    """
    status = Path(f"/proc/{process.pid}/status")
    if status.is_file():
        line = next(x for x in status.read_text(encoding="ascii").splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    memory = process.memory_info()
    return float(getattr(memory, "peak_wset", memory.rss)) / 1e6
