"""How processes end that are not our children: what the system lets strangers know.

Linux keeps the status of a process in its pidfd from 6.15 on; before that it can be read from /proc until the
parent collects it. Elsewhere only the end is seen.
Source: linux/pidfd.h, proc_pid_stat(5).
"""

from __future__ import annotations

import os
import select
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pytest_tmuxagent.sandbox.keeper import ExitStatus
from pytest_tmuxagent.waiting import InputThread

UNKNOWN = ExitStatus()

_GET_INFO = 0xC040FF0B
_INFO_EXIT = 1 << 3
_INFO = struct.Struct("=QQ11Ii")
_STARTED_AT, _EXIT_CODE = 19, 49


class ExitWatch:
    """Notes the end of one process; all but the attributes is for the I/O thread.

    `start` is the clock tick it was started at, 0 where that is not known: a process of the same id that was
    started at another one is not it.
    """

    def __init__(self, pid: int, *, start: int, io: InputThread) -> None:
        self.exit: ExitStatus | None = None
        self._pid = pid
        self._start = start
        self._io = io
        self._notice: _Notice | None = None
        try:
            self._notice = _notice(pid)
        except OSError:
            self.look()
            return
        if start and start_of(pid) not in (start, 0):
            self._settle(UNKNOWN)
        elif self._notice is not None:
            io.watch(self._notice.fileno(), self.look)

    def look(self) -> None:
        """Take note of the end, if it has ended."""
        if self.exit is not None or self._runs():
            return
        fd = None if self._notice is None else self._notice.fileno()
        self._settle(_status(self._pid, pidfd=fd, start=self._start))

    def close(self) -> None:
        """Watch no longer; twice is harmless."""
        notice, self._notice = self._notice, None
        if notice is not None:
            self._io.forget(notice.fileno())
            notice.close()

    def _settle(self, exit_: ExitStatus) -> None:
        self.exit = exit_
        self.close()

    def _runs(self) -> bool:
        if self._notice is not None:
            return not _readable(self._notice.fileno())
        if self._start and start_of(self._pid) not in (self._start, 0):
            return False
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return True


def start_of(pid: int | str) -> int:
    """Give the clock tick a process was started at; 0 where there is none, or the system does not tell."""
    fields = _stat(pid)
    return int(fields[_STARTED_AT]) if len(fields) > _STARTED_AT else 0


def _readable(fd: int) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(0))


def _status(pid: int, *, pidfd: int | None, start: int) -> ExitStatus:
    """Say how a process ended; a zombie tells by /proc, later its pidfd does: look there twice."""
    for told in (_told_by_pidfd, _told_by_zombie, _told_by_pidfd):
        code = told(pid, pidfd, start)
        if code is not None:
            status = os.waitstatus_to_exitcode(code)
            return ExitStatus(signal=-status) if status < 0 else ExitStatus(status=status)
    return UNKNOWN


def _told_by_pidfd(_pid: int, pidfd: int | None, _start: int) -> int | None:
    if pidfd is None or sys.platform != "linux":
        return None
    import fcntl

    try:
        answer = fcntl.ioctl(pidfd, _GET_INFO, _INFO.pack(_INFO_EXIT, *[0] * 13))
    except OSError:
        return None
    mask, *_, code = _INFO.unpack(answer)
    return int(code) if mask & _INFO_EXIT else None


def _told_by_zombie(pid: int, _pidfd: int | None, start: int) -> int | None:
    fields = _stat(pid)
    if len(fields) <= _EXIT_CODE or fields[0] != "Z" or start not in (0, int(fields[_STARTED_AT])):
        return None
    return int(fields[_EXIT_CODE])


def _stat(pid: int | str) -> list[str]:
    """Read what follows the name in /proc/PID/stat; the third field of the manual is the first here."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return []


class _Notice:
    """A file descriptor that is readable once a process has ended."""

    def __init__(self, fileno: int, close: Callable[[], None]) -> None:
        self._fileno = fileno
        self._close = close

    def fileno(self) -> int:
        return self._fileno

    def close(self) -> None:
        with suppress(OSError):
            self._close()


if sys.platform == "linux":

    def _notice(pid: int) -> _Notice | None:
        """Watch for the end; None where the system has no way. OSError: there is no such process."""
        try:
            fd = os.pidfd_open(pid)
        except AttributeError:
            return None
        return _Notice(fd, lambda: os.close(fd))

else:

    def _notice(pid: int) -> _Notice | None:
        """Watch for the end. OSError: there is no such process."""
        queue = select.kqueue()
        death = select.kevent(pid, select.KQ_FILTER_PROC, select.KQ_EV_ADD, fflags=select.KQ_NOTE_EXIT)
        try:
            queue.control([death], 0)
        except OSError:
            queue.close()
            raise
        return _Notice(queue.fileno(), queue.close)
