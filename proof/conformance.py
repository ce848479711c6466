"""The official conformance scenarios, of which those count that mean something for a server of its own.

Every scenario that the suite runs for a revision is either in `APPLICABLE` or, with a reason, in
`NOT_APPLICABLE`: one that is new, renamed or gone is a fault, so that the lists stay whole. Of a scenario
that applies, every check must succeed.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["APPLICABLE", "EXCEPTED", "NOT_APPLICABLE", "Check", "faults_of", "ran", "stale"]

APPLICABLE: dict[str, frozenset[str]] = {
    "2025-11-25": frozenset(
        ("server-initialize", "ping", "tools-list", "resources-list", "prompts-list", "dns-rebinding-protection")
    ),
    "2026-07-28": frozenset(
        (
            "server-stateless",
            "tools-list",
            "resources-list",
            "prompts-list",
            "sep-2164-resource-not-found",
            "caching",
            "http-header-validation",
            "server-sse-multiple-streams",
            "input-required-result-unsupported-methods",
            "dns-rebinding-protection",
        )
    ),
}

# Many scenarios call what only the suite's own test server has. What they are about (calls, reads, prompts)
# is proved on this server's tools, resources and prompts by the Inspector, and completions by the test suite.
_WANTS = "wants {} of the suite's test server"

# Three of these would pass all the same, because an unknown tool is refused: that proves nothing.
_INPUT_REQUIRED = "wants a tool that asks the client back; no tool of this server does"

_TASKS = "an extension that this server does not offer: every answer is there at once"

NOT_APPLICABLE: dict[str, str] = {
    # The suite's own tools
    **{
        f"tools-call-{name}": _WANTS.format(f"the tool {tool}")
        for name, tool in {
            "simple-text": "test_simple_text",
            "image": "test_image_content",
            "audio": "test_audio_content",
            "embedded-resource": "test_embedded_resource",
            "mixed-content": "test_multiple_content_types",
            "with-logging": "test_tool_with_logging",
            "error": "test_error_handling",
            "with-progress": "test_tool_with_progress",
            "sampling": "test_sampling",
            "elicitation": "test_elicitation",
        }.items()
    },
    "elicitation-sep1034-defaults": _WANTS.format("the tool test_elicitation_sep1034_defaults"),
    "elicitation-sep1330-enums": _WANTS.format("the tool test_elicitation_sep1330_enums"),
    "json-schema-2020-12": _WANTS.format("the tool json_schema_2020_12_tool"),
    "http-custom-header-server-validation": "wants a tool with an x-mcp-header parameter; no tool here has one",
    # Its own resources and prompts
    "resources-read-text": _WANTS.format("the resource test://static-text"),
    "resources-read-binary": _WANTS.format("the resource test://static-binary"),
    "resources-templates-read": _WANTS.format("the template test://template/{id}/data"),
    "prompts-get-simple": _WANTS.format("the prompt test_simple_prompt"),
    "prompts-get-with-args": _WANTS.format("the prompt test_prompt_with_arguments"),
    "prompts-get-embedded-resource": _WANTS.format("the prompt test_prompt_with_embedded_resource"),
    "prompts-get-with-image": _WANTS.format("the prompt test_prompt_with_image"),
    "completion-complete": _WANTS.format("the prompt test_prompt_with_arguments; slugs and concerns are completed"),
    # What this server leaves out on purpose
    "logging-set-level": "deprecated; the log goes to standard error",
    "resources-subscribe": "nothing changes while the server runs, and it says so in its capabilities",
    "resources-unsubscribe": "nothing changes while the server runs, and it says so in its capabilities",
    "server-session-lifecycle": "there are no sessions",
    "server-sse-polling": "there are no sessions and no streams: replies are JSON",
    "2025-11-25/server-sse-multiple-streams": "there are no sessions in which to open streams",
    **{
        f"input-required-result-{name}": _INPUT_REQUIRED
        for name in (
            "basic-elicitation",
            "basic-sampling",
            "basic-list-roots",
            "request-state",
            "multiple-input-requests",
            "multi-round",
            "missing-input-response",
            "non-tool-request",
            "result-type",
            "tampered-state",
            "capability-check",
            "ignore-extra-params",
            "validate-input",
        )
    },
    **{
        f"tasks-{name}": _TASKS
        for name in (
            "lifecycle",
            "capability-negotiation",
            "wire-fields",
            "request-state-removal",
            "mrtr-input",
            "request-headers",
            "dispatch-and-envelope",
            "status-notifications",
            "required-task-error",
            "mrtr-composition",
        )
    },
}
"""Scenario, with a revision before it where it is about that one alone → why it says nothing of this server."""

EXCEPTED: dict[str, str] = {
    "sep-2575-server-rejects-undeclared-capability": _WANTS.format("the tool test_missing_capability"),
    "sep-2575-missing-capability-http-400": _WANTS.format("the tool test_missing_capability"),
    "sep-2575-http-server-no-independent-requests-on-stream": _WANTS.format("the tool test_streaming_elicitation"),
    "sep-2575-server-no-log-without-loglevel": _WANTS.format("the tool test_logging_tool"),
    "sep-2164-data-uri": "a recommendation: an error should repeat the URI; here none repeats what was sent",
}
"""Single checks of scenarios that apply otherwise → why they do not."""

FORM = "wire-schema-valid"
"""The check that every scenario has, also one that reaches nothing."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a scenario, as the suite reports it."""

    id: str
    status: str
    error: str = ""


def ran(program: Sequence[str], url: str, revision: str, folder: Path) -> dict[str, tuple[Check, ...]]:
    """Run every server scenario that the suite has for a revision, required or not: scenario → its checks."""
    command = [*program, "server", "--url", url, "--requirements", revision, "--output-dir", str(folder)]
    # Its exit status counts the scenarios that do not apply, too; what it writes tells them apart.
    subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=300)
    found: dict[str, tuple[Check, ...]] = {}
    for file in sorted(folder.glob("*/checks.json")):
        name = re.sub(r"^server-|-\d{4}-\d\d-\d\dT[\d-]+Z$", "", file.parent.name)
        found[name] = tuple(_check(check) for check in json.loads(file.read_text(encoding="utf-8")))
    return found


def _check(reported: Mapping[str, Any]) -> Check:
    return Check(reported["id"], reported["status"], reported.get("errorMessage") or "")


def not_applicable(revision: str) -> frozenset[str]:
    """The scenarios, of all revisions, that do not apply to a server of this one."""
    split = (name.rpartition("/") for name in NOT_APPLICABLE)
    return frozenset(name for only, _, name in split if only in ("", revision))


def faults_of(revision: str, results: Mapping[str, Sequence[Check]]) -> Iterator[str]:
    """What is wrong with what the suite found for a revision."""
    for name in sorted(APPLICABLE[revision] - results.keys()):
        yield f"{name}: did not run"
    for name, checks in results.items():
        if name in APPLICABLE[revision]:
            yield from (f"{name}: {fault}" for fault in _faults_of_scenario(checks))
        elif name not in not_applicable(revision):
            yield f"{name}: neither in APPLICABLE nor in NOT_APPLICABLE of proof/conformance.py"


def _faults_of_scenario(checks: Sequence[Check]) -> Iterator[str]:
    counted = [check for check in checks if check.id not in EXCEPTED]
    for check in counted:
        if check.status in ("FAILURE", "WARNING"):
            yield f"{check.id}: {check.status.lower()}: {check.error}"
    if not any(check.status == "SUCCESS" and check.id != FORM for check in counted):
        yield "no check of it succeeded"


def stale(results: Mapping[str, Mapping[str, Sequence[Check]]]) -> Iterator[str]:
    """Exceptions that except nothing, given the results of all revisions."""
    for name in NOT_APPLICABLE:
        only, _, scenario = name.rpartition("/")
        if not any(scenario in found for revision, found in results.items() if only in ("", revision)):
            yield f"{name}: in NOT_APPLICABLE of proof/conformance.py, but there is no such scenario"
    bad = {c.id for found in results.values() for checks in found.values() for c in checks if c.status != "SUCCESS"}
    for name in EXCEPTED:
        if name not in bad:
            yield f"{name}: in EXCEPTED of proof/conformance.py, but that check succeeds or is gone"
