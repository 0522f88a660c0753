"""The thread that serves the script: it waits for sockets and timers, and runs what other threads post."""

from __future__ import annotations

import contextlib
import heapq
import os
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from itertools import count
from time import monotonic

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Timer:
    """One call to come; `Loop.cancel` takes it back."""

    __slots__ = ("action",)

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action


class Loop:
    """One daemon thread. What it calls must not raise; what does is kept in `failures`."""

    def __init__(self, *, name: str) -> None:
        self._selector = selectors.DefaultSelector()
        self._posted: deque[Callable[[], None]] = deque()
        self._timers: list[tuple[float, int, Timer]] = []
        self._set = count()
        self._closed = False
        self._failures: list[Exception] = []
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._selector.register(self._wake_read, READ, self._woken)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def failures(self) -> tuple[Exception, ...]:
        return tuple(self._failures)

    @property
    def is_current(self) -> bool:
        """Whether the caller runs in this thread."""
        return threading.current_thread() is self._thread

    def post(self, action: Callable[[], None]) -> None:
        """Let the thread run it; from any thread, never blocks. Nothing happens once the loop is closed."""
        # The number of a pipe that is closed may be that of another file by now.
        if self._closed:
            return
        self._posted.append(action)
        # A full pipe is read anyway; a closed one has nobody left to wake.
        with contextlib.suppress(OSError):
            os.write(self._wake_write, b"x")

    def watch(self, sock: socket.socket, ready: Callable[[int], None], *, events: int = READ) -> None:
        """Call `ready` with what the socket is ready for. Only from the thread itself."""
        if sock in self._selector.get_map():
            self._selector.modify(sock, events, ready)
        else:
            self._selector.register(sock, events, ready)

    def forget(self, sock: socket.socket) -> None:
        """Stop watching a socket. Only from the thread itself."""
        self._selector.unregister(sock)

    def after(self, delay: float, action: Callable[[], None]) -> Timer:
        """Run it in `delay` seconds; those of the same moment in order. Only from the thread itself."""
        timer = Timer(action)
        heapq.heappush(self._timers, (monotonic() + delay, next(self._set), timer))
        return timer

    def cancel(self, timer: Timer | None) -> None:
        """Take a call back; one that was made, or none, is harmless. Only from the thread itself."""
        if timer:
            timer.action = None

    def close(self) -> None:
        """End the thread and wait for it; twice is harmless."""
        if not self._closed:
            self.post(self._close)
            self._thread.join()

    def _run(self) -> None:
        while not self._closed:
            for key, events in self._selector.select(self._patience()):
                # An earlier one of this round may have forgotten it.
                if self._selector.get_map().get(key.fd) is key:
                    self._call(lambda ready=key.data, events=events: ready(events))  # type: ignore[misc]
            self._fire()
        self._selector.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _patience(self) -> float | None:
        while self._timers and self._timers[0][2].action is None:
            heapq.heappop(self._timers)
        return max(0.0, self._timers[0][0] - monotonic()) if self._timers else None

    def _fire(self) -> None:
        """Run what is due; what that sets anew waits for the next round, so that sockets have their turn."""
        due = list[Timer]()
        now = monotonic()
        while self._timers and self._timers[0][0] <= now:
            due.append(heapq.heappop(self._timers)[2])
        for timer in due:
            # An earlier one of this round may have taken it back, or closed the loop.
            if timer.action and not self._closed:
                self._call(timer.action)

    def _woken(self, _events: int) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_read, 4096)
        while self._posted:
            self._call(self._posted.popleft())

    def _call(self, action: Callable[[], None]) -> None:
        # A fault of one test's socket must not take the script away from all others.
        try:
            action()
        except Exception as error:
            self._failures.append(error)

    def _close(self) -> None:
        self._closed = True
