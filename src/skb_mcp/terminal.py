"""For a person at a terminal: a lookup reply, the referral first where there is one, and an evaluation."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from .evaluation import Figure, Outcome, Report
from .models import Citation, Referral
from .ranking import Explanation
from .replies import LookupReply

__all__ = ["render", "render_explanation", "render_report"]

_STYLES = {"bold": "\033[1m", "red": "\033[1;31m", "dim": "\033[2m", "cyan": "\033[36m"}


def render(reply: LookupReply, *, colour: bool, width: int = 88) -> str:
    """The reply as plain text of at most `width` columns (URLs stay whole), coloured on request."""

    def paint(style: str, text: str) -> str:
        return f"{_STYLES[style]}{text}\033[0m" if colour else text

    blocks = list(_blocks(reply))
    lines: list[str] = []
    for style, heading, items in blocks:
        lines += [paint(style, line) for line in _wrapped(heading, width)] if heading else []
        for item in items:
            lines += [line for part in item.split("\n") for line in _wrapped(part, width)]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _blocks(reply: LookupReply) -> Iterator[tuple[str, str, list[str]]]:
    """(style, heading, paragraphs) in reading order."""
    raised = reply.level != "routine"
    if raised:
        yield "red", f"{reply.level.upper()}: see a clinician", [reply.referral.message]
        yield "bold", "Why", [f"- {', '.join(r.recognised)} ({r.rule})" for r in reply.referral.reasons]
    if reply.match:
        about = f"{reply.match.entity_type} · match {reply.match.confidence:.2f}"
        dates = reply.reviewed
        about += f" · reviewed {dates.date_reviewed}" if dates and dates.date_reviewed else ""
        yield "bold", reply.match.title, [reply.match.canonical_url, about]
    if reply.quick_answer:
        yield "bold", "", [reply.quick_answer]
    yield from _payload(reply)
    if reply.note:
        yield "bold", "", [reply.note]
    if reply.alternatives:
        yield "bold", "Nearest pages", [f"- {a.title}  {a.canonical_url}" for a in reply.alternatives]
    if reply.referral.see_clinician_if:
        yield "bold", "See a clinician", [f"- {point}" for point in reply.referral.see_clinician_if]
    yield "bold", "Cite", [_cited(c) for c in reply.citations]
    if not raised:
        yield "dim", "", [reply.referral.message]


def _payload(reply: LookupReply) -> Iterator[tuple[str, str, list[str]]]:
    if reply.may_be_instead:
        items = [f"- {a.title}: {a.how_to_tell or a.canonical_url}" for a in reply.may_be_instead]
        yield "bold", "It may be something else", items
    if reply.ingredients:
        notes = []
        for ingredient in reply.ingredients:
            why = f": {ingredient.why}" if ingredient.why else ""
            notes.append(f"- {ingredient.title}{why}")
            notes += [f"  caution ({c.topic}): {c.text}" for c in ingredient.cautions]
        yield "bold", "Ingredients", notes
    if reply.products:
        yield "bold", "Product examples (not evidence that they work)", [f"- {p.title}" for p in reply.products]
    for section in reply.sections:
        yield "cyan", section.heading, section.text.split("\n")
    if reply.reviewed and reply.reviewed.note:
        yield "red", "", [reply.reviewed.note]


def _cited(citation: Citation) -> str:
    original = f" (original: {citation.original_url})" if citation.original_url else ""
    return f"- [{citation.role}] {citation.title}  {citation.url}{original}"


def _wrapped(text: str, width: int) -> list[str]:
    indent = "  " if text.startswith(("- ", "  ")) else ""
    return textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) or [""]


def render_explanation(flagged: Referral | None, ranking: Explanation) -> str:
    """What the screen recognised, how the words were read, and what spoke for the best pages and topics."""
    lines = ["", "Red flags: " + ("none" if flagged is None else flagged.level)]
    lines += [f"  {r.rule} ({r.level}): {', '.join(r.recognised)}" for r in (flagged.reasons if flagged else ())]
    lines.append("Words: " + ("; ".join(_reading(term) for term in ranking.readings) or "none"))
    if ranking.unknown:
        lines.append("Unknown here: " + ", ".join(ranking.unknown))
    for heading, traces in (("Pages", ranking.pages), ("Topics without a page", ranking.topics)):
        lines.append(f"{heading}: score = words + names, by kind of page" if traces else f"{heading}: none")
        lines += [f"  {t.score:6.2f}  words {t.likelihood:5.2f}, names {t.likeness:.2f}  {t.title}" for t in traces]
    lines.append(f"Leaning of the words: {ranking.leaning:.2f} (above 0 to pages, below to topics)")
    if ranking.one_sided:
        lines.append("It is about something that the best page does not name: no answer.")
    lines.append(f"A page answers from confidence {ranking.threshold} on.")
    return "\n".join(lines)


def _reading(term: Mapping[str, float]) -> str:
    first, *others = term.items()
    return first[0] + (f" (or {', '.join(f'{token} {weight:.2f}' for token, weight in others)})" if others else "")


def render_report(report: Report, *, verbose: bool = False) -> str:
    """The figures of an evaluation, those of each intent, and with `verbose` every miss."""
    lines = [f"{'figure':<32}{'value':>8}  {'95 % interval':<16}{'items':>6}"]
    lines += [_row(name, figure) for name, figure in report.figures.items() if figure.count]
    names = list(next(iter(report.intents.values()), {}))
    lines += ["", f"{'intent':<14}" + "".join(f"{name:>17}" for name in names)]
    for intent, figures in report.intents.items():
        lines.append(f"{intent:<14}" + "".join(f"{_share(figures[name]):>17}" for name in names))
    if verbose:
        lines += ["", *(_miss(outcome) for outcome in report.misses)]
    return "\n".join(lines)


def _row(name: str, figure: Figure) -> str:
    return f"{name:<32}{_share(figure):>8}  {f'{figure.low:.3f}–{figure.high:.3f}':<16}{figure.count:>6}"


def _share(figure: Figure) -> str:
    return "–" if figure.value is None else f"{figure.value:.3f}"


def _miss(outcome: Outcome) -> str:
    given = ", ".join(f"{_slug(url)} {score:.2f}" for url, score in zip(outcome.given, outcome.scores, strict=True))
    near = ", ".join(f"{_slug(url)} {score:.2f}" for url, score in outcome.near)
    wanted = ", ".join(map(_slug, outcome.item.acceptable)) or "none"
    shown = f"given {given}" if given else f"nearest {near or 'none'}"
    return f"{outcome.miss}: {outcome.item.query}\n    wanted {wanted}; {shown}"


def _slug(url: str) -> str:
    return url.rsplit("/", 1)[-1]
