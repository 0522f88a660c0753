"""The one place that waits: the thread that reads every input, and what the test's thread blocks on.

The I/O thread stamps, decodes and posts; nothing else runs there. The test's thread blocks in `Mailbox.wait`
and `Answer.wait` only, so a Ctrl-C always finds it in a wait that it can leave.
"""

from __future__ import annotations

import os
import select
import selectors
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic
from typing import Generic, TypeVar

from pytest_tmuxagent.errors import Misuse

T = TypeVar("T")

POLL_INTERVAL = 0.005
"""How often something is looked at that strangers bring about without telling us, while we wait for it."""


class Deadline:
    """A point on the monotonic clock, or never (`timeout=None`)."""

    __slots__ = ("_end",)

    def __init__(self, timeout: float | None) -> None:
        if timeout is not None and not (isinstance(timeout, (int, float)) and timeout >= 0):
            raise Misuse(
                f"timeout={timeout!r} is no number of seconds; give 0 or more, or None for the default"
            )
        self._end = None if timeout is None else monotonic() + timeout

    @property
    def left(self) -> float | None:
        """Seconds left, never below zero; None when there is no end."""
        return None if self._end is None else max(0.0, self._end - monotonic())

    @property
    def over(self) -> bool:
        return self._end is not None and monotonic() >= self._end


class Mailbox(Generic[T]):
    """Items that any thread posts and one thread takes, in the order of posting."""

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._arrived = threading.Condition()

    def post(self, item: T) -> None:
        with self._arrived:
            self._items.append(item)
            self._arrived.notify()

    def take(self) -> list[T]:
        """Remove and give all that has arrived; never blocks."""
        with self._arrived:
            taken = list(self._items)
            self._items.clear()
        return taken

    def wait(self, timeout: float | None) -> bool:
        """Block until there is something to take; False when the time is over."""
        with self._arrived:
            return self._arrived.wait_for(lambda: bool(self._items), _bounded(timeout))


class Answer(Generic[T]):
    """One value, or one error, that arrives once; what comes later is ignored."""

    def __init__(self) -> None:
        self._outcome: tuple[T] | BaseException | None = None
        self._arrived = threading.Condition()
        self._then: list[Callable[[], None]] = []

    def set(self, value: T) -> None:
        self._settle((value,))

    def fail(self, error: BaseException) -> None:
        self._settle(error)

    @property
    def settled(self) -> bool:
        """Whether the value or the error is there."""
        return self._outcome is not None

    def then(self, call: Callable[[], None]) -> None:
        """Call `call` once there is an outcome, in the thread that brings it; at once if it is there."""
        with self._arrived:
            if self._outcome is None:
                self._then.append(call)
                return
        call()

    def wait(self, timeout: float | None) -> T:
        """Block until the value is there.

        Raises:
            TimeoutError: the time is over. Any error given to `fail` is raised as it is.
        """
        with self._arrived:
            self._arrived.wait_for(lambda: self._outcome is not None, _bounded(timeout))
            outcome = self._outcome
        if outcome is None:
            raise TimeoutError(f"no answer within {timeout} s")
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome[0]

    def _settle(self, outcome: tuple[T] | BaseException) -> None:
        with self._arrived:
            if self._outcome is not None:
                return
            self._outcome = outcome
            calls, self._then = self._then, []
            self._arrived.notify_all()
        for call in calls:
            call()


class InputThread:
    """The one thread that waits for file descriptors and calls their readers."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._selector = selectors.DefaultSelector()
        self._readers: dict[int, Callable[[], None]] = {}
        self._running: int | None = None
        self._changed = threading.Condition()
        self._calls: deque[Callable[[], None]] = deque()
        self._failures: list[Exception] = []
        self._closed = False
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self.watch(self._wake_read, self._run_calls)
        self._thread = threading.Thread(target=self._loop, name="tmuxagent-io", daemon=True)
        self._thread.start()

    @property
    def usable(self) -> bool:
        """Whether the thread is there: not closed, and started by this very process."""
        return not self._closed and self._process == os.getpid()

    @property
    def is_current(self) -> bool:
        """Whether the caller runs in this thread."""
        return threading.current_thread() is self._thread

    @property
    def failures(self) -> tuple[Exception, ...]:
        """What readers and calls raised; such a reader was forgotten."""
        return tuple(self._failures)

    def watch(self, fd: int, readable: Callable[[], None]) -> None:
        """Call `readable` in the I/O thread whenever `fd` has input or is at its end."""
        # epoll and kqueue take changes while another thread waits on them: no wake-up needed.
        with self._changed:
            self._selector.register(fd, selectors.EVENT_READ, readable)
            self._readers[fd] = readable

    def forget(self, fd: int) -> None:
        """Stop watching `fd`; once this returns its reader will not run again. Twice is harmless."""
        if not self.usable:
            return  # A forked child shares the kernel's list with its parent and must not change it.
        with self._changed:
            if self._readers.pop(fd, None) is not None:
                self._selector.unregister(fd)
            if not self.is_current:
                self._changed.wait_for(lambda: self._running != fd)

    def call(self, action: Callable[[], None]) -> None:
        """Run `action` in the I/O thread soon; calls keep their order."""
        if not self.usable:
            return
        self._calls.append(action)
        with suppress(BlockingIOError):  # A full pipe wakes the thread as well.
            os.write(self._wake_write, b"x")

    def attempt(self, action: Callable[[], None]) -> bool:
        """Run `action` here and now; what it raises is kept in `failures`, and False given."""
        try:
            action()
        except Exception as error:
            self._failures.append(error)
            return False
        return True

    def close(self) -> None:
        """End the thread; twice is harmless."""
        self.call(self._stop)
        if self._process == os.getpid() and not self.is_current:
            self._thread.join()

    def _stop(self) -> None:
        self._closed = True

    def _loop(self) -> None:
        while not self._closed:
            for key, _ in self._selector.select():
                self._serve(key.fd, key.data)
        self._selector.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _serve(self, fd: int, readable: Callable[[], None]) -> None:
        with self._changed:
            # An earlier reader of this round may have forgotten the fd, and its number may be in use again.
            if self._readers.get(fd) is not readable:
                return
            self._running = fd
        fine = self.attempt(readable)
        with self._changed:
            self._running = None
            self._changed.notify_all()
        if not fine:
            self.forget(fd)

    def _run_calls(self) -> None:
        os.read(self._wake_read, 4096)
        while self._calls:
            self.attempt(self._calls.popleft())


_input_thread: InputThread | None = None
_starting = threading.Lock()


def input_thread() -> InputThread:
    """Give the I/O thread of this process; it starts with the first call, and anew in a forked child."""
    global _input_thread
    with _starting:
        thread = _input_thread
        if thread is None or not thread.usable:
            thread = _input_thread = InputThread()
        return thread


def looks(deadline: Deadline, *, pause: float = POLL_INTERVAL) -> Iterator[None]:
    """Give the caller one look after another at what nobody announces, `pause` seconds apart.

    There is one look at least; whoever still looks when the looks have come to an end has waited in vain.
    """
    nobody = Mailbox[None]()
    yield
    while not deadline.over:
        nobody.wait(pause)
        yield


def soonest(*timeouts: float | None) -> float | None:
    """Give the shortest of these; None, which is never, when each of them is."""
    return min((timeout for timeout in timeouts if timeout is not None), default=None)


def wait_writable(fd: int, timeout: float | None) -> bool:
    """Block until `fd` takes more bytes; False when the time is over."""
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    return bool(poll.poll(None if timeout is None else timeout * 1000))


def _bounded(timeout: float | None) -> float | None:
    return None if timeout is None else min(timeout, threading.TIMEOUT_MAX)
