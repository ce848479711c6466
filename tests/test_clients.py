"""Which file a client reads on which machine, what its entry starts, and the page that tells of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clients_page import BEGIN, END, GOLDEN, PAGE, SYSTEMS, golden, written
from skb_mcp.clients import CLIENTS, HAND_MADE, Launch, System
from skb_mcp.install import Request, run
from skb_mcp.launching import find_launch
from skb_mcp.machine import Machine, is_found, locate, machine_of
from skb_mcp.splicing import SettingsError

INSIDE = "LocalCache/Roaming/Claude/claude_desktop_config.json"


# Golden files and the page


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("client", CLIENTS)
def test_files_and_entries_are_the_golden_ones(client: str, system: System) -> None:
    assert golden(CLIENTS[client], system) == (GOLDEN / f"{client}.{system}.txt").read_text(encoding="utf-8")


def test_there_is_no_golden_file_without_its_client() -> None:
    names = {f"{client}.{system}.txt" for client in CLIENTS for system in SYSTEMS}
    assert {file.name for file in GOLDEN.iterdir()} == names


def test_the_page_of_clients_is_what_the_code_says() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.split(BEGIN)[1].split(END)[0] == f"\n{written()}\n"


def test_the_page_knows_every_option_and_no_other() -> None:
    table = PAGE.read_text(encoding="utf-8").split("| option | does |\n", 1)[1].split("\n\n", 1)[0]
    assert set(re.findall(r"`--([a-z-]+)", table)) == {"print", "dry-run", "scope", "corpus", "http", "remove"}


def test_names_are_unique() -> None:
    assert set(CLIENTS).isdisjoint(HAND_MADE)


# Machines


def test_a_machine_is_read_from_its_environment() -> None:
    folders = {"XDG_CONFIG_HOME": "/c", "APPDATA": "A", "LOCALAPPDATA": "L", "CLAUDE_CONFIG_DIR": "/l"}
    more = {"CODEX_HOME": "/x", "COPILOT_HOME": "/p"}
    assert machine_of("linux", "/h", "/w", folders | more) == Machine(
        "linux", "/h", "/c", "A", "L", "/l", "/x", "/p", "/w"
    )
    assert machine_of("darwin", "/h", "/w", dict.fromkeys(folders | more, " ")) == Machine(
        "macos", "/h", "/h/.config", "/h/AppData/Roaming", "/h/AppData/Local", "/h", "/h/.codex", "/h/.copilot", "/w"
    )
    assert machine_of("win32", "/h", "/w", {}).system == "windows"


@pytest.fixture
def windows(tmp_path: Path) -> Machine:
    environ = {"APPDATA": f"{tmp_path}/Roaming", "LOCALAPPDATA": f"{tmp_path}/Local"}
    return machine_of("win32", str(tmp_path), str(tmp_path), environ)


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ([], "Roaming/Claude/claude_desktop_config.json"),
        (["Roaming/Claude/claude_desktop_config.json"], "Roaming/Claude/claude_desktop_config.json"),
        (["Local/Packages/Claude_1/x"], f"Local/Packages/Claude_1/{INSIDE}"),
        ([f"Local/Packages/Claude_1/{INSIDE}"], f"Local/Packages/Claude_1/{INSIDE}"),
        (
            [f"Local/Packages/Claude_1/{INSIDE}", "Roaming/Claude/claude_desktop_config.json"],
            f"Local/Packages/Claude_1/{INSIDE}",
        ),
        ([f"Local/Packages/Claude_2/{INSIDE}", "Local/Packages/Claude_1/x"], f"Local/Packages/Claude_2/{INSIDE}"),
        (
            ["Local/Packages/Claude_1/x", "Roaming/Claude/claude_desktop_config.json"],
            "Roaming/Claude/claude_desktop_config.json",
        ),
        (["Local/Packages/Other_1/x"], "Roaming/Claude/claude_desktop_config.json"),
    ],
)
def test_claude_desktop_on_windows_reads_the_file_of_its_package(
    there: list[str], expected: str, windows: Machine, tmp_path: Path
) -> None:
    for name in there:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    assert locate(CLIENTS["claude-desktop"], windows, "user") == tmp_path / expected


def test_several_packages_are_listed_and_none_is_chosen(windows: Machine, tmp_path: Path) -> None:
    paths = [tmp_path / f"Local/Packages/Claude_{number}" for number in (1, 2)]
    for path in paths:
        path.mkdir(parents=True)
    with pytest.raises(SettingsError) as refused:
        locate(CLIENTS["claude-desktop"], windows, "user")
    assert str(refused.value) == (
        "Claude Desktop is installed more than once; uninstall all but one, or add the entry by hand to:"
        f"\n  {paths[0]}/{INSIDE}\n  {paths[1]}/{INSIDE}"
    )
    listed = run(Request(listing=True), windows, Launch("x", ())).out.splitlines()[1]
    assert listed.startswith("claude-desktop  found       Claude Desktop is installed more than once;")


def test_claude_desktop_is_found_by_its_package(windows: Machine, tmp_path: Path) -> None:
    assert not is_found(CLIENTS["claude-desktop"], windows)
    (tmp_path / "Local/Packages/Claude_1").mkdir(parents=True)
    assert is_found(CLIENTS["claude-desktop"], windows)


@pytest.mark.parametrize("there", [None, ".config/zed/settings.json", "Library/Application Support/Zed/settings.json"])
def test_of_several_files_the_one_that_exists_is_read(there: str | None, tmp_path: Path) -> None:
    machine = machine_of("darwin", str(tmp_path), str(tmp_path), {})
    if there:
        (tmp_path / there).parent.mkdir(parents=True)
        (tmp_path / there).write_text("")
    assert locate(CLIENTS["zed"], machine, "user") == tmp_path / (there or ".config/zed/settings.json")
    assert is_found(CLIENTS["zed"], machine) == bool(there)


def test_a_project_may_have_its_file_under_another_name(tmp_path: Path) -> None:
    machine = machine_of("linux", str(tmp_path), str(tmp_path), {})
    assert locate(CLIENTS["opencode"], machine, "project") == tmp_path / "opencode.jsonc"
    (tmp_path / "opencode.json").write_text("{}")
    assert locate(CLIENTS["opencode"], machine, "project") == tmp_path / "opencode.json"


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_an_empty_machine_has_no_trace_of_any_client(client: str, system: System, tmp_path: Path) -> None:
    platform = {"macos": "darwin", "windows": "win32", "linux": "linux"}[system]
    assert not is_found(CLIENTS[client], machine_of(platform, str(tmp_path), str(tmp_path), {}))


# What is started


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_command_that_was_called_is_named(tmp_path: Path) -> None:
    called, beside = program(tmp_path / "bin/skb-mcp"), program(tmp_path / "venv/bin/skb-mcp")
    interpreter = str(beside.with_name("python"))
    assert find_launch(str(called), interpreter, "") == Launch(str(called), ())
    assert find_launch("/x/skb_mcp/__main__.py", interpreter, "") == Launch(str(beside), ())


def test_a_bare_name_is_not_taken_for_a_file_of_this_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "here/skb-mcp")
    monkeypatch.chdir(tmp_path / "here")
    installed = program(tmp_path / "bin/skb-mcp")
    assert find_launch("skb-mcp", "/nowhere/python", str(installed.parent)) == Launch(str(installed), ())


@pytest.mark.parametrize("place", ["Scripts/skb-mcp.exe", "skb-mcp.exe"])
def test_windows_gives_the_command_the_name_of_a_program(place: str, tmp_path: Path) -> None:
    script = program(tmp_path / place)
    assert find_launch("skb-mcp", str(tmp_path / "python.exe"), "") == Launch(str(script), ())
    assert find_launch(str(script.with_suffix("")), "/nowhere/python.exe", "") == Launch(str(script), ())


@pytest.mark.parametrize(
    "cache", ["uv/archive-v0/abc", "uv/environments-v2/abc", ".cache/pipx/abc", ".local/pipx/.cache/abc"]
)
def test_what_lies_in_a_cache_is_started_by_uvx(cache: str, tmp_path: Path) -> None:
    script = program(tmp_path / cache / "bin/skb-mcp")
    interpreter = str(script.with_name("python"))
    assert find_launch(str(script), interpreter, str(script.parent)) == Launch("uvx", ("skb-mcp",))
    uvx = program(tmp_path / "bin/uvx")
    assert find_launch(str(script), interpreter, str(uvx.parent)) == Launch(str(uvx), ("skb-mcp",))


def test_where_there_is_no_command_the_module_is_started(tmp_path: Path) -> None:
    interpreter = str(tmp_path / "python")
    assert find_launch("/x/__main__.py", interpreter, "") == Launch(interpreter, ("-m", "skb_mcp"))
