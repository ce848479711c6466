"""The rules of `validate` on `lexicon.yaml`: entries that merge, repeat, or lead nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import permutations

from pydantic import Field

from .desk import Fault
from .language import Essential
from .models import Entity, Value
from .text import content_stems, stems

__all__ = ["LEXICON_RULES", "LexiconRule", "Sheaf", "corpus_words"]


class Sheaf(Value):
    """`lexicon.yaml` as an author sees it, with the stems of all that the folder's pages say.

    `kept_apart` holds groups of subjects that no entry may merge: group → subject → its words. `pages` are the
    paths of the folder's eligible pages, as URLs have them.
    """

    text: str
    entries: dict[str, str] = Field(default_factory=dict)
    kept_apart: dict[str, dict[str, tuple[str, ...]]] = Field(default_factory=dict)
    rules_out: tuple[str, ...] = ()
    essential: dict[str, Essential] = Field(default_factory=dict)
    pages: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()

    @classmethod
    def of(cls, text: str, value: object, known: frozenset[str], pages: frozenset[str]) -> Sheaf:
        """Build from the file's text and value.

        Raises:
            pydantic.ValidationError: `entries`, `kept_apart`, `rules_out` or `essential` has another shape.
        """
        held = value if isinstance(value, dict) else {}
        keys = ("entries", "kept_apart", "rules_out", "essential")
        return cls(text=text, known=known, pages=pages, **{key: held[key] for key in keys if held.get(key)})

    def line(self, said: str) -> int:
        """The 1-based line of an entry."""
        found = re.search(rf"^[ ]*[\"']?{re.escape(said)}[\"']?[ ]*:", self.text, re.MULTILINE)
        return self.text.count("\n", 0, found.start()) + 1 if found else 1


LexiconRule = Callable[[Sheaf], Iterator[Fault]]


def corpus_words(pages: Iterable[Entity]) -> frozenset[str]:
    """The stems of everything that the pages of a folder say."""
    texts = (" ".join((page.title, *page.aliases, *(s.text for s in page.sections))) for page in pages)
    return frozenset(token for text in texts for token in stems(text))


def lexicon_merge(sheaf: Sheaf) -> Iterator[Fault]:
    """An entry that makes one of two things that the corpus keeps apart.

    *Bad*: ``red marks: dark spots``, ``retinol: retinoids``
    *Good*: ``pink marks: red marks``
    """
    for said, meant in sheaf.entries.items():
        for group, subjects in sheaf.kept_apart.items():
            for one, other in permutations(subjects, 2):
                here, there = subjects[one], subjects[other]
                if _holds(said, here) and _holds(meant, there) and not _holds(meant, here):
                    yield sheaf.line(said), f"'{said}' is {one} and '{meant}' is {other}, which '{group}' keeps apart"


def _holds(text: str, words: tuple[str, ...]) -> bool:
    said = _stemmed(text)
    return any(_stemmed(word) in said for word in words)


@lru_cache(4096)
def _stemmed(text: str) -> str:
    """The stems of a text with a blank on either side; every pair of entry and group asks for it."""
    return f" {' '.join(stems(text))} "


def lexicon_repeat(sheaf: Sheaf) -> Iterator[Fault]:
    """An entry that says nothing new: the same words on both sides, or two entries for one stem.

    *Bad*: ``pimples: pimple``; ``zit: pimple`` beside ``zits: pimple``
    *Good*: ``zit: pimple`` alone, which covers its plural
    """
    first: dict[tuple[str, ...], str] = {}
    for said, meant in sheaf.entries.items():
        key = tuple(stems(said))
        if list(content_stems(meant).values()) == list(key):
            yield sheaf.line(said), f"'{said}' and '{meant}' are the same word to the index"
        if first.setdefault(key, said) != said:
            yield sheaf.line(said), f"'{said}' is '{first[key]}' again"


def lexicon_dead_end(sheaf: Sheaf) -> Iterator[Fault]:
    """An entry whose meaning no page uses.

    *Bad*: ``zit: pustulation``
    *Good*: ``zit: pimple``, a word of titles, aliases or texts
    """
    for said, meant in sheaf.entries.items():
        lost = [word for word, token in content_stems(meant).items() if token not in sheaf.known]
        if lost:
            yield sheaf.line(said), f"no page uses '{lost[0]}'"


def lexicon_group(sheaf: Sheaf) -> Iterator[Fault]:
    """A group that is to rule pages out, and is none of those that are kept apart.

    *Bad*: ``rules_out: [mark]`` where ``kept_apart`` has ``marks``
    *Good*: ``rules_out: [marks]``
    """
    for group in sheaf.rules_out:
        if group not in sheaf.kept_apart:
            yield sheaf.line("rules_out"), f"'{group}' is no group of 'kept_apart'"


def lexicon_essential(sheaf: Sheaf) -> Iterator[Fault]:
    """A page that must be named by some word, and is none of this folder's eligible pages.

    *Bad*: ``pages: [concerns/acne-mark]`` under ``essential`` where the page is ``concerns/acne-marks``
    *Good*: ``pages: [concerns/acne-marks]``
    """
    for name, thing in sheaf.essential.items():
        for page in thing.pages:
            if page not in sheaf.pages:
                yield sheaf.line(name), f"'{page}' under '{name}' is no eligible page of this folder"


LEXICON_RULES: tuple[LexiconRule, ...] = (
    lexicon_merge,
    lexicon_repeat,
    lexicon_dead_end,
    lexicon_group,
    lexicon_essential,
)
