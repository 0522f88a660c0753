"""One MCP server: its handshake, its tools, and the calls to them.

Source: Model Context Protocol 2025-11-25; what Claude Code 2.1.197 sends and answers, measured.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.stub.claude.channel import Channel
from pytest_tmuxagent.stub.claude.driver import DriverChannel
from pytest_tmuxagent.stub.claude.mcp_configuration import DRIVEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from pytest_tmuxagent.stub.children import Children
    from pytest_tmuxagent.stub.claude.driver import Driver
    from pytest_tmuxagent.stub.loop import Loop, Timer

    Answer = Callable[[dict[str, Any]], None]  # gets a JSON-RPC response, ours in an emergency

PENDING, CONNECTED, FAILED = "pending", "connected", "failed"
_CONNECTION_CLOSED = -32000
_METHOD_NOT_FOUND = -32601
_START_PATIENCE_MS = 30_000
_RETRIES = (0.25, 0.5, 1.0)
_CLIENT = {
    "name": "claude-code",
    "title": "Claude Code",
    "version": "2.1.197",
    "description": "Anthropic's agentic coding tool",
    "websiteUrl": "https://claude.com/claude-code",
}


class Server:
    """Starts its program at once; `changed` is called whenever its status or its tools did."""

    def __init__(
        self,
        name: str,
        config: Mapping[str, Any],
        *,
        cwd: str,
        loop: Loop,
        children: Children,
        changed: Callable[[], None],
        driver: Driver | None = None,
    ) -> None:
        self.name = name
        self.is_driven = config.get("type") == DRIVEN
        self._driver = driver
        self.status = PENDING
        self.tools: dict[str, dict[str, Any]] = {}
        self._config = config
        self._cwd = cwd
        self._loop = loop
        self._children = children
        self._changed = changed
        self._channel: Channel | DriverChannel | None = None
        self._answers: dict[int, Answer] = {}
        self._next_id = 0
        self._ready: list[Callable[[], None]] = []
        self._knows_tools = False
        self._retries = list(_RETRIES)
        self._timer: Timer | None = None

    def connect(self) -> None:
        """Start the program, and shake hands; one that is driven is there already."""
        self._next_id, self.status = 0, PENDING
        try:
            self._channel = self._driven() if self.is_driven else self._started()
        except (OSError, ValueError, KeyError, TypeError):
            self._settle(FAILED)
            return
        self._timer = self._loop.after(milliseconds("MCP_TIMEOUT", _START_PATIENCE_MS), self._give_up)
        self._initialize()

    def _started(self) -> Channel:
        return Channel(
            [str(self._config["command"]), *map(str, self._config.get("args") or ())],
            {**os.environ, "CLAUDE_PROJECT_DIR": self._cwd, **(self._config.get("env") or {})},
            loop=self._loop,
            children=self._children,
            receive=self._receive,
            lost=self._lost,
        )

    def _driven(self) -> DriverChannel:
        if self._driver is None:
            raise ValueError("nobody drives us who could be asked")
        return DriverChannel(self._driver, self.name, receive=self._receive)

    def report(self) -> dict[str, Any]:
        """Give its name and status, how it is started, and its tools when it is connected."""
        told: dict[str, Any] = {"name": self.name, "status": self.status}
        if not self.is_driven:
            told["config"] = {"type": "stdio", **self._config}
        if self.status == CONNECTED:
            told["tools"] = [
                {"name": str(tool["name"]), "annotations": tool.get("annotations") or {}}
                for tool in self.tools.values()
            ]
        return told

    @property
    def is_pending(self) -> bool:
        """Whether it is not known yet what becomes of it."""
        return self.status == PENDING

    @property
    def prefix(self) -> str:
        """What the names of its tools begin with."""
        return f"mcp__{normalised(self.name)}__"

    def await_driver(self) -> None:
        """Count as failed until the program that drives us says hello."""
        self.status = FAILED

    def when_ready(self, ready: Callable[[], None]) -> None:
        """Call when it is connected, or has failed; a server that went away is started again."""
        if self._channel is None and self._knows_tools:
            self._ready.append(ready)
            self.connect()
        elif self.status == PENDING:
            self._ready.append(ready)
        else:
            ready()

    def call(self, tool: str, arguments: Mapping[str, Any], *, meta: str, answer: Answer) -> int:
        """Call a tool; give the number of the request, to cancel it by."""
        number = self._next_id
        told = {"claudecode/toolUseId": meta, "progressToken": number}
        self._request("tools/call", {"name": tool, "arguments": arguments, "_meta": told}, answer)
        return number

    def cancel(self, number: int, reason: str) -> None:
        """Wait for a call no longer."""
        if self._answers.pop(number, None) is not None:
            self._notify("notifications/cancelled", {"requestId": number, "reason": reason})

    def detach(self) -> Channel | None:
        """Give the channel to whoever ends the server; it is heard no more."""
        channel, self._channel = self._channel, None
        if not isinstance(channel, Channel):
            return None
        channel.release()
        return channel

    # --- the handshake ---

    def _initialize(self) -> None:
        capabilities: dict[str, Any] = {} if self.is_driven else {"roots": {}, "elicitation": {}}
        params = {"protocolVersion": "2025-11-25", "capabilities": capabilities, "clientInfo": _CLIENT}
        self._request("initialize", params, self._initialized)

    def _initialized(self, response: dict[str, Any]) -> None:
        if not isinstance(response.get("result"), dict):
            self._give_up()
            return
        self._notify("notifications/initialized")
        if self._knows_tools:
            self._settle(CONNECTED)
        else:
            self._list_tools()

    def _list_tools(self, cursor: str | None = None) -> None:
        params = None if cursor is None else {"cursor": cursor}
        self._request("tools/list", params, self._listed)

    def _listed(self, response: dict[str, Any]) -> None:
        result = response.get("result")
        if not isinstance(result, dict):
            if self._retries and self._channel is not None:
                self._loop.after(self._retries.pop(0), self._list_tools)
            else:
                self._settle(CONNECTED if self._channel is not None else FAILED)
            return
        tools = result.get("tools")
        listed = [tool for tool in tools if _is_tool(tool)] if isinstance(tools, list) else []
        self.tools.update({normalised(str(tool["name"])): tool for tool in listed})
        if result.get("nextCursor"):
            self._list_tools(str(result["nextCursor"]))
            return
        self._knows_tools = True
        self._settle(CONNECTED)

    def _settle(self, status: str) -> None:
        self.status = status
        self._loop.cancel(self._timer)
        waiting, self._ready = self._ready, []
        for ready in waiting:
            ready()
        self._changed()

    def _give_up(self) -> None:
        """End a server that does not shake hands."""
        channel, self._channel = self._channel, None
        self._answers.clear()
        if channel is not None:
            channel.close()
        if isinstance(channel, Channel):
            self._children.kill(channel.child)
        self._settle(FAILED)

    def _lost(self) -> None:
        channel, self._channel = self._channel, None
        if isinstance(channel, Channel):
            self._children.kill(channel.child)  # it closed its output, which is no use to anybody
        answers, self._answers = self._answers, {}
        for answer in answers.values():
            answer({"error": {"code": _CONNECTION_CLOSED, "message": "Connection closed"}})
        if self.status == PENDING:
            self._settle(FAILED)

    # --- messages ---

    def _request(self, method: str, params: dict[str, Any] | None, answer: Answer) -> None:
        number, self._next_id = self._next_id, self._next_id + 1
        if self._channel is None:
            answer({"error": {"code": _CONNECTION_CLOSED, "message": "Connection closed"}})
            return
        self._answers[number] = answer
        self._send({"method": method, **({} if params is None else {"params": params}), "id": number})

    def _notify(self, method: str, params: dict[str, Any] | None = None) -> None:
        self._send({"method": method, **({} if params is None else {"params": params})})

    def _send(self, message: dict[str, Any]) -> None:
        if self._channel is not None:
            number = {"id": message.pop("id")} if "id" in message else {}
            self._channel.send({**message, "jsonrpc": "2.0", **number})

    def _receive(self, message: dict[str, Any]) -> None:
        method, number = message.get("method"), message.get("id")
        if isinstance(method, str):
            if number is not None:
                self._serve(method, number)
            elif method == "notifications/tools/list_changed" and self._knows_tools:
                self._list_tools()
        elif isinstance(number, int) and number in self._answers:
            self._answers.pop(number)(message)

    def _serve(self, method: str, number: object) -> None:
        """Answer what a server asks of its client."""
        results: dict[str, dict[str, Any]] = {
            "ping": {},
            "roots/list": {"roots": [{"uri": f"file://{self._cwd}"}]},
        }
        if method in results:
            self._send({"result": results[method], "id": number})
        else:
            error = {"code": _METHOD_NOT_FOUND, "message": "Method not found"}
            if self._channel is not None:
                self._channel.send({"jsonrpc": "2.0", "id": number, "error": error})


def _is_tool(tool: object) -> bool:
    return isinstance(tool, dict) and "name" in tool


def normalised(name: str) -> str:
    """Give a name as it may stand in that of a tool."""
    allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
    return "".join(character if character in allowed else "_" for character in name)


def milliseconds(variable: str, usual: float) -> float:
    """Give the seconds that a variable says in milliseconds."""
    given = os.environ.get(variable, "")
    return (float(given) if given.isdecimal() and int(given) else usual) / 1000
