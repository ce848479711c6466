"""The data files of a corpus: manifest, red-flag rules and language; what a folder lacks comes from the shipped corpus.

Of the shipped corpus they are looked up in the snapshot, where that is current, and else read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .corpus import Manifest, embedded_corpus
from .drafts import decode
from .errors import Finding
from .language import Language
from .rules import RedFlags, read_rules
from .safe_yaml import MAX_BYTES, DataFileError, load_yaml
from .screen_tables import State as Screening
from .snapshot import open_snapshot, state_of
from .topics import Topics

__all__ = [
    "RED_FLAGS",
    "TOPICS",
    "Shipped",
    "printable",
    "read_language",
    "read_manifest",
    "read_red_flags",
    "red_flag_files",
]

RED_FLAGS = "red-flags"
WORDINGS = "wordings"
TOPICS = "topics.yaml"
LANGUAGE_FILES = {
    "lexicon.yaml": ("entries", "kept_apart", "rules_out", "essential", "deniable"),
    TOPICS: ("topics", "outside"),
}
"""The files of a corpus's language, with their keys, the needed one first."""
SHAPES = {
    "entries": "lines of 'what people say: what the corpus says'",
    "topics": "names of subjects, each with a list of texts",
    "wordings": "lines of 'questions/slug:', each with a list of texts",
}


class Shipped:
    """What other folders take from the shipped corpus, each part read when it is needed.

    Faults in it go to `findings`. Without the snapshot (`fresh`) everything is read from its files.
    """

    def __init__(self, findings: list[Finding], *, fresh: bool = False) -> None:
        self._root = embedded_corpus()
        self._findings = findings
        self._tables = None if fresh else open_snapshot(lent=True)

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """The values of its manifest."""
        if self._tables:
            return dict[str, Any](self._tables["about"]["manifest"])
        values = _yaml_file(self._root, "corpus.yaml", self._findings)
        return values if isinstance(values, dict) else {}

    @cached_property
    def red_flags(self) -> RedFlags:
        """Its rules."""
        if self._tables:
            return RedFlags.model_validate(self._tables["shipped"]["red_flags"])
        flags, faults = read_rules(red_flag_files(self._root.resolve(), self._findings))
        self._findings += faults
        return flags

    @cached_property
    def screen(self) -> RedFlags | Screening:
        """Its rules, compiled where they are stored."""
        return state_of(self._tables, "screen") if self._tables else self.red_flags

    def words(self, key: str) -> Any:  # noqa: ANN401  # each key has a shape of its own
        """What its language has under a key of `Language`."""
        return self._tables["language"][key] if self._tables else getattr(self.language, key)

    @cached_property
    def wordings(self) -> Mapping[str, Sequence[str]]:
        """The wordings of its pages by the path of their URLs."""
        return self._tables["wordings"] if self._tables else self.language.wordings

    @cached_property
    def topics(self) -> Topics:
        """Its topics, as another corpus borrows them."""
        if self._tables:
            return Topics(state_of(self._tables, "topics"), borrowed=True)
        return Topics.of(self.language, borrowed=True)

    @cached_property
    def language(self) -> Language:
        """All of its language, read from its files; the wordings by the path of a page's URL."""
        values: dict[str, object] = {WORDINGS: _wordings(self._root, self._findings)}
        for name, keys in LANGUAGE_FILES.items():
            data = _yaml_file(self._root, name, self._findings)
            values |= _checked(name, keys, data if data is not None else {keys[0]: {}}, self._findings)
        return Language.model_validate(values)


def read_manifest(root: Path, shipped: Shipped, findings: list[Finding]) -> Manifest:
    """The folder's `corpus.yaml`; keys that it leaves out come from the shipped one."""
    own = _yaml_file(root, "corpus.yaml", findings) if root != embedded_corpus() else None
    if own is not None and not isinstance(own, dict):
        findings.append(Finding("corpus.yaml", 1, "manifest", "expected a mapping of keys to values", public=True))
        own = None
    base = shipped.manifest
    try:
        return Manifest.model_validate({**base, **_own_name(root, own), **(own or {})})
    except ValidationError as error:
        for fault in error.errors():
            message = f"'{'.'.join(map(str, fault['loc']))}': {fault['msg']}"
            findings.append(Finding("corpus.yaml", 1, "manifest", message, public=True))
        return Manifest.model_validate(base)


def _own_name(root: Path, own: object) -> dict[str, str]:
    """A folder without a manifest is not the shipped corpus and must not pass for it."""
    return {} if own or root == embedded_corpus() else {"name": "local", "version": "unversioned"}


def read_red_flags(root: Path, shipped: Shipped, findings: list[Finding]) -> tuple[RedFlags | Screening, ...]:
    """The shipped rules and, beside them, the folder's own; a faulty rule is a finding that stops a server.

    The folder's rules may name the concepts of the shipped vocabulary.
    """
    home = root.resolve()
    texts = red_flag_files(home, findings) if home != embedded_corpus().resolve() else {}
    if not texts:
        screen = shipped.screen
        return () if isinstance(screen, RedFlags) and not screen.rules else (screen,)
    flags, faults = read_rules(texts, shared=shipped.red_flags)
    findings += faults
    known = {rule.id for rule in shipped.red_flags.rules}
    own = flags.model_copy(update={"rules": tuple(rule for rule in flags.rules if rule.id not in known)})
    return (shipped.screen, own) if own.rules else (shipped.screen,)


def red_flag_files(root: Path, findings: list[Finding]) -> dict[str, str]:
    """The files of `red-flags/` by name; one that cannot be read is a finding, which stops a server."""
    folder = root / RED_FLAGS
    try:
        if not folder.exists() and not folder.is_symlink():
            return {}
        if not folder.resolve(strict=True).is_relative_to(root):
            raise OSError
        files = sorted(file for file in folder.iterdir() if file.suffix in (".md", ".yaml", ".json"))
    except (OSError, RuntimeError):
        findings.append(Finding(RED_FLAGS, 1, "red-flag", "cannot be read, or leaves the corpus folder", public=True))
        return {}
    texts: dict[str, str] = {}
    for file in files:
        text = _read_data(file, f"{RED_FLAGS}/{printable(file.name)}", findings, "red-flag")
        texts |= {file.name: text} if text is not None else {}
    return texts


def read_language(
    root: Path, urls: Iterable[str], base: str, shipped: Shipped, findings: list[Finding]
) -> tuple[Language, Topics]:
    """The folder's `lexicon.yaml`, `topics.yaml` and `wordings/`; what it leaves out comes from the shipped corpus.

    Only wordings of pages with these URLs are taken over; `base` is what their URLs begin with.
    """
    if root == embedded_corpus():
        language = shipped.language
        own = language.wordings
    else:
        values: dict[str, object] = {}
        for name, keys in LANGUAGE_FILES.items():
            data = _yaml_file(root, name, findings)
            values |= _checked(name, keys, data, findings) if data is not None else {}
        borrowed = {key for keys in LANGUAGE_FILES.values() if keys[0] not in values for key in keys}
        # Borrowed topics are counted already, with the words of the shipped lexicon.
        counted = {"topics", "entries"} <= borrowed
        taken = borrowed - set(LANGUAGE_FILES[TOPICS]) if counted else borrowed
        language = Language.model_validate({**values, **{key: shipped.words(key) for key in taken}})
        own = _wordings(root, findings)
    paths = [url.removeprefix(f"{base}/") for url in urls]
    held = own or shipped.wordings
    language = language.of_pages(base, {path: held[path] for path in paths if path in held})
    if root != embedded_corpus() and counted:
        return language, shipped.topics
    return language, Topics.of(language, borrowed=root != embedded_corpus() and "topics" in borrowed)


def _wordings(root: Path, findings: list[Finding]) -> dict[str, tuple[str, ...]]:
    """The texts of every file of `wordings/`, by the path of the page's URL."""
    found: dict[str, tuple[str, ...]] = {}
    for file in _wording_files(root, findings):
        name = f"{WORDINGS}/{printable(file.name)}"
        data = _yaml_file(root, name, findings)
        checked = _checked(name, (WORDINGS,), data if data is not None else {WORDINGS: {}}, findings)
        for path, texts in checked.get(WORDINGS, {}).items():
            found[path] = (*found.get(path, ()), *texts)
    return found


def _wording_files(root: Path, findings: list[Finding]) -> list[Path]:
    folder = root / WORDINGS
    try:
        if not folder.exists() and not folder.is_symlink():
            return []
        if not folder.resolve(strict=True).is_relative_to(root.resolve()):
            raise OSError
        return sorted(file for file in folder.iterdir() if file.suffix == ".yaml")
    except (OSError, RuntimeError):
        findings.append(Finding(WORDINGS, 1, WORDINGS, "cannot be read, or leaves the corpus folder", public=True))
        return []


def _checked(name: str, keys: tuple[str, ...], data: object, findings: list[Finding]) -> dict[str, Any]:
    """The wanted keys of a data file, where they have the shape of a `Language`; else a finding, and nothing."""
    held = {key: data[key] for key in keys if key in data} if isinstance(data, dict) else {}
    try:
        checked = Language.model_validate(held)
    except ValidationError:
        held = {}
    if keys[0] not in held:
        findings.append(
            Finding(name, 1, _data_rule(name), f"expected '{keys[0]}:' with {SHAPES[keys[0]]}", public=True)
        )
        return {}
    return {key: getattr(checked, key) for key in held}


def printable(path: str) -> str:
    """A path on one line of a log, whatever the file is called."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in path)


def _read_data(file: Path, path: str, findings: list[Finding], rule: str) -> str | None:
    """The text of a data file; None where there is none, or none that can be read."""
    try:
        if not file.exists() and not file.is_symlink():
            return None
        if file.is_symlink() or not file.is_file():
            raise ValueError("not a regular file")
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ValueError("larger than 2 MiB")
        return decode(data)
    except OSError:
        findings.append(Finding(path, 1, rule, "cannot be read", public=True))
    except ValueError as error:
        findings.append(Finding(path, 1, rule, str(error), public=True))
    return None


def _data_rule(name: str) -> str:
    """The rule under which a fault of a data file is reported: `manifest`, `lexicon`, `topics`, `wordings`."""
    return "manifest" if name == "corpus.yaml" else name.partition("/")[0].removesuffix(".yaml")


def _yaml_file(root: Path, name: str, findings: list[Finding]) -> object:
    rule = _data_rule(name)
    text = _read_data(root / name, name, findings, rule)
    try:
        return load_yaml(text) if text is not None else None
    except DataFileError as error:
        findings.append(Finding(name, error.line, rule, error.message, public=True))
        return None
