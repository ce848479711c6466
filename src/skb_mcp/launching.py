"""What a client should start: a command that is still there tomorrow, by its whole path.

Clients start with a short PATH, so that the bare name of a command is often not found.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from .clients import Launch

__all__ = ["find_launch", "with_arguments"]

COMMAND = "skb-mcp"
_PASSING = ("archive-v", "environments-v", "builds-v")
"""How folders begin in which uvx keeps what it runs once."""


def find_launch(script: str, interpreter: str, search: str) -> Launch:
    """What starts this installation, without arguments.

    It is the `skb-mcp` that was called, else the one beside the interpreter, else the one on the search
    path; `uvx skb-mcp` where all that there is lies in a cache; else the module under this interpreter.

    Args:
        script: how this program was called (`argv[0]`).
        interpreter: the whole path of the interpreter that runs it.
        search: folders to look for commands in, as in PATH.
    """
    for path in _scripts(script, Path(interpreter), search):
        if not _passing(path):
            return Launch(str(path), ())
    uvx = shutil.which("uvx", path=search)
    if uvx:
        return Launch(str(Path(uvx).absolute()), (COMMAND,))
    if _passing(Path(interpreter)):
        return Launch("uvx", (COMMAND,))
    return Launch(interpreter, ("-m", "skb_mcp"))


def with_arguments(launch: Launch, arguments: Sequence[str]) -> Launch:
    """The same with more arguments."""
    return Launch(launch.command, (*launch.args, *arguments))


def _scripts(script: str, interpreter: Path, search: str) -> Iterator[Path]:
    """Where this command may be; Windows gives its scripts the name of a program."""
    called = Path(script)
    folders = [interpreter.parent, interpreter.parent / "Scripts"]
    # A bare name was found on the search path, and may be something else in this folder.
    if called.stem == COMMAND and len(called.parts) > 1:
        folders.insert(0, called.absolute().parent)
    for folder in folders:
        for name in (f"{COMMAND}.exe", COMMAND):
            if (folder / name).is_file():
                yield folder / name
    found = shutil.which(COMMAND, path=search)
    if found:
        yield Path(found).absolute()


def _passing(path: Path) -> bool:
    """Whether a path lies in an environment that is made for one run and thrown away (uvx, pipx run)."""
    parts = path.parts
    pairs = set(pairwise(parts))
    return any(part.startswith(_PASSING) for part in parts) or not pairs.isdisjoint(
        {("pipx", ".cache"), (".cache", "pipx")}
    )
