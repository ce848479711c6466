"""One file → one entity or its faults: what is eligible, what is read, and what is said about the rest."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skb_mcp.drafts import MAX_PAGE_BYTES, Draft, decode, read_file, read_page
from skb_mcp.models import ENTITY_TYPES, FOLDERS, EntityType, Ingredient, Product, Question, Source
from skb_mcp.pages import build_entity
from support import (
    BASE,
    BODY_LINE,
    NOT_ELIGIBLE,
    REAL_SHAPE,
    entity_of,
    header,
    link_row,
    location,
    page,
    read,
    rows,
    source_row,
    time_limit,
    url,
)

# Eligibility (guarantee G1)


@pytest.mark.parametrize("value", ["true", "True", "TRUE", "true # reviewed", "true  #", "TRUE # false", "  true  "])
def test_only_yaml_true_is_eligible(value: str) -> None:
    assert header(page(eligible=value)).eligible


@pytest.mark.parametrize("value", NOT_ELIGIBLE.values(), ids=NOT_ELIGIBLE)
def test_nothing_else_is_eligible(value: str | None) -> None:
    assert not header(page(eligible=value)).eligible


def elsewhere(old: str, new: str) -> str:
    return page(eligible=None).replace(old, new)


NOT_A_KEY = {
    "in another key's case": elsewhere("entity_type", "MCP_ELIGIBLE: true\nentity_type"),
    "with a hyphen": elsewhere("entity_type", "mcp-eligible: true\nentity_type"),
    "in a comment": elsewhere("entity_type", "# mcp_eligible: true\nentity_type"),
    "in the title": page(title="x mcp_eligible: true", eligible=None),
    "in a row": page(eligible=None, keys="key_ingredients:\n  - mcp_eligible: true\n"),
    "in a block": page(eligible=None, keys="summary: |\n  mcp_eligible: true\n"),
    "indented": page(eligible=None, keys="  mcp_eligible: true\n"),
    "without a blank": page(eligible=None, keys="mcp_eligible:true\n"),
    "in the body": page(eligible=None, body="mcp_eligible: true\n"),
    "in a second front matter": page(eligible=None) + "\n---\nmcp_eligible: true\n---\n",
    "behind an empty front matter": "---\n---\nmcp_eligible: true\n",
    "behind a second byte order mark": "\ufeff" + page(),
    "without a front matter": "mcp_eligible: true\n",
    "in other marks": page().replace("---", "+++"),
    "quoted": page(eligible=None, keys='"mcp_eligible": true\n'),
    "a complex key": page(eligible=None, keys="? mcp_eligible\n: true\n"),
    "in braces": page(eligible=None, keys="{mcp_eligible: true}\n"),
    "behind a line separator": page(eligible=None, keys="summary: x\u2028mcp_eligible: true\n"),
}


@pytest.mark.parametrize("text", NOT_A_KEY.values(), ids=NOT_A_KEY)
def test_eligibility_counts_in_its_own_place_alone(text: str) -> None:
    assert not header(text).eligible


SAID = {
    "missing": (None, "x.md:1: 'mcp_eligible' is missing, so the page is not served (missing-key)"),
    "a string": (
        '"true"',
        "x.md:7: 'mcp_eligible' takes true or false, unquoted; the page is not served (eligibility)",
    ),
    "yes": ("yes", "x.md:7: 'mcp_eligible' takes true or false, unquoted; the page is not served (eligibility)"),
    "mixed case": (
        "tRUE",
        "x.md:7: 'mcp_eligible' takes true or false, unquoted; the page is not served (eligibility)",
    ),
    "a block": (
        "|\n  true",
        "x.md:7: 'mcp_eligible' takes true or false, unquoted; the page is not served (eligibility)",
    ),
    "twice": ("true\nmcp_eligible: true", "x.md:8: 'mcp_eligible' is given twice (duplicate-key)"),
}


@pytest.mark.parametrize(("value", "finding"), SAID.values(), ids=SAID)
def test_an_author_is_told_why_a_page_is_not_served(value: str | None, finding: str) -> None:
    assert read(page(eligible=value)) == (None, [finding])


@pytest.mark.parametrize("value", ["false", "False", "FALSE", "false # not yet"])
def test_a_page_that_is_held_back_on_purpose_is_no_fault(value: str) -> None:
    assert read(page(eligible=value)) == (None, [])


@settings(deadline=None)
@given(
    st.builds(
        "{}{}{}".format,
        st.text("\u00a0\u3000 \t", max_size=1),
        st.sampled_from(["true", "True", "TRUE", "tRue", "false", ""]),
        st.text("# \t\u00a0\u3000\f\x85\u2028x", max_size=4) | st.text(st.characters(exclude_characters="\n\r\0")),
    )
)
def test_no_other_value_is_eligible_by_accident(value: str) -> None:
    words = value.strip(" \t").split("#")[0].strip(" \t")
    eligible = words in ("true", "True", "TRUE") and value.strip(" \t")[4:5] in ("", " ", "\t")
    assert header(page(eligible=value)).eligible == eligible


# A published page


def test_a_published_page_becomes_an_entity() -> None:
    entity = entity_of(REAL_SHAPE)
    assert isinstance(entity, Question)
    assert entity.slug == "why-rough-bumps-on-legs-after-shaving"
    assert entity.uri == "skb://questions/why-rough-bumps-on-legs-after-shaving"
    assert (entity.date_modified, entity.date_reviewed) == (date(2026, 6, 11), date(2026, 6, 12))
    assert entity.question_type == "standard"
    assert entity.primary_concern
    assert entity.primary_concern.url == url("Concern", "razor-bumps")
    assert [(s.heading, s.role) for s in entity.sections] == [
        ("Quick Answer", "quick_answer"),
        ("First, look at what you have", "other"),
        ("When to get help", "help"),
        ("Related Entities", "related"),
    ]
    assert [point for section in entity.sections for point in section.points] == [
        "Ask a clinician about bumps that fill with pus.",
        "Go sooner with a fever.",
    ]
    assert [(link.title, link.url) for link in entity.links] == [
        ("Shaving, by ABC", url("Source", "abc-shaving")),
        ("Glycolic Acid", url("Ingredient", "glycolic-acid")),
        ("Urea", url("Ingredient", "urea")),
        ("Razor Bumps", url("Concern", "razor-bumps")),
        ("Strawberry Legs", url("Concern", "strawberry-legs")),
    ]
    lines = REAL_SHAPE.split("\n")
    assert all(lines[s.line - 1] == f"## {s.heading}" for s in entity.sections)
    assert all(link.url in lines[link.line - 1] for link in entity.links)


@pytest.mark.parametrize("kind", ENTITY_TYPES)
def test_every_kind_of_page_is_read(kind: EntityType) -> None:
    entity = entity_of(page(kind, "some-page", "Some Page"))
    assert type(entity).__name__ == entity.entity_type == kind
    assert entity.canonical_url == f"{BASE}/{FOLDERS[kind]}/some-page"


def test_the_keys_of_one_kind_are_read() -> None:
    product = entity_of(page("Product", keys="brand: Example Brand\nproduct_type: lotion\n"))
    assert isinstance(product, Product)
    assert (product.brand, product.product_type) == ("Example Brand", "lotion")
    keys = (
        "source_type: peer_reviewed\noriginal_source_url: https://journal.example/1\npublisher: A Journal\nyear: 2021\n"
    )
    source = entity_of(page("Source", keys=keys))
    assert isinstance(source, Source)
    assert (source.source_type, source.original_source_url) == ("peer_reviewed", "https://journal.example/1")
    assert (source.publisher, source.year) == ("A Journal", 2021)
    warning = {"topic": "pregnancy", "text": "Ask first: it matters.", "source": url("Source", "abc")}
    ingredient = entity_of(page("Ingredient", keys=rows("cautions", warning, {"text": "May sting."})))
    assert isinstance(ingredient, Ingredient)
    assert [(c.topic, c.text, c.source) for c in ingredient.cautions] == [
        ("pregnancy", "Ask first: it matters.", url("Source", "abc")),
        ("general", "May sting.", None),
    ]


# Faults that keep a page out

TYPES = "Question, Concern, Ingredient, Product, SideEffect, Source"
MUST_READ = "'canonical_url' must read https://skinknowledgebase.com/<folder>/<slug>, lower case, https (canonical-url)"

ERRORS = {
    "no title": (page(title=""), "x.md:1: 'title' is missing (missing-key)"),
    "a blank title": (page(title='" "'), "x.md:1: 'title' is missing (missing-key)"),
    "no type": (page().replace("entity_type: Concern\n", ""), "x.md:1: 'entity_type' is missing (missing-key)"),
    "an unknown type": (
        page().replace("entity_type: Concern", "entity_type: Disease"),
        f"x.md:3: 'entity_type' takes one of {TYPES} (entity-type)",
    ),
    "a type in lower case": (
        page().replace("entity_type: Concern", "entity_type: concern"),
        f"x.md:3: 'entity_type' takes one of {TYPES} (entity-type)",
    ),
    "no URL": (
        page().replace(f"canonical_url: {url('Concern', 'razor-bumps')}\n", ""),
        "x.md:1: 'canonical_url' is missing; expected https://skinknowledgebase.com/<folder>/<slug> (canonical-url)",
    ),
    "http": (page(canonical="http://skinknowledgebase.com/concerns/razor-bumps"), f"x.md:4: {MUST_READ}"),
    "www": (page(canonical="https://www.skinknowledgebase.com/concerns/razor-bumps"), f"x.md:4: {MUST_READ}"),
    "upper case": (page(canonical=f"{BASE}/concerns/Razor-Bumps"), f"x.md:4: {MUST_READ}"),
    "a slash at the end": (page(canonical=f"{BASE}/concerns/razor-bumps/"), f"x.md:4: {MUST_READ}"),
    "a fragment": (page(canonical=f"{BASE}/concerns/razor-bumps#top"), f"x.md:4: {MUST_READ}"),
    "a path": (page(canonical="/concerns/razor-bumps"), f"x.md:4: {MUST_READ}"),
    "another site": (page(canonical="https://example.com/concerns/razor-bumps"), f"x.md:4: {MUST_READ}"),
    "no slug": (page(canonical=f"{BASE}/concerns/"), f"x.md:4: {MUST_READ}"),
    "an unknown folder": (page(canonical=f"{BASE}/blog/razor-bumps"), f"x.md:4: {MUST_READ}"),
    "a script": (page(canonical="javascript:alert(1)"), f"x.md:4: {MUST_READ}"),
    "another folder": (
        page(canonical=f"{BASE}/ingredients/razor-bumps"),
        "x.md:3: a Concern belongs under /concerns/, which 'canonical_url' contradicts (entity-type)",
    ),
    "a date in words": (
        page(dates="date_modified: last week\ndate_reviewed: 2026-11-01\n"),
        "x.md:5: 'date_modified' takes a date written YYYY-MM-DD (date)",
    ),
    "a date that is none": (
        page(dates="date_modified: 2026-11-01\ndate_reviewed: 2026-02-30\n"),
        "x.md:6: 'date_reviewed' takes a date written YYYY-MM-DD (date)",
    ),
    "a date with a time": (
        page(dates="date_modified: 2026-11-01T10:00:00Z\ndate_reviewed: 2026-11-01\n"),
        "x.md:5: 'date_modified' takes a date written YYYY-MM-DD (date)",
    ),
    "a week date": (
        page(dates="date_modified: 2026-W05-1\ndate_reviewed: 2026-11-01\n"),
        "x.md:5: 'date_modified' takes a date written YYYY-MM-DD (date)",
    ),
    "a date in other digits": (
        page(dates="date_modified: ٢٠٢٦-١١-٠١\ndate_reviewed: 2026-11-01\n"),
        "x.md:5: 'date_modified' takes a date written YYYY-MM-DD (date)",
    ),
}


@pytest.mark.parametrize(("text", "finding"), ERRORS.values(), ids=ERRORS)
def test_a_fault_that_keeps_a_page_out_is_named_with_its_line(text: str, finding: str) -> None:
    assert read(text) == (None, [finding])


# Faults that cost a row or a key

TYPE_LIST = (
    "clinical_guideline, dermatology_reference, manufacturer_clinical_data, medical_reference, official_product_page, "
    "other, peer_reviewed, regulatory, retailer_product_page"
)


def left_out(key: str, folder: str) -> str:
    return f"'{key}' must read https://skinknowledgebase.com/{folder}/…; it is left out (link-url)"


WARNINGS = {
    "no date of review": (
        page(dates="date_modified: 2026-11-01\n"),
        "x.md:1: 'date_reviewed' is missing (missing-key)",
    ),
    "a row without a URL": (
        page(keys="key_ingredients:\n  - title: Urea\n"),
        "x.md:9: " + left_out("url", "ingredients"),
    ),
    "a row off the site": (
        page(keys="key_ingredients:\n  - title: Urea\n    url: https://example.com/urea\n"),
        "x.md:10: " + left_out("url", "ingredients"),
    ),
    "a source without a URL": (
        page(keys="evidence_sources:\n  - title: ABC\n"),
        "x.md:9: " + left_out("canonical_citation_url", "sources"),
    ),
    "an unknown type of source": (
        page(keys=rows("evidence_sources", source_row("abc", source_type="blog"))),
        f"x.md:11: 'source_type' takes one of {TYPE_LIST}; what has another is left out (source-type)",
    ),
    "an original that is no URL": (
        page(keys=rows("evidence_sources", source_row("abc", original="abc.example"))),
        "x.md:11: 'original_source_url' must be an absolute http(s) URL; it is left out (source-url)",
    ),
    "a concern off the site": (
        page("Question", keys="primary_concern:\n  title: x\n  url: /blog/x\n"),
        "x.md:10: " + left_out("url", "concerns"),
    ),
    "a caution without words": (
        page("Ingredient", keys="cautions:\n  - topic: sun\n"),
        "x.md:9: a caution needs a 'text'; the row is left out (caution)",
    ),
    "a caution with a bad source": (
        page("Ingredient", keys="cautions:\n  - text: May sting.\n    source: ABC\n"),
        "x.md:10: " + left_out("source", "sources"),
    ),
    "a year in words": (page("Source", keys="year: last\n"), "x.md:8: 'year' takes four digits; it is left out (year)"),
    "a row of another kind": (
        page(keys=rows("key_ingredients", link_row("Product", "lotion"))),
        "x.md:10: " + left_out("url", "ingredients"),
    ),
    "a product of another kind": (
        page(keys=rows("ranked_products", link_row("Ingredient", "urea"))),
        "x.md:10: " + left_out("url", "products"),
    ),
}


@pytest.mark.parametrize(("text", "finding"), WARNINGS.values(), ids=WARNINGS)
def test_a_lesser_fault_is_named_and_the_page_is_served(text: str, finding: str) -> None:
    entity, found = read(text)
    assert entity
    assert found == [finding]


def test_a_source_page_of_unknown_type_is_not_served() -> None:
    """It could be a product page under another name (guarantee G3)."""
    assert read(page("Source", keys="source_type: blog\n")) == (
        None,
        [
            "x.md:8: 'source_type' takes one of " + TYPE_LIST + "; what has another is left out (source-type)",
            "x.md:8: a Source of unknown type is not served (source-type)",
        ],
    )


def test_a_bad_row_costs_that_row_alone() -> None:
    good = link_row("Ingredient", "urea", "Urea")
    entity, found = read(page(keys=rows("key_ingredients", {"title": "Bad", "url": "nowhere"}, good)))
    assert entity
    assert [link.title for link in entity.key_ingredients] == ["Urea"]
    assert found == ["x.md:10: " + left_out("url", "ingredients")]


def test_a_row_without_a_title_is_named_by_its_slug() -> None:
    keys = "key_ingredients:\n  - url: https://skinknowledgebase.com/ingredients/urea\n"
    assert entity_of(page(keys=keys)).key_ingredients[0].title == "urea"


def test_a_link_in_another_form_is_kept_in_canonical_form() -> None:
    entity = entity_of(
        page(
            keys=rows("key_ingredients", {"title": "Urea", "url": "http://www.skinknowledgebase.com/ingredients/Urea/"})
        )
    )
    assert entity.key_ingredients[0].url == url("Ingredient", "urea")


# Files


def draft_of(file: Path) -> Draft:
    return read_file(file, file.name, BASE)


def messages(draft: Draft) -> list[str]:
    return [str(finding) for finding in draft.findings]


def test_a_page_of_very_many_lines_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text(page(body="x\n" * 20_000))
    assert messages(draft_of(tmp_path / "x.md")) == ["x.md:1: longer than 20000 lines; split the page (too-large)"]


BYTES = {
    "not UTF-8": (
        page(title="Crème").encode("latin-1"),
        "x.md:1: not UTF-8 at byte 13; save the file as UTF-8 (not-text)",
    ),
    "UTF-16": (page().encode("utf-16"), "x.md:1: not UTF-8 at byte 0; save the file as UTF-8 (not-text)"),
    "an image": (b"\x89PNG\r\n\x1a\n\0\0", "x.md:1: not UTF-8 at byte 0; save the file as UTF-8 (not-text)"),
    "NUL bytes": (
        page(title="A\0B").encode(),
        "x.md:1: a NUL character at character 12; this is no text file (not-text)",
    ),
    "a surrogate": (page(title="A").encode() + b"\xed\xa0\x80", "; save the file as UTF-8 (not-text)"),
    "too large": (page().encode() + b"x" * MAX_PAGE_BYTES, "x.md:1: larger than 1 MiB; split the page (too-large)"),
}


@pytest.mark.parametrize(("data", "finding"), BYTES.values(), ids=BYTES)
def test_a_file_that_is_no_page_of_text_is_a_finding(tmp_path: Path, data: bytes, finding: str) -> None:
    (tmp_path / "x.md").write_bytes(data)
    draft = draft_of(tmp_path / "x.md")
    assert not draft.eligible
    (found,) = messages(draft)
    assert found.endswith(finding)


def test_a_page_of_exactly_one_mebibyte_is_read(tmp_path: Path) -> None:
    data = page().encode()
    (tmp_path / "x.md").write_bytes(data + b"x" * (MAX_PAGE_BYTES - len(data)))
    assert messages(draft_of(tmp_path / "x.md")) == []


def test_a_file_of_many_gibibytes_is_not_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "x.md"
    with file.open("wb") as stream:
        stream.truncate(1 << 34)
    with time_limit(10):
        assert messages(draft_of(file)) == ["x.md:1: larger than 1 MiB; split the page (too-large)"]


def test_a_folder_or_nothing_in_place_of_a_file_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "x.md").mkdir()
    assert messages(draft_of(tmp_path / "x.md")) == ["x.md:1: cannot be read: Is a directory (unreadable)"]
    assert messages(draft_of(tmp_path / "y.md")) == ["y.md:1: cannot be read: No such file or directory (unreadable)"]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_a_byte_order_mark_make_no_difference(tmp_path: Path, mark: bytes, ends: str) -> None:
    (tmp_path / "x.md").write_bytes(mark + REAL_SHAPE.replace("\n", ends).encode())
    draft = draft_of(tmp_path / "x.md")
    assert build_entity(draft, draft.body, BASE) == build_entity(header(REAL_SHAPE), header(REAL_SHAPE).body, BASE)


def test_a_byte_order_mark_does_not_make_an_ineligible_page_eligible(tmp_path: Path) -> None:
    for eligible in ("false", None, '"true"'):
        (tmp_path / "x.md").write_bytes(b"\xef\xbb\xbf" + page(eligible=eligible).encode())
        assert not draft_of(tmp_path / "x.md").eligible


# Anything at all

FRAGMENTS = st.sampled_from(
    [
        "---\n",
        "---",
        "\n",
        "title: x\n",
        "title: ",
        "entity_type: Concern\n",
        "entity_type: Ingredient\n",
        "canonical_url: https://skinknowledgebase.com/concerns/x\n",
        "canonical_url: https://skinknowledgebase.com/\n",
        "canonical_url: ",
        "mcp_eligible: true\n",
        "mcp_eligible: ",
        "date_reviewed: ",
        "date_modified: 2026-01-01\n",
        "aliases:\n",
        "aliases: [",
        "]\n",
        "key_ingredients:\n",
        "  - title: ",
        "    url: ",
        "evidence_sources: []\n",
        "cautions:\n",
        "year: ",
        "original_source_url: https://[\n",
        "  - ",
        "- ",
        "    ",
        "|\n",
        "# ",
        "## ",
        "## When to get help\n\n",
        "===\n",
        "```\n",
        "[a](",
        "[a]: ",
        "<a href=",
        "https://skinknowledgebase.com/ingredients/x",
        ")",
        "\\",
        '"',
        "'",
        "&a ",
        "*a",
        "!x ",
        "\t",
        "\r",
        "\ufeff",
        "\0",
        "\u2028",
    ]
)
ANYTHING = st.lists(FRAGMENTS | st.text(max_size=6), max_size=40).map("".join)
WHOLE = st.builds(
    lambda kind, keys, body: page(kind, keys=keys, body=body), st.sampled_from(ENTITY_TYPES), ANYTHING, ANYTHING
)


@settings(deadline=None, max_examples=300)
@given(ANYTHING | WHOLE | st.text())
def test_no_text_makes_reading_fail_and_every_finding_lies_within_the_file(text: str) -> None:
    # As `decode` gives it: a lone carriage return ends a line, too.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    entity, found = read(text)
    assert all(1 <= location(finding) <= text.count("\n") + 1 for finding in found)
    if entity:
        assert all(1 <= section.line <= text.count("\n") + 1 for section in entity.sections)
        assert all(1 <= link.line <= text.count("\n") + 1 for link in entity.links)
        assert entity.model_dump_json()


@settings(deadline=None, max_examples=200)
@given(st.binary() | ANYTHING.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_make_reading_a_file_fail(data: bytes) -> None:
    with NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        draft = read_file(Path(file.name), "x.md", BASE)
    try:
        lines = decode(data).count("\n") + 1
    except ValueError:
        lines = 1
    assert all(1 <= finding.line <= lines for finding in draft.findings)
    assert not (draft.eligible and draft.sound and draft.url is None)


def test_the_body_keeps_its_place_in_the_file() -> None:
    draft = read_page("\n\n" + page(body="Intro."), "x.md", BASE)
    assert (draft.body, draft.body_line) == ("Intro.", BODY_LINE + 2)
