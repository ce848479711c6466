"""What others read of the server before they start it: the bundle, the registry's entry, the icon, one version."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tomllib
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from mcp import Client
from mcp.server import Server
from PIL import Image
from starlette.requests import Request

import draw_icon
import make_bundle
from conftest import ERAS, page, process, schema_faults, write_corpus
from skb_mcp import Library, __version__, build_server, load_corpus
from skb_mcp.card import SERVER_NAME, card_response
from skb_mcp.prompts import PROMPTS
from support import write

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[1]


# The bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dist") / "new" / "skb-mcp.mcpb"
    make_bundle.write_bundle(target)
    return target


@pytest.fixture(scope="module")
def unpacked(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with ZipFile(bundle) as opened:
        opened.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def manifest(unpacked: Path) -> dict[str, Any]:
    return dict[str, Any](json.loads((unpacked / "manifest.json").read_text(encoding="utf-8")))


def test_the_manifest_is_valid_by_its_own_schema(manifest: dict[str, Any]) -> None:
    schema = json.loads((ROOT / "tests" / "schemas" / "mcpb-manifest-v0.4.schema.json").read_text(encoding="utf-8"))
    assert schema_faults(schema, manifest) == []
    assert schema_faults(schema, {**manifest, "manifest_version": "0.3"}) != []
    assert schema_faults(schema, {**manifest, "server": {"type": "uv"}}) != []


@pytest.mark.parametrize("mode", ERAS)
async def test_the_manifest_says_what_the_server_says(mode: str, manifest: dict[str, Any], server: Server[Any]) -> None:
    async with Client(server, mode=mode) as client:
        info = client.server_info
        tools = (await client.list_tools()).tools
        prompts = (await client.list_prompts()).prompts
    assert manifest["tools"] == [{"name": tool.name, "description": tool.description} for tool in tools]
    told = [(p["name"], p["description"], p["arguments"]) for p in manifest["prompts"]]
    assert told == [(p.name, p.description, [a.name for a in p.arguments or ()]) for p in prompts]
    assert info
    shown = [manifest[key] for key in ("name", "display_name", "description", "version", "homepage")]
    assert shown == [info.name, info.title, info.description, info.version, info.website_url]


def test_a_prompt_of_the_manifest_asks_for_a_tool_that_is_there(manifest: dict[str, Any]) -> None:
    tools = {tool["name"] for tool in manifest["tools"]}
    for prompt, spec in zip(manifest["prompts"], PROMPTS, strict=True):
        assert prompt["text"].startswith(f"{spec.request}\n\n${{arguments.{spec.argument}}}\n\n")
        assert set(re.findall(r"Call (\w+)", prompt["text"])) <= tools
        assert "Call " in prompt["text"]
        assert "referral.message first" in prompt["text"]


def test_the_bundle_holds_the_source_the_corpus_and_nothing_else(bundle: Path, manifest: dict[str, Any]) -> None:
    names = ZipFile(bundle).namelist()
    assert len(names) == len(set(names))
    top = {"manifest.json", "server.py", "icon.png", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE"}
    modules = {f"src/skb_mcp/{file.name}" for file in (ROOT / "src" / "skb_mcp").glob("*.py")}
    corpus = {file.relative_to(ROOT).as_posix() for file in (ROOT / "corpus").rglob("*.*")}
    assert set(names) == top | modules | {"src/skb_mcp/py.typed"} | corpus
    assert {manifest["icon"], manifest["server"]["entry_point"]} <= set(names)


def test_what_tools_leave_behind_stays_out_of_the_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = {name: (ROOT / name).read_bytes() for name in make_bundle.SINGLE.values()}
    left = ("src/skb_mcp/__pycache__/x.pyc", "src/skb_mcp/_snapshot.sqlite", "corpus/.hidden.md", "corpus/.git/x.md")
    write(tmp_path, {**source, "src/skb_mcp/x.py": "", "corpus/a/x.md": ""})
    write(tmp_path, dict.fromkeys((*left, "corpus/a/x.md~"), ""))
    monkeypatch.setattr(make_bundle, "ROOT", tmp_path)
    names = [name for name, _ in make_bundle.members()]
    assert names == ["manifest.json", *make_bundle.SINGLE, "src/skb_mcp/x.py", "corpus/a/x.md"]


def test_the_same_source_gives_the_same_bytes(bundle: Path, tmp_path: Path) -> None:
    make_bundle.write_bundle(tmp_path / "again.mcpb")
    assert (tmp_path / "again.mcpb").read_bytes() == bundle.read_bytes()


def test_what_the_bundle_starts_is_the_source_inside_it_and_an_unset_folder_means_the_built_in_pages(
    unpacked: Path, manifest: dict[str, Any], tmp_path: Path
) -> None:
    config = manifest["server"]["mcp_config"]
    assert (config["command"], config["args"]) == ("uv", ["run", "--directory", "${__dirname}", "server.py"])
    assert config["env"] == {"SKB_MCP_CORPUS": "${user_config.corpus}"}
    assert manifest["user_config"]["corpus"]["required"] is False
    # What uv does, without its download: the same script, with the source of the bundle before all else.
    copy = tmp_path / "copy"
    shutil.copytree(unpacked, copy)
    home = copy / "src" / "skb_mcp" / "__init__.py"
    home.write_text(home.read_text(encoding="utf-8").replace(__version__, "9.9.9"), encoding="utf-8")
    for value in (config["env"]["SKB_MCP_CORPUS"], ""):
        env = {"PYTHONPATH": str(copy / "src"), "SKB_MCP_CORPUS": value}
        with process(config["args"][-1], env=env, cwd=copy, command=Path(sys.executable)) as running:
            assert running.initialize()["result"]["serverInfo"]["version"] == "9.9.9"
            listed = running.request("tools/list")["result"]["tools"]
            status, out, err = running.close()
        assert [tool["name"] for tool in listed] == [tool["name"] for tool in manifest["tools"]]
        assert (status, out) == (0, b"")
        assert re.fullmatch(r"skb-mcp 9\.9\.9: 16\d pages of skin-knowledge-base 1\.0\.0\n", err.decode())


def test_a_folder_that_was_chosen_is_served(unpacked: Path, tmp_path: Path) -> None:
    folder = write_corpus(tmp_path / "my pages", page("Ingredient", "niacinamide", "Niacinamide"))
    env = {"PYTHONPATH": str(unpacked / "src"), "SKB_MCP_CORPUS": str(folder)}
    with process("server.py", env=env, cwd=unpacked, command=Path(sys.executable)) as running:
        running.initialize()
        listed = running.request("tools/call", {"name": "list_entities", "arguments": {}})
    assert listed["result"]["structuredContent"]["total"] == 1


# The official tool


@pytest.fixture(scope="module")
def official() -> list[str]:
    command = make_bundle.find_cli(offline=True)
    if command is None:
        pytest.skip(f"the official tool is not here: Node.js with {make_bundle.CLI} in npm's cache")
    return command


def test_the_official_tool_accepts_the_bundle(official: list[str], bundle: Path) -> None:
    make_bundle.check_bundle(official, bundle)


def test_the_official_tool_refuses_a_bundle_without_its_icon(
    official: list[str], manifest: dict[str, Any], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.mcpb"
    with ZipFile(broken, "w") as opened:
        opened.writestr("manifest.json", json.dumps(manifest))
    with pytest.raises(make_bundle.BundleError, match=r"Icon file not found"):
        make_bundle.check_bundle(official, broken)


def test_without_node_the_bundle_is_built_and_it_says_that_nobody_checked_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    target = tmp_path / "skb-mcp.mcpb"
    assert make_bundle.main(["--target", str(target)]) == 0
    assert "not checked by the official tool" in capsys.readouterr().out
    assert ZipFile(target).testzip() is None


def test_no_bundle_is_made_of_one_copy_with_the_manifest_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(make_bundle, "ROOT", tmp_path)
    assert make_bundle.main(["--target", str(tmp_path / "skb-mcp.mcpb")]) == 1
    assert capsys.readouterr().out.startswith("error: the manifest would tell of another copy of the package")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for npx is a shell script")
@pytest.mark.parametrize(
    ("accepts", "status", "said"),
    [
        ("exit 0", 0, "checked by the official tool"),
        ("echo no such field >&2; exit 1", 1, "error: the official tool refuses it:\nno such field"),
    ],
)
def test_the_verdict_of_the_official_tool_is_the_exit_status(
    accepts: str,
    status: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    npx = tmp_path / "npx"
    npx.write_text(f'#!/bin/sh\ncase "$*" in *validate*) {accepts};; esac\n', encoding="utf-8")
    npx.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert make_bundle.main(["--target", str(tmp_path / "skb-mcp.mcpb")]) == status
    assert capsys.readouterr().out.split("\n", 1)[1].strip() == said


# The registry's entry

TEXT = {"type": "string", "minLength": 1}
REGISTRY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "$schema": {"const": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"},
        "name": {"type": "string", "pattern": r"^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$", "maxLength": 200},
        "title": {**TEXT, "maxLength": 100},
        "description": {**TEXT, "maxLength": 100},
        "version": {"type": "string", "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+([-+.][0-9A-Za-z.-]+)?$"},
        "websiteUrl": {"type": "string", "pattern": r"^https://\S+$"},
        "packages": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/package"}},
    },
    "required": ["$schema", "name", "description", "version", "packages"],
    "additionalProperties": False,
    "$defs": {
        "package": {
            "type": "object",
            "properties": {
                "registryType": {"const": "pypi"},
                "identifier": {"const": "skb-mcp"},
                "version": {"type": "string", "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+([-+.][0-9A-Za-z.-]+)?$"},
                "runtimeHint": {"const": "uvx"},
                "transport": {"const": {"type": "stdio"}},
                "environmentVariables": {"type": "array", "items": {"$ref": "#/$defs/variable"}},
            },
            "required": ["registryType", "identifier", "version", "transport"],
            "additionalProperties": False,
        },
        "variable": {
            "type": "object",
            "properties": {
                "name": TEXT,
                "description": TEXT,
                "format": {"enum": ["string", "number", "boolean", "filepath"]},
                "isRequired": {"type": "boolean"},
            },
            "required": ["name"],
            "additionalProperties": False,
        },
    },
}
"""What the registry says of the fields that are used here beside its schema, and no field beside them."""

OFFICIAL: dict[str, Any] = json.loads(
    (resources.files("skillsaw.schemas.mcp_registry.v2025_12_11") / "server.schema.json").read_text(encoding="utf-8")
)
"""The schema that the registry publishes."""

ENTRY: dict[str, Any] = json.loads((ROOT / "server.json").read_text(encoding="utf-8"))


def test_the_entry_is_valid_by_the_registrys_own_schema() -> None:
    assert ENTRY["$schema"] == OFFICIAL["$id"]
    assert schema_faults(OFFICIAL, ENTRY) == []


@pytest.mark.parametrize("fault", [{"name": "skb-mcp"}, {"description": "x" * 101}, {"version": 1}, {"packages": [{}]}])
def test_the_registrys_own_schema_finds_faults(fault: dict[str, Any]) -> None:
    assert schema_faults(OFFICIAL, ENTRY | fault) != []


def test_the_entry_is_what_the_registry_takes() -> None:
    assert schema_faults(REGISTRY, ENTRY) == []


@pytest.mark.parametrize(
    "fault", [{"name": "skb-mcp"}, {"description": "x" * 101}, {"version": "^0.1"}, {"packages": [{}]}, {"author": "x"}]
)
def test_the_rules_for_the_entry_find_faults(fault: dict[str, Any]) -> None:
    assert schema_faults(REGISTRY, ENTRY | fault) != []


def test_the_entry_says_what_the_server_card_says(card: dict[str, Any]) -> None:
    shared = ("name", "title", "description", "version", "websiteUrl")
    assert {key: ENTRY[key] for key in shared} == {key: card[key] for key in shared}


def test_the_readme_proves_to_the_registry_whose_package_it_is() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"mcp-name: (\S+)", readme) == [SERVER_NAME] == [ENTRY["name"]]


async def test_the_variable_of_the_entry_is_the_one_that_is_read(tmp_path: Path) -> None:
    (variable,) = ENTRY["packages"][0]["environmentVariables"]
    folder = write_corpus(tmp_path, page("Ingredient", "niacinamide", "Niacinamide"))
    with process("serve", env={variable["name"]: str(folder)}) as running:
        running.initialize()
        assert running.close()[2].startswith(f"skb-mcp {__version__}: 1 pages of ".encode())


# One version


@pytest.fixture(scope="module")
def card() -> dict[str, Any]:
    """The card of a server over HTTP."""
    scope = {"type": "http", "scheme": "http", "path": "/mcp/server-card", "headers": [(b"host", b"127.0.0.1:8000")]}
    response = card_response(build_server(Library(load_corpus())), Request(scope), "/mcp")
    return dict[str, Any](json.loads(bytes(response.body)))


def test_there_is_one_version_number(manifest: dict[str, Any], card: dict[str, Any]) -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert pyproject["project"]["dynamic"] == ["version"]
    home = (ROOT / pyproject["tool"]["hatch"]["version"]["path"]).read_text(encoding="utf-8")
    kubernetes = (ROOT / "deploy" / "kubernetes.yaml").read_text(encoding="utf-8")
    versions = {
        "package": re.findall(r'^__version__ = "(.+)"$', home, re.MULTILINE),
        "registry": [ENTRY["version"]],
        "registry, package": [package["version"] for package in ENTRY["packages"]],
        "bundle": [manifest["version"]],
        "server card": [card["version"]],
        "deployment": re.findall(r"image: skb-mcp:(\S+)", kubernetes),
    }
    assert versions == {place: [__version__] for place in versions}


# The icon


def pixels(png: bytes) -> np.ndarray[Any, np.dtype[np.int16]]:
    return np.asarray(Image.open(BytesIO(png)).convert("RGBA"), dtype=np.int16)


def test_the_icon_is_512_pixels_wide_and_high_and_as_it_was_drawn(unpacked: Path) -> None:
    png = (ROOT / "assets" / "icon.png").read_bytes()
    assert (unpacked / "icon.png").read_bytes() == png
    assert pixels(png).shape == (512, 512, 4)
    # Another version of the drawing library may smooth an edge a little differently.
    assert np.abs(pixels(png) - pixels(draw_icon.drawn())).max() <= 8


def test_the_icon_is_legible_at_32_pixels() -> None:
    small = pixels(draw_icon.drawn(32))
    drop, book, ground = (luminance(small[y, x]) for y, x in ((12, 16), (22, 9), (16, 3)))
    assert min(drop, book) > ground
    assert (drop + 0.05) / (ground + 0.05) >= 4
    assert (book + 0.05) / (ground + 0.05) >= 4
    # Drop and book do not run into each other.
    assert luminance(small[19, 16]) < min(drop, book) / 2


def luminance(pixel: np.ndarray[Any, np.dtype[np.int16]]) -> float:
    """Relative luminance of an sRGB pixel, as WCAG 2 defines it."""
    assert pixel[3] == 255
    parts = pixel[:3] / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ np.array([0.2126, 0.7152, 0.0722]))
