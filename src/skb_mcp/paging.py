"""Cursors of `list_entities`: opaque to callers, checked when they come back."""

from __future__ import annotations

import base64
import binascii

from .errors import InvalidArguments
from .models import EntityType

__all__ = ["cursor_for", "offset_of"]


def cursor_for(entity_type: EntityType | None, offset: int) -> str:
    """The cursor of the page that begins at an offset."""
    return base64.urlsafe_b64encode(f"{entity_type or ''}:{offset}".encode()).decode()


def offset_of(cursor: str | None, entity_type: EntityType | None, offsets: range) -> int:
    """Where the page of a cursor begins, one of `offsets`; 0 without a cursor.

    Raises:
        InvalidArguments: the cursor was not given for this kind of page, or for this corpus.
    """
    if cursor is None:
        return 0
    try:
        kind, _, offset = base64.urlsafe_b64decode(cursor).decode().partition(":")
        if kind == (entity_type or "") and int(offset) in offsets and cursor_for(entity_type, int(offset)) == cursor:
            return int(offset)
    except (binascii.Error, ValueError):
        pass
    accepted = "the next_cursor of an earlier reply for the same entity_type, or nothing for the first page"
    raise InvalidArguments("the cursor is not valid", accepted)
