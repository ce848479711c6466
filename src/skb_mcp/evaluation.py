"""`skb-mcp eval`: how well a corpus and its ranking answer a file of labelled questions.

Each line of the file is a JSON object; `Item` says which keys are read. Figures, all shares 0–1:

- *hit@k*: of the items that some page answers, those with an acceptable page among the first k that
  were given; a refusal is a miss (Järvelin & Kekäläinen 2002 call it success at k).
- *MRR*, mean reciprocal rank: the mean of 1 / rank of the first acceptable page, 0 where there is
  none (Voorhees 1999).
- *refused*: of the same items, those that got no page at all.
- *answered anyway*: of the items that no page answers and whose level is routine or prompt, those
  that got an answer.
- *recall* of a level: of the items that need it, those that got it or a graver one.
- *over-escalated*: of the items that need routine or prompt, those given urgent or emergency;
  *alarmed*: of the items that need routine, those given prompt.

Intervals are percentile bootstraps over the items (Efron 1979): 95 %, with a fixed seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean
from typing import Literal

from pydantic import Field, ValidationError

from .errors import SkbError
from .library import Library
from .models import LEVELS, Level, Value
from .replies import LookupReply

__all__ = ["EvaluationError", "Figure", "Item", "Outcome", "Report", "evaluate", "read_items"]

RESAMPLES = 1000
SEED = 20261121
FIRST = 3


class EvaluationError(SkbError):
    """A file of questions that cannot be read; the message says which line and why."""


class Item(Value):
    """One labelled question; keys that are not named here are ignored."""

    model_config = Value.model_config | {"extra": "ignore"}

    id: str = ""
    query: str
    intent: str = "question"
    acceptable: tuple[str, ...] = ()
    expect: Literal["answer", "abstain"]
    domain: Literal["in", "out"] = "in"
    referral: Level = "routine"
    kind: str = ""


class Outcome(Value):
    """What one question got, and why it counts as a miss.

    `given` are canonical URLs, best first, with their confidences in `scores`; `near` is what a
    refusal named as the nearest topics.
    """

    item: Item
    given: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()
    near: tuple[tuple[str, float], ...] = ()
    answered: bool
    level: Level
    miss: str | None = None

    @property
    def rank(self) -> int | None:
        """The 1-based rank of the first acceptable page."""
        return next((n for n, url in enumerate(self.given, 1) if url in self.item.acceptable), None)


class Figure(Value):
    """A share with its 95 % interval and the number of items behind it; `value` is None where there are none."""

    value: float | None = Field(default=None, ge=0, le=1)
    low: float | None = None
    high: float | None = None
    count: int = 0


class Report(Value):
    """All figures by name, the same for each intent, and every outcome in the order of the file."""

    figures: dict[str, Figure]
    intents: dict[str, dict[str, Figure]]
    outcomes: tuple[Outcome, ...]

    @property
    def misses(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.miss)


def read_items(text: str) -> list[Item]:
    """The labelled questions of a JSON Lines text; blank lines are skipped.

    Raises:
        EvaluationError: a line is no such object; names the line and the key, and repeats no value.
    """
    items: list[Item] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            items.append(Item.model_validate_json(line))
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(map(str, fault["loc"])) or "the line"
            raise EvaluationError(f"line {number}: {where}: {fault['msg'].partition('[')[0].strip()}") from None
    if not items:
        raise EvaluationError("no question in this file; expected one JSON object a line")
    return items


def evaluate(library: Library, items: Iterable[Item]) -> Report:
    """Ask every question and count."""
    outcomes = tuple(_outcome(library, item) for item in items)
    intents = sorted({outcome.item.intent for outcome in outcomes})
    by_intent = {intent: [o for o in outcomes if o.item.intent == intent] for intent in intents}
    return Report(
        figures=_figures(outcomes),
        intents={intent: _figures(group, _RETRIEVAL) for intent, group in by_intent.items()},
        outcomes=outcomes,
    )


def _outcome(library: Library, item: Item) -> Outcome:
    reply = library.lookup_question(item.query)
    hits = _hits(reply)
    outcome = Outcome(
        item=item,
        given=tuple(hit[0] for hit in hits),
        scores=tuple(hit[1] for hit in hits),
        near=() if hits else tuple((near.canonical_url, near.confidence or 0.0) for near in reply.alternatives),
        answered=reply.outcome == "answer",
        level=reply.referral.level,
    )
    return outcome.model_copy(update={"miss": _why_missed(outcome)})


def _hits(reply: LookupReply) -> list[tuple[str, float]]:
    """(canonical URL, confidence) of what was given; what a refusal names as near was not given as an answer."""
    if reply.outcome == "no_match":
        return []
    first = [(reply.match.canonical_url, reply.match.confidence)] if reply.match else []
    return first + [(near.canonical_url, near.confidence or 0.0) for near in reply.alternatives]


def _why_missed(outcome: Outcome) -> str | None:
    item = outcome.item
    if LEVELS.index(outcome.level) < LEVELS.index(item.referral):
        return f"level {outcome.level}, needs {item.referral}"
    if LEVELS.index(outcome.level) > max(LEVELS.index(item.referral), 1):
        return f"level {outcome.level}, needs only {item.referral}"
    if item.expect == "abstain":
        return "answered, and no page answers it" if outcome.answered and _counts(outcome) else None
    if not outcome.given:
        return "refused"
    return None if outcome.rank == 1 else f"right page at rank {outcome.rank or 'none'}"


# The figures

Measure = tuple[Callable[[Outcome], bool], Callable[[Outcome], float]]
"""Which outcomes count, and what each of them counts for (0–1)."""


def _answerable(outcome: Outcome) -> bool:
    return outcome.item.expect == "answer"


def _counts(outcome: Outcome) -> bool:
    """Whether an unanswerable item counts as answered anyway: one that needs no grave referral."""
    return outcome.item.expect == "abstain" and outcome.item.referral in ("routine", "prompt")


def _within(k: int) -> Callable[[Outcome], float]:
    return lambda outcome: float(outcome.rank is not None and outcome.rank <= k)


def _at_least(level: Level) -> Callable[[Outcome], float]:
    return lambda outcome: float(LEVELS.index(outcome.level) >= LEVELS.index(level))


def _needs(*levels: Level) -> Callable[[Outcome], bool]:
    return lambda outcome: outcome.item.referral in levels


_RETRIEVAL: dict[str, Measure] = {
    "hit@1": (_answerable, _within(1)),
    f"hit@{FIRST}": (_answerable, _within(FIRST)),
    "MRR": (_answerable, lambda outcome: 1 / outcome.rank if outcome.rank else 0.0),
    "refused": (_answerable, lambda outcome: float(not outcome.given)),
    "answered anyway": (_counts, lambda outcome: float(outcome.answered)),
}
_REFERRAL: dict[str, Measure] = {
    **{f"recall, {level}": (_needs(level), _at_least(level)) for level in reversed(LEVELS[1:])},
    "recall, urgent and emergency": (
        _needs("urgent", "emergency"),
        lambda outcome: _at_least(outcome.item.referral)(outcome),
    ),
    "over-escalated": (_needs("routine", "prompt"), _at_least("urgent")),
    "alarmed": (_needs("routine"), lambda outcome: float(outcome.level == "prompt")),
}


def _figures(outcomes: Sequence[Outcome], measures: dict[str, Measure] | None = None) -> dict[str, Figure]:
    chosen = measures or {**_RETRIEVAL, **_REFERRAL}
    return {name: _figure([value(o) for o in outcomes if counts(o)]) for name, (counts, value) in chosen.items()}


def _figure(values: Sequence[float]) -> Figure:
    if not values:
        return Figure()
    draw = random.Random(SEED)  # noqa: S311  # a bootstrap, not a secret
    means = sorted(fmean(draw.choices(values, k=len(values))) for _ in range(RESAMPLES))
    low, high = means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]
    return Figure(value=round(fmean(values), 4), low=round(low, 4), high=round(high, 4), count=len(values))
