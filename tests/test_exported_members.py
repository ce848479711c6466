"""The front door: `__all__` is frozen, and the rest is ours to change."""

from __future__ import annotations

import subprocess
import sys

import pytest

import skb_mcp

EXPORTED = [
    "Corpus",
    "CorpusError",
    "Finding",
    "InvalidArguments",
    "Library",
    "RequestError",
    "SkbError",
    "UnknownEntity",
    "__version__",
    "build_server",
    "load_corpus",
    "serve_stdio",
]


def test_exactly_these_names_are_exported() -> None:
    assert skb_mcp.__all__ == EXPORTED == sorted(EXPORTED)
    assert dir(skb_mcp) == EXPORTED


@pytest.mark.parametrize("name", EXPORTED)
def test_every_exported_name_can_be_imported_and_says_what_it_is(name: str) -> None:
    exported = getattr(skb_mcp, name)
    assert isinstance(exported, str) or exported.__doc__


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'skb_mcp' has no attribute 'Oracle'"):
        _ = skb_mcp.Oracle


def test_the_exceptions_form_the_tree_that_is_drawn() -> None:
    assert issubclass(skb_mcp.CorpusError, skb_mcp.SkbError)
    assert issubclass(skb_mcp.RequestError, skb_mcp.SkbError)
    assert issubclass(skb_mcp.InvalidArguments, skb_mcp.RequestError)
    assert issubclass(skb_mcp.UnknownEntity, skb_mcp.RequestError)


def imported_by(statement: str) -> set[str]:
    """The top-level packages that a fresh interpreter has loaded after a statement."""
    code = f"import sys; before = set(sys.modules); {statement}; print(*sorted(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in run.stdout.split()}


HEAVY = {"mcp", "mcp_types", "pydantic", "anyio", "markdown_it", "yaml", "frontmatter", "rapidfuzz", "Stemmer"}


def test_importing_the_package_imports_nothing_that_costs_time() -> None:
    assert imported_by("import skb_mcp") & HEAVY == set()
    assert imported_by("from skb_mcp import CorpusError, Finding") & HEAVY == set()


def test_a_library_can_be_used_without_the_sdk() -> None:
    loaded = imported_by("from skb_mcp import Library, load_corpus; Library(load_corpus())")
    assert loaded & {"mcp", "mcp_types"} == set()
