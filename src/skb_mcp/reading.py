"""A folder of pages → `Corpus`: the gate, and every fault that was found.

Guarantee G1 begins here. A page without `mcp_eligible: true` never becomes an entity; all that is
kept of it is its URL, and only until the links to it are taken out of the pages that are served.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .corpus import Corpus, Manifest, embedded_corpus
from .errors import CorpusError, Finding
from .gate import Gate
from .language import Language
from .models import FOLDERS, Entity
from .pages import MAX_PAGE_BYTES, Draft, build_entity, decode, read_file, row_findings
from .rules import RedFlags, read_rules
from .safe_yaml import DataFileError, load_yaml
from .urls import canonicalise, decoded

__all__ = ["page_files", "read_corpus", "red_flag_files"]

PAGE_SUFFIXES = frozenset({".md", ".markdown", ".txt"})
"""Exports arrive as `.md` or, downloaded as they are, as `.txt`."""

NO_PAGES = frozenset({"readme", "license", "licence", "changelog", "contributing"})
"""Files that stand in many a folder and are no pages."""

RED_FLAGS = "red-flags"
WORDINGS = "wordings"
TOPICS = "topics.yaml"
LANGUAGE_FILES = {"lexicon.yaml": ("entries", "kept_apart", "deniable"), TOPICS: ("topics", "outside")}
"""The files of a corpus's language, with their keys, the needed one first."""
SHAPES = {
    "entries": "lines of 'what people say: what the corpus says'",
    "topics": "names of subjects, each with a list of texts",
    "wordings": "lines of 'questions/slug:', each with a list of texts",
}

MIN_PATH = 6
"""A shorter path of an ineligible page's faulty URL would match by chance."""

GENERIC_NAMES = frozenset({"", "index", "readme", "page", "raw", "draft", "new", "untitled"})
"""File names that say nothing about which page they hold."""


def read_corpus(folder: str | os.PathLike[str] | None = None) -> Corpus:
    """The corpus in `folder` as far as it can be read, with every finding.

    What a folder does not bring (manifest, lexicon) comes from the embedded corpus; its red-flag
    rules are added to the embedded ones, never put in their place.

    Raises:
        CorpusError: `folder` is no folder, or cannot be listed.
    """
    root = Path(folder) if folder is not None else embedded_corpus()
    findings: list[Finding] = []
    files = list(page_files(root, findings))
    manifest = _manifest(root, findings)
    red_flags, language = _red_flags(root, findings), _language(root, manifest.canonical_base, findings)
    drafts = [read_file(file, path, manifest.canonical_base) for path, file in files]
    findings += [finding for draft in drafts for finding in draft.findings]
    drafts = _drop_duplicates(drafts, findings)
    pages = _entities(drafts, manifest.canonical_base, findings)
    if not pages:
        findings.append(Finding(".", 1, "empty", "no page with 'mcp_eligible: true' in this folder", public=True))
    own = root == embedded_corpus() or os.path.isfile(root / TOPICS)
    language = language.beside({page.canonical_url: page for page in pages}, borrowed=not own)
    return Corpus(manifest, tuple(pages), red_flags, language, tuple(findings))


def page_files(root: Path, findings: list[Finding]) -> Iterator[tuple[str, Path]]:
    """(path relative to the root, file) of every page, in order of path; links that leave the root are faults.

    Raises:
        CorpusError: `root` is no folder, or cannot be listed.
    """
    try:
        home = root.resolve(strict=True)
        if not home.is_dir():
            raise NotADirectoryError
        os.listdir(home)
    except (OSError, RuntimeError):
        raise CorpusError("the corpus folder does not exist or cannot be read") from None

    def unreadable(error: OSError) -> None:
        path = os.path.relpath(error.filename or home, home)
        findings.append(Finding(path, 1, "unreadable", "this folder cannot be listed"))

    found: list[tuple[str, Path]] = []
    for where, folders, names in os.walk(home, onerror=unreadable):
        links = [name for name in folders if Path(where, name).is_symlink()]
        skipped = {RED_FLAGS, *links} if Path(where) == home else set(links)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in skipped)
        for name in sorted([*names, *links]):
            file = Path(where, name)
            path = _printable(file.relative_to(home).as_posix())
            wanted = name in links or (file.suffix.lower() in PAGE_SUFFIXES and file.stem.lower() not in NO_PAGES)
            if wanted and not name.startswith(".") and _stays_inside(file, home, path, findings):
                found.append((path, file))
    return iter(sorted(found))


def _stays_inside(file: Path, home: Path, path: str, findings: list[Finding]) -> bool:
    """Whether a file is to be read: a regular one, or a link to one that is not read under its own name."""
    try:
        if not file.is_symlink():
            if file.is_file():
                return True
            findings.append(Finding(path, 1, "unreadable", "not a regular file"))
            return False
    except OSError:
        findings.append(Finding(path, 1, "unreadable", "cannot be reached"))
        return False
    try:
        target = file.resolve(strict=True)
    except (OSError, RuntimeError):
        findings.append(Finding(path, 1, "symlink", "a link that leads nowhere"))
        return False
    if not target.is_relative_to(home):
        findings.append(Finding(path, 1, "symlink", "a link that leaves the corpus folder is not followed"))
        return False
    # Mounted volumes keep their files in a hidden folder, behind links.
    hidden = any(part.startswith(".") for part in target.relative_to(home).parts)
    return hidden and target.is_file()


def _printable(path: str) -> str:
    """A path on one line of a log, whatever the file is called."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in path)


def _drop_duplicates(drafts: list[Draft], findings: list[Finding]) -> list[Draft]:
    """Of several files with one canonical URL the first sound one is served; an ineligible one withdraws them all."""
    groups: dict[str, list[Draft]] = {}
    for draft in drafts:
        groups.setdefault(draft.url or f"?{draft.path}", []).append(draft)
    kept: list[Draft] = []
    for group in groups.values():
        hidden = [draft for draft in group if not draft.eligible]
        kept += hidden or group
        if hidden:
            # Not even the other files of a withdrawn page are named on a server's log.
            paths = {draft.path for draft in group}
            findings[:] = [replace(f, public=False) if f.path in paths else f for f in findings]
        for draft in group[1:]:
            line = draft.fields["canonical_url"].line if "canonical_url" in draft.fields else 1
            message = "this canonical URL is used by more than one file; only one of them can be served"
            findings.append(Finding(draft.path, line, "duplicate-url", message, public=not hidden))
    return kept


def _entities(drafts: list[Draft], base: str, findings: list[Finding]) -> list[Entity]:
    gate = _gate([draft for draft in drafts if not draft.eligible], base)
    pages: list[Entity] = []
    served: set[str] = set()
    for draft in drafts:
        if not (draft.eligible and draft.sound) or draft.url in served:
            findings += row_findings(draft, base)
            continue
        body, changed = gate.clean_body(draft.body)
        entity, faults = build_entity(draft, body, base)
        findings += faults
        for line in changed:
            message = "a link to an ineligible page is not served"
            findings.append(Finding(draft.path, draft.body_line + line, "ineligible-link", message, "warning"))
        cleaned = gate.clean_page(entity) if entity else None
        if cleaned:
            pages.append(cleaned)
            served.add(cleaned.canonical_url)
        elif entity:
            findings.append(Finding(draft.path, 1, "title", "the title holds the URL of an ineligible page"))
    return pages


def _gate(hidden: list[Draft], base: str) -> Gate:
    """The gate that knows every ineligible page: by canonical URL, by what stands for it, by its file."""
    urls = {draft.url for draft in hidden if draft.url}
    paths: set[str] = set()
    for draft in (d for d in hidden if not d.url):
        path = re.sub(r"\A(?:[a-z]+:)?//[^/]*", "", decoded(draft.raw_url)).rstrip("/")
        unfinished = path.strip("/") in FOLDERS.values() or len(path.strip("/")) < MIN_PATH
        paths |= set() if unfinished else {path}
        urls |= set(_likely_urls(draft, base))
    files = {draft.path.rpartition("/")[2].partition(".")[0].lower() for draft in hidden}
    return Gate(base, frozenset(urls), frozenset(paths), frozenset(files - GENERIC_NAMES))


def _likely_urls(draft: Draft, base: str) -> Iterator[str]:
    """The URLs that an ineligible page without a valid one would have, by its folder or kind, slug or file."""
    folder, _, name = draft.path.rpartition("/")
    kind = draft.value("entity_type") or ""
    folders = {folder.rpartition("/")[2].lower(), *(f for k, f in FOLDERS.items() if k == kind)}
    for place in folders & set(FOLDERS.values()):
        for slug in (draft.value("slug"), name.partition(".")[0]):
            if slug and (url := canonicalise(f"/{place}/{slug}", base)):
                yield url


def _read_data(file: Path, path: str, findings: list[Finding], rule: str) -> str | None:
    """The text of a data file; None where there is none, or none that can be read."""
    try:
        if not file.exists() and not file.is_symlink():
            return None
        if file.is_symlink() or not file.is_file():
            raise ValueError("not a regular file")
        with file.open("rb") as stream:
            data = stream.read(MAX_PAGE_BYTES + 1)
        if len(data) > MAX_PAGE_BYTES:
            raise ValueError("larger than 1 MiB")
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


def _manifest(root: Path, findings: list[Finding]) -> Manifest:
    defaults = _yaml_file(embedded_corpus(), "corpus.yaml", findings)
    own = _yaml_file(root, "corpus.yaml", findings) if root != embedded_corpus() else None
    if own is not None and not isinstance(own, dict):
        findings.append(Finding("corpus.yaml", 1, "manifest", "expected a mapping of keys to values", public=True))
        own = None
    base = defaults if isinstance(defaults, dict) else {}
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


def _red_flags(root: Path, findings: list[Finding]) -> tuple[RedFlags, ...]:
    """The shipped rules and, beside them, the folder's own; a faulty rule is a finding that stops a server.

    The folder's rules may name the concepts of the shipped vocabulary.
    """
    found: list[RedFlags] = []
    for folder in dict.fromkeys((embedded_corpus().resolve(), root.resolve())):
        shared = found[0] if found else None
        flags, faults = read_rules(red_flag_files(folder, findings), shared=shared)
        findings += faults
        known = {rule.id for shipped in found for rule in shipped.rules}
        own = tuple(rule for rule in flags.rules if rule.id not in known)
        found.append(flags.model_copy(update={"rules": own}))
    return tuple(flags for flags in found if flags.rules)


def red_flag_files(root: Path, findings: list[Finding]) -> dict[str, str]:
    """The files of `red-flags/` by name; one that cannot be read is a finding, which stops a server."""
    folder = root / RED_FLAGS
    try:
        if not folder.exists() and not folder.is_symlink():
            return {}
        if not folder.resolve(strict=True).is_relative_to(root):
            raise OSError
        files = sorted(file for file in folder.iterdir() if file.suffix in (".md", ".yaml"))
    except (OSError, RuntimeError):
        findings.append(Finding(RED_FLAGS, 1, "red-flag", "cannot be read, or leaves the corpus folder", public=True))
        return {}
    texts: dict[str, str] = {}
    for file in files:
        text = _read_data(file, f"{RED_FLAGS}/{_printable(file.name)}", findings, "red-flag")
        texts |= {file.name: text} if text is not None else {}
    return texts


def _language(root: Path, base: str, findings: list[Finding]) -> Language:
    """The folder's `lexicon.yaml`, `topics.yaml` and `wordings/`; what it leaves out comes from the shipped corpus."""
    wordings = _wordings(root, findings) or _wordings(embedded_corpus(), findings)
    values: dict[str, object] = {"wordings": {f"{base}/{path}": texts for path, texts in wordings.items()}}
    for name, keys in LANGUAGE_FILES.items():
        data = _yaml_file(root, name, findings)
        if data is None:
            data = _yaml_file(embedded_corpus(), name, findings) or {keys[0]: {}}
        values |= _checked(name, keys, data, findings)
    return Language.model_validate(values)


def _wordings(root: Path, findings: list[Finding]) -> dict[str, tuple[str, ...]]:
    """The texts of every file of `wordings/`, by the path of the page's URL."""
    found: dict[str, tuple[str, ...]] = {}
    for file in _wording_files(root, findings):
        name = f"{WORDINGS}/{_printable(file.name)}"
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
