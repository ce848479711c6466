"""Guarantee G4: the red-flag screen, from reviewed rules that are data, not code.

A rule names concepts (`airway_site`, `swelling`); the shared vocabulary says in which words
people express a concept. A rule fires when one of its patterns holds: every `all_of` concept is
there, at least one of `any_of`, none of `none_of`. This is a screen for a referral, not triage
and not a medical device.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError
from rapidfuzz.distance import OSA

from .errors import Finding
from .models import LEVELS, Level, Reason, Referral, ReferralBasis
from .safe_yaml import DataFileError, load_yaml, read_yaml_page
from .text import split_sentences, stem, words

__all__ = ["Rule", "Screen", "read_rules"]

VOCABULARY_FILES = ("vocabulary.yaml", "not-typos.yaml")
NEGATION_REACH = 5
"""A cue such as "no" negates what begins within this many words behind it (NegEx uses a window of
five, Chapman et al. 2001, doi:10.1006/jbin.2001.1029)."""
GAP_REACH = 3
"""The most words that a `*` in a phrase stands for."""
TYPO_LENGTH = 5
"""Words of this length or more are also recognised with one typo."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pattern(_Strict):
    """Concepts that must, may or must not be there, in one sentence or anywhere in the question."""

    all_of: tuple[str, ...] = Field(min_length=1)
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    within: Literal["sentence", "question"] = "question"


class Basis(_Strict):
    """The published guidance that a rule rests on, and what it says, in our words."""

    title: str
    publisher: str
    url: str = Field(pattern=r"^https://\S+$")
    says: str


class Examples(_Strict):
    """Questions that must fire the rule, and questions that must not fire any."""

    fires: tuple[str, ...] = Field(min_length=4)
    silent: tuple[str, ...] = Field(min_length=4)


class RuleHeader(_Strict):
    """The front matter of a rule file; the body of the file is the message."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str
    level: Literal["prompt", "urgent", "emergency"]
    mcp_eligible: StrictBool
    date_reviewed: date
    patterns: tuple[Pattern, ...] = Field(min_length=1)
    basis: tuple[Basis, ...] = Field(min_length=1)
    examples: Examples


@dataclass(frozen=True, slots=True)
class Rule:
    """One red-flag rule: when it fires, and what to tell the person (the action first)."""

    header: RuleHeader
    message: str

    @property
    def level(self) -> Level:
        return self.header.level


class _Vocabulary(_Strict):
    class Concept(_Strict):
        label: str
        words: tuple[str, ...] = Field(min_length=1)

    class Negation(_Strict):
        before: tuple[str, ...] = ()
        stop: tuple[str, ...] = ()

    concepts: dict[str, Concept]
    negation: Negation = Negation()


class _NotTypos(_Strict):
    not_typos: tuple[str, ...]


def read_rules(files: Mapping[str, str], folder: str = "red-flags") -> tuple[Screen, tuple[Finding, ...]]:
    """The screen over the eligible rules among `files` (file name → text), and every fault found.

    `vocabulary.yaml` holds the concepts, `not-typos.yaml` common words that are no misspelling of
    them, every `.md` file one rule. A rule with a fault is left out and reported as an error.
    """
    findings: list[Finding] = []
    vocabulary, guards, rules = _Vocabulary(concepts={}), _NotTypos(not_typos=()), []
    for name in sorted(files):
        path = f"{folder}/{name}"
        try:
            if name == VOCABULARY_FILES[0]:
                vocabulary = _Vocabulary.model_validate(load_yaml(files[name]))
            elif name == VOCABULARY_FILES[1]:
                guards = _NotTypos.model_validate(load_yaml(files[name]))
            elif name.endswith(".md"):
                rules += _read_rule(files[name])
        except DataFileError as error:
            findings.append(Finding(path, error.line, "red-flag", error.message))
        except ValidationError as error:
            findings += [Finding(path, 1, "red-flag", _fault(e["loc"], e["msg"])) for e in error.errors()]
    for rule in rules:
        if missing := _unknown_concepts(rule, vocabulary):
            message = f"concepts that the vocabulary does not have: {', '.join(missing)}"
            findings.append(Finding(f"{folder}/{rule.header.id}.md", 1, "red-flag", message))
    sound = [rule for rule in rules if not _unknown_concepts(rule, vocabulary)]
    return Screen(sound, vocabulary, guards.not_typos), tuple(findings)


def _read_rule(text: str) -> list[Rule]:
    metadata, body = read_yaml_page(text)
    if metadata.get("mcp_eligible") is not True:
        return []
    if not body.strip():
        raise DataFileError(1, "the rule has no message")
    return [Rule(RuleHeader.model_validate(metadata), _plain(body))]


def _plain(body: str) -> str:
    return " ".join(re.sub(r"\*\*|__", "", body).split())


def _fault(loc: tuple[int | str, ...], message: str) -> str:
    return f"'{'.'.join(map(str, loc))}': {message}"


def _unknown_concepts(rule: Rule, vocabulary: _Vocabulary) -> list[str]:
    used = {c for p in rule.header.patterns for c in (*p.all_of, *p.any_of, *p.none_of)}
    return sorted(used - vocabulary.concepts.keys())


class _Phrase(NamedTuple):
    concept: str
    stems: tuple[str, ...]


class Screen:
    """Compiled rules; `check` is a pure function of the text."""

    def __init__(self, rules: Sequence[Rule], vocabulary: _Vocabulary, not_typos: Iterable[str] = ()) -> None:
        self.rules = tuple(sorted(rules, key=lambda r: (-LEVELS.index(r.level), r.header.id)))
        self._labels = {name: concept.label for name, concept in vocabulary.concepts.items()}
        self._not_typos = frozenset(not_typos)
        self._phrases: dict[str, list[_Phrase]] = {}
        self._known: dict[str, str] = {}
        for name, concept in vocabulary.concepts.items():
            for phrase in concept.words:
                self._add(name, phrase)
        self._stems = frozenset(self._known.values())
        self._typos = _deletions(w for w in self._known if len(w) >= TYPO_LENGTH)
        self._cues = [words(cue) for cue in vocabulary.negation.before]
        self._stops = frozenset(vocabulary.negation.stop)

    def _add(self, concept: str, phrase: str) -> None:
        parts = phrase.split()
        tokens = [token for part in parts for token in (["*"] if part == "*" else words(part))]
        self._known.update({token: stem(token) for token in tokens if token != "*"})
        stems = tuple(token if token == "*" else self._known[token] for token in tokens)
        if stems:
            self._phrases.setdefault(stems[0], []).append(_Phrase(concept, stems))

    def check(self, text: str) -> Referral | None:
        """The referral that `text` calls for, its gravest rule first; None when no rule fires."""
        sentences = [self._concepts(s) for s in split_sentences(text)]
        everywhere = frozenset().union(*sentences)
        reasons = []
        messages = []
        for rule in self.rules:
            recognised = self._fires(rule, sentences, everywhere)
            if recognised:
                basis = tuple(ReferralBasis(title=f"{b.publisher} — {b.title}", url=b.url) for b in rule.header.basis)
                labels = tuple(dict.fromkeys(self._labels[c] for c in recognised))
                reasons.append(Reason(rule=rule.header.id, level=rule.level, recognised=labels, basis=basis))
                messages.append(rule.message)
        if not reasons:
            return None
        return Referral(level=reasons[0].level, message=messages[0], reasons=tuple(reasons))

    def _fires(self, rule: Rule, sentences: Sequence[Set[str]], everywhere: Set[str]) -> tuple[str, ...]:
        """The concepts of every pattern of a rule that holds, each once; none when the rule does not fire."""
        recognised: dict[str, None] = {}
        for pattern in rule.header.patterns:
            for found in sentences if pattern.within == "sentence" else (everywhere,):
                if _holds(pattern, found):
                    concepts = (*pattern.all_of, *(c for c in pattern.any_of if c in found))
                    recognised.update(dict.fromkeys(concepts))
        return tuple(recognised)

    def _concepts(self, sentence: str) -> frozenset[str]:
        """Each concept found in a sentence, un-negated."""
        typed = words(sentence)
        line = [self._read(word) for word in typed]
        negated = self._negated(typed)
        return frozenset(
            phrase.concept
            for at, candidates in enumerate(line)
            if not negated[at]
            for first in candidates
            for phrase in self._phrases.get(first, ())
            if _matches(phrase.stems, 1, line, at + 1)
        )

    def _read(self, word: str) -> tuple[str, ...]:
        """The vocabulary stems that a typed word may stand for: its own, or those of one typo away."""
        own = stem(word)
        if own in self._stems or len(word) < TYPO_LENGTH or word in self._not_typos:
            return (own,)
        close = {w for key in _deletes(word) for w in self._typos.get(key, ()) if OSA.distance(w, word) <= 1}
        return tuple(sorted({self._known[w] for w in close})) or (own,)

    def _negated(self, typed: list[str]) -> list[bool]:
        negated = [False] * len(typed)
        for start in range(len(typed)):
            for cue in self._cues:
                end = start + len(cue)
                if typed[start:end] == cue:
                    for at in range(end, min(end + NEGATION_REACH, len(typed))):
                        negated[at] = True
                        if typed[at] in self._stops:
                            break
        return negated


def _holds(pattern: Pattern, found: Set[str]) -> bool:
    return (
        all(c in found for c in pattern.all_of)
        and (not pattern.any_of or any(c in found for c in pattern.any_of))
        and not any(c in found for c in pattern.none_of)
    )


def _matches(phrase: tuple[str, ...], done: int, line: Sequence[tuple[str, ...]], at: int) -> bool:
    """Whether the rest of `phrase` stands in `line` from position `at` on."""
    if done == len(phrase):
        return True
    if phrase[done] == "*":
        return any(_matches(phrase, done + 1, line, at + gap) for gap in range(GAP_REACH + 1))
    return at < len(line) and phrase[done] in line[at] and _matches(phrase, done + 1, line, at + 1)


def _deletes(word: str) -> Iterator[str]:
    """The word itself and every way to leave one letter out (symmetric deletion, Garbe 2012)."""
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def _deletions(known: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for word in known:
        for key in _deletes(word):
            found[key] = (*found.get(key, ()), word)
    return found
