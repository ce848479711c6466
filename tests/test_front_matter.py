"""The header of a page: literal values, few shapes, every fault with its line."""

from __future__ import annotations

import frontmatter
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from skb_mcp.front_matter import KEYS, read_document
from skb_mcp.models import Question
from support import BASE, DATES, KEYS_LINE, REAL_SHAPE, entity_of, link_row, page, read, rows, time_limit, url

# Literal values

LITERAL = [
    "AAD — Acne: Tips for managing",
    "Acne products: How to avoid allergic reaction",
    "Dry Skin (Xeroderma): Symptoms, Causes, Treatment & Prevention",
    'Fields K et al., "Bioactive peptides: signaling the future of antiaging"',
    "FDA — Sunscreen: How to Help Protect Your Skin from the Sun",
    'The "Cosmeceutical peptides" (Dermatologic Therapy)',
    '"Cosmeceutical peptides" (Dermatologic Therapy)',
    "'Tis the season' for dry skin",
    "Acne #1",
    "# is a sign",
    "no",
    "yes",
    "on",
    "null",
    "~",
    "true",
    "1:30",
    "12",
    "1e3",
    "0x1f",
    "2026-11-21",
    "50% off?: no ™",
    "? what",
    "- not an item",
    "-",
    "a: b: c",
    ": starts with a colon",
    "ends with a colon:",
    "{braces}",
    "[brackets] in front",
    "[whole]",
    "[]",
    "@handle",
    "`code`",
    "%directive",
    "| a bar, and more",
    "> more than words",
    "*Very* dry skin",
    "& so on",
    "!",
    "--- three dashes",
    "... three dots",
    "tab\there",
    "Crème “brûlée” – 皮膚 🧴",
    r"back\slash",
    'it\'s "both"',
    '"only one quote',
    "'",
]


@pytest.mark.parametrize("title", [t for t in LITERAL if t != "!"])
def test_everything_behind_the_first_colon_is_the_title(title: str) -> None:
    assert entity_of(page(title=title)).title == title


@pytest.mark.parametrize(
    "summary",
    [
        "How do I get rid of red spots after pimples?: skincare steps, key ingredient options",
        "Key: value, #hash, 'quote', \"quote\"",
        "no",
    ],
)
def test_everything_behind_the_first_colon_is_the_summary(summary: str) -> None:
    assert entity_of(page(keys=f"summary: {summary}\n")).summary == summary


def test_a_title_with_a_hash_is_kept_whole() -> None:
    text = page(title="Acne #1")
    assert yaml.safe_load(text.split("---\n")[1])["title"] == "Acne"
    assert entity_of(text).title == "Acne #1"


def test_row_values_are_literal_too() -> None:
    text = page(keys=rows("key_ingredients", link_row("Ingredient", "urea", "Urea: no #1", why="yes: it's 'mild'")))
    (link,) = entity_of(text).key_ingredients
    assert (link.title, link.why) == ("Urea: no #1", "yes: it's 'mild'")


QUOTED = {
    '"AAD — Acne: Tips"': "AAD — Acne: Tips",
    "'AAD — Acne: Tips'": "AAD — Acne: Tips",
    "'it''s'": "it's",
    r'"a \"b\" c"': 'a "b" c',
    r'"caf\u00e9"': "café",
    r'"\ud83d\ude00"': "😀",
    r'"\d not an escape"': r"\d not an escape",
    '"no"': "no",
}


@pytest.mark.parametrize(("written", "value"), QUOTED.items())
def test_quotes_around_a_whole_value_come_off(written: str, value: str) -> None:
    assert entity_of(page(title=written)).title == value


def test_half_of_a_surrogate_pair_is_no_text() -> None:
    """It could be read, but no reply that holds it can be sent."""
    entity, _ = read(page(title=r'"\ud800"'))
    assert entity is None or entity.title.encode()


BLOCKS = {
    "a literal block": ("|\n  one\n  two", "one\ntwo"),
    "a literal block, stripped": ("|-\n  one\n  two", "one\ntwo"),
    "a folded block": (">\n  one\n  two", "one two"),
    "a folded block, stripped": (">-\n  one\n  two", "one two"),
    "a folded block, kept": (">+\n  one\n  two", "one two"),
    "a colon in a block": (">-\n  Acne: tips\n  title: not a key", "Acne: tips title: not a key"),
    "a value below its key": ("\n  one\n  two", "one two"),
    "a value that goes on below": ("one\n  two: three", "one two: three"),
}


@pytest.mark.parametrize(("written", "value"), BLOCKS.values(), ids=BLOCKS)
def test_a_text_may_stand_on_several_lines(written: str, value: str) -> None:
    assert entity_of(page(keys=f"summary: {written}\n")).summary == value


ANY_LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\0"), min_size=1).map(str.strip)


@settings(deadline=None, max_examples=300)
@given(ANY_LINE)
def test_any_line_of_text_makes_the_same_title(title: str) -> None:
    assume(title and title[0] not in "\"'!&*|>")
    assert entity_of(page(title=title)).title == title


@settings(deadline=None, max_examples=200)
@given(ANY_LINE)
def test_any_line_of_text_in_quotes_makes_the_same_title(title: str) -> None:
    assume(title)
    assert entity_of(page(title="'" + title.replace("'", "''") + "'")).title == title


# Lists


LISTS = {
    "nothing": ("", ()),
    "empty brackets": ("[]", ()),
    "brackets": ("[a, b]", ("a", "b")),
    "quotes in brackets": ("""["a, b", 'c''d', e]""", ("a, b", "c'd", "e")),
    "brackets over two lines": ("[a,\n  b]", ("a", "b")),
    "a comma at the end": ("[a, b,]", ("a", "b")),
    "items": ("\n  - a\n  - b", ("a", "b")),
    "items at the margin": ("\n- a\n- b", ("a", "b")),
    "items with colons and hashes": (
        "\n  - acne: red\n  - no\n  - 'it''s'\n  - C# major",
        ("acne: red", "no", "it's", "C# major"),
    ),
    "twins": ("\n  - a\n  - a", ("a",)),
    "an empty item": ("\n  - a\n  -\n  - b", ("a", "b")),
    "a comment line": ("\n  # what people say\n  - a\n  # and\n  - b", ("a", "b")),
    "a blank line": ("\n\n  - a\n\n  - b", ("a", "b")),
}


@pytest.mark.parametrize("key", ["search_aliases", "aliases"])
@pytest.mark.parametrize(("written", "value"), LISTS.values(), ids=LISTS)
def test_a_list_of_texts_is_read(key: str, written: str, value: tuple[str, ...]) -> None:
    assert entity_of(page(keys=f"{key}: {written}\n")).aliases == value


def test_both_names_for_aliases_add_up() -> None:
    assert entity_of(page(keys="aliases: [a, b]\nsearch_aliases: [b, c]\n")).aliases == ("b", "c", "a")


ROWS = {
    "indented": "key_ingredients:\n  - title: Urea\n    url: {}\n",
    "at the margin": "key_ingredients:\n- title: Urea\n  url: {}\n",
    "far in": "key_ingredients:\n      - title: Urea\n        url: {}\n",
    "url first": "key_ingredients:\n  - url: {}\n    title: Urea\n",
    "quoted": "key_ingredients:\n  - title: 'Urea'\n    url: \"{}\"\n",
    "a dash on its own line": "key_ingredients:\n  -\n    title: Urea\n    url: {}\n",
    "a comment line": "key_ingredients:\n  # the mild one\n  - title: Urea\n    # more\n    url: {}\n",
    "a blank line": "key_ingredients:\n\n  - title: Urea\n\n    url: {}\n",
}


@pytest.mark.parametrize("written", ROWS.values(), ids=ROWS)
def test_a_list_of_mappings_is_read(written: str) -> None:
    links = entity_of(page(keys=written.format(url("Ingredient", "urea")))).key_ingredients
    assert [(link.title, link.url) for link in links] == [("Urea", url("Ingredient", "urea"))]


@pytest.mark.parametrize("empty", ["", "[]"])
@pytest.mark.parametrize("key", [key for key, shape in KEYS.items() if shape == "rows"])
def test_a_list_may_be_empty(key: str, empty: str) -> None:
    entity_of(page(keys=f"{key}: {empty}\n"))


def test_one_mapping_is_read() -> None:
    concern = link_row("Concern", "razor-bumps", "Razor Bumps: all of them")
    text = page("Question", keys=f"primary_concern:\n  title: {concern['title']}\n  url: {concern['url']}\n")
    entity = entity_of(text)
    assert isinstance(entity, Question)
    assert entity.primary_concern
    assert (entity.primary_concern.title, entity.primary_concern.url) == (concern["title"], concern["url"])


def test_the_legacy_ranked_product_joins_the_ranked_products() -> None:
    ranked = rows("ranked_products", link_row("Product", "a", "A"), link_row("Product", "b", "B"))
    legacy = f"ranked_product:\n  title: A, the old name\n  url: {url('Product', 'a')}\n"
    other = f"ranked_product:\n  title: C\n  url: {url('Product', 'c')}\n"
    assert [p.title for p in entity_of(page(keys=ranked + legacy)).ranked_products] == ["A", "B"]
    assert [p.title for p in entity_of(page(keys=legacy + ranked)).ranked_products] == ["A", "B"]
    assert [p.title for p in entity_of(page(keys=ranked + other)).ranked_products] == ["A", "B", "C"]
    assert [p.title for p in entity_of(page(keys=legacy)).ranked_products] == ["A, the old name"]


def test_a_published_page_is_read_where_strict_yaml_gives_up() -> None:
    with pytest.raises(yaml.YAMLError):
        frontmatter.loads(REAL_SHAPE)
    entity = entity_of(REAL_SHAPE)
    assert isinstance(entity, Question)
    assert entity.summary == (
        "Why are there rough bumps on my legs after shaving?: what they may be, what calms them, when to ask before"
    )
    assert [ref.title for ref in (*entity.evidence_sources, *entity.product_fact_sources)] == [
        "ABC — Shaving: How to avoid bumps",
        'Doe J et al., "Blades: a trial of sharpness"',
        "Official Product Page — Example Brand Calm Lotion",
    ]
    assert [product.title for product in entity.ranked_products] == [
        "Example Brand Calm Lotion",
        "Example Brand Shave Oil",
    ]


# Comments and blank lines


def test_comment_lines_and_blank_lines_between_keys_are_skipped() -> None:
    assert entity_of(page(keys="# a comment\n\nsummary: Kept\n#another\n")).summary == "Kept"


def test_blank_lines_before_the_front_matter_count_as_lines() -> None:
    _, found = read("\n\n \n" + page(title=""))
    assert found == ["x.md:1: 'title' is missing (missing-key)"]
    _, found = read("\n\n \n" + page(keys="colour: red\n"))
    assert found == [f"x.md:{KEYS_LINE + 3}: 'colour' is not a key of this format (unknown-key)"]


# Faults

FAULTS = {
    "no front matter": ("# Razor Bumps\n", "x.md:1: the file does not begin with a '---' line (no-front-matter)"),
    "an empty file": ("", "x.md:1: the file does not begin with a '---' line (no-front-matter)"),
    "blanks alone": (" \n\n\t\n", "the file does not begin with a '---' line (no-front-matter)"),
    "toml": ("+++\ntitle = 'x'\n+++\n", "x.md:1: the file does not begin with a '---' line (no-front-matter)"),
    "four dashes": ("----\ntitle: x\n----\n", "x.md:1: the file does not begin with a '---' line (no-front-matter)"),
    "no end": (
        page().replace("---\n\n#", "#"),
        "x.md:1: the front matter has no closing '---' line (unclosed-front-matter)",
    ),
    "nothing else": ("---", "x.md:1: the front matter has no closing '---' line (unclosed-front-matter)"),
}


@pytest.mark.parametrize(("text", "finding"), FAULTS.values(), ids=FAULTS)
def test_a_file_without_a_whole_front_matter_is_a_finding(text: str, finding: str) -> None:
    entity, found = read(text)
    assert entity is None
    assert len(found) == 1
    assert found[0].endswith(finding)


MACHINERY = "tags, anchors and aliases are not read; write the value itself (yaml-machinery)"
TEXTS = "takes a list of texts ('  - text') (wrong-shape)"
MAPPINGS = "takes a list of mappings ('  - title: …') (wrong-shape)"
MAPPING = "takes one mapping ('  title: …') (wrong-shape)"
NESTED = "is nested deeper than a list of flat mappings (nesting)"

BAD_KEYS = {
    "a tag": ("summary: !!str x\n", f"8: {MACHINERY}"),
    "a tag that would run": ("summary: !!python/object/apply:os.system ['true']\n", f"8: {MACHINERY}"),
    "an anchor": ("aliases: &all\n  - x\n", f"8: {MACHINERY}"),
    "an anchor on a list": ("aliases: &all [x]\n", f"8: {MACHINERY}"),
    "an alias": ("summary: *all\n", f"8: {MACHINERY}"),
    "an alias in a list": ("aliases:\n  - *all\n", f"9: {MACHINERY}"),
    "an alias in a row": ("key_ingredients:\n  - title: *all\n", f"9: {MACHINERY}"),
    "a merge key": ("key_ingredients:\n  - <<: *all\n", f"9: {MACHINERY}"),
    "a tag under an unknown key": ("more:\n  - a: !x y\n", f"9: {MACHINERY}"),
    "a key given twice": ("summary: a\nsummary: b\n", "9: 'summary' is given twice (duplicate-key)"),
    "a key given twice in a row": (
        "key_ingredients:\n  - title: a\n    title: b\n",
        "10: 'title' is given twice in one row (duplicate-key)",
    ),
    "a line without a colon": ("just words\n", "8: expected 'key: value' (not-a-key)"),
    "a colon without a blank": ("summary:words\n", "8: expected 'key: value' (not-a-key)"),
    "a complex key": ("? a\n", "8: expected 'key: value' (not-a-key)"),
    "a quoted key": ('"summary": a\n', "8: expected 'key: value' (not-a-key)"),
    "a text for a list": ("aliases: zits\n", f"8: 'aliases' {TEXTS}"),
    "a mapping for a list": ("aliases:\n  a: b\n", f"9: 'aliases' {TEXTS}"),
    "brackets in brackets": (
        "aliases: [[a]]\n",
        "8: 'aliases' holds brackets inside brackets, or is not closed (nesting)",
    ),
    "an open bracket": ("aliases: [a, b\n", "8: 'aliases' holds brackets inside brackets, or is not closed (nesting)"),
    "a brace in brackets": (
        "aliases: [{a: b}]\n",
        "8: 'aliases' holds brackets inside brackets, or is not closed (nesting)",
    ),
    "a text for rows": ("key_ingredients: urea\n", f"8: 'key_ingredients' {MAPPINGS}"),
    "texts for rows": ("key_ingredients:\n  - urea\n", f"9: 'key_ingredients' {MAPPINGS}"),
    "flow rows": ("key_ingredients: [{title: a}]\n", f"8: 'key_ingredients' {MAPPINGS}"),
    "lists in rows": ("key_ingredients:\n  - - title: a\n", f"9: 'key_ingredients' {MAPPINGS}"),
    "rows in rows": ("key_ingredients:\n  - title: a\n      why: b\n", f"10: 'key_ingredients' {NESTED}"),
    "a text for a mapping": ("primary_concern: bumps\n", f"8: 'primary_concern' {MAPPING}"),
    "a flow mapping": ("primary_concern: {title: a}\n", f"8: 'primary_concern' {MAPPING}"),
    "two mappings": ("ranked_product:\n  - title: a\n  - title: b\n", f"10: 'ranked_product' {MAPPING}"),
}


@pytest.mark.parametrize(("keys", "finding"), BAD_KEYS.values(), ids=BAD_KEYS)
def test_what_cannot_be_read_keeps_the_page_out_and_names_its_line(keys: str, finding: str) -> None:
    entity, found = read(page(keys=keys))
    assert entity is None
    assert f"x.md:{finding}" in found


WARNINGS = {
    "an unknown key": ("colour: red\n", "x.md:8: 'colour' is not a key of this format (unknown-key)"),
    "an unknown key with a nest of values": (
        "more:\n  - a:\n      - b: c\n",
        "x.md:8: 'more' is not a key of this format (unknown-key)",
    ),
    "an unknown key in a row": (
        f"key_ingredients:\n  - title: a\n    url: {BASE}/ingredients/a\n    colour: red\n",
        "x.md:11: 'colour' is not a key of a 'key_ingredients' row (unknown-key)",
    ),
}


@pytest.mark.parametrize(("keys", "finding"), WARNINGS.values(), ids=WARNINGS)
def test_what_is_not_known_is_said_and_the_page_is_served(keys: str, finding: str) -> None:
    entity, found = read(page(keys=keys))
    assert entity
    assert found == [finding]


def test_a_line_before_the_first_key_belongs_to_none() -> None:
    _, found = read(page().replace("---\n", "---\n  - stray\n", 1))
    assert found == ["x.md:2: this line belongs to no key (not-a-key)"]


def test_every_fault_is_found_not_just_the_first() -> None:
    _, found = read(page(title="", keys="aliases: zits\nsummary: a\nsummary: b\n", dates=""))
    assert found == [
        "x.md:1: 'title' is missing (missing-key)",
        "x.md:6: 'aliases' takes a list of texts ('  - text') (wrong-shape)",
        "x.md:8: 'summary' is given twice (duplicate-key)",
    ]


def test_the_first_of_two_equal_keys_counts() -> None:
    fields = read_document(page(title="First", keys="title: Second\n")).fields
    assert fields["title"].text
    assert fields["title"].text.value == "First"


BOMB = "summary: [&a [x,x,x], &b [*a,*a,*a], &c [*b,*b,*b]]\n"


def test_an_alias_bomb_is_nothing_but_text() -> None:
    assert entity_of(page(keys=BOMB)).summary == BOMB.removeprefix("summary: ").strip()


HUGE = {
    "brackets": "aliases: " + "[" * 200_000 + "]" * 200_000 + "\n",
    "nested rows": "key_ingredients:\n" + "".join(" " * n + "- a:\n" for n in range(600)),
    "nested flow in a title": "summary: " + "{a: " * 100_000 + "\n",
    "a list with a long gap": "aliases: [a" + " " * 100_000 + "b]\n",
    "a list of quotes": "aliases: [" + '"' * 100_000 + "]\n",
    "an escape without end": 'summary: "' + "\\" * 100_001 + "\n",
    "many keys": "".join(f"key{n}: x\n" for n in range(20_000)),
    "one key many times": "summary: x\n" * 20_000,
    "many rows": "key_ingredients:\n" + "  - title: a\n" * 20_000,
}


@pytest.mark.parametrize("keys", HUGE.values(), ids=HUGE)
def test_a_hostile_header_is_read_in_little_time(keys: str) -> None:
    text = page(keys=keys)
    with time_limit(10):
        read_document(text)


def test_the_body_begins_where_it_stands_in_the_file() -> None:
    document = read_document(f"---\ntitle: x\n{DATES}---\n\n\n  \nFirst words.\n---\nmore\n")
    assert document.body_line == 9
    assert document.body.split("\n") == ["First words.", "---", "more"]
