"""The files of a machine under `skb-mcp install`: what stays as it is, and what is left alone."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machines import AFTER, BEFORE, SNIPPET, URL, backup_of, do, files_below, machine_below, settle
from settings_texts import TEXTS, Written
from skb_mcp.clients import CLIENTS
from skb_mcp.config_file import read_config
from skb_mcp.install import Outcome
from skb_mcp.machine import Machine, machine_of
from skb_mcp.splicing import SettingsError

COMMENTS = "the entry holds comments that would be lost; take it out first (--remove)"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return machine_below(tmp_path)


@pytest.fixture
def cursor(machine: Machine) -> Path:
    """The settings of Cursor, which hold another server."""
    return settle(Path(machine.home, ".cursor", "mcp.json"), BEFORE.encode())


# What stays as it is


def test_permissions_stay(machine: Machine, cursor: Path) -> None:
    cursor.chmod(0o600)
    do(machine)
    assert [file.stat().st_mode & 0o777 for file in (cursor, backup_of(cursor))] == [0o600, 0o600]
    assert cursor.read_text() == AFTER


def test_a_new_file_has_the_permissions_of_any_new_file(machine: Machine, tmp_path: Path) -> None:
    do(machine)
    ordinary = settle(tmp_path / "ordinary", b"")
    assert Path(machine.home, ".cursor", "mcp.json").stat().st_mode == ordinary.stat().st_mode


def test_a_symbolic_link_stays_one(machine: Machine, tmp_path: Path) -> None:
    real = settle(tmp_path / "dotfiles" / "cursor.json", BEFORE.encode())
    link = Path(machine.home, ".cursor", "mcp.json")
    link.parent.mkdir()
    link.symlink_to(real)
    assert do(machine).out.startswith(f"skb is now in Cursor: {real}\n")
    assert link.is_symlink()
    assert real.read_text() == AFTER
    do(machine, remove=True)
    assert (link.is_symlink(), real.read_text()) == (True, BEFORE)


def test_a_link_to_a_file_that_is_not_there_yet_is_followed(machine: Machine, tmp_path: Path) -> None:
    link = Path(machine.home, ".cursor", "mcp.json")
    link.parent.mkdir()
    link.symlink_to(tmp_path / "later.json")
    do(machine)
    assert (tmp_path / "later.json").read_text() == SNIPPET
    do(machine, remove=True)
    assert (link.is_symlink(), link.exists()) == (True, False)


# What is refused


@pytest.mark.parametrize(
    ("data", "where", "message"),
    [
        (b'{\n  "a" 1\n}', ", line 2", "not valid JSON: Expecting ':' delimiter"),
        (b"[]", "", "not a JSON object"),
        (b'{"a": "\xff"}', "", "the file is not text in UTF-8 or UTF-16"),
        (b'{"mcpServers": {"skb": {\n// mine\n}}}', "", COMMENTS),
    ],
)
def test_a_file_that_cannot_be_changed_is_left_alone_and_the_entry_shown(
    data: bytes, where: str, message: str, machine: Machine
) -> None:
    file = settle(Path(machine.home, ".cursor", "mcp.json"), data)
    said = f"error: {file}{where}: {message}; nothing was changed\n"
    assert do(machine) == Outcome(2, SNIPPET, f"{said}tip: add this by hand\n")
    assert do(machine, dry_run=True).status == 2
    assert files_below(Path(machine.home)) == {".cursor/mcp.json": data}


def test_removing_from_a_file_that_cannot_be_read_shows_no_entry(machine: Machine) -> None:
    file = settle(Path(machine.home, ".cursor", "mcp.json"), b"{")
    message = "not valid JSON: Expecting property name enclosed in double quotes"
    assert do(machine, remove=True) == Outcome(2, "", f"error: {file}, line 1: {message}; nothing was changed\n")


def test_a_folder_in_the_place_of_the_file_is_refused(machine: Machine) -> None:
    file = Path(machine.home, ".cursor", "mcp.json")
    file.mkdir(parents=True)
    message = "there is something in the place of the file that is not one"
    assert do(machine).err == f"error: {file}: {message}; nothing was changed\ntip: add this by hand\n"


def test_a_file_in_the_place_of_the_folder_is_refused(machine: Machine) -> None:
    blocked = settle(Path(machine.home, ".cursor"), b"")
    message = "the file cannot be read (Not a directory); nothing was changed"
    assert do(machine).err == f"error: {blocked}/mcp.json: {message}\ntip: add this by hand\n"


def test_links_in_a_circle_are_refused(machine: Machine) -> None:
    file = Path(machine.home, ".cursor", "mcp.json")
    file.parent.mkdir()
    file.symlink_to(file)
    assert do(machine).err.startswith(f"error: {file}: the ")
    assert file.is_symlink()


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everything")
def test_a_read_only_file_is_refused(machine: Machine, cursor: Path) -> None:
    cursor.chmod(0o400)
    assert do(machine).err.startswith(f"error: {cursor}: the file is read-only; nothing was changed\n")
    assert files_below(cursor.parent) == {"mcp.json": BEFORE.encode()}


def test_a_file_that_changes_meanwhile_is_not_written_over(cursor: Path) -> None:
    file = read_config(cursor)
    cursor.write_text("{}")
    changes: list[Callable[[], None]] = [lambda: file.replace("x"), file.keep, lambda: file.restore(file)]
    for change in changes:
        with pytest.raises(SettingsError, match=r"^the file has changed in the meantime; try again$"):
            change()
    assert files_below(cursor.parent) == {"mcp.json": b"{}"}


def test_a_write_that_fails_leaves_nothing_behind(machine: Machine, cursor: Path) -> None:
    backup_of(cursor).mkdir()
    assert do(machine).status == 2
    assert files_below(cursor.parent) == {"mcp.json": BEFORE.encode()}


@pytest.mark.skipif(sys.platform != "linux", reason="file names are free bytes on Linux alone")
def test_a_path_that_is_not_text_is_refused(machine: Machine, cursor: Path) -> None:
    folder = os.fsdecode(os.fsencode(machine.project) + b"/caf\xe9")
    os.mkdir(folder)
    message = "the entry holds a path that is not Unicode text; nothing was changed"
    assert do(machine, corpus=folder).err == f"error: {cursor}: {message}\ntip: add this by hand\n"
    assert cursor.read_text() == BEFORE


# Any file

MARKS = {
    b"": "utf-8",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
ANY_TEXT = st.one_of(
    st.tuples(st.just("cursor"), TEXTS["json"]()),
    st.tuples(st.just("codex"), TEXTS["toml"]()),
    st.tuples(st.just("goose"), TEXTS["yaml"]()),
)


@settings(deadline=None, max_examples=30)
@given(ANY_TEXT, st.sampled_from(list(MARKS)))
def test_any_file_is_the_same_bytes_after_install_and_remove(case: tuple[str, Written], mark: bytes) -> None:
    client, written = case
    data = mark + written.text.encode(MARKS[mark])
    with TemporaryDirectory() as folder:
        machine = machine_of("linux", folder, folder, {})
        file = settle(Path(machine.expand(CLIENTS[client].user["linux"][0])), data)
        assert do(machine, client).status == 0
        assert file.read_bytes().startswith(mark)
        assert do(machine, client, http=URL).status == 0
        assert do(machine, client, remove=True).status == 0
        assert files_below(Path(folder)) == {str(file.relative_to(folder)): data}
