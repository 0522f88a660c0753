"""One call of an MCP server's tool, and what is made of the answer.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.stub.claude import results
from pytest_tmuxagent.stub.claude.inputs import pretty
from pytest_tmuxagent.stub.claude.outcome import preview
from pytest_tmuxagent.stub.claude.server import CONNECTED, milliseconds
from pytest_tmuxagent.stub.jsonlines import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from pytest_tmuxagent.stub.claude.server import Server
    from pytest_tmuxagent.stub.loop import Loop, Timer

    Call = Mapping[str, Any]
    Result = dict[str, Any]
    Keep = Callable[[str], str]

_PATIENCE_MS = 100_000_000
_LONGEST = 50_000


class McpCall:
    """Runs from `begin`, when its server is ready, until `done` gets the result or it is cancelled."""

    __slots__ = (
        "_call",
        "_done",
        "_keep",
        "_loop",
        "_number",
        "_over",
        "_patience",
        "_server",
        "_timer",
        "_tool",
    )

    def __init__(
        self,
        call: Call,
        server: Server,
        tool: str,
        *,
        loop: Loop,
        keep: Keep | None,
        done: Callable[[Result], None],
    ) -> None:
        self._call = call
        self._server = server
        self._tool = tool
        self._loop = loop
        self._keep = keep
        self._done = done
        self._patience = milliseconds("MCP_TOOL_TIMEOUT", _PATIENCE_MS)
        self._number: int | None = None
        self._timer: Timer | None = None
        self._over = False

    def begin(self) -> None:
        """Send it."""
        if self._over:
            return
        if self._tool not in self._server.tools:
            self._finish(results.refused(self._call, f"Error: No such tool available: {self._call['name']}"))
            return
        if self._server.status != CONNECTED:
            text = f'MCP server "{self._server.name}" is not connected'
            self._finish(results.failed(self._call, text))
            return
        self._timer = self._loop.after(self._patience, self._lose_patience)
        name, arguments = self._server.tools[self._tool]["name"], self._call["input"]
        self._number = self._server.call(name, arguments, meta=self._call["id"], answer=self._answered)

    def cancel(self, reason: str) -> None:
        """Wait for it no longer; `done` is not called any more."""
        self._over = True
        self._loop.cancel(self._timer)
        if self._number is not None:
            self._server.cancel(self._number, reason)

    def _answered(self, response: Mapping[str, Any]) -> None:
        self._loop.cancel(self._timer)
        self._finish(result_of(self._call, response, server=self._server.name, keep=self._keep))

    def _lose_patience(self) -> None:
        seconds = int(self._patience)
        named = f'MCP server "{self._server.name}" tool "{self._tool}"'
        self.cancel(f"{named} timed out after {seconds}s")
        self._over = False
        self._finish(results.failed(self._call, f"{named} timed out after {seconds}s"))

    def _finish(self, result: Result) -> None:
        if not self._over:
            self._over = True
            self._done(result)


def result_of(call: Call, response: Mapping[str, Any], *, server: str, keep: Keep | None = None) -> Result:
    """Make the result of a call from a server's JSON-RPC response."""
    result = response.get("result")
    if not isinstance(result, dict):
        error = response.get("error")
        error = error if isinstance(error, dict) else {}
        text = f"MCP error {error.get('code', -32603)}: {error.get('message', '')}"
        return results.failed(call, text)
    content = result.get("content")
    parts = content if isinstance(content, list) else []
    blocks = [_block(one, server) for one in parts if isinstance(one, dict)]
    if result.get("isError"):
        return results.failed(call, _text(blocks) or "Unknown error")
    if result.get("structuredContent") is not None:
        told = encode_line(result["structuredContent"]).decode().rstrip("\n")
        return results.succeeded(call, told, told)
    if not blocks:
        return results.succeeded(call, f"({call['name']} completed with no output)", [])
    return _kept(call, blocks, keep)


def _kept(call: Call, blocks: list[dict[str, Any]], keep: Keep | None) -> Result:
    """Give the blocks; those that are too long for the model go to a file."""
    text = _text(blocks)
    if len(text) <= _LONGEST or keep is None:
        return {**results.succeeded(call, text, blocks), "content": blocks}
    told = pretty(blocks)
    path = f"{os.path.splitext(keep(str(call['id'])))[0]}.json"
    with open(path, "w", encoding="utf-8") as file:
        file.write(told)
    return results.succeeded(call, preview(told, path, size_bytes=len(told.encode())), blocks)


def _text(blocks: list[dict[str, Any]]) -> str:
    return "\n".join(str(block["text"]) for block in blocks if block.get("type") == "text")


def _block(one: Mapping[str, Any], server: str) -> dict[str, Any]:
    """Give a part of an answer as the Messages API takes it."""
    kind = one.get("type")
    if kind == "image":
        source = {"type": "base64", "media_type": one.get("mimeType"), "data": one.get("data")}
        return {"type": "image", "source": source}
    if kind == "resource":
        resource = one.get("resource")
        resource = resource if isinstance(resource, dict) else {}
        text = f"[Resource from {server} at {resource.get('uri')}] {resource.get('text', '')}"
        return {"type": "text", "text": text}
    if kind == "resource_link":
        about = f" ({one['description']})" if one.get("description") else ""
        return {"type": "text", "text": f"[Resource link: {one.get('name')}] {one.get('uri')}{about}"}
    return {"type": "text", "text": str(one.get("text", ""))}
