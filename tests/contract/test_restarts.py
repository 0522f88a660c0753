"""A new process goes on in the conversation of the one before, or in another."""

from __future__ import annotations

import pytest

from pytest_tmuxagent import AgentSession, say

pytestmark = pytest.mark.agent("claude", "codex")


def test_a_restarted_agent_goes_on_in_its_conversation(agent: AgentSession) -> None:
    agent.script.reply(say("Noted."))
    agent.ask("Remember the moon")
    (before,) = agent.sessions()
    agent.restart()
    agent.wait_until(lambda: "Noted." in agent.screen or None)  # Codex draws its box first.
    agent.script.reply(say("The moon."))
    turn = agent.ask("What was it?")
    assert (turn.prompt, turn.text) == ("What was it?", "The moon.")
    (after,) = agent.sessions()
    assert (after.id, after.first_prompt) == (before.id, "Remember the moon")
    assert agent.script.requests[-1].prompt == "What was it?"
    assert {launch.pid for launch in agent.sandbox.launches[:1]} != {agent.sandbox.launches[-1].pid}


def test_a_restarted_agent_may_begin_anew_and_come_back(agent: AgentSession) -> None:
    agent.script.reply(say("First.")).reply(say("Second.")).reply(say("Third."))
    agent.ask("the first")
    agent.restart(resume=False)
    assert "First." not in agent.screen
    agent.ask("the second")
    newest, oldest = agent.sessions()
    assert (newest.first_prompt, oldest.first_prompt) == ("the second", "the first")
    agent.restart(resume=oldest.id)
    assert agent.ask("the third").text == "Third."
    assert {session.id for session in agent.sessions()} == {newest.id, oldest.id}
