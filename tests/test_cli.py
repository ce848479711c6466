"""The command line, called as a function; what needs a process of its own is in `test_stdio`."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import COMMAND, EMERGENCY, QUESTION, QUESTION_URL, page, write_corpus
from skb_mcp import __version__
from skb_mcp.cli import main
from support import rows

Capture = pytest.CaptureFixture[str]

GOOD = page("Concern", "azo-marks", "Azo Marks", body="## Quick Summary\n\nThey fade.\n\n## Causes\n\nAzo dyes.")
BAD_DATE = page("Concern", "bad-date", "Bad Date", reviewed="yesterday")
NO_YAML = page("Concern", "no-yaml", "Acne: Tips")


@pytest.fixture(autouse=True)
def no_corpus_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SKB_MCP_CORPUS", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)


class Stdout(io.TextIOWrapper):
    """A stdout that remembers: a terminal or not, in an encoding that refuses what it cannot hold."""

    def __init__(self, *, terminal: bool = False, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, errors="strict")
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    def shown(self) -> str:
        self.seek(0)
        return self.read()


@pytest.fixture(scope="module")
def azo(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a corpus with one page, which is read sooner than the shipped one."""
    return str(write_corpus(tmp_path_factory.mktemp("azo"), GOOD))


# ask


def test_ask_prints_the_answer_and_nothing_on_stderr(capsys: Capture) -> None:
    assert main(["ask", QUESTION]) == 0
    out, err = capsys.readouterr()
    match = "Question · match 1.00 · reviewed 2026-11-21"
    assert out.startswith(f"{QUESTION}\n{QUESTION_URL}\n{match}\n\nA flat red or pink")
    assert "\033" not in out
    assert err == ""


def test_ask_json_prints_one_line_that_is_the_reply_of_the_tool(azo: str, capsys: Capture) -> None:
    assert main(["ask", "azo marks", "--json", "--corpus", azo]) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    reply = json.loads(out)
    assert (reply["outcome"], reply["match"]["title"], reply["sections"]) == ("answer", "Azo Marks", [])


def test_ask_full_brings_every_section(azo: str, capsys: Capture) -> None:
    assert main(["ask", "--full", "--json", "azo marks", "--corpus", azo]) == 0
    sections = [{"heading": "Quick Summary", "text": "They fade."}, {"heading": "Causes", "text": "Azo dyes."}]
    assert json.loads(capsys.readouterr().out)["sections"] == sections
    assert main(["ask", "azo marks", "--full", "--corpus", azo]) == 0
    assert "\nCauses\nAzo dyes.\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("question", "start"),
    [
        (EMERGENCY, "EMERGENCY: see a clinician\n"),
        ("the capital of France", "No page of this knowledge base answers this."),
        ("", "No page of this knowledge base answers this."),
    ],
)
def test_ask_gives_a_referral_and_no_match_as_answers_too(question: str, start: str, azo: str, capsys: Capture) -> None:
    assert main(["ask", question, "--corpus", azo]) == 0
    assert capsys.readouterr().out.startswith(start)


def test_ask_without_quotes_is_the_same_question(azo: str, capsys: Capture) -> None:
    assert main(["ask", "--corpus", azo, *EMERGENCY.split()]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("EMERGENCY: see a clinician\n")
    assert err == ""


def test_ask_is_coloured_on_a_terminal(azo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", tty := Stdout(terminal=True))
    assert main(["ask", "azo marks", "--corpus", azo]) == 0
    assert tty.shown().startswith("\033[1mAzo Marks\033[0m\n")


@pytest.mark.parametrize(("value", "coloured"), [("1", False), ("0", False), ("", True)])
def test_no_color_takes_the_colour_away_unless_it_is_empty(
    value: str, coloured: bool, azo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As https://no-color.org says."""
    monkeypatch.setattr(sys, "stdout", tty := Stdout(terminal=True))
    monkeypatch.setenv("NO_COLOR", value)
    assert main(["ask", "azo marks", "--corpus", azo]) == 0
    assert ("\033" in tty.shown()) == coloured


def test_ask_json_has_no_colour_even_on_a_terminal(azo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", tty := Stdout(terminal=True))
    assert main(["ask", "azo marks", "--json", "--corpus", azo]) == 0
    assert json.loads(tty.shown())["outcome"] == "answer"


@pytest.mark.parametrize("form", [[], ["--json"], ["--full"]], ids=["text", "json", "full"])
def test_ask_prints_what_the_consoles_encoding_cannot_hold_in_another_way(
    form: list[str], azo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", stdout := Stdout(encoding="ascii"))
    assert main(["ask", "azo marks", "--corpus", azo, *form]) == 0
    assert "Azo Marks" in stdout.shown()


# SKB_MCP_CORPUS


def pages_of(capsys: Capture, *arguments: str) -> str:
    """The title that answers "azo marks" or, in the shipped corpus, does not."""
    assert main(["ask", "azo marks", *arguments]) == 0
    return capsys.readouterr().out.splitlines()[0]


def test_the_environment_names_a_corpus_and_an_option_overrules_it(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = write_corpus(tmp_path / "own", GOOD), write_corpus(tmp_path / "other", NO_YAML)
    monkeypatch.setenv("SKB_MCP_CORPUS", str(own))
    assert pages_of(capsys) == "Azo Marks"
    assert pages_of(capsys, "--corpus", str(other)) != "Azo Marks"


@pytest.mark.parametrize("value", ["", "  ", "${user_config.corpus}"])
def test_a_blank_or_unexpanded_variable_means_the_built_in_corpus(
    value: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKB_MCP_CORPUS", value)
    assert main(["ask", QUESTION]) == 0
    assert capsys.readouterr().out.startswith(QUESTION)


def test_a_blank_option_means_the_built_in_corpus_too(capsys: Capture) -> None:
    assert main(["ask", QUESTION, "--corpus", "${user_config.corpus}"]) == 0
    assert capsys.readouterr().out.startswith(QUESTION)


# What cannot be served


@pytest.mark.parametrize("command", [["serve"], ["ask", "azo marks"], []])
def test_a_folder_that_is_not_there_is_one_error_line(command: list[str], tmp_path: Path, capsys: Capture) -> None:
    assert main([*command, "--corpus", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr() == ("", "error: the corpus folder does not exist or cannot be read\n")


@pytest.mark.parametrize("command", [["serve"], ["ask", "azo marks"]])
def test_a_corpus_without_an_eligible_page_is_refused_with_every_fault(
    command: list[str], tmp_path: Path, capsys: Capture
) -> None:
    write_corpus(tmp_path, BAD_DATE, ("broken.md", "no front matter\n"))
    assert main([*command, "--corpus", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "error: this corpus cannot be served: no eligible page",
        "  .:1: no page with 'mcp_eligible: true' in this folder (empty)",
        "  a file that is not known to be eligible, line 1 (no-front-matter)",
        "  concerns/bad-date.md:6: 'date_reviewed' takes a date written YYYY-MM-DD (date)",
        "tip: `skb-mcp validate` on the corpus folder shows all findings",
    ]


def test_strict_refuses_a_corpus_with_one_bad_page(tmp_path: Path, capsys: Capture) -> None:
    write_corpus(tmp_path, GOOD, BAD_DATE)
    assert main(["serve", "--strict", "--corpus", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: this corpus cannot be served: faults that must be mended first\n")
    assert "concerns/bad-date.md:6:" in err
    assert main(["ask", "azo marks", "--corpus", str(tmp_path)]) == 0


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("corpus.yaml", "canonical_base: nonsense\n"),
        ("lexicon.yaml", "entries: [1, 2]\n"),
        ("red-flags/own.md", "---\nid: own\nmcp_eligible: true\n---\n\nSee someone.\n"),
    ],
)
def test_a_faulty_manifest_lexicon_or_red_flag_rule_stops_everything(
    file: str, text: str, tmp_path: Path, capsys: Capture
) -> None:
    write_corpus(tmp_path, GOOD, (file, text))
    for command in (["serve"], ["ask", "azo marks"]):
        assert main([*command, "--corpus", str(tmp_path)]) == 2
        assert f"  {file}:1: " in capsys.readouterr().err


# validate


def test_validate_of_a_sound_corpus_finds_nothing(tmp_path: Path, capsys: Capture) -> None:
    assert main(["validate", "--no-editorial", str(write_corpus(tmp_path, GOOD))]) == 0
    assert capsys.readouterr() == ("", "0 errors, 0 warnings\n")


def test_validate_prints_every_finding_with_its_place_and_fails_on_errors(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write_corpus(tmp_path, GOOD, BAD_DATE, NO_YAML))
    assert main(["validate", "--no-editorial", "."]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "error: concerns/bad-date.md:6: 'date_reviewed' takes a date written YYYY-MM-DD (date)",
        'warning: concerns/no-yaml.md:2: strict YAML reads this otherwise; write title: "Acne: Tips" (strict-yaml)',
    ]
    assert err == "1 errors, 1 warnings\n"


def test_validate_passes_where_there_are_only_warnings(tmp_path: Path, capsys: Capture) -> None:
    assert main(["validate", "--no-editorial", str(write_corpus(tmp_path, NO_YAML))]) == 0
    assert capsys.readouterr().err == "0 errors, 1 warnings\n"


def test_validate_json_is_one_document(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write_corpus(tmp_path, GOOD, BAD_DATE))
    assert main(["validate", "--no-editorial", ".", "--format", "json"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out) == {
        "findings": [
            {
                "path": "concerns/bad-date.md",
                "line": 6,
                "rule": "date",
                "severity": "error",
                "message": "'date_reviewed' takes a date written YYYY-MM-DD",
            }
        ],
        "errors": 1,
        "warnings": 0,
    }
    assert err == ""


def test_validate_github_writes_workflow_commands(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_corpus(tmp_path, GOOD, BAD_DATE)
    monkeypatch.chdir(tmp_path)
    assert main(["validate", "--no-editorial", ".", "--format", "github"]) == 1
    assert capsys.readouterr().out == (
        "::error file=concerns/bad-date.md,line=6,title=date::'date_reviewed' takes a date written YYYY-MM-DD\n"
    )


@pytest.mark.parametrize("path", ["corpus", "corpus/", "./corpus", "corpus/concerns/bad-date.md"])
def test_a_finding_names_the_file_as_seen_from_where_the_command_was_given(
    path: str, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_corpus(tmp_path / "corpus", GOOD, BAD_DATE)
    monkeypatch.chdir(tmp_path)
    assert main(["validate", "--no-editorial", path, "--format", "github"]) == 1
    assert capsys.readouterr().out.startswith("::error file=corpus/concerns/bad-date.md,line=6,")


def test_a_github_annotation_escapes_what_would_end_a_property(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write_corpus(tmp_path, GOOD, ("a,b:100%.md", "no front matter\n")))
    assert main(["validate", "--no-editorial", ".", "--format", "github"]) == 1
    assert capsys.readouterr().out.startswith("::error file=a%2Cb%3A100%25.md,line=1,title=no-front-matter::")


@pytest.mark.parametrize("bad", [BAD_DATE, NO_YAML, page("Concern", "x", "X", rows("key_ingredients", {"url": "x"}))])
def test_validate_of_one_page_finds_what_validate_of_its_folder_finds(
    bad: tuple[str, str], tmp_path: Path, capsys: Capture
) -> None:
    write_corpus(tmp_path, GOOD, bad)
    of_folder = main(["validate", "--no-editorial", str(tmp_path), "--format", "json"])
    folder = json.loads(capsys.readouterr().out)["findings"]
    of_page = main(["validate", "--no-editorial", str(tmp_path / bad[0]), "--format", "json"])
    alone = json.loads(capsys.readouterr().out)["findings"]
    assert folder != []
    assert alone == folder
    assert of_page == of_folder


def test_validate_of_a_good_page_finds_nothing(tmp_path: Path, capsys: Capture) -> None:
    write_corpus(tmp_path, GOOD)
    assert main(["validate", "--no-editorial", str(tmp_path / GOOD[0])]) == 0
    assert capsys.readouterr() == ("", "0 errors, 0 warnings\n")


def test_validate_of_nothing_says_so(tmp_path: Path, capsys: Capture) -> None:
    assert main(["validate", "--no-editorial", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr() == ("", "error: there is no file or folder at that path\n")


def test_validate_of_an_empty_folder_is_an_error(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["validate", "--no-editorial", "."]) == 1
    assert capsys.readouterr().out == "error: .:1: no page with 'mcp_eligible: true' in this folder (empty)\n"


@pytest.mark.skipif(sys.platform != "linux", reason="file names are free bytes on Linux alone")
@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_validate_survives_a_file_name_that_is_not_unicode(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(os.fsdecode(os.fsencode(write_corpus(tmp_path, GOOD)) + b"/caf\xe9.md")).write_text("no front matter\n")
    monkeypatch.setattr(sys, "stdout", stdout := Stdout())
    assert main(["validate", "--no-editorial", str(tmp_path), "--format", form]) == 1
    assert "the file does not begin with" in stdout.shown()


# Options


def test_version_and_help_go_to_stdout(capsys: Capture) -> None:
    for arguments, start in ((["--version"], f"skb-mcp {__version__}\n"), (["--help"], "usage: skb-mcp")):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert left.value.code == 0
        assert capsys.readouterr().out.startswith(start)


@pytest.mark.parametrize("arguments", [["diagnose"], ["serve", "--prot", "80"], ["ask"], ["validate", "--form"]])
def test_wrong_arguments_exit_with_2_and_a_usage_line(arguments: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: skb-mcp")


@pytest.mark.parametrize("arguments", [[], ["--strict"], ["serve"]], ids=["nothing", "an option of serve", "serve"])
def test_no_command_is_serve(
    arguments: list[str], tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKB_MCP_CORPUS", str(tmp_path))
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("error: this corpus cannot be served: no eligible page")


def test_the_arguments_of_the_process_are_taken_where_none_are_given(
    azo: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["skb-mcp", "ask", "azo marks", "--corpus", azo])
    assert main() == 0
    assert capsys.readouterr().out.startswith("Azo Marks\n")


# install


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder of somebody who has none of the clients."""
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    for variable in ("XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA", "CLAUDE_CONFIG_DIR", "CODEX_HOME", "COPILOT_HOME"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "garden").mkdir()
    monkeypatch.chdir(tmp_path / "garden")
    return tmp_path


def test_install_writes_this_command_into_the_file_of_a_client_and_takes_it_out_again(
    home: Path, azo: str, capsys: Capture
) -> None:
    file = home / ".cursor" / "mcp.json"
    assert main(["install", "cursor", "--corpus", azo]) == 0
    entry = {"command": str(COMMAND), "args": ["serve", "--corpus", str(Path(azo).resolve())]}
    assert json.loads(file.read_text(encoding="utf-8")) == {"mcpServers": {"skb": entry}}
    assert main(["install", "--list"]) == 0
    assert f"cursor          installed   {file}\n" in capsys.readouterr().out
    assert main(["install", "cursor", "--remove"]) == 0
    assert not file.exists()


def test_install_finds_the_files_that_the_environment_names(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_HOME", str(home / "codex"))
    assert main(["install", "codex"]) == 0
    assert (home / "codex" / "config.toml").is_file()


def test_install_for_a_project_writes_below_the_folder_that_the_command_is_given_in(home: Path) -> None:
    assert main(["install", "cursor", "--scope", "project", "--http", "http://127.0.0.1:8000/mcp"]) == 0
    assert "8000" in (home / "garden" / ".cursor" / "mcp.json").read_text(encoding="utf-8")
    assert not (home / ".cursor").exists()


@pytest.mark.usefixtures("home")
def test_install_prints_the_entry_alone_to_standard_output(capsys: Capture) -> None:
    assert main(["install", "cursor", "--print"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == {"mcpServers": {"skb": {"command": str(COMMAND), "args": ["serve"]}}}
    assert err.startswith("To be added to ")


@pytest.mark.usefixtures("home")
def test_a_client_that_nobody_knows_is_an_error(capsys: Capture) -> None:
    assert main(["install", "my diary"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: no client is called that; known: claude-desktop, ")
    assert "diary" not in err


# Processes


def test_the_module_runs_like_the_command() -> None:
    run = subprocess.run([sys.executable, "-m", "skb_mcp", "--version"], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, f"skb-mcp {__version__}\n")


def test_ask_ends_quietly_when_its_reader_has_gone(azo: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [str(COMMAND), "ask", "azo marks", "--corpus", azo]
    run = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert run.stderr == b""
