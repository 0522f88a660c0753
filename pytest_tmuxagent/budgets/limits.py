"""How much a test may use up, and what is wrong with what it has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

from pytest_tmuxagent.budgets.bills import Bill
from pytest_tmuxagent.budgets.excess import exceeded, no_price
from pytest_tmuxagent.errors import BudgetExceeded, Misuse
from pytest_tmuxagent.turn import Spent

Who = Callable[[str, float], str]
"""Names the agent that went beyond a limit, by the limit's name and amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a test may use up; None: any amount. `seconds` begin with the first prompt."""

    turns: int | None = None
    tool_calls: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    seconds: float | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) is not None for each in fields(self))

    def problem(
        self, bills: Sequence[Bill], *, elapsed: float, who: Who, then: str
    ) -> BudgetExceeded | Misuse | None:
        """The error where a limit is exceeded, or cannot be kept; `then` says what came of it."""
        return self._unknown_cost(bills) or self._excess(bills, elapsed=elapsed, who=who, then=then)

    def _unknown_cost(self, bills: Sequence[Bill]) -> Misuse | None:
        if self.cost_usd is None:
            return None
        unknown = ((bill.agent, model) for bill in bills for model in bill.unpriced)
        return next((no_price(agent, model, limit="budget(cost_usd=...)") for agent, model in unknown), None)

    def _excess(self, bills: Sequence[Bill], *, elapsed: float, who: Who, then: str) -> BudgetExceeded | None:
        spent = sum((bill.spent for bill in bills), Spent())
        reached = {
            "turns": spent.turns,
            "tool_calls": spent.tool_calls,
            "output_tokens": spent.output_tokens,
            "cost_usd": spent.cost_usd or 0.0,
            "seconds": elapsed,
        }
        for what, amount in reached.items():
            limit = getattr(self, what)
            if limit is not None and amount > limit:
                return exceeded(what, limit, amount, agent=who(what, limit), bills=bills, then=then)
        return None
