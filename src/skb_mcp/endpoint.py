"""The MCP endpoint of an HTTP server: the SDK's transport, within limits and with grounded refusals.

The transport checks Host, Origin and headers, speaks both eras of the protocol and calls the server.
What it refuses by itself never reaches the server's middleware: here such a reply gets our words,
the caveat and a page to cite (G2), and what came with the request is screened (G4).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

import anyio
import mcp.types as types
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from .draining import mended
from .library import Library
from .limits import Disconnected, RateLimit, TooLarge, TooSlow, client_of, read_body
from .refusals import grounded

__all__ = ["Endpoint", "Refusals"]

BODY_SECONDS = 10.0
"""The longest that a request body may take to arrive."""

_STATUSES = {
    400: "the Content-Type must be application/json",
    403: "this origin is not allowed to call; --allowed-origin allows it",
    404: "there is nothing at this path; the MCP endpoint is {path}",
    405: "the MCP endpoint takes POST only; it has no sessions and no streams",
    406: "the Accept header must allow application/json",
    408: "the request body did not arrive in time",
    413: "the request body is larger than {max_body} bytes",
    421: "this server does not answer to this Host; --allowed-host adds a name",
    429: "too many requests; try again after the seconds that Retry-After says",
    500: "this request failed inside the server",
}
"""What was wrong, by HTTP status, where the transport answers without a code of the protocol."""

_CODES = {
    types.PARSE_ERROR: "the body is not JSON",
    types.INVALID_REQUEST: "the body is not one JSON-RPC request or notification",
    types.METHOD_NOT_FOUND: "this server has no such method",
    types.INVALID_PARAMS: "the request is not valid",
    types.INTERNAL_ERROR: "this request failed inside the server",
    types.HEADER_MISMATCH: "MCP-Protocol-Version, Mcp-Method and Mcp-Name must be given once, as the body has them",
    types.UNSUPPORTED_PROTOCOL_VERSION: "this server does not speak that version of the protocol",
}
"""What was wrong, by the protocol's code."""

_HEAD = 80
"""Within so many bytes a reply says what it holds, unless its id is long; nearly none need be searched to its end."""

logger = logging.getLogger(__name__)


class Refusals:
    """Composes what is answered in place of a reply: an error of JSON-RPC that is grounded."""

    def __init__(self, library: Library, path: str, max_body: int) -> None:
        self._library = library
        self._words = {status: text.format(path=path, max_body=max_body) for status, text in _STATUSES.items()}

    def response(self, status: int, headers: Mapping[str, str] | None = None) -> Response:
        """A refusal before the request was read."""
        code = types.INTERNAL_ERROR if status >= 500 else types.INVALID_REQUEST
        return self._compose(status, self._words[status], {"code": code}, headers=headers)

    def reworded(self, status: int, reply: bytes, sent: bytes) -> Response | None:
        """The transport's reply in our words; None where it is no error, or one that is grounded already."""
        head = reply[:_HEAD]
        is_result = b'"result":' in head and b'"error"' not in head
        if status < 400 and (is_result or b'"error"' not in reply):
            return None
        message = _parsed(reply)
        error = message.get("error") if isinstance(message, dict) else None
        if not isinstance(error, dict):
            # Text, from a check of headers; or a result that holds the word by chance.
            return self._compose(status, self._words.get(status, self._words[500]), {}, sent) if status >= 400 else None
        data = error.get("data")
        if isinstance(data, dict) and "citations" in data:
            return None
        by_status = self._words.get(status) if status not in (400, 404) else None
        words = by_status or _CODES.get(error["code"], _CODES[types.INVALID_PARAMS])
        return self._compose(status, words, error, sent, message.get("id"))

    def _compose(
        self,
        status: int,
        words: str,
        error: Mapping[str, Any],
        sent: bytes = b"",
        request_id: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        message, data = grounded(self._library, words, _parsed(sent) if sent else None)
        # What a client negotiates by (`supported`) stays.
        kept = error["data"] if isinstance(error.get("data"), dict) else {}
        error = {"code": error.get("code", types.INVALID_REQUEST), "message": message, "data": {**kept, **data}}
        return JSONResponse({"jsonrpc": "2.0", "id": request_id, "error": error}, status, headers)


def _parsed(text: bytes) -> Any:  # noqa: ANN401  # any JSON value
    """What a text is as JSON; else the text itself."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text.decode(errors="replace")


class Endpoint:
    """Answers POST requests, each for itself."""

    def __init__(
        self, manager: StreamableHTTPSessionManager, refusals: Refusals, limit: RateLimit | None, max_body: int
    ) -> None:
        self._manager = manager
        self._refusals = refusals
        self._limit = limit
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["method"] != "POST":
            return await self._refusals.response(405, {"Allow": "POST"})(scope, receive, send)
        if refusal := self.too_often(scope):
            return await refusal(scope, receive, send)
        try:
            body = await read_body(receive, scope["headers"], self._max_body, BODY_SECONDS)
        except TooLarge:
            return await self._refusals.response(413)(scope, receive, send)
        except TooSlow:
            return await self._refusals.response(408, {"Connection": "close"})(scope, receive, send)
        except Disconnected:
            return None
        return await self._exchange(mended(body.decode(errors="replace")).encode(), scope, receive, send)

    def too_often(self, scope: Scope) -> Response | None:
        """The refusal of a client that has used up its minute; None where it may go on."""
        wait = self._limit.wait(client_of(scope.get("client")), anyio.current_time()) if self._limit else 0
        return self._refusals.response(429, {"Retry-After": str(wait)}) if wait else None

    async def _exchange(self, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the transport answer, and say its refusals in our words."""
        start: Message | None = None
        answered = False

        async def reworded(message: Message) -> None:
            nonlocal start, answered
            if message["type"] == "http.response.start":
                start = message
                return
            refusal = start and self._refusals.reworded(start["status"], message.get("body", b""), body)
            answered = True
            if refusal:
                await refusal(scope, receive, send)
            else:
                if start:
                    await send(start)
                await send(message)
            start = None

        try:
            await self._manager.asgi_app(scope, _once(body, receive), reworded)
        except Exception as error:
            # The type alone: a message or a traceback could hold what the user typed.
            logger.error("a request failed: %s", type(error).__name__)
            if not answered:
                await self._refusals.response(500)(scope, receive, send)


def _once(body: bytes, receive: Receive) -> Receive:
    """A stream of messages that begins with a whole body."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
