"""The machine that a client runs on: its folders, and which of its files a client reads there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Literal

from .clients import Client, System
from .splicing import SettingsError

__all__ = ["Machine", "Scope", "is_found", "locate", "machine_of"]

Scope = Literal["user", "project"]

_IN_PACKAGE = "LocalCache/Roaming"
"""Where a program from an MSIX package finds what it takes for %APPDATA%."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A system and its folders, as text with `/` between names."""

    system: System
    home: str
    config: str
    """`$XDG_CONFIG_HOME`, or `~/.config`."""
    appdata: str
    localappdata: str
    claude: str
    """Where Claude Code keeps `.claude.json`: `$CLAUDE_CONFIG_DIR`, or the home folder."""
    codex: str
    copilot: str
    project: str
    """The folder that the command was given in."""

    def expand(self, template: str) -> str:
        """A path template of the table of clients with the folders of this machine."""
        return template.format(
            home=self.home,
            config=self.config,
            appdata=self.appdata,
            localappdata=self.localappdata,
            claude=self.claude,
            codex=self.codex,
            copilot=self.copilot,
        )

    def pure(self, path: str) -> PurePath:
        """A path as this system writes it."""
        return PureWindowsPath(path) if self.system == "windows" else PurePosixPath(path)


def machine_of(platform: str, home: str, project: str, environ: Mapping[str, str]) -> Machine:
    """The machine for a `sys.platform`, a home folder, a working folder and environment variables."""

    def folder(variable: str, default: str) -> str:
        return environ.get(variable, "").strip() or default

    systems: Mapping[str, System] = {"darwin": "macos", "win32": "windows"}
    return Machine(
        system=systems.get(platform, "linux"),
        home=home,
        config=folder("XDG_CONFIG_HOME", f"{home}/.config"),
        appdata=folder("APPDATA", f"{home}/AppData/Roaming"),
        localappdata=folder("LOCALAPPDATA", f"{home}/AppData/Local"),
        claude=folder("CLAUDE_CONFIG_DIR", home),
        codex=folder("CODEX_HOME", f"{home}/.codex"),
        copilot=folder("COPILOT_HOME", f"{home}/.copilot"),
        project=project,
    )


def locate(client: Client, machine: Machine, scope: Scope) -> Path:
    """The file that the client reads, be it there or not.

    Raises:
        SettingsError: the client has no file for that scope, or it cannot be told which one it reads.
    """
    if scope == "project":
        if not client.project:
            raise SettingsError(f"{client.title} has no settings for one project; leave out --scope project")
        paths = [Path(machine.project, name) for name in client.project]
    else:
        paths = [Path(machine.expand(template)) for template in client.user[machine.system]]
    if _packages(client, machine):
        return _packaged(client, machine, paths[0])
    return next((path for path in paths if path.exists()), paths[0])


def _packaged(client: Client, machine: Machine, classic: Path) -> Path:
    """The file of a program that may be installed as an MSIX package, which has an %APPDATA% of its own.

    A file under the real %APPDATA% is then never read, and nothing says so.
    """
    inside = classic.relative_to(machine.appdata)
    paths = [folder / _IN_PACKAGE / inside for folder in _packages(client, machine)]
    existing = [path for path in paths if path.exists()]
    if len(existing) == 1:
        return existing[0]
    if classic.exists():
        return classic
    if len(paths) > 1:
        listed = "".join(f"\n  {path}" for path in paths)
        raise SettingsError(
            f"{client.title} is installed more than once; uninstall all but one, or add the entry by hand to:{listed}"
        )
    return paths[0]


def _packages(client: Client, machine: Machine) -> list[Path]:
    """The folders of the client's MSIX packages."""
    if not client.package or machine.system != "windows":
        return []
    return sorted(path for path in Path(machine.localappdata, "Packages").glob(client.package) if path.is_dir())


def is_found(client: Client, machine: Machine) -> bool:
    """Whether there is a trace of the client: a user file, or a folder that only it makes."""
    files = [Path(machine.expand(template)) for template in client.user[machine.system]]
    folders = [Path(machine.expand(trace)) for trace in client.traces] or [file.parent for file in files]
    return any(path.exists() for path in (*files, *folders, *_packages(client, machine)))
