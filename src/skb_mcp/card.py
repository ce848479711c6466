"""What an HTTP server says of itself to those who do not speak MCP: its health, and its server card (SEP-2127)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from mcp.server import Server
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from . import __version__
from .library import Library
from .models import ENTITY_TYPES

__all__ = ["CARD_HEADERS", "SERVER_NAME", "card_response", "health_response", "serves"]

SERVER_NAME = "io.github.skb-mcp-authors/skb-mcp"
"""The name in the form of the MCP registry: who publishes the server (those whom LICENSE names), then its own name.

`io.github.fulcrai/skb-mcp` is another server, hosted by others.
"""
SCHEMA = "https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json"
MEDIA_TYPE = "application/mcp-server-card+json"
CARD_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET",
    "Access-Control-Allow-Headers": "Content-Type, If-None-Match",
    "Access-Control-Expose-Headers": "ETag",
    "Cache-Control": "public, max-age=3600",
    "Vary": "Host",
}
"""What the extension asks of a hosted card: it is public, so every web page may read it."""


def health_response(library: Library) -> JSONResponse:
    """That the server is up, and which corpus it serves: name, version and counts of the pages that it serves."""
    counts = Counter(page.entity_type for page in library.pages)
    pages: dict[str, int] = {kind: counts[kind] for kind in ENTITY_TYPES if counts[kind]}
    status = {
        "status": "ok",
        "server": {"name": "skb-mcp", "version": __version__},
        "corpus": {"name": library.manifest.name, "version": library.manifest.version},
        "pages": {"total": counts.total(), **pages},
    }
    return JSONResponse(status, headers={"Cache-Control": "no-store"})


def serves(host: str, allowed: Iterable[str]) -> bool:
    """Whether a Host header is on a list of `name`, `name:port` and `name:*` (any port).

    The transport looks only at how it begins; what becomes part of a URL must be a host and a port as a whole.
    """
    name = re.sub(r":[0-9]{1,5}\Z", ":*", host)
    return bool({host, name} & set(allowed))


def card_response(server: Server[Any], request: Request, path: str) -> Response:
    """The server card, for the host by which it was asked for; 304 where the client has it already."""
    url = f"{request.url.scheme}://{request.headers['host']}{path}"
    content = json.dumps(_card(server, url), ensure_ascii=False, indent=2).encode()
    headers = CARD_HEADERS | {"ETag": f'"{sha256(content).hexdigest()[:32]}"'}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=MEDIA_TYPE)


def _card(server: Server[Any], url: str) -> dict[str, Any]:
    versions = [*HANDSHAKE_PROTOCOL_VERSIONS, *MODERN_PROTOCOL_VERSIONS]
    return {
        "$schema": SCHEMA,
        "name": SERVER_NAME,
        "version": server.version,
        "title": server.title,
        "description": server.description,
        "websiteUrl": server.website_url,
        "remotes": [{"type": "streamable-http", "url": url, "supportedProtocolVersions": versions}],
    }
