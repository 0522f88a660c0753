"""The children of this process, its own and those it adopted: who has ended, and is any left."""

# Runs in the warden's bare interpreter: `signal` would pull in `enum`, the two costing 6 ms.
from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import os
import select
from _collections_abc import Callable
from time import monotonic

_IGNORED = (_signal.SIGINT, _signal.SIGHUP, _signal.SIGTERM, _signal.SIGQUIT, _signal.SIGTSTP)
_RESTORED = (*_IGNORED, _signal.SIGPIPE, _signal.SIGCHLD)


def ignore_terminal_signals() -> None:
    """Let no Ctrl-C, hang-up or polite kill end this process."""
    for number in _IGNORED:
        _signal.signal(number, _signal.SIG_IGN)


class Offspring:
    """Collects the dead; `spared` are children that count as none of the family."""

    __slots__ = ("_ended", "_poll", "_wake_read", "_wake_write", "spared")

    def __init__(self, ended: Callable[[int, int], None]) -> None:
        self._ended = ended
        self.spared: set[int] = set()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        _signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        _signal.signal(_signal.SIGCHLD, _noted)
        self._poll = select.poll()
        self._poll.register(self._wake_read, select.POLLIN)

    def fileno(self) -> int:
        """Readable when a child may have ended."""
        return self._wake_read

    def reap(self) -> bool:
        """Collect the dead; False when no child but the spared can be left, as far as the system tells."""
        _drain(self._wake_read)
        buried = False
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return buried or not self.spared
            if pid in self.spared:
                self.spared.discard(pid)
            else:
                buried = True
            self._ended(pid, status)

    def settle(self, timeout: float) -> bool:
        """Collect the dead until no child is left; False when the time is over."""
        end = monotonic() + timeout
        while self.reap():
            left = end - monotonic()
            if left <= 0:
                return False
            self.wait(left)
        return True

    def wait(self, timeout: float) -> None:
        """Block until a child may have ended."""
        self._poll.poll(timeout * 1000)

    def close(self) -> None:
        """Forget the children: for a fork of this process, which has none."""
        _signal.set_wakeup_fd(-1)
        os.close(self._wake_read)
        os.close(self._wake_write)


def spawn(
    program: bytes,
    arguments: list[bytes],
    *,
    environment: dict[bytes, bytes],
    cwd: bytes,
    streams: dict[int, int],
) -> int:
    """Start a program in a session of its own; `streams` maps 0, 1, 2 to fds, the others get /dev/null."""
    os.chdir(cwd)
    try:
        return os.posix_spawn(
            program,
            arguments,
            environment,
            file_actions=[_stream(number, streams.get(number)) for number in (0, 1, 2)],
            setsid=True,
            setsigmask=(),
            setsigdef=_RESTORED,
        )
    finally:
        os.chdir("/")


def _stream(number: int, fd: int | None) -> tuple[int, int, str, int, int] | tuple[int, int, int]:
    if fd is None:
        return (os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0)
    return (os.POSIX_SPAWN_DUP2, fd, number)


def _noted(_number: int, _frame: object) -> None:
    """Be there: without a handler the wake-up pipe would stay silent."""


def _drain(fd: int) -> None:
    try:
        while os.read(fd, 4096):
            pass
    except BlockingIOError:
        pass
