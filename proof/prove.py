"""Proof with other people's tools: two linters, the MCP Inspector and the official conformance scenarios.

`python proof/prove.py` tries the server of this virtual environment with all of them and exits with 1
when anything is wrong. What this machine cannot have (npm, the network) is skipped, and it says so.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import conformance
import inspector
import node_tools
from inspector import ERAS, Inspector

__all__ = ["main"]

ROOT = Path(__file__).parents[1]
COMMANDS = Path(sys.executable).parent
SERVER = COMMANDS / "skb-mcp"

LINTERS: dict[str, list[str]] = {
    "descriptions of the tools, by tdqs": [
        *(str(COMMANDS / "tdqs"), "lint", "--command", shlex.join([str(SERVER), "serve"])),
        *("--fail-on", "warning"),
    ],
    "server.json and the agent skill, by skillsaw": [
        *(str(COMMANDS / "skillsaw"), "lint", str(ROOT), "--strict", "--no-plugins"),
    ],
}
"""What is linted, by what → the command; both are Python packages, and the first starts the server."""

COMMAND, URL = "claude-desktop", "claude-code"
"""The clients whose settings lead the Inspector through everything: to a command, and to a URL."""

OTHERS = ("claude-code", "cursor", "windsurf", "gemini-cli", "copilot-cli", "lm-studio", "kiro")
"""The other clients whose settings the Inspector can read; from these it only starts the server."""

Faults = Iterable[str]


@dataclass(frozen=True, slots=True)
class Step:
    """One proof: what it is called, and what it finds."""

    name: str
    find: Callable[[], Faults]


# The server


@contextmanager
def served() -> Iterator[str]:
    """The URL of a server over HTTP, on this machine."""
    command = [str(SERVER), "serve", "--http", "--port", "0"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr
        log = iter(running.stderr)
        url = next((found[1] for line in log if (found := re.search(r"Listening on (\S+)", line))), None)
        if url is None:
            raise RuntimeError("skb-mcp serve --http ended before it listened")
        reader = threading.Thread(target=list, args=(log,))  # a pipe that nobody reads stops who writes
        reader.start()
        try:
            yield url
        finally:
            running.terminate()
            reader.join()


def installed(client: str, home: Path, *options: str) -> Path:
    """The settings file that `skb-mcp install` writes for a client, in a home folder made for it."""
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "SYSTEMROOT")}
    environment = {**kept, "HOME": str(home), "USERPROFILE": str(home), "APPDATA": str(home)}
    subprocess.run([SERVER, "install", client, *options], env=environment, check=True, capture_output=True)
    (file,) = (file for file in home.rglob("*") if file.is_file())
    return file


# The steps


def linted(command: Sequence[str]) -> Faults:
    """What a linter finds."""
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    return [] if done.returncode == 0 else [f"{done.stdout}{done.stderr}".strip()]


def inspections(tools: Path, url: str, folder: Path) -> list[Step]:
    """The Inspector goes through everything in both eras, at a command and at a URL, and starts the rest."""
    program = tools / "mcp-inspector"
    by_command = installed(COMMAND, folder / "command")
    by_url = installed(URL, folder / "url", "--http", url)
    steps = []
    for era, revision in ERAS.items():
        for how, settings in (("stdio", by_command), ("HTTP", by_url)):
            one = Inspector(program, settings, era, folder)
            steps.append(Step(f"Inspector, {revision} over {how}", partial(inspector.faults_of, one)))
    starts = [Inspector(program, installed(other, folder / other), "modern", folder) for other in OTHERS]
    names = ", ".join((COMMAND, *OTHERS))
    steps.append(Step(f"Inspector, started from the settings of {names}", partial(_started, starts)))
    return steps


def _started(starts: Sequence[Inspector]) -> Faults:
    for one in starts:
        yield from (f"{one.settings.name}: {fault}" for fault in inspector.starts(one))


def scenarios(tools: Path, url: str, folder: Path) -> Faults:
    """What the conformance scenarios that apply find, in both revisions."""
    results = {}
    for revision in conformance.APPLICABLE:
        results[revision] = conformance.ran([str(tools / "conformance")], url, revision, folder / revision)
        yield from (f"{revision}, {fault}" for fault in conformance.faults_of(revision, results[revision]))
    yield from conformance.stale(results)


# The run


def with_node() -> Iterator[tuple[Step, list[str], float]]:
    """The steps that need Node, each with what it found and how many seconds it took.

    Raises:
        NoTools: this machine cannot have them.
        BrokenTools: they cannot be installed for a reason that is to be mended.
    """
    tools = node_tools.bring(node_tools.CACHE)
    os.environ["PATH"] = f"{tools}{os.pathsep}{os.environ['PATH']}"  # the Node that was brought, not an older one
    with tempfile.TemporaryDirectory() as folder, served() as url, ThreadPoolExecutor(2) as workers:
        counts = ", ".join(
            f"{len(names)} scenarios of {revision}" for revision, names in conformance.APPLICABLE.items()
        )
        steps = [
            *inspections(tools, url, Path(folder)),
            Step(f"conformance, {counts}", partial(scenarios, tools, url, Path(folder))),
        ]
        yield from workers.map(timed, steps)


def timed(step: Step) -> tuple[Step, list[str], float]:
    start = time.perf_counter()
    found = list(step.find())
    return step, found, time.perf_counter() - start


def told(step: Step, found: list[str], seconds: float) -> bool:
    """Print what a step found; whether that was nothing."""
    print(f"{'FAILED' if found else 'passed'}: {step.name} ({seconds:.1f} s)", flush=True)
    for fault in found:
        print(f"    {fault}".replace("\n", "\n    "))
    return not found


def main() -> int:
    commands = [Path(command[0]) for command in LINTERS.values()]
    if missing := [command.name for command in (SERVER, *commands) if not command.exists()]:
        print(f"error: {', '.join(missing)}: not in this virtual environment; first: pip install -e '.[dev]'")
        return 1
    passed = [told(*timed(Step(name, partial(linted, command)))) for name, command in LINTERS.items()]
    try:
        passed += [told(*done) for done in with_node()]
    except node_tools.NoTools as reason:
        print(f"skipped: the Inspector and the conformance scenarios: {reason}")
    except node_tools.BrokenTools as error:
        print(f"error: {error}")
        return 1
    return 0 if all(passed) else 1


if __name__ == "__main__":
    raise SystemExit(main())
