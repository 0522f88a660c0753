"""What a program that drives `claude --print` brings along: hooks that are functions, MCP servers of its own.

Source: the messages of claude-agent-sdk (Python and TypeScript) and the real Claude Code 2.1.197, recorded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.stub.claude_driver import call

if TYPE_CHECKING:
    from tests.stub.claude_driver import ClaudeHome, PopenClaude

DRIVEN = ("-p", "--output-format", "stream-json", "--verbose", "--input-format", "stream-json")
SKIP = "--dangerously-skip-permissions"
SAID: dict[str, Any] = {"say": "done"}
ADD = {"name": "add", "description": "Add", "inputSchema": {"type": "object"}}
Object = dict[str, Any]


class Driving:
    """A program that starts the CLI, answers what it is asked, and keeps what it was asked."""

    def __init__(self, popen: PopenClaude, *words: str, replies: list[Object]) -> None:
        self._running = popen(*DRIVEN, *words, replies=replies, env={"IS_SANDBOX": "1"})
        self.asked: list[Object] = []
        self.printed: list[Object] = []

    def say(self, message: Object) -> None:
        assert self._running.stdin is not None
        self._running.stdin.write(json.dumps(message) + "\n")
        self._running.stdin.flush()

    def begin(self, **request: object) -> None:
        self.say(
            {"type": "control_request", "request_id": "1", "request": {"subtype": "initialize", **request}}
        )

    def prompt(self, text: str) -> None:
        self.say({"type": "user", "message": {"role": "user", "content": text}})

    def until(self, kind: str, answer: Callable[[Object], Object]) -> None:
        """Answer all that it asks until it prints that."""
        for line in self._lines():
            if line["type"] == "control_request":
                self.asked.append(line["request"])
                self._answer(line["request_id"], answer(line["request"]))
            else:
                self.printed.append(line)
            if line["type"] == kind:
                return
        pytest.fail(f"it ended without {kind}: {self.printed}")

    def end(self) -> None:
        self._running.communicate()

    def _answer(self, name: str, response: Object) -> None:
        told = {"subtype": "success", "request_id": name, "response": response}
        self.say({"type": "control_response", "response": told})

    def _lines(self) -> Iterator[Object]:
        assert self._running.stdout is not None
        yield from map(json.loads, self._running.stdout)


def nothing(_request: Object) -> Object:
    return {}


def server(request: Object) -> Object:
    """Be a server with one tool, which adds."""
    message = request["message"]
    result: Object = {}
    if message["method"] == "initialize":
        result = {"capabilities": {"tools": {}}, "protocolVersion": "2025-11-25", "serverInfo": {"name": "s"}}
    elif message["method"] == "tools/list":
        result = {"tools": [ADD]}
    elif message["method"] == "tools/call":
        given = message["params"]["arguments"]
        result = {"content": [{"type": "text", "text": f"sum {given['a'] + given['b']}"}]}
    return {"mcp_response": {"jsonrpc": "2.0", "id": message.get("id"), "result": result}}


def test_a_function_hears_of_the_events_that_it_asked_for(popen_claude: PopenClaude) -> None:
    replies: list[Object] = [{"call": call("Bash", command="true")}, SAID]
    driving = Driving(popen_claude, SKIP, replies=replies)
    driving.begin(
        hooks={
            "PreToolUse": [{"matcher": "Write|Bash", "hookCallbackIds": ["hook_0"]}],
            "PostToolUse": [{"matcher": "Write", "hookCallbackIds": ["hook_1"]}],
            "Stop": [{"matcher": None, "hookCallbackIds": ["hook_2", "hook_3"]}],
        }
    )
    driving.until("control_response", nothing)
    driving.prompt("go")
    driving.until("result", nothing)
    driving.end()
    before, *stops = driving.asked
    assert (before["subtype"], before["callback_id"]) == ("hook_callback", "hook_0")
    assert before["input"]["hook_event_name"] == "PreToolUse"
    assert before["input"]["tool_input"]["command"] == "true"
    assert before["tool_use_id"] == before["input"]["tool_use_id"]
    assert [asked["callback_id"] for asked in stops] == ["hook_2", "hook_3"]


def test_a_function_may_deny_a_call(popen_claude: PopenClaude, home: ClaudeHome) -> None:
    replies: list[Object] = [{"call": call("Bash", command="touch made")}, SAID]
    driving = Driving(popen_claude, SKIP, replies=replies)
    driving.begin(hooks={"PreToolUse": [{"matcher": "Bash", "hookCallbackIds": ["hook_0"]}]})
    driving.until("control_response", nothing)
    driving.prompt("go")
    denied = {"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": "No."}
    driving.until("result", lambda _: {"hookSpecificOutput": denied})
    driving.end()
    (returned,) = [line for line in driving.printed if line["type"] == "user"]
    assert returned["message"]["content"][0]["content"] == "No."
    assert not (home.workdir / "made").exists()


@pytest.mark.parametrize("named", ["on the command line", "when it says hello"])
def test_the_tools_of_a_server_in_the_program_are_called(popen_claude: PopenClaude, named: str) -> None:
    config = json.dumps({"mcpServers": {"calc": {"type": "sdk", "name": "calc"}}})
    words = ["--mcp-config", config] if named == "on the command line" else []
    replies: list[Object] = [{"call": call("mcp__calc__add", a=1, b=2)}, SAID]
    driving = Driving(popen_claude, SKIP, *words, replies=replies)
    driving.begin(**({} if words else {"sdkMcpServers": ["calc"]}))
    driving.until("control_response", server)
    driving.prompt("go")
    driving.until("result", server)
    driving.end()
    (begun,) = [line for line in driving.printed if line.get("subtype") == "init"]
    assert "mcp__calc__add" in begun["tools"]
    assert begun["mcp_servers"] == [{"name": "calc", "status": "connected"}]
    (returned,) = [line for line in driving.printed if line["type"] == "user"]
    assert returned["message"]["content"][0]["content"] == [{"type": "text", "text": "sum 3"}]
    methods = [asked["message"]["method"] for asked in driving.asked]
    assert methods == ["initialize", "notifications/initialized", "tools/list", "tools/call"]


def test_a_server_in_a_program_that_drives_nobody_has_failed(popen_claude: PopenClaude) -> None:
    config = json.dumps({"mcpServers": {"calc": {"type": "sdk", "name": "calc"}}})
    running = popen_claude(
        "-p", "go", "--output-format", "stream-json", "--verbose", "--mcp-config", config, replies=[SAID]
    )
    printed, _ = running.communicate()
    begun = next(line for line in map(json.loads, printed.splitlines()) if line.get("subtype") == "init")
    assert begun["mcp_servers"] == [{"name": "calc", "status": "failed"}]
