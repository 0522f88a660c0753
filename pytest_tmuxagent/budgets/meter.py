"""What the agents of a test use up, counted by model request, and the limits of it.

Wherever a script answers, its doors tell: of every agent in the sandbox, with or without a terminal, those
that programs start as well. Of an agent that asks another model its own records tell, answer by answer. An
answer that broke off is not counted, for nobody told its size.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from time import monotonic
from typing import Protocol

from pytest_tmuxagent.budgets.bills import Bill, HeardBill, Price, unpriced
from pytest_tmuxagent.budgets.excess import INTERRUPTED, SEEN_AT_END, no_price, run_is_over
from pytest_tmuxagent.budgets.limits import Limits
from pytest_tmuxagent.budgets.statement import Statement
from pytest_tmuxagent.errors import AgentError, BudgetExceeded, CountingFailed, Misuse
from pytest_tmuxagent.events import MessageSaid, RequestClosed, RequestOpened, WireEvent
from pytest_tmuxagent.turn import Failure, Spent, Turn

Hear = Callable[[WireEvent, float], None]
Messages = Callable[[], Iterable[Sequence[MessageSaid]]]
"""Gives the answers of each turn so far."""

_LOOK_INTERVAL = 0.05
"""How often a wait looks at what other processes of the run have spent."""


class Purse(Protocol):
    """What the run may still cost, over all its processes."""

    def add(self, cost_usd: float) -> None:
        """Note that this was spent; called from any thread."""

    def excess(self) -> tuple[float, float] | None:
        """Give limit and sum once the sum has reached the limit."""


class Meter:
    """Counts for one test, over all agents and all lives of its sandbox; `check` where something waits."""

    def __init__(
        self, limits: Limits | None = None, *, price: Price = unpriced, purse: Purse | None = None
    ) -> None:
        self.limits = limits or Limits()
        self._is_limited = bool(self.limits)
        self._price = price
        self._purse = purse
        self._lock = threading.Lock()
        self._heard: dict[tuple[str, str], HeardBill] = {}
        self._open: dict[tuple[str, int | None, str], RequestOpened] = {}
        self._recorded: list[tuple[str, str, Messages]] = []
        self._paid_by_record = 0.0
        self._earlier: list[Bill] = []
        self._judges_usd = 0.0
        self._turns: list[Turn] = []
        self._stops: list[Callable[[], None]] = []
        self._began: float | None = None
        self._statement = Statement()
        self._latest = ""
        self._is_stopping = False
        self._has_raised = False
        self._fault: Exception | None = None

    # -- what is told ----------------------------------------------------------------------------

    def hearing(self, key: str, observe: Hear) -> Hear:
        """Count what is told of the agents with that key, before `observe` is told.

        It is told in the script's thread, where nobody hears an error: `check` raises what went wrong.
        """

        def count(event: WireEvent, at: float) -> None:
            try:
                self._count(key, event, at=at)
            except Exception as error:
                self._fault = self._fault or error
            observe(event, at)

        return count

    def follow(self, key: str, *, agent: str, messages: Messages) -> None:
        """Count by its records what an agent uses up, unless a script answers those with that key."""
        self._recorded.append((key, agent, messages))

    def begin(self) -> None:
        """Note that a prompt was sent."""
        if self._began is None:
            self._began = monotonic()

    def returned(self, turn: Turn) -> None:
        """Note a turn that the test was given."""
        self._turns.append(turn)

    def start_over(self) -> None:
        """Note that the sandbox is being reset: what was used up counts on, of agents that are gone."""
        with self._lock:
            keys = {key for key, _agent in self._heard}
        for key, agent, messages in self._recorded:
            if key not in keys:
                self._earlier.append(self._by_record(agent, messages))
        self._recorded.clear()
        self._stops.clear()
        del self._turns[:-1]

    def close(self) -> None:
        """Let go of agents and turns when the test is over; what was used up stays known."""
        self.start_over()
        self._turns.clear()

    def add_judge_cost(self, cost_usd: float) -> None:
        """Note what judging has cost that no agent of the sandbox did."""
        self._judges_usd += cost_usd
        self._pay(cost_usd)

    def at_excess(self, stop: Callable[[], None]) -> None:
        """Have it called, in the thread that waits, when a limit is exceeded: it interrupts an agent."""
        self._stops.append(stop)

    # -- what is known ---------------------------------------------------------------------------

    @property
    def spent(self) -> Spent:
        """What was used up until now."""
        judged = Spent(judge_cost_usd=self._judges_usd)
        return sum((bill.spent for bill in self._bills()), judged)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns that the test was given, in that order."""
        return tuple(self._turns)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What went wrong with the last model request of each agent whose last one failed."""
        with self._lock:
            return tuple(bill.failing for bill in self._heard.values() if bill.failing is not None)

    def failures_of(self, keys: Collection[str]) -> tuple[Failure, ...]:
        """Give those of the agents with these keys; of one that is the only one, whatever its key."""
        with self._lock:
            bills = {key: bill for (key, _agent), bill in self._heard.items()}
            found = [bill for (key, _agent), bill in self._heard.items() if key in keys or len(bills) == 1]
        return tuple(bill.failing for bill in found if bill.failing is not None)

    @property
    def was_asked(self) -> bool:
        """Whether any agent was given a prompt."""
        return self._began is not None

    @property
    def unpriced(self) -> tuple[str, ...]:
        """The models without a known price, or the agents that name none."""
        found = {model or bill.agent for bill in self._bills() for model in bill.unpriced}
        return tuple(sorted(found))

    @property
    def patience(self) -> float | None:
        """How long a wait may last before it looks at the limits again; None: until it is woken."""
        left = None if self._purse is None else _LOOK_INTERVAL
        if self.limits.seconds is None or self._began is None:
            return left
        until = max(0.0, self._began + self.limits.seconds - monotonic())
        return until if left is None else min(until, left)

    def check(self) -> None:
        """Interrupt all agents where a limit is exceeded.

        Raises:
            BudgetExceeded: it is; each further check says so, too.
            Misuse: the cost is limited, and not known.
            CountingFailed: not all was counted.
        """
        if self._is_stopping:
            return
        self._raise_fault()
        if not self._is_limited and self._purse is None:
            return
        bills = self._bills()
        problem = self.limits.problem(
            bills, elapsed=self._elapsed, who=self._who_broke(bills), then=INTERRUPTED
        )
        problem = problem or self._overrun(bills)
        if problem is not None:
            self._has_raised = True
            self._stop()
            raise problem

    def check_at_end(self) -> None:
        """Say of a test that has passed what no wait of it has seen.

        Its seconds are not among it: what it does by itself after the last wait is no agent's work. Nor is
        what the run may cost: this test has done what it should.

        Raises:
            BudgetExceeded, Misuse, CountingFailed: as `check` does, unless that has raised one.
        """
        __tracebackhide__ = True
        if self._has_raised:
            return
        self._raise_fault()
        bills = self._bills() if self._is_limited else []
        problem = self.limits.problem(bills, elapsed=0.0, who=self._who_broke(bills), then=SEEN_AT_END)
        if problem is not None:
            raise problem

    @property
    def _elapsed(self) -> float:
        return 0.0 if self._began is None else monotonic() - self._began

    def _raise_fault(self) -> None:
        if self._fault is not None:
            self._has_raised = True
            raise CountingFailed(self._fault) from self._fault

    def _count(self, key: str, event: WireEvent, *, at: float) -> None:
        with self._lock:
            if isinstance(event, RequestOpened):
                self._began = at if self._began is None else self._began
                self._open[key, event.pid, event.request_id] = event
                bill = self._bill(key, event.agent)
                bill.opened(event)
                self._latest = event.agent or key
                self._note(key, bill)
            elif isinstance(event, RequestClosed):
                opened = self._open.pop((key, event.pid, event.request_id), None)
                if opened is not None:
                    bill = self._bill(key, opened.agent)
                    self._pay(bill.closed(event, of=opened, price=self._price))
                    self._note(key, bill)

    def _note(self, key: str, bill: Bill) -> None:
        if self._is_limited:
            self._statement.note((key, bill.agent), bill.spent, agent=bill.agent)

    def _pay(self, cost_usd: float) -> None:
        if cost_usd and self._purse is not None:
            self._purse.add(cost_usd)

    def _bill(self, key: str, agent: str) -> HeardBill:
        return self._heard.setdefault((key, agent), HeardBill(agent or key))

    def _bills(self) -> list[Bill]:
        with self._lock:
            heard: list[Bill] = list(self._heard.values())
            keys = {key for key, _agent in self._heard}
        recorded = [*self._earlier]
        recorded += [
            self._by_record(agent, messages) for key, agent, messages in self._recorded if key not in keys
        ]
        self._pay_by_record(sum(bill.cost_usd for bill in recorded))
        with self._lock:
            for place, bill in enumerate(recorded):
                self._note(f"record {place}", bill)
        return [*heard, *recorded]

    def _by_record(self, agent: str, messages: Messages) -> Bill:
        bill = Bill(agent)
        for turn in messages():
            bill.turns += 1
            for said in turn:
                bill.charge(said.model, said.usage, calls=len(said.calls), price=self._price)
        return bill

    def _pay_by_record(self, total: float) -> None:
        if total > self._paid_by_record:
            self._pay(total - self._paid_by_record)
            self._paid_by_record = total

    def _overrun(self, bills: Sequence[Bill]) -> BudgetExceeded | Misuse | None:
        """The error where the run may cost no more, or nobody knows; a model without a name is free."""
        if self._purse is None:
            return None
        for bill in bills:
            for model in bill.unpriced:
                if model is not None:
                    return no_price(bill.agent, model, limit="")
        over = self._purse.excess()
        return None if over is None else run_is_over(*over, agent=self._who(bills))

    def _who(self, bills: Sequence[Bill]) -> str:
        """The agent at work: whose request is open, else who made the last one."""
        with self._lock:
            at_work = [event.agent or key for (key, _pid, _id), event in self._open.items()]
        return next(reversed(at_work), self._latest) or next(
            (bill.agent for bill in reversed(bills)), "no agent"
        )

    def _who_broke(self, bills: Sequence[Bill]) -> Callable[[str, float], str]:
        def find(what: str, limit: float) -> str:
            with self._lock:
                broke = self._statement.who_broke(what, limit=limit)
            return broke or self._who(bills)

        return find

    def _stop(self) -> None:
        self._is_stopping = True
        try:
            for stop in tuple(self._stops):
                with suppress(AgentError):  # What it does not stop ends with its sandbox.
                    stop()
        finally:
            self._is_stopping = False
