"""What size costs: building the ranking, looking up, and memory, with the shipped pages and with many more.

python benchmarks/scale.py [--rounds N] [--no-write]

The larger corpora are the shipped pages, their wordings and topics, and synthetic pages up to the
number wanted. A synthetic page has the kind of a shipped page drawn at random, a title of three to
five words and six aliases, each of two words of the title and up to two others. Words are drawn from
the titles and aliases of the shipped pages as often as they stand there (without stopwords), so that
common ones stay common. The seed is fixed: the same shipped corpus makes the same pages.

It is a hard case: the more pages, the more of them share each word, while a real corpus of that size
would also have more words. An easier one in one thing: typos are looked for among the shipped words.

How long a folder takes to start is measured with copies of the shipped pages, each under a URL of its own.
"""

from __future__ import annotations

import argparse
import gc
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from measuring import (
    MAIN_QUESTION,
    Process,
    Row,
    machine,
    memory_peak,
    percentile,
    progress,
    table,
    timed,
    value_row,
    write_results,
)
from pydantic import TypeAdapter
from queries import QUESTIONS

from skb_mcp.corpus import Corpus, embedded_corpus
from skb_mcp.data_files import Shipped
from skb_mcp.documents import ranking_of
from skb_mcp.graph import Graph
from skb_mcp.language import Language
from skb_mcp.library import Library
from skb_mcp.loading import compile_corpus, load_corpus
from skb_mcp.models import FOLDERS, Entity
from skb_mcp.ranking import Ranker, State
from skb_mcp.text import STOPWORDS, words

__all__ = ["measure", "shipped_language", "synthetic_pages"]

SEED = 20261121
SHIPPED, SIZES = 0, (10_000, 100_000)
"""Numbers of pages; 0 stands for the shipped ones alone."""
ALIASES = 6
ROUNDS = 5
BUILDS = {SHIPPED: 5, 10_000: 3, 100_000: 1}
"""How often the ranking is built."""
STARTS, FOLDER_STARTS = 20, 5
FOLDER = 10_000
"""Pages of the folder that is read and compiled."""
BUILD_TARGETS = {SHIPPED: 30.0, 10_000: 500.0}
"""Milliseconds."""
LOOKUP_TARGETS = {SHIPPED: 1.0, 10_000: 5.0, 100_000: 10.0}
"""Milliseconds, for the 95th percentile."""

PAGE: TypeAdapter[Entity] = TypeAdapter(Entity)


# Corpora


def shipped_language(corpus: Corpus) -> Language:
    """The words beside the shipped pages as their files have them: nothing is counted before."""
    language = Shipped([], fresh=True).language
    return language.of_pages(corpus.manifest.canonical_base, language.wordings)


def synthetic_pages(shipped: Sequence[Entity], base: str, count: int) -> Iterator[Entity]:
    """Pages made of the words of the shipped ones, as the head of this file says."""
    draw = random.Random(SEED)
    names = [name for page in shipped for name in (page.title, *page.aliases)]
    vocabulary = [word for name in names for word in words(name) if word not in STOPWORDS]
    for number in range(count):
        kind = draw.choice(shipped).entity_type
        title = draw.choices(vocabulary, k=draw.randint(3, 5))
        aliases = (draw.sample(title, 2) + draw.choices(vocabulary, k=draw.randint(0, 2)) for _ in range(ALIASES))
        yield PAGE.validate_python(
            {
                "entity_type": kind,
                "title": " ".join(title).capitalize(),
                "canonical_url": f"{base}/{FOLDERS[kind]}/{'-'.join(title)}-{number}",
                "path": f"{number}.md",
                "aliases": [" ".join(alias) for alias in aliases],
            }
        )


# Measuring


def measure(rounds: int = ROUNDS) -> list[Row]:
    """The rows of the table."""
    shipped = load_corpus()
    language = shipped_language(shipped)
    rows = [row for size in (SHIPPED, *SIZES) for row in _rows(size, shipped, language, rounds)]
    return [*rows, *_folder_rows(shipped)]


def _rows(size: int, shipped: Corpus, language: Language, rounds: int) -> Iterator[Row]:
    """The rows of one size; the sizes grow, so the most memory that was used is that of the last one."""
    progress(f"scale: {size or len(shipped.pages):,} pages")
    if size == SHIPPED:
        yield value_row("shipped pages: ranking opened in the snapshot, to a first answer", _started(), "ms")
    more = synthetic_pages(shipped.pages, shipped.manifest.canonical_base, max(size - len(shipped.pages), 0))
    graph = Graph([*shipped.pages, *more])
    name = f"{len(graph.pages):,} pages"
    state, build = _built(graph, language, BUILDS[size])
    yield value_row(f"{name}: ranking built", build, "ms", BUILD_TARGETS.get(size))
    library = Library(Corpus(shipped.manifest, graph.pages, shipped.screens, state, ()))
    yield value_row(
        f"{name}: the first question after that", timed(lambda: library.lookup_question(MAIN_QUESTION)), "ms"
    )
    ranking = _times(Ranker(state).search, rounds)
    yield value_row(f"{name}: ranking alone, p50", percentile(ranking, 50), "ms")
    yield value_row(f"{name}: ranking alone, p95", percentile(ranking, 95), "ms")
    times = _times(library.lookup_question, rounds)
    yield value_row(f"{name}: `lookup_question`, p50", percentile(times, 50), "ms")
    yield value_row(f"{name}: `lookup_question`, p95", percentile(times, 95), "ms", LOOKUP_TARGETS[size])
    yield value_row(f"{name}: peak memory, pages and building included", memory_peak(Process()), "MB")


def _folder_rows(shipped: Corpus) -> Iterator[Row]:
    """What a folder of pages takes until its first answer: read, and compiled."""
    name = f"folder of {FOLDER:,} pages"
    progress(f"scale: {name}")
    with TemporaryDirectory() as folder:
        for number, page in zip(range(FOLDER), cycle(shipped.pages), strict=False):
            text = (embedded_corpus() / page.path).read_text(encoding="utf-8")
            url = f"canonical_url: {page.canonical_url}"
            Path(folder, f"{number}.md").write_text(text.replace(url, f"{url}-{number}", 1), encoding="utf-8")
        yield value_row(f"{name}: read, to a first answer", timed(partial(_first_answer, folder)), "ms")
        yield value_row(f"{name}: compiled with `skb-mcp compile`", timed(partial(compile_corpus, folder)), "ms")
        with _no_collection():
            opened = median(timed(partial(_first_answer, folder)) for _ in range(FOLDER_STARTS))
        yield value_row(f"{name}: compiled, to a first answer", opened, "ms")


def _first_answer(folder: str | None = None) -> None:
    Ranker(load_corpus(folder).ranking).search(MAIN_QUESTION)


def _built(graph: Graph, language: Language, rounds: int) -> tuple[State, float]:
    """What the pages are ranked with, and the median milliseconds to work it out from the pages in memory.

    The topics below them are in the snapshot, where every folder takes them from.
    """
    states: list[State] = []
    topics = Shipped([]).topics
    times: list[float] = []
    for _ in range(rounds):
        states.clear()
        with _no_collection():
            times.append(timed(lambda: states.append(ranking_of(graph, language, topics))))
    return states[0], median(times)


def _started() -> float:
    """Median milliseconds from the snapshot, as a server opens it, to what its ranking finds for a first question."""
    with _no_collection():
        return median(timed(_first_answer) for _ in range(STARTS))


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without collecting garbage, as `serve` starts."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _times(lookup: Callable[[str], object], rounds: int) -> list[float]:
    """Milliseconds of every single call after one warm-up round."""
    calls = [partial(lookup, question) for question in QUESTIONS]
    for call in calls:
        call()
    # As `serve` does once it is ready: what is kept is not looked through again.
    gc.collect()
    gc.freeze()
    try:
        return [timed(call) for _ in range(rounds) for call in calls]
    finally:
        gc.unfreeze()


def main() -> int:
    """Measure, print and write; 1 when a target was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"calls per question (default: {ROUNDS})")
    parser.add_argument("--no-write", action="store_true", help="print the table only")
    options = parser.parse_args()
    rows = measure(options.rounds)
    results = f"Measured on: {machine()}.\n\n{table(rows)}"
    print(results)
    if not options.no_write:
        write_results("scale", results)
    return 1 if any(row.met is False for row in rows) else 0


if __name__ == "__main__":
    raise SystemExit(main())
