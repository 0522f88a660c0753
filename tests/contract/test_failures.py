"""The faults of the wire: what the person sees of each, what the Turn says, and that the agent goes on."""

from __future__ import annotations

import pytest

from pytest_tmuxagent import AgentSession, fail, say, tool
from pytest_tmuxagent.evals.causes import is_of_provider
from tests.contract.vendors import FAILURES, FAULTS, OF_OTHERS, PASSING, in_words

pytestmark = pytest.mark.agent("claude", "codex")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_stays_is_shown_and_ends_the_turn(agent: AgentSession, fault: str) -> None:
    expected = FAILURES[agent.name][fault]
    agent.script.when("Say something").reply(FAULTS[fault]).always()
    agent.script.when("And now?").reply(say("Back again."))
    turn = agent.ask("Say something")
    assert turn.stop_reason == "failed"
    assert turn.text == ""
    assert turn.error is not None
    assert turn.error.status == expected.status
    assert is_of_provider(turn.error) == (fault not in OF_OTHERS)
    agent.wait_for_text(in_words(expected.seen))
    assert len(agent.script.requests) in (expected.requests, expected.requests_later)
    assert agent.ask("And now?").text == "Back again."
    agent.script.assert_exhausted()


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_is_survived(agent: AgentSession, fault: str) -> None:
    agent.script.reply(FAULTS[fault]).reply(say("Back again."))
    turn = agent.ask("Say something")
    assert turn.stop_reason == "end_turn"
    assert turn.text == "Back again."
    assert turn.error is None
    agent.wait_for_text("Back again.")
    assert "first line" not in agent.screen
    assert in_words(FAILURES[agent.name][fault].seen).search(agent.screen.text) is None
    assert [request.attempt for request in agent.script.requests] == [1, 2]


def test_a_failure_after_a_call_leaves_the_call_in_the_turn(agent: AgentSession) -> None:
    agent.script.reply(tool.shell("echo one > made")).reply(fail(400, "no good"))
    turn = agent.ask("Make it")
    assert turn.stop_reason == "failed"
    assert turn.error is not None
    assert turn.error.status == 400
    assert "no good" in turn.error.message
    assert [call.kind for call in turn.tool_calls] == ["shell"]
    assert turn.files.created == {"made"}


@pytest.mark.parametrize("characters", [0, 5])
@pytest.mark.parametrize("fault", ["cut", "garbage"])
def test_a_call_that_broke_off_is_not_made(agent: AgentSession, fault: str, characters: int) -> None:
    call = tool.shell("touch made")
    agent.script.reply(getattr(call, fault)(after_characters=characters)).reply(say("Back again."))
    turn = agent.ask("Make it")
    assert turn.text == "Back again."
    assert turn.tool_calls == ()
    assert not turn.files


@pytest.mark.parametrize("characters", [0, 11])
def test_an_answer_that_stalls_can_be_interrupted(agent: AgentSession, characters: int) -> None:
    agent.script.reply(say("first line\n", "rest").stall(after_characters=characters))
    agent.script.reply(say("Back again."))
    agent.send("Say something")
    if characters:
        agent.wait_for_text("first line")
    else:
        agent.wait_until(lambda: len(agent.script.requests) == 1)
    assert agent.state == "busy"
    assert agent.interrupt().stop_reason == "cancelled"
    assert agent.ask("And now?").text == "Back again."


def test_a_call_that_stalls_can_be_interrupted(agent: AgentSession) -> None:
    agent.script.reply(tool.shell("touch made").stall(after_characters=5))
    agent.script.reply(say("Back again."))
    agent.send("Make it")
    agent.wait_until(lambda: len(agent.script.requests) == 1)
    turn = agent.interrupt()
    assert turn.stop_reason == "cancelled"
    assert not turn.files
    assert agent.ask("And now?").text == "Back again."


def test_nothing_is_seen_of_an_answer_that_is_held_at_its_start(agent: AgentSession) -> None:
    held = agent.script.reply(say("At last.").hold())
    agent.send("Say something")
    agent.wait_until(lambda: len(agent.script.requests) == 1)
    assert agent.state == "busy"
    assert "At last." not in agent.screen
    held.release()
    assert agent.wait().text == "At last."
    assert len(agent.script.requests) == 1


def test_a_call_that_is_held_in_its_arguments_is_made_when_it_is_released(agent: AgentSession) -> None:
    held = agent.script.reply(say("Let me.\n"), tool.shell("touch made").hold(after_characters=8))
    agent.script.reply(say("Made."))
    agent.send("Make it")
    agent.wait_for_text("Let me.")
    assert agent.state == "busy"
    assert not (agent.workdir / "made").exists()
    held.release()
    turn = agent.wait()
    assert turn.text == "Made."
    assert turn.files.created == {"made"}
    assert len(agent.script.requests) == 2


def test_the_server_says_when_to_come_back(agent: AgentSession) -> None:
    agent.script.reply(fail(429, retry_after=1)).reply(say("Back again."))
    assert agent.ask("Say something").text == "Back again."
    assert len(agent.script.requests) == 2
