"""A loop that is late now and then, as on a machine that is busy; and what keeps a core busy."""

from __future__ import annotations

from select import select
from time import monotonic

from pytest_tmuxagent.stub.loop import Loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_tmuxagent.stub.draws import Draws
    from pytest_tmuxagent.stub.faults import Faults

_LATE_PERCENT = 8
_LATE_MS = (2, 25)
_BURST_MS = (5, 40)
_REST_MS = (20, 120)


class LoadedLoop(Loop):
    """Burns time before some of its steps."""

    __slots__ = ("_faults",)

    def __init__(self, faults: Faults) -> None:
        super().__init__()
        self._faults = faults

    def step(self) -> None:
        draws = self._faults.draws("loaded_cpu")
        if draws is not None and draws.chance(_LATE_PERCENT):
            seconds = draws.seconds(*_LATE_MS)
            self._faults.note("loaded_cpu", f"the agent is late by {seconds:.3f} s")
            burn(seconds)
        super().step()


def burn(seconds: float) -> None:
    """Keep this core busy."""
    until = monotonic() + seconds
    while monotonic() < until:
        pass


def keep_busy(draws: Draws) -> None:
    """Burn in bursts, for ever."""
    while True:
        burn(draws.seconds(*_BURST_MS))
        select([], [], [], draws.seconds(*_REST_MS))
