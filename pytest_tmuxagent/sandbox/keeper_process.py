"""The keeper: owns all processes of one sandbox, and its directory; ends them with the sandbox or its owner.

It says ("keeper", its pid) first, then ("spawned", number, pid), ("refused", number, errno, message),
("exited", pid, wait status), ("cleared", number, survivors) and, as its last word, ("closed", survivors).
"""

from __future__ import annotations

import _socket
import errno
import os
import select

from pytest_tmuxagent.sandbox import wire
from pytest_tmuxagent.sandbox.ending import Estate
from pytest_tmuxagent.sandbox.offspring import Offspring, spawn
from pytest_tmuxagent.sandbox.owner import Owner
from pytest_tmuxagent.sandbox.processes import pids
from pytest_tmuxagent.sandbox.subreaper import adopt_orphans

_CLOCKS = ("/dev/shm/faketime_shm_%d", "/dev/shm/sem.faketime_sem_%d")
"""What libfaketime (0.9.10) leaves of a program whose clock was sped up, by the id of its process."""


class KeeperProcess:
    """One keeper, from its fork to the end of the sandbox."""

    def __init__(self, sock: _socket.socket, *, estate: Estate, owner: int, foreign: set[int]) -> None:
        adopt_orphans()
        self._older = pids()
        self._sock = sock
        self._receiver = wire.Receiver(sock)
        self._estate = estate
        self._owner = Owner(owner)
        self._foreign = foreign
        self._offspring = Offspring(self._ended)
        self._spawned: set[int] = set()
        self._sped_up: list[int] = []

    def run(self) -> None:
        """Serve until we are told to close, or the other end or its process is gone; then end everything."""
        inputs = select.poll()
        for fd in (self._sock.fileno(), self._offspring.fileno(), self._owner.fd):
            if fd is not None:
                inputs.register(fd, select.POLLIN)
        self._say("keeper", os.getpid())
        open_ = True
        while open_:
            ready = {fd for fd, _ in inputs.poll(self._owner.patience_ms)}
            if self._offspring.fileno() in ready:
                self._offspring.reap()
            open_ = not self._owner.gone(ready) and (self._sock.fileno() not in ready or self._serve())
        self._end()

    def _serve(self) -> bool:
        messages = self._receiver.receive()
        if messages is None:
            return False
        for verb, *arguments in messages:
            if verb == "close":
                return False
            (self._clear if verb == "clear" else self._spawn)(*arguments)
        return True

    def _spawn(
        self,
        number: int,
        program: bytes,
        arguments: list[bytes],
        environment: dict[bytes, bytes],
        cwd: bytes,
        streams: list[int],
    ) -> None:
        fds = self._receiver.take_fds(len(streams))
        try:
            pid = spawn(
                program,
                arguments,
                environment=environment,
                cwd=cwd,
                streams=dict(zip(streams, fds, strict=True)),
            )
        except OSError as error:
            self._say("refused", number, error.errno, error.strerror)
        except ValueError as error:  # A NUL in a word, an equals sign in a name.
            self._say("refused", number, errno.EINVAL, str(error))
        else:
            self._spawned.add(pid)
            if b"FAKETIME" in environment:
                self._sped_up.append(pid)
            self._say("spawned", number, pid)
        for fd in fds:
            os.close(fd)

    def _clear(self, number: int, kept: list[int]) -> None:
        survivors = self._estate.clear(
            self._offspring, foreign=self._foreign, older=self._older, kept=frozenset(kept)
        )
        self._remove_clocks()
        self._say("cleared", number, survivors)

    def _remove_clocks(self) -> None:
        while self._sped_up:
            _remove_clock(self._sped_up.pop())

    def _ended(self, pid: int, status: int) -> None:
        if pid in self._spawned:
            self._spawned.discard(pid)
            self._say("exited", pid, status)

    def _end(self) -> None:
        survivors = self._estate.end(self._offspring, foreign=self._foreign, older=self._older)
        self._remove_clocks()
        self._say("closed", survivors)

    def _say(self, *message: object) -> None:
        try:
            wire.send(self._sock, message)
        except OSError:
            return  # Nobody listens any more; the loop finds that out.


def _remove_clock(pid: int) -> None:
    for path in _CLOCKS:
        try:
            os.unlink(path % pid)
        except OSError:
            pass
