"""Canonical URLs: the identity of every page, read out of whatever form a link takes."""

from __future__ import annotations

import posixpath
import re
from html import unescape
from urllib.parse import unquote, urlsplit

from .models import FOLDERS, EntityType

__all__ = ["canonicalise", "decoded", "entity_type_of", "is_web_url", "mentioned"]

_TYPES: dict[str, EntityType] = {folder: kind for kind, folder in FOLDERS.items()}
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_PATH = re.compile(rf"(?<=/)({'|'.join(FOLDERS.values())})/(?:\.?/)*([a-z0-9-]+)")
_BEFORE = re.compile(r"[^\s\"'<>()\[\]]*\Z")
_INVISIBLE = re.compile(r"[\\\u00ad\u200b-\u200f\u2060\ufeff]")


def canonicalise(url: str, base: str) -> str | None:
    """The canonical form of a link to a page below `base`, or None for anything else.

    Scheme, `www.`, letter case, percent-encoding, query, fragment and a trailing slash vary in
    real links; none of them makes another page. A path (`/concerns/acne-marks`) and a resource
    URI (`skb://concerns/acne-marks`) are read as well.
    """
    text = unquote(url.strip()).lower()
    if text.startswith("skb://"):
        path = "/" + text.removeprefix("skb://")
    elif text.startswith("/") and not text.startswith("//"):
        path = text
    else:
        try:
            parts = urlsplit("https:" + text if text.startswith("//") else text)
            home = urlsplit(base)
        except ValueError:
            return None
        host = parts.netloc.removeprefix("www.").removesuffix(":443").removesuffix(":80")
        if parts.scheme not in ("http", "https") or host != home.netloc.lower():
            return None
        root = home.path.rstrip("/")
        if root and not parts.path.startswith(f"{root}/"):
            return None
        path = parts.path.removeprefix(root)
    path = posixpath.normpath("/" + re.split(r"[?#]", path, maxsplit=1)[0].lstrip("/"))
    pieces = path.strip("/").split("/")
    if len(pieces) != 2 or pieces[0] not in _TYPES or not _SLUG.match(pieces[1]):
        return None
    return f"{base.rstrip('/')}/{pieces[0]}/{pieces[1]}"


def entity_type_of(canonical_url: str) -> EntityType:
    """The kind of page a canonical URL names, told by its folder."""
    return _TYPES[canonical_url.rsplit("/", 2)[-2]]


def is_web_url(url: str) -> bool:
    """Whether `url` is an absolute http(s) URL with a host and no blanks."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not re.search(r"\s", url)


def decoded(text: str) -> str:
    """`text` in lower case without the disguises of HTML entities, percent-encoding, escapes and invisible marks."""
    for _ in range(3):
        text = unquote(unescape(text))
    return _INVISIBLE.sub("", text).lower()


def mentioned(text: str, base: str) -> set[str]:
    """Canonical URLs of every page below `base` that `text` points to, in whatever form it is written.

    It reads raw text, so nothing that a Markdown reader overlooks is overlooked here. The same
    path on another host is another page, and "products/cleansers" in prose is no path.
    """
    plain = decoded(text)
    home = urlsplit(base).netloc
    found: set[str] = set()
    for match in _PATH.finditer(plain):
        before = _BEFORE.search(plain, max(0, match.start() - 200), match.start())
        # A URL inside another (an archive's, a redirect's) is still that URL.
        start = before[0] if before else ""
        if not _host(start) or re.search(rf"(?<![\w-]){re.escape(home)}(?![\w.-])", start):
            url = canonicalise(f"/{match[1]}/{match[2].strip('-')}", base)
            found |= {url} if url else set()
    return found


def _host(before: str) -> str:
    """The host of a URL whose beginning this is; empty for a path or an `skb://` URI."""
    scheme, mark, rest = before.rpartition("//") if before.endswith("//") else before.partition("//")
    if mark:
        return "" if scheme == "skb:" else rest.partition("/")[0].rpartition("@")[2].removeprefix("www.")
    first = before.partition("/")[0]
    return first.removeprefix("www.") if "." in first.strip(".") else ""
