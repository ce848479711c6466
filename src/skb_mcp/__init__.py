"""skb-mcp: an MCP server that gives AI assistants skincare knowledge they can trust.

    from skb_mcp import Library, build_server, load_corpus
    server = build_server(Library(load_corpus("my-corpus")))

Names are imported when they are first used, so that `import skb_mcp` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .corpus import Corpus
    from .errors import CorpusError, Finding, InvalidArguments, RequestError, SkbError, UnknownEntity
    from .library import Library
    from .loading import load_corpus
    from .server import build_server, serve_stdio

__version__ = "0.1.0"

__all__ = [
    "Corpus",
    "CorpusError",
    "Finding",
    "InvalidArguments",
    "Library",
    "RequestError",
    "SkbError",
    "UnknownEntity",
    "__version__",
    "build_server",
    "load_corpus",
    "serve_stdio",
]

_HOMES = {
    "Corpus": "corpus",
    "load_corpus": "loading",
    "Library": "library",
    "build_server": "server",
    "serve_stdio": "server",
    **dict.fromkeys(
        ("CorpusError", "Finding", "InvalidArguments", "RequestError", "SkbError", "UnknownEntity"), "errors"
    ),
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
