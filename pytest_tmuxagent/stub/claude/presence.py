"""The status file of an interactive session: there while it runs, rewritten with each change."""

from __future__ import annotations

import os
from time import time

from pytest_tmuxagent.faces.claude.status import Status
from pytest_tmuxagent.stub.claude.home import write_object


class Presence:
    """Tells by `~/.claude/sessions/<pid>.json` what the agent does."""

    __slots__ = ("_path", "_status")

    def __init__(self, path: str, *, session: str, cwd: str, version: str) -> None:
        self._path = path
        self._status = Status(
            session,
            pid=os.getpid(),
            cwd=cwd,
            version=version,
            suffix=os.urandom(1).hex(),
            started_at=time(),
            process_started=_process_started(),
        )

    def start(self) -> None:
        write_object(self._path, self._status.starting())
        self.idle()

    def idle(self) -> None:
        write_object(self._path, self._status.idle(time()))

    def busy(self) -> None:
        write_object(self._path, self._status.busy(time()))

    def waiting(self) -> None:
        write_object(self._path, self._status.waiting(time()))

    def move_to(self, session: str) -> None:
        """Go on in another session."""
        self._status.session = session
        self.idle()

    def end(self) -> None:
        try:
            os.unlink(self._path)
        except OSError:  # somebody tidied up before us
            pass


def _process_started() -> str:
    """Read the 22nd field of our `stat`, the start in clock ticks; empty where there is no /proc."""
    try:
        with open("/proc/self/stat", "rb", buffering=0) as file:
            stat = file.read(1024)
    except OSError:
        return ""
    return stat[stat.rindex(b")") + 2 :].split()[19].decode()
