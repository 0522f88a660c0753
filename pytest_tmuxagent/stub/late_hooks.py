"""Hooks that start late: in their order, each when those before it have run, or have run for long."""

from __future__ import annotations

from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_tmuxagent.stub.faults import Faults
    from pytest_tmuxagent.stub.loop import Loop

    Start = Callable[[], None]

_LATE_MS = (5, 120)
_PATIENCE = 0.25
_AGAIN = 0.002


class LateHooks:
    """One process's; `children` gives its child processes."""

    __slots__ = ("_before", "_children", "_faults", "_loop", "_until", "_waiting")

    def __init__(self, faults: Faults, *, loop: Loop, children: Callable[[], set[int]]) -> None:
        self._faults = faults
        self._loop = loop
        self._children = children
        self._waiting: list[tuple[float, Start]] = []
        self._before: set[int] = set()  # what the hook before started
        self._until = 0.0  # it is waited for

    def start(self, name: str, start: Start) -> None:
        """Call `start`, which starts the commands of a hook: at once where no hooks are late."""
        draws = self._faults.draws("delayed_hooks")
        if draws is None:
            start()
            return
        delay = draws.seconds(*_LATE_MS)
        self._faults.note("delayed_hooks", f"{name}, {delay:.3f} s")
        self._waiting.append((monotonic() + delay, start))
        self._loop.after(delay, self._go_on)

    def _go_on(self) -> None:
        while self._waiting and self._waiting[0][0] <= monotonic():
            if self._before & self._children() and monotonic() < self._until:
                self._loop.after(_AGAIN, self._go_on)
                return
            _, start = self._waiting.pop(0)
            others = self._children()
            start()
            self._before = self._children() - others
            self._until = monotonic() + _PATIENCE
