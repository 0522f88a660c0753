"""What one agent has used up, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from pytest_tmuxagent.events import RequestClosed, RequestOpened
from pytest_tmuxagent.turn import Failure, Spent, Usage


class Price(Protocol):
    """Says what a model request costs in USD; None where no price is known."""

    def __call__(self, model: str | None, usage: Usage, /, *, agent: str) -> float | None: ...


def unpriced(_model: str | None, _usage: Usage, /, *, agent: str) -> float | None:  # noqa: ARG001
    """Know no price."""
    return None


@dataclass(slots=True)
class Bill:
    """What one agent has used up."""

    agent: str
    turns: int = 0
    tool_calls: int = 0
    usage: Usage = field(default_factory=Usage)
    cost_usd: float = 0.0
    unpriced: tuple[str | None, ...] = ()

    def charge(self, model: str | None, usage: Usage, *, calls: int, price: Price) -> float:
        """Add a model request, and give what it costs; nothing where that is not known."""
        self.tool_calls += calls
        self.usage += usage
        cost = price(model, usage, agent=self.agent) if usage != Usage() else 0.0
        if cost is None and model not in self.unpriced:
            self.unpriced = (*self.unpriced, model)
        self.cost_usd += cost or 0.0
        return cost or 0.0

    @property
    def spent(self) -> Spent:
        return Spent(
            turns=self.turns,
            tool_calls=self.tool_calls,
            input_tokens=self.usage.input_tokens,
            output_tokens=self.usage.output_tokens,
            cost_usd=None if self.unpriced else self.cost_usd,
        )


class HeardBill(Bill):
    """The bill of those whose requests a script answers, by what its doors tell."""

    __slots__ = ("_begun", "failing")

    def __init__(self, agent: str) -> None:
        super().__init__(agent)
        self.failing: Failure | None = None
        self._begun: set[str] = set()

    def opened(self, event: RequestOpened) -> None:
        turn = event.script_turn or f"{event.pid}:{event.turn}"
        if turn not in self._begun:
            self._begun.add(turn)
            self.turns += 1
            self.failing = None

    def closed(self, event: RequestClosed, *, of: RequestOpened, price: Price) -> float:
        if event.delivered:
            self.failing = event.failure
        return self.charge(of.model, event.usage, calls=event.calls, price=price)
