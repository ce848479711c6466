"""Canonical URLs: one identity for every way to write a link."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skb_mcp.models import ENTITY_TYPES, FOLDERS, EntityType
from skb_mcp.urls import canonicalise, decoded, entity_type_of, is_web_url, mentioned
from support import BASE

URL = f"{BASE}/side-effects/dry-lips"

WRITTEN = {
    "as it is": URL,
    "with a slash at the end": URL + "/",
    "with blanks around": f"  {URL}\n",
    "without TLS": "http://skinknowledgebase.com/side-effects/dry-lips",
    "with www": "https://www.skinknowledgebase.com/side-effects/dry-lips",
    "in capitals": URL.upper(),
    "without a scheme": "//skinknowledgebase.com/side-effects/dry-lips",
    "with a query": URL + "?utm_source=x&y=1",
    "with a fragment": URL + "#when-to-get-help",
    "with slash, query and fragment": URL + "/?a=b#c",
    "percent-encoded": f"{BASE}/side%2Deffects/%64ry-lips",
    "with an encoded slash": f"{BASE}/side-effects%2Fdry-lips",
    "as a path": "/side-effects/dry-lips",
    "as a resource URI": "skb://side-effects/dry-lips",
    "as a resource URI in capitals": "SKB://Side-Effects/Dry-Lips",
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_every_way_to_write_a_link_names_one_page(written: str) -> None:
    assert canonicalise(written, BASE) == URL


NO_PAGE = {
    "nothing": "",
    "the front page": BASE,
    "a folder": f"{BASE}/concerns/",
    "an unknown folder": f"{BASE}/blog/acne",
    "a page below a page": f"{BASE}/concerns/acne/more",
    "another site": "https://example.com/concerns/acne",
    "a longer host": "https://skinknowledgebase.com.example.com/concerns/acne",
    "a subdomain": "https://cdn.skinknowledgebase.com/concerns/acne",
    "another scheme": "ftp://skinknowledgebase.com/concerns/acne",
    "a script": "javascript:alert(1)",
    "a mail address": "mailto:someone@skinknowledgebase.com",
    "a relative path": "concerns/acne",
    "a slug with an underscore": f"{BASE}/concerns/acne_marks",
    "a slug with a dot": f"{BASE}/concerns/acne.md",
    "a slug with two hyphens": f"{BASE}/concerns/acne--marks",
    "a slug in another script": f"{BASE}/concerns/акне",
    "an open bracket for a host": "https://[/concerns/acne",
    "an unreadable host": "https://skinknowledgebase.com\u2100/concerns/acne",
}


@pytest.mark.parametrize("written", NO_PAGE.values(), ids=NO_PAGE)
def test_what_is_no_page_of_the_site_has_no_canonical_form(written: str) -> None:
    assert canonicalise(written, BASE) is None


def test_a_base_with_a_path_keeps_its_path() -> None:
    assert (
        canonicalise("https://x.example/kb/concerns/acne", "https://x.example/kb")
        == "https://x.example/kb/concerns/acne"
    )


@pytest.mark.parametrize("outside", ["https://x.example/kbconcerns/acne", "https://x.example/concerns/acne"])
def test_a_url_beside_the_path_of_a_base_is_no_page_of_it(outside: str) -> None:
    assert canonicalise(outside, "https://x.example/kb") is None


@pytest.mark.parametrize("kind", ENTITY_TYPES)
def test_the_folder_tells_the_kind_of_page(kind: EntityType) -> None:
    assert entity_type_of(f"{BASE}/{FOLDERS[kind]}/some-page") == kind


slugs = st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,6}){0,2}", fullmatch=True)


@settings(deadline=None)
@given(st.sampled_from(ENTITY_TYPES), slugs, st.data())
def test_a_page_is_recognised_however_its_link_is_disguised(kind: EntityType, slug: str, data: st.DataObject) -> None:
    canonical = f"{BASE}/{FOLDERS[kind]}/{slug}"
    path = "".join(
        data.draw(st.sampled_from([c, c.upper(), quote(c), f"%{ord(c):02X}"])) for c in f"{FOLDERS[kind]}/{slug}"
    )
    link = data.draw(st.sampled_from(["https://", "HTTP://", "https://www.", "//"])) + f"skinknowledgebase.com/{path}"
    link += data.draw(st.sampled_from(["", "/", "?q=1", "#top", "/?q=1#top"]))
    assert canonicalise(link, BASE) == canonical
    assert canonical in mentioned(f"Text before {link} and behind", BASE)


@settings(deadline=None)
@given(st.text())
def test_a_canonical_form_is_its_own_canonical_form(text: str) -> None:
    for written in (text, f"{BASE}/{text}", f"{BASE}/concerns/{text}", f"//{text}", f"skb://{text}"):
        url = canonicalise(written, BASE)
        assert url is None or canonicalise(url, BASE) == url


MENTIONS = {
    "a raw URL": "see https://skinknowledgebase.com/concerns/acne for more",
    "a URL in brackets": "[x](<https://skinknowledgebase.com/concerns/acne>)",
    "an attribute": "<a href='/concerns/acne'>x</a>",
    "a relative file": "../concerns/acne.md",
    "a doubled slash": "https://skinknowledgebase.com/concerns//acne",
    "a dot for a folder": "https://skinknowledgebase.com/concerns/./acne",
    "a resource URI": "skb://concerns/acne",
    "a host alone": "skinknowledgebase.com/concerns/acne",
    "www and a port": "http://www.skinknowledgebase.com:443/concerns/acne",
    "an archive": "https://archive.example/web/2026/https://skinknowledgebase.com/concerns/acne",
    "a redirect": "https://out.example/?u=https%3A%2F%2Fskinknowledgebase.com%2Fconcerns%2Facne",
    "entities": "https://skinknowledgebase.com&#47;concerns&#x2F;&#97;cne",
    "entities twice over": "/concerns/&amp;#97;cne",
    "backslashes": r"/concerns\/a\cne",
    "a soft hyphen": "/concerns/ac\u00adne",
    "a zero-width space": "/con\u200bcerns/acne",
    "a full stop behind it": "It is at /concerns/acne.",
    "a hyphen behind it": "/concerns/acne- or not",
}


@pytest.mark.parametrize("text", MENTIONS.values(), ids=MENTIONS)
def test_a_page_is_found_in_raw_text_in_whatever_form_it_stands_there(text: str) -> None:
    assert mentioned(text, BASE) == {f"{BASE}/concerns/acne"}


def test_words_alone_mention_no_page() -> None:
    assert mentioned("acne concerns / acne, concerns/acne, /preconcerns/acne and /my-concerns/acne", BASE) == set()


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com/concerns/acne",
        "//example.com/concerns/acne",
        "see example.com/concerns/acne",
        "http://skinknowledgebase.com.example/concerns/acne",
    ],
)
def test_the_same_path_on_another_site_is_another_page(text: str) -> None:
    assert mentioned(text, BASE) == set()


@settings(deadline=None)
@given(st.text())
def test_disguises_come_off_any_text_and_web_urls_are_told_from_it(text: str) -> None:
    assert decoded(text) == decoded(text).lower()
    assert is_web_url(text) in (True, False)


@pytest.mark.parametrize("text", ["https://dermnetnz.org/topics/acne", "http://x.example", "HTTPS://X.example/a?b#c"])
def test_an_absolute_web_address_is_a_web_url(text: str) -> None:
    assert is_web_url(text)


@pytest.mark.parametrize(
    "text", ["", "dermnetnz.org", "/topics", "ftp://x.example", "https://", "https://x.example/a b", "https://["]
)
def test_anything_else_is_no_web_url(text: str) -> None:
    assert not is_web_url(text)
