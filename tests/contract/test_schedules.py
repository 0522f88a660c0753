"""Faults of a schedule: what a correct test finds is the same, on the stub and on the real CLI."""

from __future__ import annotations

import pytest

from pytest_tmuxagent import AgentSession, say, tool
from pytest_tmuxagent.schedules import NOT_ON_A_REAL_CLI

pytestmark = pytest.mark.agent("claude", "codex")


def kinds_of(agent: AgentSession) -> set[str]:
    assert agent.sandbox.faults is not None
    return {fault.kind for fault in agent.sandbox.faults.injected}


@pytest.mark.agent_faults(seed=4)
def test_a_turn_with_tools_is_told_as_it_is(agent: AgentSession) -> None:
    agent.script.reply(say("Let me write."), tool.write("hello.py", "print('hi')\n"))
    agent.script.reply(tool.shell("cat hello.py")).reply(say("Done."))
    turn = agent.ask("Create hello.py that prints hi")
    assert turn.text == "Done."
    assert turn.stop_reason == "end_turn"
    assert [call.kind for call in turn.tool_calls] == ["write", "shell"]
    assert turn.files.created == {"hello.py"}
    assert len(agent.script.requests) == 3
    assert kinds_of(agent)


@pytest.mark.agent_faults(seed=1, kinds=["dropped_streams"])
def test_a_dropped_stream_is_asked_for_again_and_the_script_does_not_notice(agent: AgentSession) -> None:
    asked = 0
    while not kinds_of(agent):
        agent.script.reply(f"answer {asked}")
        turn = agent.ask(f"question {asked}")
        assert (turn.text, turn.stop_reason, turn.error) == (f"answer {asked}", "end_turn", None)
        asked += 1
    assert [request.attempt for request in agent.script.requests] == [1] * asked
    agent.script.assert_exhausted()


@pytest.mark.agent_faults(seed=1, kinds=["stalled_streams"])
def test_a_stalled_answer_says_the_same(agent: AgentSession) -> None:
    asked = 0
    while not kinds_of(agent):
        agent.script.reply(f"answer {asked}")
        assert agent.ask(f"question {asked}").text == f"answer {asked}"
        asked += 1


@pytest.mark.agent_faults(seed=1, kinds=["loaded_cpu", "delayed_hooks"])
def test_an_interrupt_under_load_keeps_the_next_turn(agent: AgentSession) -> None:
    agent.script.reply(say("counting ...\n", "done").hold(after_characters=13)).reply(say("hello"))
    agent.send("Count to a million")
    agent.wait_for_text("counting")
    assert agent.interrupt().stop_reason == "cancelled"
    assert agent.ask("Say hello").text == "hello"


@pytest.mark.agent_faults(seed=1)
def test_what_a_real_cli_has_not_is_named(agent: AgentSession, rung: str) -> None:
    assert agent.sandbox.faults is not None
    told = "\n".join(agent.sandbox.faults.account())
    missing = f"not on a real CLI: {', '.join(NOT_ON_A_REAL_CLI)}"
    assert (missing in told) == (rung == "scripted")
