"""rb-claude-tmux, unmodified, in its tmux mode: it runs `claude --print` in a session of its own."""

from __future__ import annotations

import json
import sys

import pytest

from pytest_tmuxagent import AgentSandbox, fail, say, tool
from tests.orchestrators.rb_driver import TEAM, Rb, step

pytestmark = pytest.mark.usefixtures("rung")


@pytest.fixture
def rb(agent_sandbox: AgentSandbox) -> Rb:
    return Rb(agent_sandbox, use_tmux=True, session_name="visible")


def test_the_agent_runs_in_a_session_and_its_answer_comes_back(rb: Rb) -> None:
    rb.sandbox.script.when("hello").reply(tool.shell("tmux display-message -p '#S' > where")).reply(
        say("one")
    )
    rb.sandbox.script.when("again").reply(say("two"))

    assert rb.do(["chat", "hello"], ["chat", "again"]) == ["one", "two"]

    assert (rb.sandbox.workdir / "where").read_text() == "visible-run\n"
    rb.sandbox.assert_prompts_delivered_once("hello", "again")
    rb.sandbox.assert_nothing_left_running(timeout=60)


def test_an_error_of_the_model_is_given_as_the_answer(rb: Rb) -> None:
    rb.sandbox.script.reply(fail(400)).always()

    assert "API Error: 400" in rb.chat("go")


def test_an_interrupt_does_not_reach_the_session(rb: Rb) -> None:
    """It signals a child of its own, and has none here: the agent works on, even when the program is gone."""
    rb.sandbox.script.reply(tool.shell("touch begun; sleep 600"))

    with rb.start() as program:
        program.send_line(step("begin", "chat", "work"))
        rb.sandbox.wait_for_flag("begun")
        program.send_line(step("interrupt"))
        program.wait_for_text("false")

    with pytest.raises(AssertionError, match="visible-run"):
        rb.sandbox.assert_nothing_left_running(timeout=0.1)


def test_three_agents_work_side_by_side(agent_sandbox: AgentSandbox) -> None:
    names = ["a", "b", "c"]
    for name in names:
        (agent_sandbox.workdir / name).mkdir()
        agent_sandbox.script.when(f"task-{name}").reply(tool.write("made", name)).reply(say(f"did {name}"))

    done = agent_sandbox.run([sys.executable, TEAM, agent_sandbox.workdir, *names])

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "answers": {name: f"did {name}" for name in names},
        "conversations": dict.fromkeys(names, 1),
        "busy": dict.fromkeys(names, False),
        "left": [],
    }
    assert [(agent_sandbox.workdir / name / "made").read_text() for name in names] == names
    agent_sandbox.assert_prompts_delivered_once("task-a", "task-b", "task-c")
    agent_sandbox.assert_nothing_left_running(timeout=60)
