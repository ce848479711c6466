"""How a question is put: what to do, what something is, or which of two? The patterns are ours, read off questions."""

from __future__ import annotations

import re
from functools import cache

__all__ = ["asks", "compares", "defines", "is_about_it"]

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
_IT = r"(?:it|this|that|they|them|these|those|(?:this|the|that) (?:product|one|stuff|thing))"
_POINTING = re.compile(r"\b(?:it|this|that|they|them|these|those|product|one|stuff|thing)\b", re.IGNORECASE)
_LINK = r"(?:and|so|but|also|then|ok|or)"
_WHOSE = r"(?:i|you|we|one|he|she|my \w+|can|could|should|do|does|to|still|also|really|even|just|safely)"
MOST_ABOUT_IT = 14
"""Longer questions say what they are about."""


def asks(text: str) -> bool:
    """Whether a text asks why, or what to do, and not what something is."""
    return bool(_ASKS.search(text)) and not defines(text)


def defines(text: str) -> bool:
    """Whether a text asks what something is."""
    return bool(_DEFINES.search(text))


def compares(text: str) -> bool:
    """Whether a text holds one thing against another."""
    return bool(_COMPARES.search(text))


@cache
def _about_it() -> re.Pattern[str]:
    # Made for the first question that may need it: most never do, and the first answer of a server waits for it.
    return re.compile(
        # "can I use it with retinol", "how often should I apply this"
        rf"^\W*(?:{_LINK},? )*(?:can|could|should|may|must|do|how (?:often|long|much|soon)|when|where)(?: {_WHOSE})*"
        rf" (?:use|apply|put|mix|combine|layer|wear|leave|pair|store|open|take) {_IT}\b"
        # "is it suitable for sensitive skin"; "is it good to …" and "is it bad if …" tell what they are about
        rf"|^\W*(?:{_LINK},? )*(?:is|are) {_IT} (?:really |also |any )?"
        r"(?:suitable|safe|good|ok|okay|fine|right|worth it)\b"
        r"(?!.*\b(?:to|if|when|that|\w+ing)\b)"
        # "does it help with acne", "how long does it take to work"
        rf"|^\W*(?:{_LINK},? )*(?:does|do|will|how (?:long|soon|fast|well) (?:does|do|will)) {_IT}"
        r" (?:really |also )?(?:work|help|contain|smell|sting|expire|come in|take to work|last)\b"
        r"(?! (?:to|if|when|that)\b)",
        re.IGNORECASE,
    )


def is_about_it(text: str) -> bool:
    """Whether a short question is about "it" or "this", and does not say what that is: what it names is beside it."""
    if len(text.split()) > MOST_ABOUT_IT or not _POINTING.search(text):
        return False
    return bool(_about_it().search(text))
