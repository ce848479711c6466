"""`skb-mcp install`: put the server into the settings of a client, show how, or take it out.

Nothing here prints: `run` gives back what is to be said. A file that cannot be read, or not be changed
without loss, is left as it is, and the entry is shown to be put in by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches, unified_diff
from pathlib import Path
from urllib.parse import urlsplit

from .clients import CLIENTS, HAND_MADE, NAME, Client, HandMade, Launch
from .config_file import ConfigFile, read_config
from .editing import Entry, entry_of, made_by_us, snippet, with_entry, without_entry
from .launching import with_arguments
from .machine import Machine, Scope, is_found, locate
from .splicing import SettingsError

__all__ = ["Outcome", "Request", "run"]


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for on the command line."""

    client: str | None = None
    remove: bool = False
    show: bool = False
    """Show the entry, change nothing (`--print`)."""
    dry_run: bool = False
    listing: bool = False
    scope: Scope = "user"
    http: str | None = None
    """The URL of a server that runs already, in the place of a command."""
    corpus: str | None = None
    """A folder of pages to serve."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to print to standard output and to standard error, and the exit status."""

    status: int
    out: str = ""
    err: str = ""


def run(request: Request, machine: Machine, launch: Launch) -> Outcome:
    """Carry out a request; `launch` is what starts this server, without arguments.

    The status is 0 where what was asked for is done (be it that nothing was left to do), else 2.
    """
    try:
        _check(request)
        if request.listing:
            return Outcome(0, "".join(f"{line}\n" for line in _listing(machine, request.scope)))
        target = _target(request.client)
        if isinstance(target, HandMade):
            return _by_hand(target, request, _launch(request, machine, launch))
        entry = _entry(target, request, _launch(request, machine, launch))
        return _in_file(target, entry, request, machine)
    except (SettingsError, OSError) as error:
        return Outcome(2, "", f"error: {_reason(error)}\n")


# What is asked for


def _check(request: Request) -> None:
    if request.http is not None and request.corpus is not None:
        raise SettingsError("--http names a server that has its corpus already; leave out --corpus")
    if request.remove and (request.show or request.http is not None or request.corpus is not None):
        raise SettingsError("--remove goes with --dry-run and --scope only")
    if request.http is not None:
        _check_url(request.http)
    if request.client is None and not request.listing:
        raise SettingsError(f"install needs the name of a client: {_names()}; --list shows those on this machine")


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or not url.isascii() or not url.isprintable() or " " in url:
        raise SettingsError("--http takes the URL of the server: http://127.0.0.1:8000/mcp")


def _names() -> str:
    return ", ".join([*CLIENTS, *HAND_MADE])


def _target(name: str | None) -> Client | HandMade:
    known: dict[str, Client | HandMade] = {**CLIENTS, **HAND_MADE}
    found = known.get(name or "")
    if found is None:
        near = get_close_matches((name or "").lower(), known, n=1)
        raise SettingsError(f"no client is called that{f'; nearest: {near[0]}' if near else ''}; known: {_names()}")
    return found


def _launch(request: Request, machine: Machine, launch: Launch) -> Launch:
    """What starts the server with the corpus that was asked for.

    Raises:
        SettingsError: there is no such folder.
    """
    if request.corpus is None:
        return with_arguments(launch, ("serve",))
    folder = Path(machine.project, request.corpus)
    if not request.corpus.strip() or not folder.is_dir():
        raise SettingsError("the corpus folder does not exist")
    return with_arguments(launch, ("serve", "--corpus", str(folder.resolve())))


def _entry(client: Client, request: Request, launch: Launch) -> Entry:
    if request.http is None:
        return client.local(launch)
    if client.remote is None:
        raise SettingsError(" ".join((f"the file of {client.title} takes no server at a URL.", *client.notes)))
    return client.remote(request.http)


# By hand


def _by_hand(client: HandMade, request: Request, launch: Launch) -> Outcome:
    """The entry and the steps for a client that has no file to write."""
    if request.remove:
        raise SettingsError(f"{client.title} has no file to change; take the entry out by hand")
    entry = {"url": request.http} if request.http else {"command": launch.command, "args": [*launch.args]}
    shown = snippet("json", ("mcpServers", NAME), entry) + "\n"
    if not client.takes_local:
        shown = f"{request.http or 'https://YOUR-HOST/mcp'}\n"
    return Outcome(0, shown, f"To add it to {client.title}:\n{_numbered(client.steps)}")


def _numbered(steps: tuple[str, ...]) -> str:
    return "".join(f"{number}. {step}\n" for number, step in enumerate(steps, 1))


def _shown(client: Client, entry: Entry) -> str:
    return snippet(client.format, client.path, entry) + "\n"


# In a file


def _in_file(client: Client, entry: Entry, request: Request, machine: Machine) -> Outcome:
    path = locate(client, machine, request.scope)
    if request.show:
        return Outcome(0, _shown(client, entry), f"To be added to {path}.\n{_lines(_afterwards(client))}")
    try:
        file = read_config(path)
        if request.remove:
            return _remove(client, file, request)
        return _install(client, file, entry, request, machine)
    except (SettingsError, OSError) as error:
        message = f"error: {_place(path, error)}: {_reason(error)}; nothing was changed\n"
        if request.remove:
            return Outcome(2, "", message)
        return Outcome(2, _shown(client, entry), f"{message}tip: add this by hand\n")


def _place(path: Path, error: Exception) -> str:
    line = error.line if isinstance(error, SettingsError) else None
    return f"{path}, line {line}" if line else f"{path}"


def _reason(error: Exception) -> str:
    """What went wrong, without the paths that the system's own messages hold."""
    if isinstance(error, OSError):
        return f"the file cannot be read or written ({error.strerror or type(error).__name__})"
    return str(error)


def _install(client: Client, file: ConfigFile, entry: Entry, request: Request, machine: Machine) -> Outcome:
    text = with_entry(client.format, file.text, client.path, entry)
    if request.dry_run:
        return _diff(file, text)
    if text == file.text:
        return Outcome(0, f"{NAME} is in {client.title} already: {file.path}\n")
    found = is_found(client, machine)
    former = file.former()
    if former is None or not made_by_us(client.format, former.text, file.text, client.path):
        file.keep()
    file.replace(text)
    said = [f"{NAME} is now in {client.title}: {file.path}"]
    said += [f"The file as it was: {file.backup}"] if file.backup.exists() else []
    said += [] if found else [f"There was no trace of {client.title} before; it reads the file once it is installed."]
    if request.scope == "project" and request.http is None:
        said.append("The entry names a path of this machine: it is of no use to others who share the project.")
    return Outcome(0, _lines([*said, *_afterwards(client)]))


def _remove(client: Client, file: ConfigFile, request: Request) -> Outcome:
    if entry_of(client.format, file.text, client.path) is None:
        return Outcome(0, f"{NAME} is not in {client.title}: {file.path}\n")
    former = file.former()
    ours = former is not None and made_by_us(client.format, former.text, file.text, client.path)
    known = former.text if former and (ours or former.exists) else None
    text = without_entry(client.format, file.text, client.path, known)
    if request.dry_run:
        return _diff(file, text)
    said = [f"{NAME} is no longer in {client.title}: {file.path}"]
    if former and ours:
        file.restore(former)
        said += [] if former.exists else ["There was nothing else in the file: it is deleted."]
    else:
        file.keep()
        file.replace(text)
        said.append(f"The file as it was: {file.backup}")
    return Outcome(0, _lines([*said, client.restart.format(title=client.title)]))


def _diff(file: ConfigFile, text: str) -> Outcome:
    """What would change, as a unified diff."""
    before, after = (re.findall(r"[^\n]*\n|[^\n]+", part) for part in (file.text, text))
    lines = unified_diff(before, after, f"{file.path}", f"{file.path} (new)")
    shown = "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    return Outcome(0, shown, "Nothing was changed.\n" if shown else "Nothing would change.\n")


def _afterwards(client: Client) -> tuple[str, ...]:
    return (client.restart.format(title=client.title), *client.notes)


def _lines(said: list[str] | tuple[str, ...]) -> str:
    return "".join(f"{line}\n" for line in said)


# The list


def _listing(machine: Machine, scope: Scope) -> Iterator[str]:
    """One line for each client: its name, what is known of it here, and its file."""
    yield f"{'CLIENT':<16}{'STATE':<12}FILE"
    for client in CLIENTS.values():
        if scope == "user" or client.project:
            state, file = _state(client, machine, scope)
            yield f"{client.id:<16}{state:<12}{file}"


def _state(client: Client, machine: Machine, scope: Scope) -> tuple[str, str]:
    """(installed, found, unreadable or "-"; the file)."""
    try:
        path = locate(client, machine, scope)
    except SettingsError as error:
        return "found", str(error).replace("\n", "")
    try:
        file = read_config(path)
        if entry_of(client.format, file.text, client.path) is not None:
            return "installed", str(path)
    except SettingsError:
        return "unreadable", str(path)
    return ("found" if file.exists or (scope == "user" and is_found(client, machine)) else "-"), str(path)
