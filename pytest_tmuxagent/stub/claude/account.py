"""Keeps account of a headless turn: how long it took, how many steps, what it cost, what was denied."""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.result import Account
from pytest_tmuxagent.faces.claude.spending import Spending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


class Accounting:
    """One process's; API time and money add up over its turns. `clock` gives seconds."""

    __slots__ = (
        "_api_seconds",
        "_began",
        "_clock",
        "_denials",
        "_request_ms",
        "_requested",
        "_spending",
        "_stream_ms",
        "_ttft_ms",
        "_turns",
    )

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._spending = Spending()
        self._api_seconds = 0.0
        self.begin()

    def begin(self) -> None:
        """Begin a turn."""
        self._spending.begin_turn()
        self._began = self._clock()
        self._requested: float | None = None
        self._request_ms: int | None = None
        self._stream_ms: int | None = None
        self._ttft_ms: int | None = None
        self._turns = 1
        self._denials: list[dict[str, Any]] = []

    def requested(self) -> None:
        self._requested = self._clock()
        if self._request_ms is None:
            self._request_ms = self._ms_since(self._began)

    def heard(self) -> int | None:
        """Note that the model begins to speak; give the wait for it, if this is news."""
        if self._stream_ms is None:
            self._stream_ms = self._ms_since(self._began)
        return None if self._requested is None else self._ms_since(self._requested)

    def said(self, model: str, usage: Mapping[str, Any]) -> None:
        """Note a whole message."""
        self.heard()
        if self._ttft_ms is None:
            self._ttft_ms = self._ms_since(self._began)
        if self._requested is not None:
            self._api_seconds += self._clock() - self._requested
        self._requested = None
        self._spending.add(model, usage)

    def lost(self) -> None:
        """Note that a request came to nothing: its time is not counted."""
        self._requested = None

    def step(self) -> None:
        """Note a message to the model: what a call returned, or an interrupt."""
        self._turns += 1

    def denied(self, denial: dict[str, Any]) -> None:
        self._denials.append(denial)

    @property
    def cost(self) -> float:
        """What the process has spent, in dollars."""
        return self._spending.cost

    def close(self) -> Account:
        return Account(
            duration_ms=self._ms_since(self._began),
            api_ms=round(self._api_seconds * 1000),
            turns=self._turns,
            cost=self._spending.cost,
            usage=self._spending.turn(),
            by_model=self._spending.by_model(),
            denials=self._denials,
            ttft_ms=self._ttft_ms,
            stream_ms=self._stream_ms,
            request_ms=self._request_ms,
        )

    def _ms_since(self, moment: float) -> int:
        return round((self._clock() - moment) * 1000)
