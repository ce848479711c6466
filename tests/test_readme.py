"""The README is held to the code: its commands, its help texts, its tool table, its links."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from skb_mcp import __version__
from skb_mcp.cli import main
from skb_mcp.clients import CLIENTS, HAND_MADE
from skb_mcp.prompts import PROMPTS
from skb_mcp.tools import TOOLS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["", "serve", "ask", "install", "validate", "eval"])
def test_the_readme_shows_the_help_of_every_command(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as exit_status:
        main([*command.split(), "--help"])
    assert exit_status.value.code == 0
    prompt = " ".join(["$ skb-mcp", *command.split(), "--help"])
    assert f"```console\n{prompt}\n{capsys.readouterr().out.strip()}\n```" in README


def test_the_readme_names_every_tool_and_prompt_and_no_other() -> None:
    table = README.split("| tool | answers |", 1)[1].split("\n\n", 1)[0]
    assert set(re.findall(r"`(\w+)`", table)) == {spec.name for spec in TOOLS}
    assert all(f"`{spec.name}`" in README for spec in PROMPTS)


def test_the_readme_says_how_to_install_every_client_and_no_other() -> None:
    table = README.split("| client | command |\n|---|---|\n", 1)[1].split("\n\n", 1)[0]
    *rows, by_hand = table.splitlines()
    assert rows == [f"| {client.title} | `skb-mcp install {client.id}` |" for client in CLIENTS.values()]
    assert re.findall(r"`(?:skb-mcp install )?([\w-]+)`", by_hand) == list(HAND_MADE)


def test_the_readme_has_both_commands_where_ci_looks_for_them() -> None:
    first = README.split("<!-- first answer -->\n```bash\n", 1)[1].split("\n", 1)[0]
    tests = README.split("<!-- tests -->\n```bash\n", 1)[1].split("\n", 1)[0]
    assert first.endswith("examples/first_answer.py")
    assert tests.endswith("pytest -q")


def test_every_file_that_the_readme_links_to_exists() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    assert [t for t in targets if not t.startswith("https://") and not (ROOT / t).exists()] == []


@pytest.mark.parametrize("block", re.findall(r"```text\n(.+?)```", README, re.DOTALL), ids=["answer", "referral"])
def test_a_transcript_is_what_the_first_answer_prints_but_for_its_marked_gaps(block: str) -> None:
    (question,) = re.findall(r"^Q: (.+)$", block, re.MULTILINE)
    command = [sys.executable, ROOT / "examples" / "first_answer.py", question]
    printed = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True).stdout
    kept = [re.escape(" ".join(part.split())) for part in block.split("[…]")]
    assert re.search(".*".join(kept), " ".join(printed.split()))
    assert printed.startswith(f"Connected to skb-mcp {__version__}\n")
