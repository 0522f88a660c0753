"""An MCP server over an agent in tmux, tested with the bench: here another agent is its client."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pytest_tmuxagent import AgentSandbox, Completed, say, tool

SERVER = {"command": sys.executable, "args": [str(Path(__file__).with_name("mcp_server.py"))]}
CLIENT = ["claude", "--print", "--dangerously-skip-permissions", "--strict-mcp-config"]
# Claude Code else begins before its servers are there, and waits for them 5 s at the most; ours starts an
# agent first.
PATIENT = {"MCP_CONNECTION_NONBLOCKING": "0", "MCP_CONNECT_TIMEOUT_MS": "60000", "MCP_TIMEOUT": "60000"}


def delegate(agent_sandbox: AgentSandbox) -> Completed:
    """Let Claude Code use the server for one prompt; what the tool returned is in the request behind it."""
    servers = json.dumps({"mcpServers": {"kept": SERVER}})
    command = [*CLIENT, "--mcp-config", servers, "--", "Delegate it"]
    return agent_sandbox.run(command, env=PATIENT, timeout=100)


def test_one_agent_asks_the_other(agent_sandbox: AgentSandbox) -> None:
    agent_sandbox.script.when("Delegate").reply(tool.call("mcp__kept__ask", prompt="How many files?")).reply(
        lambda request: f"It said: {request.results[0].output}"
    )
    agent_sandbox.script.when("How many").reply(say("Seven."))

    done = delegate(agent_sandbox)

    assert done.stdout == "It said: Seven.\n", done.stderr
    agent_sandbox.assert_prompts_delivered_once("Delegate it", "How many files?")
    agent_sandbox.assert_nothing_left_running()


def test_a_permission_dialog_is_handed_on_and_answered(agent_sandbox: AgentSandbox) -> None:
    asks = agent_sandbox.script.when("Delegate")
    asks.reply(tool.call("mcp__kept__ask", prompt="Count them"))
    asks.reply(tool.call("mcp__kept__answer_permission", allow=True))
    asks.reply(say("Counted."))
    agent_sandbox.script.when("Count them").reply(tool.shell("echo 7 > counted")).reply(say("It is done."))

    done = delegate(agent_sandbox)

    assert done.stdout == "Counted.\n", done.stderr
    said = [result.output for request in agent_sandbox.script.requests for result in request.results]
    assert "The agent asks for permission" in said[0]
    assert "echo 7 > counted" in said[0]
    assert said[-1] == "It is done."
    assert (agent_sandbox.workdir / "counted").read_text() == "7\n"
