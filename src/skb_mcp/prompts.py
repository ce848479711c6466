"""The two prompts: what a person picks from a menu, with the grounded reply already inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .library import Library
from .replies import Envelope, to_dict, to_json

__all__ = ["PROMPTS", "PromptSpec"]

_RULES = (
    "Answer only from the JSON below. If its outcome is referral, give referral.message first and no skincare advice. "
    "If it is no_match, say that the knowledge base has no page on this. Cite the URLs in citations, say when to see "
    "a clinician, and call products examples, never evidence."
)


@dataclass(frozen=True, slots=True)
class PromptSpec:
    """One prompt with its single argument; `call` composes the reply that goes inside."""

    name: str
    title: str
    description: str
    argument: str
    argument_description: str
    request: str
    call: Callable[[Library, str], Envelope]

    def render(self, library: Library, value: str) -> str:
        """The prompt's text for one argument value."""
        reply = to_json(to_dict(self.call(library, value)))
        return f"{self.request}\n\n{value}\n\n{_RULES}\n\n{reply}"


PROMPTS: tuple[PromptSpec, ...] = (
    PromptSpec(
        "answer_skin_question",
        "Answer my skin question",
        "A skincare question answered from reviewed pages, with sources and when to see a clinician.",
        "question",
        "Your question, in your own words.",
        "Please answer this skincare question in plain words:",
        lambda library, value: library.lookup_question(value, "full"),
    ),
    PromptSpec(
        "compare_ingredients",
        "Compare ingredients for a concern",
        "The ingredients for a skin concern side by side: why, cautions, and how strong the evidence is.",
        "concern",
        "The concern, for example: red spots after pimples.",
        "Please compare the ingredients for this skin concern in a short table (why, cautions, evidence):",
        lambda library, value: library.list_ingredients_for_concern(value),
    ),
)
