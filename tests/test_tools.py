"""What each tool promises: contracts, sizes, pages of lists, errors that help."""

from __future__ import annotations

import base64
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp.server import Server

from conftest import QUESTION, QUESTION_URL, call, library_of, page
from skb_mcp import InvalidArguments, Library, UnknownEntity, load_corpus
from skb_mcp.replies import Envelope, to_dict, to_json
from skb_mcp.tools import MAX_TEXT, TOOLS, ToolSpec, read_arguments
from support import BASE, TODAY, rows

pytestmark = pytest.mark.anyio

SPECS = {spec.name: spec for spec in TOOLS}
SECRET = "zanzibarium"


def reply_of(library: Library, tool: str, **arguments: Any) -> dict[str, Any]:
    """A tool's reply without a server around it."""
    spec = SPECS[tool]
    return to_dict(spec.call(library, read_arguments(spec, arguments)))


def titles(items: list[dict[str, Any]]) -> list[str]:
    return [item["title"] for item in items]


# search and fetch: the ChatGPT connector contract


async def test_search_gives_an_id_a_title_and_a_url_for_every_result(server: Server[Any]) -> None:
    reply = await call(server, "search", {"query": "niacinamide"})
    assert reply["outcome"] == "answer"
    first = reply["results"][0]
    assert first == {
        "id": f"{BASE}/ingredients/niacinamide",
        "title": "Niacinamide",
        "url": f"{BASE}/ingredients/niacinamide",
        "entity_type": "Ingredient",
        "confidence": 1.0,
    }
    assert first["url"] == reply["match"]["canonical_url"]
    assert [r for r in reply["results"] if not (r["id"] and r["title"] and r["url"])] == []
    assert {r["url"] for r in reply["results"]} == {c["url"] for c in reply["citations"]}


async def test_every_id_that_search_gives_can_be_fetched(server: Server[Any]) -> None:
    for query in ("niacinamide", "red spots after pimples", "sun protection"):
        for result in (await call(server, "search", {"query": query}))["results"]:
            fetched = await call(server, "fetch", {"id": result["id"]})
            assert (fetched["id"], fetched["title"], fetched["url"]) == (result["id"], result["title"], result["url"])
            assert fetched["text"]


async def test_fetch_gives_id_title_text_url_and_metadata(server: Server[Any]) -> None:
    reply = await call(server, "fetch", {"id": QUESTION_URL})
    assert (reply["id"], reply["title"], reply["url"]) == (QUESTION_URL, QUESTION, QUESTION_URL)
    assert reply["metadata"] == {
        "entity_type": "Question",
        "date_reviewed": "2026-11-21",
        "date_modified": "2026-11-21",
        "stale": False,
    }
    text = reply["text"]
    assert text.startswith(f"> Cite: [{QUESTION}]({QUESTION_URL}) · Question · reviewed 2026-11-21\n\n# {QUESTION}\n\n")
    parts = (
        "## Quick Answer",
        "## When to get help",
        "## Evidence sources",
        "## Product facts (not evidence",
        "\n---\n",
    )
    assert [text.index(part) for part in parts] == sorted(text.index(part) for part in parts)
    assert "## Related Entities" not in text


def test_search_and_fetch_take_one_text_and_nothing_else() -> None:
    assert [list(SPECS[name].params.model_fields) for name in ("search", "fetch")] == [["query"], ["id"]]


@pytest.mark.parametrize(
    "name",
    [
        f"{BASE}/ingredients/niacinamide",
        f"{BASE}/ingredients/niacinamide/",
        "http://www.skinknowledgebase.com/ingredients/niacinamide?utm_source=x#evidence",
        "skb://ingredients/niacinamide",
        "/ingredients/niacinamide",
        "niacinamide",
        "NIACINAMIDE",
        " Niacinamide. ",
    ],
)
@pytest.mark.parametrize("tool", ["fetch", "get_sources"])
def test_a_page_goes_by_its_url_its_uri_its_slug_and_its_title(tool: str, name: str, library: Library) -> None:
    parameter = {"fetch": "id", "get_sources": "page"}[tool]
    reply = reply_of(library, tool, **{parameter: name})
    assert (reply["outcome"], reply["match"]["canonical_url"]) == ("answer", f"{BASE}/ingredients/niacinamide")
    assert reply["match"]["confidence"] == 1.0


def test_a_title_with_curly_quotes_or_without_its_question_mark_is_the_same_title(tmp_path: Path) -> None:
    library = library_of(tmp_path, page("Question", "how", "What’s a “blind” pimple?"))
    assert reply_of(library, "fetch", id="what's a “blind” pimple")["url"] == f"{BASE}/questions/how"


# lookup_question


def test_a_concise_reply_is_short_enough_to_read(library: Library) -> None:
    reply = reply_of(library, "lookup_question", question=QUESTION)
    assert reply["outcome"] == "answer"
    assert len(to_json(reply)) <= 7_000


def test_no_page_of_the_shipped_corpus_makes_a_longer_reply_than_its_main_question(library: Library) -> None:
    sizes = {p.title: len(to_json(reply_of(library, "lookup_question", question=p.title))) for p in library.pages}
    assert {title: size for title, size in sizes.items() if size > 7_000} == {}


def test_full_adds_every_section_and_every_source_and_takes_nothing_away(library: Library) -> None:
    concise = reply_of(library, "lookup_question", question=QUESTION)
    full = reply_of(library, "lookup_question", question=QUESTION, detail="full")
    assert concise["sections"] == []
    assert [section["heading"] for section in full["sections"]][:2] == ["Quick Answer", "How to tell what it is"]
    assert "Related Entities" not in [section["heading"] for section in full["sections"]]
    for key in ("outcome", "match", "quick_answer", "products", "reviewed"):
        assert full[key] == concise[key]
    assert titles(full["ingredients"]) == titles(concise["ingredients"])
    assert {c["url"] for c in concise["citations"]} < {c["url"] for c in full["citations"]}


def test_the_main_question_says_what_it_may_be_instead_and_keeps_red_brown_and_scar_apart(library: Library) -> None:
    reply = reply_of(library, "lookup_question", question=QUESTION)
    assert {a["title"] for a in reply["may_be_instead"]} >= {"Dark Spots from Acne", "Post-Inflammatory Erythema"}
    assert [a for a in reply["may_be_instead"] if not a["how_to_tell"]] == []


@pytest.mark.parametrize(
    "words",
    [
        "red marks left after zits",
        "how do i get rid of red spots after pimples",
        "HOW DO I GET RID OF RED SPOTS AFTER PIMPLES???",
        "how do i get rid of red spts after pimpels",
        "what helps PIE acne marks",
    ],
)
def test_consumer_words_find_the_page_about_red_marks(words: str, library: Library) -> None:
    reply = reply_of(library, "lookup_question", question=words)
    assert reply["outcome"] == "answer"
    assert reply["match"]["canonical_url"] in (
        QUESTION_URL,
        f"{BASE}/concerns/post-breakout-redness",
        f"{BASE}/concerns/post-inflammatory-erythema",
    )


@pytest.mark.parametrize(
    "words",
    ["what is the capital of France", "how do I fix my bicycle chain", "asdfghjkl qwertyuiop", "?", "the of and"],
)
def test_what_no_page_is_about_gets_an_honest_no_match(words: str, library: Library) -> None:
    for tool, name in (("lookup_question", "question"), ("search", "query"), ("get_sources", "page")):
        reply = reply_of(library, tool, **{name: words})
        assert (reply["outcome"], reply["match"]) == ("no_match", None)
        assert reply["note"].startswith("No page of this knowledge base answers this.")
        assert reply["citations"] == [{"title": "Skin Knowledge Base", "url": BASE, "role": "corpus"}]
        assert not any(reply.get(key) for key in ("quick_answer", "results", "evidence_sources", "ingredients"))


def test_a_near_miss_names_the_nearest_topics_as_no_answer(tmp_path: Path) -> None:
    library = library_of(
        tmp_path,
        page("Concern", "neck-bumps", "Razor bumps on the neck after a barber visit"),
        page("Concern", "leg-bumps", "Strawberry legs"),
    )
    reply = reply_of(library, "lookup_question", question="barber shop prices neck tattoo")
    assert reply["outcome"] == "no_match"
    assert titles(reply["alternatives"]) == ["Razor bumps on the neck after a barber visit"]
    assert "not an answer" in reply["note"]


async def test_alternatives_are_other_pages_best_first(server: Server[Any]) -> None:
    for tool, name in (("lookup_question", "question"), ("list_ingredients_for_concern", "concern")):
        for words in ("acne marks", "red marks", "zit marks", "dark marks after acne"):
            reply = await call(server, tool, {name: words})
            scores = [alternative["confidence"] for alternative in reply["alternatives"]]
            assert scores == sorted(scores, reverse=True)
            if reply["match"]:
                assert reply["match"]["canonical_url"] not in [a["canonical_url"] for a in reply["alternatives"]]
                assert all(score <= reply["match"]["confidence"] for score in scores)


@pytest.mark.parametrize(
    ("reviewed", "note"),
    [
        ("2026-11-20", None),
        ("2025-05-22", None),
        ("2025-05-21", "Last reviewed on 2025-05-21; not reviewed within the last 18 months"),
        ("2019-01-01", "Last reviewed on 2019-01-01; not reviewed within the last 18 months"),
        ("", "No review date is known; not reviewed within the last 18 months"),
    ],
)
def test_a_page_not_reviewed_for_18_months_says_so(reviewed: str, note: str | None, tmp_path: Path) -> None:
    library = library_of(tmp_path, page("Concern", "azo-marks", "Azo Marks", reviewed=reviewed), today=TODAY)
    shown = reply_of(library, "lookup_question", question="azo marks")["reviewed"]
    fetched = reply_of(library, "fetch", id="azo-marks")
    assert shown["stale"] == fetched["metadata"]["stale"] == bool(note)
    assert shown.get("date_reviewed", "") == reviewed
    if note:
        assert shown["note"].startswith(note)
        assert f"\n> {note}" in fetched["text"]
    else:
        assert "note" not in shown
        assert "not reviewed" not in fetched["text"]


def test_the_shipped_pages_grow_stale_as_time_goes_by() -> None:
    corpus = load_corpus()
    ages = {
        today: reply_of(Library(corpus, today=today), "lookup_question", question=QUESTION)["reviewed"]["stale"]
        for today in (date(2026, 11, 21), date(2028, 5, 20), date(2028, 5, 21))
    }
    assert list(ages.values()) == [False, False, True]


# list_ingredients_for_concern


async def test_ingredients_of_a_concern_come_with_why_cautions_derivation_and_evidence(server: Server[Any]) -> None:
    reply = await call(server, "list_ingredients_for_concern", {"concern": "Red Spots After Pimples"})
    assert reply["outcome"] == "answer"
    assert reply["match"]["canonical_url"] == f"{BASE}/concerns/post-breakout-redness"
    niacinamide = next(i for i in reply["ingredients"] if i["title"] == "Niacinamide")
    assert niacinamide["canonical_url"] == f"{BASE}/ingredients/niacinamide"
    assert niacinamide["in_corpus"] is True
    assert niacinamide["why"]
    assert "irritation" in [caution["topic"] for caution in niacinamide["cautions"]]
    assert niacinamide["derived_from"] == [
        "key ingredient of “Red Spots After Pimples”",
        f"named in the answer to “{QUESTION}”",
        "linked from “Red Spots After Pimples”",
        "“Niacinamide” links to this concern",
    ]
    assert titles(niacinamide["evidence"])[:2] == [
        "Nicotinic acid and niacinamide skin review",
        "AAD — Acne: Tips for managing",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "Acne Marks",
        "acne-marks",
        "skb://concerns/acne-marks",
        f"{BASE}/concerns/acne-marks",
        "zit marks",
        "acne mark",
        "akne marks",
    ],
)
def test_a_concern_goes_by_title_slug_uri_url_and_consumer_words(name: str, library: Library) -> None:
    reply = reply_of(library, "list_ingredients_for_concern", concern=name)
    assert (reply["outcome"], reply["match"]["canonical_url"]) == ("answer", f"{BASE}/concerns/acne-marks")


def test_a_question_stands_for_its_concern(library: Library) -> None:
    by_question = reply_of(library, "list_ingredients_for_concern", concern=QUESTION)
    by_concern = reply_of(library, "list_ingredients_for_concern", concern="post-breakout-redness")
    assert by_question["ingredients"] == by_concern["ingredients"]
    assert by_question["match"]["canonical_url"] == QUESTION_URL


def test_an_ingredient_without_a_page_is_named_but_not_vouched_for(tmp_path: Path) -> None:
    key = rows("key_ingredients", {"title": "Bezine", "url": f"{BASE}/ingredients/bezine"})
    library = library_of(tmp_path, page("Concern", "azo-marks", "Azo Marks", key))
    (shown,) = reply_of(library, "list_ingredients_for_concern", concern="azo marks")["ingredients"]
    assert shown == {
        "title": "Bezine",
        "canonical_url": f"{BASE}/ingredients/bezine",
        "in_corpus": False,
        "cautions": [],
        "derived_from": ["key ingredient of “Azo Marks”"],
        "evidence": [],
    }


def test_a_concern_without_ingredients_is_no_match_but_says_which_concern_it_was(tmp_path: Path) -> None:
    library = library_of(tmp_path, page("Concern", "azo-marks", "Azo Marks"))
    reply = reply_of(library, "list_ingredients_for_concern", concern="azo marks")
    assert (reply["outcome"], reply["match"]["title"], reply["ingredients"]) == ("no_match", "Azo Marks", [])
    assert reply["note"] == "This knowledge base names no ingredient for this concern."


# get_sources


async def test_sources_of_a_page_are_told_with_what_their_own_pages_know(server: Server[Any]) -> None:
    reply = await call(server, "get_sources", {"page": "niacinamide"})
    assert reply["evidence_sources"][0] == {
        "title": "Nicotinic acid and niacinamide skin review",
        "canonical_url": f"{BASE}/sources/bissett-2006-niacinamide-skin",
        "in_corpus": True,
        "original_url": "https://pubmed.ncbi.nlm.nih.gov/17147561/",
        "source_type": "peer_reviewed",
        "publisher": "Journal of Cosmetic Dermatology",
        "year": 2004,
    }
    assert reply["product_fact_sources"] == []


def test_the_source_behind_a_source_page_is_itself(library: Library) -> None:
    reply = reply_of(library, "get_sources", page="dermnet-acne")
    assert titles(reply["evidence_sources"]) == ["DermNet — Acne"]
    assert reply["citations"] == [
        {
            "title": "DermNet — Acne",
            "url": f"{BASE}/sources/dermnet-acne",
            "role": "evidence",
            "original_url": "https://dermnetnz.org/topics/acne",
            "source_type": "medical_reference",
        }
    ]


# list_entities


async def test_every_page_is_listed_once_by_kind_and_url(server: Server[Any], library: Library) -> None:
    first = reply = await call(server, "list_entities", {})
    listed = list(reply["entities"])
    while "next_cursor" in reply:
        reply = await call(server, "list_entities", {"cursor": reply["next_cursor"]})
        listed += reply["entities"]
    assert [entry["canonical_url"] for entry in listed] == [page.canonical_url for page in library.pages]
    assert first["total"] == len(library.pages)
    assert next(entry for entry in listed if entry["title"] == QUESTION) == {
        "title": QUESTION,
        "canonical_url": QUESTION_URL,
        "uri": QUESTION_URL.replace(f"{BASE}/", "skb://"),
        "entity_type": "Question",
        "date_reviewed": "2026-11-21",
    }


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """120 concerns, and one ingredient."""
    pages = [page("Concern", f"spot-{n:03}", f"Spot {n}") for n in range(120)]
    return library_of(tmp_path_factory.mktemp("crowd"), *pages, page("Ingredient", "bezine", "Bezine"))


@pytest.mark.parametrize(("kind", "sizes"), [(None, [50, 50, 21]), ("Concern", [50, 50, 20]), ("Ingredient", [1])])
def test_a_long_list_comes_in_pages_of_fifty_that_miss_and_repeat_nothing(
    kind: str | None, sizes: list[int], crowd: Library
) -> None:
    arguments = {"entity_type": kind} if kind else {}
    reply = reply_of(crowd, "list_entities", **arguments)
    lengths, uris = [len(reply["entities"])], [entry["uri"] for entry in reply["entities"]]
    while "next_cursor" in reply:
        reply = reply_of(crowd, "list_entities", **arguments, cursor=reply["next_cursor"])
        lengths.append(len(reply["entities"]))
        uris += [entry["uri"] for entry in reply["entities"]]
    assert lengths == sizes
    assert reply["total"] == sum(sizes) == len(set(uris))
    assert uris == sorted(uris)


def encoded(offset: int) -> str:
    """A cursor as one could make it up who knows how they are made."""
    return base64.urlsafe_b64encode(f":{offset}".encode()).decode()


@settings(max_examples=60, deadline=None)
@given(cursor=st.text(max_size=30) | st.integers(-5, 130).map(encoded))
def test_only_a_cursor_that_was_given_is_taken_back(cursor: str, crowd: Library) -> None:
    given_out = {reply_of(crowd, "list_entities")["next_cursor"]}
    given_out.add(reply_of(crowd, "list_entities", cursor=min(given_out))["next_cursor"])
    if cursor not in given_out:
        with pytest.raises(InvalidArguments) as refused:
            reply_of(crowd, "list_entities", cursor=cursor)
        assert refused.value.message == "the cursor is not valid"


def test_a_cursor_of_one_kind_is_no_cursor_of_another(crowd: Library) -> None:
    cursor = reply_of(crowd, "list_entities", entity_type="Concern")["next_cursor"]
    for kind in ({}, {"entity_type": "Ingredient"}):
        with pytest.raises(InvalidArguments):
            reply_of(crowd, "list_entities", **kind, cursor=cursor)


def test_a_kind_without_pages_is_an_empty_list_that_says_so(crowd: Library) -> None:
    reply = reply_of(crowd, "list_entities", entity_type="SideEffect")
    assert (reply["outcome"], reply["entities"], reply["total"]) == ("no_match", [], 0)
    assert reply["note"] == "This knowledge base has no page of this kind."


# Errors


@pytest.mark.parametrize(
    ("tool", "arguments", "message", "accepted"),
    [
        (
            "lookup_question",
            {},
            "'question' is missing",
            f"question: text of 1 to {MAX_TEXT} characters; detail: one of concise, full",
        ),
        (
            "lookup_question",
            {"question": "", "detail": SECRET},
            "'question' is empty; 'detail' has a value that is not accepted",
            f"question: text of 1 to {MAX_TEXT} characters; detail: one of concise, full",
        ),
        (
            "search",
            {"query": SECRET * 1000, SECRET: SECRET},
            "'query' is too long; an argument that this tool does not take",
            f"query: text of 1 to {MAX_TEXT} characters",
        ),
        ("search", {"query": [SECRET]}, "'query' must be a text", f"query: text of 1 to {MAX_TEXT} characters"),
        (
            "list_entities",
            {"entity_type": SECRET, "cursor": SECRET},
            "'entity_type' has a value that is not accepted",
            "entity_type: one of Question, Concern, Ingredient, Product, SideEffect, Source; cursor: text or nothing",
        ),
    ],
)
async def test_an_argument_error_says_what_is_wrong_and_what_is_accepted(
    tool: str, arguments: dict[str, Any], message: str, accepted: str, server: Server[Any]
) -> None:
    reply = await call(server, tool, arguments)
    assert reply["error"] == {"message": message, "accepted": accepted, "nearest": []}


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("fetch", {"id": f"skb://ingredients/{SECRET}"}),
        ("fetch", {"id": SECRET}),
        ("fetch", {"id": f"https://example.com/{SECRET}"}),
        ("get_sources", {"page": f"{BASE}/sources/{SECRET}"}),
        ("list_ingredients_for_concern", {"concern": f"{BASE}/concerns/{SECRET}"}),
        ("list_entities", {"cursor": SECRET}),
        ("list_entities", {SECRET: SECRET}),
        ("lookup_question", {"question": {SECRET: SECRET}}),
        ("search", {"query": f"{SECRET}://{SECRET}"}),
    ],
)
async def test_no_error_repeats_what_was_sent(tool: str, arguments: dict[str, Any], server: Server[Any]) -> None:
    reply = await call(server, tool, arguments)
    assert reply["outcome"] in ("error", "no_match")
    assert SECRET not in str(reply).lower()


@pytest.mark.parametrize(
    ("tool", "name", "value"),
    [
        ("fetch", "id", f"{BASE}/ingredients/niacinamid"),
        ("fetch", "id", "skb://concerns/acne-mark"),
        ("fetch", "id", "acne mark"),
        ("get_sources", "page", f"{BASE}/questions/red-spots-after-pimples"),
        ("list_ingredients_for_concern", "concern", f"{BASE}/concerns/acne"),
        ("list_ingredients_for_concern", "concern", f"{BASE}/concerns/dark-marks"),
        ("list_ingredients_for_concern", "concern", f"{BASE}/ingredients/niacinamide"),
        ("list_ingredients_for_concern", "concern", f"{BASE}/sources/dermnet-acne"),
    ],
)
async def test_the_nearest_values_that_an_error_names_are_accepted_by_the_same_tool(
    tool: str, name: str, value: str, server: Server[Any]
) -> None:
    error = (await call(server, tool, {name: value}))["error"]
    assert value not in error["nearest"]
    for nearest in error["nearest"]:
        assert (await call(server, tool, {name: nearest}))["outcome"] != "error"


def test_an_unknown_name_gets_the_nearest_pages(library: Library) -> None:
    spec = SPECS["fetch"]
    with pytest.raises(UnknownEntity, match="no page of this knowledge base has that id") as raised:
        spec.call(library, read_arguments(spec, {"id": "skb://ingredients/niacinamid"}))
    assert f"{BASE}/ingredients/niacinamide" in raised.value.nearest


def test_a_title_that_two_pages_share_names_neither_for_fetch_and_both_for_sources(tmp_path: Path) -> None:
    library = library_of(tmp_path, page("Concern", "azo", "Azo Marks"), page("Ingredient", "azo-oil", "Azo Marks"))
    both = [f"{BASE}/concerns/azo", f"{BASE}/ingredients/azo-oil"]
    with pytest.raises(UnknownEntity) as raised:
        library.fetch("Azo Marks")
    assert sorted(raised.value.nearest) == both
    reply = reply_of(library, "get_sources", page="Azo Marks")
    assert sorted([reply["match"]["canonical_url"], *(a["canonical_url"] for a in reply["alternatives"])]) == both


@pytest.mark.parametrize("spec", TOOLS, ids=lambda spec: spec.name)
def test_arguments_are_read_into_the_tools_own_type(spec: ToolSpec) -> None:
    required = [name for name, info in spec.params.model_fields.items() if info.is_required()]
    read = read_arguments(spec, dict.fromkeys(required, "x"))
    assert isinstance(read, spec.params)
    assert issubclass(spec.reply, Envelope)


@pytest.mark.parametrize("name", ["question", "concern", "page", "query", "id"])
def test_free_text_may_be_exactly_as_long_as_is_said(name: str) -> None:
    spec = next(spec for spec in TOOLS if name in spec.params.model_fields)
    assert read_arguments(spec, {name: "x" * MAX_TEXT})
    with pytest.raises(InvalidArguments):
        read_arguments(spec, {name: "x" * (MAX_TEXT + 1)})
