"""Streams that see to it that every request gets its answer.

The SDK drops the requests in flight when its input ends, so a client that writes its requests and
closes (`printf … | skb-mcp`) would lose answers: here the end of the input waits for them. And it
drops a line that its JSON reader refuses, so that the client would wait for ever: JavaScript cuts
strings inside a surrogate pair, and here such halves are mended before the line is read.
"""

from __future__ import annotations

import re
import sys
from contextvars import Context
from dataclasses import dataclass, field
from io import TextIOWrapper
from typing import Any, Self

import anyio

__all__ = ["Pending", "Replies", "Requests", "mended", "standard_input"]

DRAIN_SECONDS = 1.0
"""The longest that the end of the input waits: a request that was cancelled is never answered."""


_ESCAPES = re.compile(
    r"(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|\\."
)
"""The escapes of a JSON text, read from left to right so that `\\\\ud800` stays what it is."""


def mended(line: str) -> str:
    """A line of JSON in which every half of a surrogate pair is U+FFFD, the replacement character."""
    if "\\ud" not in line and "\\uD" not in line:
        return line
    return _ESCAPES.sub(lambda escape: "\\ufffd" if escape["half"] else escape[0], line)


class _Lines(TextIOWrapper):
    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]  # a text file reads text
        return mended(super().readline(size))


def standard_input() -> anyio.AsyncFile[str]:
    """Standard input as lines of UTF-8, mended."""
    return anyio.wrap_file(_Lines(sys.stdin.buffer, encoding="utf-8", errors="replace"))


@dataclass(slots=True)
class Pending:
    """The ids of the requests that were read and not yet answered."""

    ids: set[object] = field(default_factory=set)
    settled: anyio.Event = field(default_factory=anyio.Event)

    def note_request(self, item: object) -> None:
        """Remember a request; a notification has no id, and what could not be read has no message."""
        message = getattr(item, "message", None)
        request_id = getattr(message, "id", None)
        if hasattr(message, "method") and request_id is not None:
            self.ids.add(request_id)

    def note_reply(self, item: object) -> None:
        """Forget the request that a message answers."""
        message = getattr(item, "message", None)
        if message is not None and not hasattr(message, "method"):
            self.ids.discard(getattr(message, "id", None))
            self.settled.set()

    async def settle(self) -> None:
        """Wait until everything is answered, but not for ever."""
        with anyio.move_on_after(DRAIN_SECONDS):
            while self.ids:
                self.settled = anyio.Event()
                await self.settled.wait()


@dataclass(slots=True)
class _Stream:
    """A stream of the SDK (`ReadStream` or `WriteStream`), passed through."""

    inner: Any
    pending: Pending

    async def aclose(self) -> None:
        await self.inner.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class Requests(_Stream):
    """What the client sends; the end of it waits for the answers."""

    @property
    def last_context(self) -> Context | None:
        """The sender's context, which the SDK restores around a handler."""
        context: Context | None = self.inner.last_context
        return context

    async def receive(self) -> Any:  # noqa: ANN401  # whatever the SDK's transport yields
        try:
            item = await self.inner.receive()
        except anyio.EndOfStream:
            await self.pending.settle()
            raise
        self.pending.note_request(item)
        return item

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:  # noqa: ANN401  # whatever the SDK's transport yields
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None


class Replies(_Stream):
    """What the server sends; every answer settles its request."""

    async def send(self, item: object) -> None:
        await self.inner.send(item)
        self.pending.note_reply(item)
