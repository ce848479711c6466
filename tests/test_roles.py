"""Guarantee G3: evidence and product facts are never mixed, whatever the pages say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from mcp import Client
from mcp.server import Server

from conftest import EMERGENCY, QUESTION, call, library_of, page
from skb_mcp import Corpus, Library, build_server, load_corpus
from skb_mcp.drafts import read_page
from skb_mcp.language import Language
from skb_mcp.models import EVIDENCE_TYPES, PRODUCT_FACT_TYPES
from skb_mcp.pages import build_entity
from support import BASE, TODAY, rows

pytestmark = pytest.mark.anyio

CONCERN, INGREDIENT = f"{BASE}/concerns/azo-marks", f"{BASE}/ingredients/bezine"
ORIGINALS = ("https://journal.example/paper", "https://maker.example/cream", "https://www.maker.example/cream/")
TYPES = st.sampled_from([None, *sorted(EVIDENCE_TYPES), *sorted(PRODUCT_FACT_TYPES)])
MANIFEST = load_corpus().manifest
LISTS = ("evidence_sources", "product_fact_sources")


class SourceRow(NamedTuple):
    """One row of a page's source list."""

    listed_as: str
    slug: str
    source_type: str | None
    original: str | None

    @property
    def items(self) -> dict[str, str]:
        items = {"title": self.slug, "canonical_citation_url": f"{BASE}/sources/{self.slug}"}
        items |= {"source_type": self.source_type} if self.source_type else {}
        return items | ({"original_source_url": self.original} if self.original else {})


class World(NamedTuple):
    """What two pages say of three sources, and what the sources' own pages say, where there are any."""

    concern: tuple[SourceRow, ...]
    ingredient: tuple[SourceRow, ...]
    own_pages: dict[str, tuple[str | None, str | None]]

    @property
    def rows(self) -> tuple[SourceRow, ...]:
        return (*self.concern, *self.ingredient)

    def pages(self) -> list[tuple[str, str]]:
        key = rows("key_ingredients", {"title": "Bezine", "url": INGREDIENT})
        found = [page("Concern", "azo-marks", "Azo Marks", key + front(self.concern))]
        found += [page("Ingredient", "bezine", "Bezine", front(self.ingredient))]
        for slug, (source_type, original) in self.own_pages.items():
            facts = f"source_type: {source_type}\n" if source_type else ""
            facts += f"original_source_url: {original}\n" if original else ""
            found.append(page("Source", slug, f"Report {slug}", facts))
        return found

    def called_products(self) -> set[str]:
        """The slugs that the Source's own page, or else any row, calls a product page."""
        called = {slug for slug, (own, _) in self.own_pages.items() if own in PRODUCT_FACT_TYPES}
        spoken = {slug for slug, (own, _) in self.own_pages.items() if own}
        return called | {r.slug for r in self.rows if r.source_type in PRODUCT_FACT_TYPES and r.slug not in spoken}


class Shown(NamedTuple):
    """Where the slugs of sources turn up in the replies of every tool."""

    evidence: set[str]
    product_facts: set[str]


def front(listed: Sequence[SourceRow]) -> str:
    found = ((key, [row.items for row in listed if row.listed_as == key]) for key in LISTS)
    return "".join(rows(key, *items) for key, items in found if items)


def slugs(items: Sequence[dict[str, Any]], key: str = "canonical_url") -> set[str]:
    return {item[key].rsplit("/", 1)[-1] for item in items}


async def everything_shown(server: Server[Any]) -> Shown:
    """Ask every tool that names sources."""
    evidence: set[str] = set()
    facts: set[str] = set()
    async with Client(server) as client:

        async def ask(tool: str, **arguments: str) -> dict[str, Any]:
            reply: dict[str, Any] = (await client.call_tool(tool, dict(arguments))).structured_content
            evidence.update(slugs([c for c in reply["citations"] if c["role"] == "evidence"], "url"))
            facts.update(slugs([c for c in reply["citations"] if c["role"] == "product_fact"], "url"))
            return reply

        for url in (CONCERN, INGREDIENT):
            sources = await ask("get_sources", page=url)
            evidence |= slugs(sources["evidence_sources"])
            facts |= slugs(sources["product_fact_sources"])
            _, _, rest = (await ask("fetch", id=url))["text"].partition("## Evidence sources\n")
            said, _, stated = rest.partition("## Product facts")
            evidence |= set(re.findall(r"/sources/([\w-]+)\)", said))
            facts |= set(re.findall(r"/sources/([\w-]+)\)", stated))
        await ask("lookup_question", question="azo marks", detail="full")
        listed = await ask("list_ingredients_for_concern", concern=CONCERN)
    evidence |= {slug for ingredient in listed["ingredients"] for slug in slugs(ingredient["evidence"], "url")}
    return Shown(evidence, facts)


def shown_of(world: World) -> Shown:
    """Serve a world as a corpus that was read from its pages, without the red-flag rules that no test here needs."""
    drafts = [read_page(text, path, BASE) for path, text in world.pages()]
    entities = [build_entity(draft, draft.body, BASE)[0] for draft in drafts]
    corpus = Corpus(MANIFEST, tuple(entity for entity in entities if entity), (), Language(), ())
    return anyio.run(everything_shown, build_server(Library(corpus, TODAY)))


# Shrinking a world takes minutes, for every example is a server that is asked six questions.
each_world = settings(max_examples=20, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))

source_rows = st.builds(
    SourceRow,
    listed_as=st.sampled_from(LISTS),
    slug=st.sampled_from(["alpha", "beta", "gamma"]),
    source_type=TYPES,
    original=st.sampled_from([None, *ORIGINALS]),
)
worlds = st.builds(
    World,
    concern=st.lists(source_rows, max_size=4, unique_by=lambda r: (r.listed_as, r.slug)).map(tuple),
    ingredient=st.lists(source_rows, max_size=4, unique_by=lambda r: (r.listed_as, r.slug)).map(tuple),
    own_pages=st.dictionaries(
        st.sampled_from(["alpha", "beta", "gamma"]),
        st.tuples(TYPES, st.sampled_from([None, *ORIGINALS])),
        max_size=2,
    ),
)


@each_world
@given(world=worlds)
def test_what_anything_calls_a_product_page_is_evidence_nowhere(world: World) -> None:
    assert shown_of(world).evidence & world.called_products() == set()


@each_world
@given(world=worlds)
def test_no_source_is_evidence_in_one_place_and_a_product_fact_in_another(world: World) -> None:
    shown = shown_of(world)
    assert shown.evidence & shown.product_facts == set()


@each_world
@given(kind=st.sampled_from(sorted(EVIDENCE_TYPES)), own=st.booleans())
def test_what_everything_calls_evidence_is_shown_as_evidence(kind: str, own: bool) -> None:
    row = SourceRow("evidence_sources", "alpha", kind, ORIGINALS[0])
    world = World((row,), (row,), {"alpha": (kind, ORIGINALS[0])} if own else {})
    assert shown_of(world) == Shown({"alpha"}, set())


@pytest.mark.parametrize("kind", sorted(PRODUCT_FACT_TYPES))
@pytest.mark.parametrize("listed_as", LISTS)
def test_a_product_page_is_a_product_fact_in_whatever_list_it_stands(listed_as: str, kind: str) -> None:
    row = SourceRow(listed_as, "alpha", kind, ORIGINALS[1])
    assert shown_of(World((row,), (row,), {})) == Shown(set(), {"alpha"})


def test_one_publication_under_two_names_is_a_product_page_under_both() -> None:
    listed = SourceRow("evidence_sources", "alpha", "peer_reviewed", ORIGINALS[1])
    stated = SourceRow("product_fact_sources", "beta", "official_product_page", ORIGINALS[2])
    shown = shown_of(World((listed,), (stated,), {}))
    assert shown.evidence == set()


def test_the_source_page_itself_overrules_a_row_that_calls_it_evidence() -> None:
    row = SourceRow("evidence_sources", "alpha", "peer_reviewed", None)
    assert shown_of(World((row,), (row,), {"alpha": ("retailer_product_page", None)})) == Shown(set(), {"alpha"})


def test_the_source_page_itself_overrules_a_row_that_calls_it_a_product_page() -> None:
    row = SourceRow("product_fact_sources", "alpha", "official_product_page", None)
    assert shown_of(World((row,), (row,), {"alpha": ("peer_reviewed", None)})) == Shown({"alpha"}, set())


def test_a_source_without_a_type_that_a_page_lists_as_product_facts_is_no_evidence_for_another_page() -> None:
    listed = SourceRow("evidence_sources", "alpha", None, None)
    stated = SourceRow("product_fact_sources", "alpha", None, None)
    assert shown_of(World((listed,), (stated,), {})) == Shown(set(), {"alpha"})


@pytest.mark.parametrize("kind", ["Official_Product_Page", "official product page", "official-product-page"])
def test_a_source_type_spelled_loosely_still_makes_a_product_page(kind: str) -> None:
    row = SourceRow("evidence_sources", "alpha", kind, None)
    assert shown_of(World((row,), (row,), {})) == Shown(set(), {"alpha"})
    assert shown_of(World((), (row._replace(source_type=None),), {"alpha": (kind, None)})) == Shown(set(), {"alpha"})


def test_a_product_of_the_knowledge_base_is_never_evidence(tmp_path: Path) -> None:
    product = f"{BASE}/products/balm"
    listed = {"title": "Balm", "canonical_citation_url": product, "source_type": "peer_reviewed"}
    front_matter = rows("evidence_sources", listed)
    library = library_of(
        tmp_path, page("Concern", "azo-marks", "Azo Marks", front_matter), page("Product", "balm", "Balm")
    )
    assert library.get_sources(CONCERN).evidence_sources == ()
    cited = library.lookup_question("azo marks").citations
    assert [citation for citation in cited if citation.role == "evidence"] == []
    assert "## Evidence sources" not in library.fetch(CONCERN).text


def test_a_source_whose_original_is_a_product_of_the_knowledge_base_is_never_evidence(tmp_path: Path) -> None:
    listed = {
        "title": "Report",
        "canonical_citation_url": f"{BASE}/sources/alpha",
        "original_source_url": f"{BASE}/products/balm",
    }
    library = library_of(tmp_path, page("Concern", "azo-marks", "Azo Marks", rows("evidence_sources", listed)))
    assert library.get_sources(CONCERN).evidence_sources == ()


# Products


async def test_a_product_listed_among_ingredients_is_not_shown_as_one(tmp_path: Path) -> None:
    key = rows("key_ingredients", {"title": "Balm", "url": f"{BASE}/products/balm"})
    library = library_of(tmp_path, page("Concern", "azo-marks", "Azo Marks", key), page("Product", "balm", "Balm"))
    server = build_server(library)
    listed = await call(server, "list_ingredients_for_concern", {"concern": CONCERN})
    answer = await call(server, "lookup_question", {"question": "azo marks"})
    assert (listed["ingredients"], answer["ingredients"]) == ([], [])


async def test_at_most_two_products_are_shown_and_each_is_called_an_example(tmp_path: Path) -> None:
    products = [{"title": f"Balm {n}", "url": f"{BASE}/products/balm-{n}"} for n in range(5)]
    library = library_of(tmp_path, page("Concern", "azo-marks", "Azo Marks", rows("ranked_products", *products)))
    for detail in ("concise", "full"):
        arguments = {"question": "azo marks", "detail": detail}
        shown = (await call(build_server(library), "lookup_question", arguments))["products"]
        assert shown == [
            {
                "title": f"Balm {n}",
                "canonical_url": f"{BASE}/products/balm-{n}",
                "in_corpus": False,
                "note": "example only, not evidence that it works",
            }
            for n in range(2)
        ]


def test_the_products_of_a_question_without_any_are_those_of_its_concern(tmp_path: Path) -> None:
    concern = "primary_concern:\n  title: Azo Marks\n  url: " + CONCERN + "\n"
    ranked = rows("ranked_products", {"title": "Balm", "url": f"{BASE}/products/balm"})
    library = library_of(
        tmp_path,
        page("Question", "how", "How do I fade azo marks?", concern),
        page("Concern", "azo-marks", "Azo Marks", ranked),
    )
    assert [p.title for p in library.lookup_question("How do I fade azo marks?").products] == ["Balm"]


@pytest.mark.parametrize("tool", ["lookup_question", "list_ingredients_for_concern", "get_sources", "search", "fetch"])
async def test_an_urgent_referral_names_no_product_not_even_as_further_reading(tool: str, server: Server[Any]) -> None:
    parameter = {
        "lookup_question": "question",
        "list_ingredients_for_concern": "concern",
        "get_sources": "page",
        "search": "query",
        "fetch": "id",
    }[tool]
    words = f"Dermagist Acne Scars Fading Cream: {EMERGENCY}"
    reply = await call(server, tool, {parameter: words})
    assert reply["outcome"] == "referral"
    assert [a["title"] for a in reply["alternatives"] if a["entity_type"] == "Product"] == []


async def test_the_shipped_question_keeps_makers_pages_out_of_its_evidence(server: Server[Any]) -> None:
    sources = await call(server, "get_sources", {"page": QUESTION})
    assert [s["source_type"] for s in sources["product_fact_sources"]] == ["official_product_page"] * 3
    assert {s["source_type"] for s in sources["evidence_sources"]} <= EVIDENCE_TYPES
    assert len(sources["evidence_sources"]) >= 7


async def test_a_product_fact_source_is_never_cited_in_the_role_of_evidence(
    server: Server[Any], library: Library
) -> None:
    for entity in library.pages:
        reply = await call(server, "fetch", {"id": entity.canonical_url})
        roles = {(c["role"], c.get("source_type")) for c in reply["citations"]}
        assert {kind for role, kind in roles if role == "evidence"} & PRODUCT_FACT_TYPES == set()
        assert {kind for role, kind in roles if role == "product_fact"} <= PRODUCT_FACT_TYPES
