"""A folder's corpus, compiled: what came of reading it, kept in the folder and used while nothing there has changed.

It lies in a hidden folder, which is never read for pages, under a seal like that of the snapshot. The shipped
red-flag rules are not in it, so that nothing in a folder can take their place (G4).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .snapshot import open_sealed, shipped_seal, write_sealed

if TYPE_CHECKING:
    from .stored import Table, Tables

__all__ = ["PLACE", "is_compiled", "made_from", "open_compiled", "write_compiled"]

PLACE = ".skb-mcp"
"""Where it lies in a corpus folder."""
FILE = "corpus.sqlite"

READ = (".md", ".markdown", ".txt", ".yaml", ".json")
"""How the names of the files end that reading a folder may open."""
MOST_READ = 2 * 1024 * 1024 + 1
"""So many bytes of a file reading looks at, at most."""


def is_compiled(folder: Path) -> bool:
    """Whether there is anything compiled in a folder, current or not."""
    # Of a folder that may not be entered, too, this says no.
    return os.path.isfile(folder / PLACE / FILE)


def open_compiled(folder: Path, **decoders: Callable[[str], Any]) -> Mapping[str, Table[Any]] | None:
    """The tables that were compiled from a folder; None where there are none, or spoilt or outdated ones.

    The values of the tables named by `decoders` are decoded by these, all others as JSON.
    """
    return open_sealed([folder.resolve() / PLACE / FILE], lambda: made_from(folder), decoders)


def write_compiled(folder: Path, tables: Tables, digest: str) -> None:
    """Keep these tables in the folder that they were made from when it had this digest.

    Raises:
        OSError: they cannot be written.
    """
    place = folder.resolve() / PLACE
    place.mkdir(exist_ok=True)
    write_sealed({place / FILE: tables}, digest)


def made_from(folder: Path) -> str:
    """SHA-256 over all that reading a folder depends on: its files, the shipped corpus, and the code that reads both.

    Raises:
        OSError: a folder cannot be listed.
    """
    total = sha256(shipped_seal().encode())
    for name, content in _entries(folder.resolve()):
        total.update(f"{name}\0{len(content)}\0".encode(errors="surrogateescape") + content)
    return total.hexdigest()


def _entries(home: Path) -> Iterator[tuple[str, bytes]]:
    """The name of everything in a folder that reading it may look at, with its content; links with where they lead."""
    root = str(home)
    left, seen = [root], {root}
    while left:
        folder = left.pop()
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            # Hidden folders are not entered, hidden files no pages; but rules and wordings may stand in hidden files.
            if entry.name.startswith(".") and (folder == root or entry.is_dir()):
                continue
            name = entry.path[len(root) :]
            if entry.is_symlink():
                real = os.path.realpath(entry.path)
                yield f"{name} ->", os.fsencode(os.readlink(entry.path))
                # What leads out of the folder is never followed.
                if not real.startswith(root + os.sep):
                    continue
            else:
                real = entry.path
            if entry.is_dir():
                if real not in seen:
                    seen.add(real)
                    left.append(entry.path)
            elif entry.name.lower().endswith(READ):
                yield name, _content(entry)


def _content(entry: os.DirEntry[str]) -> bytes:
    """How long a file is, and as much of it as is ever read; of what is no file, or cannot be read, that it is so."""
    try:
        about = entry.stat()
        if not stat.S_ISREG(about.st_mode):
            return b"no file"
        # Thousands of small files: pathlib and buffers would take longer than all else here.
        with open(entry.path, "rb", buffering=0) as file:
            return f"{about.st_size}\0".encode() + file.read(MOST_READ)
    except OSError:
        return b"unreadable"
