"""An MCP server for tests: `mcp_server.py MODE LOG`; answers as the one of the captures did."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

MODE, LOG = sys.argv[1], Path(sys.argv[2])
TEXT = {"type": "text"}
ANSWERS: dict[str, dict[str, Any]] = {
    "fail": {"content": [{**TEXT, "text": "it failed"}, {**TEXT, "text": "twice"}], "isError": True},
    "multi": {"content": [{**TEXT, "text": "one"}, {**TEXT, "text": "two\n"}]},
    "structured": {"content": [{**TEXT, "text": "text"}], "structuredContent": {"a": 1}},
    "notext": {"structuredContent": {"b": [1, 2]}},
    "empty": {"content": []},
    "image": {
        "content": [
            {
                "type": "image",
                "data": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwAD"
                "hgGAWjR9awAAAABJRU5ErkJggg==",
                "mimeType": "image/png",
            }
        ]
    },
    "ro": {"content": [{**TEXT, "text": "ro"}]},
    "big": {"content": [{**TEXT, "text": "y" * 200_000}]},
    "resource": {
        "content": [
            {"type": "resource", "resource": {"uri": "file:///x", "text": "res", "mimeType": "text/plain"}},
            {"type": "resource_link", "uri": "file:///y", "name": "why"},
        ]
    },
}
TOOLS = [*ANSWERS, "echo", "crash", "hang", "rpcerr", "odd name!", "req", "progress", "ask"]


def log(*told: object) -> None:
    with LOG.open("a") as file:
        file.write(json.dumps(told) + "\n")


def heard(number: int, _frame: FrameType | None) -> None:
    log("signal", number)
    if MODE != "stubborn":
        sys.exit(0)


def send(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def ask(method: str) -> None:
    send({"id": 99, "method": method, "params": {}})
    log("in", json.loads(sys.stdin.readline()))


def run(number: int, tool: str, arguments: dict[str, Any]) -> None:
    if tool in ANSWERS:
        send({"id": number, "result": ANSWERS[tool]})
    elif tool in ("echo", "req", "progress", "ask"):
        if tool == "progress":
            send({"method": "notifications/message", "params": {"level": "info", "data": "x"}})
        if tool == "ask":
            for method in ("roots/list", "ping", "sampling/createMessage"):
                ask(method)
        text = {"progress": "progressed", "ask": "asked"}.get(tool, f"{tool} {json.dumps(arguments)}")
        send({"id": number, "result": {"content": [{**TEXT, "text": text}]}})
    elif tool == "rpcerr":
        send({"id": number, "error": {"code": -32602, "message": "bad params", "data": {"d": 1}}})
    elif tool == "crash":
        sys.exit(1)
    elif tool != "hang":
        send({"id": number, "error": {"code": -32601, "message": f"Unknown tool {tool}"}})


def answer(message: dict[str, Any]) -> None:
    number, method, params = message.get("id"), message.get("method"), message.get("params") or {}
    if number is None:
        return
    if MODE in ("mute", "refuses"):
        if MODE == "refuses":
            send({"id": number, "error": {"code": -32000, "message": "no way"}})
        return
    if method == "initialize":
        version = params["protocolVersion"]
        info = {"name": "test", "version": "1"}
        send({"id": number, "result": {"protocolVersion": version, "capabilities": {}, "serverInfo": info}})
    elif method == "tools/list":
        tools = [{"name": name, "description": "", "inputSchema": {"type": "object"}} for name in TOOLS]
        page = {"tools": tools[5:]} if params.get("cursor") else {"tools": tools[:5], "nextCursor": "5"}
        send({"id": number, "result": page})
    elif method == "tools/call":
        run(number, params["name"], params["arguments"])


for one in (signal.SIGINT, signal.SIGTERM):
    signal.signal(one, heard)
log("begin", os.getpid())
if MODE == "exits":
    sys.exit(3)
if MODE == "prints":
    sys.stdout.write("hello, this is no JSON\n")
for line in sys.stdin:
    log("in", json.loads(line))
    answer(json.loads(line))
while MODE == "stubborn":
    time.sleep(60)
