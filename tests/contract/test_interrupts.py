"""Breaking into a turn: interrupt, queue, redirect."""

from __future__ import annotations

import pytest

from pytest_tmuxagent import AgentSession, say, tool

pytestmark = pytest.mark.agent("claude", "codex")


def test_it_goes_on_after_an_interrupt(agent: AgentSession) -> None:
    agent.script.reply(say("counting ...\n", "done").hold(after_characters=13))
    agent.script.reply(say("hello"))
    agent.send("Count to a million")
    agent.wait_for_text("counting")
    assert agent.interrupt().stop_reason == "cancelled"
    assert agent.ask("Say hello").text == "hello"
    assert agent.script.requests[-1].prompt == "Say hello"


def test_it_goes_on_after_an_interrupt_before_anything_was_said(agent: AgentSession) -> None:
    agent.script.reply(say("never").hold())
    agent.script.reply(say("hello"))
    agent.send("Think for long")
    agent.wait_until(lambda: len(agent.script.requests) == 1 or None)
    turn = agent.interrupt()
    assert turn.stop_reason == "cancelled"
    assert turn.prompt == "Think for long"
    assert agent.ask("Say hello").text == "hello"
    assert agent.script.requests[-1].prompt == "Say hello"


def test_it_goes_on_after_an_interrupt_in_a_command(agent: AgentSession) -> None:
    agent.script.reply(tool.shell("echo began > began; exec sleep 600"))
    agent.script.reply(say("hello"))
    agent.send("Run for long")
    agent.wait_until(lambda: (agent.workdir / "began").exists() or None)
    turn = agent.interrupt()
    assert turn.stop_reason == "cancelled"
    assert [call.kind for call in turn.tool_calls] == ["shell"]
    assert agent.ask("Say hello").text == "hello"
    assert agent.script.requests[-1].prompt == "Say hello"


def test_a_queued_prompt_is_answered_after_the_running_one(agent: AgentSession) -> None:
    first = agent.script.when("first").reply(say("one\n", "end").hold(after_characters=4))
    agent.script.when("second").reply(say("two"))
    agent.send("the first")
    agent.wait_for_text("one")
    agent.queue("the second")
    first.release()
    assert agent.wait().text == "one\nend"
    assert agent.wait().text == "two"


def test_a_redirected_agent_does_the_other_thing(agent: AgentSession) -> None:
    agent.script.reply(say("slowly\n", "done").hold(after_characters=7))
    agent.script.reply(say("quick"))
    agent.send("Take your time")
    agent.wait_for_text("slowly")
    assert agent.redirect("Be quick").text == "quick"
    assert [turn.stop_reason for turn in agent.turns] == ["cancelled", "end_turn"]


@pytest.mark.agent("codex")
def test_a_steered_turn_takes_the_prompt_in(agent: AgentSession) -> None:
    agent.script.reply(say("never said").hold())
    agent.script.reply(say("Turned around."))
    agent.send("Go left")
    agent.wait_until(lambda: agent.script.requests or None)
    agent.steer("No, go right")
    turn = agent.wait()
    assert turn.text == "Turned around."
    assert turn.prompts == ("Go left", "No, go right")
    assert agent.script.requests[-1].prompts == ("Go left", "No, go right")
