"""The server over Streamable HTTP: an ASGI application, and uvicorn to run it.

Both protocol eras are served without sessions and in JSON, so any replica can answer any request:

    uvicorn --factory skb_mcp.http:create_app --workers 4

The SDK's transport checks Host and Origin and speaks the protocol. Around it stands what it leaves
open: limits on what one client may ask, refusals that are grounded like every other reply (G2), and
a log that holds nobody's words.
"""

from __future__ import annotations

import gc
import logging
import os
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import uvicorn
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .card import CARD_HEADERS, card_response, health_response, serves
from .delivery import WholeReplies
from .endpoint import Endpoint, Refusals
from .library import Library
from .limits import RateLimit
from .loading import load_corpus
from .logs import ACCESS, log_requests, quiet_logging
from .server import build_server

__all__ = ["HttpOptions", "create_app", "listen", "run", "url_of"]

MCP = "/mcp"
HEALTH = "/health"
CARD = "/server-card"

KEEP_ALIVE_SECONDS = 75
"""How long an idle connection is kept: longer than load balancers do (60 s), so that they are the ones to close."""
GRACE_SECONDS = 15
"""The longest that a server that was told to stop waits for requests in flight."""
BACKLOG = 2048
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_PATH = re.compile(r"/|(/[A-Za-z0-9._~-]+)+")
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(:([0-9]{1,5}|\*))?")
_ORIGIN = re.compile(rf"[a-z][a-z0-9+.-]*://{_HOST.pattern}")


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How to serve. Loopback names and origins are always allowed, others only when they are listed.

    `path` is that of the MCP endpoint. `allowed_hosts` are names as in a Host header, with a port or without
    (then any port will do); `allowed_origins` are those of web pages that may call (`https://app.example.com`;
    `:*` at the end stands for any port). `rate_limit` is in requests a minute for each client, 0 for no limit;
    `max_body` in bytes.

    Raises:
        ValueError: says which option is wrong, and what it takes.
    """

    path: str = MCP
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    rate_limit: int = 0
    max_body: int = 1024 * 1024

    def __post_init__(self) -> None:
        if not _PATH.fullmatch(self.path) or self.path == HEALTH:
            raise ValueError(f"the path is one like /mcp, without a slash at its end, and not {HEALTH}")
        if not all(_HOST.fullmatch(host) for host in self.allowed_hosts):
            raise ValueError(
                "an allowed host is a name in lower case without scheme and path, such as skin.example.com, "
                "skin.example.com:8443 or [2001:db8::1]"
            )
        if not all(_ORIGIN.fullmatch(origin) for origin in self.allowed_origins):
            raise ValueError("an allowed origin is a scheme with a host in lower case, such as https://app.example.com")
        if self.rate_limit < 0 or self.max_body <= 0:
            raise ValueError("the rate limit is a number of requests a minute, 0 for none; max_body one of bytes")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """The options that SKB_MCP_PATH, _ALLOWED_HOSTS, _ALLOWED_ORIGINS (lists with commas) and _RATE_LIMIT set.

        Raises:
            ValueError: as above.
        """
        path, hosts, origins, rate = (
            _setting(environment, f"SKB_MCP_{name}")
            for name in ("PATH", "ALLOWED_HOSTS", "ALLOWED_ORIGINS", "RATE_LIMIT")
        )
        if rate and not rate.isdecimal():
            raise ValueError("SKB_MCP_RATE_LIMIT is a number of requests a minute, 0 for none")
        return cls(path or MCP, _listed(hosts), _listed(origins), int(rate or 0))

    @property
    def security(self) -> TransportSecuritySettings:
        """What the SDK's transport accepts; its lists take `:*` for any port."""
        names = (*_LOOPBACK, *self.allowed_hosts)
        ported = [f"{name}:*" for name in names if not _HOST.fullmatch(name)[2]]  # type: ignore[index]  # checked above
        origins = [f"http://{name}" for name in _LOOPBACK]
        origins += [f"{origin}:*" for origin in origins]
        return TransportSecuritySettings(
            allowed_hosts=[*names, *ported], allowed_origins=[*origins, *self.allowed_origins]
        )


def _setting(environment: Mapping[str, str], name: str) -> str:
    """A variable's value; an unexpanded ${…} of whoever starts the server means none."""
    value = environment.get(name, "").strip()
    return "" if value.startswith("${") else value


def _listed(value: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in value.split(",") if item.strip())


def create_app(library: Library | None = None, options: HttpOptions | None = None) -> Starlette:
    """The ASGI application: the MCP endpoint, its server card below it, and /health.

    Without arguments it is a factory for an ASGI server: SKB_MCP_CORPUS names the corpus folder, the other
    variables are those of `HttpOptions.from_environment`, and the log is kept free of what people write.

    Raises:
        CorpusError: the corpus cannot be served.
        ValueError: a variable has a value that is not accepted.
    """
    if library is None:
        quiet_logging("mcp")
        log_requests()
        library = Library(load_corpus(_setting(os.environ, "SKB_MCP_CORPUS") or None))
        # What was loaded stays; a collection that walks over it would stop a reply for some 10 ms.
        gc.freeze()
    options = options or HttpOptions.from_environment(os.environ)
    return _Site(library, options).app()


class _Site:
    """What answers at the paths of the application."""

    def __init__(self, library: Library, options: HttpOptions) -> None:
        self._server = build_server(library)
        self._path = options.path
        self._security = options.security
        self._health = health_response(library)
        self._refusals = Refusals(library, options.path, options.max_body)
        self._manager = StreamableHTTPSessionManager(
            self._server,
            json_response=True,
            stateless=True,
            security_settings=self._security,
            max_request_body_size=options.max_body,
        )
        limit = RateLimit(options.rate_limit) if options.rate_limit else None
        self._endpoint = Endpoint(self._manager, self._refusals, limit, options.max_body)

    def app(self) -> Starlette:
        card = self._path.rstrip("/") + CARD
        cors = _CrossOrigin(
            self._endpoint,
            allow_origin_regex="|".join(map(_pattern, self._security.allowed_origins)),
            allow_methods=["POST"],
            allow_headers=["*"],
            expose_headers=["Retry-After"],
        )
        app = Starlette(
            routes=[
                Route(self._path, cors),
                Route(card, self._card, methods=["GET", "OPTIONS"]),
                Route(HEALTH, self._up),
            ],
            exception_handlers={404: self._unknown_path},
            middleware=[Middleware(_AccessLog, paths=frozenset({self._path, card, HEALTH}))],
            lifespan=lambda _: self._manager.run(),
        )
        # A redirect would repeat a Host header that nobody has checked.
        app.router.redirect_slashes = False
        return app

    async def _up(self, _: Request) -> Response:
        return self._health

    async def _card(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=CARD_HEADERS)
        if refusal := self._endpoint.too_often(request.scope):
            return refusal
        if not serves(request.headers.get("host", ""), self._security.allowed_hosts):
            return self._refusals.response(421)
        return card_response(self._server, request, self._path)

    async def _unknown_path(self, _: Request, __: Exception) -> Response:
        return self._refusals.response(404)


class _CrossOrigin(CORSMiddleware):
    """CORS for web pages: clients that are none send no Origin, and POST has no answer that differs by it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from_a_page = any(name == b"origin" for name, _ in scope["headers"])
        await (super().__call__ if from_a_page else self.app)(scope, receive, send)


def _pattern(origin: str) -> str:
    """A regular expression for an allowed origin, for CORS."""
    return re.escape(origin.removesuffix(":*")) + (":[0-9]+" if origin.endswith(":*") else "")


class _AccessLog:
    """Logs method, path, status and milliseconds of every request; `paths` are those that may be named."""

    def __init__(self, app: ASGIApp, paths: frozenset[str]) -> None:
        self._app = app
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not ACCESS.isEnabledFor(logging.INFO):
            return await self._app(scope, receive, send)
        status = 0
        began = time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            took = (time.perf_counter() - began) * 1000
            method = scope["method"] if scope["method"] in METHODS else "-"
            path = scope["path"].removeprefix(scope.get("root_path", ""))
            ACCESS.info("%s %s %d %.1f ms", method, path if path in self._paths else "-", status, took)


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on every address of a host; port 0 takes a free one.

    Raises:
        OSError: there is no such host, or the port is taken or not allowed.
        UnicodeError: no host can have that name.
    """
    sockets: list[socket.socket] = []
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    try:
        for family, kind, _, _, address in dict.fromkeys(found):
            # asyncio switches Nagle's algorithm off only where the protocol is named; left on, replies wait 40 ms.
            sockets.append(socket.socket(family, kind, socket.IPPROTO_TCP))
            _bind(sockets[-1], str(address[0]), sockets[0].getsockname()[1] if len(sockets) > 1 else port)
    except OSError:
        for listening in sockets:
            listening.close()
        raise
    return sockets


def _bind(listening: socket.socket, host: str, port: int) -> None:
    if os.name == "posix":
        # A server that was just stopped leaves its port in use for a while; elsewhere this option means another thing.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if listening.family == socket.AF_INET6:
        listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listening.bind((host, port))
    listening.listen(BACKLOG)


def url_of(listening: socket.socket, options: HttpOptions) -> str:
    """The URL of the MCP endpoint on a socket that listens."""
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{options.path}"


def run(app: Starlette, sockets: list[socket.socket]) -> None:
    """Serve until told to stop (SIGTERM, SIGINT), then finish the requests in flight; logs to standard error."""
    log_requests()
    config = uvicorn.Config(
        app,
        http=WholeReplies,
        lifespan="on",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    uvicorn.Server(config).run(sockets)
