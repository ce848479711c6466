"""The clients that the server can be installed in: which file each one reads, and what an entry looks like there.

Paths are templates over the folders of a `Machine`, with `/` on every system; of several, the first is
the one to create and the first that exists the one to change. Facts as of November 2026.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from .editing import Entry, Format

__all__ = ["CLIENTS", "HAND_MADE", "NAME", "Client", "HandMade", "Launch", "System"]

NAME = "skb"
"""The name of our entry, everywhere."""

System = Literal["macos", "windows", "linux"]


@dataclass(frozen=True, slots=True)
class Launch:
    """What starts the server over standard input and output."""

    command: str
    args: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Client:
    """A client whose settings are a file."""

    id: str
    title: str
    container: str
    """The key that holds the entries."""
    user: Mapping[System, tuple[str, ...]]
    local: Callable[[Launch], Entry]
    remote: Callable[[str], Entry] | None
    """The entry of a server at a URL; None where the file cannot hold one."""
    restart: str
    """What makes the client read its file again."""
    format: Format = "json"
    project: tuple[str, ...] = ()
    traces: tuple[str, ...] = ()
    """Folders that only this client makes; without any, the one that its file is in."""
    package: str = ""
    """Windows: the name of its MSIX package as a pattern, where it is installed as one."""
    notes: tuple[str, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """The keys that lead to our entry."""
        return (self.container, NAME)


@dataclass(frozen=True, slots=True)
class HandMade:
    """A client without a file that others may write: the entry is pasted by hand."""

    id: str
    title: str
    steps: tuple[str, ...]
    takes_local: bool = True


def _everywhere(*paths: str) -> Mapping[System, tuple[str, ...]]:
    return {"macos": paths, "windows": paths, "linux": paths}


def _plain(launch: Launch) -> Entry:
    return {"command": launch.command, "args": [*launch.args]}


def _typed(launch: Launch) -> Entry:
    return {"type": "stdio", **_plain(launch)}


def _url(url: str) -> Entry:
    return {"url": url}


def _typed_url(url: str) -> Entry:
    return {"type": "http", "url": url}


_NEW_SESSION = "Start a new session of {title}; one that is running does not read the file again."
_RESTART = "Restart {title}: it reads the file when it starts."
_APPLICATIONS = "{home}/Library/Application Support"

CLIENTS: Mapping[str, Client] = {
    client.id: client
    for client in (
        Client(
            id="claude-desktop",
            title="Claude Desktop",
            container="mcpServers",
            user={
                "macos": (f"{_APPLICATIONS}/Claude/claude_desktop_config.json",),
                "windows": ("{appdata}/Claude/claude_desktop_config.json",),
                "linux": ("{config}/Claude/claude_desktop_config.json",),
            },
            local=_plain,
            remote=None,
            restart="Quit Claude Desktop altogether (closing its window is not enough) and start it again.",
            package="Claude_*",
            notes=("A server at a URL is added in the program: Settings, Connectors, Add custom connector.",),
        ),
        Client(
            id="claude-code",
            title="Claude Code",
            container="mcpServers",
            user=_everywhere("{claude}/.claude.json"),
            project=(".mcp.json",),
            local=_plain,
            remote=_typed_url,
            restart=_NEW_SESSION,
            traces=("{home}/.claude",),
            notes=(
                "Claude Code writes its user file, too: should the entry be gone, end all sessions and install again.",
                "Its own command does the same: `claude mcp add --scope user skb -- /path/to/skb-mcp serve`.",
                "Before it starts a server that a project's file names, it asks.",
            ),
        ),
        Client(
            id="cursor",
            title="Cursor",
            container="mcpServers",
            user=_everywhere("{home}/.cursor/mcp.json"),
            project=(".cursor/mcp.json",),
            local=_plain,
            remote=_url,
            restart=_RESTART,
        ),
        Client(
            id="vscode",
            title="VS Code",
            container="servers",
            user={
                "macos": (f"{_APPLICATIONS}/Code/User/mcp.json",),
                "windows": ("{appdata}/Code/User/mcp.json",),
                "linux": ("{config}/Code/User/mcp.json",),
            },
            project=(".vscode/mcp.json",),
            local=_typed,
            remote=_typed_url,
            restart=_RESTART,
            notes=("The command “MCP: List Servers” shows whether it runs.",),
        ),
        Client(
            id="windsurf",
            title="Windsurf",
            container="mcpServers",
            user=_everywhere("{home}/.codeium/windsurf/mcp_config.json"),
            local=_plain,
            remote=lambda url: {"serverUrl": url},
            restart=_RESTART,
        ),
        Client(
            id="zed",
            title="Zed",
            container="context_servers",
            user={
                "macos": ("{home}/.config/zed/settings.json", f"{_APPLICATIONS}/Zed/settings.json"),
                "windows": ("{appdata}/Zed/settings.json",),
                "linux": ("{config}/zed/settings.json",),
            },
            project=(".zed/settings.json",),
            local=lambda launch: {"source": "custom", **_plain(launch), "env": {}},
            remote=_url,
            restart=_RESTART,
        ),
        Client(
            id="codex",
            title="Codex",
            container="mcp_servers",
            format="toml",
            user=_everywhere("{codex}/config.toml"),
            project=(".codex/config.toml",),
            local=_plain,
            remote=_url,
            restart=_NEW_SESSION,
            notes=("It reads a project's file only where the project is trusted.",),
        ),
        Client(
            id="gemini-cli",
            title="Gemini CLI",
            container="mcpServers",
            user=_everywhere("{home}/.gemini/settings.json"),
            project=(".gemini/settings.json",),
            local=_plain,
            remote=lambda url: {"httpUrl": url},
            restart=_NEW_SESSION,
        ),
        Client(
            id="copilot-cli",
            title="Copilot CLI",
            container="mcpServers",
            user=_everywhere("{copilot}/mcp-config.json"),
            project=(".mcp.json",),
            local=lambda launch: {**_typed(launch), "tools": ["*"]},
            remote=lambda url: {**_typed_url(url), "tools": ["*"]},
            restart=_NEW_SESSION,
        ),
        Client(
            id="goose",
            title="Goose",
            container="extensions",
            format="yaml",
            user={
                "macos": ("{home}/.config/goose/config.yaml",),
                "windows": ("{appdata}/Block/goose/config/config.yaml",),
                "linux": ("{config}/goose/config.yaml",),
            },
            local=lambda launch: {
                "name": NAME,
                "cmd": launch.command,
                "args": [*launch.args],
                "enabled": True,
                "envs": {},
                "type": "stdio",
                "timeout": 300,
            },
            remote=lambda url: {
                "name": NAME,
                "type": "streamable_http",
                "uri": url,
                "enabled": True,
                "timeout": 300,
            },
            restart=_NEW_SESSION,
        ),
        Client(
            id="opencode",
            title="opencode",
            container="mcp",
            user=_everywhere("{config}/opencode/opencode.jsonc", "{config}/opencode/opencode.json"),
            project=("opencode.jsonc", "opencode.json"),
            local=lambda launch: {
                "type": "local",
                "command": [launch.command, *launch.args],
                "environment": {},
                "enabled": True,
            },
            remote=lambda url: {"type": "remote", "url": url, "enabled": True},
            restart=_NEW_SESSION,
        ),
        Client(
            id="lm-studio",
            title="LM Studio",
            container="mcpServers",
            user=_everywhere("{home}/.lmstudio/mcp.json"),
            local=_plain,
            remote=_url,
            restart=_RESTART,
        ),
        Client(
            id="kiro",
            title="Kiro",
            container="mcpServers",
            user=_everywhere("{home}/.kiro/settings/mcp.json"),
            project=(".kiro/settings/mcp.json",),
            local=_plain,
            remote=_url,
            restart=_RESTART,
            traces=("{home}/.kiro",),
        ),
    )
}

HAND_MADE: Mapping[str, HandMade] = {
    client.id: client
    for client in (
        HandMade(
            "jetbrains",
            "JetBrains AI Assistant",
            (
                "Open Settings, Tools, AI Assistant, Model Context Protocol (MCP).",
                "Choose Add, and As JSON; paste the snippet.",
                "Choose OK and Apply.",
            ),
        ),
        HandMade(
            "chatgpt",
            "ChatGPT",
            (
                "Serve over HTTP where the internet reaches you by https: ChatGPT starts no programs on your machine.",
                "In ChatGPT on the web open Settings, Apps & Connectors, Advanced settings; turn on Developer mode.",
                "Back in Apps & Connectors choose Create; give a name and the URL, and choose No authentication.",
            ),
            takes_local=False,
        ),
        HandMade(
            "other",
            "any other client",
            (
                "Find where the client keeps its MCP servers; most read JSON with a key mcpServers.",
                "Paste the snippet, or only what is inside mcpServers where that key is there already.",
                "Restart the client.",
            ),
        ),
    )
}
