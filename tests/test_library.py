"""`Library`, the one door: names and words to pages, a single exported page, and what resources are made of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import EMERGENCY, assert_grounded, library_of, page, write_corpus
from skb_mcp import CorpusError, Library, RequestError, UnknownEntity, load_corpus
from skb_mcp.replies import Envelope, LookupReply, to_dict
from support import BASE, TODAY, rows

# One Question page as the knowledge base publishes it, alone in a folder: what it links to is not there

EXPORTED = f"""\
---
title: How do I calm razor bumps?
entity_type: Question
canonical_url: {BASE}/questions/how-do-i-calm-razor-bumps
date_modified: 2026-05-29
date_reviewed: 2026-05-29
mcp_eligible: true
summary: How do I calm razor bumps?: skincare steps, key ingredient options, realistic limits, and signs to ask a
question_type: standard
primary_concern:
  title: Bumps After Shaving
  url: {BASE}/concerns/pseudofolliculitis
ranked_products:
  - title: Smooth Balm
    url: {BASE}/products/smooth-balm
evidence_sources:
  - title: AAD — Razor bumps: Tips for managing
    canonical_citation_url: {BASE}/sources/aad-razor-bumps
    original_source_url: https://www.aad.org/razor-bumps
    source_type: medical_reference
product_fact_sources:
  - title: Official Product Page — Smooth Balm
    canonical_citation_url: {BASE}/sources/official-product-page-smooth-balm
    original_source_url: https://balm.example/smooth
    source_type: official_product_page
---

# How do I calm razor bumps?

## Quick Answer

Stop shaving for a while. **Glycolic acid** can help. See a doctor if bumps are hot.

## Ingredients

- [Glycolic Acid](https://skinknowledgebase.com/ingredients/glycolic-acid) frees trapped hairs.

## When to get help

- Bumps that leak pus.
- Fever.

## Related Entities

- [Ingrown Hairs](https://skinknowledgebase.com/concerns/ingrown-hairs)
- [Bumps After Shaving](https://skinknowledgebase.com/concerns/pseudofolliculitis)
"""
EXPORTED_URL = f"{BASE}/questions/how-do-i-calm-razor-bumps"
CONCERN_URL = f"{BASE}/concerns/pseudofolliculitis"


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("alone")
    (folder / "export.txt").write_text(EXPORTED, encoding="utf-8")
    return Library(load_corpus(folder), TODAY)


def match_of(reply: Envelope) -> str | None:
    return reply.match.canonical_url if reply.match else None


def test_a_single_exported_page_answers_its_question(alone: Library) -> None:
    reply = to_dict(alone.lookup_question("razor bumps what to do"))
    del reply["match"]["confidence"]
    assert reply == {
        "outcome": "answer",
        "referral": {
            "level": "routine",
            "message": alone.manifest.caveat,
            "see_clinician_if": ["Bumps that leak pus.", "Fever."],
            "reasons": [],
        },
        "match": {
            "title": "How do I calm razor bumps?",
            "canonical_url": EXPORTED_URL,
            "entity_type": "Question",
            "matched_fields": ["title", "slug", "body"],
        },
        "quick_answer": "Stop shaving for a while. Glycolic acid can help. See a doctor if bumps are hot.",
        "may_be_instead": [
            {
                "title": "Ingrown Hairs",
                "canonical_url": f"{BASE}/concerns/ingrown-hairs",
                "entity_type": "Concern",
            }
        ],
        "cautions": [],
        "ingredients": [
            {
                "title": "Glycolic Acid",
                "canonical_url": f"{BASE}/ingredients/glycolic-acid",
                "in_corpus": False,
                "cautions": [],
            }
        ],
        "products": [
            {
                "title": "Smooth Balm",
                "canonical_url": f"{BASE}/products/smooth-balm",
                "in_corpus": False,
                "note": "example only, not evidence that it works",
            }
        ],
        "sections": [],
        "reviewed": {"date_reviewed": "2026-05-29", "date_modified": "2026-05-29", "stale": False},
        "alternatives": [],
        "citations": [
            {"title": "How do I calm razor bumps?", "url": EXPORTED_URL, "role": "page"},
            {
                "title": "AAD — Razor bumps: Tips for managing",
                "url": f"{BASE}/sources/aad-razor-bumps",
                "role": "evidence",
                "original_url": "https://www.aad.org/razor-bumps",
                "source_type": "medical_reference",
            },
        ],
    }


@pytest.mark.parametrize(
    "name",
    ["Bumps After Shaving", "bumps after shaving", CONCERN_URL, "skb://concerns/pseudofolliculitis", "shaving bumps"],
)
def test_a_concern_without_a_page_of_its_own_is_answered_from_the_question_about_it(name: str, alone: Library) -> None:
    reply = alone.list_ingredients_for_concern(name)
    assert (reply.outcome, match_of(reply)) == ("answer", EXPORTED_URL)
    assert reply.note
    assert reply.note.startswith("The concern's own page is not in this corpus")
    (ingredient,) = reply.ingredients
    assert ingredient.title == "Glycolic Acid"
    assert ingredient.derived_from == ("named in the answer to “How do I calm razor bumps?”",)
    assert EXPORTED_URL not in [alternative.canonical_url for alternative in reply.alternatives]


def test_a_single_exported_page_cites_its_product_facts_in_full(alone: Library) -> None:
    cited = alone.lookup_question("razor bumps what to do", "full").citations
    assert [(c.role, c.url.rsplit("/", 1)[-1]) for c in cited] == [
        ("page", "how-do-i-calm-razor-bumps"),
        ("evidence", "aad-razor-bumps"),
        ("product_fact", "official-product-page-smooth-balm"),
    ]


def test_a_concern_that_is_only_mentioned_is_no_match(alone: Library) -> None:
    reply = alone.list_ingredients_for_concern("ingrown hairs")
    assert (reply.outcome, reply.match, reply.ingredients) == ("no_match", None, ())


def test_every_tool_answers_from_a_single_page(alone: Library) -> None:
    sources = alone.get_sources(EXPORTED_URL)
    assert [s.title for s in sources.evidence_sources] == ["AAD — Razor bumps: Tips for managing"]
    assert [s.title for s in sources.product_fact_sources] == ["Official Product Page — Smooth Balm"]
    assert [result.id for result in alone.search("razor bumps").results] == [EXPORTED_URL]
    assert alone.fetch("how-do-i-calm-razor-bumps").url == EXPORTED_URL
    assert [entry.title for entry in alone.list_entities().entities] == ["How do I calm razor bumps?"]
    assert alone.lookup_question(EMERGENCY).outcome == "referral"


def test_what_a_page_only_links_to_cannot_be_fetched_but_what_is_near_is_named(alone: Library) -> None:
    for call in (alone.fetch, alone.get_sources):
        with pytest.raises(UnknownEntity) as raised:
            call(f"{BASE}/ingredients/razor-bumps-oil")
        assert raised.value.nearest == (EXPORTED_URL,)


# Concern, question and ingredient together


def test_the_ingredients_of_a_concern_come_nearest_relation_first_each_once(tmp_path: Path) -> None:
    def link(slug: str) -> dict[str, str]:
        return {"title": slug.title(), "url": f"{BASE}/ingredients/{slug}"}

    concern = f"primary_concern:\n  title: Azo\n  url: {BASE}/concerns/azo\n"
    library = library_of(
        tmp_path,
        page("Concern", "azo", "Azo Marks", rows("key_ingredients", link("one")), "See [Three](/ingredients/three)."),
        page(
            "Question", "how", "How do I fade azo marks?", concern + rows("key_ingredients", link("two"), link("one"))
        ),
        page("Ingredient", "one", "One Acid"),
        page("Ingredient", "four", "Four Oil", body="For [Azo Marks](/concerns/azo)."),
        page("Ingredient", "five", "Five Oil"),
    )
    reply = library.list_ingredients_for_concern("azo marks")
    assert {i.title: i.derived_from for i in reply.ingredients} == {
        "One Acid": ("key ingredient of “Azo Marks”", "named in the answer to “How do I fade azo marks?”"),
        "Two": ("named in the answer to “How do I fade azo marks?”",),
        "Three": ("linked from “Azo Marks”",),
        "Four Oil": ("“Four Oil” links to this concern",),
    }
    assert [i.title for i in reply.ingredients] == ["One Acid", "Two", "Three", "Four Oil"]


def test_a_question_without_a_concern_stands_for_itself(tmp_path: Path) -> None:
    library = library_of(tmp_path, page("Question", "how", "How do I fade azo marks?", body="[One](/ingredients/one)"))
    reply = library.list_ingredients_for_concern("How do I fade azo marks?")
    assert (reply.outcome, match_of(reply)) == ("answer", f"{BASE}/questions/how")
    assert [ingredient.title for ingredient in reply.ingredients] == ["One"]


def test_the_gravest_caution_is_the_one_that_a_concise_reply_keeps(tmp_path: Path) -> None:
    cautions = rows(
        "cautions",
        {"topic": "irritation", "text": "It may sting."},
        {"topic": "pregnancy", "text": "Not while pregnant."},
    )
    library = library_of(
        tmp_path,
        page("Concern", "azo", "Azo Marks", rows("key_ingredients", {"title": "x", "url": f"{BASE}/ingredients/one"})),
        page("Ingredient", "one", "One Acid", cautions),
    )
    concise, full = (library.lookup_question("azo marks", detail).ingredients[0] for detail in ("concise", "full"))
    assert "Not while pregnant." in [caution.text for caution in concise.cautions]
    assert [caution.text for caution in full.cautions] == ["Not while pregnant.", "It may sting."]


def test_text_that_only_holds_a_link_is_still_a_question(library: Library) -> None:
    asked = "I read https://example.com/marks but what helps with acne marks?"
    for call in (library.list_ingredients_for_concern, library.get_sources, library.lookup_question):
        assert call(asked).outcome in ("answer", "no_match")


def test_of_many_reasons_to_see_someone_a_concise_reply_keeps_the_urgent_ones(tmp_path: Path) -> None:
    routine = [f"Routine: reason {n}." for n in range(11)]
    urgent = ["Same day: hot skin.", "Emergency number: a swollen tongue."]
    body = "## When to get help\n\n" + "\n".join(f"- {point}" for point in [*routine, *urgent])
    library = library_of(tmp_path, page("Concern", "azo", "Azo Marks", body=body))
    concise, full = (library.lookup_question("azo marks", d).referral.see_clinician_if for d in ("concise", "full"))
    assert list(full) == [*routine, *urgent]
    assert len(concise) == 10
    assert set(urgent) < set(concise)


# What a quick answer looks like


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("## Quick Answer\n\nOne line\nand its *rest*.", "One line and its rest."),
        ("## Quick Answer\n\n- one\n- [two](/concerns/two)", "- one\n- two"),
        ("## Quick Summary\n\nFirst.\n\nSecond.", "First.\nSecond."),
        ("## Causes\n\nShaving.", "Bumps in short."),
    ],
)
def test_the_quick_answer_is_plain_text_or_else_the_summary(body: str, shown: str, tmp_path: Path) -> None:
    library = library_of(tmp_path, page("Concern", "azo", "Azo Marks", "summary: Bumps in short.\n", body))
    assert library.lookup_question("azo marks").quick_answer == shown


# Resources, completions


def test_a_page_is_read_by_its_uri_and_by_nothing_else(library: Library) -> None:
    assert library.read("skb://ingredients/niacinamide") == library.fetch("niacinamide").text
    for name in (
        "niacinamide",
        f"{BASE}/ingredients/niacinamide",
        "skb://ingredients/niacinamide/",
        "skb://ingredients/Niacinamide",
        "skb://concerns/rosacea",
    ):
        with pytest.raises(UnknownEntity):
            library.read(name)


def test_the_overview_names_the_corpus_its_policy_its_counts_and_its_caveat(alone: Library) -> None:
    m = alone.manifest
    about = "Corpus `local`, version unversioned, licence MIT, language en."
    head = f"> Cite: [{m.title}]({BASE})\n\n# {m.title}"
    assert alone.overview() == f"{head}\n\n{about}\n\n{m.review_policy}\n\n- Question: 1\n\n---\n\n{m.caveat}\n"


def test_slugs_and_concerns_are_found_by_their_beginning(library: Library) -> None:
    assert library.slugs("ingredients", "Ni") == ["niacinamide"]
    assert library.slugs("ingredients", "zzz") == []
    assert library.concern_names("POST") == ["Post-Inflammatory Erythema", "Post-Waxing Bumps"]


# Errors and referrals without a server


def test_an_error_carries_what_is_accepted_the_nearest_values_and_the_caveat(library: Library) -> None:
    reply = library.error(LookupReply, RequestError("too vague", "a longer question", ("acne",)))
    assert to_dict(reply)["error"] == {"message": "too vague", "accepted": "a longer question", "nearest": ["acne"]}
    assert_grounded(to_dict(reply))
    assert library.error(LookupReply, RequestError("too vague", ""), EMERGENCY).outcome == "referral"


@pytest.mark.parametrize("call", ["list_ingredients_for_concern", "get_sources", "fetch"])
def test_a_red_flag_beside_a_strange_url_is_a_referral_and_no_exception(call: str, library: Library) -> None:
    reply = getattr(library, call)(f"{EMERGENCY} https://example.com/cream")
    assert reply.outcome == "referral"


def test_a_library_dates_reviews_by_the_day_it_was_made(tmp_path: Path) -> None:
    folder = write_corpus(tmp_path, page("Concern", "azo", "Azo Marks", reviewed=date.today().isoformat()))
    reviewed = Library(load_corpus(folder)).lookup_question("azo marks").reviewed
    assert reviewed
    assert not reviewed.stale


# The corpus behind it


@pytest.mark.parametrize("name", ["nowhere", "a-file.md"])
def test_a_folder_that_is_none_is_a_corpus_error_without_its_path(name: str, tmp_path: Path) -> None:
    (tmp_path / "a-file.md").write_text("---\n---\n")
    with pytest.raises(CorpusError, match="the corpus folder does not exist or cannot be read") as raised:
        load_corpus(tmp_path / name)
    assert str(tmp_path) not in str(raised.value)


# Whatever is asked


def shipped_calls(library: Library) -> list[Callable[[str], Envelope]]:
    return [
        library.lookup_question,
        library.list_ingredients_for_concern,
        library.get_sources,
        library.search,
        library.fetch,
    ]


@settings(max_examples=80, deadline=None)
@given(text=st.text(max_size=80), number=st.integers(0, 4))
def test_the_same_words_get_the_same_reply(text: str, number: int, library: Library) -> None:
    def reply() -> object:
        try:
            return shipped_calls(library)[number](text)
        except RequestError as error:
            return (error.message, error.accepted, error.nearest)

    assert reply() == reply()


def test_every_page_of_the_shipped_corpus_answers_to_its_title_its_url_and_its_uri(library: Library) -> None:
    pages = {page.title.casefold() for page in library.pages if page.entity_type != "Source"}
    for entity in library.pages:
        # A publication with the title of a page ("Dry skin") has to be named by its URL.
        by_title = entity.entity_type != "Source" or entity.title.casefold() not in pages
        for name in (entity.canonical_url, entity.uri, entity.slug, *([entity.title] if by_title else [])):
            assert library.fetch(name).url == entity.canonical_url
        if by_title:
            found = library.lookup_question(entity.title)
            assert (found.outcome, match_of(found)) == ("answer", entity.canonical_url)
