"""Our side of a keeper: starts programs in a sandbox, hears of their ends, ends them all."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_tmuxagent.errors import WardenGone
from pytest_tmuxagent.sandbox.connection import Connection
from pytest_tmuxagent.waiting import Answer, InputThread

_ANSWER_TIMEOUT = 5.0
_CLOSE_TIMEOUT = 8.0  # A keeper gives up on its survivors after 5 s.


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitStatus:
    """How a process ended: by its own status, or by a signal."""

    status: int | None = None
    signal: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A process that a keeper started for us; `exit` is answered once it has ended."""

    pid: int
    exit: Answer[ExitStatus] = field(default_factory=Answer, repr=False, compare=False)


class Keeper:
    """The keeper of one sandbox. `sweep` is asked to do its work when it is gone itself.

    `pid` is None until it has told it, which comes before the first answer of it.
    """

    def __init__(self, sock: socket.socket, *, io: InputThread, sweep: Callable[[], list[str]]) -> None:
        self.pid: int | None = None
        self._process = os.getpid()
        self._sweep = sweep
        self._numbers = itertools.count(1)
        self._starting: dict[int, Answer[Child]] = {}
        self._clearing: dict[int, Answer[list[str]]] = {}
        self._children: dict[int, Child] = {}
        self._closed: Answer[list[str]] = Answer()
        self._gone = False
        self._survivors: list[str] | None = None
        self._connection = Connection(sock, io=io, receive=self._receive, lost=self._lost)

    def spawn(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        cwd: Path,
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
    ) -> Child:
        """Start a program in a session of its own; without a file descriptor a stream is /dev/null.

        Raises:
            OSError: the program or the directory cannot be used, as `subprocess` would say it.
            WardenGone: the keeper is gone, or does not answer.
        """
        program = _program(argv[0], environment=environment, cwd=cwd)
        streams = {number: fd for number, fd in enumerate((stdin, stdout, stderr)) if fd is not None}
        number = next(self._numbers)
        answer = self._starting[number] = Answer()
        if self._gone:
            raise _keeper_gone()
        try:
            self._connection.send(
                "spawn",
                number,
                os.fsencode(program),
                [os.fsencode(word) for word in argv],
                {os.fsencode(name): os.fsencode(value) for name, value in environment.items()},
                os.fsencode(cwd),
                list(streams),
                fds=tuple(streams.values()),
            )
            return answer.wait(_ANSWER_TIMEOUT)
        except (ConnectionError, TimeoutError) as error:
            raise _keeper_gone() from error

    @property
    def children(self) -> frozenset[int]:
        """The ids of the processes that it started for us and that have not ended."""
        return frozenset(self._children)

    def clear(self, *, kept: Collection[int]) -> list[str]:
        """End every process but those `kept`, whose children are not; describe what would not go.

        Raises:
            WardenGone: the keeper is gone, or does not answer.
        """
        number = next(self._numbers)
        answer = self._clearing[number] = Answer()
        if self._gone:
            raise _keeper_gone()
        try:
            self._connection.send("clear", number, list(kept))
            return answer.wait(_CLOSE_TIMEOUT)
        except (ConnectionError, TimeoutError) as error:
            raise _keeper_gone() from error

    def close(self) -> list[str]:
        """End every process of the sandbox and remove its directory; describe what would not go."""
        if self._survivors is None:
            self._survivors = [] if self._process != os.getpid() else self._close()
        return self._survivors

    def abandon(self) -> None:
        """Let go of the sandbox without ending it: for a forked child of the process that opened it."""
        self._gone = True
        self._connection.abandon()

    def hang_up(self) -> None:
        """Have the keeper close by itself, without waiting for it."""
        self._connection.hang_up()

    def _close(self) -> list[str]:
        try:
            self._connection.send("close")
            return self._closed.wait(_CLOSE_TIMEOUT)
        except (ConnectionError, WardenGone, TimeoutError):
            return self._sweep()

    def _receive(self, message: tuple[Any, ...]) -> None:
        match message:
            case ("keeper", pid):
                self.pid = pid
            case ("spawned", number, pid):
                child = self._children[pid] = Child(pid=pid)
                self._starting.pop(number).set(child)
            case ("refused", number, code, reason):
                self._starting.pop(number).fail(OSError(code, reason))
            case ("exited", pid, status):
                self._children.pop(pid).exit.set(_exit_status(status))
            case ("cleared", number, survivors):
                self._clearing.pop(number).set(survivors)
            case ("closed", survivors):
                self._closed.set(survivors)

    def _lost(self) -> None:
        self._gone = True
        self._closed.fail(_keeper_gone())
        for starting in list(self._starting.values()):
            starting.fail(_keeper_gone())
        for clearing in list(self._clearing.values()):
            clearing.fail(_keeper_gone())
        for child in list(self._children.values()):
            child.exit.fail(_keeper_gone())


def _program(name: str, *, environment: Mapping[str, str], cwd: Path) -> str:
    if os.sep in name:
        return str(cwd / name)
    path = environment.get("PATH", os.defpath)
    program = shutil.which(name, path=path)
    if program is None:
        raise FileNotFoundError(2, f"not found on PATH ({path})", name)
    return program


def _exit_status(status: int) -> ExitStatus:
    code = os.waitstatus_to_exitcode(status)
    return ExitStatus(signal=-code) if code < 0 else ExitStatus(status=code)


def _keeper_gone() -> WardenGone:
    return WardenGone("the keeper of this sandbox has ended, and with it every process in the sandbox")
