"""The marks on the screen by which other programs tell what an agent is at."""

from __future__ import annotations

import re

import pytest

from pytest_tmuxagent import AgentSession, say, tool
from tests.contract.vendors import MARKS

pytestmark = pytest.mark.agent("claude", "codex", permissions="ask")


def asked_of_tmux(agent: AgentSession, what: str) -> str:
    return "\n".join(agent.pane.display_message(f"#{{{what}}}", get_text=True) or [])


def shows(agent: AgentSession, mark: str) -> bool:
    return agent.screen.search(MARKS[agent.name][mark]) is not None


def wait_for_mark(agent: AgentSession, mark: str) -> None:
    agent.wait_until(lambda: shows(agent, mark))


def hold(agent: AgentSession, prompt: str) -> None:
    """Leave the agent at work, after its first line."""
    agent.script.when(prompt).reply(say("first line\n", "rest").hold(after_characters=11))
    agent.send(prompt)
    agent.wait_for_text("first line")


def test_an_idle_agent_shows_an_empty_box(agent: AgentSession) -> None:
    wait_for_mark(agent, "idle")
    assert not shows(agent, "busy")
    agent.script.reply(say("Done."))
    agent.ask("Do it")
    wait_for_mark(agent, "idle")
    wait_for_mark(agent, "prompt")
    wait_for_mark(agent, "answer")
    agent.wait_until(lambda: not shows(agent, "busy"))


def test_a_busy_agent_says_how_to_interrupt_it(agent: AgentSession) -> None:
    agent.script.reply(say("never").hold())
    agent.send("Do it")
    wait_for_mark(agent, "spinner")
    assert shows(agent, "busy")
    agent.interrupt()
    agent.wait_until(lambda: not shows(agent, "busy"))


def test_a_dialog_stands_in_the_place_of_the_box(agent: AgentSession) -> None:
    agent.script.reply(tool.shell("touch made"))
    agent.send("Make it")
    request = agent.wait_for_permission()
    wait_for_mark(agent, "dialog")
    wait_for_mark(agent, "yes")
    wait_for_mark(agent, "ways out")
    assert not shows(agent, "idle")
    request.deny()
    agent.wait()
    wait_for_mark(agent, "idle")
    assert not shows(agent, "dialog")


def test_a_queued_prompt_is_listed(agent: AgentSession) -> None:
    hold(agent, "Do it")
    agent.script.when("And then").reply(say("Then."))
    agent.queue("And then that")
    wait_for_mark(agent, "queued")
    agent.wait_until(lambda: "And then that" in agent.screen)


def test_an_interrupted_turn_is_told(agent: AgentSession) -> None:
    hold(agent, "Do it")
    agent.interrupt()
    wait_for_mark(agent, "interrupted")


def test_a_long_paste_is_folded(agent: AgentSession) -> None:
    agent.paste("\n".join(f"line {number} of a long text" for number in range(60)))
    wait_for_mark(agent, "folded")
    assert "line 30" not in agent.screen


def test_the_title_of_the_pane_tells_what_the_agent_is_at(agent: AgentSession) -> None:
    titles = MARKS[agent.name]
    agent.wait_until(lambda: re.search(titles["idle title"], asked_of_tmux(agent, "pane_title")))
    hold(agent, "Do it")
    agent.wait_until(lambda: re.search(titles["busy title"], asked_of_tmux(agent, "pane_title")))
    agent.interrupt()
    agent.wait_until(lambda: re.search(titles["idle title"], asked_of_tmux(agent, "pane_title")))


def test_the_terminal_is_used_as_it_is(agent: AgentSession) -> None:
    assert asked_of_tmux(agent, "alternate_on") == "0"
    assert asked_of_tmux(agent, "mouse_any_flag") == "0"
