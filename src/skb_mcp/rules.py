"""Red-flag rules as data: the nouns, and how they are read from `red-flags/`.

A rule names concepts (`airway_site`, `swelling`); the shared vocabulary says in which words
people express a concept. `mcp_eligible` gates rules as it gates pages.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, StrictBool, ValidationError, model_validator

from .errors import Finding
from .models import Value
from .text import words

__all__ = [
    "Basis",
    "Concept",
    "Examples",
    "Negation",
    "Pattern",
    "RedFlags",
    "Rule",
    "Vocabulary",
    "concepts_of",
    "read_rule",
    "read_rules",
]

VOCABULARY = "vocabulary"
"""`vocabulary.yaml`, and files such as `vocabulary-prompt.yaml` beside it, are one vocabulary."""
NOT_TYPOS = "not-typos.yaml"
LEARNED = "second-reading.json"


class Pattern(Value):
    """Concepts that must, may or must not be there: in one sentence, in the whole question, or in either."""

    all_of: tuple[str, ...] = Field(min_length=1)
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    within: Literal["sentence", "question", "either"] = "question"


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
    """One red-flag rule: when it fires, what it rests on, and what to tell the person (the action first).

    One rule of each level `stands_in` where a second reading finds that level and none of its rules fits.
    """

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str
    level: Literal["prompt", "urgent", "emergency"]
    mcp_eligible: StrictBool
    date_reviewed: date
    patterns: tuple[Pattern, ...] = ()
    stands_in: StrictBool = False
    basis: tuple[Basis, ...] = Field(min_length=1)
    examples: Examples
    message: str = Field(min_length=1)

    @model_validator(mode="after")
    def _can_fire(self) -> Self:
        if not self.patterns and not self.stands_in:
            raise ValueError("a rule needs 'patterns', or 'stands_in: true'")
        return self


def _can_match(phrase: str) -> str:
    if not words(phrase) or phrase.lstrip().startswith("*"):
        raise ValueError("a phrase begins with a word, and has at least one")
    if any(len(words(option)) != 1 for part in phrase.split() if "|" in part for option in part.split("|")):
        raise ValueError("'|' stands between single words")
    return phrase


Phrase = Annotated[str, AfterValidator(_can_match)]


class Concept(Value):
    """What is recognised (`label`, in our words): by words and phrases, or built from concepts above it.

    A built concept is there when one of `any_of` is and none of `none_of`.
    """

    label: str
    words: tuple[Phrase, ...] = ()
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        if not self.words and not self.any_of:
            raise ValueError("a concept needs 'words' or 'any_of'")
        return self


class Negation(Value):
    """Cues that negate what follows (`before`), or what stands before them (`behind`: "not any more").

    A word of `stop` ends the reach of a cue. A word of `unless` within it means that something is not over
    ("not going down"), and nothing is negated; neither is it where, behind a cue of `behind`, it `returns`.
    """

    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()


class Vocabulary(Value):
    """The concepts that rules may name."""

    concepts: dict[str, Concept]
    negation: Negation = Negation()


class _NotTypos(Value):
    not_typos: tuple[str, ...]


class Kind(Value):
    """A kind of danger, the rule that speaks of it at each level, and by which features it is known (log odds)."""

    rules: dict[Literal["prompt", "urgent", "emergency"], str]
    constant: float
    weights: dict[str, float]


Weight = Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False)]
"""What one feature says for a level (log odds)."""


class Learned(Value):
    """What a second reader learned (`second_reading`): for each of `levels` a constant, the least score, and weights.

    `weights` has for each feature (a stem, two of them joined by a blank, or `#` and a concept) a number for each
    level, in their order, to three decimals. A rule of level urgent or emergency holds only where the score of urgent
    is `floor` or more; and where it needs a sentence with one of the concepts `talk`, those of stories, lessons and
    things long over, `calm` or more. `kinds` tell what is reported.
    """

    levels: tuple[Literal["prompt", "urgent", "emergency"], ...]
    constants: tuple[float, ...]
    least: tuple[float, ...]
    talk: tuple[str, ...] = ()
    calm: float = 0.0
    floor: float = -math.inf
    kinds: dict[str, Kind] = Field(default_factory=dict)
    weights: dict[str, tuple[Weight, ...]]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        size = len(self.levels)
        if any(len(held) != size for held in (self.constants, self.least, *self.weights.values())):
            raise ValueError(f"'constants', 'least' and each of 'weights' have a number for each level ({size})")
        return self


class RedFlags(Value):
    """Everything that a screen is compiled from; `not_typos` are real words near a red-flag word."""

    rules: tuple[Rule, ...] = ()
    vocabulary: Vocabulary = Vocabulary(concepts={})
    not_typos: tuple[str, ...] = ()
    learned: Learned | None = None


def read_rules(
    files: Mapping[str, str], folder: str = "red-flags", *, shared: RedFlags | None = None
) -> tuple[RedFlags, tuple[Finding, ...]]:
    """The eligible rules among `files` (file name → text) with their vocabulary, and every fault found.

    A rule with a fault is left out and reported as an error. Rules may name the concepts of `shared`,
    too; of those only what they use is taken over.
    """
    read, findings = _read_files(files, folder)
    if len(read.parts) < sum(map(_is_vocabulary, files)):
        # Without its vocabulary no rule can be judged; its own fault is reported already.
        return RedFlags(), tuple(findings)
    vocabulary = _merged([*read.parts, shared.vocabulary] if shared else read.parts)
    findings += [_finding(folder, 1, message) for message in _misbuilt(vocabulary)]
    sound = []
    for path, rule in read.rules:
        if unknown := sorted(concepts_of(rule) - vocabulary.concepts.keys()):
            findings.append(_finding(path, 1, f"concepts that the vocabulary does not have: {', '.join(unknown)}"))
        else:
            sound.append(rule)
    if read.learned and (unknown := sorted(set(read.learned.talk) - vocabulary.concepts.keys())):
        findings.append(_finding(f"{folder}/{LEARNED}", 1, f"concepts that no vocabulary has: {', '.join(unknown)}"))
    named = {rule for kind in (read.learned.kinds.values() if read.learned else ()) for rule in kind.rules.values()}
    if unknown := sorted(named - {rule.id for rule in sound}):
        findings.append(_finding(f"{folder}/{LEARNED}", 1, f"rules that are not there: {', '.join(unknown)}"))
    standing_in = {rule.level for rule in sound if rule.stands_in}
    if read.learned and (missing := [level for level in read.learned.levels if level not in standing_in]):
        findings.append(_finding(f"{folder}/{LEARNED}", 1, f"no rule 'stands_in' for: {', '.join(missing)}"))
    flags = RedFlags(rules=tuple(sound), vocabulary=vocabulary, not_typos=read.not_typos, learned=read.learned)
    return (_pruned(flags, shared.not_typos) if shared else flags), tuple(findings)


def read_rule(text: str) -> Rule | None:
    """The rule of one file; None when it is held back.

    Raises:
        DataFileError: the front matter cannot be read.
        pydantic.ValidationError: the rule has a fault.
    """
    from .safe_yaml import read_yaml_page

    metadata, body = read_yaml_page(text)
    if metadata.get("mcp_eligible") is False:
        return None
    # Anything else than true or false is a fault: a rule must not be lost without a word.
    message = " ".join(re.sub(r"\*\*|__", "", body).split())
    return Rule.model_validate({**metadata, "message": message})


def concepts_of(rule: Rule) -> set[str]:
    """The concepts that the patterns of a rule name."""
    return {c for p in rule.patterns for c in (*p.all_of, *p.any_of, *p.none_of)}


class _Files(NamedTuple):
    """What the files of a folder hold: vocabularies, rules with their paths, no typos, what was learned."""

    parts: list[Vocabulary]
    rules: list[tuple[str, Rule]]
    not_typos: tuple[str, ...] = ()
    learned: Learned | None = None


def _read_files(files: Mapping[str, str], folder: str) -> tuple[_Files, list[Finding]]:
    # YAML is read here alone of all that a server needs when it starts from a snapshot.
    from .safe_yaml import DataFileError, load_yaml

    findings: list[Finding] = []
    read = _Files([], [])
    for name in sorted(files):
        path = f"{folder}/{name}"
        try:
            if _is_vocabulary(name):
                read.parts.append(Vocabulary.model_validate(load_yaml(files[name])))
                findings += [_finding(path, 1, f"'{c}' is defined twice") for c in _twice(read.parts)]
            elif name == NOT_TYPOS:
                read = read._replace(not_typos=_NotTypos.model_validate(load_yaml(files[name])).not_typos)
            elif name == LEARNED:
                read = read._replace(learned=Learned.model_validate_json(files[name]))
            elif name.endswith(".md") and (rule := read_rule(files[name])):
                read.rules.append((path, rule))
        except DataFileError as error:
            findings.append(_finding(path, error.line, error.message))
        except ValidationError as error:
            findings += [_finding(path, 1, f"'{'.'.join(map(str, e['loc']))}': {e['msg']}") for e in error.errors()]
    return read, findings


def _is_vocabulary(name: str) -> bool:
    return name.startswith(VOCABULARY) and name.endswith(".yaml")


def _twice(parts: list[Vocabulary]) -> list[str]:
    """The concepts of the last part that an earlier one has."""
    return sorted(parts[-1].concepts.keys() & {name for part in parts[:-1] for name in part.concepts})


def _merged(parts: list[Vocabulary]) -> Vocabulary:
    concepts = {name: concept for part in reversed(parts) for name, concept in part.concepts.items()}
    cues = {key: tuple(c for part in parts for c in getattr(part.negation, key)) for key in Negation.model_fields}
    return Vocabulary(concepts=concepts, negation=Negation(**cues))


def _misbuilt(vocabulary: Vocabulary) -> Iterator[str]:
    """Concepts built from others that do not stand above them, or do not exist."""
    above: set[str] = set()
    for name, concept in vocabulary.concepts.items():
        if missing := sorted({*concept.any_of, *concept.none_of} - above):
            yield f"'{name}' is built from concepts that do not stand above it: {', '.join(missing)}"
        above.add(name)


def _pruned(flags: RedFlags, not_typos: tuple[str, ...]) -> RedFlags:
    """Without the concepts that no rule uses, so that a few rules of one's own cost little time."""
    concepts = flags.vocabulary.concepts
    used = {name for rule in flags.rules for name in concepts_of(rule)}
    for name in reversed(concepts):
        if name in used:
            used |= {*concepts[name].any_of, *concepts[name].none_of}
    kept = {name: concept for name, concept in concepts.items() if name in used}
    vocabulary = Vocabulary(concepts=kept, negation=flags.vocabulary.negation)
    return flags.model_copy(update={"vocabulary": vocabulary, "not_typos": (*flags.not_typos, *not_typos)})


def _finding(path: str, line: int, message: str) -> Finding:
    return Finding(path, line, "red-flag", message, public=True)
