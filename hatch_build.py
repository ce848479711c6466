"""Build hook: writes the snapshot of the shipped corpus, from which an installed server starts faster."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SnapshotHook(BuildHookInterface):  # type: ignore[type-arg]  # generic only for type checkers
    """Reads `corpus/` with the code that is being built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # the hook's interface
        sys.path.insert(0, str(Path(self.root, "src")))
        from skb_mcp.loading import write_snapshot

        build_data["artifacts"] += [file.relative_to(self.root).as_posix() for file in write_snapshot()]
