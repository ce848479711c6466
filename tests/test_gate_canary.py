"""Guarantee G1, as a whole: nothing that stands in an ineligible page comes out of a server.

Every field of every ineligible page holds words of its own that no other text holds. Eligible pages
point to these pages in every way there is. Then everything is asked that a client can ask.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.shared.exceptions import MCPError
from mcp.types import PromptReference, ResourceTemplateReference

from skb_mcp.cli import main
from skb_mcp.library import Library
from skb_mcp.loading import load_corpus
from skb_mcp.models import ENTITY_TYPES, FOLDERS, EntityType
from skb_mcp.server import build_server
from support import (
    BASE,
    NOT_ELIGIBLE,
    TODAY,
    few_shipped,
    link_row,
    page,
    pointers,
    rows,
    shipped,
    source_row,
    url,
    write,
)

MARK = "zqv"
"""Every secret begins with it, and nothing else holds it: a part of a secret is found as well as a whole."""

ERAS = ("auto", "legacy")
ASKED_FOR = 3
"""How many of the hidden pages are asked for by name; all of them are looked for in every answer."""


def secret(number: int, field: str) -> str:
    """A word of no language, its own for every page and field."""
    digest = sha256(f"{number} {field}".encode()).digest()
    return MARK + "".join("aeiou"[b % 5] if n % 2 else "bdfgklmnprst"[b % 12] for n, b in enumerate(digest[:7]))


# Pages that may not be seen


@dataclass(frozen=True)
class Hidden:
    """An ineligible page; `way` is how it came to be one."""

    number: int
    kind: EntityType
    way: str

    def word(self, field: str) -> str:
        return secret(self.number, field)

    @property
    def title(self) -> str:
        return f"{self.word('title one').title()} {self.word('title two')}"

    @property
    def slug(self) -> str:
        return f"{self.word('slug one')}-{self.word('slug two')}"

    @property
    def url(self) -> str:
        return url(self.kind, self.slug)

    @property
    def file(self) -> str:
        """Where its URL cannot be read, a page lies where its URL says."""
        if self.way in ("no header", "no URL", "another site", "not text", "NUL"):
            return f"{FOLDERS[self.kind]}/{self.slug}.md"
        return f"{self.word('folder')}/{self.word('file')}.{'txt' if self.number % 2 else 'md'}"

    def text(self, eligible: str | None = "false") -> str:
        word = self.word
        ways = {
            "no URL": "~",
            "another site": f"https://{word('site')}.example/{FOLDERS[self.kind]}/{self.slug}",
            "http": self.url.replace("https", "http"),
            "capitals": self.url.upper(),
        }
        return page(
            self.kind,
            self.slug,
            self.title,
            eligible=eligible,
            keys=self.keys(),
            body=self.body(),
            canonical=ways.get(self.way),
        )

    def keys(self) -> str:
        word = self.word
        texts = "entity_id summary question_type brand product_type publisher unknown_key".split()
        keys = "".join(f"{key}: {word(key)}\n" for key in texts)
        keys += f"search_aliases:\n  - {word('alias')}\n  - best {word('other alias')}\n"
        keys += f"source_type: peer_reviewed\noriginal_source_url: https://{word('host')}.example/{word('path')}\n"
        keys += rows(
            "key_ingredients", link_row("Ingredient", word("ingredient slug"), word("ingredient"), why=word("why"))
        )
        keys += rows("ranked_products", link_row("Product", word("product slug"), word("product")))
        keys += rows(
            "cautions", {"topic": word("topic"), "text": f"{word('caution')}.", "source": url("Source", word("cs"))}
        )
        original = f"https://{word('source host')}.example/{word('source path')}"
        keys += rows("evidence_sources", source_row(word("source slug"), word("source"), original, "peer_reviewed"))
        facts = source_row(
            word("fact slug"), word("fact"), f"https://{word('fact host')}.example", "official_product_page"
        )
        keys += rows("product_fact_sources", facts)
        return keys + f"primary_concern:\n  title: {word('concern')}\n  url: {url('Concern', word('concern slug'))}\n"

    def body(self) -> str:
        word = self.word
        return (
            f"# {self.title}\n\n## Quick Answer\n\n{word('quick answer')} helps.\n\n## {word('heading')}\n\n"
            f"Red spots after pimples and {word('body')}.\n\n## When to get help\n\n- {word('point')}\n\n"
            f"## Related Entities\n\n- [{word('related')}]({url('Ingredient', word('related slug'))})\n"
        )

    def files(self) -> dict[str, str | bytes]:
        if self.way == "twin":
            twin = f"{self.word('twin')}.md"
            return {twin: self.text("true"), self.file: self.text(), f"z{twin}": self.text("true")}
        return {self.file: self.content()}

    def content(self) -> str | bytes:
        if self.way in NOT_ELIGIBLE:
            return self.text(NOT_ELIGIBLE[self.way])
        plain = self.text()
        spoilt: dict[str, str | bytes] = {
            "no header": self.body(),
            "open header": plain.replace("---\n\n", "\n"),
            "not text": self.text("true").encode() + b"\xff",
            "NUL": self.text("true") + "\0",
            "windows": b"\xef\xbb\xbf" + plain.replace("\n", "\r\n").encode(),
            "machinery": plain.replace("summary: ", "summary: !!str "),
            "wrong kind": plain.replace("entity_type: ", f"entity_type: {self.word('kind')}"),
            "body": self.text(None) + "\nmcp_eligible: true\n",
        }
        return spoilt.get(self.way, plain)

    def asked(self) -> list[str]:
        """What somebody who knows of the page would ask for."""
        word = self.word
        names = [self.title, self.slug, self.url, f"skb://{FOLDERS[self.kind]}/{self.slug}", self.file]
        return [
            *names,
            self.title[:-2],
            f"Does {self.title} help?",
            word("alias"),
            word("body"),
            word("ingredient slug"),
        ]


WAYS = (
    "no header",
    "open header",
    "not text",
    "NUL",
    "windows",
    "machinery",
    "wrong kind",
    "twin",
    "body",
    "no URL",
    "another site",
    "http",
    "capitals",
    *NOT_ELIGIBLE,
)

# Pages that may


@dataclass(frozen=True)
class Kept:
    """An eligible page with blocks and header rows that point to ineligible ones."""

    kind: EntityType
    blocks: tuple[str, ...] = ()
    front: tuple[Hidden, ...] = ()

    @property
    def slug(self) -> str:
        return f"kept-{FOLDERS[self.kind].removesuffix('s')}"

    @property
    def title(self) -> str:
        return f"Kept {self.kind} About Red Spots"

    @property
    def url(self) -> str:
        return url(self.kind, self.slug)

    def sentence(self, number: int) -> str:
        return f"Sentence {number} of the {self.kind} has no link and stays."

    def text(self) -> str:
        paragraphs = [f"# {self.title}\n\n## Quick Answer\n\nAn answer that stays.", self.sentence(0)]
        for number, block in enumerate(self.blocks, 1):
            paragraphs += [block, self.sentence(number)]
        paragraphs.append(f"## The end\n\nSee [Absent Thing]({url('Ingredient', 'absent-thing')}) too.")
        return page(self.kind, self.slug, self.title, keys=self.keys(), body="\n\n".join(paragraphs) + "\n")

    def keys(self) -> str:
        """Every key that can hold a link, with a good row before and behind the bad ones."""
        links: dict[str, list[dict[str, str]]] = {
            "key_ingredients": [link_row("Ingredient", "absent-thing", "Absent Thing", why="It stays.")],
            "ranked_products": [],
            "evidence_sources": [
                source_row("absent-source", "Absent Source", "https://journal.example/1", "peer_reviewed")
            ],
            "product_fact_sources": [],
            "cautions": [{"topic": "sun", "text": "This warning stays."}],
        }
        mapping = ""
        for n, hidden in enumerate(self.front):
            form = (
                hidden.url,
                hidden.url.upper(),
                hidden.url.replace("https://", "http://www."),
                f"{hidden.url}/?a=b#c",
            )[n % 4]
            row = {"title": hidden.title, "url": form, "why": hidden.word("a reason")}
            match hidden.kind:
                case "Ingredient":
                    links["key_ingredients"].append(row)
                case "Product":
                    links["ranked_products"].append(row)
                    mapping = f"ranked_product:\n  title: {hidden.title}\n  url: {form}\n"
                case "Concern" if self.kind == "Question":
                    mapping = f"primary_concern:\n  title: {hidden.title}\n  url: {form}\n"
                case "Source":
                    original = f"https://{hidden.word('host')}.example/{hidden.word('path')}"
                    source = source_row("", hidden.title, original, "peer_reviewed", canonical=form)
                    links["evidence_sources" if n % 2 else "product_fact_sources"].append(source)
                    links["cautions"].append({"topic": "eye_area", "text": "Ask.", "source": form})
            link = f"[{hidden.title}]({form})"
            links["cautions"].append({"text": f"Not with {link}."})
            links["key_ingredients"].append(
                link_row("Ingredient", f"absent-{n}", f"Absent {n}", why=f"Better than {link}.")
            )
        aliases = [f"red spots {FOLDERS[self.kind]}", *(f"{h.url} {n}" for n, h in enumerate(self.front))]
        summary = " ".join(["A summary that stays.", *(f"Read [{h.title}]({h.url}) first." for h in self.front)])
        keys = f"summary: {summary}\naliases:\n" + "".join(f"  - {alias}\n" for alias in aliases)
        return keys + mapping + "".join(rows(key, *items) for key, items in links.items() if items)


@dataclass(frozen=True)
class Case:
    """A folder of both."""

    hidden: tuple[Hidden, ...]
    kept: tuple[Kept, ...]

    def files(self) -> dict[str, str | bytes]:
        files: dict[str, str | bytes] = {}
        for hidden in self.hidden:
            files |= hidden.files()
        # Some files come before the hidden ones in order of name, some behind.
        return files | {f"{'az'[n % 2]}-{kept.slug}.md": kept.text() for n, kept in enumerate(self.kept)}


def block(hidden: Hidden, way: str) -> str:
    return pointers(hidden.title, hidden.url, hidden.file)[way]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    kinds = draw(st.lists(st.sampled_from(ENTITY_TYPES), min_size=1, max_size=3))
    hidden = tuple(Hidden(n, kind, draw(st.sampled_from(WAYS))) for n, kind in enumerate(kinds))
    ways = st.lists(
        st.tuples(st.sampled_from(hidden), st.sampled_from(sorted(pointers("", BASE + "/a/b", "")))), max_size=8
    )
    kept = tuple(
        Kept(
            kind,
            tuple(block(h, way) for h, way in draw(ways)),
            tuple(draw(st.lists(st.sampled_from(hidden), max_size=3))),
        )
        for kind in ENTITY_TYPES
    )
    return Case(hidden, kept)


# Everything that can be asked

Request = tuple[str, Callable[[Client], Awaitable[Any]]]


def tool(name: str, **arguments: object) -> Request:
    return f"{name} {arguments}", lambda client: client.call_tool(name, arguments)


def resource(uri: str) -> Request:
    return f"resource {uri}", lambda client: client.read_resource(uri)


def resources(cursor: str | None = None) -> Request:
    return f"resources {cursor}", lambda client: client.list_resources(cursor=cursor)


def prompt(name: str, **arguments: str) -> Request:
    return f"{name} {arguments}", lambda client: client.get_prompt(name, arguments)


def completion(ref: ResourceTemplateReference | PromptReference, argument: str, prefix: str) -> Request:
    asked = {"name": argument, "value": prefix}
    return f"complete {ref} {prefix}", lambda client: client.complete(ref, asked)


def tool_requests(asked: str) -> Iterator[Request]:
    yield tool("lookup_question", question=asked)
    yield tool("lookup_question", question=asked, detail="full")
    yield tool("list_ingredients_for_concern", concern=asked)
    yield tool("get_sources", page=asked)
    yield tool("search", query=asked)
    yield tool("fetch", id=asked)


def list_requests(words: list[str]) -> Iterator[Request]:
    yield "tools", lambda client: client.list_tools()
    yield "prompts", lambda client: client.list_prompts()
    yield "templates", lambda client: client.list_resource_templates()
    yield resources()
    yield tool("list_entities")
    for kind in ENTITY_TYPES:
        yield tool("list_entities", entity_type=kind)
    for word in words:
        yield tool("list_entities", entity_type=word)
        yield tool("list_entities", cursor=word)
        yield tool("search", query="red spots", **{word: word})
        yield tool("lookup_question", question="red spots", detail=word)
        yield tool(word)
        yield resources(word)
        yield resource(word)
        yield prompt(word)


def completion_requests(prefixes: list[str]) -> Iterator[Request]:
    for prefix in ["", "k", "kept-", MARK, *prefixes]:
        for folder in FOLDERS.values():
            yield completion(ResourceTemplateReference(uri=f"skb://{folder}/{{slug}}"), "slug", prefix)
        yield completion(PromptReference(name="compare_ingredients"), "concern", prefix)
        yield completion(PromptReference(name="answer_skin_question"), "question", prefix)


def prompt_requests(case: Case) -> Iterator[Request]:
    """A prompt repeats what it was given, so it is given nothing that is secret."""
    for asked in ("red spots", *(name for kept in case.kept for name in (kept.title, kept.url))):
        yield prompt("answer_skin_question", question=asked)
        yield prompt("compare_ingredients", concern=asked)


def requests(case: Case) -> Iterator[Request]:
    asked_for = case.hidden[:: max(1, len(case.hidden) // ASKED_FOR)][:ASKED_FOR]
    names = [name for hidden in asked_for for name in hidden.asked()]
    for asked in dict.fromkeys([*names, MARK, "red spots", *(kept.title for kept in case.kept)]):
        yield from tool_requests(asked)
    for kept in case.kept:
        yield from list(tool_requests(kept.url))[2:]
    yield from list_requests([case.hidden[0].title, case.hidden[-1].slug])
    yield resource("skb://corpus")
    yield from (resource(f"skb://{FOLDERS[kept.kind]}/{kept.slug}") for kept in case.kept)
    yield from (resource(f"skb://{FOLDERS[hidden.kind]}/{hidden.slug}") for hidden in case.hidden)
    yield from completion_requests([part for h in asked_for for part in (h.slug, h.slug[:5], h.title, h.title[:4])])
    yield from prompt_requests(case)


async def answers(client: Client, case: Case) -> dict[str, str]:
    """Every answer as JSON, errors too, by what was asked."""
    found = {"hello": json.dumps([str(client.server_info), str(client.instructions), str(client.server_capabilities)])}
    for name, request in requests(case):
        try:
            answer = await request(client)
            found[name] = answer.model_dump_json()
        except MCPError as error:
            found[name] = json.dumps([str(error), error.error.model_dump(mode="json")], ensure_ascii=False)
    return found


def leaks(found: dict[str, str]) -> list[str]:
    """What was asked, with the place where a secret came out."""
    places = ((name, text, text.lower().find(MARK)) for name, text in found.items())
    return [f"{name}: …{text[max(0, at - 120) : at + 60]}…" for name, text, at in places if at >= 0]


def ask_everything(case: Case, mode: str) -> dict[str, str]:
    """All that a server over a folder with these pages says, and all that it logs."""

    async def run(library: Library) -> dict[str, str]:
        async with Client(build_server(library), mode=mode) as client:
            return await answers(client, case)

    logged: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: logged.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("skb_mcp").addHandler(handler)
    try:
        with tempfile.TemporaryDirectory() as name, shipped(few_shipped()):
            corpus = load_corpus(write(Path(name), case.files()))
        found = anyio.run(run, Library(corpus, today=TODAY))
    finally:
        logging.getLogger("skb_mcp").removeHandler(handler)
    logged += map(str, corpus.public_findings)
    return found | {"the log": "\n".join(logged)}


def assert_nothing_else_is_lost(case: Case, found: dict[str, str]) -> None:
    """The gate does not pass by serving nothing."""
    for kept in case.kept:
        text = json.loads(found[f"fetch {{'id': '{kept.url}'}}"])["structured_content"]["text"]
        assert "An answer that stays." in text
        for number in range(len(kept.blocks) + 1):
            assert kept.sentence(number) in text, (
                f"{kept.sentence(number)} was lost behind {kept.blocks[max(0, number - 1)]!r}"
            )
        assert f"See [Absent Thing]({url('Ingredient', 'absent-thing')}) too." in text
        full = found[f"lookup_question {{'question': '{kept.title}', 'detail': 'full'}}"]
        assert "An answer that stays." in full
    listed = json.loads(found["list_entities {}"])["structured_content"]
    assert listed["total"] == len(case.kept)
    concern = next(kept for kept in case.kept if kept.kind == "Concern")
    assert url("Ingredient", "absent-thing") in found[f"list_ingredients_for_concern {{'concern': '{concern.url}'}}"]
    assert "It stays." in found[f"list_ingredients_for_concern {{'concern': '{concern.url}'}}"]
    assert "Absent Source" in found[f"get_sources {{'page': '{concern.url}'}}"]


@pytest.mark.parametrize("mode", ERAS)
@settings(
    deadline=None,
    max_examples=6,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    # A leak says by itself where it is; making its corpus smaller would take minutes.
    phases=[Phase.reuse, Phase.generate],
)
@given(case=cases())
def test_nothing_of_an_ineligible_page_comes_out(mode: str, case: Case) -> None:
    found = ask_everything(case, mode)
    assert leaks(found) == []
    assert_nothing_else_is_lost(case, found)


KINDS_AND_WAYS = [(ENTITY_TYPES[n % len(ENTITY_TYPES)], way) for n, way in enumerate(WAYS)]


def everyone(ways: list[tuple[EntityType, str]]) -> Case:
    """A page hidden in each of these ways; every way to point to a page is used for one of them."""
    hidden = tuple(Hidden(n, kind, way) for n, (kind, way) in enumerate(ways))
    blocks = [block(hidden[n % len(hidden)], way) for n, way in enumerate(pointers("", BASE + "/a/b", ""))]
    kept = tuple(
        Kept(kind, tuple(blocks[n :: len(ENTITY_TYPES)]), tuple(hidden[n :: len(ENTITY_TYPES)]))
        for n, kind in enumerate(ENTITY_TYPES)
    )
    return Case(hidden, kept)


@pytest.mark.parametrize("mode", ERAS)
def test_nothing_comes_out_where_every_kind_of_page_is_hidden_in_every_way(mode: str) -> None:
    case = everyone(KINDS_AND_WAYS)
    found = ask_everything(case, mode)
    assert leaks(found) == []
    assert_nothing_else_is_lost(case, found)


@pytest.mark.parametrize("mode", ERAS)
def test_no_page_of_a_long_list_and_no_count_tells_of_a_hidden_page(tmp_path: Path, mode: str) -> None:
    files: dict[str, str | bytes] = {
        f"p{n:03}.md": page("Ingredient", f"i{n:03}", f"Ingredient {n}") for n in range(120)
    }
    for number in range(60):
        files |= Hidden(number, "Ingredient", "false").files()
    library = Library(load_corpus(write(tmp_path, files)), today=TODAY)

    async def run() -> tuple[list[Any], list[Any]]:
        async with Client(build_server(library), mode=mode) as client:
            lists, resources = [await client.call_tool("list_entities", {})], [await client.list_resources()]
            while cursor := (lists[-1].structured_content or {}).get("next_cursor"):
                lists.append(await client.call_tool("list_entities", {"cursor": cursor}))
            while cursor := resources[-1].next_cursor:
                resources.append(await client.list_resources(cursor=cursor))
            return lists, resources

    lists, resources = anyio.run(run)
    assert MARK not in "".join(result.model_dump_json() for result in (*lists, *resources)).lower()
    assert [len(result.structured_content["entities"]) for result in lists] == [50, 50, 20]
    assert {result.structured_content["total"] for result in lists} == {120}
    assert [len(result.resources) for result in resources] == [101, 20]
    assert "- Ingredient: 120\n" in library.overview()


# The real process


def test_a_server_process_says_and_logs_nothing_of_a_hidden_page(tmp_path: Path) -> None:
    case = everyone(KINDS_AND_WAYS)
    folder = write(tmp_path / "corpus", case.files())
    log = tmp_path / "log"

    async def run() -> dict[str, str]:
        arguments = ["-m", "skb_mcp", "serve", "--corpus", str(folder)]
        with log.open("w") as errors:
            transport = stdio_client(StdioServerParameters(command=sys.executable, args=arguments), errlog=errors)
            async with Client(transport) as client:
                return await answers(client, case)

    assert leaks(anyio.run(run)) == []
    assert MARK not in log.read_text().lower()
    assert "6 pages of local unversioned" in log.read_text()


@pytest.mark.parametrize("arguments", [[], ["--strict"]])
def test_a_server_that_refuses_to_start_names_no_hidden_page(tmp_path: Path, arguments: list[str]) -> None:
    """What it writes ends up in a log of the client."""
    files = everyone(KINDS_AND_WAYS).files()
    folder = write(tmp_path, {name: text for name, text in files.items() if arguments or "-kept-" not in name})
    command = [sys.executable, "-m", "skb_mcp", "serve", "--corpus", str(folder), *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: this corpus cannot be served: ")
    assert MARK not in done.stderr.lower()


def test_a_question_at_the_terminal_finds_no_hidden_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = everyone(KINDS_AND_WAYS)
    folder = write(tmp_path, case.files())
    for asked in (case.hidden[0].title, case.hidden[1].url, case.kept[0].title):
        for option in ("--full", "--json"):
            assert main(["ask", asked, "--corpus", str(folder), option]) == 0
    shown = capsys.readouterr()
    assert "An answer that stays." in shown.out
    assert MARK not in (shown.out + shown.err).lower()
