"""Budgets: what is used up is counted alike on both bodies, and what exceeds a limit is interrupted."""

from __future__ import annotations

import pytest

from pytest_tmuxagent import AgentSession, say, tool
from pytest_tmuxagent.errors import BudgetExceeded
from pytest_tmuxagent.evals.prices import read_prices
from pytest_tmuxagent.events import MessageSaid
from pytest_tmuxagent.turn import Usage

pytestmark = pytest.mark.agent("claude", "codex")

COUNTED = {
    "claude": Usage(input_tokens=3, output_tokens=18),
    "codex": Usage(input_tokens=28, output_tokens=9),
}
"""What a short call and a short answer come to: the call is as long as the vendor's words for it."""


def limit(what: str, amount: float) -> object:
    return pytest.param(what, marks=pytest.mark.budget(**{what: amount}), id=what)


def exceeds(agent: AgentSession, what: str) -> None:
    """Have the agent exceed it by its first two requests, and the third go on for ever."""
    agent.script.reply(tool.shell("echo one")).reply(tool.shell("echo two"))
    agent.script.reply(say("and on").hold())
    with pytest.raises(BudgetExceeded) as exceeded:
        agent.ask("go")
    assert (exceeded.value.what, exceeded.value.agent) == (what, agent.name)
    assert agent.turns[-1].stop_reason == "cancelled"
    assert agent.state == "idle"


@pytest.mark.parametrize("what", [limit("tool_calls", 1), limit("cost_usd", 0.000_1)])
def test_what_exceeds_a_limit_is_interrupted_in_the_midst_of_its_turn(agent: AgentSession, what: str) -> None:
    exceeds(agent, what)


@pytest.mark.agent("claude")
@pytest.mark.budget(turns=0)
def test_a_turn_too_many_is_interrupted(agent: AgentSession) -> None:
    exceeds(agent, "turns")


@pytest.mark.agent("codex")
@pytest.mark.budget(output_tokens=9)
def test_tokens_too_many_are_counted_request_by_request(agent: AgentSession) -> None:
    exceeds(agent, "output_tokens")


@pytest.mark.agent("claude", "codex", permissions="ask")
@pytest.mark.budget(seconds=1)
def test_an_agent_that_asks_for_permission_too_long_is_interrupted(agent: AgentSession) -> None:
    agent.script.reply(tool.shell("touch never"))

    def wait_in_the_dialog() -> None:
        agent.send("go")
        agent.wait_for_permission()
        agent.wait_until(lambda: False)

    with pytest.raises(BudgetExceeded, match="seconds=1"):
        wait_in_the_dialog()
    turn = agent.turns[-1]
    assert turn.stop_reason == "cancelled"
    assert not turn.files


def test_tokens_and_cost_are_what_the_script_makes_them(agent: AgentSession) -> None:
    agent.script.reply(tool.shell("echo one")).reply("a few words more")
    turn = agent.ask("go")
    counted = COUNTED[agent.name]
    assert turn.usage == counted
    spent = agent.sandbox.meter.spent
    assert (spent.turns, spent.tool_calls) == (1, 1)
    assert (spent.input_tokens, spent.output_tokens) == (counted.input_tokens, counted.output_tokens)
    said = [each.event for each in agent.events if isinstance(each.event, MessageSaid)]
    prices = read_prices()
    of_its_record = [prices.cost(each.model, each.usage, agent=agent.name) for each in said]
    assert None not in of_its_record
    assert spent.cost_usd == pytest.approx(prices.cost(said[-1].model, counted, agent=agent.name))
