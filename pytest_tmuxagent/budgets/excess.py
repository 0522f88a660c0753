"""The errors of who uses up more than it may."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_tmuxagent.budgets.bills import Bill
from pytest_tmuxagent.errors import BudgetExceeded, Misuse

_OF_THE_RUN = "max_cost"


INTERRUPTED = "The agents were interrupted."
SEEN_AT_END = "No wait has seen it before the test was over."


def exceeded(
    what: str, limit: float, reached: float, *, agent: str, bills: Sequence[Bill], then: str
) -> BudgetExceeded:
    """Tell which limit of the test, what came of it, and who used up what."""
    counted = "\n".join(f"  {bill.agent}: {_told(bill)}" for bill in bills if bill.turns)
    return BudgetExceeded(
        f"{agent} exceeded the budget of this test: {what}={limit:g}, reached {reached:.6g}. "
        f"{then}\n{counted}\n"
        f"what to do: see what it was at (`agent.turns[-1]`, the screen); "
        f"or allow it more: @pytest.mark.budget({what}=...)",
        what=what,
        limit=limit,
        reached=reached,
        agent=agent,
    )


def run_is_over(limit: float, reached: float, *, agent: str) -> BudgetExceeded:
    """Tell that the run has cost all that it may; no agent is to blame."""
    error = BudgetExceeded(
        f"this run has cost ${reached:.4f}, and --agent-max-cost is ${limit:g}: {agent} was interrupted, and "
        "nothing further is run. Allow more, or run less (`-k`, `--agent-trials`).",
        what=_OF_THE_RUN,
        limit=limit,
        reached=reached,
        agent=agent,
    )
    error.cause = "harness"  # It says nothing about the agent.
    return error


def is_of_the_run(error: BaseException) -> bool:
    """Whether it was not the test that used up too much."""
    return isinstance(error, BudgetExceeded) and error.what == _OF_THE_RUN


def no_price(agent: str, model: str | None, *, limit: str) -> Misuse:
    """Tell that a cost is limited which nobody knows."""
    named = f"the model {model!r} of {agent}" if model else f"{agent}, which names no model"
    entry = f'[models."{model}"]' if model else f"[agents] {agent} = "
    return Misuse(
        f"{limit or '--agent-max-cost'} cannot be kept: no price is known for {named}. Give one in a TOML "
        f"file (--agent-prices=FILE, ini agent_prices): {entry}"
        + ("\ninput = ... # USD per million tokens\noutput = ..." if model else '"a model with a price"')
    )


def _told(bill: Bill) -> str:
    spent = bill.spent
    cost = "unknown" if spent.cost_usd is None else f"${spent.cost_usd:.4f}"
    counted = f"{spent.turns} turns, {spent.tool_calls} tool calls, {spent.output_tokens} output tokens"
    return f"{counted}, cost {cost}"
