"""Tables of JSON in one SQLite file, looked up in place: a start reads no more than it is asked for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar
from weakref import finalize

from .lookup import Kept, OnDemand

__all__ = ["Table", "Tables", "open_tables", "write_tables"]

T = TypeVar("T")

Tables = Mapping[str, Mapping[str, Any]]
"""Values by table and key: nothing but dictionaries, lists, texts and numbers."""

KEPT = 4096
"""Values of a table that are kept in memory once they were read, and keys that it was found not to have."""

MAPPED = 256 * 1024 * 1024
"""The most bytes of a file that are mapped into memory."""

_SCHEMA = """
CREATE TABLE tables (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE entries (
    place INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (place, key)
) WITHOUT ROWID;
"""


class _File:
    """A file that is read from as long as any of its tables is there, and then closed."""

    def __init__(self, opened: sqlite3.Connection) -> None:
        self.execute = opened.execute
        # Not `__del__`: among objects that refer to each other the connection might go before its file.
        finalize(self, opened.close)


class Table(OnDemand[T]):
    """One table of a file, each value taken apart when it is first asked for; keys come in their order."""

    def __init__(self, file: _File, number: int, decode: Callable[[str], T]) -> None:
        self._file = file
        self._number = number
        self._decode = decode
        self.find = Kept(self._read, KEPT).__getitem__

    def _read(self, key: str) -> T | None:
        row = self._file.execute("SELECT value FROM entries WHERE place=? AND key=?", (self._number, key)).fetchone()
        return self._decode(row[0]) if row else None

    def __iter__(self) -> Iterator[str]:
        rows = self._file.execute("SELECT key FROM entries WHERE place=? ORDER BY key", (self._number,))
        return iter([key for (key,) in rows])

    def __len__(self) -> int:
        count: int = self._file.execute("SELECT count(*) FROM entries WHERE place=?", (self._number,)).fetchone()[0]
        return count


def write_tables(file: Path, tables: Tables) -> None:
    """Write tables into a new file.

    Raises:
        OSError: the file cannot be written.
    """
    file.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(file)) as opened, opened:
            opened.executescript(_SCHEMA)
            for number, (name, table) in enumerate(tables.items()):
                opened.execute("INSERT INTO tables VALUES (?, ?)", (number, name))
                rows = ((number, key, json.dumps(value, separators=(",", ":"))) for key, value in sorted(table.items()))
                opened.executemany("INSERT INTO entries VALUES (?, ?, ?)", rows)
        with closing(sqlite3.connect(file)) as opened:
            # A start reads every byte.
            opened.execute("VACUUM")
    except sqlite3.Error as error:
        raise OSError("the tables cannot be written") from error


def open_tables(file: Path, decoders: Mapping[str, Callable[[str], Any]]) -> dict[str, Table[Any]]:
    """The tables of a file; the values of some are decoded by a function of their own and not as JSON.

    Raises:
        sqlite3.Error: the file is no database, or not one of these.
    """
    # Nobody writes to it, and any thread may read.
    opened = _File(sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False))
    # Read in place, without a copy of every page: a tenth less for a first question.
    opened.execute(f"PRAGMA mmap_size={MAPPED}")
    names = opened.execute("SELECT name, number FROM tables").fetchall()
    return {name: Table(opened, number, decoders.get(name, json.loads)) for name, number in names}
