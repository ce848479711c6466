"""The MCP server as a client of either protocol era sees it."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.server import Server
from mcp.types import CacheableResult, PromptReference, ResourceTemplateReference

from conftest import (
    ERAS,
    META_SCHEMA,
    QUESTION,
    QUESTION_URL,
    call,
    every_resource,
    library_of,
    page,
    refusal,
    schema_faults,
)
from skb_mcp import Library, __version__, build_server, load_corpus
from skb_mcp.models import FOLDERS
from skb_mcp.replies import SearchReply
from skb_mcp.tools import TOOLS
from support import BASE, TODAY

pytestmark = pytest.mark.anyio

NAMES = ["lookup_question", "list_ingredients_for_concern", "get_sources", "search", "fetch", "list_entities"]
DAY = 24 * 60 * 60 * 1000


def dumped(result: Any) -> dict[str, Any]:
    """A result as it travels."""
    return dict[str, Any](result.model_dump(mode="json", by_alias=True, exclude_none=True))


def size(value: object) -> int:
    """Bytes of a value as compact JSON."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


# Who is there


@pytest.mark.parametrize(("mode", "version"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
async def test_both_eras_are_served_and_told_the_same(mode: str, version: str, server: Server[Any]) -> None:
    async with Client(server, mode=mode) as client:
        assert client.protocol_version == version
        info = client.server_info
        assert info
        assert (info.name, info.version, info.website_url) == ("skb-mcp", __version__, BASE)
        assert dumped(client.server_capabilities) == {
            "completions": {},
            "prompts": {"listChanged": False},
            "resources": {"listChanged": False, "subscribe": False},
            "tools": {"listChanged": False},
        }
        instructions = client.instructions or ""
    assert 0 < len(instructions.encode()) < 2048
    assert all(
        word in instructions for word in ("lookup_question", "referral", "no_match", "citations", "may_be_instead")
    )


async def test_what_never_changes_may_be_kept_for_a_day(server: Server[Any]) -> None:
    async with Client(server) as client:
        results: list[CacheableResult] = [
            await client.list_tools(),
            await client.list_prompts(),
            await client.list_resources(),
            await client.list_resource_templates(),
            await client.read_resource("skb://corpus"),
            await client.session.discover(),
        ]
    assert [(result.ttl_ms, result.cache_scope) for result in results] == [(DAY, "public")] * len(results)


# Tools


@pytest.mark.parametrize("mode", ERAS)
async def test_six_tools_are_listed_read_only_titled_and_described(mode: str, server: Server[Any]) -> None:
    async with Client(server, mode=mode) as client:
        listed = await client.list_tools()
    assert [tool.name for tool in listed.tools] == NAMES
    assert listed.next_cursor is None
    for tool in listed.tools:
        assert tool.title
        assert tool.title.lower().replace(" ", "_") != tool.name
        assert tool.annotations
        assert dumped(tool.annotations) == {
            "title": tool.title,
            "readOnlyHint": True,
            "destructiveHint": False,
            "idempotentHint": True,
            "openWorldHint": False,
        }
        assert tool.description
        assert len(tool.description) < 500
        assert any(other in tool.description for other in NAMES if other != tool.name), "no sibling is named"


async def test_a_description_says_what_it_does_then_when_to_use_it_and_what_else_to_use(server: Server[Any]) -> None:
    async with Client(server) as client:
        tools = (await client.list_tools()).tools
    assert 3 <= len(tools) <= 15
    assert len({tool.title for tool in tools}) == len(tools)
    for tool in tools:
        _, use, behaviour = re.split(r"(?<=\.) ", tool.description or "")
        when, instead = use.split("; ")
        assert when.startswith("Use "), tool.name
        assert instead.startswith(("use ", "do not use ")), tool.name
        assert any(re.search(rf"\b{other}\b", instead) for other in NAMES if other != tool.name), tool.name
        assert behaviour.endswith("."), tool.name


@pytest.mark.parametrize("mode", ERAS)
async def test_the_list_of_tools_stays_under_12_kilobytes(mode: str, server: Server[Any]) -> None:
    async with Client(server, mode=mode) as client:
        assert size(dumped(await client.list_tools())) < 12_000


async def test_every_parameter_is_described_and_bounded_and_no_other_is_taken(server: Server[Any]) -> None:
    async with Client(server) as client:
        tools = (await client.list_tools()).tools
    for tool in tools:
        schema = tool.input_schema
        assert schema["type"] == "object"
        assert schema["additionalProperties"] is False
        assert schema_faults(META_SCHEMA, schema) == []
        # The server tells the transport that no argument has a header of its own.
        assert "x-mcp-header" not in json.dumps(schema)
        for rule in schema["properties"].values():
            assert rule["description"]
            texts = [rule, *rule.get("anyOf", [])]
            assert [t for t in texts if t.get("type") == "string" and "maxLength" not in t and "enum" not in t] == []
        reply = await call(server, tool.name, dict.fromkeys(schema.get("required", []), "x") | {"verbose": True})
        assert (reply["outcome"], reply["error"]["message"]) == ("error", "an argument that this tool does not take")


@pytest.mark.parametrize("mode", ERAS)
async def test_the_advertised_schemas_are_those_that_replies_are_held_to(mode: str, server: Server[Any]) -> None:
    arguments = {
        "question": QUESTION,
        "concern": "acne marks",
        "page": QUESTION,
        "query": "niacinamide",
        "id": QUESTION_URL,
    }
    async with Client(server, mode=mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    for spec in TOOLS:
        names = [name for name in spec.params.model_fields if name in arguments]
        reply = await call(server, spec.name, {name: arguments[name] for name in names}, mode)
        schema = tools[spec.name].output_schema
        assert schema
        assert schema_faults(META_SCHEMA, schema) == []
        assert reply["outcome"] == "answer"
        assert schema_faults(schema, reply) == []
        assert set(reply) <= set(schema["properties"])


async def test_a_call_without_arguments_is_a_call_with_none(server: Server[Any]) -> None:
    async with Client(server) as client:
        listed = await client.call_tool("list_entities")
        lacking = await client.call_tool("lookup_question")
    assert listed.structured_content["outcome"] == "answer"
    assert lacking.is_error
    assert lacking.structured_content["error"]["message"] == "'question' is missing"


async def test_the_protocol_error_for_an_unknown_tool_names_the_tools(server: Server[Any]) -> None:
    error = await refusal(server, lambda client: client.call_tool("ask", {}))
    assert error
    assert all(name in error.message for name in NAMES)


class BrokenLibrary(Library):
    """A library with a fault inside, whose message holds what the user typed."""

    def search(self, query: str) -> SearchReply:
        raise RuntimeError(f"cannot search for {query}")


async def test_a_fault_inside_the_server_leaks_neither_words_nor_traceback(caplog: pytest.LogCaptureFixture) -> None:
    server = build_server(BrokenLibrary(load_corpus(), TODAY))
    with caplog.at_level(logging.DEBUG):
        reply = await call(server, "search", {"query": "zanzibarium"})
    assert reply["outcome"] == "error"
    assert reply["error"]["message"] == "this call failed inside the server"
    assert "tool search failed: RuntimeError" in caplog.text
    assert "zanzibarium" not in caplog.text + str(reply)
    assert "Traceback" not in caplog.text + str(reply)


# Resources


@pytest.mark.parametrize("mode", ERAS)
async def test_the_corpus_and_then_every_page_is_a_resource(mode: str, server: Server[Any], library: Library) -> None:
    async with Client(server, mode=mode) as client:
        first, *others = await every_resource(client)
    assert (first.uri, first.title, first.mime_type) == ("skb://corpus", "Skin Knowledge Base", "text/markdown")
    assert [(r.uri, r.name, r.title, r.description) for r in others] == [
        (page.uri, page.slug, page.title, page.summary) for page in library.pages
    ]
    assert [resource.annotations and resource.annotations.last_modified for resource in others] == [
        f"{page.date_modified}T00:00:00Z" for page in library.pages
    ]


async def test_a_resource_is_the_page_that_fetch_gives(server: Server[Any], library: Library) -> None:
    async with Client(server) as client:
        for entity in library.pages:
            (content,) = (await client.read_resource(entity.uri)).contents
            fetched = await call(server, "fetch", {"id": entity.uri})
            assert getattr(content, "text", "") == fetched["text"]


async def test_more_than_a_hundred_resources_come_in_pages(tmp_path: Path) -> None:
    pages = [page("Concern", f"spot-{n:03}", f"Spot {n}") for n in range(205)]
    async with Client(build_server(library_of(tmp_path, *pages))) as client:
        result = await client.list_resources()
        uris = [resource.uri for resource in result.resources]
        sizes = [len(uris)]
        while result.next_cursor:
            result = await client.list_resources(cursor=result.next_cursor)
            sizes.append(len(result.resources))
            uris += [resource.uri for resource in result.resources]
    assert sizes == [101, 100, 5]
    assert uris == ["skb://corpus", *(f"skb://concerns/spot-{n:03}" for n in range(205))]


async def test_exactly_a_hundred_pages_are_one_list(tmp_path: Path) -> None:
    pages = [page("Concern", f"spot-{n:03}", f"Spot {n}") for n in range(100)]
    async with Client(build_server(library_of(tmp_path, *pages))) as client:
        result = await client.list_resources()
    assert (len(result.resources), result.next_cursor) == (101, None)


async def test_a_page_without_dates_or_summary_is_a_resource_too(tmp_path: Path) -> None:
    path, text = page("Concern", "azo-marks", "Azo Marks", reviewed="")
    plain = text.replace("date_modified: 2026-11-01\n", "")
    async with Client(build_server(library_of(tmp_path, (path, plain)))) as client:
        _, resource = (await client.list_resources()).resources
        (content,) = (await client.read_resource(resource.uri)).contents
    assert dumped(resource) == {
        "uri": "skb://concerns/azo-marks",
        "name": "azo-marks",
        "title": "Azo Marks",
        "mimeType": "text/markdown",
    }
    assert "No review date is known" in getattr(content, "text", "")


@pytest.mark.parametrize("mode", ERAS)
async def test_each_kind_of_page_has_a_template(mode: str, server: Server[Any]) -> None:
    async with Client(server, mode=mode) as client:
        templates = (await client.list_resource_templates()).resource_templates
    assert [template.uri_template for template in templates] == [f"skb://{f}/{{slug}}" for f in FOLDERS.values()]
    assert all(
        template.title and template.description and template.mime_type == "text/markdown" for template in templates
    )


async def test_an_unknown_resource_is_refused_with_the_nearest_pages(server: Server[Any]) -> None:
    error = await refusal(server, lambda client: client.read_resource("skb://ingredients/niacinamid"))
    assert error
    assert f"{BASE}/ingredients/niacinamide" in error.message


# Completions


async def completed(server: Server[Any], ref: Any, name: str, value: str, mode: str = "auto") -> dict[str, Any]:
    async with Client(server, mode=mode) as client:
        result = await client.complete(ref, {"name": name, "value": value})
    return dumped(result.completion)


def template(folder: str) -> ResourceTemplateReference:
    return ResourceTemplateReference(type="ref/resource", uri=f"skb://{folder}/{{slug}}")


def prompt(name: str) -> PromptReference:
    return PromptReference(type="ref/prompt", name=name)


@pytest.mark.parametrize("mode", ERAS)
async def test_slugs_are_completed_from_their_beginning_whatever_the_case(mode: str, server: Server[Any]) -> None:
    found = await completed(server, template("concerns"), "slug", "Post-", mode)
    values = ["post-breakout-redness", "post-inflammatory-erythema", "post-waxing-bumps"]
    assert found == {"values": values, "total": 3, "hasMore": False}


async def test_every_kind_of_page_completes_to_its_own_slugs(server: Server[Any], library: Library) -> None:
    for kind, folder in FOLDERS.items():
        found = await completed(server, template(folder), "slug", "")
        assert found["values"] == [page.slug for page in library.pages if page.entity_type == kind]


async def test_a_concern_is_completed_to_its_title_and_a_question_to_nothing(server: Server[Any]) -> None:
    concerns = await completed(server, prompt("compare_ingredients"), "concern", "acne")
    questions = await completed(server, prompt("answer_skin_question"), "question", "how")
    assert concerns["values"] == ["Acne Marks"]
    assert questions == {"values": [], "total": 0, "hasMore": False}


async def test_no_more_than_a_hundred_completions_are_given_and_the_rest_is_counted(tmp_path: Path) -> None:
    pages = [page("Concern", f"spot-{n:03}", f"Spot {n:03}") for n in range(120)]
    server = build_server(library_of(tmp_path, *pages))
    found = await completed(server, template("concerns"), "slug", "spot")
    assert found == {"values": [f"spot-{n:03}" for n in range(100)], "total": 120, "hasMore": True}


@pytest.mark.parametrize(
    ("ref", "name"),
    [
        (template("rumours"), "slug"),
        (template("concerns"), "title"),
        (ResourceTemplateReference(type="ref/resource", uri="skb://concerns/acne-marks"), "slug"),
        (ResourceTemplateReference(type="ref/resource", uri="concerns/{slug}"), "slug"),
        (prompt("diagnose"), "question"),
        (prompt("compare_ingredients"), "question"),
    ],
)
async def test_what_cannot_be_completed_is_refused_with_grounds(ref: Any, name: str, server: Server[Any]) -> None:
    error = await refusal(server, lambda client: client.complete(ref, {"name": name, "value": "a"}))
    assert error
    assert error.code == -32602
    assert BASE in error.message
    assert error.data["citations"][0]["url"] == BASE


# Prompts


@pytest.mark.parametrize("mode", ERAS)
async def test_two_prompts_with_one_required_argument_each(mode: str, server: Server[Any]) -> None:
    async with Client(server, mode=mode) as client:
        prompts = (await client.list_prompts()).prompts
    arguments = {prompt.name: [(a.name, a.required) for a in prompt.arguments or []] for prompt in prompts}
    assert arguments == {"answer_skin_question": [("question", True)], "compare_ingredients": [("concern", True)]}
    assert all(p.title and p.description and (p.arguments or [])[0].description for p in prompts)


async def test_a_prompt_holds_the_request_the_words_the_rules_and_the_reply_of_the_tool(server: Server[Any]) -> None:
    async with Client(server) as client:
        answer = await client.get_prompt("answer_skin_question", {"question": QUESTION})
        comparison = await client.get_prompt("compare_ingredients", {"concern": "acne marks"})
    for result, tool, arguments in (
        (answer, "lookup_question", {"question": QUESTION, "detail": "full"}),
        (comparison, "list_ingredients_for_concern", {"concern": "acne marks"}),
    ):
        _, words, rules, reply = getattr(result.messages[0].content, "text", "").split("\n\n", 3)
        assert words in (QUESTION, "acne marks")
        assert rules.startswith("Answer only from the JSON below.")
        assert json.loads(reply) == await call(server, tool, arguments)
        assert result.description
