"""Ranking, on a corpus that can be held in the head."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from skb_mcp import Library
from skb_mcp.index import USUAL_LEANING
from skb_mcp.listing import build_ranking
from skb_mcp.models import ENTITY_TYPES, EntityType
from skb_mcp.ranking import ANSWER_THRESHOLD, Document, Hit, Ranker
from skb_mcp.text import Lexicon, stems


def document(
    slug: str, title: str, kind: EntityType = "Concern", aliases: tuple[str, ...] = (), body: str = ""
) -> Document:
    return Document(f"/{slug}", kind, title, aliases, body=body, is_product=kind == "Product")


RED = document("red-marks", "Red marks after acne")
BROWN = document("brown-marks", "Brown marks after acne")
SCARS = document("scars", "Pitted scars")
COLD = document("chapped-lips", "Chapped lips", aliases=("cracked lips", "winter lips"))
AZELAIC = document("azelaic-acid", "Azelaic acid", "Ingredient", body="It fades brown marks.")
GLYCOLIC = document("glycolic-acid", "Glycolic acid", "Ingredient", body="Peeling at home")
HOW = document("how-to-fade", "How do I fade brown marks?", "Question")
STUDY = document("azelaic-study", "A trial of azelaic acid", "Source")
DOCUMENTS = (RED, BROWN, SCARS, COLD, AZELAIC, GLYCOLIC, HOW, STUDY)
LEXICON = Lexicon.of([("zit", "acne"), ("dents", "pitted scars"), ("aza", "azelaic acid")])


def ranker(documents: Sequence[Document], lexicon: Lexicon = LEXICON) -> Ranker:
    return Ranker(build_ranking(documents, lexicon))


INDEX = ranker(DOCUMENTS)
WORDS = sorted({word for d in DOCUMENTS for text in (d.title, d.body, *d.aliases) for word in text.split()})


def found(text: str, documents: Sequence[Document] = DOCUMENTS) -> list[str]:
    return [hit.document.url for hit in ranker(documents).search(text)]


def best(text: str) -> str | None:
    """The page that would be given as an answer."""
    hits = INDEX.search(text)
    return hits[0].document.url if hits and hits[0].score >= ANSWER_THRESHOLD else None


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.slug)
def test_a_page_is_found_first_and_with_certainty_by_its_title(page: Document) -> None:
    for title in (page.title, page.title.upper(), f"  {page.title}!? "):
        first = INDEX.search(title)[0]
        assert (first.document, first.score) == (page, 1.0)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("red marks", "/red-marks"),
        ("marks that are red", "/red-marks"),
        ("acne left red marks", "/red-marks"),
        ("red marks from zits", "/red-marks"),
        ("cracked lips", "/chapped-lips"),
        ("lips chapped", "/chapped-lips"),
        ("dents", "/scars"),
        ("pitted scar", "/scars"),
        ("aza", "/azelaic-acid"),
        ("azelaic", "/azelaic-acid"),
        ("fading brown marks", "/how-to-fade"),
        ("trial of azelaic acid", "/azelaic-study"),
        ("azelaicc acid", "/azelaic-acid"),
        ("azeliac acid", "/azelaic-acid"),
        ("glycollic acid", "/glycolic-acid"),
        ("chaped lips", "/chapped-lips"),
        ("browm marks after acne", "/brown-marks"),
        ("", None),
        ("the of and", None),
        ("!?", None),
        ("bicycle repair", None),
        ("xq", None),
    ],
)
def test_consumer_words_typos_and_word_order_lead_to_the_page_that_is_meant(text: str, url: str | None) -> None:
    assert best(text) == url


def test_the_best_hit_says_in_which_fields_the_words_were_found() -> None:
    assert [(hit.document.url, hit.matched_fields) for hit in INDEX.search("peeling lips")] == [
        ("/chapped-lips", ("title", "slug", "aliases")),
        ("/glycolic-acid", ()),
    ]
    assert INDEX.search("peeling")[0].matched_fields == ("body",)


def test_an_alias_typed_word_for_word_is_all_but_the_title() -> None:
    (first, *_) = INDEX.search("winter lips")
    assert first.document == COLD
    assert ANSWER_THRESHOLD < first.score < 1


def test_a_title_that_holds_nothing_but_stopwords_is_still_found() -> None:
    what = document("what", "What is it?", "Question")
    assert found("what is it", (*DOCUMENTS, what)) == ["/what"]


def test_between_equals_a_question_comes_before_a_concern_and_a_source_comes_last() -> None:
    same = [document(f"razor-{kind}", "Razor bumps", kind) for kind in ENTITY_TYPES]
    # A product or an ingredient that is named word for word is what is asked for.
    order = "Product Ingredient Question Concern SideEffect Source".split()
    assert found("razor bumps", same) == [f"/razor-{kind}" for kind in order]


def test_between_equals_of_one_kind_the_url_decides() -> None:
    same = [document(f"razor-{letter}", "Razor bumps") for letter in "cab"]
    assert found("razor bumps", same) == ["/razor-a", "/razor-b", "/razor-c"]


@pytest.mark.parametrize("limit", [0, 1, 2, 100])
def test_no_more_hits_are_given_than_were_asked_for(limit: int) -> None:
    assert INDEX.search("marks after acne", limit=limit) == INDEX.search("marks after acne", limit=10)[:limit]


def test_an_index_without_documents_finds_nothing() -> None:
    assert ranker([]).search("red marks") == []


questions = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from([*WORDS, "zit", "dents", "how", "the", "unheard"]), max_size=8).map(" ".join),
)


@settings(max_examples=150, deadline=None)
@given(text=questions)
def test_scores_lie_between_0_and_1_and_never_increase_down_the_list(text: str) -> None:
    scores = [hit.score for hit in INDEX.search(text)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


GEL = Document("topic:gel", "Concern", "soothing gel", ("aftersun",), ("gel for hot legs", "cold gel"), is_topic=True)


@pytest.mark.parametrize("text", ["azelaic acid vs soothing gel", "is azelaic acid better than aftersun"])
def test_what_compares_a_page_with_a_subject_that_has_none_gets_no_one_sided_answer(text: str) -> None:
    both = ranker([*DOCUMENTS, GEL])
    assert both.search(text)[0].document == AZELAIC
    assert both.search(text)[0].score < ANSWER_THRESHOLD <= INDEX.search(text)[0].score
    assert both.explain(text).one_sided
    assert not INDEX.explain(text).one_sided


@pytest.mark.parametrize("text", ["azelaic acid and soothing gel", "azelaic acid vs glycolic acid"])
def test_what_compares_nothing_or_two_pages_is_no_one_sided_question(text: str) -> None:
    assert not ranker([*DOCUMENTS, GEL]).explain(text).one_sided


def test_a_page_that_names_both_answers_which_of_them() -> None:
    page = document("gel-or-acid", "Azelaic acid vs soothing gel?", "Question")
    asked = ranker([*DOCUMENTS, GEL, page])
    assert asked.search("is azelaic acid different from soothing gel")[0].document == page
    assert not asked.explain("is azelaic acid different from soothing gel").one_sided


MANDELIC = Document("topic:mandelic", "Concern", "mandelic acid", ("mandelic",), is_topic=True)


@pytest.mark.parametrize(
    ("text", "in_its_place"),
    [
        ("mandelic acid at home", True),
        ("is an acid that is mandelic good", True),
        ("acid at home", False),
        ("azelaic acid at home", False),
        ("mandelic or azelaic acid at home", False),
    ],
)
def test_an_ingredient_does_not_answer_for_a_subject_that_is_named_in_its_place(text: str, in_its_place: bool) -> None:
    asked = ranker([AZELAIC, RED, MANDELIC])
    assert asked.search(text)[0].document == AZELAIC
    assert asked.explain(text).one_sided == in_its_place
    if in_its_place:
        assert asked.search(text)[0].score < ANSWER_THRESHOLD


def test_the_kind_of_a_product_is_no_word_of_an_ingredient() -> None:
    serum = document("azelaic-acid", "Azelaic acid", "Ingredient", aliases=("azelaic serum",))
    for forms, in_its_place in (((), False), (("serum", "eye cream"), True)):
        asked = Ranker(build_ranking([serum, RED, MANDELIC], LEXICON, forms=forms))
        assert asked.explain("mandelic acid serum at home").one_sided == in_its_place
        assert not asked.explain("azelaic acid serum at home").one_sided


def test_a_name_that_is_part_of_an_ingredients_own_is_no_other_subject() -> None:
    acids = Document("topic:acids", "Concern", "acids", is_topic=True)
    assert not ranker([AZELAIC, RED, acids]).explain("acid at home").one_sided


def product(title: str, brand: str, *aliases: str) -> Document:
    return Document(f"/{title}", "Product", title, aliases, brand=brand, is_product=True)


TRUE = product("TRUE Serums Peptide Serum", "TRUE Serums", "true peptide serum", "true peptides")
PAULA = product("Paula's Choice Bright Serum", "Paula's Choice")
FADING = product("Dermo Acne Scars Fading Cream", "Dermo", "acne scars fading cream", "TO fading cream")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("true serums peptide", [TRUE]),
        ("is the TRUE Serums peptide serum sticky", [TRUE]),
        ("true peptides, worth it", [TRUE]),
        ("paula's choice serum", [PAULA]),
        ("that bright one by paulas choice", [PAULA]),
        ("peptide serum", []),
        ("are peptide serums worth it", []),
        ("which serum has peptides", []),
        ("is it true that a serum needs bright things", []),
        ("bright serum", []),
        ("acne scars fading cream", [FADING]),
        ("is the acne scars fading cream sticky", [FADING]),
        ("dermo fading cream", [FADING]),
        ("which cream is best for fading acne scars", []),
        ("a fading cream for scars", []),
        ("fading cream", []),
    ],
)
def test_a_product_is_found_only_by_those_who_name_it(text: str, named: list[Document]) -> None:
    """What a maker's name shares with everyday words names no product (G3)."""
    hits = ranker([*DOCUMENTS, TRUE, PAULA, FADING]).search(text)
    assert [hit.document for hit in hits if hit.document.is_product] == named


def test_words_lean_to_the_pages_or_to_the_topics_that_have_them() -> None:
    legs = Document("topic:legs", "Concern", "hot legs", ("cold legs",), ("winter legs", "my legs"), is_topic=True)
    leaning = ranker([*DOCUMENTS, legs]).index.leaning
    query = ranker([*DOCUMENTS, legs]).index.query
    assert leaning(query("brown marks")) > leaning(query("winter")) > leaning(query("my hot legs"))
    assert leaning(query("brown marks")) > 0 > leaning(query("my hot legs"))
    assert leaning(query("unheard of")) == 0


def test_the_words_of_few_pages_tell_nothing_beside_those_of_many_topics() -> None:
    legs = Document("topic:legs", "Concern", "hot legs", (), ["so hot my legs"] * 500, is_topic=True)
    index = ranker([COLD, legs]).index
    assert index.leaning(index.query("hot legs")) == pytest.approx(USUAL_LEANING, abs=0.1)
    assert INDEX.index.leaning(INDEX.index.query("hot legs")) == USUAL_LEANING


@settings(max_examples=100, deadline=None)
@given(text=questions, order=st.permutations(DOCUMENTS))
def test_the_order_in_which_pages_come_changes_nothing(text: str, order: Sequence[Document]) -> None:
    assert ranker(order).search(text) == INDEX.search(text)


def test_in_a_small_corpus_no_page_is_passed_over_that_shares_a_word() -> None:
    hits = ranker(DOCUMENTS, Lexicon()).search("acne fade peeling azelaic chapped glycolic")
    assert {hit.document.url for hit in hits} >= {"/red-marks", "/brown-marks", "/azelaic-study", "/chapped-lips"}


@settings(max_examples=100, deadline=None)
@given(words=st.lists(st.sampled_from(WORDS), max_size=6, unique=True), data=st.data())
def test_of_the_order_of_the_words_only_who_is_whose_neighbour_counts(words: list[str], data: st.DataObject) -> None:
    def ranked(typed: Sequence[str]) -> list[Hit]:
        return ranker(DOCUMENTS, Lexicon()).search(" ".join(typed))

    assume(len(set(stems(" ".join(words)))) == len(words))
    forwards, backwards = ranked(words), ranked(words[::-1])
    shuffled = ranked(data.draw(st.permutations(words)))
    # A name typed word for word is another thing than its words.
    assume(all(hit.score < 0.99 for hit in (*forwards[:1], *backwards[:1], *shuffled[:1])))
    # So is the name of an ingredient, whose words stand together.
    assume("acid" not in words)
    assert {hit.document.url: round(hit.score, 3) for hit in backwards} == pytest.approx(
        {hit.document.url: round(hit.score, 3) for hit in forwards}, abs=0.0011
    )
    assert {hit.document.url for hit in shuffled} == {hit.document.url for hit in forwards}


def test_words_that_stand_side_by_side_in_a_page_tell_more_side_by_side() -> None:
    near = document("near", "Knee rash winter", aliases=("winter knee rash", "knee rash every winter"))
    far = document("far", "Knee winter rash", aliases=("rash winter knee", "knee all winter rash"))
    index = ranker((near, far), Lexicon())
    assert index.search("her knee rash, worse in winter")[0].document == near
    assert index.search("her knee in winter, and a rash")[0].document == far


UNRELATED = (
    document("cuticles", "Torn cuticles"),
    document("ear-wax", "Wax in the ear", "Question", body="Leave it alone."),
    document("jojoba", "Jojoba oil", "Ingredient"),
)


@settings(max_examples=100, deadline=None)
@given(text=st.one_of(*(st.just(page.title) for page in DOCUMENTS), questions), extra=st.sampled_from(UNRELATED))
def test_a_page_about_something_else_does_not_change_the_winner_of_a_clear_case(text: str, extra: Document) -> None:
    before = INDEX.search(text)
    assume(before and before[0].score >= ANSWER_THRESHOLD + 0.1)
    assume(len(before) == 1 or before[0].score > before[1].score + 0.1)
    assert ranker((*DOCUMENTS, extra)).search(text)[0].document == before[0].document


APART = Lexicon.of([], ["brown"], {"marks": {"red": ["red", "crimson"], "brown": ["brown", "dark spot"]}})


@pytest.mark.parametrize(
    ("asked", "ruled_out"),
    [
        ("crimson marks after acne that stay", {BROWN, HOW}),
        ("dark spots and marks after acne", {RED}),
        ("red or brown marks after acne", set()),
        ("marks after acne", set()),
        ("red, not brown, marks after acne", {BROWN, HOW}),
        ("marks after acne and pitted scars", set()),
    ],
)
def test_a_page_about_one_thing_does_not_answer_for_another_that_is_kept_apart(
    asked: str, ruled_out: set[Document]
) -> None:
    found = {hit.document for hit in ranker(DOCUMENTS, APART).search(asked)}
    assert {RED, BROWN, HOW} - found == ruled_out


def test_a_page_typed_word_for_word_is_found_though_another_subject_is_named() -> None:
    both = document("red-brown", "Brown marks", aliases=("red turned brown", "brown marks"))
    index = ranker((RED, both), Lexicon.of([], (), {"marks": {"red": ["red"], "brown": ["brown"]}}))
    assert index.search("brown marks")[0].document == both
    assert RED not in [hit.document for hit in index.search("brown marks")]


AIRSHIPS = Document("outside:airships", "Concern", "zeppelin", ("airship over the lake", "tuba"), is_topic=True)


def test_a_subject_without_a_page_competes_with_the_pages_and_is_never_given() -> None:
    index = ranker((*DOCUMENTS, AIRSHIPS))
    alone, beside = index.search("chapped lips today"), index.search("a tuba on a zeppelin, an airship, has lips")
    assert alone[0].document == COLD
    assert alone[0].score >= ANSWER_THRESHOLD > beside[0].score
    assert AIRSHIPS not in [hit.document for hit in beside]
    assert index.search("zeppelin") == []
    assert (index.is_outside("zeppelin tuba"), index.is_outside("chapped lips")) == (True, False)


@settings(max_examples=60, deadline=None)
@given(page=st.sampled_from(DOCUMENTS), data=st.data())
def test_a_title_with_two_letters_swapped_in_a_long_word_still_finds_its_page(
    page: Document, data: st.DataObject
) -> None:
    words = page.title.rstrip("?").split()
    which = data.draw(st.sampled_from([n for n, word in enumerate(words) if len(word) >= 6] or [-1]))
    assume(which >= 0)
    word = words[which]
    at = data.draw(st.integers(1, len(word) - 3))
    assume(word[at] != word[at + 1])
    words[which] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    assert INDEX.search(" ".join(words))[0].document == page


# The shipped corpus


def test_every_title_of_the_shipped_corpus_finds_its_own_page_first(library: Library) -> None:
    # A page and a publication may share a title ("Dry skin"); then the page is meant.
    pages = sorted(library.pages, key=lambda page: page.entity_type != "Source")
    owners = {page.title.casefold(): page.canonical_url for page in pages}
    firsts = {title: library.search(title).results[0].url for title in owners}
    assert firsts == owners


def test_every_alias_of_the_shipped_corpus_finds_a_page_that_has_it(library: Library) -> None:
    lost = {}
    for page in library.pages:
        for alias in page.aliases:
            having = {p.canonical_url for p in library.pages if alias.lower() in (a.lower() for a in p.aliases)}
            results = library.search(alias).results
            if not results or results[0].url not in having:
                lost[alias] = results[0].title if results else None
    assert lost == {}


@pytest.mark.parametrize("asked", ["hypothyroid and losing hair", "stubbly legs in summer"])
def test_what_has_no_page_is_not_said_to_be_about_something_else_than_skin_hair_and_nails(
    library: Library, asked: str
) -> None:
    reply = library.lookup_question(asked)
    assert reply.outcome == "no_match"
    assert reply.note is not None
    assert "no page covers its subject" in reply.note


@pytest.mark.parametrize(
    "asked",
    [
        "cheeks and nose red from curry, I think it is rosacea",
        "stretch mark cream",
        "psoriasis round the nose",
        "sunburn, my nose is flaking",
        "why is my forehead oily and dry at once",
    ],
)
def test_a_page_about_one_problem_does_not_answer_for_another_that_is_named_and_has_none(
    library: Library, asked: str
) -> None:
    assert library.lookup_question(asked).outcome != "answer"


@pytest.mark.parametrize(
    ("asked", "slug"),
    [
        ("azelaic acid for rosacea", "azelaic-acid"),
        ("is it eczema or just dry skin on my arms", "eczema-prone-dryness"),
        ("dry patches that stay, psoriasis or what", "what-causes-dry-patches-that-wont-go-away"),
    ],
)
def test_a_problem_without_a_page_that_is_named_beside_another_rules_nothing_out(
    library: Library, asked: str, slug: str
) -> None:
    reply = library.lookup_question(asked)
    assert reply.match is not None
    assert reply.match.canonical_url.endswith(slug)
