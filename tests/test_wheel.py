"""What users install: the wheel is built from a copy of the tree, installed elsewhere, and used from another folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from conftest import QUESTION, QUESTION_URL, process
from skb_mcp import Library, __version__, load_corpus
from skb_mcp.replies import to_dict
from skb_mcp.stored import Table, open_tables

ROOT = Path(__file__).parents[1]
PARTS = ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "src", "corpus")
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SKB_", "COV"))}


def run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=PLAIN, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree, dist = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("dist")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__", "_snapshot*"))
        else:
            shutil.copy(ROOT / part, tree)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", dist, tree, cwd=tree)
    (built,) = dist.iterdir()
    return built


@pytest.fixture(scope="module")
def bin_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel in it, which borrows the dependencies of this one."""
    home = tmp_path_factory.mktemp("env")
    run(sys.executable, "-m", "venv", "--without-pip", home)
    programs = home / ("Scripts" if sys.platform == "win32" else "bin")
    pip = (sys.executable, "-m", "pip", "--python", programs / "python", "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel)
    packages = sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)})
    borrowed = f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n"
    Path(packages, "borrowed.pth").write_text(borrowed, encoding="utf-8")
    return programs


SNAPSHOT = ("skb_mcp/_snapshot.sqlite", "skb_mcp/_snapshot_lent.sqlite")


def test_the_wheel_holds_the_package_the_corpus_its_snapshot_and_the_mark_of_types(wheel: Path) -> None:
    assert wheel.name == f"skb_mcp-{__version__}-py3-none-any.whl"
    names = set(ZipFile(wheel).namelist())
    corpus = {f"skb_mcp/_corpus/{f.relative_to(ROOT / 'corpus').as_posix()}" for f in (ROOT / "corpus").rglob("*.*")}
    modules = {f"skb_mcp/{f.name}" for f in (ROOT / "src" / "skb_mcp").glob("*.py")}
    info = f"skb_mcp-{__version__}.dist-info"
    facts = {f"{info}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")}
    assert names == corpus | modules | facts | {
        *SNAPSHOT,
        "skb_mcp/_snapshot.sha256",
        "skb_mcp/py.typed",
    }


@pytest.fixture(scope="module")
def tables(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Table[Any]]:
    """The tables of the snapshot in the wheel, those that it lends among them."""
    home = tmp_path_factory.mktemp("snapshot")
    with ZipFile(wheel) as opened:
        files = [Path(opened.extract(name, home)) for name in SNAPSHOT]
    return {name: table for file in files for name, table in open_tables(file, {}).items()}


def test_the_wheel_gives_away_no_path_of_the_machine_it_was_built_on(wheel: Path) -> None:
    with ZipFile(wheel) as opened:
        snapshot = b"".join(map(opened.read, SNAPSHOT))
    assert str(ROOT).encode() not in snapshot
    assert str(wheel.parent.parent).encode() not in snapshot


def test_the_snapshot_holds_no_page_that_is_not_eligible(tables: Mapping[str, Table[Any]]) -> None:
    served = sorted(page.canonical_url for page in load_corpus().pages)
    assert list(tables["pages"]) == [page["canonical_url"] for page in tables["pages"].values()] == served
    assert len(tables["pages"]) == len(served)
    named = {fields[0] for fields in tables["ranking/documents"].values()}
    assert {url for url in named if url.startswith("https:")} == set(served)


def test_the_installed_command_answers_from_another_folder(bin_folder: Path, tmp_path: Path) -> None:
    reply = json.loads(run(bin_folder / "skb-mcp", "ask", QUESTION, "--json", cwd=tmp_path))
    assert reply == to_dict(Library(load_corpus()).lookup_question(QUESTION))


def test_the_installed_command_serves_a_client_from_another_folder(bin_folder: Path, tmp_path: Path) -> None:
    with process(command=bin_folder / "skb-mcp", cwd=tmp_path) as server:
        assert server.initialize()["result"]["serverInfo"]["version"] == __version__
        call = {"name": "lookup_question", "arguments": {"question": QUESTION}}
        answer = server.request("tools/call", call)
        status, out, err = server.close()
    assert answer["result"]["structuredContent"]["match"]["canonical_url"] == QUESTION_URL
    assert (status, out) == (0, b"")
    assert re.fullmatch(rf"skb-mcp {re.escape(__version__)}: 16\d pages of skin-knowledge-base 1\.0\.0\n", err.decode())


WAS_READ = "import sys, skb_mcp; skb_mcp.load_corpus(); print(skb_mcp.__file__, 'skb_mcp.reading' in sys.modules)"


def test_the_installed_package_starts_from_its_snapshot_while_the_corpus_is_untouched(
    bin_folder: Path, tmp_path: Path
) -> None:
    where, read = run(bin_folder / "python", "-c", WAS_READ, cwd=tmp_path).split()
    assert Path(where).is_relative_to(bin_folder.parent)
    assert read == "False"
    page = Path(where).with_name("_corpus") / "ingredients" / "niacinamide.md"
    whole = page.read_bytes()
    try:
        page.write_bytes(whole.replace(b"mcp_eligible: true", b"mcp_eligible: false"))
        assert run(bin_folder / "python", "-c", WAS_READ, cwd=tmp_path).split()[1] == "True"
        listed = json.loads(run(bin_folder / "skb-mcp", "ask", "niacinamide", "--json", cwd=tmp_path))
        assert "ingredients/niacinamide" not in json.dumps(listed)
    finally:
        page.write_bytes(whole)
