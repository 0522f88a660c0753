"""Whatever is typed arrives; whatever the model does, the turn ends as the script says."""

from __future__ import annotations

from hypothesis import given, settings

from pytest_tmuxagent import AgentSession
from pytest_tmuxagent.strategies import ScriptedTurn, conversations, prompts

FEW = settings(max_examples=5, deadline=None)


@FEW
@given(prompt=prompts(max_size=1000))
def test_any_prompt_arrives_unchanged(agent: AgentSession, prompt: str) -> None:
    agent.script.reply("Understood.")
    assert agent.ask(prompt).prompt == prompt
    assert [request.prompt for request in agent.script.requests] == [prompt]


@FEW
@given(conversation=conversations())
def test_each_turn_ends_as_its_replies_say(
    agent: AgentSession, conversation: tuple[ScriptedTurn, ...]
) -> None:
    for scripted in conversation:
        for reply in scripted.replies:
            agent.script.reply(reply)
        turn = agent.ask(scripted.prompt)
        assert turn.stop_reason == scripted.expected_stop_reason
        assert [call.kind for call in turn.tool_calls] == [call.kind for call in scripted.calls]
