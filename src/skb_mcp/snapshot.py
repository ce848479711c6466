"""The snapshot of the shipped corpus: what came of reading it, as tables in two files beside the package.

One is what a server of the shipped corpus needs, the other what it lends to other folders. They are used only
while the corpus and the code that reads it are byte for byte what they were, and so are the files themselves:
a seal beside them holds the SHA-256 digests of all three.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .corpus import embedded_corpus

if TYPE_CHECKING:
    from .stored import Table, Tables

__all__ = [
    "open_sealed",
    "open_snapshot",
    "shipped_seal",
    "state_of",
    "tables_of",
    "write_sealed",
    "write_snapshot_files",
]

SNAPSHOT = Path(__file__).resolve().with_name("_snapshot.sqlite")


def write_snapshot_files(tables: Tables, lent: Tables) -> tuple[Path, ...]:
    """Write the tables, those that other folders borrow, and the seal.

    Raises:
        OSError: one of the files cannot be written.
    """
    return write_sealed(dict(zip(_files(lent=True), (tables, lent), strict=True)), _digest())


def open_snapshot(*, lent: bool = False, **decoders: Callable[[str], Any]) -> Mapping[str, Table[Any]] | None:
    """The tables of the snapshot, on demand with what it lends; None where it is not there, spoilt or outdated.

    The values of the tables named by `decoders` are decoded by these, all others as JSON.
    """
    return open_sealed(_files(lent=lent), _digest, decoders)


def shipped_seal() -> str:
    """The seal of the snapshot; nothing where there is none."""
    try:
        return _seal(SNAPSHOT).read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def _files(*, lent: bool) -> list[Path]:
    return [SNAPSHOT, *([SNAPSHOT.with_stem(f"{SNAPSHOT.stem}_lent")] if lent else [])]


# Files under a seal


def write_sealed(tables: Mapping[Path, Tables], made_from: str) -> tuple[Path, ...]:
    """Write files of tables, and beside the first the seal: the digest of what they are made from, and theirs.

    Raises:
        OSError: one of the files cannot be written.
    """
    from .stored import write_tables

    for file, held in tables.items():
        write_tables(file, held)
    seal = _seal(next(iter(tables)))
    seal.write_text(" ".join([made_from, *map(_file_digest, tables)]) + "\n", encoding="ascii")
    return (*tables, seal)


def open_sealed(
    files: Sequence[Path], made_from: Callable[[], str], decoders: Mapping[str, Callable[[str], Any]]
) -> Mapping[str, Table[Any]] | None:
    """The tables of files; None where they are not what they were when they were sealed, or were made from.

    Of the files that were sealed together, these are the first.
    """
    try:
        sealed = _seal(files[0]).read_text(encoding="ascii").split()
        if sealed[: 1 + len(files)] != _digests(made_from, files):
            return None
        # A Python may be built without SQLite.
        from .stored import open_tables
    except (OSError, ValueError, ImportError):
        return None
    return {name: table for file in files for name, table in open_tables(file, decoders).items()}


def _seal(file: Path) -> Path:
    return file.with_suffix(".sha256")


def _digests(made_from: Callable[[], str], files: Iterable[Path]) -> list[str]:
    """The digests of what files are made from, and of the files themselves."""
    # Two threads: hashing a large file lets the other read hundreds of small ones.
    with ThreadPoolExecutor(1) as beside:
        of_files = beside.map(_file_digest, files)
        return [made_from(), *of_files]


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


# Tables of several things in one


def tables_of(name: str, state: Tables) -> Tables:
    """The tables of a state, under names of their own among others."""
    return {f"{name}/{table}": values for table, values in state.items()}


def state_of(tables: Mapping[str, Table[Any]], name: str) -> Tables:
    """The state whose tables were put among others under this name."""
    prefix = f"{name}/"
    return {table.removeprefix(prefix): values for table, values in tables.items() if table.startswith(prefix)}


# What the snapshot is made from


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
