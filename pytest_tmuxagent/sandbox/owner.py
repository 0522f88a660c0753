"""Whether the process that owns us still lives, even where a fork of it keeps our sockets open."""

from __future__ import annotations

import os
import select
import sys
from _collections_abc import Container

_GLANCE_MS = 500


class Owner:
    """The owning process: poll `fd`, for `patience_ms` at most, and ask `gone`.

    Every process that watches makes its own: a kqueue is not inherited by a fork.
    """

    __slots__ = ("_notice", "_pid", "fd", "patience_ms")

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._notice = _death_notice(pid)
        self.fd = None if self._notice is None else self._notice.fileno()
        self.patience_ms = _GLANCE_MS if self.fd is None else None

    def gone(self, ready: Container[int]) -> bool:
        """Say whether the process has ended, given the fds that poll found ready."""
        if self.fd is not None:
            return self.fd in ready  # It may be a zombie, which still takes a signal.
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass
        return False


class _Pidfd:
    """A pidfd with the face of a kqueue."""

    __slots__ = ("_fd",)

    def __init__(self, pid: int) -> None:
        self._fd = os.pidfd_open(pid)

    def fileno(self) -> int:
        return self._fd


if sys.platform == "linux":

    def _death_notice(pid: int) -> _Pidfd | None:
        try:
            return _Pidfd(pid)
        except (AttributeError, OSError):
            return None  # Linux before 5.3 and some sandboxed kernels, or it has ended already.

else:

    def _death_notice(pid: int) -> select.kqueue | None:
        queue = select.kqueue()
        death = select.kevent(pid, select.KQ_FILTER_PROC, select.KQ_EV_ADD, fflags=select.KQ_NOTE_EXIT)
        try:
            queue.control([death], 0)
        except OSError:
            return None
        return queue
