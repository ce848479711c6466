"""How replies leave an HTTP server: each in one piece, or not at all.

uvicorn writes the head of a reply and its body one after the other. A server that is killed between the two
leaves half a reply, which a load balancer has begun to pass on and can no longer ask another replica for.
Here they are written together: what the system has taken arrives, even when the process is gone.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    # One of those that it may be, depending on what is installed; all have this interface.
    from uvicorn.protocols.http.h11_impl import H11Protocol as AutoHTTPProtocol
else:
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

__all__ = ["WholeReplies"]


class WholeReplies(AutoHTTPProtocol):
    """uvicorn's protocol, over a transport that gathers what is written."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to serve a connection."""
        super().connection_made(cast("asyncio.Transport", _Gathered(cast("asyncio.Transport", transport))))


class _Gathered:
    """A transport, passed through, that writes two pieces as one if both are given in one turn of the event loop."""

    def __init__(self, inner: asyncio.Transport) -> None:
        self._inner = inner
        self._loop = asyncio.get_running_loop()
        self._pieces: list[bytes] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever a transport has
        return getattr(self._inner, name)

    def write(self, data: bytes) -> None:
        self._pieces.append(data)
        if len(self._pieces) == 1:
            self._loop.call_soon(self._flush)
        else:
            # A head and its body are a whole reply: it does not wait for what the server does behind it.
            self._flush()

    def close(self) -> None:
        self._flush()
        self._inner.close()

    def _flush(self) -> None:
        if self._pieces:
            data = b"".join(self._pieces)
            self._pieces.clear()
            self._inner.write(data)
