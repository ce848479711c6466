"""Red-flag rules as data: the nouns, and how they are read from `red-flags/`.

A rule names concepts (`airway_site`, `swelling`); the shared vocabulary says in which words
people express a concept. `mcp_eligible` gates rules as it gates pages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictBool, ValidationError

from .errors import Finding
from .models import Value
from .text import words

__all__ = ["Basis", "Concept", "Examples", "Negation", "Pattern", "RedFlags", "Rule", "Vocabulary", "read_rules"]

VOCABULARY = "vocabulary"
"""`vocabulary.yaml`, and files such as `vocabulary-prompt.yaml` beside it, are one vocabulary."""
NOT_TYPOS = "not-typos.yaml"


class Pattern(Value):
    """Concepts that must, may or must not be there, in one sentence or anywhere in the question."""

    all_of: tuple[str, ...] = Field(min_length=1)
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    within: Literal["sentence", "question"] = "question"


class Basis(Value):
    """The published guidance that a rule rests on, and what it says, in our words."""

    title: str
    publisher: str
    url: str = Field(pattern=r"^https://\S+$")
    says: str


class Examples(Value):
    """Questions that must fire the rule, and questions that must not fire any."""

    fires: tuple[str, ...] = Field(min_length=4)
    silent: tuple[str, ...] = Field(min_length=4)


class Rule(Value):
    """One red-flag rule: when it fires, what it rests on, and what to tell the person (the action first)."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str
    level: Literal["prompt", "urgent", "emergency"]
    mcp_eligible: StrictBool
    date_reviewed: date
    patterns: tuple[Pattern, ...] = Field(min_length=1)
    basis: tuple[Basis, ...] = Field(min_length=1)
    examples: Examples
    message: str = Field(min_length=1)


def _can_match(phrase: str) -> str:
    if not words(phrase) or phrase.lstrip().startswith("*"):
        raise ValueError("a phrase begins with a word, and has at least one")
    return phrase


Phrase = Annotated[str, AfterValidator(_can_match)]


class Concept(Value):
    """What is recognised (`label`, in our words), and the words and phrases by which it is."""

    label: str
    words: tuple[Phrase, ...] = Field(min_length=1)


class Negation(Value):
    """Cues that negate what follows, and the words that end their reach."""

    before: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()


class Vocabulary(Value):
    """The concepts that rules may name."""

    concepts: dict[str, Concept]
    negation: Negation = Negation()


class _NotTypos(Value):
    not_typos: tuple[str, ...]


class RedFlags(Value):
    """Everything that a screen is compiled from; `not_typos` are real words near a red-flag word."""

    rules: tuple[Rule, ...] = ()
    vocabulary: Vocabulary = Vocabulary(concepts={})
    not_typos: tuple[str, ...] = ()


def read_rules(files: Mapping[str, str], folder: str = "red-flags") -> tuple[RedFlags, tuple[Finding, ...]]:
    """The eligible rules among `files` (file name → text) with their vocabulary, and every fault found.

    A rule with a fault is left out and reported as an error.
    """
    # YAML is read here alone of all that a server needs when it starts from a snapshot.
    from .safe_yaml import DataFileError, load_yaml

    findings: list[Finding] = []
    parts: list[Vocabulary] = []
    guards = _NotTypos(not_typos=())
    rules: list[tuple[str, Rule]] = []
    for name in sorted(files):
        path = f"{folder}/{name}"
        try:
            if _is_vocabulary(name):
                parts.append(Vocabulary.model_validate(load_yaml(files[name])))
                findings += [_finding(path, 1, f"'{c}' is defined twice") for c in _twice(parts)]
            elif name == NOT_TYPOS:
                guards = _NotTypos.model_validate(load_yaml(files[name]))
            elif name.endswith(".md"):
                rules += [(path, rule) for rule in _read_rule(files[name])]
        except DataFileError as error:
            findings.append(_finding(path, error.line, error.message))
        except ValidationError as error:
            findings += [_finding(path, 1, f"'{'.'.join(map(str, e['loc']))}': {e['msg']}") for e in error.errors()]
    if len(parts) < sum(map(_is_vocabulary, files)):
        # Without its vocabulary no rule can be judged; its own fault is reported already.
        return RedFlags(), tuple(findings)
    vocabulary = _merged(parts)
    sound = []
    for path, rule in rules:
        if unknown := sorted(_concepts(rule) - vocabulary.concepts.keys()):
            findings.append(_finding(path, 1, f"concepts that the vocabulary does not have: {', '.join(unknown)}"))
        else:
            sound.append(rule)
    return RedFlags(rules=tuple(sound), vocabulary=vocabulary, not_typos=guards.not_typos), tuple(findings)


def _is_vocabulary(name: str) -> bool:
    return name.startswith(VOCABULARY) and name.endswith(".yaml")


def _twice(parts: list[Vocabulary]) -> list[str]:
    """The concepts of the last part that an earlier one has."""
    return sorted(parts[-1].concepts.keys() & {name for part in parts[:-1] for name in part.concepts})


def _merged(parts: list[Vocabulary]) -> Vocabulary:
    concepts = {name: concept for part in reversed(parts) for name, concept in part.concepts.items()}
    before = tuple(cue for part in parts for cue in part.negation.before)
    stop = tuple(word for part in parts for word in part.negation.stop)
    return Vocabulary(concepts=concepts, negation=Negation(before=before, stop=stop))


def _finding(path: str, line: int, message: str) -> Finding:
    return Finding(path, line, "red-flag", message, public=True)


def _read_rule(text: str) -> list[Rule]:
    from .safe_yaml import read_yaml_page

    metadata, body = read_yaml_page(text)
    if metadata.get("mcp_eligible") is False:
        return []
    # Anything else than true or false is a fault: a rule must not be lost without a word.
    message = " ".join(re.sub(r"\*\*|__", "", body).split())
    return [Rule.model_validate({**metadata, "message": message})]


def _concepts(rule: Rule) -> set[str]:
    return {c for p in rule.patterns for c in (*p.all_of, *p.any_of, *p.none_of)}
