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


# --- what the program decides on calls ---

ASKS = ("--permission-prompt-tool", "stdio")
TOUCH = {"call": call("Bash", command="touch made")}
TOUCH_AGAIN = {"call": call("Bash", command="touch more")}


def allow(**more: object) -> Callable[[Object], Object]:
    return lambda request: {"behavior": "allow", "updatedInput": request["input"], **more}


def test_a_call_is_asked_about_with_what_it_would_touch(popen_claude: PopenClaude, home: ClaudeHome) -> None:
    driving = Driving(popen_claude, *ASKS, replies=[TOUCH, SAID])
    driving.begin()
    driving.prompt("go")
    driving.until("result", allow())
    driving.end()
    (asked,) = driving.asked
    assert (asked["description"], asked["blocked_path"]) == ("touch made", str(home.workdir / "made"))


def test_a_program_that_takes_the_suggestions_is_asked_no_more(
    popen_claude: PopenClaude, home: ClaudeHome
) -> None:
    written = {"call": call("Write", file_path="a.txt", content="x\n")}
    driving = Driving(popen_claude, *ASKS, replies=[TOUCH, TOUCH_AGAIN, written, SAID])
    driving.begin()
    driving.prompt("go")
    suggested: list[Object] = []

    def take(request: Object) -> Object:
        suggested.extend(request["permission_suggestions"])
        return {"behavior": "allow", "updatedInput": request["input"], "updatedPermissions": suggested}

    driving.until("result", take)
    driving.end()
    assert [request["input"] for request in driving.asked] == [{"command": "touch made"}]
    changes = [line["permissionMode"] for line in driving.printed if line.get("subtype") == "status"]
    assert changes == ["acceptEdits"]
    kept = json.loads((home.workdir / ".claude" / "settings.local.json").read_text())
    assert kept["permissions"]["allow"] == ["Bash(touch made *)"]


@pytest.mark.parametrize(
    "granted",
    [
        None,
        ["nonsense"],
        [{"type": "setMode", "mode": "bogus"}],
        [{"type": "addRules", "rules": [{}]}, {"type": "addDirectories", "directories": None}],
        [{"type": "addRules", "behavior": "bogus", "rules": [{"toolName": "Bash"}]}],
    ],
)
def test_permissions_that_mean_nothing_change_nothing(popen_claude: PopenClaude, granted: object) -> None:
    driving = Driving(popen_claude, *ASKS, replies=[TOUCH, TOUCH_AGAIN, SAID])
    driving.begin()
    driving.prompt("go")
    driving.until("result", allow(updatedPermissions=granted))
    driving.end()
    assert len(driving.asked) == 2


def test_a_path_that_was_only_made_whole_is_told_as_the_model_gave_it(
    popen_claude: PopenClaude, home: ClaudeHome
) -> None:
    written = {"call": call("Write", file_path="a.txt", content="x\n")}
    driving = Driving(popen_claude, *ASKS, replies=[written, SAID])
    driving.begin()
    driving.prompt("go")
    driving.until("result", allow())
    driving.end()
    assert driving.asked[0]["input"]["file_path"] == str(home.workdir / "a.txt")
    (told,) = [line["tool_use_result"] for line in driving.printed if line["type"] == "user"]
    assert told["filePath"] == "a.txt"


def test_a_denial_that_interrupts_ends_the_turn(popen_claude: PopenClaude) -> None:
    driving = Driving(popen_claude, *ASKS, replies=[TOUCH, SAID])
    driving.begin()
    driving.prompt("go")
    driving.until("result", lambda _: {"behavior": "deny", "message": "stop", "interrupt": True})
    result = driving.printed[-1]
    assert (result["subtype"], result["terminal_reason"]) == ("error_during_execution", "aborted_tools")
    assert [denied["tool_name"] for denied in result["permission_denials"]] == ["Bash"]
    driving.prompt("two")
    driving.until("result", nothing)
    assert driving.printed[-1]["result"] == "done"
    driving.end()


def test_a_stop_hook_that_blocks_is_told_and_counts_as_a_turn(popen_claude: PopenClaude) -> None:
    driving = Driving(popen_claude, replies=[{"say": "first"}, {"say": "second"}])
    driving.begin(hooks={"Stop": [{"matcher": None, "hookCallbackIds": ["h"]}]})
    driving.prompt("go")

    def block_once(request: Object) -> Object:
        again = request["input"]["stop_hook_active"]
        return {} if again else {"decision": "block", "reason": "go on"}

    driving.until("result", block_once)
    driving.end()
    told = [line for line in driving.printed if line.get("isSynthetic")]
    assert [line["message"]["content"][0]["text"] for line in told] == ["Stop hook feedback:\ngo on"]
    assert [line["key"] for line in driving.printed if line.get("subtype") == "notification"] == [
        "stop-hook-error"
    ]
    assert (driving.printed[-1]["result"], driving.printed[-1]["num_turns"]) == ("second", 2)


# --- what else it asks for ---


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ({"subtype": "rewind_files", "user_message_id": "x"}, "File rewinding is not enabled."),
        ({"subtype": "mcp_reconnect", "serverName": "none"}, "Server not found: none"),
        ({"subtype": "mcp_toggle", "serverName": "none", "enabled": False}, "Server not found: none"),
    ],
)
def test_what_cannot_be_done_is_refused_in_the_words_of_the_cli(
    popen_claude: PopenClaude, request_: Object, answer: str
) -> None:
    driving = Driving(popen_claude, replies=[SAID])
    driving.say({"type": "control_request", "request_id": "2", "request": request_})
    driving.until("control_response", nothing)
    driving.end()
    assert driving.printed[-1]["response"]["error"] == answer


def test_it_tells_how_full_the_context_is(popen_claude: PopenClaude) -> None:
    driving = Driving(popen_claude, replies=[SAID])
    driving.say({"type": "control_request", "request_id": "2", "request": {"subtype": "get_context_usage"}})
    driving.until("control_response", nothing)
    driving.end()
    told = driving.printed[-1]["response"]["response"]
    assert (told["totalTokens"], told["maxTokens"], told["percentage"]) == (0, 1_000_000, 0)
    assert sum(part["tokens"] for part in told["categories"]) == told["maxTokens"]


def test_the_status_of_a_server_names_its_tools(popen_claude: PopenClaude) -> None:
    driving = Driving(popen_claude, replies=[SAID])
    driving.begin(sdkMcpServers=["calc"])
    driving.until("control_response", server)
    driving.say({"type": "control_request", "request_id": "2", "request": {"subtype": "mcp_status"}})
    driving.until("control_response", server)
    driving.end()
    (told,) = driving.printed[-1]["response"]["response"]["mcpServers"]
    assert told == {
        "name": "calc",
        "status": "connected",
        "tools": [{"name": "add", "annotations": {}}],
    }
