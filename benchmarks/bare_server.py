"""The anchor of the comparisons: a stock one-tool `MCPServer` that gives a stored reply and does nothing else.

    python benchmarks/bare_server.py REPLY.json

REPLY.json holds the structured content of a reply. As with our own server the one text block is the
same JSON again, so a reply of ours, stored, comes back with the same bytes in both channels. The
text is made once, before the first call, and the tool is `async`, so the SDK needs no worker thread
for it: an ordinary server does more work per call than this one.
"""

from __future__ import annotations

import json
import sys

from mcp.server.mcpserver import MCPServer
from mcp.types import CallToolResult, TextContent


def build(reply: str) -> MCPServer:
    """A server whose one tool gives `reply` (JSON), whatever it is asked."""
    content = json.loads(reply)
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    server = MCPServer("bare")

    @server.tool()
    async def lookup_question(question: str) -> CallToolResult:  # noqa: ARG001  # asked like ours
        return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=content)

    return server


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        sys.exit(0 if sys.argv[1:] else 2)
    with open(sys.argv[1], encoding="utf-8") as stored:
        build(stored.read()).run()
