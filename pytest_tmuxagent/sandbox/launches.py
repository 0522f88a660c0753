"""The launch log: which agents were started in a sandbox, by whomever, and how they ended."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pytest_tmuxagent.sandbox.exits import UNKNOWN, ExitWatch
from pytest_tmuxagent.sandbox.keeper import ExitStatus
from pytest_tmuxagent.waiting import Answer, InputThread

_ANSWER_TIMEOUT = 5.0
_HIGHEST_PID = 2**31 - 1
_NONE_OF_OURS = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""What a line raises that was written by nobody of ours: a program has the file in its reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One start of an agent: `at` is in seconds of `time.time()`, secrets in `environment` are redacted.

    `given` is the environment as whoever started it gave it, None where nothing was completed in it. `start`
    is the clock tick it was started at, 0 where the system does not tell.
    """

    name: str
    argv: tuple[str, ...]
    cwd: str
    pid: int
    at: float
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    given: Mapping[str, str] | None = field(default=None, repr=False)
    start: int = 0
    exit: ExitStatus | None = None


class LaunchLog:
    """The log of one sandbox, followed as it grows: who writes a line rings a bell, a FIFO beside it."""

    def __init__(self, path: Path, *, io: InputThread) -> None:
        self._path = path
        self._io = io
        self._offset = 0
        self._entries: list[_Entry] = []
        bell = path.with_name(f"{path.name}.bell")
        os.mkfifo(bell, 0o600)
        self._bell = os.open(bell, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        io.watch(self._bell, self._rung)

    def read(self) -> tuple[Launch, ...]:
        """Give all launches so far in order, with their ends as far as they have come."""
        looked: Answer[None] = Answer()

        def look() -> None:
            self._look()
            for entry in self._entries:
                entry.watch.look()
            looked.set(None)

        if self._bell >= 0 and self._io.usable and not self._io.is_current:
            self._io.call(look)
            with suppress(TimeoutError):
                looked.wait(_ANSWER_TIMEOUT)
        return tuple(entry.launch for entry in self._entries)

    def close(self) -> None:
        """Follow it no longer; twice is harmless."""
        if self._bell >= 0:
            self._io.forget(self._bell)
            os.close(self._bell)
            self._bell = -1
            self._io.call(self._let_go)

    def _rung(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._bell, 4096)
        self._look()

    def _look(self) -> None:
        for line in self._new_lines():
            launch, ended = _launch(line), _exit(line)
            if launch is not None:
                watch = ExitWatch(launch.pid, start=launch.start, io=self._io)
                self._entries.append(_Entry(launch, watch))
            elif ended is not None:
                self._take_word(*ended)

    def _take_word(self, pid: int, status: int) -> None:
        # The last of that id: a line is written by a process that still has it.
        for entry in reversed(self._entries):
            if entry.logged.pid == pid:
                entry.told = ExitStatus(status=status)
                return

    def _new_lines(self) -> list[bytes]:
        *lines, _torn = _read(self._path, behind=self._offset).split(b"\n")
        self._offset += sum(len(line) + 1 for line in lines)
        return lines

    def _let_go(self) -> None:
        for entry in self._entries:
            entry.watch.close()


class _Entry:
    """A launch, and what is known of its end: by watching, and by its own word."""

    def __init__(self, logged: Launch, watch: ExitWatch) -> None:
        self.logged = logged
        self.watch = watch
        self.told: ExitStatus | None = None

    @property
    def launch(self) -> Launch:
        seen = self.watch.exit
        if seen is None:
            return self.logged
        return replace(self.logged, exit=self.told if seen == UNKNOWN and self.told is not None else seen)


def read_launches(log: Path) -> tuple[Launch, ...]:
    """Read the log in order; a line that is not whole yet, or tells no launch, is left out."""
    *lines, _torn = _read(log, behind=0).split(b"\n")
    return tuple(launch for launch in map(_launch, lines) if launch is not None)


def _read(log: Path, *, behind: int) -> bytes:
    """Read the log from an offset on; a program may have put anything in its place, a pipe as well."""
    try:
        if not log.is_file():
            return b""
        with log.open("rb") as file:
            file.seek(behind)
            return file.read()
    except OSError:
        return b""


def _launch(line: bytes) -> Launch | None:
    try:
        record: Any = json.loads(line)
        return Launch(
            name=str(record["name"]),
            argv=tuple(str(word) for word in record["argv"]),
            cwd=str(record["cwd"]),
            pid=_pid(record["pid"]),
            at=float(record["at"]),
            environment=_texts(record["environment"]),
            given=_texts(record["given"]) if "given" in record else None,
            start=int(record.get("start", 0)),
        )
    except _NONE_OF_OURS:
        return None


def _exit(line: bytes) -> tuple[int, int] | None:
    """Read the pid and the status of a process that tells its own end."""
    try:
        record: Any = json.loads(line)
        return _pid(record["pid"]), int(record["exit"])
    except _NONE_OF_OURS:
        return None


def _pid(record: object) -> int:
    if not isinstance(record, int) or not 0 < record <= _HIGHEST_PID:
        raise ValueError(f"{record!r} is no process")
    return record


def _texts(record: Mapping[str, object]) -> dict[str, str]:
    return {str(name): str(value) for name, value in record.items()}
