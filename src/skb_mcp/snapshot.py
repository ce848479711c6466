"""The snapshot of the shipped corpus: what came of reading it, as tables in a file beside the package.

It is used only while the corpus and the code that reads it are byte for byte what they were, and so
is the file itself: a seal beside it holds the SHA-256 digests of both.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .corpus import embedded_corpus

if TYPE_CHECKING:
    from .stored import Table, Tables

__all__ = ["open_snapshot", "state_of", "tables_of", "write_tables_and_seal"]

SNAPSHOT = Path(__file__).resolve().with_name("_snapshot.sqlite")


def write_tables_and_seal(tables: Tables) -> tuple[Path, Path]:
    """Write the tables and their seal.

    Raises:
        OSError: one of the files cannot be written.
    """
    from .stored import write_tables

    write_tables(SNAPSHOT, tables)
    seal = SNAPSHOT.with_suffix(".sha256")
    seal.write_text(_seal(), encoding="ascii")
    return SNAPSHOT, seal


def open_snapshot(**decoders: Callable[[str], Any]) -> Mapping[str, Table[Any]] | None:
    """The tables of the snapshot; None where there is none, or one that is spoilt or outdated.

    The values of the tables named by `decoders` are decoded by these, all others as JSON.
    """
    try:
        if SNAPSHOT.with_suffix(".sha256").read_text(encoding="ascii") != _seal():
            return None
        # A Python may be built without SQLite.
        from .stored import open_tables
    except (OSError, ValueError, ImportError):
        return None
    return open_tables(SNAPSHOT, decoders)


def tables_of(name: str, state: Tables) -> Tables:
    """The tables of a state, under names of their own among others."""
    return {f"{name}/{table}": values for table, values in state.items()}


def state_of(tables: Mapping[str, Table[Any]], name: str) -> Tables:
    """The state whose tables were put among others under this name."""
    prefix = f"{name}/"
    return {table.removeprefix(prefix): values for table, values in tables.items() if table.startswith(prefix)}


def _seal() -> str:
    """The digests of the snapshot and of what it is made from."""
    with SNAPSHOT.open("rb") as snapshot:
        return f"{file_digest(snapshot, 'sha256').hexdigest()} {_digest()}\n"


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
