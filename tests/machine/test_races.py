"""An interrupt that comes before the agent rests: wherever it was, its turn ends, and the next is whole."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pytest_tmuxagent import AgentSession, Reply, say, tool
from pytest_tmuxagent.errors import AgentBlocked

PROMPT = "never mind"
REPLIES = [
    Reply(say("one").hold()),
    Reply(say("one\n", "two").hold(after_characters=4)),
    Reply(tool.shell("sleep 30")),
    Reply(say("one").stall()),
]


@pytest.mark.agent("claude", "codex", "plain")
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(reply=st.sampled_from(REPLIES), times=st.integers(1, 3))
def test_a_turn_that_is_interrupted_at_once_leaves_nothing_to_the_next(
    agent: AgentSession, reply: Reply, times: int
) -> None:
    agent.script.when(PROMPT).reply(reply).always()
    agent.script.when("next").reply("fine").always()
    for _ in range(times):
        agent.send(PROMPT)
        interrupted = agent.interrupt()
        assert (interrupted.prompts, interrupted.stop_reason) == ((PROMPT,), "cancelled")
        asked = len(agent.script.requests)
        turn = agent.ask("next")
        assert (turn.prompts, turn.text, turn.stop_reason) == (("next",), "fine", "end_turn")
        assert [request.prompts for request in agent.script.requests[asked:]] == [("next",)]
    assert len(agent.turns) == 2 * times


@pytest.mark.agent("claude", "codex", permissions="ask")
def test_a_dialog_that_a_restart_ended_is_not_taken_for_that_of_the_new_process(agent: AgentSession) -> None:
    agent.script.reply(tool.shell("echo 0")).reply(tool.shell("echo 0")).reply("done")
    with pytest.raises(AgentBlocked):
        agent.ask("first")
    agent.restart(resume=False)
    with pytest.raises(AgentBlocked) as blocked:
        agent.ask("second")
    blocked.value.request.allow()
    assert agent.wait().prompts == ("second",)
