"""What an error of the protocol says: what was wrong in our words, the caveat and a page to cite (G2).

Whatever text came with the request is screened, so that a red flag in it still gets its referral (G4).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from .errors import InvalidArguments
from .library import Library
from .replies import Envelope, to_dict
from .tools import MAX_TEXT

__all__ = ["all_text", "grounded"]

MAX_TEXTS = 100
"""The most texts of a faulty request that are screened."""


def grounded(library: Library, message: str, sent: object = None) -> tuple[str, dict[str, Any]]:
    """The message and the data of a protocol error: both carry the caveat and a page to cite.

    `message` says what is wrong, without a full stop, and never what was `sent` with the request.
    """
    problem = InvalidArguments(message, "")
    try:
        reply = library.error(Envelope, problem, all_text(sent))
    except Exception:
        # The screen itself may be what failed; the caveat and a page to cite must still arrive.
        reply = library.error(Envelope, problem)
    values = to_dict(reply)
    advice, url = values["referral"]["message"], values["citations"][-1]["url"]
    return f"{message}. {advice} {url}", {"referral": values["referral"], "citations": values["citations"]}


def all_text(sent: object) -> str:
    """Whatever text came with a faulty request, names and nested values included, so that a red flag is not lost."""
    texts: list[str] = []
    waiting = deque([sent])
    while waiting and len(texts) < MAX_TEXTS:
        value = waiting.popleft()
        if isinstance(value, str):
            texts.append(value if len(value) <= 2 * MAX_TEXT else f"{value[:MAX_TEXT]}\n\n{value[-MAX_TEXT:]}")
        elif isinstance(value, Mapping):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple):
            waiting += value
    return "\n\n".join(texts)[: 4 * MAX_TEXT]
