"""What an answer costs inside the process, without protocol or pipes: p50, p95 and p99 over fixed questions.

Every text is asked once to warm up and then once a round, so each percentile is over texts × rounds
single calls. That a text is asked again makes it no cheaper: no call keeps what was asked.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median

from measuring import MAIN_QUESTION, Row, machine, percentile, progress, table, timed, value_row
from queries import CONCERNS, LONGEST, PAGES, POSTS, QUESTIONS

from skb_mcp.corpus import Corpus
from skb_mcp.library import Library
from skb_mcp.loading import load_corpus

__all__ = ["measure"]

LOOKUP_TARGET = 1.0
ROUNDS = 40
BUILDS = 20
PERCENTILES = (50, 95, 99)


def measure(rounds: int = ROUNDS) -> list[Row]:
    """The rows of the table."""
    progress(f"lookup: {rounds} rounds of {len(QUESTIONS)} questions in process")
    corpus = load_corpus()
    library = Library(corpus)
    lookup = library.lookup_question
    return [
        *_percentile_rows("`lookup_question` in process", lookup, QUESTIONS, rounds, LOOKUP_TARGET),
        _median_row("the same, main question, p50", lookup, [MAIN_QUESTION], rounds),
        _median_row(f"the same, posts of {_lengths(POSTS)} characters, p50", lookup, POSTS, rounds),
        _median_row(f"the same, a text of {len(LONGEST):,} characters, p50", lookup, [LONGEST], rounds),
        *_percentile_rows("`search` in process", library.search, QUESTIONS, rounds),
        *_percentile_rows(
            "`list_ingredients_for_concern` in process", library.list_ingredients_for_concern, CONCERNS, rounds
        ),
        *_percentile_rows("`get_sources` in process", library.get_sources, PAGES, rounds),
        _build_row(corpus),
    ]


def _percentile_rows(
    name: str, tool: Callable[[str], object], texts: Sequence[str], rounds: int, limit: float | None = None
) -> list[Row]:
    """One row per percentile; a target holds for the 95th."""
    times = _times(tool, texts, rounds)
    return [
        value_row(f"{name}, p{percent}", percentile(times, percent), "ms", limit if percent == 95 else None)
        for percent in PERCENTILES
    ]


def _median_row(name: str, tool: Callable[[str], object], texts: Sequence[str], rounds: int) -> Row:
    return value_row(name, median(_times(tool, texts, rounds)), "ms")


def _lengths(texts: Sequence[str]) -> str:
    return f"{min(map(len, texts))}–{max(map(len, texts))}"


def _times(tool: Callable[[str], object], texts: Sequence[str], rounds: int) -> list[float]:
    """Milliseconds of every single call after one warm-up round."""
    calls = [partial(tool, text) for text in texts]
    for call in calls:
        call()
    return [timed(call) for _ in range(rounds) for call in calls]


def _build_row(corpus: Corpus) -> Row:
    """The median time to build a library over a corpus in memory: its index and its red-flag screen."""
    times = [timed(partial(Library, corpus)) for _ in range(BUILDS)]
    return value_row(f"index and screen built over {len(corpus.pages)} pages, median", median(times), "ms")


def outcomes() -> Counter[str]:
    """How many of the questions end in which outcome, so that one sees what the mix is."""
    library = Library(load_corpus())
    return Counter(library.lookup_question(question).outcome for question in QUESTIONS)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"calls per question (default: {ROUNDS})")
    rows = measure(parser.parse_args().rounds)
    print(f"{machine()}\n\n{table(rows)}")
    print("\noutcomes of the questions: " + ", ".join(f"{count} {name}" for name, count in outcomes().most_common()))


if __name__ == "__main__":
    main()
