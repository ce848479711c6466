"""The contract by which ChatGPT searches and reads, over the transport that it comes by: `search` and `fetch`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import Tool

from conftest import EMERGENCY, ERAS, QUESTION
from http_process import http_process

# A loopback connection is all that a test may open.
pytestmark = [pytest.mark.anyio, pytest.mark.allow_hosts(["127.0.0.1"])]

CITED = "https://skinknowledgebase.com/"
QUERIES = (
    QUESTION,
    "zits on my chin every month",
    "niacinamide",
    "is retinol safe in pregnancy",
    "benzoyl peroxide bleached my towel",
    "dark spots",
    "sunscreen spf",
    "itchy flaky patches",
    "salicylic acid cleanser",
    "aad acne causes",
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with http_process() as running:
        yield running.url


@pytest.fixture(params=ERAS)
async def client(request: pytest.FixtureRequest, url: str) -> AsyncIterator[Client]:
    async with Client(streamable_http_client(url), mode=request.param) as connected:
        yield connected


async def read(client: Client, tool: str, argument: str, value: str) -> dict[str, Any]:
    """What ChatGPT takes from a reply: the JSON in its only item, after it was seen to equal the structured content."""
    result = await client.call_tool(tool, {argument: value})
    (item,) = result.content
    assert item.type == "text"
    read: dict[str, Any] = json.loads(item.text)
    assert read == result.structured_content
    assert not result.is_error
    return read


def texts(values: dict[str, Any], *keys: str) -> bool:
    """Whether each of the keys has a text, and none of them an empty one."""
    return all(isinstance(values.get(key), str) and values[key] for key in keys)


async def listed(client: Client) -> dict[str, Tool]:
    return {tool.name: tool for tool in (await client.list_tools()).tools}


@pytest.mark.parametrize(("tool", "argument"), [("search", "query"), ("fetch", "id")])
async def test_each_tool_takes_one_text(client: Client, tool: str, argument: str) -> None:
    schema = (await listed(client))[tool].input_schema
    assert {name: rule["type"] for name, rule in schema["properties"].items()} == {argument: "string"}
    assert schema["required"] == [argument]


async def test_both_schemas_promise_what_is_read_of_a_reply(client: Client) -> None:
    tools = await listed(client)
    found, page = tools["search"].output_schema or {}, tools["fetch"].output_schema or {}
    result = found["properties"]["results"]["items"]
    assert "results" in found["required"]
    assert {"id", "title", "url"} <= set(result["required"])
    assert {"id", "title", "text", "url"} <= set(page["required"])
    assert {page["properties"][key]["type"] for key in ("id", "title", "text", "url")} == {"string"}


async def test_every_id_that_search_gives_can_be_fetched_and_cited(client: Client) -> None:
    found = {}
    for query in QUERIES:
        results = (await read(client, "search", "query", query))["results"]
        assert results, query
        for result in results:
            assert texts(result, "id", "title", "url")
            assert result["url"].startswith(CITED)
            found[result["id"]] = result
    assert len(found) > len(QUERIES)
    for id_, result in found.items():
        page = await read(client, "fetch", "id", id_)
        assert texts(page, "id", "title", "text", "url")
        assert {key: page[key] for key in ("id", "title", "url")} == {
            key: result[key] for key in ("id", "title", "url")
        }
        assert isinstance(page.get("metadata", {}), dict)


@pytest.mark.parametrize("query", ["carburettor gasket", EMERGENCY])
async def test_where_nothing_is_to_be_shown_the_results_are_an_empty_list(client: Client, query: str) -> None:
    assert (await read(client, "search", "query", query))["results"] == []
