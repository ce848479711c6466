"""What can go wrong, and how it is said.

The exception tree::

    SkbError                  anything this package raises on purpose
    ├── CorpusError           a corpus that cannot be served; carries every finding
    ├── SettingsError         settings of a client that cannot be found, read or changed (in `splicing`)
    └── RequestError          a request that a smarter caller could fix
        ├── InvalidArguments  an argument is missing, unknown or out of bounds
        └── UnknownEntity     nothing eligible answers to that name, slug or URL

A fault in a file is no exception: it is a `Finding`, collected with its address, so that
one bad page never costs the good ones. Messages never repeat what a user typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["CorpusError", "Finding", "InvalidArguments", "RequestError", "Severity", "SkbError", "UnknownEntity"]

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One fault in one file.

    `path` is relative to the corpus folder, `line` is 1-based, `rule` is a stable kebab-case id.
    An `error` keeps the page out of the corpus (but for a source that is gone, which only `--probe`
    can know); a `warning` does not. `public` says whether the
    finding may be shown outside the author's own tools: only a page known to be eligible may be
    named on a server's log (guarantee G1).
    """

    path: str
    line: int
    rule: str
    message: str
    severity: Severity = "error"
    public: bool = False

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message} ({self.rule})"


class SkbError(Exception):
    """Anything this package raises on purpose."""


class CorpusError(SkbError):
    """A corpus that cannot be served; `findings` lists every fault, not just the first."""

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings


class RequestError(SkbError):
    """A request that a smarter caller could fix.

    `message` says what is wrong, `accepted` what would do, `nearest` the closest valid values;
    none of them repeats the caller's words.
    """

    def __init__(self, message: str, accepted: str, nearest: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.accepted = accepted
        self.nearest = nearest


class InvalidArguments(RequestError):
    """An argument is missing, unknown or out of bounds."""


class UnknownEntity(RequestError):
    """Nothing eligible answers to that name, slug or URL."""
