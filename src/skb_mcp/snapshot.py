"""The snapshot of the shipped corpus: what came of reading it, as tables in two files beside the package.

One is what a server of the shipped corpus needs, the other what it lends to other folders. They are used only
while the corpus and the code that reads it are byte for byte what they were, and so are the files themselves:
a seal beside them holds the SHA-256 digests of all three.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .corpus import embedded_corpus

if TYPE_CHECKING:
    from .stored import Table, Tables

__all__ = ["open_snapshot", "state_of", "tables_of", "write_tables_and_seal"]

SNAPSHOT = Path(__file__).resolve().with_name("_snapshot.sqlite")


def write_tables_and_seal(tables: Tables, lent: Tables) -> tuple[Path, ...]:
    """Write the tables, those that other folders borrow, and the seal.

    Raises:
        OSError: one of the files cannot be written.
    """
    from .stored import write_tables

    files = _files(lent=True)
    for file, held in zip(files, (tables, lent), strict=True):
        write_tables(file, held)
    seal = SNAPSHOT.with_suffix(".sha256")
    seal.write_text(" ".join(_digests(files)) + "\n", encoding="ascii")
    return (*files, seal)


def open_snapshot(*, lent: bool = False, **decoders: Callable[[str], Any]) -> Mapping[str, Table[Any]] | None:
    """The tables of the snapshot, on demand with what it lends; None where it is not there, spoilt or outdated.

    The values of the tables named by `decoders` are decoded by these, all others as JSON.
    """
    files = _files(lent=lent)
    try:
        sealed = SNAPSHOT.with_suffix(".sha256").read_text(encoding="ascii").split()
        if sealed[: 1 + len(files)] != _digests(files):
            return None
        # A Python may be built without SQLite.
        from .stored import open_tables
    except (OSError, ValueError, ImportError):
        return None
    return {name: table for file in files for name, table in open_tables(file, decoders).items()}


def _files(*, lent: bool) -> list[Path]:
    return [SNAPSHOT, *([SNAPSHOT.with_stem(f"{SNAPSHOT.stem}_lent")] if lent else [])]


def tables_of(name: str, state: Tables) -> Tables:
    """The tables of a state, under names of their own among others."""
    return {f"{name}/{table}": values for table, values in state.items()}


def state_of(tables: Mapping[str, Table[Any]], name: str) -> Tables:
    """The state whose tables were put among others under this name."""
    prefix = f"{name}/"
    return {table.removeprefix(prefix): values for table, values in tables.items() if table.startswith(prefix)}


def _digests(files: Iterable[Path]) -> list[str]:
    """The digests of what the snapshot is made from, and of its files."""
    # Two threads: hashing a large file lets the other read hundreds of small ones.
    with ThreadPoolExecutor(1) as beside:
        of_files = beside.map(_file_digest, files)
        return [_digest(), *of_files]


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _digest() -> str:
    """SHA-256 over the names and contents of the shipped corpus and of the code that reads it, in order of name."""
    corpus, code = str(embedded_corpus()), os.path.dirname(os.path.abspath(__file__))
    files = [os.path.join(where, name) for where, _, names in os.walk(corpus) for name in names]
    named = [(path[len(corpus) :].replace(os.sep, "/"), path) for path in files]
    named += [(f"{name} (code)", os.path.join(code, name)) for name in os.listdir(code) if name.endswith(".py")]
    total = sha256()
    for name, path in sorted(named):
        # Hundreds of small files: pathlib and buffers would take longer than all else here.
        with open(path, "rb", buffering=0) as file:
            content = file.read()
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()
