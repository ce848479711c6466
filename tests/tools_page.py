"""docs/tools.md, written from what the server lists and from the models of its replies.

`python tests/tools_page.py` writes it anew; a test holds it to what is written here.
"""

from __future__ import annotations

import asyncio
import builtins
import inspect
import types
import typing
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args, get_origin

from mcp import Client
from mcp.types import Prompt, ResourceTemplate, Tool
from pydantic import BaseModel

from skb_mcp import Library, build_server, load_corpus
from skb_mcp.models import ENTITY_TYPES
from skb_mcp.replies import Envelope
from skb_mcp.tools import TOOLS

PAGE = Path(__file__).parents[1] / "docs" / "tools.md"
HEAD = """\
# Tool reference

Written from the code by `python tests/tools_page.py`; a test fails when it is out of date.

All tools only read, all take no other arguments than those listed, and the same call gets the same bytes.
Each reply is one text block of compact JSON, and the same values as structured content. Everything that takes
free text is screened for red flags first: an `urgent` or `emergency` referral takes the place of the answer.
"""
OUTCOMES = """\
| outcome | what to do with it |
|---|---|
| `answer` | use it, with its citations; where `referral.level` is `prompt`, give the referral first |
| `referral` | give `referral.message` first, and no skincare advice |
| `no_match` | say that no page answers this; `alternatives` are near topics and no answers |
| `error` | the call was wrong: `error` says what is accepted, and the nearest valid values |
"""
SCALARS = {str: "text", int: "number", float: "number", bool: "true or false", date: "date"}


def written() -> str:
    """The whole page."""
    return asyncio.run(_written())


async def _written() -> str:
    async with Client(build_server(Library(load_corpus()))) as client:
        tools = (await client.list_tools()).tools
        prompts = (await client.list_prompts()).prompts
        first = (await client.list_resources()).resources[0]
        templates = (await client.list_resource_templates()).resource_templates
    parts = [HEAD, *map(_tool, tools), "## Every reply\n", _fields(Envelope), OUTCOMES, "## Values in replies\n"]
    parts += [_value(model) for model in _models()]
    parts += ["## Resources\n", _resources(f"| `{first.uri}` | {first.description} |\n", templates)]
    return "\n".join([*parts, "## Prompts\n", *map(_prompt, prompts)])


def _tool(tool: Tool) -> str:
    reply = next(spec.reply for spec in TOOLS if spec.name == tool.name)
    text = f"## `{tool.name}`\n\n**{tool.title}.** {tool.description}\n\n"
    text += "| argument | takes | |\n|---|---|---|\n"
    required = tool.input_schema.get("required", ())
    for name, rule in tool.input_schema["properties"].items():
        text += f"| `{name}` | {_takes(rule, name in required)} | {rule['description']} |\n"
    return f"{text}\nIts reply, beside what [every reply](#every-reply) carries:\n\n{_fields(reply, Envelope)}"


def _takes(rule: dict[str, Any], required: bool) -> str:
    """What an argument takes, by its schema."""
    inner = next((r for r in rule.get("anyOf", ()) if r.get("type") != "null"), rule)
    if "enum" in inner:
        said = " or ".join(f"`{choice}`" for choice in inner["enum"])
    else:
        least = inner.get("minLength")
        bounds = f"{least} to {inner['maxLength']}" if least else f"up to {inner['maxLength']}"
        said = f"text, {bounds} characters"
    default = f"; `{rule['default']}` if left out" if rule.get("default") else ""
    return said + default + ("; required" if required else "" if default else "; optional")


def _fields(model: type[BaseModel], known: type[BaseModel] | None = None) -> str:
    """The fields of a model as a table, without those of a `known` one."""
    text = "| field | holds | |\n|---|---|---|\n"
    rules = model.model_json_schema()["properties"]
    for name, info in model.model_fields.items():
        if known is None or name not in known.model_fields:
            holds = f"{_type(info.annotation)}{_bounds(rules[name])}"
            text += f"| `{name}` | {holds} | {_presence(info.annotation, name)} |\n"
    return text


def _bounds(rule: dict[str, Any]) -> str:
    inner = next((r for r in rule.get("anyOf", ()) if "maximum" in r), rule)
    if "maximum" in inner:
        return f" from {inner['minimum']:g} to {inner['maximum']:g}"
    told = [f"at {word} {rule[key]}" for key, word in (("minItems", "least"), ("maxItems", "most")) if key in rule]
    return "".join(f", {bound}" for bound in told)


def _presence(annotation: object, name: str) -> str:
    if types.NoneType not in get_args(annotation):
        return "always there"
    return "null where nothing matched" if name == "match" else "left out where there is none"


def _type(annotation: Any) -> str:
    arguments = get_args(annotation)
    match get_origin(annotation):
        case typing.Annotated:
            return _type(arguments[0])
        case typing.Literal:
            return "a kind of page" if arguments == ENTITY_TYPES else ", ".join(f"`{choice}`" for choice in arguments)
        case types.UnionType | typing.Union:
            return _type(next(a for a in arguments if a is not types.NoneType))
        case builtins.tuple:
            return f"list of {_type(arguments[0])}"
    return SCALARS.get(annotation) or f"[{annotation.__name__}](#{annotation.__name__.lower()})"


def _value(model: type[BaseModel]) -> str:
    return f"### {model.__name__}\n\n{inspect.getdoc(model)}\n\n{_fields(model)}"


def _models() -> list[type[BaseModel]]:
    """Every model inside a reply, in the order in which the tables name them."""
    found: dict[type[BaseModel], None] = {}
    replies: list[type[BaseModel]] = [*(spec.reply for spec in TOOLS), Envelope]
    for reply in replies:
        for model in _inside(reply):
            found.setdefault(model)
    return list(found)


def _inside(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for info in model.model_fields.values():
        for part in _parts(info.annotation):
            yield part
            yield from _inside(part)


def _parts(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)


def _resources(first: str, templates: list[ResourceTemplate]) -> str:
    rows = "".join(f"| `{template.uri_template}` | {template.description} |\n" for template in templates)
    return (
        "People attach resources; assistants reach the same pages with `fetch`. Slugs are completed.\n\n"
        f"| resource | gives |\n|---|---|\n{first}{rows}"
    )


def _prompt(prompt: Prompt) -> str:
    arguments = "".join(f"| `{a.name}` | {a.description} |\n" for a in prompt.arguments or ())
    table = f"| argument | takes |\n|---|---|\n{arguments}"
    return f"### `{prompt.name}`\n\n**{prompt.title}.** {prompt.description}\n\n{table}"


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
