"""The command line: call, print, return an exit code.

Standard output belongs to the protocol (`serve`) or to the result (`ask`, `validate`); everything
else goes to standard error. What a user asks is never written there.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any, NoReturn

from . import __version__
from .errors import CorpusError, Finding
from .logs import quiet_logging
from .options import HTTP_OPTIONS, Options, read_options

if TYPE_CHECKING:
    from .corpus import Corpus

__all__ = ["main"]

GRACE = 0.2
"""Seconds that a reply already being written has left when the server is told to stop."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run `skb-mcp`; 0 is success, 1 means that `validate` found errors, 2 that the command could not run."""
    options = read_options(sys.argv[1:] if argv is None else argv)
    try:
        status = _carry_out(options)
        sys.stdout.flush()
        return status
    except CorpusError as error:
        return _report(error)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader has gone (`skb-mcp ask … | head`); what is left has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _carry_out(options: Options) -> int:
    commands = {"serve": _serve, "ask": _ask, "install": _install}
    commands |= {"validate": _validate, "compile": _compile, "eval": _eval}
    return commands[options.command](options)


def _folder(option: str | None) -> str | None:
    """The corpus folder that was asked for; a blank or unexpanded ${…} variable of a client means none."""
    value = option if option is not None else os.environ.get("SKB_MCP_CORPUS", "")
    return None if not value.strip() or value.startswith("${") else value


def _serve(options: Options) -> int:
    given = {name: getattr(options, name) for name in HTTP_OPTIONS if getattr(options, name) is not None}
    if options.http:
        return _serve_http(options, given)
    if given:
        return _complain("--host, --port, --path, --allowed-host, --allowed-origin and --rate-limit need --http")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    # Start-up is all imports and parsing; collecting garbage meanwhile costs a tenth of it.
    gc.disable()
    quiet_logging()
    import anyio

    from .library import Library
    from .loading import load_corpus
    from .server import build_server, serve_stdio

    corpus = load_corpus(_folder(options.corpus), strict=options.strict)
    _announce(corpus)
    if sys.stdin.isatty():
        print('Waiting for an MCP client on standard input. To ask one question: skb-mcp ask "…"', file=sys.stderr)
    server = build_server(Library(corpus))
    gc.freeze()
    gc.enable()
    try:
        anyio.run(serve_stdio, server)
    except* (BrokenPipeError, ConnectionError):
        # The client is gone; there is nobody left to tell.
        _leave()
    return 0


def _serve_http(options: Options, given: dict[str, Any]) -> int:
    for number in (signal.SIGINT, signal.SIGTERM):
        # While it serves, uvicorn takes these signals, finishes what it has to, and raises them again.
        signal.signal(number, _end)
    gc.disable()
    quiet_logging()
    from .http import HttpOptions, create_app, listen, run, url_of
    from .library import Library
    from .loading import load_corpus

    host, port = given.pop("host", "127.0.0.1"), given.pop("port", 8000)
    if port not in range(65536):
        return _complain("the port is a number from 0 to 65535; 0 takes a free one")
    lists = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
    try:
        settings = replace(HttpOptions.from_environment(os.environ), **{**given, **lists})
    except ValueError as error:
        return _complain(str(error))
    corpus = load_corpus(_folder(options.corpus), strict=options.strict)
    _announce(corpus)
    app = create_app(Library(corpus), settings)
    gc.freeze()
    gc.enable()
    try:
        sockets = listen(host, port)
    except OSError as error:
        return _complain(f"cannot listen on {host}, port {port}: {error.strerror}")
    except UnicodeError:
        return _complain("the host is the name or the address of this machine, such as 0.0.0.0")
    for listening in sockets:
        print(f"Listening on {url_of(listening, settings)}", file=sys.stderr)
    run(app, sockets)
    return 0


def _end(*_: object) -> NoReturn:
    raise SystemExit(0)


def _stop(*_: object) -> None:
    # A thread of the SDK waits in read(2) and cannot be interrupted: the process has to end.
    timer = threading.Timer(GRACE, _leave)
    timer.daemon = True
    timer.start()


def _leave() -> NoReturn:
    sys.stderr.flush()
    os._exit(0)


def _announce(corpus: Corpus) -> None:
    manifest = corpus.manifest
    print(
        f"skb-mcp {__version__}: {len(corpus.graph.pages)} pages of {manifest.name} {manifest.version}", file=sys.stderr
    )
    for finding in corpus.public_findings:
        print(f"{finding.severity}: {finding}", file=sys.stderr)
    if any(not f.public for f in corpus.errors):
        print("Other files are not served; `skb-mcp validate` on the corpus folder says why.", file=sys.stderr)


def _ask(options: Options) -> int:
    from .library import Library
    from .loading import load_corpus
    from .replies import to_dict, to_json

    library = Library(load_corpus(_folder(options.corpus)))
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a console without UTF-8
    reply = library.lookup_question(" ".join(options.question), "full" if options.full else "concise")
    if options.json:
        print(to_json(to_dict(reply)))
        return 0
    from .terminal import render, render_explanation

    # https://no-color.org: set, and not empty.
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    print(render(reply, colour=colour), end="")
    if options.explain:
        print(render_explanation(*library.explain(" ".join(options.question))))
    return 0


def _install(options: Options) -> int:
    from .install import Request, run
    from .launching import find_launch
    from .machine import machine_of

    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a console without UTF-8
    fields = {key: value for key, value in vars(options).items() if key != "command"}
    machine = machine_of(sys.platform, str(Path.home()), str(Path.cwd()), os.environ)
    launch = find_launch(sys.argv[0], sys.executable, os.environ.get("PATH", ""))
    outcome = run(Request(**fields), machine, launch)
    print(outcome.err, end="", file=sys.stderr)
    print(outcome.out, end="")
    return outcome.status


def _validate(options: Options) -> int:
    from .checks import check, rule_texts

    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a console without UTF-8
    if options.rules:
        for rule, text in rule_texts().items():
            print(f"{rule}\n{indent(text, '    ')}\n")
        return 0
    if options.path is None:
        raise CorpusError("validate needs the PATH of a corpus folder or of one page")
    root = Path(options.path)
    root = root if root.is_dir() else root.parent
    # Paths as the reader can open them, from where the command was given.
    found = [*check(options.path, editorial=options.editorial), *(_probe(options) if options.probe else ())]
    findings = [replace(finding, path=(root / finding.path).as_posix()) for finding in sorted(found)]
    errors = sum(f.severity == "error" for f in findings)
    counts = {"errors": errors, "warnings": len(findings) - errors}
    if options.format == "json":
        rows = [{key: getattr(f, key) for key in ("path", "line", "rule", "severity", "message")} for f in findings]
        print(json.dumps({"findings": rows, **counts}, ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            print(_github(finding) if options.format == "github" else f"{finding.severity}: {finding}")
        print(f"{counts['errors']} errors, {counts['warnings']} warnings", file=sys.stderr)
    return 1 if errors or (options.strict and findings) else 0


def _compile(options: Options) -> int:
    from .loading import compile_corpus

    corpus = compile_corpus(options.folder)
    _announce(corpus)
    print("Compiled. Run this again when a file of the folder, or this package, has changed.")
    return 0


def _eval(options: Options) -> int:
    from .evaluation import EvaluationError, evaluate, read_items
    from .library import Library
    from .loading import load_corpus
    from .terminal import render_report

    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a console without UTF-8
    try:
        items = read_items(Path(options.file).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise CorpusError("there is no file of that name that can be read as UTF-8 text") from None
    except EvaluationError as error:
        raise CorpusError(f"these questions cannot be read: {error}") from None
    report = evaluate(Library(load_corpus(_folder(options.corpus))), items)
    print(report.model_dump_json(indent=2) if options.json else render_report(report, verbose=options.verbose))
    return 0


def _probe(options: Options) -> tuple[Finding, ...]:
    from .probe import ProbeOptions, probe, targets

    cache = Path(options.probe_cache) if options.probe_cache else None
    return probe(targets(options.path), ProbeOptions(cache=cache))


def _github(finding: Finding) -> str:
    """A workflow command of GitHub Actions; its message escapes what would end the command."""
    message = finding.message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    path = finding.path.replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
    return f"::{finding.severity} file={path},line={finding.line},title={finding.rule}::{message}"


def _complain(problem: str) -> int:
    print(f"error: {problem}", file=sys.stderr)
    return 2


def _report(error: CorpusError) -> int:
    print(f"error: {error}", file=sys.stderr)
    for finding in error.findings:
        # A file that is not known to be eligible is not named (guarantee G1).
        hidden = f"a file that is not known to be eligible, line {finding.line} ({finding.rule})"
        print(f"  {finding if finding.public else hidden}", file=sys.stderr)
    if error.findings:
        print("tip: `skb-mcp validate` on the corpus folder shows all findings", file=sys.stderr)
    return 2
