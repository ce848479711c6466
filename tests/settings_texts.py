"""Settings as people write them, for property tests: a text and what it means, made together.

Each strategy gives a text in some random layout, the value that it holds, and its comments; what a text
means is thus known without any parser of ours. With `entry`, that entry stands somewhere in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from hypothesis import strategies as st

Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]


class Written(NamedTuple):
    text: str
    meaning: dict[str, Any]
    remarks: list[str]
    """Its comments, in their order."""


NAME = "skb"
CONTAINERS = {"json": "mcpServers", "toml": "mcp_servers", "yaml": "extensions"}

WORDS = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=8)
TRAPS = st.sampled_from(["// none", "/* none */", "# none", "a, }", '"', "\\", "[mcp_servers.skb]", "\n", "http://x"])
NAMES = st.sampled_from(["a", "b", "théme", "servers", "skb-else", "x.y", "//", "k#"])
LATER = st.sampled_from(["y", "z"])
NUMBERS = st.integers(-(2**53), 2**53)
SCALARS = WORDS | TRAPS | st.booleans() | NUMBERS


def trees(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Small objects of objects, lists and leaves."""
    values = st.recursive(leaves, lambda inner: st.dictionaries(NAMES, inner, max_size=3), max_leaves=5)
    return st.dictionaries(NAMES, values, max_size=2)


def document(draw: Draw, container: str, leaves: st.SearchStrategy[Any], entry: object) -> dict[str, Any]:
    """An object that may hold the container, and does where an entry belongs in it."""
    meaning: dict[str, Any] = draw(trees(leaves))
    if entry is not None or draw(st.booleans()):
        others = list(draw(trees(leaves)).items())
        if entry is not None:
            others.insert(draw(st.integers(0, len(others))), (NAME, entry))
        meaning[container] = dict(others)
    return {**meaning, **draw(st.dictionaries(LATER, leaves, max_size=2))}


class Pen:
    """Writes a text piece by piece, with random space and comments between the pieces."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.newline = draw(st.sampled_from(["\n", "\r\n"]))
        self.remarks: list[str] = []

    def remark(self, mark: str, end: str = "") -> str:
        self.remarks.append(f"{mark} remark {len(self.remarks):03}{end}")
        return self.remarks[-1]

    def rarely(self, *choices: str) -> str:
        """Mostly nothing."""
        return str(self.draw(st.sampled_from(["", "", "", "", *choices])))

    def written(self, text: str, meaning: dict[str, Any]) -> Written:
        return Written(text, meaning, sorted(self.remarks, key=text.index))


class JsonPen(Pen):
    def gap(self) -> str:
        match self.rarely("line", "block", " ", "\t", self.newline, f"{self.newline}    "):
            case "line":
                return f" {self.remark('//')}{self.newline}"
            case "block":
                end = self.draw(st.sampled_from([" */", f'{self.newline} " }} */']))
                return f"{self.remark('/*', end)} "
            case space:
                return space

    def value(self, value: object) -> str:
        if isinstance(value, dict):
            pairs = [(f"{self.text(key)}{self.gap()}:{self.gap()}", inner) for key, inner in value.items()]
            return self.listed("{", [f"{key}{self.value(inner)}" for key, inner in pairs], "}")
        if isinstance(value, list):
            return self.listed("[", [self.value(inner) for inner in value], "]")
        return self.text(value)

    def text(self, value: object) -> str:
        return json.dumps(value, ensure_ascii=self.draw(st.booleans()))

    def listed(self, opening: str, parts: list[str], closing: str) -> str:
        written = opening
        for left, part in zip(reversed(range(len(parts))), parts, strict=True):
            written += f"{self.gap()}{part}{self.gap()}{',' if left else self.rarely(',')}"
        return f"{written}{self.gap()}{closing}"


@st.composite
def json_texts(draw: Draw, entry: object = None) -> Written:
    """JSON with comments and trailing commas: in any layout, or as programs write it."""
    meaning = document(draw, CONTAINERS["json"], SCALARS | st.lists(SCALARS, max_size=3), entry)
    pen = JsonPen(draw)
    layout = draw(st.sampled_from(["any", "any", None, 2, 4, "\t"]))
    if layout != "any":
        text = json.dumps(meaning, indent=layout, ensure_ascii=False) + draw(st.sampled_from(["", "\n"]))
        return pen.written(text.replace("\n", pen.newline), meaning)
    return pen.written(pen.gap() + pen.value(meaning) + pen.gap(), meaning)


class TomlPen(Pen):
    def rest(self) -> str:
        """What may stand behind a statement, to the end of its line and beyond."""
        behind = f"  {self.remark('#')}" if self.rarely("remark") else ""
        below = f"{self.newline}{self.remark('#')}" if self.rarely("remark") else ""
        return f"{behind}{below}{self.newline * self.draw(st.integers(1, 3))}"

    def value(self, value: object) -> str:
        if isinstance(value, list):
            between = self.draw(st.sampled_from([", ", f",{self.newline}  "]))
            return f"[{between.join(self.value(inner) for inner in value)}]"
        return json.dumps(value, ensure_ascii=False)

    def table(self, name: str, values: dict[str, Any]) -> str:
        lines = [f"[{name}]{self.rest()}"] if name else []
        lines += [f"{json.dumps(key)} = {self.value(inner)}{self.rest()}" for key, inner in values.items()]
        return "".join(lines)


BAIT = '[bait]\ntext = """\n[mcp_servers.skb]\n# none\n[bait.no]\n"""\nlist = [\n  [1],\n]\n[[bait.more]]\nn = 1\n'
"""A table that holds what looks like headers and comments, and means what follows."""
BAIT_MEANING = {"text": "[mcp_servers.skb]\n# none\n[bait.no]\n", "list": [[1]], "more": [{"n": 1}]}
FLAT = st.dictionaries(NAMES, SCALARS | st.lists(WORDS | TRAPS, max_size=3), max_size=2)


@st.composite
def toml_texts(draw: Draw, entry: Any = None) -> Written:
    """TOML with comments, and with texts and lists that look like what they are not."""
    pen = TomlPen(draw)
    meaning: dict[str, Any] = draw(FLAT)
    text = pen.table("", meaning)
    ours = [] if entry is None else ["mcp_servers.skb"]
    for name in draw(st.permutations([*ours, *draw(st.sets(st.sampled_from(["tools", "mcp_servers.other", "bait"])))])):
        values = entry if name in ours else BAIT_MEANING if name == "bait" else draw(FLAT)
        text += BAIT.replace("\n", pen.newline) if name == "bait" else pen.table(name, values)
        outer, _, inner = name.partition(".")
        meaning[outer] = {**meaning.get(outer, {}), inner: values} if inner else values
    return pen.written(text if draw(st.booleans()) else text.rstrip(), meaning)


class YamlPen(Pen):
    def block(self, values: dict[str, Any], indent: str) -> str:
        step = self.draw(st.sampled_from(["  ", "    ", " "]))
        return "".join(self.entry(key, inner, indent, step) for key, inner in values.items())

    def entry(self, key: str, value: object, indent: str, step: str) -> str:
        above = f"{indent}{self.remark('#')}{self.newline}" if self.rarely("remark") else ""
        start = f"{above}{indent}{json.dumps(key, ensure_ascii=False)}:"
        if isinstance(value, dict) and value:
            return f"{start}{self.rest()}{self.block(value, indent + step)}"
        if isinstance(value, list) and value:
            dash = self.draw(st.sampled_from([indent, indent + step]))
            return f"{start}{self.rest()}" + "".join(f"{dash}- {self.scalar(inner)}{self.rest()}" for inner in value)
        return f"{start}{self.draw(st.sampled_from([' ', '   ']))}{self.scalar(value)}{self.rest()}"

    def rest(self) -> str:
        behind = f" {self.remark('#')}" if self.rarely("remark") else ""
        return f"{behind}{self.newline * self.draw(st.sampled_from([1, 1, 2]))}"

    def scalar(self, value: object) -> str:
        if value is None:
            return str(self.draw(st.sampled_from(["null", "~"])))
        return json.dumps(value, ensure_ascii=False)


@st.composite
def yaml_texts(draw: Draw, entry: object = None) -> Written:
    """YAML in blocks, as people and programs write it, with comments."""
    leaves = SCALARS | st.none() | st.lists(SCALARS, max_size=3)
    pen = YamlPen(draw)
    meaning = document(draw, CONTAINERS["yaml"], leaves, entry)
    text = draw(st.sampled_from(["", f"---{pen.newline}"])) + (pen.block(meaning, "") if meaning else "")
    return pen.written(text if draw(st.booleans()) else text.rstrip(), meaning)


TEXTS: dict[str, Callable[..., st.SearchStrategy[Written]]] = {
    "json": json_texts,
    "toml": toml_texts,
    "yaml": yaml_texts,
}
