"""A machine to install on: its folders, and what was done to the files in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from skb_mcp.clients import Launch
from skb_mcp.config_file import BACKUP
from skb_mcp.install import Outcome, Request, run
from skb_mcp.machine import Machine, machine_of

LAUNCH = Launch("/opt/skb-mcp", ())
URL = "http://127.0.0.1:8000/mcp"
BEFORE = '{\n  "mcpServers": {\n    "first": {} // mine\n  }\n}\n'
AFTER = (
    '{\n  "mcpServers": {\n    "first": {}, // mine\n    "skb": {\n'
    '      "command": "/opt/skb-mcp",\n      "args": ["serve"]\n    }\n  }\n}\n'
)
SNIPPET = (
    '{\n  "mcpServers": {\n    "skb": {\n      "command": "/opt/skb-mcp",\n      "args": ["serve"]\n    }\n  }\n}\n'
)


def machine_below(folder: Path) -> Machine:
    """A Linux machine with nothing in its home folder, and a project."""
    for name in ("home", "project"):
        (folder / name).mkdir()
    return machine_of("linux", str(folder / "home"), str(folder / "project"), {})


def settle(file: Path, data: bytes) -> Path:
    """Write a file in a folder that may not be there yet."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def do(machine: Machine, client: str | None = "cursor", /, **options: Any) -> Outcome:
    """`skb-mcp install CLIENT` with those options."""
    return run(Request(client=client, **options), machine, LAUNCH)


def backup_of(file: Path) -> Path:
    return file.with_name(file.name + BACKUP)


def files_below(folder: Path) -> dict[str, bytes]:
    """All files below a folder, and what is in them."""
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
