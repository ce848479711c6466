"""The six tools as data: name, words for the model, parameters, reply and the one call behind each.

Descriptions follow one recipe: what it does; when to use it and which sibling to use instead; what
annotations cannot say.
"""

from __future__ import annotations

import builtins
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import MaxLen, MinLen
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import InvalidArguments
from .library import Library
from .models import ENTITY_TYPES, EntityType
from .replies import (
    Envelope,
    FetchReply,
    IngredientsReply,
    ListReply,
    LookupReply,
    SearchReply,
    SourcesReply,
)

__all__ = ["INSTRUCTIONS", "MAX_TEXT", "TOOLS", "ToolSpec", "read_arguments", "reply_schema", "schema_of"]

MAX_TEXT = 8000
"""The most characters of free text that a tool takes: a long post fits."""

INSTRUCTIONS = """\
Skincare knowledge from reviewed pages, each with sources to cite. It is not medical advice.

Start with lookup_question and pass on the person's own words, unshortened: they are screened for red flags.
- outcome "referral": say referral.message first and give no skincare advice, products or ingredients.
- outcome "answer": quick_answer can be quoted; cite the page and sources in citations; repeat when to see a clinician.
- referral.level "prompt": put the referral before the answer.
- outcome "no_match": say that the knowledge base has no page on this. alternatives are near topics, not answers.
Red marks, brown marks and textured scars are different things: check may_be_instead before you advise.
Products are examples at most. Evidence sources show that something works; product-fact sources never do.
Every reply has a caveat in referral.message and canonical URLs in citations: keep both in what you tell the person.
"""


class _Params(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


Words = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]


class LookupParams(_Params):
    question: Words = Field(
        description="The person's question in their own words, whole: short, misspelt or a long post."
    )
    detail: Literal["concise", "full"] = Field(
        "concise", description="concise: quick answer and key facts; full: also every section of the page."
    )


class ConcernParams(_Params):
    concern: Words = Field(
        description="A skin concern: everyday words (zit marks), title, slug, canonical URL or skb:// URI."
    )


class PageParams(_Params):
    page: Words = Field(description="A page: its title, slug, canonical URL or skb:// URI.")


class QueryParams(_Params):
    query: Words = Field(description="Words to search for, in English.")


class IdParams(_Params):
    id: Words = Field(description="A search result's id: a canonical URL. An skb:// URI or slug works too.")


class ListParams(_Params):
    entity_type: EntityType | None = Field(None, description="The kind of page; leave out for all kinds.")
    cursor: str | None = Field(None, max_length=200, description="next_cursor of the reply before; none to begin.")


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """One tool; `call` gets the library and the checked parameters."""

    name: str
    title: str
    description: str
    params: type[BaseModel]
    reply: type[Envelope]
    call: Callable[[Library, Any], Envelope]


TOOLS: tuple[ToolSpec, ...] = (
    ToolSpec(
        "lookup_question",
        "Answer a skincare question",
        "Answer a consumer's skincare question from the one reviewed page that fits it best. Use first for any "
        "question about skin, an ingredient or a product; use search to see several candidates, get_sources for the "
        "studies behind a page. Screens for red flags: outcome referral replaces the answer, no_match means that no "
        "page fits.",
        LookupParams,
        LookupReply,
        lambda library, p: library.lookup_question(p.question, p.detail),
    ),
    ToolSpec(
        "list_ingredients_for_concern",
        "Ingredients for a skin concern",
        "List the ingredients connected with one skin concern, with why, cautions and evidence for each. Use when "
        "someone asks what helps with a concern; do not use for a single ingredient or a whole question "
        "(lookup_question). Order is the page's own and no ranking of effect.",
        ConcernParams,
        IngredientsReply,
        lambda library, p: library.list_ingredients_for_concern(p.concern),
    ),
    ToolSpec(
        "get_sources",
        "Sources behind a page",
        "Get the publications behind one page, evidence and product facts in separate lists. Use when someone asks "
        "for proof or references; use lookup_question for the answer itself. A product-fact source says what a maker "
        "states and is never evidence.",
        PageParams,
        SourcesReply,
        lambda library, p: library.get_sources(p.page),
    ),
    ToolSpec(
        "search",
        "Search the pages",
        "Search all pages and return ids, titles and URLs, best first. Use to find candidates for fetch; do not use "
        "for a direct answer (lookup_question) or a full list (list_entities). Results are empty when nothing fits "
        "well or a red flag calls for a referral.",
        QueryParams,
        SearchReply,
        lambda library, p: library.search(p.query),
    ),
    ToolSpec(
        "fetch",
        "Read a whole page",
        "Fetch one page as Markdown with its citation on top and its caveat at the end. Use with an id from search or "
        "a canonical URL from any reply; use lookup_question when a short answer will do. An unknown id is an error "
        "that names the nearest pages.",
        IdParams,
        FetchReply,
        lambda library, p: library.fetch(p.id),
    ),
    ToolSpec(
        "list_entities",
        "Browse the pages",
        "List the pages, 50 at a time, of one kind or of all. Use to see what is covered; do not use to answer a "
        "question (lookup_question) or to find a topic (search). Order is fixed: by kind, then by URL.",
        ListParams,
        ListReply,
        lambda library, p: library.list_entities(p.entity_type, p.cursor),
    ),
)


def read_arguments(spec: ToolSpec, arguments: dict[str, Any] | None) -> BaseModel:
    """The checked parameters of a call.

    Raises:
        InvalidArguments: says which known argument is wrong and what the tool takes; never what was sent.
    """
    try:
        return spec.params.model_validate(arguments or {})
    except ValidationError as error:
        faults = dict.fromkeys(_fault(fault["type"], fault["loc"], spec) for fault in error.errors(include_input=False))
        raise InvalidArguments("; ".join(faults), _accepted(spec)) from None


def _fault(kind: str, loc: tuple[int | str, ...], spec: ToolSpec) -> str:
    name = str(loc[0]) if loc else ""
    if name not in spec.params.model_fields:
        return "an argument that this tool does not take"
    reasons = {
        "missing": "is missing",
        "string_too_short": "is empty",
        "string_too_long": "is too long",
        "string_type": "must be a text",
    }
    return f"'{name}' {reasons.get(kind, 'has a value that is not accepted')}"


def _accepted(spec: ToolSpec) -> str:
    return "; ".join(_describe(name, rule) for name, rule in schema_of(spec.params)["properties"].items())


def _describe(name: str, rule: dict[str, Any]) -> str:
    choices = rule.get("enum") or next((r["enum"] for r in rule.get("anyOf", ()) if "enum" in r), None)
    if choices:
        return f"{name}: one of {', '.join(choices)}"
    return f"{name}: text of 1 to {MAX_TEXT} characters" if rule.get("minLength") else f"{name}: text or nothing"


@cache
def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a tool's parameters, without the titles that pydantic derives from names."""
    schema = model.model_json_schema()
    schema.pop("title", None)
    for rule in schema["properties"].values():
        rule.pop("title", None)
    return schema


def reply_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a reply, small enough that the whole tool list stays light to read.

    Every top-level field is there. The referral, the citations and the tool's own payload tell the
    fields that they always have; what every tool shares beside them is told by its type alone.
    Fields without a value are left out of replies, so only `match` can be null; two branches say that, as
    clients exist that take one type at a time. (pydantic's own generator takes 25 ms for six replies, a
    twentieth of a cold start, and writes twice the text.)
    """
    fields = {name: _light(info.annotation, name not in _SHARED) for name, info in model.model_fields.items()}
    for name, info in model.model_fields.items():
        fields[name] |= {_LIMITS[type(rule)]: _limit(rule) for rule in info.metadata if type(rule) in _LIMITS}
    fields["match"] = {"anyOf": [fields["match"], {"type": "null"}]}
    always = [name for name, info in model.model_fields.items() if name == "match" or not _nullable(info.annotation)]
    return {"type": "object", "properties": fields, "required": always}


_SHARED = ("error", "match", "alternatives", "reviewed")
_LIMITS: dict[type, str] = {MinLen: "minItems", MaxLen: "maxItems"}
_SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean", date: "string"}


def _limit(rule: MinLen | MaxLen) -> int:
    return rule.min_length if isinstance(rule, MinLen) else rule.max_length


def _light(annotation: Any, inside: bool) -> dict[str, Any]:  # noqa: ANN401  # a type form is no type
    """The schema of a field's type; an object tells the fields it always has only when it is looked `inside`."""
    arguments = get_args(annotation)
    match get_origin(annotation):
        case typing.Annotated:
            return _light(arguments[0], inside)
        case typing.Literal if arguments == ENTITY_TYPES:
            return {"type": "string"}
        case typing.Literal:
            return {"enum": list(arguments)}
        case types.UnionType | typing.Union:
            return _light(next(a for a in arguments if a is not types.NoneType), inside)
        case builtins.tuple:
            return {"type": "array", "items": _light(arguments[0], inside)}
    if annotation in _SCALARS:
        return {"type": _SCALARS[annotation]}
    light: dict[str, Any] = {"type": "object"}
    fields = {name: info.annotation for name, info in annotation.model_fields.items() if info.is_required()}
    always = {name: kind for name, kind in fields.items() if not _nullable(kind)}
    if inside and always:
        light["properties"] = {name: _light(kind, False) for name, kind in always.items()}
        light["required"] = list(always)
    return light


def _nullable(annotation: Any) -> bool:  # noqa: ANN401  # a type form is no type
    return types.NoneType in get_args(annotation)
