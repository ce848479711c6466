"""How a question is put: what to do, what something is, or which of two? The patterns are ours, read off questions."""

from __future__ import annotations

import re

__all__ = ["asks", "compares", "defines"]

_ASKS = re.compile(
    r"\b(?:how|why|what (?:can|should|do|could|to|helps?|works?)|can|could|should|does|do|is|are|will|help|keep|my|i"
    r"|i'm|im|ive|i've|get rid|remove|fade|treat|stop|fix|prevent|best|get|reduce|minimi[sz]e|shrink|clear|lighten|calm"
    r"|soothe|heal|improve|avoid)\b|\?",
    re.IGNORECASE,
)
_DEFINES = re.compile(
    r"^\W*(?:so,? |but |ok |however,? |hi,? |and )*(?:what(?:'s| is| are|s| exactly is| exactly are| the heck are"
    r"| the heck is)\b(?! (?:the best|causing|wrong|happening|better|good|going|it like|to |my |up |in |this|that|your"
    r"|the (?:right|difference|most|deal|point)))|define)"
    r"|\b(?:meaning|definition|explained|what does .{2,40} mean|mean to have)\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"\b(?:vs|versus|differences? between|(?:difference|different) from|compar(?:e|ed|es|ing|ison)|instead of|than)\b",
    re.IGNORECASE,
)


def asks(text: str) -> bool:
    """Whether a text asks why, or what to do, and not what something is."""
    return bool(_ASKS.search(text)) and not defines(text)


def defines(text: str) -> bool:
    """Whether a text asks what something is."""
    return bool(_DEFINES.search(text))


def compares(text: str) -> bool:
    """Whether a text holds one thing against another."""
    return bool(_COMPARES.search(text))
