"""The stub's event loop: files to read and write, timers, signals. One thread, one `select`."""

from __future__ import annotations

import os
from select import select
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Callable
else:
    import _signal  # `signal` itself pulls in enum


class Timer:
    """One call to come; `Loop.cancel` takes it back."""

    __slots__ = ("call", "when")

    def __init__(self, when: float, call: Callable[[], None]) -> None:
        self.when = when
        self.call = call


class Loop:
    """`step` waits for the next thing and calls whoever wanted it: files before timers."""

    __slots__ = ("_readers", "_signals", "_timers", "_wakeup", "_writers")

    def __init__(self) -> None:
        self._readers: dict[int, Callable[[], None]] = {}
        self._writers: dict[int, Callable[[], None]] = {}
        self._timers: list[Timer] = []
        self._signals: dict[int, Callable[[], None]] = {}
        self._wakeup, writing = os.pipe()
        os.set_blocking(self._wakeup, False)
        os.set_blocking(writing, False)
        _signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        self.watch(self._wakeup, self._read_signals)

    def watch(self, fd: int, readable: Callable[[], None]) -> None:
        self._readers[fd] = readable

    def watch_writable(self, fd: int, writable: Callable[[], None]) -> None:
        self._writers[fd] = writable

    def forget(self, fd: int) -> None:
        self._readers.pop(fd, None)
        self._writers.pop(fd, None)

    def forget_writable(self, fd: int) -> None:
        self._writers.pop(fd, None)

    def after(self, delay: float, call: Callable[[], None]) -> Timer:
        timer = Timer(monotonic() + delay, call)
        self._timers.append(timer)
        return timer

    def cancel(self, timer: Timer | None) -> None:
        if timer in self._timers:
            self._timers.remove(timer)

    def on_signal(self, number: int, call: Callable[[], None]) -> None:
        """Call from `step` when the signal has come."""
        self._signals[number] = call
        _signal.signal(number, _heard)

    def step(self) -> None:
        """Wait until something is due, and do all that is."""
        readable, writable, _ = select(list(self._readers), list(self._writers), [], self._patience())
        for fd in readable:
            if fd in self._readers:
                self._readers[fd]()
        for fd in writable:
            if fd in self._writers:
                self._writers[fd]()
        if self._timers:
            self._fire()

    def _patience(self) -> float | None:
        if not self._timers:
            return None
        return max(0.0, min(timer.when for timer in self._timers) - monotonic())

    def _fire(self) -> None:
        now = monotonic()
        for timer in [timer for timer in self._timers if timer.when <= now]:
            if timer in self._timers:  # an earlier one may have taken it back
                self._timers.remove(timer)
                timer.call()

    def _read_signals(self) -> None:
        for number in os.read(self._wakeup, 512):
            if number in self._signals:
                self._signals[number]()


def _heard(_number: int, _frame: object) -> None:
    """Exist: without a handler in Python the wake-up pipe stays silent."""
