"""How many real CLIs may run at a time on this machine, in all pytest runs of this user together.

A slot is a file that is locked while it is held: the lock ends with the process, however that ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from pytest_tmuxagent.errors import SandboxUnavailable
from pytest_tmuxagent.waiting import Deadline, Mailbox

PATIENCE = 600.0
_INTERVAL = 0.02


class Slots:
    """Slots that tests take for their real CLIs."""

    def __init__(self, folder: Path, *, most: int) -> None:
        self._folder = folder
        self._most = most

    def take(self, *, timeout: float = PATIENCE) -> Slot:
        """Take one, and wait until there is one.

        Raises:
            SandboxUnavailable: none became free in time.
        """
        deadline, pause = Deadline(timeout), Mailbox[None]()
        while True:
            slot = self.take_free()
            if slot is not None:
                return slot
            if deadline.over:
                raise SandboxUnavailable(
                    f"{self._most} real CLIs run on this machine, and none ended within {timeout:g} s. "
                    "Run fewer tests at a time (-n), or raise the ini option agent_max_live."
                )
            pause.wait(_INTERVAL)

    def take_free(self) -> Slot | None:
        """Take one if there is one."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        return next((slot for slot in self._tried() if slot is not None), None)

    def _tried(self) -> Iterator[Slot | None]:
        for number in range(self._most):
            yield _lock(self._folder / str(number))


class Slot:
    """One that is held, until it is given back."""

    def __init__(self, fd: int) -> None:
        self._fd: int | None = fd

    def give_back(self) -> None:
        """Let another test have it; twice is harmless."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def _lock(path: Path) -> Slot | None:
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return Slot(fd)
    os.close(fd)
    return None
