"""How pages hang together, and what a source may be used for (guarantee G3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skb_mcp.graph import MAX_PRODUCTS, Graph, all_links
from skb_mcp.models import (
    EVIDENCE_TYPES,
    PRODUCT_FACT_TYPES,
    Concern,
    Entity,
    EntityType,
    Ingredient,
    Link,
    Question,
    Source,
    SourceRef,
    SourceRole,
)
from support import url

BUMPS = url("Concern", "razor-bumps")


def link(kind: EntityType, slug: str, title: str = "", why: str | None = None) -> Link:
    return Link(title=title or slug, url=url(kind, slug), why=why)


def ref(slug: str, original: str | None = None, kind: str | None = None, title: str = "") -> SourceRef:
    return SourceRef(title=title or slug, canonical_url=url("Source", slug), original_url=original, source_type=kind)


def concern(slug: str = "razor-bumps", title: str = "Razor Bumps", **more: tuple[Link | SourceRef, ...]) -> Concern:
    return Concern.model_validate({"title": title, "canonical_url": url("Concern", slug), "path": "x.md", **more})


def question(slug: str, title: str, about: Link | None = None, **more: tuple[Link | SourceRef, ...]) -> Question:
    values = {"title": title, "canonical_url": url("Question", slug), "path": "x.md", "primary_concern": about, **more}
    return Question.model_validate(values)


def ingredient(slug: str, title: str, **more: tuple[Link | SourceRef, ...]) -> Ingredient:
    return Ingredient.model_validate({"title": title, "canonical_url": url("Ingredient", slug), "path": "x.md", **more})


def source(slug: str, kind: str | None = None, original: str | None = None, title: str = "") -> Source:
    return Source(
        title=title or slug,
        canonical_url=url("Source", slug),
        path="x.md",
        source_type=kind,
        original_source_url=original,
    )


def cited(pages: Iterable[Entity], page: Entity) -> tuple[list[str], list[str]]:
    """The slugs of a page's (evidence, product facts)."""
    graph = Graph(pages)
    evidence, facts = (graph.sources(page, role) for role in get_args(SourceRole))
    return [r.canonical_url.rpartition("/")[2] for r in evidence], [r.canonical_url.rpartition("/")[2] for r in facts]


# Roles (G3)


def test_a_source_keeps_the_role_it_is_listed_in_where_nothing_contradicts() -> None:
    page = concern(evidence_sources=(ref("trial"), ref("guide", kind="other")), product_fact_sources=(ref("label"),))
    assert cited([page], page) == (["trial", "guide"], ["label"])


@pytest.mark.parametrize("kind", sorted(PRODUCT_FACT_TYPES))
def test_a_product_page_that_is_listed_as_evidence_is_none(kind: str) -> None:
    page = concern(evidence_sources=(ref("label", kind=kind),))
    assert cited([page], page) == ([], ["label"])


@pytest.mark.parametrize("kind", sorted(EVIDENCE_TYPES))
def test_a_source_page_decides_over_the_rows_about_it(kind: str) -> None:
    for row_kind in (None, *sorted(EVIDENCE_TYPES | PRODUCT_FACT_TYPES)):
        page = concern(evidence_sources=(ref("trial", kind=row_kind),))
        other = concern("other", "Other", product_fact_sources=(ref("trial", kind=row_kind),))
        pages: list[Entity] = [page, other, source("trial", kind)]
        assert cited(pages, page) == (["trial"], [])
        assert cited(pages, other) == (["trial"], [])


@pytest.mark.parametrize("kind", sorted(PRODUCT_FACT_TYPES))
def test_a_source_page_that_says_product_is_one_wherever_it_is_listed(kind: str) -> None:
    page = concern(evidence_sources=(ref("label", kind="peer_reviewed"),))
    pages: list[Entity] = [page, source("label", kind)]
    assert cited(pages, page) == ([], ["label"])
    assert Graph(pages).source_role(source("label", kind)) == "product_fact"


def test_a_source_without_a_page_is_a_product_page_once_any_page_says_so() -> None:
    page = concern(evidence_sources=(ref("label", kind="peer_reviewed"),))
    other = concern("other", "Other", product_fact_sources=(ref("label", kind="official_product_page"),))
    assert cited([page], page) == (["label"], [])
    assert cited([page, other], page) == ([], ["label"])


def test_a_row_that_is_listed_as_a_product_fact_is_one_on_every_page() -> None:
    """Even where no row gives a type."""
    page = concern(evidence_sources=(ref("label"),))
    other = concern("other", "Other", product_fact_sources=(ref("label"),))
    assert cited([page, other], page) == ([], ["label"])
    assert cited([page, other], other) == ([], ["label"])


@pytest.mark.parametrize("kind", [None, "peer_reviewed", "official_product_page"])
def test_no_source_stands_in_both_lists_of_a_page(kind: str | None) -> None:
    page = concern(evidence_sources=(ref("label", kind=kind),), product_fact_sources=(ref("label", kind=kind),))
    assert cited([page], page) == ([], ["label"])


def test_an_original_that_one_source_page_calls_a_product_page_is_one_under_every_name() -> None:
    twin = source("trial", "peer_reviewed", "https://brand.example/lotion")
    label = source("label", "official_product_page", "http://www.brand.example/Lotion/#top")
    page = concern(evidence_sources=(ref("trial"), ref("bare", "https://brand.example/lotion"), ref("good")))
    assert cited([page, twin, label], page) == (["good"], ["trial"])
    assert Graph([twin, label]).source_role(twin) == "product_fact"


def test_an_untyped_row_on_a_makers_site_is_no_evidence() -> None:
    label = source("label", "official_product_page", "https://brand.example/lotion")
    page = concern(
        evidence_sources=(ref("study", "https://brand.example/our-study"), ref("trial", "https://j.example/1"))
    )
    assert cited([page, label], page) == (["trial"], ["study"])


def test_a_site_that_holds_evidence_too_is_not_a_makers_alone() -> None:
    label = source("label", "manufacturer_clinical_data", "https://shared.example/label")
    other = concern("o", "O", evidence_sources=(ref("typed", "https://shared.example/t", "peer_reviewed"),))
    page = concern(evidence_sources=(ref("study", "https://shared.example/study"),))
    assert cited([page, other, label], page) == (["study"], [])


def test_a_wrong_original_in_a_row_does_not_overrule_the_source_page() -> None:
    """What a source may be used for is decided once, and never by the page that cites it alone."""
    trial = source("trial", "peer_reviewed", "https://j.example/1")
    label = source("label", "official_product_page", "https://brand.example/lotion")
    page = concern(evidence_sources=(ref("trial", "https://brand.example/lotion"),))
    other = concern("other", "Other", evidence_sources=(ref("trial", "https://j.example/1"),))
    pages: list[Entity] = [trial, label, page, other]
    assert cited(pages, page) == (["trial"], [])
    assert cited(pages, other) == (["trial"], [])


def test_a_source_page_cites_itself_first_in_its_own_role() -> None:
    trial, label = source("trial", "peer_reviewed", "https://j.example/1"), source("label", "retailer_product_page")
    assert cited([trial, label], trial) == (["trial"], [])
    assert cited([trial, label], label) == ([], ["label"])


# What is counted


def test_evidence_is_counted_by_original() -> None:
    refs = (
        ref("one", "https://j.example/1"),
        ref("two", "http://www.J.example/1/"),
        ref("three", "https://j.example/1#results"),
        ref("four", "https://j.example/1?page=2"),
        ref("five"),
        ref("five"),
        ref("six"),
    )
    page = concern(evidence_sources=refs)
    assert cited([page], page) == (["one", "four", "five", "six"], [])


def test_the_source_page_gives_title_original_and_type() -> None:
    page = concern(evidence_sources=(ref("trial", "https://j.example/old", "other", "Old title"),))
    trial = source("trial", "peer_reviewed", "https://j.example/1", "The Trial")
    assert Graph([page, trial]).sources(page, "evidence") == (
        ref("trial", "https://j.example/1", "peer_reviewed", "The Trial"),
    )


def test_what_the_source_page_leaves_out_comes_from_the_row() -> None:
    page = concern(evidence_sources=(ref("trial", "https://j.example/1", "peer_reviewed", "Old title"),))
    assert Graph([page, source("trial", title="The Trial")]).sources(page, "evidence") == (
        ref("trial", "https://j.example/1", "peer_reviewed", "The Trial"),
    )


NAMES = st.sampled_from("abcd")
ORIGINALS = st.none() | st.sampled_from(
    ["https://j.example/1", "http://www.j.example/1/", "https://j.example/2", "https://brand.example/1"]
)
KINDS = st.none() | st.sampled_from(["peer_reviewed", "other", "official_product_page", "manufacturer_clinical_data"])
REFS = st.lists(st.builds(ref, NAMES, ORIGINALS, KINDS), max_size=4).map(tuple)
PAGES = st.tuples(
    st.builds(concern, st.just("one"), st.just("One"), evidence_sources=REFS, product_fact_sources=REFS),
    st.builds(concern, st.just("two"), st.just("Two"), evidence_sources=REFS, product_fact_sources=REFS),
    st.lists(st.builds(source, NAMES, KINDS, ORIGINALS), max_size=3, unique_by=lambda s: s.canonical_url),
)


@settings(deadline=None, max_examples=300)
@given(PAGES)
def test_evidence_and_product_facts_never_mix(drawn: tuple[Concern, Concern, list[Source]]) -> None:
    one, two, sources = drawn
    pages: list[Entity] = [one, two, *sources]
    graph = Graph(pages)
    evidence = {r.canonical_url for page in pages for r in graph.sources(page, "evidence")}
    facts = {r.canonical_url for page in pages for r in graph.sources(page, "product_fact")}
    assert evidence.isdisjoint(facts)
    assert not any(s.canonical_url in evidence for s in sources if s.source_type in PRODUCT_FACT_TYPES)
    assert not any(r.source_type in PRODUCT_FACT_TYPES for page in pages for r in graph.sources(page, "evidence"))


@settings(deadline=None, max_examples=100)
@given(PAGES)
def test_no_source_is_lost_between_the_two_roles(drawn: tuple[Concern, Concern, list[Source]]) -> None:
    one, two, sources = drawn
    graph = Graph([one, two, *sources])
    for page in (one, two):
        listed = (*page.evidence_sources, *page.product_fact_sources)
        shown = [*graph.sources(page, "evidence"), *graph.sources(page, "product_fact")]
        assert {r.canonical_url for r in shown} <= {r.canonical_url for r in listed}
        assert bool(shown) == bool(listed)


# Products


def test_at_most_two_products_are_shown_in_the_pages_order() -> None:
    page = concern(ranked_products=tuple(link("Product", slug) for slug in "cab"))
    assert MAX_PRODUCTS == 2
    assert [p.title for p in Graph([page]).products(page)] == ["c", "a"]


def test_a_question_without_products_has_those_of_its_concern() -> None:
    about = link("Concern", "razor-bumps")
    bumps = concern(ranked_products=(link("Product", "a"), link("Product", "b"), link("Product", "c")))
    plain, own = question("q", "Q", about), question("r", "R", about, ranked_products=(link("Product", "z"),))
    lost = question("s", "S", link("Concern", "absent"))
    graph = Graph([bumps, plain, own, lost])
    assert [p.title for p in graph.products(plain)] == ["a", "b"]
    assert [p.title for p in graph.products(own)] == ["z"]
    assert graph.products(lost) == ()


# Ingredients


def test_the_ingredients_of_a_concern_come_nearest_relation_first_with_every_reason() -> None:
    about = link("Concern", "razor-bumps")
    pages: list[Entity] = [
        concern(
            key_ingredients=(link("Ingredient", "urea", "Urea"), link("Ingredient", "zinc", "Zinc")),
            links=(link("Ingredient", "aloe", "Aloe"), link("Ingredient", "urea", "Urea"), link("Product", "p")),
        ),
        question(
            "b", "Second?", about, key_ingredients=(link("Ingredient", "lactic-acid"), link("Ingredient", "urea"))
        ),
        question("a", "First?", about, links=(link("Ingredient", "salicylic-acid"), link("Concern", "x"))),
        question("c", "Elsewhere?", link("Concern", "other"), key_ingredients=(link("Ingredient", "retinol"),)),
        ingredient("niacinamide", "Niacinamide", links=(about,)),
        ingredient("urea", "Urea", links=(about,)),
        ingredient("retinol", "Retinol", links=(link("Concern", "other"),)),
    ]
    found = Graph(pages).ingredients_of_concern(BUMPS)
    assert [(d.link.url.rpartition("/")[2], d.derived_from) for d in found] == [
        (
            "urea",
            (
                "key ingredient of “Razor Bumps”",
                "named in the answer to “Second?”",
                "linked from “Razor Bumps”",
                "“Urea” links to this concern",
            ),
        ),
        ("zinc", ("key ingredient of “Razor Bumps”",)),
        ("salicylic-acid", ("named in the answer to “First?”",)),
        ("lactic-acid", ("named in the answer to “Second?”",)),
        ("aloe", ("linked from “Razor Bumps”",)),
        ("niacinamide", ("“Niacinamide” links to this concern",)),
    ]


def test_a_concern_without_a_page_has_what_others_say_of_it() -> None:
    about = link("Concern", "absent")
    pages: list[Entity] = [
        question("q", "Q?", about, key_ingredients=(link("Ingredient", "urea"),)),
        ingredient("aloe", "Aloe", links=(about,)),
    ]
    found = Graph(pages).ingredients_of_concern(url("Concern", "absent"))
    assert [d.link.url for d in found] == [url("Ingredient", "urea"), url("Ingredient", "aloe")]
    assert Graph(pages).ingredients_of_concern(url("Concern", "unheard-of")) == ()


def test_key_ingredients_come_before_the_ingredients_of_the_body() -> None:
    links = (link("Ingredient", "a"), link("Concern", "c"), link("Ingredient", "b"), link("Ingredient", "a"))
    assert [i.title for i in Graph([]).ingredients(concern(links=links))] == ["a", "b"]
    assert [
        i.title for i in Graph([]).ingredients(concern(links=links, key_ingredients=(link("Ingredient", "z"),)))
    ] == ["z"]


# Pages and links


def test_pages_are_found_by_url_and_kept_in_its_order() -> None:
    pages: list[Entity] = [question("z", "Z"), concern("b", "B"), concern("a", "A")]
    graph = Graph(pages)
    assert list(graph.pages) == [url("Concern", "a"), url("Concern", "b"), url("Question", "z")]
    assert graph.page(url("Concern", "b")) == pages[1]
    assert graph.page(url("Concern", "c")) is None


def test_a_link_is_named_by_its_target_where_that_is_here() -> None:
    graph = Graph([concern(title="Razor Bumps")])
    assert graph.title(link("Concern", "razor-bumps", "bumps")) == "Razor Bumps"
    assert graph.title(link("Concern", "absent", "Absent")) == "Absent"


def test_links_to_absent_pages_are_known_once_each() -> None:
    page = question(
        "q",
        "Q",
        link("Concern", "razor-bumps"),
        key_ingredients=(link("Ingredient", "urea", "Urea"),),
        ranked_products=(link("Product", "p"),),
        evidence_sources=(ref("trial"),),
        product_fact_sources=(ref("label"),),
        links=(link("Ingredient", "urea", "urea again"), link("Concern", "here")),
    )
    graph = Graph([page, concern("here", "Here")])
    assert [(u.rpartition("/")[2], at.title) for u, at in graph.unresolved.items()] == [
        ("razor-bumps", "razor-bumps"),
        ("urea", "Urea"),
        ("p", "p"),
        ("label", "label"),
        ("trial", "trial"),
    ]
    assert len(list(all_links(page))) == 7


def test_neighbours_are_the_other_concerns_that_a_page_links_to() -> None:
    own = link("Concern", "razor-bumps")
    page = question(
        "q",
        "Q",
        own,
        links=(link("Concern", "b"), own, link("Ingredient", "i"), link("Concern", "a"), link("Concern", "b")),
    )
    assert [n.title for n in Graph([page]).neighbours(page)] == ["b", "a"]
    bumps = concern(links=(own, link("Concern", "a")))
    assert [n.title for n in Graph([bumps]).neighbours(bumps)] == ["a"]
