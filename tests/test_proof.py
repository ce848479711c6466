"""The proof with other people's tools: it finds what is wrong, skips only what this machine cannot have, and is whole.

Here it is held to stand-ins; `python proof/prove.py` runs it with the tools themselves.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import conformance
import inspector
import node_tools
import prove
from conformance import APPLICABLE, EXCEPTED, FORM, NOT_APPLICABLE, Check, faults_of, not_applicable, ran, stale
from inspector import CALLS, ERAS, Inspector, Refused
from skb_mcp.clients import CLIENTS
from skb_mcp.prompts import PROMPTS
from skb_mcp.tools import TOOLS

ROOT = Path(__file__).parents[1]
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts")
NEWEST = "2026-07-28"


def script(file: Path, body: str) -> Path:
    file.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


# Conformance

GOOD = (Check("it-works", "SUCCESS"), Check(FORM, "SUCCESS"), Check("for-the-record", "INFO"))


def results(revision: str = NEWEST, **changed: tuple[Check, ...]) -> dict[str, tuple[Check, ...]]:
    """What the suite says of a server that is as it should be, but for what is `changed`."""
    return {**dict.fromkeys(APPLICABLE[revision], GOOD), **{k.replace("_", "-"): v for k, v in changed.items()}}


@pytest.mark.parametrize("revision", APPLICABLE)
def test_scenarios_whose_checks_succeed_have_no_fault_and_those_that_do_not_apply_may_fail(revision: str) -> None:
    others = dict.fromkeys(not_applicable(revision), (Check("it-works", "FAILURE"),))
    assert list(faults_of(revision, {**results(revision), **others})) == []


@pytest.mark.parametrize(
    ("checks", "fault"),
    [
        ((*GOOD, Check("a-rule", "FAILURE", "code 1")), "caching: a-rule: failure: code 1"),
        ((*GOOD, Check("a-rule", "WARNING", "no title")), "caching: a-rule: warning: no title"),
        ((Check(FORM, "SUCCESS"), Check("skipped", "INFO")), "caching: no check of it succeeded"),
        ((), "caching: no check of it succeeded"),
    ],
)
def test_every_check_of_a_scenario_that_applies_must_succeed(checks: tuple[Check, ...], fault: str) -> None:
    assert list(faults_of(NEWEST, results(caching=checks))) == [fault]


def test_a_check_that_is_excepted_may_fail() -> None:
    failing = tuple(Check(name, "FAILURE") for name in EXCEPTED)
    assert list(faults_of(NEWEST, results(server_stateless=(*GOOD, *failing)))) == []


def test_a_scenario_that_did_not_run_and_one_that_nobody_judged_are_faults() -> None:
    found = results(tools_juggle=GOOD)
    del found["caching"]
    assert list(faults_of(NEWEST, found)) == [
        "caching: did not run",
        "tools-juggle: neither in APPLICABLE nor in NOT_APPLICABLE of proof/conformance.py",
    ]


def test_no_scenario_both_applies_and_does_not() -> None:
    assert {revision: names & not_applicable(revision) for revision, names in APPLICABLE.items()} == {
        revision: frozenset() for revision in APPLICABLE
    }


def test_an_exception_for_one_revision_is_none_for_the_other() -> None:
    assert "2025-11-25/server-sse-multiple-streams" in NOT_APPLICABLE
    failing = (Check("streams", "FAILURE"),)
    assert list(faults_of("2025-11-25", results("2025-11-25", server_sse_multiple_streams=failing))) == []
    assert list(faults_of(NEWEST, results(server_sse_multiple_streams=failing))) != []


def test_exceptions_that_except_nothing_are_found() -> None:
    failing = tuple(Check(name, "FAILURE") for name in EXCEPTED)
    everything = {revision: dict.fromkeys(not_applicable(revision), failing) for revision in APPLICABLE}
    assert list(stale(everything)) == []
    for found in everything.values():
        found.pop("tools-call-image", None)
    everything[NEWEST] = dict.fromkeys(everything[NEWEST], GOOD)
    everything["2025-11-25"] = dict.fromkeys(everything["2025-11-25"], failing[1:])
    assert list(stale(everything)) == [
        "tools-call-image: in NOT_APPLICABLE of proof/conformance.py, but there is no such scenario",
        f"{failing[0].id}: in EXCEPTED of proof/conformance.py, but that check succeeds or is gone",
    ]


def test_what_the_suite_wrote_is_read_by_scenario(tmp_path: Path) -> None:
    reported = [{"id": "ping", "status": "SUCCESS"}, {"id": "x", "status": "FAILURE", "errorMessage": "No."}]
    program = f"""
import json, pathlib, sys
options = dict(zip(sys.argv[2::2], sys.argv[3::2], strict=True))
assert sys.argv[1] == "server" and options["--url"] == "http://127.0.0.1:1/mcp"
folder = pathlib.Path(options["--output-dir"], f"server-sep-2164-a-2026-11-22T05-23-00-608Z")
folder.mkdir(parents=True)
(folder / "checks.json").write_text({json.dumps(json.dumps(reported))})
raise SystemExit(options["--requirements"] != "{NEWEST}")
"""
    found = ran([sys.executable, "-c", program], "http://127.0.0.1:1/mcp", NEWEST, tmp_path / "out")
    assert found == {"sep-2164-a": (Check("ping", "SUCCESS"), Check("x", "FAILURE", "No."))}


# The Inspector


@dataclass(frozen=True, slots=True)
class StandIn(Inspector):
    """An Inspector that gives what it was told to: method, or tool or prompt → (result, remarks)."""

    replies: Mapping[str, tuple[Any, str]]

    def ask(self, method: str, *options: str) -> tuple[dict[str, Any], str]:
        result, remarks = self.replies[options[1] if method in ("tools/call", "prompts/get") else method]
        if isinstance(result, Refused):
            raise result
        return result, remarks


REPLY = {"outcome": "answer", "referral": {"message": "See a doctor."}, "citations": [{"url": "https://x.example"}]}
CALLED: dict[str, Any] = {"content": [{"type": "text", "text": json.dumps(REPLY)}], "structuredContent": REPLY}
PROMPTED = {"messages": [{"role": "user", "content": {"type": "text", "text": '{"outcome":"answer"}'}}]}
PAGE = {"uri": inspector.RESOURCE, "mimeType": "text/markdown", "text": "> Cite: [Niacinamide]"}
RESULTS: dict[str, Any] = {
    "initialize": {"serverInfo": {"name": "skb-mcp"}, "protocolVersion": NEWEST},
    "tools/list": {"tools": [{"name": name} for name in CALLS]},
    **dict.fromkeys(CALLS, CALLED),
    "resources/list": {"resources": [{"uri": inspector.RESOURCE}]},
    "resources/templates/list": {"resourceTemplates": [{"uriTemplate": "skb://ingredients/{slug}"}]},
    "resources/read": {"contents": [PAGE]},
    "prompts/list": {"prompts": [{"name": name} for name in inspector.PROMPTS]},
    **dict.fromkeys(inspector.PROMPTS, PROMPTED),
}


def inspected(**changed: Any) -> list[str]:
    replies = {name: (result, "") for name, result in {**RESULTS, **changed}.items()}
    return list(inspector.faults_of(StandIn(Path("x"), Path("x.json"), "modern", Path("home"), replies)))


def test_a_server_that_is_as_it_should_be_has_no_fault() -> None:
    assert inspected() == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"initialize": {**RESULTS["initialize"], "protocolVersion": "2025-11-25"}}, "initialize: skb-mcp speaks 2025"),
        ({"tools/list": {"tools": RESULTS["tools/list"]["tools"][1:]}}, "tools/list: list_ingredients_for_concern, "),
        ({"fetch": {**CALLED, "structuredContent": {**REPLY, "more": 1}}}, "fetch: the one text block does not equal"),
        ({"fetch": {**CALLED, "content": CALLED["content"] * 2}}, "fetch: the one text block does not equal"),
        ({"search": {"content": []}}, "what the Inspector gives for tools has another shape: KeyError('structuredC"),
        ({"search": Refused("tools/call: exit status 5")}, "tools/call: exit status 5"),
        ({"resources/list": {"resources": []}}, "resources/list: 0 resources, and skb://ingredients/niacinamide is"),
        ({"resources/templates/list": {"resourceTemplates": []}}, "resources/templates/list: no template for"),
        ({"resources/read": {"contents": [{**PAGE, "text": "# Niacinamide"}]}}, "resources/read: "),
        ({"prompts/list": {"prompts": [{"name": "compare_ingredients"}]}}, "prompts/list: compare_ingredients; "),
        ({"compare_ingredients": {"messages": [{"content": {"text": "Hello."}}]}}, "compare_ingredients: the prompt"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_fault_is_found_and_told(changed: dict[str, Any], fault: str) -> None:
    (found,) = inspected(**changed)
    assert found.startswith(fault)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"outcome": "no_match"}, "get_sources: its outcome is no_match"),
        ({"citations": []}, "get_sources: no page to cite or no caveat"),
        ({"referral": {"message": ""}}, "get_sources: no page to cite or no caveat"),
    ],
)
def test_a_call_must_give_an_answer_with_a_page_to_cite_and_a_caveat(change: dict[str, Any], fault: str) -> None:
    reply = {**REPLY, **change}
    result = {"content": [{"type": "text", "text": json.dumps(reply)}], "structuredContent": reply}
    assert inspected(get_sources=result) == [fault]


def test_a_server_that_does_not_start_is_told() -> None:
    refused = {"initialize": (Refused("initialize: exit status 1"), "")}
    one = StandIn(Path("x"), Path("x.json"), "modern", Path("home"), refused)
    assert list(inspector.starts(one)) == ["initialize: exit status 1"]


def test_a_remark_on_the_schemas_is_a_fault_though_the_exit_status_is_0() -> None:
    replies = {name: (result, "") for name, result in RESULTS.items()}
    replies["tools/list"] = (RESULTS["tools/list"], 'Warning: tool "fetch"\n  Path: outputSchema\n')
    one = StandIn(Path("x"), Path("x.json"), "modern", Path("home"), replies)
    assert list(inspector.faults_of(one)) == ['tools/list --strict: Warning: tool "fetch"\n  Path: outputSchema']


def test_every_tool_every_prompt_and_no_other_is_called() -> None:
    assert list(CALLS) == [spec.name for spec in TOOLS]
    assert {name: list(arguments) for name, arguments in inspector.PROMPTS.items()} == {
        spec.name: [spec.argument] for spec in PROMPTS
    }
    assert all(set(CALLS[spec.name]) <= set(spec.params.model_fields) for spec in TOOLS)


@POSIX
def test_the_inspector_is_asked_in_an_era_with_a_settings_file_and_a_home_of_its_own(tmp_path: Path) -> None:
    program = script(
        tmp_path / "mcp-inspector", """printf '{"result": {"said": "%s in %s"}}' "$*" "$HOME"; echo eh >&2"""
    )
    one = Inspector(program, Path("a.json"), "legacy", Path("elsewhere"))
    said, remarks = one.ask("tools/list", "--strict")
    options = "--cli --config a.json --server skb --protocol-era legacy --format json -q --method tools/list --strict"
    assert (said, remarks) == ({"said": f"{options} in elsewhere"}, "eh\n")
    script(program, "echo 'cannot start' >&2; exit 6")
    with pytest.raises(Refused, match=r"^tools/list --strict: exit status 6: cannot start$"):
        one.ask("tools/list", "--strict")
    faults = list(inspector.faults_of(replace(one, era="modern")))
    assert [fault.split(": ", 1)[1] for fault in faults] == ["exit status 6: cannot start"] * 4


# The tools that run on Node


def test_the_tools_are_pinned_and_name_no_place_to_fetch_them_from() -> None:
    package = json.loads((ROOT / "proof" / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((ROOT / "proof" / "package-lock.json").read_text(encoding="utf-8"))
    assert all(re.fullmatch(r"\d+\.\d+\.\d+(-[\w.]+)?", version) for version in package["dependencies"].values())
    assert package["dependencies"]["node"].startswith("22.")
    assert lock["packages"][""]["dependencies"] == package["dependencies"]
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []
    assert [name for name, entry in lock["packages"].items() if name and "integrity" not in entry] == []


def test_without_npm_the_reason_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(node_tools.NoTools, match="npm is not on this machine"):
        node_tools.bring(tmp_path / "cache")


@POSIX
def test_what_was_installed_once_is_used_until_the_pins_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "cache"
    script(tmp_path / "npm", "[ -f package-lock.json ] && echo installed >> log")
    monkeypatch.setenv("PATH", str(tmp_path))
    for _ in range(2):
        assert node_tools.bring(cache) == cache / "node_modules" / ".bin"
    assert (cache / "log").read_text() == "installed\n"
    (cache / "seal").write_text("of other pins")
    node_tools.bring(cache)
    assert (cache / "log").read_text() == "installed\n" * 2


@POSIX
@pytest.mark.parametrize(("code", "kind"), [("EAI_AGAIN", node_tools.NoTools), ("EINTEGRITY", node_tools.BrokenTools)])
def test_only_a_missing_network_is_a_reason_to_skip(
    code: str, kind: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm = script(tmp_path / "npm", f"echo 'npm error code {code}' >&2; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(kind):
        node_tools.bring(tmp_path / "cache")
    script(npm, "exit 0")
    assert node_tools.bring(tmp_path / "cache").name == ".bin"


# The whole


@pytest.mark.parametrize(("faults", "status", "said"), [(0, 0, "passed: a linter"), (1, 1, "FAILED: a linter")])
def test_without_node_the_rest_is_proved_and_what_was_skipped_is_said(
    faults: int,
    status: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = [sys.executable, "-c", f"print('a fault'); raise SystemExit({faults})"]
    monkeypatch.setattr(prove, "LINTERS", {"a linter": command})
    monkeypatch.setattr(node_tools, "CACHE", tmp_path / "cache")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert prove.main() == status
    first, *more, last = capsys.readouterr().out.splitlines()
    assert first.startswith(said)
    assert more == ["    a fault"] * faults
    assert last == f"skipped: the Inspector and the conformance scenarios: {node_tools.NO_NPM}"


@POSIX
def test_tools_that_cannot_be_installed_for_another_reason_are_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script(tmp_path / "npm", "echo 'npm error code EUSAGE' >&2; exit 1")
    monkeypatch.setattr(prove, "LINTERS", {})
    monkeypatch.setattr(node_tools, "CACHE", tmp_path / "cache")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert prove.main() == 1
    assert capsys.readouterr().out == "error: npm ci in cache/ failed:\nnpm error code EUSAGE\n"


def test_without_the_linters_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prove, "LINTERS", {"x": ["/nowhere/tdqs"]})
    assert prove.main() == 1
    said = "error: tdqs: not in this virtual environment; first: pip install -e '.[dev]'\n"
    assert capsys.readouterr().out == said


def test_the_settings_that_the_inspector_reads_are_those_that_install_writes(tmp_path: Path) -> None:
    assert {prove.COMMAND, prove.URL, *prove.OTHERS} <= set(CLIENTS)
    command = json.loads(prove.installed(prove.COMMAND, tmp_path / "a").read_text(encoding="utf-8"))
    assert command["mcpServers"]["skb"]["args"] == ["serve"]
    url = "http://127.0.0.1:8000/mcp"
    at_url = json.loads(prove.installed(prove.URL, tmp_path / "b", "--http", url).read_text(encoding="utf-8"))
    assert at_url["mcpServers"]["skb"]["url"] == url


def test_both_eras_and_both_revisions_are_the_same() -> None:
    assert list(ERAS.values()) == list(conformance.APPLICABLE)
