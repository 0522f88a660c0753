"""Defects of a program that drives Claude Code, found by this plugin's assertions: rb-claude-tmux 0.1.0.

It is unmodified, from the Python registry, and stands for a program of yours. There each `with
pytest.raises(...)` would be the bare assertion, and the test would fail with the message that it shows.
"""

from __future__ import annotations

import json
import sys

import pytest

from pytest_tmuxagent import AgentSandbox, fail, say, tool

CHAT = """
import json, sys
from claude_tmux import TmuxClaudeClient
print(TmuxClaudeClient(**json.loads(sys.argv[1])).chat(sys.argv[2]))
"""


def chat(sandbox: AgentSandbox, message: str, *, clock_speed: float = 1, **client: object) -> str:
    """Have the program ask one thing, and give what it took for the answer."""
    program = [sys.executable, "-c", CHAT, json.dumps(client), message]
    done = sandbox.run(program, clock_speed=clock_speed, timeout=90)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_prompt_is_executed_by_a_shell(agent_sandbox: AgentSandbox) -> None:
    # In its tmux mode the words are joined with blanks and given to `bash -c`, unquoted.
    # The agent is asked for the first word, and the shell runs what stands behind the semicolon.
    agent_sandbox.script.reply("Looked.").always()

    chat(agent_sandbox, "look; touch executed", use_tmux=True)

    agent_sandbox.wait_until((agent_sandbox.workdir / "executed").exists)
    with pytest.raises(AssertionError, match="look; touch executed"):
        agent_sandbox.assert_prompts_delivered_once("look; touch executed")


def test_a_tab_is_lost(agent_sandbox: AgentSandbox) -> None:
    # The same line again: the shell splits at tabs and blanks, and Claude Code takes the first word alone.
    agent_sandbox.script.reply("Understood.").always()

    chat(agent_sandbox, "name\tvalue", use_tmux=True)

    with pytest.raises(AssertionError, match="name"):
        agent_sandbox.assert_prompts_delivered_once("name\tvalue")


def test_a_prompt_over_16_kb_is_lost(agent_sandbox: AgentSandbox) -> None:
    # tmux refuses a command line of more than 16 KB. The error is returned as if the agent had said it.
    said = chat(agent_sandbox, "long " * 4000, use_tmux=True)

    assert said.startswith("Error running Claude Code")
    with pytest.raises(AssertionError, match="long"):
        agent_sandbox.assert_prompts_delivered_once("long " * 4000)


def test_a_prompt_with_a_leading_dash_is_lost(agent_sandbox: AgentSandbox) -> None:
    # There is no `--` before the message, so that Claude Code takes it for an option.
    said = chat(agent_sandbox, "- one\n- two")

    assert said == "Claude Code returned an error. Please try again."
    with pytest.raises(AssertionError, match="one"):
        agent_sandbox.assert_prompts_delivered_once("- one\n- two")


def test_a_session_is_killed_by_prefix(agent_sandbox: AgentSandbox) -> None:
    # `kill-session -t night-run` means any session whose name begins so, if none is called so;
    # `-t =night-run` would not.
    agent_sandbox.add_decoy("night-run")
    agent_sandbox.script.reply("Done.").always()

    chat(agent_sandbox, "work", use_tmux=True, session_name="night")

    with pytest.raises(AssertionError, match="night-run"):
        agent_sandbox.assert_only_own_sessions_touched()


def test_a_second_client_of_the_same_name_ends_the_first(agent_sandbox: AgentSandbox) -> None:
    # Before each run it kills the session of its name, whoever is at work in it.
    agent_sandbox.script.when("first").reply(tool.shell("touch begun; sleep 600"))
    agent_sandbox.script.when("second").reply("Done.")
    program = [sys.executable, "-c", CHAT, json.dumps({"use_tmux": True, "session_name": "shared"}), "first"]

    with agent_sandbox.start(program) as first:
        agent_sandbox.wait_for_flag("begun")
        assert chat(agent_sandbox, "second", use_tmux=True, session_name="shared") == "Done."
        first.wait()

    with pytest.raises(AssertionError):
        assert [launch.exit.status for launch in agent_sandbox.launches if launch.exit] == [0, 0]


@pytest.mark.agent(rungs=("stub",))  # the real Claude Code needs some seconds to start, minutes of that clock
def test_a_run_that_thinks_for_a_minute_is_ended_and_asked_something_else(
    agent_sandbox: AgentSandbox,
) -> None:
    # After 60 s without output it ends the agent in the middle of its work, and asks in its own words
    # what it is doing. The program's clock runs twenty times as fast here; the agent's does not.
    agent_sandbox.script.when("think").reply(say("The answer.").hold())
    agent_sandbox.script.when("status update").reply("I was interrupted.")

    said = chat(agent_sandbox, "think", clock_speed=20)

    assert said == "I was interrupted."
    with pytest.raises(AssertionError, match="status update"):
        agent_sandbox.assert_prompts_delivered_once("think")


def test_a_token_that_expires_in_the_middle_has_the_work_done_twice(agent_sandbox: AgentSandbox) -> None:
    # When the agent ends with an authentication error, it refreshes the token, and repeats the whole run:
    # what the agent had already done is done again.
    agent_sandbox.credentials(expires_in=3600)
    agent_sandbox.outside.token_endpoint("https://console.anthropic.com/oauth/token")
    deploys = tool.shell("echo deployed >> log")
    job = agent_sandbox.script.when("deploy").reply(deploys)
    job.reply(fail(401)).reply(fail(401)).reply(fail(401))  # Claude Code itself tries three times
    job.reply(deploys).reply("Deployed.")

    assert chat(agent_sandbox, "deploy it") == "Deployed."

    assert (agent_sandbox.workdir / "log").read_text() == "deployed\n" * 2
    with pytest.raises(AssertionError, match="deploy it"):
        agent_sandbox.assert_prompts_delivered_once("deploy it")


def test_a_secret_is_on_the_command_line(agent_sandbox: AgentSandbox) -> None:
    # An MCP configuration is given as JSON on the command line, where every user of the machine can read it.
    server = {"command": "server", "env": {"API_TOKEN": "sk-ant-api03-0123456789abcdefghijklmnop"}}

    chat(agent_sandbox, "hello", mcp_config={"mcpServers": {"private": server}})

    with pytest.raises(AssertionError, match="sk-a"):
        agent_sandbox.assert_no_secret_in_argv()
