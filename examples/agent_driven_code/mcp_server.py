"""An MCP server on stdio, whose tools ask a Claude Code that is kept in tmux.

On stdio only the program that started it can talk to it: it opens no port and needs no token.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from kept_agent import AgentGone, KeptAgent, PermissionAsked, Refused, TooSlow, TurnFailed
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

server: MCPServer[None] = MCPServer("kept-agent")
agent = KeptAgent("mcp-server")


@server.tool(structured_output=False)
def ask(prompt: str) -> str:
    """Ask the kept agent, and wait for its answer. It remembers what was said before."""
    return _told(lambda: agent.ask(prompt))


@server.tool(structured_output=False)
def answer_permission(*, allow: bool) -> str:
    """Answer the permission dialog that `ask` reported, and wait for the agent's answer."""
    return _told(agent.allow if allow else agent.deny)


def _told(verb: Callable[[], str]) -> str:
    try:
        return verb()
    except PermissionAsked as asked:
        raise ToolError(f"The agent asks for permission; use answer_permission:\n{asked}") from asked
    except (Refused, TurnFailed, AgentGone, TooSlow) as error:
        raise ToolError(str(error)) from error


def _end(*_: object) -> None:
    """End at once: the one who sent the signal does not wait, and the server may be reading its input."""
    for number in ENDING:  # Some clients send one after the other; the first has begun to end the agent.
        signal.signal(number, signal.SIG_IGN)
    agent.close()
    os._exit(0)


def main() -> None:
    """Serve until the input ends, or a signal comes, which is how some clients end a server."""
    for number in ENDING:
        signal.signal(number, _end)
    with agent:
        server.run("stdio")


if __name__ == "__main__":
    main()
