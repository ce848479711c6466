"""Guarantee G1, case by case: an ineligible page leaves no trace, and takes nothing else along."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skb_mcp.errors import Finding
from skb_mcp.gate import Gate
from skb_mcp.models import ENTITY_TYPES, FOLDERS, Concern, EntityType, Ingredient, Question
from skb_mcp.sections import read_body
from support import (
    BASE,
    BODY_LINE,
    NOT_ELIGIBLE,
    corpus,
    everything_shown,
    findings,
    link_row,
    page,
    pointers,
    rows,
    source_row,
    titles,
    url,
)

TITLE = "Zqvhidden Zqvthing"
SLUG = "zqvhidden-zqvslug"
URL = url("Ingredient", SLUG)
FILE = "ingredients/zqvfile.md"
HIDDEN = page("Ingredient", SLUG, TITLE, eligible="false")
OTHERS = {f"{kind}.md": page(kind, SLUG, TITLE, eligible="false") for kind in ENTITY_TYPES if kind != "Ingredient"}
ALL_HIDDEN = {FILE: HIDDEN, **OTHERS}
"""A hidden page of every kind, all with one slug and title."""

GATE = Gate(BASE, frozenset({URL}))
GAP = "[…]"
"""What stands in a sentence for a link that may not be shown."""


def shown(folder: Path, *, keys: str = "", body: str = "", kind: EntityType = "Concern") -> str:
    """All that is said by a corpus with one eligible page beside the hidden one, in lower case."""
    found = corpus(folder, {"a.md": page(kind, keys=keys, body=body), **ALL_HIDDEN})
    assert titles(found) == ["Razor Bumps"]
    said = everything_shown(found)
    assert "zqv" not in "\n".join(str(f) for f in found.public_findings).lower()
    return said.lower()


# Links in a body


@pytest.mark.parametrize("way", pointers("", f"{BASE}/ingredients/x", ""))
def test_no_link_to_a_hidden_page_is_shown(tmp_path: Path, way: str) -> None:
    said = shown(tmp_path, body=f"Kept before.\n\n{pointers(TITLE, URL, FILE)[way]}\n\nKept behind.\n")
    assert "zqv" not in said
    assert "kept before." in said
    assert "kept behind." in said


@pytest.mark.parametrize("way", pointers("", f"{BASE}/ingredients/x", ""))
def test_a_link_to_a_page_that_is_merely_absent_stays_as_it_is_written(tmp_path: Path, way: str) -> None:
    absent = pointers("Glycolic Acid", url("Ingredient", "glycolic-acid"), "ingredients/ga.md")[way]
    body = f"## Causes\n\nFirst.\n\n{absent}"
    found = corpus(tmp_path, {"a.md": page(body=body), FILE: HIDDEN})
    assert found.pages[0].sections == read_body(body, BODY_LINE)[0]
    assert found.findings == ()


PARAGRAPHS = {
    "before and behind": ("First. Try [Z](URL) twice. Last.", "First. Try […] twice. Last."),
    "two links": ("First. [Z](URL) and [Z](URL). Last.", "First. […] and […]. Last."),
    "a good link beside it": ("Try [Urea](/ingredients/urea) or [Z](URL).", "Try [Urea](/ingredients/urea) or […]."),
    "over lines": ("First\nline. Try\n[Z](URL) today.", "First line. Try […] today."),
    "in the middle of a warning": (
        "Never use vitamin A, e.g. [Z](URL), while pregnant.",
        "Never use vitamin A, e.g. […], while pregnant.",
    ),
    "a citation": ("It helps ([Z](URL)). Last.", "It helps. Last."),
    "a citation among others": ("It helps ([A](/sources/a), [Z](URL)).", "It helps ([A](/sources/a))."),
    "a citation before others": ("It helps ([Z](URL), [A](/sources/a)).", "It helps ([A](/sources/a))."),
    "a citation between others": (
        "It helps ([A](/sources/a), [Z](URL), [B](/sources/b)).",
        "It helps ([A](/sources/a), [B](/sources/b)).",
    ),
    "nothing else": ("[Z](URL)", ""),
    "a list item": ("- One.\n- [Z](URL)\n- Two.", "- One.\n\n- Two."),
    "in a list": ("- First. Try [Z](URL).\n- Two.", "- First. Try […].\n- Two."),
    "in a quotation": ("> First. Try [Z](URL).", "> First. Try […]."),
    "in a heading": ("### Better than [Z](URL)", "### Better than […]"),
    "in emphasis": ("**Try [Z](URL).** *Last.*", "**Try […].** *Last.*"),
    "a raw URL": ("More at URL today.", "More at […] today."),
    "code": ("Use `URL` or [Z](URL).", "Use […] or […]."),
    "an underlined heading": ("[Z](URL)\n===\n\nText.", "Text."),
    "more brackets than an author writes": ("[" * 600 + "[Z](URL)\n\nText.", "Text."),
    "an anchor": ('Try <a href="URL">Z</a> or <b>rest</b>.', "Try […] or <b>rest</b>."),
    "an image": ("See ![Z](URL) first.", "See […] first."),
    "an image tag": ("See <img src='URL' alt='Z'> first. Call 999.", "See […] first. Call 999."),
    "by reference": ("Try [Z][1] first.\n\n[1]: URL", "Try […] first."),
    "escapes beside it": (r"Try [Z](URL) \*today\* &lt;b&gt; `a  b`.", r"Try […] \*today\* &lt;b&gt; `a  b`."),
}


@pytest.mark.parametrize(("body", "left"), PARAGRAPHS.values(), ids=PARAGRAPHS)
def test_the_words_of_a_link_go_and_the_rest_of_the_sentence_stays(body: str, left: str) -> None:
    """It may be the one that says when to call for help; half a sentence could say the opposite of the whole."""
    cleaned, _ = GATE.clean_body(body.replace("URL", URL))
    assert cleaned.strip() == left
    assert cleaned.count("\n") == body.count("\n")


LINKED = {
    "a path": ("[u](/ingredients/a)", "/ingredients/a"),
    "a title": ("[u](/ingredients/a 'T')", "/ingredients/a"),
    "quotes in a title": ("""[u](/ingredients/a 'T "t"')""", "/ingredients/a"),
    "blanks in a target": ("[u](</ingredients/a b>)", "/ingredients/a b"),
    "a bracket in a target": (r"[u](/ingredients/a\)b)", "/ingredients/a)b"),
    "brackets in a target": ("[u](/ingredients/a_(b))", "/ingredients/a_(b)"),
    "a bracket in its words": (r"[u\]v](/ingredients/a)", "/ingredients/a"),
    "a reference": ("[r][1]", "/ingredients/urea"),
    "a short reference": ("[1]", "/ingredients/urea"),
    "an image": ('![i](/concerns/b "T")', "/concerns/b"),
    "an autolink": (f"<{BASE}/concerns/c>", f"{BASE}/concerns/c"),
}


@pytest.mark.parametrize(("written", "target"), LINKED.values(), ids=LINKED)
def test_what_else_a_paragraph_links_to_is_linked_still(written: str, target: str) -> None:
    cleaned, _ = GATE.clean_body(f"First [Z]({URL}) then {written} too.\n\n[1]: /ingredients/urea")
    assert [link.url for link in read_body(cleaned, 1)[1]] == [target]


def test_an_author_is_told_where_something_was_taken_out(tmp_path: Path) -> None:
    found = corpus(tmp_path, {"a.md": page(body=f"# A\n\nFirst.\nTry [Z]({URL}).\n\n- [Z]({URL})\n"), FILE: HIDDEN})
    taken = "a link to an ineligible page is not served (ineligible-link)"
    assert f"a.md:15: {taken}" in findings(found)
    assert {f.rule for f in found.findings} == {"ineligible-link"}
    assert {f.severity for f in found.findings} == {"warning"}
    assert found.public_findings == ()


def test_lines_keep_their_numbers(tmp_path: Path) -> None:
    body = f"## One\n\nTry\n[Z]({URL}).\n\n```\n{URL}\n```\n\n## Two\n\nSee [Urea]({BASE}/ingredients/urea)."
    found = corpus(tmp_path, {"a.md": page(body=body), FILE: HIDDEN})
    assert [(s.heading, s.line) for s in found.pages[0].sections] == [("One", 10), ("Two", 19)]
    assert [(link.title, link.line) for link in found.pages[0].links] == [("Urea", 21)]


STAYS = {
    "the slug as words": f"The word {SLUG} is no link.",
    "the title": f"{TITLE} is a word.",
    "another folder": f"[A]({BASE}/concerns/{SLUG})",
    "a longer slug": f"[A]({BASE}/ingredients/{SLUG}-two)",
    "a longer beginning": f"[A]({BASE}/ingredients/two-{SLUG})",
    "another site": f"[A](https://example.com/{SLUG})",
    "the same path on another site": f"[A](https://brand.example/ingredients/{SLUG})",
    "the same path on another site, raw": f"See www.brand.example/ingredients/{SLUG} first.",
    "a fragment": f"[A](#{SLUG})",
    "the front page": f"[A]({BASE}) and [B]({BASE}/)",
    "a folder": f"[A]({BASE}/ingredients/)",
}


@pytest.mark.parametrize("body", STAYS.values(), ids=STAYS)
def test_what_only_resembles_the_link_stays(body: str) -> None:
    assert GATE.clean_body(body) == (body, ())


# Links in a header

FRONT: dict[str, tuple[EntityType, str]] = {
    "a key ingredient": ("Concern", rows("key_ingredients", link_row("Ingredient", SLUG, TITLE, why="zqvwhy"))),
    "a key ingredient in another form": (
        "Concern",
        rows("key_ingredients", {"title": TITLE, "url": f"http://www.skinknowledgebase.com/Ingredients/{SLUG}/"}),
    ),
    "a ranked product": ("Concern", rows("ranked_products", link_row("Product", SLUG, TITLE))),
    "the legacy product": ("Concern", f"ranked_product:\n  title: {TITLE}\n  url: {url('Product', SLUG)}\n"),
    "a primary concern": ("Question", f"primary_concern:\n  title: {TITLE}\n  url: {url('Concern', SLUG)}\n"),
    "evidence": ("Concern", rows("evidence_sources", source_row(SLUG, TITLE))),
    "a product fact": ("Concern", rows("product_fact_sources", source_row(SLUG, TITLE))),
    "a maker's page": ("Concern", rows("evidence_sources", source_row("abc", "Abc", original=URL.upper()))),
    "an original": ("Concern", rows("evidence_sources", source_row("abc", "Abc zqv", original=URL))),
    "a title of a source": ("Concern", rows("evidence_sources", source_row("abc", f"[{TITLE}]({URL})"))),
    "a title of a link": ("Concern", rows("key_ingredients", link_row("Ingredient", "urea", f"[{TITLE}]({URL})"))),
    "a why": (
        "Concern",
        rows("key_ingredients", link_row("Ingredient", "urea", "Urea", why=f"Like [{TITLE}]({URL}).")),
    ),
    "a caution's source": ("Ingredient", rows("cautions", {"text": "Ask.", "source": url("Source", SLUG)})),
    "a caution's text": ("Ingredient", rows("cautions", {"text": f"Not with [{TITLE}]({URL})."})),
    "a caution's topic": ("Ingredient", rows("cautions", {"topic": f"[{TITLE}]({URL})", "text": "Ask."})),
    "a summary": ("Concern", f"summary: Bumps. See [{TITLE}]({URL}).\n"),
    "a summary's link title": ("Concern", f'summary: Bumps. See [it]({URL} "Good. {TITLE}").\n'),
    "an alias": ("Concern", f"aliases:\n  - bumps\n  - {TITLE} {URL}\n"),
    "a publisher": ("Source", f"publisher: Words [{TITLE}]({URL})\n"),
    "its own original": ("Source", f"original_source_url: {URL}\n"),
    "a brand": ("Product", f"brand: Words [{TITLE}]({URL})\n"),
    "a kind of product": ("Product", f"product_type: Words [{TITLE}]({URL})\n"),
    "a kind of question": ("Question", f"question_type: Words [{TITLE}]({URL})\n"),
    "an unknown key": ("Concern", f"unknown_key: {TITLE} {URL}\n"),
}


@pytest.mark.parametrize(("kind", "keys"), FRONT.values(), ids=FRONT)
def test_no_header_points_to_a_hidden_page(tmp_path: Path, kind: EntityType, keys: str) -> None:
    assert "zqv" not in shown(tmp_path, keys=keys, body="Kept.", kind=kind)


def test_every_field_of_an_entity_is_cleaned(tmp_path: Path) -> None:
    """Not only what the library happens to show today."""
    for number, (kind, keys) in enumerate(FRONT.values()):
        found = corpus(tmp_path / str(number), {"a.md": page(kind, keys=keys), **ALL_HIDDEN})
        assert "zqv" not in found.pages[0].model_dump_json().lower(), keys


def test_what_stands_beside_a_hidden_row_stays(tmp_path: Path) -> None:
    why = f"It is mild, not like [{TITLE}]({URL})."
    keys = rows(
        "key_ingredients",
        link_row("Ingredient", "urea", "Urea", why=why),
        link_row("Ingredient", SLUG, TITLE),
        link_row("Ingredient", "absent", "Absent"),
    )
    keys += rows(
        "evidence_sources", source_row(SLUG, TITLE), source_row("abc", "ABC", f"https://abc.example/ingredients/{SLUG}")
    )
    keys += f"summary: Kept. See {URL} there.\naliases:\n  - bumps\n  - {URL}\n"
    entity = corpus(tmp_path, {"a.md": page(keys=keys), **ALL_HIDDEN}).pages[0]
    assert [(link.title, link.why) for link in entity.key_ingredients] == [
        ("Urea", f"It is mild, not like {GAP}."),
        ("Absent", None),
    ]
    assert [ref.title for ref in entity.evidence_sources] == ["ABC"]
    assert (entity.summary, entity.aliases) == (f"Kept. See {GAP} there.", ("bumps",))


def test_a_warning_outlives_the_page_that_supports_it(tmp_path: Path) -> None:
    abc = url("Source", "abc")
    cautions = rows(
        "cautions",
        {"topic": "pregnancy", "text": "Not in pregnancy.", "source": url("Source", SLUG)},
        {"text": f"Never with [{TITLE}]({URL}).", "source": abc},
        {"text": "Ask."},
    )
    entity = corpus(tmp_path, {"a.md": page("Ingredient", keys=cautions), **ALL_HIDDEN}).pages[0]
    assert isinstance(entity, Ingredient)
    assert [(c.topic, c.text, c.source) for c in entity.cautions] == [
        ("pregnancy", "Not in pregnancy.", None),
        ("general", f"Never with {GAP}.", abc),
        ("general", "Ask.", None),
    ]


def test_a_question_without_its_hidden_concern_is_served(tmp_path: Path) -> None:
    keys = f"primary_concern:\n  title: {TITLE}\n  url: {url('Concern', SLUG)}\n"
    entity = corpus(tmp_path, {"a.md": page("Question", keys=keys), **ALL_HIDDEN}).pages[0]
    assert isinstance(entity, Question)
    assert entity.primary_concern is None


def test_a_page_whose_title_holds_a_hidden_url_is_not_served(tmp_path: Path) -> None:
    files = {"a.md": page(title=f"Better than {URL}"), "b.md": page("Ingredient", "urea", "Urea"), FILE: HIDDEN}
    found = corpus(tmp_path, files)
    assert titles(found) == ["Urea"]
    assert "a.md:1: the title holds the URL of an ineligible page (title)" in findings(found)
    assert found.public_findings == ()


# What makes a page known to the gate

BROKEN: dict[str, tuple[str, str | bytes]] = {
    "a canonical URL without TLS": (
        "z.md",
        page("Ingredient", SLUG, TITLE, eligible="false", canonical=URL.replace("https", "http")),
    ),
    "a canonical URL in capitals": ("z.md", page("Ingredient", SLUG, TITLE, eligible="false", canonical=URL.upper())),
    "a canonical URL as a path": (
        "z.md",
        page("Ingredient", SLUG, TITLE, eligible="false", canonical=f"/ingredients/{SLUG}"),
    ),
    "a canonical URL in quotes": ("z.md", page("Ingredient", SLUG, TITLE, eligible="false", canonical=f'"{URL}"')),
    "a canonical URL of no form": (
        f"ingredients/{SLUG}.md",
        page("Ingredient", SLUG, TITLE, eligible="false", canonical="tba"),
    ),
    "a canonical URL on another site": (
        f"ingredients/{SLUG}.md",
        page("Ingredient", SLUG, TITLE, eligible="false", canonical=f"https://staging.example/ingredients/{SLUG}"),
    ),
    "no canonical URL": (
        f"ingredients/{SLUG}.md",
        f"---\ntitle: {TITLE}\nentity_type: Ingredient\nmcp_eligible: false\n---\n",
    ),
    "no canonical URL but a slug": (
        "z.md",
        f"---\ntitle: {TITLE}\nentity_type: Ingredient\nslug: {SLUG}\nmcp_eligible: false\n---\n",
    ),
    "no header": (f"ingredients/{SLUG}.md", f"# {TITLE}\n"),
    "an empty file": (f"ingredients/{SLUG}.md", ""),
    "an open header": ("z.md", HIDDEN.replace("---\n\n", "\n")),
    "a wrong kind": ("z.md", HIDDEN.replace("entity_type: Ingredient", "entity_type: Zqv")),
    "a broken row": ("z.md", HIDDEN.replace("mcp_eligible", "aliases: zqv\nmcp_eligible")),
    "machinery": ("z.md", HIDDEN.replace("mcp_eligible", "summary: !!zqv x\nmcp_eligible")),
    "a NUL in the body": (f"ingredients/{SLUG}.md", HIDDEN + "\0"),
    "a NUL in the body, elsewhere": ("z.md", HIDDEN + "\0"),
    "another encoding": (f"ingredients/{SLUG}.md", HIDDEN.encode() + b"\xe9"),
    "another encoding, elsewhere": ("z.md", HIDDEN.encode() + b"\xe9"),
    "too large": (f"ingredients/{SLUG}.md", HIDDEN + "x" * (1 << 20)),
    "too large, elsewhere": ("z.md", HIDDEN + "x" * (1 << 20)),
    "another suffix": ("z.txt", HIDDEN),
    "a long suffix": ("z.MARKDOWN", HIDDEN),
    "line ends and a mark": ("z.md", b"\xef\xbb\xbf" + HIDDEN.replace("\n", "\r\n").encode()),
    "deep in folders": ("a/b/c/z.md", HIDDEN),
}


@pytest.mark.parametrize(("name", "content"), BROKEN.values(), ids=BROKEN)
def test_a_broken_page_is_still_a_hidden_one(tmp_path: Path, name: str, content: str | bytes) -> None:
    keys = rows("key_ingredients", link_row("Ingredient", SLUG, TITLE, why="zqvwhy"))
    files = {"a.md": page(keys=keys, body=f"Kept. Try [{TITLE}]({URL}). Last."), name: content}
    found = corpus(tmp_path, files)
    said = everything_shown(found).lower()
    assert titles(found) == ["Razor Bumps"]
    assert "kept. try […]. last." in said
    assert "zqv" not in said
    assert "zqv" not in "\n".join(map(str, found.public_findings)).lower()


@pytest.mark.parametrize("eligible", NOT_ELIGIBLE.values(), ids=NOT_ELIGIBLE)
def test_whatever_is_not_true_hides_a_page(tmp_path: Path, eligible: str | None) -> None:
    body = f"Kept. Try [{TITLE}]({URL})."
    found = corpus(tmp_path, {"a.md": page(body=body), FILE: page("Ingredient", SLUG, TITLE, eligible=eligible)})
    assert "zqv" not in everything_shown(found).lower()
    assert "zqv" not in "\n".join(map(str, found.public_findings)).lower()


@pytest.mark.parametrize("kind", ENTITY_TYPES)
def test_every_kind_of_page_can_be_hidden(tmp_path: Path, kind: EntityType) -> None:
    hidden = f"{BASE}/{FOLDERS[kind]}/{SLUG}"
    files = {"a.md": page(body=f"Kept. Try [{TITLE}]({hidden})."), "z.md": page(kind, SLUG, TITLE, eligible="false")}
    said = everything_shown(corpus(tmp_path, files)).lower()
    assert "kept." in said
    assert "zqv" not in said


def test_an_unfinished_url_of_a_hidden_page_hides_nothing_else(tmp_path: Path) -> None:
    """A new page is begun from a template more often than not."""
    text = page(
        keys=rows("key_ingredients", link_row("Ingredient", "urea", "Urea")), body="Try [Urea](/ingredients/urea)."
    )
    for number, unfinished in enumerate(
        [BASE, f"{BASE}/", f"{BASE}/ingredients", f"{BASE}/ingredients/", f"{BASE}/ingredients/u"]
    ):
        new = page("Ingredient", "new", "New", eligible="false", canonical=unfinished)
        found = corpus(tmp_path / str(number), {"a.md": text, "new.md": new})
        assert [link.title for link in found.pages[0].key_ingredients] == ["Urea"], unfinished
        assert found.pages[0].sections[0].text == "Try [Urea](/ingredients/urea).", unfinished


def test_a_hidden_url_of_no_canonical_form_is_recognised_as_a_whole(tmp_path: Path) -> None:
    body = f"One {BASE}/ingredients/Zqv_hidden two. Three {BASE}/ingredients/Zqv_hidden_2 four."
    hidden = page("Ingredient", "z", TITLE, eligible="false", canonical=f"{BASE}/ingredients/zqv_hidden")
    found = corpus(tmp_path, {"a.md": page(body=body), "z.md": hidden})
    assert found.pages[0].sections[0].text == f"One {GAP} two. Three {BASE}/ingredients/Zqv_hidden_2 four."


def test_a_page_that_is_eligible_but_broken_is_merely_absent(tmp_path: Path) -> None:
    text = page(body="Try [Urea](/ingredients/urea).")
    found = corpus(
        tmp_path, {"a.md": text, "urea.md": page("Ingredient", "urea", "Urea", dates="date_modified: soon\n")}
    )
    assert titles(found) == ["Razor Bumps"]
    assert found.pages[0].sections[0].text == "Try [Urea](/ingredients/urea)."
    assert "urea.md:5: 'date_modified' takes a date written YYYY-MM-DD (date)" in map(str, found.public_findings)


def test_findings_on_pages_that_are_not_eligible_are_for_their_author_alone(tmp_path: Path) -> None:
    """What is public is printed on a server's log."""
    broken = page("Ingredient", SLUG, TITLE, eligible="no", keys="zqv: x\n")
    found = corpus(tmp_path, {"a.md": page(), FILE: broken, "zqv.md": "no header", "zqv2.md": b"\xff"})
    assert len(found.findings) == 4
    assert found.public_findings == ()


def test_a_url_that_one_file_hides_is_hidden_in_all_and_on_the_log(tmp_path: Path) -> None:
    eligible = page("Ingredient", SLUG, TITLE, keys="zqv: x\n", dates="date_modified: zqv\n")
    body = f"Kept. Try [{TITLE}]({URL})."
    found = corpus(tmp_path, {"a.md": page(body=body), "zqv-1.md": eligible, "zqv-2.md": HIDDEN, "zqv-3.md": eligible})
    assert titles(found) == ["Razor Bumps"]
    assert "zqv" not in everything_shown(found).lower()
    assert [f for f in found.public_findings if "zqv" in str(f)] == []


# The gate itself

TEXT = st.lists(
    st.sampled_from(
        [*pointers("Zqv", URL, FILE).values(), "Kept. ", "\n", "\n\n", "- ", "> ", "[", "](", ")", "<", "`", "# "]
    ),
    max_size=8,
).map("".join)


@settings(deadline=None, max_examples=150)
@given(TEXT | st.text())
def test_cleaning_is_complete_and_keeps_every_line_in_its_place(body: str) -> None:
    cleaned, changed = GATE.clean_body(body)
    assert not GATE.mentions(cleaned)
    assert not any(GATE.shuts(link.url) for link in read_body(cleaned, 1)[1])
    assert GATE.clean_body(cleaned) == (cleaned, ())
    before, after = body.split("\n"), cleaned.split("\n")
    assert len(before) == len(after)
    assert changed == tuple(n for n, (old, new) in enumerate(zip(before, after, strict=True)) if old != new)


@settings(deadline=None, max_examples=150)
@given(TEXT | st.text())
def test_a_short_text_is_cleaned_completely(text: str) -> None:
    cleaned = GATE.clean_text(text)
    assert not GATE.mentions(cleaned)
    assert GATE.clean_text(cleaned) == cleaned


@settings(deadline=None)
@given(TEXT, st.sampled_from(sorted(pointers("Zqv", URL, FILE).values())))
def test_what_mentions_a_hidden_page_always_touches_the_gate(before: str, pointer: str) -> None:
    text = before + pointer
    assert GATE.touches(text) or not GATE.mentions(text)


def test_an_open_gate_lets_everything_through() -> None:
    gate = Gate(BASE, frozenset())
    entity = Concern(title=URL, canonical_url=url("Concern", "x"), path="x.md")
    assert not gate.touches(URL)
    assert gate.clean_body(URL) == (URL, ())
    assert gate.clean_page(entity) is entity


def test_a_finding_is_private_unless_it_says_otherwise() -> None:
    assert not Finding("x.md", 1, "rule", "message").public
