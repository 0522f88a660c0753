"""What a program that drives agents gets wrong, found in one from the Python registry, aimax 0.1.0.

Unmodified, it keeps Claude Code or Codex in windows of a tmux session, pastes prompts into them, and presses
Enter three times, half a second apart. In a test of your own program the assertion stands alone; here it has
to fail.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_tmuxagent import AgentSandbox, say, tool
from pytest_tmuxagent.errors import WaitTimeout

AIMAX = str(Path(sys.executable).with_name("aimax"))
CLAUDE, CODEX = "tmux-claude-code", "tmux-codex"
HUB = "imac_claude_code_agent_hub"

RunAimax = Callable[..., str]


@pytest.fixture
def aimax(agent_sandbox: AgentSandbox) -> RunAimax:
    """Give a function that runs it, and gives what it prints; its users have these files, too."""
    for name, text in ((".claude/settings.api.json", "{}"), (".codex/rightcode.config.toml", "")):
        path = agent_sandbox.home / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def run(verb: str, *words: str, backend: str = CLAUDE) -> str:
        # It sleeps much. With Codex its clock has to agree with the agent's, whose start it looks for.
        clock_speed = 1.5 if backend == CLAUDE else 1
        argv = [AIMAX, verb, "--backend", backend, *words]
        done = agent_sandbox.run(argv, timeout=90, clock_speed=clock_speed)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def new(agent_sandbox: AgentSandbox, name: str, prompt: str, *, folder: str = ".") -> tuple[str, ...]:
    """The words behind `aimax create`."""
    (agent_sandbox.workdir / folder).mkdir(exist_ok=True)
    there = str((agent_sandbox.workdir / folder).resolve())
    return ("--session", name, "--cwd", there, "--use-proxy", "false", "--prompt", prompt)


def json_in(printed: str) -> dict[str, Any]:
    """What `--json` prints, below the lines of the log."""
    found: dict[str, Any] = json.loads(printed[printed.index("\n{") :])
    return found


def test_a_prompt_is_executed_by_a_shell(agent_sandbox: AgentSandbox, aimax: RunAimax) -> None:
    # `aimax list` has a session `_root`, too, where a shell holds the tmux session open. Who sends a prompt
    # to all that are listed has it executed.
    agent_sandbox.script.reply("Hello.").reply("As you like.")
    aimax("create", *new(agent_sandbox, "job", "Say hello"))
    prompt = "touch everything here"
    for session in json_in(aimax("list", "--json"))[CLAUDE]:
        aimax("send", "--session", session["sessionId"], "--prompt", prompt)

    agent_sandbox.wait_until((agent_sandbox.workdir / "everything").exists)
    with pytest.raises(AssertionError, match=prompt):
        # Told, for a real agent may not have asked its model yet, which would tell what it was sent.
        agent_sandbox.assert_no_prompt_reached_a_shell(prompt)


def test_the_session_of_a_stranger_is_taken(agent_sandbox: AgentSandbox, aimax: RunAimax) -> None:
    # It looks for its tmux session by `-t NAME`, which also means any whose name begins so (`-t =NAME` does
    # not). Its windows come up in somebody else's session, and go down with it.
    agent_sandbox.script.reply("Hello.")
    agent_sandbox.add_decoy(HUB)
    aimax("create", *new(agent_sandbox, "job", "Say hello"))

    with pytest.raises(AssertionError, match=HUB):
        agent_sandbox.assert_only_own_sessions_touched()


def test_a_prompt_goes_to_the_wrong_agent(agent_sandbox: AgentSandbox, aimax: RunAimax) -> None:
    # A window is addressed by its name, `-t HUB:1`, and tmux takes a number for an index first. The window
    # that is called "1" is the second; its prompt is pasted into the first, which is called "2".
    agent_sandbox.script.reply("Hello.").always()
    aimax("create", *new(agent_sandbox, "2", "You are number two"))
    aimax("create", *new(agent_sandbox, "1", "You are number one"))

    agent_sandbox.wait_until(lambda: len(agent_sandbox.prompts) == 2)
    receivers = [prompt.launch.pid for prompt in agent_sandbox.prompts if prompt.launch]
    with pytest.raises(AssertionError):
        assert receivers == [launch.pid for launch in agent_sandbox.launches]
    assert receivers == [agent_sandbox.launches[0].pid] * 2


def test_two_clients_with_one_name_get_one_agent(agent_sandbox: AgentSandbox, aimax: RunAimax) -> None:
    # Where there is a window of that name, `create` types into it, whosever it is. The second client's task
    # is done by the agent of the first, in the folder of the first.
    agent_sandbox.script.reply("Done.").always()
    aimax("create", *new(agent_sandbox, "job", "Clean up red", folder="red"))
    aimax("create", *new(agent_sandbox, "job", "Clean up blue", folder="blue"))

    agent_sandbox.wait_until(lambda: len(agent_sandbox.prompts) == 2)
    places = [Path(prompt.launch.cwd).name for prompt in agent_sandbox.prompts if prompt.launch]
    with pytest.raises(AssertionError):
        assert places == ["red", "blue"]
    assert places == ["red", "red"]


@pytest.mark.agent(rungs=("stub",))  # the real Codex may be so slow that all three come before it asks
def test_a_dialog_is_answered_by_a_stray_enter(agent_sandbox: AgentSandbox, aimax: RunAimax) -> None:
    # Of the three Enters the first submits the prompt. An agent that asks at once takes the second for a yes.
    # (The folder has its name because aimax waits for these words, which today's Codex does not show.)
    agent_sandbox.script.when("tidy").reply(
        tool.ask_user("Delete the backup, too?", "Yes, delete", "No, keep")
    )
    agent_sandbox.script.when("tidy").reply(say("So be it."))
    aimax("create", *new(agent_sandbox, "job", "Please tidy up", folder="model to change"), backend=CODEX)

    agent_sandbox.wait_until(lambda: len(agent_sandbox.script.requests) == 2)
    (agent,) = agent_sandbox.agents
    with pytest.raises(WaitTimeout, match="a permission dialog did not come"):
        agent.wait_for_permission(timeout=0.2)
    assert "Yes, delete" in agent_sandbox.script.requests[1].results[0].output


def test_a_run_never_ends(agent_sandbox: AgentSandbox, aimax: RunAimax) -> None:
    # A person looks in and interrupts the turn. The last record is then one of the user's, so that aimax says
    # "working" for ever, and the flag of the job stays where it is.
    agent_sandbox.script.reply(say("Well,\nthis takes long.").hold(after_characters=6))
    aimax("create", *new(agent_sandbox, "job", "Take your time"))
    (agent,) = agent_sandbox.agents
    agent.wait_for_text("Well,")
    assert agent.interrupt().stop_reason == "cancelled"

    assert json_in(aimax("status", "--session", "job", "--json"))["working"] is True
    with pytest.raises(WaitTimeout):
        agent_sandbox.wait_for_lowered_flag(".imac/flags/job/running.flag", timeout=0.2)


def test_something_is_left_running(agent_sandbox: AgentSandbox, aimax: RunAimax) -> None:
    # `aimax stop` kills the window of the agent. The tmux session with its shell stays, and there is no verb
    # that ends it.
    agent_sandbox.script.reply("Hello.")
    aimax("create", *new(agent_sandbox, "job", "Say hello"))
    aimax("stop", "--session", "job")

    with pytest.raises(AssertionError, match=HUB):
        agent_sandbox.assert_nothing_left_running(timeout=0.1)
