"""Known words that an unknown one may be a typo of: one typo, wherever it is, is found among few words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from skb_mcp.typos import Spellings, by_letters

LETTERS = "abcdefghij"
KNOWN = st.text(LETTERS, min_size=7, max_size=12)


def typos(word: str) -> st.SearchStrategy[str]:
    """A letter left out, put in or replaced, or two neighbours swapped."""
    at = st.integers(0, len(word) - 2)
    letter = st.sampled_from(LETTERS)
    return st.one_of(
        at.map(lambda n: word[:n] + word[n + 1 :]),
        st.tuples(at, letter).map(lambda p: word[: p[0]] + p[1] + word[p[0] :]),
        st.tuples(at, letter).map(lambda p: word[: p[0]] + p[1] + word[p[0] + 1 :]),
        at.map(lambda n: word[:n] + word[n + 1] + word[n] + word[n + 2 :]),
    )


@given(KNOWN.flatmap(lambda word: st.tuples(st.just(word), typos(word))), st.lists(KNOWN, max_size=2))
def test_one_typo_is_read_wherever_it_is(pair: tuple[str, str], others: list[str]) -> None:
    word, typed = pair
    near = Spellings(by_letters(dict.fromkeys([word, *others]))).near(typed)
    assert word in [known for known, _ in near]
    assert all(0 < score <= 1 for _, score in near)
    assert [score for _, score in near] == sorted((score for _, score in near), reverse=True)


def test_a_word_of_four_letters_keeps_its_first_and_last() -> None:
    spellings = Spellings(by_letters(["rash", "marks"]))
    assert [known for known, _ in spellings.near("rach")] == ["rash"]
    assert spellings.near("wash") == []


def test_in_a_post_a_typo_keeps_its_first_letter() -> None:
    spellings = Spellings(by_letters(["retinol"]))
    assert spellings.near("eetinol", same_initial=True) == []
    assert [known for known, _ in spellings.near("retinlo", same_initial=True)] == ["retinol"]
    assert [known for known, _ in spellings.near("eetinol")] == ["retinol"]
