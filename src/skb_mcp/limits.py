"""What one client may ask of an HTTP server: how much at once, how slowly, how often."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address

import anyio
from starlette.types import Receive

__all__ = ["Disconnected", "RateLimit", "TooLarge", "TooSlow", "client_of", "read_body"]

MAX_CLIENTS = 10_000
"""The most clients that are remembered; the one that was silent longest is forgotten first."""


class TooLarge(Exception):
    """A request body beyond the limit."""


class TooSlow(Exception):
    """A request body that did not arrive in time."""


class Disconnected(Exception):
    """The client has gone before its request was read."""


async def read_body(receive: Receive, headers: Iterable[tuple[bytes, bytes]], limit: int, seconds: float) -> bytes:
    """A request's body, of at most `limit` bytes, that arrives within `seconds`.

    Raises:
        TooLarge, TooSlow, Disconnected: as they say; what was declared too large is not read at all.
    """
    if any(name == b"content-length" and int(value) > limit for name, value in headers if value.isdigit()):
        raise TooLarge
    body = bytearray()
    with anyio.move_on_after(seconds):
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise Disconnected
            body += message.get("body", b"")
            if len(body) > limit:
                raise TooLarge
            if not message.get("more_body", False):
                return bytes(body)
    raise TooSlow


class RateLimit:
    """So many requests a minute for each client, all of them at once if need be.

    It is the generic cell rate algorithm: for each client one number, the time at which what was asked so
    far is spread out evenly (ITU-T I.371, annex A; with one minute as its tolerance).
    """

    def __init__(self, per_minute: int) -> None:
        self._interval = 60 / per_minute
        self._spread: OrderedDict[str, float] = OrderedDict()

    def wait(self, client: str, now: float) -> int:
        """Whole seconds, rounded up, until the client may ask again; 0: this request may pass, and counts."""
        spread = max(self._spread.get(client, now), now)
        late = spread + self._interval - now - 60
        if late > 1e-6:  # not the rounding of a float
            return math.ceil(late)
        self._spread[client] = spread + self._interval
        self._spread.move_to_end(client)
        if len(self._spread) > MAX_CLIENTS:
            self._spread.popitem(last=False)
        return 0


def client_of(address: tuple[str, int] | None) -> str:
    """Who asks: an IPv4 address, or the /64 network of an IPv6 one, since a household has all of that."""
    host = address[0] if address else ""
    try:
        ip = ip_address(host)
    except ValueError:
        return host
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(IPv6Address(int(ip) >> 64 << 64)) if isinstance(ip, IPv6Address) else host
