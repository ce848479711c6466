"""What may be typed behind `skb-mcp`, and how it is read."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from . import __version__

__all__ = ["HTTP_OPTIONS", "Options", "read_options"]

Options = argparse.Namespace

COMMANDS = ("serve", "ask", "install", "validate", "compile", "eval")
HTTP_OPTIONS = ("host", "port", "path", "allowed_hosts", "allowed_origins", "rate_limit")
"""Options of `serve` that mean something with `--http` alone."""


def read_options(argv: Sequence[str]) -> Options:
    """The options of one call; without a command they are those of `serve`.

    Raises:
        SystemExit: with status 2 where they are not understood, with 0 behind `--help` and `--version`.
    """
    arguments = list(argv)
    if not arguments or (arguments[0] not in COMMANDS and arguments[0] not in ("-h", "--help", "--version")):
        arguments.insert(0, "serve")
    return _parser().parse_args(arguments)


class _Parser(argparse.ArgumentParser):
    """An argument parser that never repeats what was typed: it may be somebody's question."""

    def error(self, message: str) -> NoReturn:  # noqa: ARG002  # argparse's text quotes the arguments
        self.print_usage(sys.stderr)
        self.exit(2, f"error: arguments not understood; {self.prog} --help shows what is accepted\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="skb-mcp",
        description="Skincare knowledge for AI assistants: cited, caveated, offline. Without a command: serve.",
        epilog="SKB_MCP_CORPUS names a corpus folder where --corpus is not given.",
    )
    parser.add_argument("--version", action="version", version=f"skb-mcp {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    serve = commands.add_parser("serve", help="serve MCP over standard input and output (the default) or HTTP")
    _corpus_option(serve)
    serve.add_argument("--strict", action="store_true", help="refuse to serve a corpus with any error")
    _http_options(serve)

    ask = commands.add_parser("ask", help="ask one question and print the answer")
    ask.add_argument("question", nargs="+", help="the question")
    _corpus_option(ask)
    ask.add_argument("--full", action="store_true", help="print every section of the page")
    ask.add_argument("--explain", action="store_true", help="print what was recognised, and why this page won")
    ask.add_argument("--json", action="store_true", help="print the reply as the tool gives it")

    install = commands.add_parser("install", help="put the server into the settings of an AI client")
    _install_options(install)

    validate = commands.add_parser(
        "validate",
        help="check a corpus folder or one page",
        epilog="Exit status: 0 no errors, 1 errors found, 2 nothing to check.",
    )
    _validate_options(validate)

    compiling = commands.add_parser(
        "compile",
        help="make a corpus folder start as fast as the built-in one",
        description="Keep what came of reading a corpus folder in it (.skb-mcp). It is used while no file changes.",
    )
    compiling.add_argument("folder", metavar="DIR", help="a corpus folder without errors")

    evaluate = commands.add_parser("eval", help="measure how a file of labelled questions is answered")
    evaluate.add_argument("file", metavar="FILE", help="one JSON object a line: query, acceptable, expect, referral, …")
    _corpus_option(evaluate)
    evaluate.add_argument("--json", action="store_true", help="print the figures and every outcome as JSON")
    evaluate.add_argument("--verbose", action="store_true", help="print every miss and why it is one")
    return parser


def _corpus_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--corpus", metavar="DIR", help="corpus folder (default: SKB_MCP_CORPUS, else the built-in one)"
    )


def _http_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--http", action="store_true", help="serve over Streamable HTTP; the options below need it")
    parser.add_argument(
        "--host", metavar="ADDRESS", help="address to listen on (default: 127.0.0.1, this machine only)"
    )
    parser.add_argument("--port", type=int, metavar="N", help="port to listen on, 0 for a free one (default: 8000)")
    parser.add_argument("--path", help="path of the MCP endpoint (default: /mcp)")
    parser.add_argument(
        "--allowed-host",
        dest="allowed_hosts",
        action="append",
        metavar="NAME",
        help="a name, with or without port, by which clients reach this server; may be given again",
    )
    parser.add_argument(
        "--allowed-origin",
        dest="allowed_origins",
        action="append",
        metavar="ORIGIN",
        help="an origin whose web pages may call, such as https://app.example.com; may be given again",
    )
    parser.add_argument(
        "--rate-limit", type=int, metavar="N", help="requests a minute for each client (default: 0, no limit)"
    )


def _validate_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", nargs="?", help="a corpus folder, or one page")
    parser.add_argument("--rules", action="store_true", help="list the rules, each with a bad and a good example")
    parser.add_argument("--strict", action="store_true", help="let warnings fail, too")
    parser.add_argument(
        "--no-editorial", dest="editorial", action="store_false", help="check only that pages load, and their form"
    )
    parser.add_argument(
        "--probe", action="store_true", help="also fetch every original source; report those gone, moved or changed"
    )
    parser.add_argument("--probe-cache", metavar="DIR", help="where --probe keeps what it fetched, for 7 days")
    formats = ("text", "json", "github")
    parser.add_argument("--format", choices=formats, default="text", help="how to print findings (default: text)")


def _install_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("client", metavar="CLIENT", nargs="?", help="its name; --list shows all")
    parser.add_argument("--list", dest="listing", action="store_true", help="show the clients on this machine")
    parser.add_argument("--print", dest="show", action="store_true", help="show the entry, change nothing")
    parser.add_argument("--dry-run", action="store_true", help="show what would change, change nothing")
    parser.add_argument("--remove", action="store_true", help="take the entry out again")
    scopes = ("user", "project")
    parser.add_argument("--scope", choices=scopes, default="user", help="whose settings (default: user)")
    parser.add_argument("--corpus", metavar="DIR", help="corpus folder to serve (default: the built-in one)")
    parser.add_argument("--http", metavar="URL", help="a server that runs already, in the place of a command")
