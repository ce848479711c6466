"""Start the server as an MCP client does, over stdio, ask one question, and print what comes back.

Usage: python examples/first_answer.py ["another question"]
"""

from __future__ import annotations

import sys
from pathlib import Path

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

QUESTION = "How do I get rid of red spots after pimples?"


async def main(question: str) -> None:
    """Call `lookup_question` and print the answer, what to cite and when to see a clinician."""
    command = Path(sys.executable).with_name("skb-mcp")
    async with Client(stdio_client(StdioServerParameters(command=str(command)))) as client:
        if server := client.server_info:
            print(f"Connected to {server.name} {server.version}")
        result = await client.call_tool("lookup_question", {"question": question})
    reply = result.structured_content
    print(f"\nQ: {question}\nOutcome: {reply['outcome']}\n")
    referral = reply["referral"]
    print(reply.get("quick_answer") or referral["message"])
    print("\nCite:")
    for citation in reply["citations"]:
        print(f"  [{citation['role']}] {citation['title']}\n    {citation['url']}")
    if referral["see_clinician_if"]:
        print("\nSee a clinician:")
    for point in referral["see_clinician_if"]:
        print(f"  - {point}")
    if reply.get("quick_answer"):
        print(f"\n{referral['message']}")


if __name__ == "__main__":
    anyio.run(main, " ".join(sys.argv[1:]) or QUESTION)
