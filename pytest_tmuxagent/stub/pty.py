"""A terminal whose bytes pass slowly, as a schedule has it."""

from __future__ import annotations

import os
from select import select
from time import monotonic

from pytest_tmuxagent.stub.terminal import Pty

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_tmuxagent.stub.faults import Faults

_READ_BYTES = 65536
_READINGS = (1, 2, 7, 64, 4096, _READ_BYTES, _READ_BYTES, _READ_BYTES)
_CUT_PERCENT = 40
_PAUSE_MS = (1, 12)
_MOST_CREDIT = 0.040
_SHARE = 0.3


class SlowPty(Pty):
    """Reads and writes in pieces cut anywhere, with pauses: no more than a third of the time."""

    __slots__ = ("_at", "_credit", "_faults")

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._credit = _MOST_CREDIT
        self._at = monotonic()

    def read(self, fd: int) -> bytes:
        draws = self._faults.draws("slow_pty")
        return os.read(fd, draws.pick(_READINGS) if draws else _READ_BYTES)

    def write(self, fd: int, data: memoryview) -> int:
        draws = self._faults.draws("slow_pty")
        if draws is None or len(data) < 2 or not draws.chance(_CUT_PERCENT):
            return os.write(fd, data)
        cut, pause = draws.between(1, len(data) - 1), draws.seconds(*_PAUSE_MS)
        if not self._affords(pause):
            return os.write(fd, data)
        written = os.write(fd, data[:cut])
        self._faults.note("slow_pty", f"output cut after {written} of {len(data)} bytes, {pause:.3f} s")
        select([], [], [], pause)
        return written

    def _affords(self, pause: float) -> bool:
        """Whether there is time for a pause: a flood must not take minutes."""
        now = monotonic()
        self._credit = min(_MOST_CREDIT, self._credit + _SHARE * (now - self._at))
        self._at = now
        if pause > self._credit:
            return False
        self._credit -= pause
        return True
