"""What stands in the input box of an agent, and how large its terminal is, changes no prompt."""

from __future__ import annotations

import pytest

from pytest_tmuxagent import AgentSession


@pytest.mark.agent("claude", "codex")
@pytest.mark.parametrize("left", ["x", "x\ny", "left over"])
def test_what_was_just_pasted_is_no_part_of_the_prompt(agent: AgentSession, left: str) -> None:
    agent.script.reply("Yes.")
    agent.paste(left)
    assert agent.ask("the prompt").prompts == ("the prompt",)
    assert [request.prompt for request in agent.script.requests] == ["the prompt"]


@pytest.mark.agent("codex")
def test_codex_takes_prompts_in_a_tiny_terminal(agent: AgentSession) -> None:
    agent.script.reply("Yes.").always()
    agent.resize(20, 5)
    for prompt in ("hello", "two\nlines"):
        assert agent.ask(prompt).prompts == (prompt,)


@pytest.mark.agent("claude", "codex")
def test_a_prompt_right_behind_a_resize_arrives(agent: AgentSession) -> None:
    agent.script.reply("Yes.")
    agent.resize(135, 28)
    assert agent.ask("hello").prompts == ("hello",)
