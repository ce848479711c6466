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

from .corpus import Corpus, embedded_corpus
from .data_files import RED_FLAGS, Shipped, printable, read_language, read_manifest, read_red_flags
from .drafts import Draft, read_file
from .errors import CorpusError, Finding
from .gate import Gate
from .models import FOLDERS, Entity
from .pages import build_entity, row_findings
from .urls import canonicalise, decoded

__all__ = ["page_files", "read_corpus"]

PAGE_SUFFIXES = frozenset({".md", ".markdown", ".txt"})
"""Exports arrive as `.md` or, downloaded as they are, as `.txt`."""

NO_PAGES = frozenset({"readme", "license", "licence", "changelog", "contributing"})
"""Files that stand in many a folder and are no pages."""

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
    shipped = Shipped(findings, fresh=root.resolve() == embedded_corpus().resolve())
    manifest = read_manifest(root, shipped, findings)
    red_flags = read_red_flags(root, shipped, findings)
    drafts = [read_file(file, path, manifest.canonical_base) for path, file in files]
    findings += [finding for draft in drafts for finding in draft.findings]
    drafts = _drop_duplicates(drafts, findings)
    pages = _entities(drafts, manifest.canonical_base, findings)
    if not pages:
        findings.append(Finding(".", 1, "empty", "no page with 'mcp_eligible: true' in this folder", public=True))
    urls = [page.canonical_url for page in pages]
    language, topics = read_language(root, urls, manifest.canonical_base, shipped, findings)
    return Corpus(manifest, tuple(pages), red_flags, language, tuple(findings), topics=topics)


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
        # Of what may not be looked at, this says no.
        links = [name for name in folders if os.path.islink(os.path.join(where, name))]
        skipped = {RED_FLAGS, *links} if Path(where) == home else set(links)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in skipped)
        for name in sorted([*names, *links]):
            file = Path(where, name)
            path = printable(file.relative_to(home).as_posix())
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
