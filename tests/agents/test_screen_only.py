"""Agents that have nothing but a screen."""

from __future__ import annotations

import pytest

from pytest_tmuxagent import AgentSession
from pytest_tmuxagent.errors import NotSupported

pytestmark = pytest.mark.agent("line-bot")


@pytest.mark.agent("shell-bot", "wrapped-bot")
def test_an_agent_may_be_a_shell_script(agent: AgentSession) -> None:
    assert agent.ask("hello").text == "got hello"


def test_the_text_of_a_turn_is_all_that_was_printed(agent: AgentSession) -> None:
    assert agent.ask("count 300").text == "\n".join(f"line {line}" for line in range(300))


def test_a_line_that_the_terminal_wrapped_is_one_line(agent: AgentSession) -> None:
    assert agent.ask("x" * 500).text == "got " + "x" * 500


def test_a_prompt_is_seen_to_be_taken_when_the_pane_can_hold_no_more_lines(agent: AgentSession) -> None:
    agent.ask("count 49950")
    for number in range(1, 20):
        assert agent.ask(f"count {number}").text.count("line") == number


def test_a_turn_that_wipes_the_screen_ends(agent: AgentSession) -> None:
    agent.ask("count 5")
    assert agent.ask("wipe").text == "wiped"
    assert agent.ask("wipe").text == "wiped"
    assert agent.ask("hello").text == "got hello"


def test_text_that_stands_on_the_line_does_not_stick_to_the_prompt(agent: AgentSession) -> None:
    agent.type("left over")
    agent.wait_for_text("left over")
    assert agent.ask("hello").text == "got hello"
    agent.type("not shown yet")
    assert agent.ask("hello").text == "got hello"


def test_an_interrupt_ends_the_turn(agent: AgentSession) -> None:
    agent.send("sleep 60")
    assert agent.interrupt().stop_reason == "cancelled"
    assert agent.ask("hello").text == "got hello"


def test_a_queue_that_cannot_be_seen_is_not_used(agent: AgentSession) -> None:
    agent.send("sleep 60")
    with pytest.raises(NotSupported, match="queue"):
        agent.queue("hello")
    agent.interrupt()
    agent.queue("hello")
    assert agent.wait().text == "got hello"


@pytest.mark.agent("late-bot")
def test_enter_is_pressed_once_what_was_pasted_is_shown(agent: AgentSession) -> None:
    for word in ("hello", "again"):
        assert agent.ask(word).text == f"got {word} by Enter number 1"
