"""Polite fetching of pages that are not trusted: from public addresses only, without cookies and credentials."""

from __future__ import annotations

import random
import re
import socket
from collections import defaultdict
from collections.abc import Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Any

import anyio
import httpx2
from pydantic import AwareDatetime

from . import __version__
from .errors import Severity

__all__ = ["Failure", "Page", "ProbeOptions", "Visitor"]

PARALLEL = 4
"""Requests under way at a time, to all hosts together."""
MAX_REDIRECTS = 5
SHOWN = 200
"""Characters that are kept of a title or URL from outside."""
USER_AGENT = f"skb-mcp/{__version__} (checks that cited pages still load)"


@dataclass(frozen=True, slots=True)
class ProbeOptions:
    """How politely and how patiently to fetch; times are in seconds.

    `cache` is the folder that remembers loaded pages for a week (None: the user's cache folder). A host
    gets one request at a time and a pause of `delay` behind it. `timeout` is for connecting and for each
    read, `deadline` for a request as a whole. A request is tried `tries` times (at least 1): waits double
    from `backoff`, with jitter, and neither they nor a server's Retry-After exceed `max_wait`. At most
    `max_bytes` of a page are read. Only `private_hosts` may have addresses that are not public.
    """

    cache: Path | None = None
    delay: float = 1.0
    timeout: float = 20.0
    deadline: float = 60.0
    tries: int = 3
    backoff: float = 1.0
    max_wait: float = 30.0
    max_bytes: int = 2 * 1024 * 1024
    private_hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Page:
    """A page that loaded: where permanent redirects lead (None: nowhere else), and the titles it bears."""

    moved_to: str | None
    titles: tuple[str, ...]
    at: AwareDatetime


class Failure(Exception):
    """A page that did not load; trying `again` may help, not before `after` seconds."""

    def __init__(self, reason: str, *, dead: Severity | None = None, again: bool = False, after: float = 0.0) -> None:
        super().__init__(reason)
        self.message = reason if dead else f"could not be checked: {reason}"
        self.rule = "probe-dead" if dead else "probe-unreachable"
        self.severity: Severity = dead or "warning"
        self.again = again
        self.after = after


_CHARSET = re.compile(rb"""charset\s*=\s*["']?((?:utf|iso|windows|latin|us-ascii|gb|big5|euc|shift|koi)[\w-]*)""", re.I)


async def _read_titles(response: httpx2.Response, limit: int) -> tuple[str, ...]:
    """The titles of an HTML page, as far as its first `limit` bytes hold them; of anything else none."""
    kind = response.headers.get("Content-Type", "").lower()
    body = bytearray()
    async with aclosing(response.aiter_bytes()) as chunks:
        while "html" in kind and len(body) < limit and (chunk := await anext(chunks, b"")):
            body += chunk
    charset = _CHARSET.search(kind.encode() + b" " + body[:2048])
    try:
        text = body[:limit].decode(charset[1].decode() if charset else "utf-8", errors="replace")
    except LookupError:
        text = body[:limit].decode(errors="replace")
    parser = _TitleParser()
    # Some broken declarations raise. It is never closed: a second look at the rest takes quadratic time.
    with suppress(AssertionError):
        parser.feed(text)
    return tuple(dict.fromkeys(filter(None, map(_plain, parser.found.values()))))


class _TitleParser(HTMLParser):
    """Collects the first og:title, <title> and <h1> of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {"og:title": "", "title": "", "h1": ""}
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "meta" and values.get("property") == "og:title":
            self.found["og:title"] = self.found["og:title"] or values.get("content") or ""
        elif not self.found.get(tag, tag):
            self._open = tag

    def handle_endtag(self, tag: str) -> None:
        self._open = "" if tag == self._open else self._open

    def handle_data(self, data: str) -> None:
        # Bounded, because a text comes piece by piece.
        if self._open and len(self.found[self._open]) < 2 * SHOWN:
            self.found[self._open] += f"{data} "


def _plain(text: str) -> str:
    """Text from outside on one line, printable and short."""
    line = " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one request brought: a redirect, or the titles of a page."""

    redirect: str | None = None
    permanent: bool = False
    titles: tuple[str, ...] = ()


class Visitor:
    """Fetches pages, within the limits of its options."""

    def __init__(self, options: ProbeOptions) -> None:
        self._options = options
        self._slots = anyio.CapacityLimiter(PARALLEL)
        self._turns: defaultdict[str, anyio.Lock] = defaultdict(anyio.Lock)
        self._free_at: defaultdict[str, float] = defaultdict(float)
        self._tls = httpx2.create_ssl_context()

    async def see(self, url: str) -> Page | Failure:
        """The page that a URL leads to, through redirects."""
        try:
            start = moved = here = _address(url)
            permanent = True
            for _ in range(MAX_REDIRECTS + 1):
                answer = await self._patiently(here)
                if answer.redirect is None:
                    new = None if _identity(moved) == _identity(start) else _plain(str(moved))
                    return Page(new, answer.titles, datetime.now(UTC))
                here, permanent = _address(answer.redirect), permanent and answer.permanent
                moved = here if permanent else moved
            return Failure(f"more than {MAX_REDIRECTS} redirects")
        except Failure as failure:
            return failure

    async def _patiently(self, url: httpx2.URL) -> _Answer:
        """The answer to a request, after as many tries as it takes. Nobody else bothers the host meanwhile."""
        async with self._turns[url.host]:
            for attempt in range(1, self._options.tries):
                try:
                    return await self._ask(url)
                except Failure as failure:
                    if not failure.again:
                        raise
                    await anyio.sleep(self._pause(attempt, failure.after))
            return await self._ask(url)

    def _pause(self, attempt: int, asked: float) -> float:
        """Seconds to wait behind the n-th try: exponential with jitter, or what the server asked for."""
        backoff = self._options.backoff * 2.0 ** (attempt - 1) * random.uniform(1, 2)  # noqa: S311  # no secret
        return min(max(backoff, asked), self._options.max_wait)

    async def _ask(self, url: httpx2.URL) -> _Answer:
        await anyio.sleep_until(self._free_at[url.host])
        try:
            async with self._slots:
                with anyio.fail_after(self._options.deadline):
                    return await self._fetch(url)
        except (httpx2.TimeoutException, TimeoutError):
            raise Failure("timed out", again=True) from None
        except socket.gaierror as error:
            raise _unresolved(error) from None
        except (httpx2.HTTPError, OSError) as error:
            raise Failure(f"the exchange failed ({type(error).__name__})", again=True) from None
        finally:
            self._free_at[url.host] = anyio.current_time() + self._options.delay

    async def _fetch(self, url: httpx2.URL) -> _Answer:
        guard = None if url.host in self._options.private_hosts else _Guard(url.raw_host.decode())
        timeout, headers = self._options.timeout, {"User-Agent": USER_AGENT}
        # A client for each request: no cookie and no connection is used twice.
        async with (
            httpx2.AsyncClient(verify=self._tls, headers=headers, timeout=timeout) as client,
            client.stream("GET", url, extensions={"trace": guard} if guard else None) as response,
        ):
            if response.next_request is not None:
                return _Answer(str(response.next_request.url), response.status_code in (301, 308))
            _check_status(response)
            return _Answer(titles=await _read_titles(response, self._options.max_bytes))


@dataclass(slots=True)
class _Guard:
    """Keeps a request from addresses that are not public; a "trace" extension of httpx2.

    It looks at what a name resolves to before anything connects, and, since it may resolve otherwise a second
    time, at the address connected to before anything is sent. A proxy's own address is the user's affair.
    """

    host: str
    direct: bool = True

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith("connect_tcp.started"):
            self.direct = info["host"] == self.host
            try:
                addresses = [str(row[4][0]) for row in await anyio.getaddrinfo(self.host, None)]
            except socket.gaierror:
                if self.direct:
                    raise
                addresses = []  # a proxy may know names that this machine does not
        elif event.endswith("connect_tcp.complete") and self.direct:
            addresses = [info["return_value"].get_extra_info("server_addr")[0]]
        else:
            return
        if not all(map(_is_public, addresses)):
            if "return_value" in info:
                await info["return_value"].aclose()
            raise Failure("the host has an address that is not public; not fetched")


def _is_public(address: str) -> bool:
    """Whether everyone can reach an address, or the IPv4 address that it carries (RFC 6890, RFC 6052)."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        nat64 = IPv4Address(int(ip) & 0xFFFFFFFF) if ip in IPv6Network("64:ff9b::/96") else None
        ip = nat64 or ip.ipv4_mapped or ip.sixtofour or ip
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or getattr(ip, "is_site_local", False))


def _address(url: str) -> httpx2.URL:
    """A URL as it is fetched: http or https, without credentials and fragment."""
    try:
        address = httpx2.URL(url).copy_with(userinfo=b"", fragment=None)
        address.raw_host.decode().encode("idna")  # as the resolver does it
    except (httpx2.InvalidURL, UnicodeError):
        raise Failure("not a valid URL") from None
    if address.scheme not in ("http", "https") or not address.host or (address.port or 0) > 65535:
        raise Failure("not an http or https URL")
    return address


def _identity(url: httpx2.URL) -> tuple[object, ...]:
    """What tells a URL from others: neither http or https, nor `www.`, nor a slash at the end."""
    return url.host.removeprefix("www."), url.port, url.path.rstrip("/"), url.query


def _unresolved(error: socket.gaierror) -> Failure:
    if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None)):
        return Failure("the host's name does not resolve; if others do, the page is gone", dead="warning")
    return Failure("the host's name cannot be resolved at present", again=True)


def _check_status(response: httpx2.Response) -> None:
    status = response.status_code
    if status in (404, 410):
        raise Failure(f"the page is gone: the server answers {status}", dead="error")
    if not response.is_success:
        after = _seconds(response.headers.get("Retry-After", ""))
        raise Failure(f"the server answers {status}", again=status == 429 or status >= 500, after=after)


def _seconds(retry_after: str) -> float:
    """How long a Retry-After header asks to wait, in either of its forms (RFC 9110, 10.2.3)."""
    try:
        return float(retry_after)
    except ValueError:
        with suppress(ValueError, TypeError):
            return (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()
        return 0.0
