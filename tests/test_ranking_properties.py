"""What must hold of the ranking whatever is asked, whatever else the corpus holds, and however a name is mistyped."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from skb_mcp import Library
from skb_mcp.corpus import embedded_corpus
from skb_mcp.data_files import Shipped
from skb_mcp.documents import ranking_of
from skb_mcp.evaluation import Item, read_items
from skb_mcp.graph import Graph
from skb_mcp.language import Language
from skb_mcp.models import FOLDERS, Concern, Entity, EntityType, Ingredient, Question
from skb_mcp.ranking import Hit, Ranker, State
from skb_mcp.reading import read_corpus
from skb_mcp.replies import Envelope
from skb_mcp.text import words
from skb_mcp.topics import Topics
from support import BASE, TODAY, page, read_folder, url, write

QUESTIONS = Path(__file__).parents[1] / "benchmarks" / "questions.jsonl"


@dataclass(frozen=True, repr=False)
class Ranked:
    """Pages with the words beside them, and what they are ranked with."""

    pages: Mapping[str, Entity]
    language: Language
    topics: Topics
    state: State

    def beside(self, *more: Entity) -> Ranker:
        """The ranking of the same pages and others."""
        pages = {**self.pages, **{page.canonical_url: page for page in more}}
        return Ranker(ranking_of(Graph(pages.values()), self.language, self.topics))


@pytest.fixture(scope="module")
def shipped(library: Library) -> Ranked:
    language = Shipped([], fresh=True).language
    pages = {page.canonical_url: page for page in library.pages}
    language = language.of_pages(BASE, language.wordings)
    topics = Topics.of(language)
    return Ranked(pages, language, topics, ranking_of(Graph(pages.values()), language, topics))


@pytest.fixture(scope="module")
def ranker(shipped: Ranked) -> Ranker:
    return Ranker(shipped.state)


@pytest.fixture(scope="module")
def own() -> list[Item]:
    return read_items(QUESTIONS.read_text(encoding="utf-8"))


def told(hits: Iterable[Hit]) -> list[tuple[str, float, tuple[str, ...]]]:
    """Hits as values that can be compared between two rankings."""
    return [(hit.document.url, hit.score, hit.matched_fields) for hit in hits]


def winner(ranker: Ranker, text: str) -> str | None:
    return next((hit.document.url for hit in ranker.search(text, 1)), None)


# A corpus that can be held in the head


SMALL: dict[str, str] = {
    "concerns/marks.md": page("Concern", "marks", "Red marks after acne", keys="aliases: [pink marks, red spots]\n"),
    "concerns/brown.md": page("Concern", "brown", "Brown marks after acne", keys="aliases: [dark marks]\n"),
    "concerns/lips.md": page("Concern", "lips", "Chapped lips", keys="aliases: [cracked lips, winter lips]\n"),
    "questions/fade.md": page("Question", "fade", "How do I fade brown marks?"),
    "ingredients/azelaic.md": page("Ingredient", "azelaic", "Azelaic acid", keys="aliases: [aza]\n"),
    "products/balm.md": page("Product", "balm", "Acme Winter Balm", keys="brand: Acme\naliases: [acme balm]\n"),
    "sources/trial.md": page("Source", "trial", "A trial of azelaic acid"),
    "lexicon.yaml": "entries:\n  zit: acne\n",
    "topics.yaml": "topics:\n  cuticles: [torn cuticles, hangnail, dry cuticles in winter]\noutside:\n  cars: [rust]\n",
    "wordings/all.yaml": "wordings:\n  concerns/lips: [my mouth is so dry in winter, lips like paper]\n",
}
VOCABULARY = sorted({word for text in SMALL.values() for word in words(text) if word.isalpha()} | {"unheard", "zit"})

asked = st.lists(st.sampled_from(VOCABULARY), max_size=7).map(" ".join)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return library_of(tmp_path_factory.mktemp("small"), SMALL)


def library_of(folder: Path, files: Mapping[str, str | bytes]) -> Library:
    return Library(read_folder(write(folder, files)), today=TODAY)


def replies(library: Library, text: str) -> list[str]:
    """What every tool that ranks says to a text."""
    calls = (library.lookup_question, library.search, library.list_ingredients_for_concern, library.get_sources)
    return [call(text).model_dump_json() for call in calls]


# The order of pages


@settings(max_examples=10, deadline=None)
@given(order=st.permutations(sorted(name for name in SMALL if name.endswith(".md"))), texts=st.lists(asked, max_size=5))
def test_the_order_of_files_changes_no_reply(
    order: Sequence[str], texts: Sequence[str], small: Library, tmp_path_factory: pytest.TempPathFactory
) -> None:
    renamed = {f"{number}.md": SMALL[name] for number, name in enumerate(order)}
    others = {name: text for name, text in SMALL.items() if not name.endswith(".md")}
    library = library_of(tmp_path_factory.mktemp("order"), {**renamed, **others})
    for text in texts:
        assert replies(library, text) == replies(small, text)


def test_the_order_of_the_shipped_pages_changes_nothing_that_they_are_ranked_with(shipped: Ranked) -> None:
    order = list(shipped.pages.items())
    random.Random(4).shuffle(order)
    state = ranking_of(Graph(dict(order)), shipped.language, shipped.topics)
    assert state == shipped.state
    assert [list(table) for table in state.values()] == [list(table) for table in shipped.state.values()]


# Other pages


def other(kind: EntityType, slug: str, title: str, *aliases: str) -> Entity:
    model = {"Question": Question, "Concern": Concern, "Ingredient": Ingredient}[kind]
    built: Entity = model(title=title, canonical_url=url(kind, slug), path=f"{slug}.md", aliases=aliases)
    return built


UNRELATED = (
    other("Question", "trumpet", "How do I polish a brass trumpet?", "clean a trumpet", "which cloth for brass"),
    other("Question", "bicycle", "Why does my bicycle chain squeak?", "how often should I oil a bike chain"),
    other("Concern", "hangnails", "Torn Cuticles", "hangnails", "ragged cuticles"),
    other("Ingredient", "jojoba-oil", "Jojoba Oil", "simmondsia chinensis", "jojoba"),
)

no_words = st.lists(st.text("jqxz", min_size=5, max_size=9), min_size=1, max_size=4).map(" ".join)
"""Texts of words that are like no word of any language."""


@settings(max_examples=40, deadline=None)
@given(
    title=no_words, aliases=st.lists(no_words, max_size=3), kind=st.sampled_from(["Question", "Concern"]), text=asked
)
def test_a_page_that_shares_no_word_changes_no_hit_and_no_score(
    title: str, aliases: list[str], kind: EntityType, text: str, small: Library
) -> None:
    pages = {page.canonical_url: page for page in small.pages}
    language, topics = Language(), Topics.of(Language())
    before = ranking_of(Graph(pages.values()), language, topics)
    ranked = Ranked(pages, language, topics, before)
    after = ranked.beside(other(kind, "other", title, *aliases))
    assert told(after.search(text)) == told(Ranker(before).search(text))


def test_unrelated_pages_change_no_winner_among_the_questions_that_a_page_answers(
    shipped: Ranked, ranker: Ranker, own: list[Item]
) -> None:
    after = shipped.beside(*UNRELATED)
    texts = [item.query for item in own if item.expect == "answer"][::3]
    # Of two that are all but equal, any word more in the world may turn the scale.
    clear = [text for text in texts if len(hits := ranker.search(text, 2)) < 2 or hits[1].score < 0.99 * hits[0].score]
    assert len(clear) > 0.9 * len(texts)
    changed = {text: (was, now) for text in clear if (was := winner(ranker, text)) != (now := winner(after, text))}
    assert changed == {}


# Titles


def typings(title: str) -> Iterator[str]:
    """A title as it stands, shouted, in small letters without its punctuation, and between blanks."""
    yield title
    yield title.upper()
    yield " ".join(words(title))
    yield f"  {title.replace(' ', chr(10))} !?"


def test_a_title_typed_exactly_finds_its_page_first_and_with_certainty(library: Library) -> None:
    having: dict[str, str] = {}
    # A publication may be titled like the page that rests on it ("Dry Skin"): then the page is meant.
    for entity in sorted(library.pages, key=lambda page: page.entity_type == "Source"):
        having.setdefault(entity.title.lower(), entity.canonical_url)
    lost = {}
    for entity in library.pages:
        for typed in typings(entity.title):
            match = library.search(typed).match
            if match is None or (match.canonical_url, match.confidence) != (having[entity.title.lower()], 1.0):
                lost[typed] = match
    assert lost == {}


# Scores


def confidences(reply: Envelope) -> list[float]:
    """The confidence of the match and of all that comes behind it, in order."""
    results = [result.confidence for result in getattr(reply, "results", ())]
    match = [reply.match.confidence] if reply.match and not results else []
    return [*match, *results, *(near.confidence or 0.0 for near in reply.alternatives)]


KNOWN = sorted({word for item in read_items(QUESTIONS.read_text(encoding="utf-8")) for word in words(item.query)})

anything = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(KNOWN), max_size=25).map(" ".join))


@settings(max_examples=60, deadline=None)
@given(text=anything)
def test_scores_lie_between_0_and_1_and_never_increase_down_the_list(text: str, library: Library) -> None:
    assume("://" not in text)  # a URL is no words
    for call in (library.lookup_question, library.search, library.list_ingredients_for_concern, library.get_sources):
        found = confidences(call(text))
        assert all(0 <= score <= 1 for score in found)
        assert found == sorted(found, reverse=True)


@settings(max_examples=60, deadline=None)
@given(text=anything, limit=st.integers(1, 200))
def test_all_hits_are_ordered_by_score_each_page_once(text: str, limit: int, ranker: Ranker) -> None:
    hits = ranker.search(text, limit)
    scores = [hit.score for hit in hits]
    assert len(hits) <= limit
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert len({hit.document.url for hit in hits}) == len(hits)


# Pages that are not eligible


NOT_TRUE = ("false", None, '"true"', "yes", "true\nmcp_eligible: true")


@settings(max_examples=15, deadline=None)
@given(
    kind=st.sampled_from(tuple(FOLDERS)),
    eligible=st.sampled_from(NOT_TRUE),
    text=asked.filter(lambda text: bool(text.strip())),
    times=st.integers(1, 60),
)
def test_a_draft_full_of_the_words_of_a_question_changes_no_hit_and_no_score(
    kind: EntityType,
    eligible: str | None,
    text: str,
    times: int,
    small: Library,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    body = f"# {text}\n\n## Quick Answer\n\n{f'{text}. ' * times}\n"
    draft = page(kind, "draft", text, eligible=eligible, keys=f'aliases: ["{text}", "{text} too"]\n', body=body)
    # In quotes: to YAML, "true" alone is no text.
    wordings = f'{SMALL["wordings/all.yaml"]}  {FOLDERS[kind]}/draft: ["{text}", "{text} again"]\n'
    files = {**SMALL, "draft.md": draft, "wordings/all.yaml": wordings}
    corpus = read_folder(write(tmp_path_factory.mktemp("draft"), files))
    assert corpus.ranking == read_folder(write(tmp_path_factory.mktemp("none"), SMALL)).ranking
    assert replies(Library(corpus, today=TODAY), text) == replies(small, text)


def test_the_same_page_would_change_them_if_it_were_eligible(small: Library, tmp_path: Path) -> None:
    same = page("Concern", "draft", "Red lips", keys="aliases: [red lips in winter]\n")
    assert replies(library_of(tmp_path, {**SMALL, "draft.md": same}), "red lips") != replies(small, "red lips")


def test_without_its_drafts_the_shipped_corpus_is_ranked_with_the_same_words_and_numbers(
    shipped: Ranked, library: Library, tmp_path: Path
) -> None:
    served = {page.path for page in library.pages}
    shutil.copytree(embedded_corpus(), tmp_path / "corpus")
    drafts = [
        file
        for folder in FOLDERS.values()
        for file in (tmp_path / "corpus" / folder).glob("*.md")
        if f"{folder}/{file.name}" not in served
    ]
    for file in drafts:
        file.unlink()
    assert drafts
    assert read_corpus(tmp_path / "corpus").ranking == shipped.state


# Typos


SAMPLE, TYPO_HITS, TYPO_SEED = 600, 0.97, 20261122
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Typo(NamedTuple):
    """A name with one edit in one of its words."""

    name: str
    typed: str

    def __str__(self) -> str:
        return f"{self.typed} ({self.name})"


def mistyped(word: str, draw: random.Random) -> str:
    """A word with one letter replaced, inserted or left out, or two neighbours swapped, and not the word itself."""
    at, letter = draw.randrange(len(word)), draw.choice(LETTERS)
    before = min(at, len(word) - 2)
    edits = (
        word[:at] + letter + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + word[at + 1 :],
        word[:before] + word[before + 1] + word[before] + word[before + 2 :],
    )
    edited = draw.choice(edits)
    return edited if edited.lower() != word.lower() else mistyped(word, draw)


def typos(names: Iterable[str]) -> list[Typo]:
    """A sample of all words of five letters or more in these names, each mistyped."""
    draw = random.Random(TYPO_SEED)
    places = [(name, match.span()) for name in sorted(names) for match in re.finditer(r"[A-Za-z]{5,}", name)]
    return [
        Typo(name, name[:start] + mistyped(name[start:end], draw) + name[end:])
        for name, (start, end) in draw.sample(places, SAMPLE)
    ]


def owners(pages: Iterable[Entity]) -> dict[str, set[str]]:
    """The pages that have a name as their title or an alias, Sources left out."""
    found: dict[str, set[str]] = {}
    for entity in pages:
        if entity.entity_type != "Source":
            for name in (entity.title, *entity.aliases):
                found.setdefault(name, set()).add(entity.canonical_url)
    return found


@pytest.fixture(scope="module")
def given_for_typos(library: Library) -> dict[Typo, str | None]:
    """The page that each mistyped name is answered from."""
    asked = {typo: library.lookup_question(typo.typed).match for typo in typos(owners(library.pages))}
    return {typo: match.canonical_url if match else None for typo, match in asked.items()}


def test_a_typo_in_one_word_of_a_title_or_an_alias_still_finds_the_page(
    library: Library, given_for_typos: dict[Typo, str | None]
) -> None:
    having = owners(library.pages)
    missed = [f"{typo} → {found}" for typo, found in given_for_typos.items() if found not in having[typo.name]]
    assert 1 - len(missed) / len(given_for_typos) >= TYPO_HITS, "\n".join(missed)


def test_a_typo_in_one_word_of_a_title_or_an_alias_still_finds_its_subject(
    library: Library, given_for_typos: dict[Typo, str | None]
) -> None:
    """As above, where another page about the same concern will do."""
    subjects = {page.canonical_url: subject(page) for page in library.pages}
    having = {name: {subjects[found] for found in owned} for name, owned in owners(library.pages).items()}
    missed = [
        f"{typo} → {found}"
        for typo, found in given_for_typos.items()
        if subjects.get(found or "") not in having[typo.name]
    ]
    assert 1 - len(missed) / len(given_for_typos) >= TYPO_HITS, "\n".join(missed)


def subject(entity: Entity) -> str:
    """What a page is about: a Question's primary concern, or itself."""
    concern = entity.primary_concern if isinstance(entity, Question) else None
    return concern.url if concern else entity.canonical_url


# Subjects that are easily taken for each other


class Side(NamedTuple):
    """One of two subjects: the words that tell it, the word that denies it, and the pages about it."""

    says: str
    denied: str
    pages: tuple[str, ...]


RED = Side(
    r"red|redness|pink|erythema|pie",
    "red",
    (
        "concerns/post-breakout-redness",
        "concerns/post-inflammatory-erythema",
        "questions/how-do-i-get-rid-of-red-spots-after-pimples",
    ),
)
BROWN = Side(
    r"brown|dark|black|pih|hyperpigment\w*|discolo\w*",
    "brown",
    (
        "concerns/dark-spots-from-acne",
        "questions/how-do-i-fade-dark-acne-scars",
        "questions/why-do-my-dark-spots-come-back-after-fading",
    ),
)
SCAR = Side(r"scar\w*", "scars", ())
"""The shipped page about scars is a draft."""
PURGE = Side(r"purg\w*", "purging", ("concerns/skin-purging", "questions/is-my-skin-purging-or-breaking-out"))
BREAKOUT = Side(
    r"break\w*|brok?e|pimples|acne|spots|clog\w*",
    "breakouts",
    (
        "concerns/slugging-breakouts",
        "questions/how-do-i-tell-if-a-product-is-breaking-me-out",
        "questions/is-my-skin-purging-or-breaking-out",
    ),
)
DRY = Side(
    r"dry\w*|xero\w*", "dryness", ("concerns/dry-skin", "questions/why-is-my-skin-so-dry-even-when-i-moisturize")
)
BAGS = Side(
    r"\w*bags?|baggy|bulge|fat|pouches",
    "bags",
    ("concerns/under-eye-bags", "questions/how-do-i-get-rid-of-bags-under-my-eyes-that-wont-go-away"),
)
CIRCLES = Side(
    r"circles|dark\w*|black|panda|purple|discolo\w*|shadow",
    "dark circles",
    ("concerns/dark-circles", "questions/how-do-i-get-rid-of-dark-circles-under-my-eyes"),
)
RETINOL = Side(r"retinole?|retnol", "retinol", ("ingredients/retinol",))
RETINOIDS = Side(
    r"retinoids?|retin-a|retinal\w*|adapalene|tretinoin|tazarotene",
    "prescription retinoids",
    ("ingredients/retinoids",),
)
LIPS = Side(r"lips?|mouth|cheilitis", "lips", ("concerns/chapped-lips", "questions/why-are-my-lips-always-chapped"))

PAIRS = (
    (RED, BROWN),
    (RED, SCAR),
    (BROWN, SCAR),
    (PURGE, BREAKOUT),
    (BAGS, CIRCLES),
    (RETINOL, RETINOIDS),
    (LIPS, DRY),
)

TROUBLE = (
    "how do i get rid of {}",
    "what are {}",
    "i have {} and nothing helps, what can i do",
    "{} on my face for months now",
    "my daughter has {}, is that normal",
)
USE = (
    "what is {}",
    "how do i use {}",
    "can i put {} on every night",
    "which {} should i buy as a beginner",
    "my skin stings, is it the {}?",
)
DEHYDRATED = ("dehydrated skin", "dehydrated skin, not dry", "dehydrated face", "dry or dehydrated skin")
SCARS = (
    *("pitted scars", "ice pick scars", "boxcar scars on my cheeks", "raised scar on my jaw", "keloid scar"),
    *("dents in my cheek from acne", "craters from acne on my temples", "pitted skin from acne", "indented acne scars"),
)


def texts_about(side: Side, against: Side, pages: Mapping[str, Entity]) -> Iterator[str]:
    """The names of a side that do not speak of the other, and what people make of the names of a thing."""
    for path in side.pages:
        entity = pages[f"{BASE}/{path}"]
        frames = () if entity.entity_type == "Question" else USE if entity.entity_type == "Ingredient" else TROUBLE
        for name in dict.fromkeys(text.lower() for text in (entity.title, *entity.aliases)):
            if says(side, name) and not says(against, name):
                yield from (name, f"{name}, not {against.denied}", *(frame.format(name) for frame in frames))


def says(side: Side, text: str) -> bool:
    return bool(re.search(rf"\b(?:{side.says})\b", text, re.IGNORECASE))


@pytest.mark.parametrize(
    ("side", "against"),
    [*PAIRS, *((against, side) for side, against in PAIRS if against.pages)],
    ids=lambda side: side.denied,
)
def test_of_two_subjects_the_page_about_the_other_is_never_given(side: Side, against: Side, library: Library) -> None:
    pages = {page.canonical_url: page for page in library.pages}
    texts = list(texts_about(side, against, pages))
    assert len(texts) >= 4
    wrong = {}
    for text in texts:
        match = library.lookup_question(text).match
        given = match.canonical_url.removeprefix(f"{BASE}/") if match else None
        if given in against.pages and given not in side.pages:
            wrong[text] = given
    assert wrong == {}


@pytest.mark.parametrize("text", SCARS)
def test_a_scar_gets_no_page_about_flat_marks(text: str, library: Library) -> None:
    for asked in (text, *(frame.format(text) for frame in TROUBLE)):
        match = library.lookup_question(asked).match
        assert match is None or match.canonical_url.removeprefix(f"{BASE}/") not in (*RED.pages, *BROWN.pages), asked


@pytest.mark.parametrize("text", DEHYDRATED)
def test_dehydrated_skin_gets_a_page_that_tells_it_from_dry_skin(text: str, library: Library) -> None:
    for asked in (text, *(frame.format(text) for frame in TROUBLE)):
        match = library.lookup_question(asked).match
        assert match is None or match.canonical_url.removeprefix(f"{BASE}/") in DRY.pages, asked


@pytest.mark.parametrize(
    "text",
    [
        "my wife refuses her heart pills and shouts at me every morning, our marriage is falling apart, what can I do",
        "had my gallbladder out in March and since then big meals go straight through me, is that normal after surgery",
        "Hello sir, I am 29, married two years, my sperm count came low and my doctor gave tablets for three months. "
        "I have tried everything, no smoking, no tight jeans. Which test is next and can we still have a baby?",
        "my knee clicks and swells after football, the scan shows a small tear, should I stop running for the season",
        "baby wakes every hour at night since four months and only feeds a little, the nurse says wait, please advise",
        "is it wise to take out a loan for a used car when my job ends in spring",
    ],
)
def test_what_has_nothing_to_do_with_skin_gets_no_page_however_much_is_told(text: str, library: Library) -> None:
    assert library.lookup_question(text).match is None


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("niacinamide with vitamin c, fine together?", "questions/can-i-use-retinol-and-vitamin-c-together"),
        ("one dry flaky area on my cheek, what is it", "questions/how-do-i-stop-makeup-from-clinging-to-dry-patches"),
        ("cheekbones darker than the rest of my face", "questions/how-do-i-get-rid-of-dark-circles-under-my-eyes"),
        ("why do fourteen year olds get so many zits", "concerns/acne-marks"),
        ("which cream makes a dark complexion fairer", "sources/aad-fade-dark-spots-darker-skin-tones"),
    ],
)
def test_a_page_is_not_given_to_who_names_nothing_that_it_is_about(text: str, page: str, library: Library) -> None:
    match = library.lookup_question(text).match
    assert match is None or match.canonical_url != f"{BASE}/{page}"


@pytest.mark.parametrize(
    "text",
    [
        "bakuchiol vs retinol",
        "does microneedling beat retinol or is it worse than it",
        "hydroquinone instead of azelaic acid",
    ],
)
def test_a_page_is_not_given_to_who_compares_it_with_what_no_page_is_about(text: str, library: Library) -> None:
    assert library.lookup_question(text).outcome == "no_match"


def test_a_comparison_of_what_pages_are_about_is_answered(library: Library) -> None:
    for text in ("glycolic vs salicylic acid", "red marks vs brown marks", "is retinol different from tretinoin"):
        assert library.lookup_question(text).outcome == "answer"


@pytest.mark.parametrize(
    "need",
    [
        "which cream is best for fading acne scars",
        "is there a clarifying cream for acne skin",
        "gentle therapeutic gel for cleansing my face",
        "are peptide serums worth it",
        "is it true that matrixyl serum works",
        "is it true that a hyaluronic acid serum dries out skin",
        "is a hyaluronic acid serum good for dry skin",
        "what does a glycolic acid toner do",
        "glycolic toner every day",
        "retinol serum for my face",
        "moisturizing cream for dry hands",
        "spf 46 sunscreen for a clear face",
    ],
)
def test_a_need_is_no_request_for_a_product_of_the_shipped_corpus(ranker: Ranker, need: str) -> None:
    assert not [hit.document.url for hit in ranker.search(need) if hit.document.is_product]


def test_every_product_of_the_shipped_corpus_is_found_by_its_names(shipped: Ranked, ranker: Ranker) -> None:
    products = [held for held in shipped.pages.values() if held.entity_type == "Product"]
    for held in products:
        for name in (held.title, *held.aliases):
            assert winner(ranker, name) == held.canonical_url
            assert held.canonical_url in [hit.document.url for hit in ranker.search(f"is {name} any good")]
