"""Any text, in any state of the agent: it arrives once as it is, or nothing is typed, as an error says."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from pytest_tmuxagent import AgentSession, say, tool
from pytest_tmuxagent.errors import AgentBlocked, AgentBusy, PromptRefused
from pytest_tmuxagent.launcher import Launcher
from pytest_tmuxagent.strategies import prompts, refused_prompts

pytestmark = pytest.mark.agent("plain", "claude", "codex")

# Each example launches an agent of its own. None is shrunk: each step of it would cost a whole timeout.
live = settings(
    max_examples=10,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
LEFT_BEHIND = st.text("ab Z9\u00e9\u4f60.,;-#\n", min_size=1, max_size=60)
SIZES = st.tuples(st.sampled_from((20, 40, 80, 120, 300)), st.sampled_from((5, 8, 24, 60)))
MEGABYTE = 1_000_000
LINES = 100_000
THINKING = say("first\n", "last").hold(after_characters=6)


SMALL = prompts(max_size=3000, max_lines=100)
SHORT = prompts(max_size=200, max_lines=5)


def answering(launch_agent: Launcher) -> AgentSession:
    """Launch an agent that answers everything."""
    agent = launch_agent()
    agent.script.reply("Yes.").always()
    return agent


def deliver(agent: AgentSession, prompt: str) -> None:
    """Ask, and look at everything that tells what arrived."""
    before = len(agent.script.requests)
    turn = agent.ask(prompt)
    assert turn.prompts == (prompt,)
    assert [request.prompt for request in agent.script.requests[before:]] == [prompt]
    assert turn.stop_reason == "end_turn"
    assert agent.state == "idle"


@live
@given(asked=st.lists(SMALL, min_size=1, max_size=3))
def test_any_prompt_arrives_once_as_it_is(launch_agent: Launcher, asked: list[str]) -> None:
    with answering(launch_agent) as agent:
        for prompt in asked:
            deliver(agent, prompt)


@live
@given(prompt=refused_prompts())
def test_what_cannot_arrive_is_refused_and_nothing_is_typed(launch_agent: Launcher, prompt: str) -> None:
    with answering(launch_agent) as agent:
        agent.paste("draft")
        agent.wait_for_text("draft")
        screen, printed = agent.screen, agent.printed
        for verb in (agent.ask, agent.send, agent.queue, agent.redirect):
            with pytest.raises(PromptRefused, match="Nothing was typed"):
                verb(prompt)
        assert (agent.screen, agent.printed) == (screen, printed)
        assert agent.script.requests == ()
        deliver(agent, "after")


@live
@given(prompt=SMALL, left=LEFT_BEHIND, by=st.sampled_from(("paste", "type")))
def test_what_stands_in_the_box_is_no_part_of_the_prompt(
    launch_agent: Launcher, prompt: str, left: str, by: str
) -> None:
    with answering(launch_agent) as agent:
        if by == "paste":
            agent.paste(left)
        else:
            agent.type(left.replace("\n", " "))
        deliver(agent, prompt)


@live
@given(prompt=SMALL)
def test_a_prompt_arrives_after_an_interrupt(launch_agent: Launcher, prompt: str) -> None:
    with launch_agent() as agent:
        agent.script.reply(THINKING).reply("Yes.")
        agent.send("Think")
        agent.wait_for_text("first")
        assert agent.interrupt().stop_reason == "cancelled"
        deliver(agent, prompt)


@live
@example(prompt="? for shortcuts/e", size=(20, 5))
@given(prompt=prompts(max_size=500, max_lines=20), size=SIZES)
def test_a_prompt_arrives_at_any_size_of_the_terminal(
    launch_agent: Launcher, prompt: str, size: tuple[int, int]
) -> None:
    with answering(launch_agent) as agent:
        agent.resize(*size)
        for one in (prompt, "x", "two\nlines"):
            deliver(agent, one)


@live
@example(prompt="\U000a9404")
@given(prompt=SHORT)
def test_a_busy_agent_queues_any_prompt_and_takes_it_once(launch_agent: Launcher, prompt: str) -> None:
    with launch_agent() as agent:
        thinking = agent.script.reply(THINKING)
        agent.script.reply("Yes.")
        agent.send("Think")
        agent.wait_for_text("first")
        with pytest.raises(AgentBusy, match="nothing was typed"):
            agent.send(prompt)
        agent.queue(prompt)
        thinking.release()
        assert agent.wait().text == "first\nlast"
        assert agent.wait().prompts == (prompt,)
        assert [request.prompt for request in agent.script.requests] == ["Think", prompt]


@live
@given(prompt=SHORT)
def test_nothing_is_typed_into_a_dialog(launch_agent: Launcher, prompt: str) -> None:
    with launch_agent(permissions="ask") as agent:
        agent.script.reply(tool.shell("true")).reply("Worked.").reply("Yes.")
        agent.send("Work")
        request = agent.wait_for_permission()
        for verb in (agent.send, agent.queue):
            with pytest.raises(AgentBlocked):
                verb(prompt)
        request.allow()
        turn = agent.wait()
        assert (turn.prompts, turn.text) == (("Work",), "Worked.")
        deliver(agent, prompt)


@pytest.mark.parametrize("size", [(120, 40), (20, 5)], ids=["large", "tiny"])
@pytest.mark.parametrize(
    "prompt",
    ["ab\u4f60 ;-" * (MEGABYTE // 9) + "end", "\n".join(str(number) for number in range(LINES))],
    ids=["megabyte", "lines"],
)
def test_the_largest_prompts_arrive_once(launch_agent: Launcher, prompt: str, size: tuple[int, int]) -> None:
    with answering(launch_agent) as agent:
        agent.resize(*size)
        deliver(agent, prompt)
        deliver(agent, "and a short one")


def test_a_prompt_of_characters_that_no_terminal_draws_is_not_waited_for_to_be_seen(
    launch_agent: Launcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_tmuxagent.delivery._ECHO_GRACE", 60.0)
    with answering(launch_agent) as agent:
        assert agent.ask("\U00043312", timeout=40).prompts == ("\U00043312",)
