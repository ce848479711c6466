"""Builds skb-mcp.mcpb, the bundle that Claude Desktop and other hosts install with one click.

`python bundle/make_bundle.py` writes dist/skb-mcp.mcpb and, where Node.js is there, has the official
command line tool check it. What the manifest says of the tools is what the server says of them. The
bundle holds source and no dependencies (server type `uv`), so that one file fits every system; the
host installs them when it first starts the server. The same source gives the same bytes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from mcp import Client

import skb_mcp
from skb_mcp import Library, build_server, load_corpus
from skb_mcp.prompts import PROMPTS, PromptSpec

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "dist" / "skb-mcp.mcpb"
CLI = "@anthropic-ai/mcpb@2.1.2"
"""The official command line tool, as an npm package."""

SINGLE = {
    "server.py": "bundle/server.py",
    "icon.png": "assets/icon.png",
    **{name: name for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE")},
}
FOLDERS = {"src/skb_mcp": (".py", ".typed"), "corpus": (".md", ".yaml", ".json")}
"""What of which folder belongs to the source; anything else there was made by a tool or left by hand."""

TOOL_OF = {"answer_skin_question": "lookup_question", "compare_ingredients": "list_ingredients_for_concern"}
"""The tool whose reply the server puts into a prompt."""


class BundleError(Exception):
    """The official tool refuses the bundle; its words are the message."""


# The manifest


async def manifest() -> dict[str, Any]:
    """What a host reads of the bundle, by version 0.4 of the manifest."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    async with Client(build_server(Library(load_corpus()))) as client:
        info = client.server_info
        tools = (await client.list_tools()).tools
    if info is None:
        raise BundleError("the server does not say its name")
    return {
        "manifest_version": "0.4",
        "name": info.name,
        "display_name": info.title,
        "version": info.version,
        "description": info.description,
        "long_description": (
            f"{project['description']}\n\nA question that describes danger gets a referral before anything else. "
            "This is not medical advice and not a medical device. Nothing that is asked is stored, logged or sent "
            "anywhere. The first start needs the network, to install the Python packages that the server is built on."
        ),
        "author": {"name": "The skb-mcp authors"},
        "homepage": info.website_url,
        "icon": "icon.png",
        "server": {
            "type": "uv",
            "entry_point": "server.py",
            "mcp_config": {
                "command": "uv",
                "args": ["run", "--directory", "${__dirname}", "server.py"],
                "env": {"SKB_MCP_CORPUS": "${user_config.corpus}"},
            },
        },
        "tools": [{"name": tool.name, "description": tool.description} for tool in tools],
        "prompts": [_prompt(spec) for spec in PROMPTS],
        "keywords": project["keywords"],
        "license": project["license"],
        "compatibility": {
            "platforms": ["darwin", "win32", "linux"],
            "runtimes": {"python": project["requires-python"]},
        },
        "user_config": {
            "corpus": {
                "type": "directory",
                "title": "Corpus folder",
                "description": "A folder of pages of your own. Leave it empty to serve the pages that are built in.",
                "required": False,
            }
        },
    }


def _prompt(spec: PromptSpec) -> dict[str, Any]:
    """A prompt for hosts that take its text from here; the server's own holds the reply already."""
    text = (
        f"{spec.request}\n\n${{arguments.{spec.argument}}}\n\n"
        f"Call {TOOL_OF[spec.name]} with these words, unshortened, and answer only from its reply. If its outcome is "
        "referral, give referral.message first and no skincare advice. Cite the URLs in citations."
    )
    return {"name": spec.name, "description": spec.description, "arguments": [spec.argument], "text": text}


# The file


def members() -> Iterator[tuple[str, bytes]]:
    """(name in the bundle, content) of every file."""
    yield "manifest.json", f"{json.dumps(asyncio.run(manifest()), ensure_ascii=False, indent=2)}\n".encode()
    for name, source in SINGLE.items():
        yield name, (ROOT / source).read_bytes()
    for folder, endings in FOLDERS.items():
        for file in sorted((ROOT / folder).rglob("*")):
            name = file.relative_to(ROOT).as_posix()
            if file.suffix in endings and "/." not in f"/{name}":
                yield name, file.read_bytes()


def write_bundle(target: Path) -> None:
    """Write the bundle; its files carry no date, so that it is the same whenever and wherever it is built."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(target, "w") as bundle:
        for name, content in members():
            entry = ZipInfo(name)
            entry.compress_type = ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            bundle.writestr(entry, content)


# The official tool


def find_cli(*, offline: bool = False) -> list[str] | None:
    """The command of the official tool, or None where there is no Node.js or the package cannot be had.

    Args:
        offline: take it only from npm's cache.
    """
    npx = shutil.which("npx")
    if npx is None:
        return None
    command = [npx, "--yes", *(["--offline"] if offline else []), CLI]
    return command if _run([*command, "--version"]).returncode == 0 else None


def check_bundle(command: Sequence[str], bundle: Path) -> None:
    """Let the official tool unpack the bundle and validate what is in it.

    Raises:
        BundleError: it finds a fault.
    """
    with tempfile.TemporaryDirectory() as folder:
        for step in (["unpack", str(bundle), folder], ["validate", str(Path(folder, "manifest.json"))]):
            done = _run([*command, *step])
            if done.returncode != 0:
                raise BundleError(f"{done.stdout}{done.stderr}".strip())


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_UPDATE_NOTIFIER": "1", "npm_config_fetch_retries": "1"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Build skb-mcp.mcpb.")
    parser.add_argument("--target", type=Path, default=TARGET, help="file to write (default: dist/skb-mcp.mcpb)")
    parser.add_argument("--offline", action="store_true", help="check it only where the official tool is here already")
    options = parser.parse_args(arguments)
    if Path(skb_mcp.__file__).parent != ROOT / "src" / "skb_mcp":
        print("error: the manifest would tell of another copy of the package; first: pip install -e .")
        return 1
    write_bundle(options.target)
    print(f"wrote {options.target}, {options.target.stat().st_size // 1024} KB")
    command = find_cli(offline=options.offline)
    if command is None:
        print("skipped: not checked by the official tool, which needs Node.js and its npm package")
        return 0
    try:
        check_bundle(command, options.target)
    except BundleError as error:
        print(f"error: the official tool refuses it:\n{error}")
        return 1
    print("checked by the official tool")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
