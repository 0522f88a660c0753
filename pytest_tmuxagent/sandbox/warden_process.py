"""The warden: makes sandbox directories, forks a keeper for each, and ends what a killed keeper left.

It is started once per test process, in a bare interpreter and a session of its own. It says
("opened", number), ("refused", number, errno, message, root) and ("swept", number, survivors).
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import _socket
import os
import select
import sys
from time import monotonic

from pytest_tmuxagent.sandbox import wire
from pytest_tmuxagent.sandbox.ending import MARK, Estate
from pytest_tmuxagent.sandbox.keeper_process import KeeperProcess
from pytest_tmuxagent.sandbox.offspring import Offspring, ignore_terminal_signals
from pytest_tmuxagent.sandbox.owner import Owner
from pytest_tmuxagent.sandbox.processes import session_of
from pytest_tmuxagent.sandbox.subreaper import adopt_orphans

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_COOKIE = b"TMUXAGENT_SANDBOX"  # `environment.COOKIE`, whose module is too heavy for us.
_PATIENCE = 7.0  # A keeper gives up on its survivors after 5 s.


class WardenProcess:
    """One warden, from its start to the end of its owner."""

    def __init__(self, sock: _socket.socket, *, owner: int) -> None:
        self._sock = sock
        self._receiver = wire.Receiver(sock)
        self._owner_pid = owner
        self._owner = Owner(owner)
        self._offspring = Offspring(self._ended)
        self._foreign = {session_of(owner), session_of(0)}
        self._estates: dict[int, Estate] = {}
        self._bereft: list[Estate] = []

    def run(self) -> None:
        """Serve until the owner is gone, then see every keeper out."""
        inputs = select.poll()
        for fd in (self._sock.fileno(), self._offspring.fileno(), self._owner.fd):
            if fd is not None:
                inputs.register(fd, select.POLLIN)
        open_ = os.getppid() == self._owner_pid
        while open_:
            ready = {fd for fd, _ in inputs.poll(self._owner.patience_ms)}
            self._collect()
            open_ = not self._owner.gone(ready) and (self._sock.fileno() not in ready or self._serve())
        self._see_out()

    def _serve(self) -> bool:
        messages = self._receiver.receive()
        if messages is None:
            return False
        for verb, number, cookie, root in messages:
            estate = Estate(cookie=cookie, root=root)
            if verb == "open":
                self._open(number, estate, cookie=cookie)
            else:
                self._say("swept", number, self._sweep(estate))
        return True

    def _open(self, number: int, estate: Estate, *, cookie: bytes) -> None:
        (fd,) = self._receiver.take_fds(1)
        try:
            _make_marked(estate.root, cookie=cookie)
        except OSError as error:
            os.close(fd)
            self._say("refused", number, error.errno, error.strerror, estate.root)
            return
        self._say("opened", number)  # The owner fills the directory while we fork.
        try:
            pid = os.fork()
        except OSError:  # Too many processes: the owner finds no keeper, and has us sweep.
            os.close(fd)
            return
        if pid == 0:
            self._become_keeper(fd, estate)
        os.close(fd)
        self._estates[pid] = estate
        self._offspring.spared.add(pid)

    def _become_keeper(self, fd: int, estate: Estate) -> NoReturn:
        status = 1
        try:
            self._offspring.close()
            self._sock.close()
            sock = _socket.socket(fileno=fd)
            KeeperProcess(sock, estate=estate, owner=self._owner_pid, foreign=self._foreign).run()
            status = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(status)

    def _ended(self, pid: int, status: int) -> None:
        estate = self._estates.pop(pid, None)
        if estate is not None and status != 0:
            self._bereft.append(estate)

    def _collect(self) -> None:
        """Collect dead keepers, and end what those that did not end by themselves have left to us."""
        self._offspring.reap()
        while self._bereft:
            self._bereft.pop().end(self._offspring, foreign=self._foreign)

    def _sweep(self, estate: Estate) -> list[str]:
        """End what the keeper of this estate should have ended, and the keeper too if it still hangs on."""
        for pid in [pid for pid, known in self._estates.items() if known.root == estate.root]:
            del self._estates[pid]
            self._offspring.spared.discard(pid)
        return estate.end(self._offspring, foreign=self._foreign)

    def _see_out(self) -> None:
        """Wait for the keepers, who close by themselves now; end the estates of those that do not."""
        end = monotonic() + _PATIENCE
        for pid in self._estates:
            os.kill(
                pid, _signal.SIGCONT
            )  # One that is stopped could not; a child not yet reaped is no stranger.
        while self._estates and monotonic() < end:
            self._offspring.wait(end - monotonic())
            self._collect()
        for estate in list(self._estates.values()):
            self._sweep(estate)

    def _say(self, *message: object) -> None:
        try:
            wire.send(self._sock, message)
        except OSError:
            return  # Nobody listens any more; the loop finds that out.


def _make_marked(root: bytes, *, cookie: bytes) -> None:
    """Make the directory, and in it the mark by which `tmuxagent reap` knows whose it is.

    A link that leads nowhere is there whole or not at all, and costs less than a file. The cookies around
    us come first, as in the environment.
    """
    os.mkdir(root, 0o700)
    try:
        os.symlink(b":".join(filter(None, (os.environb.get(_COOKIE), cookie))), root + b"/" + MARK)
    except OSError:
        os.rmdir(root)
        raise


def main(fd: int, owner: int) -> None:
    """Be the warden of process `owner`, which holds the other end of `fd`."""
    ignore_terminal_signals()
    os.chdir("/")
    adopt_orphans()
    WardenProcess(_socket.socket(fileno=fd), owner=owner).run()
