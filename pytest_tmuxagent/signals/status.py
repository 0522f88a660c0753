"""Follows the status file of an agent: `<pid>.json` in a folder that all running agents share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pytest_tmuxagent.signals.foreign import parse
from pytest_tmuxagent.signals.growing import NoFile, read_behind

Status = Mapping[str, Any]


class StatusFile:
    """One agent's status. The file is known by its process, or by a conversation that is the agent's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pid: int | None = None
        self._sessions: set[str] = set()
        self._written: object = None

    def follow(self, pid: int) -> None:
        """Look for the file of this process from now on."""
        self._pid = pid
        self._written = None

    def name_session(self, session: str) -> None:
        """Take note that a conversation is the agent's: a file that names it is, too."""
        self._sessions.add(session)

    def poll(self) -> Status | None:
        """Read the status, if it was written since; one that is half written is read the next time."""
        path = self._folder / f"{self._pid}.json"
        if self._pid is not None and _written(path) is not None:
            return self._read(path)
        return next(filter(None, map(self._read, self._named())), None)

    def _named(self) -> Iterator[Path]:
        if not self._sessions:
            return
        for path in self._folder.glob("*.json"):
            status = _parse(path)
            session = status.get("sessionId") if status is not None else None
            if isinstance(session, str) and session in self._sessions:
                yield path

    def _read(self, path: Path) -> Status | None:
        written = (path, _written(path))
        if written == self._written:
            return None
        status = _parse(path)
        if status is not None:
            self._written = written
        return status


def _written(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _parse(path: Path) -> Status | None:
    try:
        return parse(read_behind(path, 0))
    except (OSError, NoFile):
        return None
