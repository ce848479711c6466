"""`skb-mcp install`: what it says, and what it does to the files of a machine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import COMMAND
from machines import AFTER, BEFORE, SNIPPET, URL, backup_of, do, files_below, machine_below, settle
from skb_mcp.clients import CLIENTS, HAND_MADE
from skb_mcp.config_file import BACKUP
from skb_mcp.install import Outcome, Request, run
from skb_mcp.launching import find_launch
from skb_mcp.machine import Machine

NEW_CURSOR = "There was no trace of Cursor before; it reads the file once it is installed.\n"
RESTART = "Restart Cursor: it reads the file when it starts.\n"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return machine_below(tmp_path)


@pytest.fixture
def cursor(machine: Machine) -> Path:
    """The settings of Cursor, which hold another server."""
    return settle(Path(machine.home, ".cursor", "mcp.json"), BEFORE.encode())


# Put in


def test_a_new_file_holds_nothing_but_the_entry(machine: Machine) -> None:
    file = Path(machine.home, ".cursor", "mcp.json")
    assert do(machine) == Outcome(0, f"skb is now in Cursor: {file}\n{NEW_CURSOR}{RESTART}")
    assert files_below(Path(machine.home)) == {".cursor/mcp.json": SNIPPET.encode()}


def test_an_old_file_is_kept_beside_the_new_one(machine: Machine, cursor: Path) -> None:
    said = f"skb is now in Cursor: {cursor}\nThe file as it was: {backup_of(cursor)}\n{RESTART}"
    assert do(machine) == Outcome(0, said)
    assert files_below(cursor.parent) == {"mcp.json": AFTER.encode(), f"mcp.json{BACKUP}": BEFORE.encode()}


def test_installing_again_changes_nothing_and_says_so(machine: Machine, cursor: Path) -> None:
    do(machine)
    before = files_below(cursor.parent)
    assert do(machine) == Outcome(0, f"skb is in Cursor already: {cursor}\n")
    assert files_below(cursor.parent) == before


def test_the_copy_stays_that_of_the_first_time_while_only_the_entry_changes(machine: Machine, cursor: Path) -> None:
    do(machine)
    do(machine, http=URL)
    assert backup_of(cursor).read_text() == BEFORE
    assert json.loads(cursor.read_text().replace("// mine", ""))["mcpServers"]["skb"] == {"url": URL}
    do(machine, remove=True)
    assert files_below(cursor.parent) == {"mcp.json": BEFORE.encode()}


def test_the_copy_is_renewed_where_the_file_was_changed_by_others(machine: Machine, cursor: Path) -> None:
    do(machine)
    changed = cursor.read_text().replace("mine", "yours")
    cursor.write_text(changed)
    do(machine, http=URL)
    assert backup_of(cursor).read_text() == changed


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_is_installed_and_removed_without_trace(client: str, machine: Machine) -> None:
    for options in ({}, {"http": URL}, {"scope": "project"}):
        assert do(machine, client, **options).status in (0, 2)
    assert do(machine, client).status == 0
    assert do(machine, client, remove=True).status == 0
    if CLIENTS[client].project:
        assert do(machine, client, remove=True, scope="project").status == 0
    assert files_below(Path(machine.home).parent) == {}


def test_the_entry_starts_this_server(machine: Machine) -> None:
    launch = find_launch(str(COMMAND), sys.executable, "")
    run(Request("claude-desktop"), machine, launch)
    text = Path(machine.config, "Claude", "claude_desktop_config.json").read_text()
    entry = json.loads(text)["mcpServers"]["skb"]
    command = [entry["command"], *entry["args"]]
    started = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, cwd="/")
    assert (started.returncode, started.stdout) == (0, "")
    assert started.stderr.startswith("skb-mcp ")


# Take out


def test_removing_gives_the_same_bytes_back_and_deletes_the_copy(machine: Machine, cursor: Path) -> None:
    do(machine)
    assert do(machine, remove=True) == Outcome(0, f"skb is no longer in Cursor: {cursor}\n{RESTART}")
    assert files_below(cursor.parent) == {"mcp.json": BEFORE.encode()}


def test_removing_deletes_a_file_that_holds_nothing_else(machine: Machine) -> None:
    do(machine)
    file = Path(machine.home, ".cursor", "mcp.json")
    said = f"skb is no longer in Cursor: {file}\nThere was nothing else in the file: it is deleted.\n{RESTART}"
    assert do(machine, remove=True) == Outcome(0, said)
    assert files_below(Path(machine.home)) == {}


def test_removing_keeps_what_others_have_changed_since(machine: Machine, cursor: Path) -> None:
    do(machine)
    changed = cursor.read_text().replace("mine", "yours")
    cursor.write_text(changed)
    said = f"skb is no longer in Cursor: {cursor}\nThe file as it was: {backup_of(cursor)}\n{RESTART}"
    assert do(machine, remove=True) == Outcome(0, said)
    assert cursor.read_text() == BEFORE.replace("mine", "yours")
    assert backup_of(cursor).read_text() == changed


def test_removing_what_is_not_there_changes_nothing(machine: Machine, cursor: Path) -> None:
    assert do(machine, remove=True) == Outcome(0, f"skb is not in Cursor: {cursor}\n")
    assert do(machine, "codex", remove=True).out == f"skb is not in Codex: {machine.home}/.codex/config.toml\n"
    assert files_below(Path(machine.home)) == {".cursor/mcp.json": BEFORE.encode()}


@pytest.mark.parametrize("copy", [b"no JSON", b"\xff\xff", b'{"mcpServers": {"skb": {}}}'])
def test_a_copy_that_is_no_former_state_is_not_given_back(copy: bytes, machine: Machine, cursor: Path) -> None:
    do(machine)
    backup_of(cursor).write_bytes(copy)
    do(machine, remove=True)
    assert cursor.read_text() == BEFORE


# Looking only


def test_print_shows_the_entry_and_changes_nothing(machine: Machine, cursor: Path) -> None:
    assert do(machine, show=True) == Outcome(0, SNIPPET, f"To be added to {cursor}.\n{RESTART}")
    assert files_below(Path(machine.home)) == {".cursor/mcp.json": BEFORE.encode()}


def test_a_dry_run_shows_the_difference_and_changes_nothing(machine: Machine, cursor: Path) -> None:
    diff = (
        f'--- {cursor}\n+++ {cursor} (new)\n@@ -1,5 +1,9 @@\n {{\n   "mcpServers": {{\n'
        '-    "first": {} // mine\n+    "first": {}, // mine\n+    "skb": {\n'
        '+      "command": "/opt/skb-mcp",\n+      "args": ["serve"]\n+    }\n   }\n }\n'
    )
    assert do(machine, dry_run=True) == Outcome(0, diff, "Nothing was changed.\n")
    assert files_below(Path(machine.home)) == {".cursor/mcp.json": BEFORE.encode()}
    do(machine)
    assert do(machine, dry_run=True) == Outcome(0, "", "Nothing would change.\n")
    removed = do(machine, dry_run=True, remove=True).out.splitlines()
    assert [line for line in removed if line.startswith("+ ")] == ['+    "first": {} // mine']


def test_a_dry_run_says_where_a_last_line_does_not_end(machine: Machine) -> None:
    settle(Path(machine.home, ".cursor", "mcp.json"), b'{"a": 1}')
    assert do(machine, dry_run=True).out.count("\n\\ No newline at end of file\n") == 2


def test_the_list_shows_what_is_on_this_machine(machine: Machine, cursor: Path) -> None:
    do(machine)
    settle(Path(machine.home, ".gemini", "settings.json"), b"no JSON")
    Path(machine.home, ".lmstudio").mkdir()
    rows = [line.split() for line in do(machine, None, listing=True).out.splitlines()]
    assert rows[0] == ["CLIENT", "STATE", "FILE"]
    assert [row[0] for row in rows[1:]] == list(CLIENTS)
    states = {row[0]: row[1:] for row in rows[1:]}
    assert states["cursor"] == ["installed", str(cursor)]
    assert states["gemini-cli"] == ["unreadable", f"{machine.home}/.gemini/settings.json"]
    assert states["lm-studio"] == ["found", f"{machine.home}/.lmstudio/mcp.json"]
    assert states["kiro"] == ["-", f"{machine.home}/.kiro/settings/mcp.json"]


def test_the_list_of_a_project_shows_the_files_of_the_project(machine: Machine) -> None:
    settle(Path(machine.project, ".mcp.json"), b"{}")
    rows = [line.split() for line in do(machine, None, listing=True, scope="project").out.splitlines()[1:]]
    assert [row[0] for row in rows] == [name for name, client in CLIENTS.items() if client.project]
    assert ["claude-code", "found", f"{machine.project}/.mcp.json"] in rows
    assert ["cursor", "-", f"{machine.project}/.cursor/mcp.json"] in rows


# What is asked for


def test_a_corpus_is_named_by_its_whole_path(machine: Machine) -> None:
    folder = Path(machine.project, "my pages")
    folder.mkdir()
    assert f'"args": ["serve", "--corpus", "{folder}"]' in do(machine, show=True, corpus="my pages").out
    for other in ("nowhere", "", " "):
        assert do(machine, corpus=other) == Outcome(2, "", "error: the corpus folder does not exist\n")


def test_a_project_has_a_file_of_its_own(machine: Machine) -> None:
    file = Path(machine.project, ".cursor", "mcp.json")
    note = "The entry names a path of this machine: it is of no use to others who share the project.\n"
    assert do(machine, scope="project").out == f"skb is now in Cursor: {file}\n{NEW_CURSOR}{note}{RESTART}"
    assert note not in do(machine, scope="project", http=URL).out
    refused = "error: Windsurf has no settings for one project; leave out --scope project\n"
    assert do(machine, "windsurf", scope="project") == Outcome(2, "", refused)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "ftp://h/",
        "http://",
        "http://[",
        "http://h:0/",
        "http://h:x/",
        "http://h/ a",
        "http://é/",
        "http://h/\n",
    ],
)
def test_what_is_no_url_is_refused(url: str, machine: Machine) -> None:
    said = "error: --http takes the URL of the server: http://127.0.0.1:8000/mcp\n"
    assert do(machine, http=url) == Outcome(2, "", said)


def test_claude_desktop_takes_no_url_and_says_what_does(machine: Machine) -> None:
    said = (
        "error: the file of Claude Desktop takes no server at a URL. A server at a URL is added in the program: "
        "Settings, Connectors, Add custom connector.\n"
    )
    assert do(machine, "claude-desktop", http=URL) == Outcome(2, "", said)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"http": URL, "corpus": "."}, "--http names a server that has its corpus already; leave out --corpus"),
        ({"remove": True, "show": True}, "--remove goes with --dry-run and --scope only"),
        ({"remove": True, "corpus": "."}, "--remove goes with --dry-run and --scope only"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: dict[str, Any], message: str, machine: Machine) -> None:
    assert do(machine, **options) == Outcome(2, "", f"error: {message}\n")


def test_a_wrong_name_is_answered_with_the_nearest_and_all(machine: Machine) -> None:
    names = ", ".join([*CLIENTS, *HAND_MADE])
    assert do(machine, "Curser").err == f"error: no client is called that; nearest: cursor; known: {names}\n"
    assert do(machine, "12345").err == f"error: no client is called that; known: {names}\n"
    assert do(machine, None).err == (
        f"error: install needs the name of a client: {names}; --list shows those on this machine\n"
    )


# By hand


@pytest.mark.parametrize("client", HAND_MADE)
def test_a_client_without_a_file_gets_a_snippet_and_steps(client: str, machine: Machine) -> None:
    for options in ({}, {"show": True}, {"http": URL}):
        outcome = do(machine, client, **options)
        steps = "".join(f"{number}. {step}\n" for number, step in enumerate(HAND_MADE[client].steps, 1))
        assert (outcome.status, outcome.err) == (0, f"To add it to {HAND_MADE[client].title}:\n{steps}")
    assert files_below(Path(machine.home)) == {}
    assert "take the entry out by hand" in do(machine, client, remove=True).err


def test_the_snippet_for_any_other_client_is_the_common_one(machine: Machine) -> None:
    assert do(machine, "other").out == SNIPPET
    assert json.loads(do(machine, "other", http=URL).out) == {"mcpServers": {"skb": {"url": URL}}}
    assert do(machine, "chatgpt", http="https://h/mcp").out == "https://h/mcp\n"
    assert do(machine, "chatgpt").out == "https://YOUR-HOST/mcp\n"
