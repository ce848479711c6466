"""The rooms of the package: what each may import, and who alone may touch the SDK, arguments and environment."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "skb_mcp"
ARCHITECTURE = ROOT / "docs" / "architecture.md"

LAYERS: dict[str, set[str]] = {
    "__init__": {"corpus", "errors", "library", "loading", "server"},
    "__main__": {"cli"},
    "card": {"__version__", "library", "models"},
    "catalogue": {"corpus", "graph", "models", "paging", "replies"},
    "checks": {
        *("corpus", "data_files", "desk", "drafts", "editorial", "errors", "front_matter", "models"),
        *("pages", "reading", "rule_checks", "safe_yaml", "tracing", "vocabulary"),
    },
    "cli": {
        *("__version__", "checks", "corpus", "errors", "evaluation", "http", "install", "launching", "library"),
        *("loading", "logs", "machine", "options", "probe", "replies", "server", "terminal"),
    },
    "clients": {"editing"},
    "compiled": {"snapshot", "stored"},
    "compose": {"corpus", "graph", "models", "prose", "replies", "urls"},
    "confidence": set(),
    "config_file": {"splicing"},
    "corpus": set("documents errors graph language models ranking rules screen_tables topics".split()),
    "counting": {"lookup", "text", "texts", "typos"},
    "data_files": set("corpus drafts errors language rules safe_yaml screen_tables snapshot topics".split()),
    "delivery": set(),
    "desk": {"models", "prose", "sections", "text", "urls"},
    "documents": set("graph language listing models naming ranking topics".split()),
    "drafts": {"errors", "front_matter", "models", "urls"},
    "draining": set(),
    "editing": {"json_text", "splicing", "toml_text", "yaml_text"},
    "editorial": {"desk", "models", "prose"},
    "endpoint": {"draining", "library", "limits", "refusals"},
    "errors": set(),
    "evaluation": {"errors", "library", "models", "replies"},
    "fetching": {"__version__", "errors"},
    "front_matter": {"errors"},
    "gate": {"models", "sections", "urls"},
    "graph": {"models", "roles", "urls"},
    "hearing": {"lookup", "screen_tables", "second_reading", "text"},
    "hits": {"ranking", "replies"},
    "http": set("card delivery endpoint library limits loading logs server".split()),
    "index": {"counting", "lookup", "text", "texts", "typos"},
    "install": {"clients", "config_file", "editing", "launching", "machine", "splicing"},
    "json_text": {"splicing"},
    "language": {"models", "text"},
    "launching": {"clients"},
    "layered": {"counting", "lookup"},
    "library": set(
        "catalogue compose corpus errors graph hits models phrasing ranking referral replies resolve".split()
    ),
    "limits": set(),
    "listing": set("counting index layered lookup naming text texts".split()),
    "loading": set("compiled corpus data_files errors listing models reading screen_tables snapshot stored".split()),
    "logs": set(),
    "lookup": set(),
    "machine": {"clients", "splicing"},
    "mentions": set("counting index lookup naming phrasing text texts".split()),
    "models": set(),
    "naming": {"counting", "index", "lookup", "models", "text", "texts"},
    "options": {"__version__"},
    "pages": {"drafts", "errors", "front_matter", "models", "sections", "urls"},
    "paging": {"errors", "models"},
    "phrasing": set(),
    "probe": {"drafts", "errors", "fetching", "reading"},
    "prompts": {"library", "replies"},
    "prose": set(),
    "ranking": set("confidence counting index lookup mentions models naming phrasing subjects text".split()),
    "reading": set("corpus data_files drafts errors gate models pages urls".split()),
    "referral": {"hearing", "models", "screen_tables", "second_reading", "text"},
    "refusals": {"errors", "library", "replies", "tools"},
    "replies": {"models"},
    "resolve": set("confidence errors graph listing models ranking text urls".split()),
    "roles": {"models", "urls"},
    "rule_checks": {"errors", "referral", "rules", "safe_yaml", "screen_tables"},
    "rules": {"errors", "models", "safe_yaml", "text"},
    "safe_yaml": {"errors"},
    "screen_tables": {"models", "rules", "second_reading", "text"},
    "second_reading": {"lookup", "models"},
    "sections": {"models", "prose"},
    "server": set("__version__ draining errors library models prompts refusals replies tools".split()),
    "snapshot": {"corpus", "stored"},
    "splicing": {"errors"},
    "stored": {"lookup"},
    "subjects": {"lookup"},
    "terminal": {"evaluation", "models", "ranking", "replies"},
    "text": set(),
    "texts": {"text"},
    "toml_text": {"splicing"},
    "tools": {"errors", "library", "models", "replies"},
    "topics": {"language", "listing", "naming", "ranking", "text"},
    "tracing": {"desk", "editorial", "models", "prose", "urls"},
    "typos": set(),
    "urls": {"models"},
    "vocabulary": {"desk", "language", "models", "text"},
    "yaml_text": {"splicing"},
}
"""Exactly what each module imports from this package, inside functions and for type checkers too."""

ONLY_IN: dict[str, set[str]] = {
    "mcp": {"card", "endpoint", "http", "server"},
    "mcp_types": {"card"},
    "starlette": {"card", "endpoint", "http", "limits"},
    "uvicorn": {"delivery", "http"},
    "jsonschema": set(),
    "argparse": {"options"},
    "signal": {"cli"},
    "yaml": {"safe_yaml", "yaml_text"},
    "tomlkit": {"toml_text"},
    "frontmatter": {"front_matter", "safe_yaml"},
    "markdown_it": {"gate", "sections"},
    "rapidfuzz": {"hearing", "naming", "probe", "typos"},
    "Stemmer": {"text"},
    "socket": {"fetching", "http"},
    "ssl": set(),
    "urllib.request": set(),
    "http": set(),
    "httpx": set(),
    "subprocess": set(),
    "pickle": set(),
    "random": {"evaluation", "fetching"},
    "httpx2": {"fetching"},
    "platformdirs": {"probe"},
    "tqdm": {"probe"},
    "time": {"http", "logs"},  # for the log: no answer depends on a clock
}
"""Packages that are the business of few rooms, or of none."""


def trees() -> dict[str, ast.Module]:
    return {file.stem: ast.parse(file.read_text(encoding="utf-8")) for file in sorted(PACKAGE.glob("*.py"))}


TREES = trees()


def imports(tree: ast.Module) -> Iterator[str]:
    """Every module that is imported anywhere in a file; relative ones with a dot in front."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 1, "the package is flat"
            yield from ([f".{node.module}"] if node.module else [f".{alias.name}" for alias in node.names])


IMPORTS = {name: set(imports(tree)) for name, tree in TREES.items()}
OWN = {name: {i.removeprefix(".") for i in found if i.startswith(".")} for name, found in IMPORTS.items()}
FOREIGN = {name: {i for i in found if not i.startswith(".")} for name, found in IMPORTS.items()}


def test_every_module_imports_exactly_what_the_table_says() -> None:
    assert OWN == LAYERS


def test_no_module_imports_this_package_by_its_full_name() -> None:
    assert [name for name, found in FOREIGN.items() if any(i.startswith("skb_mcp") for i in found)] == []


def test_the_layers_form_no_circle() -> None:
    # The package's front door imports its rooms lazily, and two rooms read its version.
    left = {name: needs - {"__version__"} for name, needs in LAYERS.items() if name != "__init__"}
    while free := {name for name, needs in left.items() if not needs & set(left)}:
        left = {name: needs for name, needs in left.items() if name not in free}
    assert left == {}


@pytest.mark.parametrize("package", ONLY_IN)
def test_a_package_is_imported_only_where_it_is_the_business_of_the_room(package: str) -> None:
    users = {n for n, found in FOREIGN.items() if any(i == package or i.startswith(f"{package}.") for i in found)}
    assert users == ONLY_IN[package]


def attributes(tree: ast.Module) -> set[str]:
    return {
        f"{n.value.id}.{n.attr}"
        for n in ast.walk(tree)
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)
    }


def test_only_the_command_line_reads_arguments_and_prints_and_only_a_factory_reads_the_environment_too() -> None:
    def readers(*what: str) -> set[str]:
        return {name for name, tree in TREES.items() if attributes(tree) & set(what)}

    assert readers("sys.argv", "os.getcwd", "Path.cwd", "Path.home") == {"cli"}
    assert readers("os.environ", "os.getenv") == {"cli", "http"}
    prints = {
        name
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert prints == {"cli"}


def test_every_module_says_what_it_is_for_and_what_it_offers() -> None:
    assert [name for name, tree in TREES.items() if not ast.get_docstring(tree)] == []
    assert [name for name, tree in TREES.items() if not any(map(offers_names, tree.body))] == ["__main__"]


def offers_names(statement: ast.stmt) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)


def documented() -> dict[str, set[str]]:
    """The table of rooms in the architecture page: the first column, and the names in the last one."""
    found = {}
    for line in ARCHITECTURE.read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"\| `(\w+)` \|.*\| ([^|]+) \|", line):
            found[match[1]] = set(re.findall(r"`(\w+)`", match[2]))
    return found


@pytest.mark.skipif(not ARCHITECTURE.exists(), reason="docs/architecture.md is not written yet")
def test_the_architecture_page_shows_the_same_table() -> None:
    assert documented() == LAYERS
