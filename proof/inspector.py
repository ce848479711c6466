"""The MCP Inspector: the server as a client sees it that this project did not write.

`faults_of` goes through one server, in one protocol era: it lists and calls every tool, reads a
resource and gets every prompt. Each step is a command of its own, as a developer types it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["CALLS", "ERAS", "PROMPTS", "Inspector", "Refused", "faults_of", "starts"]

ERAS = {"legacy": "2025-11-25", "modern": "2026-07-28"}
"""What the Inspector calls a protocol era → the revision that is spoken there."""

PAGE = "https://skinknowledgebase.com/ingredients/niacinamide"
CALLS: dict[str, dict[str, str]] = {
    "lookup_question": {"question": "How do I get rid of red spots after pimples?", "detail": "full"},
    "list_ingredients_for_concern": {"concern": "red spots after pimples"},
    "get_sources": {"page": PAGE},
    "search": {"query": "niacinamide"},
    "fetch": {"id": PAGE},
    "list_entities": {"entity_type": "Ingredient"},
}
"""Every tool, with arguments that it answers."""

PROMPTS = {
    "answer_skin_question": {"question": "How do I get rid of red spots after pimples?"},
    "compare_ingredients": {"concern": "red spots after pimples"},
}
"""Every prompt, with arguments that it takes."""

QUIET = {"MCP_INSPECTOR_SECRET_STORE": "memory", "NO_UPDATE_NOTIFIER": "1"}
"""There are no secrets to keep, and nobody is there to be told of a keychain."""

PATIENCE = 60
"""Seconds that one command may take; it takes one or two."""

RESOURCE = "skb://ingredients/niacinamide"
CITE = "> Cite: "
"""How every page begins that is read as a resource."""


class Refused(Exception):
    """The Inspector could not do what it was asked; the message is what it says."""


@dataclass(frozen=True, slots=True)
class Inspector:
    """The command line of the Inspector, with one server out of one settings file."""

    program: Path
    settings: Path
    era: str
    home: Path

    def ask(self, method: str, *options: str) -> tuple[dict[str, Any], str]:
        """What one method returns, and what the Inspector remarks on it.

        Raises:
            Refused: its exit status is not 0, or it does not come to an end.
        """
        command = [str(self.program), "--cli", "--config", str(self.settings), "--server", "skb"]
        command += ["--protocol-era", self.era, "--format", "json", "-q", "--method", method, *options]
        environment = {**os.environ, "HOME": str(self.home), "USERPROFILE": str(self.home), **QUIET}
        asked = " ".join((method, *options))
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            raise Refused(f"{asked}: no end after {PATIENCE} seconds") from None
        if done.returncode != 0:
            raise Refused(f"{asked}: exit status {done.returncode}: {done.stderr.strip()}")
        result: dict[str, Any] = json.loads(done.stdout)["result"]
        return result, done.stderr


def starts(inspector: Inspector) -> Iterator[str]:
    """What is wrong with how the server of the settings file starts."""
    return _told(inspector, _introduction)


def faults_of(inspector: Inspector) -> Iterator[str]:
    """Everything that is wrong with the server of the settings file."""
    return _told(inspector, _introduction, _tools, _resources, _prompts)


def _told(inspector: Inspector, *checks: Callable[[Inspector], Iterator[str]]) -> Iterator[str]:
    for check in checks:
        try:
            yield from check(inspector)
        except Refused as error:
            yield str(error)
        except (LookupError, ValueError) as error:
            yield f"what the Inspector gives for {check.__name__.strip('_')} has another shape: {error!r}"


def _introduction(inspector: Inspector) -> Iterator[str]:
    said, _ = inspector.ask("initialize")
    name, revision = said["serverInfo"]["name"], said["protocolVersion"]
    if (name, revision) != ("skb-mcp", ERAS[inspector.era]):
        yield f"initialize: {name} speaks {revision}, not skb-mcp {ERAS[inspector.era]}"


def _tools(inspector: Inspector) -> Iterator[str]:
    listed, remarks = inspector.ask("tools/list", "--strict")
    names = [tool["name"] for tool in listed["tools"]]
    if names != list(CALLS):
        yield f"tools/list: {', '.join(names)}; CALLS of proof/inspector.py has {', '.join(CALLS)}"
    if "Warning:" in remarks or "Error:" in remarks:
        yield f"tools/list --strict: {remarks.strip()}"
    for name in names:
        arguments = ["--tool-args-json", json.dumps(CALLS.get(name, {}))]
        result, _ = inspector.ask("tools/call", "--tool-name", name, *arguments)
        yield from (f"{name}: {fault}" for fault in _faults_of_call(result))


def _faults_of_call(result: Mapping[str, Any]) -> Iterator[str]:
    structured, content = result["structuredContent"], result["content"]
    if [block["type"] for block in content] != ["text"] or json.loads(content[0]["text"]) != structured:
        yield "the one text block does not equal the structured content"
    if structured["outcome"] != "answer":
        yield f"its outcome is {structured['outcome']}"
    if not structured["citations"] or not structured["referral"]["message"]:
        yield "no page to cite or no caveat"


def _resources(inspector: Inspector) -> Iterator[str]:
    listed = {resource["uri"] for resource in inspector.ask("resources/list")[0]["resources"]}
    templates = {
        template["uriTemplate"] for template in inspector.ask("resources/templates/list")[0]["resourceTemplates"]
    }
    if RESOURCE not in listed:
        yield f"resources/list: {len(listed)} resources, and {RESOURCE} is not among them"
    if f"{RESOURCE.rpartition('/')[0]}/{{slug}}" not in templates:
        yield f"resources/templates/list: no template for {RESOURCE} in {', '.join(sorted(templates))}"
    (content,) = inspector.ask("resources/read", "--uri", RESOURCE)[0]["contents"]
    if (content["uri"], content["mimeType"]) != (RESOURCE, "text/markdown") or not content["text"].startswith(CITE):
        yield f"resources/read: {RESOURCE} is not a page with the line to cite on top"


def _prompts(inspector: Inspector) -> Iterator[str]:
    names = [prompt["name"] for prompt in inspector.ask("prompts/list")[0]["prompts"]]
    if names != list(PROMPTS):
        yield f"prompts/list: {', '.join(names)}; PROMPTS of proof/inspector.py has {', '.join(PROMPTS)}"
    for name in names:
        arguments = _pairs(PROMPTS.get(name, {}))
        (message,) = inspector.ask("prompts/get", "--prompt-name", name, "--prompt-args", *arguments)[0]["messages"]
        if '"outcome":"answer"' not in message["content"]["text"]:
            yield f"{name}: the prompt does not hold an answer"


def _pairs(arguments: Mapping[str, str]) -> Sequence[str]:
    return [f"{name}={value}" for name, value in arguments.items()]
