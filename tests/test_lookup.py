"""Names in a text: every one is found, wherever it stands, and nothing else; and what is kept of what was read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from skb_mcp.lookup import InText, Kept

STEMS = st.lists(st.sampled_from("red brown mark spot acid".split()), min_size=1, max_size=4)


def table(names: dict[tuple[str, ...], int]) -> dict[str, dict[str, list[int]]]:
    """Names by their first stem."""
    held: dict[str, dict[str, list[int]]] = {}
    for name, number in names.items():
        held.setdefault(name[0], {})[" ".join(name)] = [number]
    return held


@given(st.dictionaries(STEMS.map(tuple), st.integers(0, 9), max_size=8), st.lists(STEMS, max_size=3))
def test_a_name_is_found_where_its_stems_stand_side_by_side(
    names: dict[tuple[str, ...], int], text: list[list[str]]
) -> None:
    tokens = [token for part in text for token in part]
    runs = {tuple(tokens[at : at + size]) for at in range(len(tokens)) for size in range(1, 5)}
    assert InText(table(names)).find(tokens) == {number for name, number in names.items() if name in runs}


def test_what_was_read_is_kept_until_there_is_more_than_may_be() -> None:
    read: list[str] = []

    def shout(text: str) -> str:
        read.append(text)
        return text.upper()

    kept = Kept(shout, most=2)
    assert [kept[text] for text in "aabab"] == list("AABAB")
    assert read == ["a", "b"]
    assert [kept[text] for text in "cca"] == list("CCA")
    assert read == ["a", "b", "c", "a"]
    assert sorted(kept) == ["a", "c"]
