"""How many real CLIs may run at a time on this machine, in all runs of this user together.

A slot is a file that is locked while it is held: the lock ends with the process, however that ends. In the
file stands who holds it, for those who wait. The files lie in one place for all runs, whatever their TMPDIR.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

from pytest_tmuxagent.errors import SandboxUnavailable
from pytest_tmuxagent.waiting import Deadline, looks

FOLDER = "TMUXAGENT_SLOTS"
"""The variable that names another folder for them: for a machine without /tmp, or a cap of one's own."""
PATIENCE = 600.0
NOTICE_AFTER = 1.0
"""Seconds of waiting after which whoever waits is told."""

_INTERVAL = 0.02
_LONGEST_HOLDER = 200


def slots_folder() -> Path:
    """The place where all runs of this user on this machine have their slots."""
    named = os.environ.get(FOLDER)
    return Path(named) if named else Path("/tmp") / f"tmuxagent-live-{os.getuid()}"


class Slots:
    """Slots that tests take for their real CLIs. `notice` is told once of each wait that takes long."""

    def __init__(self, folder: Path, *, most: int, notice: Callable[[str], None] | None = None) -> None:
        self._folder = folder
        self._most = most
        self._notice = notice

    def take(self, *, timeout: float = PATIENCE, notice_after: float = NOTICE_AFTER) -> Slot:
        """Take one, and wait until there is one.

        Raises:
            SandboxUnavailable: none became free in time, or the folder of the slots is not ours.
        """
        silence = Deadline(notice_after)
        for _ in looks(Deadline(timeout), pause=_INTERVAL):
            slot = self.take_free()
            if slot is not None:
                return slot
            if silence.over and self._notice is not None:
                self._notice(
                    f"waiting for one of the {self._most} real CLIs that may run on this machine at a time "
                    f"(agent_max_live){self._held_by()}"
                )
                silence = Deadline(None)
        raise SandboxUnavailable(
            f"{self._most} real CLIs run on this machine{self._held_by()}, and none ended within "
            f"{timeout:g} s. Run fewer tests at a time (-n), or raise the ini option agent_max_live."
        )

    def take_free(self) -> Slot | None:
        """Take one if there is one."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            _require_own(self._folder)
            return next((slot for slot in self._tried() if slot is not None), None)
        except (PermissionError, FileExistsError, FileNotFoundError, NotADirectoryError) as error:
            raise SandboxUnavailable(
                f"the slots for real CLIs cannot be used: {error}. Remove {self._folder}, or name a folder "
                f"of your own by the environment variable {FOLDER}"
            ) from error

    def holders(self) -> tuple[str, ...]:
        """Say who holds slots now: process and test, as far as they told."""
        told = [_holder(self._folder / str(number)) for number in range(self._most)]
        return tuple(dict.fromkeys(holder for holder in told if holder))

    def _held_by(self) -> str:
        holders = self.holders()
        return f", held by {', '.join(holders)}" if holders else ""

    def _tried(self) -> Iterator[Slot | None]:
        for number in range(self._most):
            yield _lock(self._folder / str(number))


class Slot:
    """One that is held, until it is given back."""

    def __init__(self, fd: int) -> None:
        self._fd: int | None = fd
        _held.add(self)

    def give_back(self) -> None:
        """Let another test have it; twice is harmless."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


_held: weakref.WeakSet[Slot] = weakref.WeakSet()


def _leave_to_the_parent() -> None:
    """In a fork: the lock is held as long as any process has the file open."""
    for slot in list(_held):
        slot.give_back()


os.register_at_fork(after_in_child=_leave_to_the_parent)


def _require_own(folder: Path) -> None:
    """Fail where somebody else was faster to make it, in a place where everybody may."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(f"{folder} is no folder")
    if found.st_uid != os.getuid():
        raise PermissionError(f"{folder} is of the user {found.st_uid}")


def _lock(path: Path) -> Slot | None:
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _sign(fd)
        return Slot(fd)
    os.close(fd)
    return None


def _sign(fd: int) -> None:
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
    words = f"process {os.getpid()}" + (f" ({test})" if test else "")
    with contextlib.suppress(OSError):  # a full disk: the lock is what counts
        os.ftruncate(fd, 0)
        os.pwrite(fd, os.fsencode(words[:_LONGEST_HOLDER]), 0)


def _holder(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""
