"""The one text pipeline: pages, questions and red-flag rules all pass through it.

normalise → tokenise → stem → (for a question) lexicon. English only, like the corpus.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import Stemmer

__all__ = [
    "DENIALS",
    "GENERIC",
    "MOST_TERMS",
    "STOPWORDS",
    "TOGETHER",
    "Lexicon",
    "Spoken",
    "Term",
    "content_stems",
    "normalise",
    "split_sentences",
    "stem",
    "stems",
    "undenied",
    "words",
    "words_of_each",
]

_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "＇": "'"})
_LOOK_ALIKES = str.maketrans("абеіјкмноԛрѕтцѵԝхуνορτυχκ", "abeijkmhoqpstuvwxyvoptuxk")
"""Cyrillic and Greek letters that pass for Latin ones."""
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
DENIALS = frozenset("no not non nor neither never none without".split()).union(
    f"{verb}n{apostrophe}t"
    for verb in "is are was were do does did have has had ai".split()
    for apostrophe in ("'", "")
)
"""Words behind which something is denied, normalised."""
_DENIAL = re.compile(r"(?<!\S)(?:" + "|".join(sorted(DENIALS)).replace("'", "['’]") + r")(?!\S)", re.IGNORECASE)
_CLAUSE = re.compile(r"[,.;:!?()\n]|\b(?:but|just|only)\b")
DENIAL_REACH = 4
"""Words behind a cue that a denial can reach; the window of five in NegEx (Chapman et al. 2001) counts the cue."""
_SENTENCE = re.compile(r"[.!?;…]+(?=\s|\Z)|\n\s*\n")
_PLAIN = {code: char.lower() if (char := chr(code)).isalnum() else " " for code in range(128)} | {
    ord("\n"): "\n",
    ord("'"): "'",
    ord("`"): "'",
}
"""ASCII as `words` sees it: small letters, digits, apostrophes; between lines, their end."""
TOGETHER = 4096
"""Texts whose words are found at once."""
MAX_WORD = 40
"""Longer runs of letters are no words of any language that is read here."""
MOST_TERMS, MOST_WORDS = 120, 960
"""How many ideas of a question are looked up, and words of it read: longer ones are no questions."""
FRAGMENT = 3
"""A piece of this many words or fewer ("my lips. swelling.") belongs to its neighbour."""

STOPWORDS = frozenset(
    "a about after all also am an and any anyone are as at be been but by can cant can't could did do does doesn't "
    "doing don't dont for from get gets getting give got had has have having he help her hers hi hello his how i i'd "
    "i'll i'm i've if im in into is isn't it it's its ive just like make me much my need of off on one or our out "
    "please really rid she should so some someone something still such than thanks that that's the their them then "
    "there these they thing this those to too try use used using very want was way we were what what's whats when "
    "where which while who why will with won't wont would you your yours".split()
)
"""Words that say nothing about the subject of a question."""

GENERIC = frozenset(
    "able absolutely actually add advice affect again age ago allow almost already alright always amount another "
    "answer anymore anyway apart appear apply area around ask available avoid away back bad begin behind believe "
    "benefit best better big bit body both brand bring buy call care case cause caused causes change cheap check "
    "choose come common company complete completely concern condition consider constantly continue correct cost "
    "couple cover create damn day days deal decide definitely depend describe different difficult doctor doesnt "
    "done down drop during each early easily easy effect effective effectively effects eg either else end enough "
    "especially etc even evening ever every everyday everyone everything everywhere exact exactly example expect "
    "experience explain extra extremely fact far fast favorite feel few figure find fine first follow forever "
    "form free friend full further general generally glad go good great guess guide guy guys half happen hate "
    "hear here high home hope hour however huge idea ie immediately important improve include increase instead "
    "interest isnt issue it'll job keep keeps kept kind know last late lately later least leave left less let "
    "life list literally little live long look lot love low main many matter maybe mean method might min mind "
    "mins minute miss moment money month month's months more morning most move must name natural naturally near "
    "never new next nice night none normal normally not note nothing now number occasionally often ok okay old "
    "once ones only open option order other others over own part particular past pay people per perfect period "
    "person pick place plan plenty plus point possible post pretty prevent probably problem process product "
    "products proper properly put question quick quickly quite rather read ready real reason recent recently "
    "recommend reduce regular regularly remain remove research rest result right routine run safe same say says "
    "scary second see seem self serious seriously several severe show side similar simple simply since sit "
    "situation small solution solve somehow sometimes soon sort start stay step stick stop stuff suddenly suggest "
    "suggestion super support suppose sure switch take tell test thank things think though thought three through "
    "throughout tip tips today together told tomorrow tonight total totally treat treatment tried trouble true "
    "turn twice two type u under until up update ur usually various version wait week weeks well went whether "
    "whole wonder wondering word work works worry worse worst worth wrong yeah year years yesterday yet young".split()
)
"""Words that say little about the subject of a question: they count for less."""


def normalise(text: str) -> str:
    """Lower case, one form per character (NFKD), plain apostrophes, no accents, no disguises.

    Invisible characters (Unicode category Cf) go, and letters that only look Latin become Latin.
    """
    if text.isascii():
        return text.replace("`", "'").lower()
    # Before folding, which takes an acute accent apart, and after it, which makes one of ŉ.
    folded = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold().translate(_APOSTROPHES)
    folded = folded.translate(_LOOK_ALIKES)
    return "".join(c for c in folded if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")


def words(text: str) -> list[str]:
    """The words of a text in order, normalised; digits count as words."""
    normal = normalise(text)
    return _without_long(normal, _WORD.findall(normal))


def _without_long(text: str, found: list[str]) -> list[str]:
    return found if len(text) <= MAX_WORD else [word for word in found if len(word) <= MAX_WORD]


def words_of_each(texts: Iterable[str]) -> Iterator[list[str]]:
    """`words` of each of many texts, in two thirds of the time: plain ones are taken together."""
    left = iter(texts)
    while some := list(islice(left, TOGETHER)):
        # A line each; a text that has lines itself is left empty there, and read alone.
        lines = "\n".join(["" if "\n" in text or not text.isascii() else text for text in some])
        for text, line in zip(some, lines.translate(_PLAIN).split("\n"), strict=True):
            if not line or "'" in line:
                yield words(text)
            else:
                yield _without_long(line, line.split())


@cache
def _stemmer() -> Stemmer.Stemmer:
    # Imported on first use: the build reads the corpus without stemming a word.
    import Stemmer

    return Stemmer.Stemmer("english")


def stem(word: str) -> str:
    """The Snowball English (Porter2) stem; a possessive ending is dropped first."""
    stemmed: str = _stemmer().stemWord(word.removesuffix("'s"))
    return stemmed


def stems(text: str) -> list[str]:
    """Every word of a text, stemmed, in order."""
    return [stem(word) for word in words(text)]


def content_stems(text: str) -> dict[str, str]:
    """The words of a text without stopwords, in order, each with its stem."""
    return {word: stem(word) for word in words(text) if word not in STOPWORDS}


def split_sentences(text: str) -> list[str]:
    """The sentences of a message as people type it; a blank line ends one too, and a fragment joins the next."""
    found: list[str] = []
    fragment = False
    for part in _SENTENCE.split(text):
        if not part.strip():
            continue
        if fragment:
            found[-1] += f" {part}"
        else:
            found.append(part)
        fragment = len(found[-1].split()) <= FRAGMENT
    return found


def undenied(text: str, deniable: Set[str]) -> str:
    """A text without what it denies: "no bags, not red, just brown" asks about brown.

    Only words whose stem is in `deniable` are taken out, within four words behind a cue and to the
    end of its clause: "not healing" and "no cream helps" lose nothing.
    """
    if not deniable or not _DENIAL.search(text):
        return text
    return "".join(_without_denied(clause, deniable) for clause in _CLAUSE.split(normalise(text)))


def _without_denied(clause: str, deniable: Set[str]) -> str:
    said = clause.split()
    if DENIALS.isdisjoint(said):
        return f" {clause} "
    kept: list[str] = []
    reach = 0
    for word in said:
        if word in DENIALS:
            reach = DENIAL_REACH
        elif reach and stem(word.strip("\"'")) in deniable:
            reach = max(reach - 1, 2)
        else:
            reach = max(reach - 1, 0)
            kept.append(word)
    return f" {' '.join(kept)} "


class Spoken(NamedTuple):
    """The words of a question in order, as they were typed and stemmed."""

    words: Sequence[str]
    stems: Sequence[str]


@dataclass(frozen=True, slots=True)
class Term:
    """One idea of a question: the word as typed, and the stems that may stand for it, weighted from 0 to 1."""

    word: str
    stems: Mapping[str, float]


@dataclass(frozen=True)
class Lexicon:
    """Consumer words and the corpus's words for them, one direction each (`zit` → `pimple`).

    A word of one token keeps its own stem beside its meaning; a phrase is replaced by its meaning.
    `deniable` holds the stems that a denial takes out of a question; `apart`, group → subject → its words as
    stems, what rules a page out that is about another subject of the group (`subjects`).
    """

    SYNONYM_WEIGHT = 0.9

    single: Mapping[str, Sequence[str]] = field(default_factory=dict)
    phrases: Mapping[str, Sequence[tuple[Sequence[str], Sequence[str]]]] = field(default_factory=dict)
    deniable: frozenset[str] = frozenset()
    apart: Mapping[str, Mapping[str, Sequence[Sequence[str]]]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        pairs: Iterable[tuple[str, str]],
        deniable: Iterable[str] = (),
        apart: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    ) -> Lexicon:
        """Build from (what people say, what the corpus says) pairs, the words that a denial takes out, and groups."""
        single: dict[str, tuple[str, ...]] = {}
        phrases: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
        for said, meant in pairs:
            key, meaning = tuple(stems(said)), tuple(content_stems(meant).values())
            if len(key) == 1:
                # What a word says itself needs no other to say it.
                single[key[0]] = (*single.get(key[0], ()), *(token for token in meaning if token != key[0]))
            elif key:
                phrases.setdefault(key[0], []).append((key, meaning))
        longest_first = {first: tuple(sorted(found, key=lambda f: -len(f[0]))) for first, found in phrases.items()}
        groups = {
            group: {subject: [stems(word) for word in words] for subject, words in subjects.items()}
            for group, subjects in (apart or {}).items()
        }
        return cls(single, longest_first, frozenset(token for word in deniable for token in stems(word)), groups)

    def state(self) -> dict[str, dict[str, Any]]:
        """All of it as tables, which can be stored as JSON."""
        deniable = {"deniable": sorted(self.deniable)}
        return {
            "single": dict(self.single),
            "phrases": dict(self.phrases),
            "denials": deniable,
            "apart": dict(self.apart),
        }

    @classmethod
    def restore(cls, state: Mapping[str, Mapping[str, Any]]) -> Lexicon:
        """The lexicon of a state, perhaps read back from JSON."""
        return cls(state["single"], state["phrases"], frozenset(state["denials"]["deniable"]), state["apart"])

    def spoken(self, text: str) -> Spoken:
        """The words of a question without those that it denies; at most `MOST_WORDS`, so that time is bounded."""
        tokens = words(undenied(text, self.deniable))[:MOST_WORDS]
        return Spoken(tokens, list(map(stem, tokens)))

    def terms(self, spoken: Spoken) -> list[Term]:
        """The ideas of a question in order, each once; at most `MOST_TERMS`."""
        found: dict[str, Term] = {}
        for word, readings in self.read(*spoken):
            found.setdefault(next(iter(readings)), Term(word, readings))
            if len(found) == MOST_TERMS:
                break
        return list(found.values())

    def read(self, tokens: Sequence[str], stemmed: Sequence[str]) -> Iterator[tuple[str, dict[str, float]]]:
        """(word, its readings) of each word that says something; of a phrase, each stem of its meaning."""
        at = 0
        while at < len(tokens):
            token, width = stemmed[at], 1
            if token in self.phrases and (phrase := self._phrase(stemmed, at)):
                width = len(phrase[0])
                yield from ((meaning, {meaning: 1.0}) for meaning in phrase[1])
            elif meanings := self.single.get(token):
                yield tokens[at], {token: 1.0, **dict.fromkeys(meanings, self.SYNONYM_WEIGHT)}
            elif tokens[at] not in STOPWORDS:
                yield tokens[at], {token: 1.0}
            at += width

    def _phrase(self, stemmed: Sequence[str], at: int) -> tuple[Sequence[str], Sequence[str]] | None:
        """The longest phrase that begins at a word."""
        for phrase in self.phrases[stemmed[at]]:
            if tuple(stemmed[at : at + len(phrase[0])]) == tuple(phrase[0]):
                return phrase
        return None
