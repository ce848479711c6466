"""What docs/clients.md and the golden files in tests/install say of each client, written from the code.

`python tests/clients_page.py` writes them anew; the tests hold them to what is written here.
"""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from skb_mcp.clients import CLIENTS, HAND_MADE, Client, HandMade, Launch, System
from skb_mcp.editing import Entry, Format, snippet, with_entry
from skb_mcp.machine import Machine, machine_of

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "clients.md"
GOLDEN = ROOT / "tests" / "install"
BEGIN, END = "<!-- clients: begin -->\n", "<!-- clients: end -->\n"
URL = "http://127.0.0.1:8000/mcp"
SYSTEMS: tuple[System, ...] = get_args(System)


# Golden files

MACHINES: dict[System, Machine] = {
    "macos": machine_of("darwin", "/Users/ada", "/Users/ada/garden", {}),
    "windows": machine_of(
        "win32", "C:\\Users\\Ada", "C:\\Users\\Ada\\garden", {"APPDATA": "C:\\Users\\Ada\\AppData\\Roaming"}
    ),
    "linux": machine_of("linux", "/home/ada", "/home/ada/garden", {"XDG_CONFIG_HOME": "/home/ada/.settings"}),
}
LAUNCHES: dict[System, Launch] = {
    "macos": Launch("/Users/ada/.local/bin/skb-mcp", ("serve",)),
    "windows": Launch("C:\\Users\\Ada\\.local\\bin\\skb-mcp.exe", ("serve", "--corpus", "C:\\Users\\Ada\\my pages")),
    "linux": Launch("/usr/bin/uvx", ("skb-mcp", "serve")),
}
FULL: dict[Format, str] = {
    "json": """\
// Kept by Ada.
{
    "theme": "dark", // not "light"
    "CONTAINER": {
        /* of the first */
        "first": {"command": "first", "args": [], "env": {"KEY": "secret"}}, // the one and only
    },
    "zoom": 1.50
}
""",
    "toml": """\
# Kept by Ada.
model = "large"   # not 'small'

[CONTAINER.first]
command = 'first'

# Others
[history]
size = 1_000
""",
    "yaml": """\
# Kept by Ada.
MODEL:   large   # not "small"
CONTAINER:
  # of the first
  first:
    bundled: null
    cmd: 'first'
    args: [ ]
    enabled: yes

size: 1_000
""",
}
"""Settings that hold something already, in which nothing may change but that our entry is added."""


def golden(client: Client, system: System) -> str:
    """Where the client keeps its settings, and what becomes of them."""
    machine = MACHINES[system]
    user = [machine.expand(template) for template in client.user[system]]
    project = [f"{machine.project}/{name}" for name in client.project]
    local = client.local(LAUNCHES[system])
    full = FULL[client.format].replace("CONTAINER", client.container)
    parts = {
        "user file": "".join(f"{machine.pure(path)}\n" for path in user),
        "project file": "".join(f"{machine.pure(path)}\n" for path in project) or "(none)\n",
        "new file": with_entry(client.format, "", client.path, local),
        "before": full,
        "after": with_entry(client.format, full, client.path, local),
        "over HTTP": with_entry(client.format, "", client.path, client.remote(URL)) if client.remote else "(none)\n",
    }
    return "\n".join(f"=== {name}\n{text}" for name, text in parts.items())


# The page

PLACEHOLDERS: dict[System, Machine] = {
    "macos": machine_of("darwin", "~", ".", {}),
    "windows": machine_of("win32", "%USERPROFILE%", ".", {"APPDATA": "%APPDATA%", "LOCALAPPDATA": "%LOCALAPPDATA%"}),
    "linux": machine_of("linux", "~", ".", {}),
}
TITLES: dict[System, str] = {"macos": "macOS", "windows": "Windows", "linux": "Linux"}
EXAMPLE = Launch("/path/to/skb-mcp", ("serve",))


def section(client: Client) -> str:
    """One client of the page: command, files, snippets, and what to do then."""
    text = f"### {client.title}\n\n```bash\nskb-mcp install {client.id}\n```\n\n"
    text += "| | file |\n|---|---|\n"
    text += "".join(f"| {TITLES[system]} | {_files(client, system)} |\n" for system in SYSTEMS)
    text += f"| one project | {_quoted([*client.project])} |\n" if client.project else ""
    text += f"\n{_block(client, client.local(EXAMPLE))}"
    if client.remote:
        text += f"\nA server at a URL:\n\n{_block(client, client.remote(URL))}"
    said = [client.restart.format(title=client.title), *client.notes]
    return text + "".join(f"\n{line}" for line in said) + "\n"


def _files(client: Client, system: System) -> str:
    machine = PLACEHOLDERS[system]
    return _quoted([str(machine.pure(machine.expand(template))) for template in client.user[system]])


def _quoted(paths: list[str]) -> str:
    return ", else ".join(f"`{path}`" for path in paths)


def _block(client: Client, entry: Entry) -> str:
    return f"```{client.format}\n{snippet(client.format, client.path, entry)}\n```\n"


def by_hand(client: HandMade) -> str:
    """A client of the page whose entry is pasted by hand."""
    steps = "".join(f"{number}. {step}\n" for number, step in enumerate(client.steps, 1))
    title = client.title[0].upper() + client.title[1:]
    text = f"### {title}\n\n```bash\nskb-mcp install {client.id}\n```\n\nIt changes nothing and shows"
    if not client.takes_local:
        return f"{text} these steps:\n\n{steps}"
    entry = snippet("json", ("mcpServers", "skb"), {"command": EXAMPLE.command, "args": [*EXAMPLE.args]})
    return f"{text} the snippet and these steps:\n\n```json\n{entry}\n```\n\n{steps}"


def written() -> str:
    """The part of the page that lies between its marks."""
    return "\n".join([*map(section, CLIENTS.values()), *map(by_hand, HAND_MADE.values())])


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{written()}\n{END}{after}", encoding="utf-8")
    GOLDEN.mkdir(exist_ok=True)
    for client in CLIENTS.values():
        for system in SYSTEMS:
            (GOLDEN / f"{client.id}.{system}.txt").write_text(golden(client, system), encoding="utf-8")


if __name__ == "__main__":
    main()
