"""Our side of the warden: one process per test process, started with the first sandbox."""

from __future__ import annotations

import atexit
import itertools
import os
import socket
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from typing import Any, BinaryIO

import pytest_tmuxagent
from pytest_tmuxagent.errors import WardenGone
from pytest_tmuxagent.sandbox.connection import Connection
from pytest_tmuxagent.sandbox.keeper import Keeper
from pytest_tmuxagent.waiting import Answer, input_thread

_ANSWER_TIMEOUT = 10.0
_SEE_OUT_TIMEOUT = 15.0  # The warden gives up on its keepers after 7 s, then on each one's survivors after 5.
# The package's front door is passed by: a bare interpreter has no use for it, and it may cost 10 ms.
_PROGRAM = (
    "import sys; package = type(sys)('pytest_tmuxagent'); package.__path__ = {path!r}; "
    "sys.modules['pytest_tmuxagent'] = package; "
    "from pytest_tmuxagent.sandbox.warden_process import main; main({fd}, {owner})"
)


class Warden:
    """The process that owns all our processes; whatever happens to us, it ends them."""

    def __init__(self) -> None:
        self._io = input_thread()
        self._numbers = itertools.count(1)
        self._answers: dict[int, Answer[list[str]]] = {}
        self._keepers: weakref.WeakSet[Keeper] = weakref.WeakSet()
        self.gone = False
        ours, theirs = socket.socketpair()
        with theirs:
            self._process, self._complaints = _start(theirs.fileno())
        self._connection = Connection(ours, io=self._io, receive=self._receive, lost=self._lost)

    @property
    def pid(self) -> int:
        return self._process.pid

    def open(self, *, root: Path, cookie: str) -> Keeper:
        """Make the directory `root` and give it a keeper.

        Raises:
            OSError: the directory cannot be made.
            WardenGone: the warden ended.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._ask("open", cookie, root, fds=(theirs.fileno(),))
            except BaseException:
                ours.close()
                raise
        keeper = Keeper(ours, io=self._io, sweep=lambda: _sweep(root=root, cookie=cookie))
        self._keepers.add(keeper)
        return keeper

    def sweep(self, *, root: Path, cookie: str) -> list[str]:
        """End what a keeper that is gone should have ended; describe what would not go.

        Raises:
            WardenGone: the warden ended.
        """
        return self._ask("sweep", cookie, root)

    def close(self) -> None:
        """Close all sandboxes and see the warden out; twice is harmless."""
        if not self.gone:  # Else the keepers carry on by themselves.
            for keeper in list(self._keepers):
                keeper.hang_up()
            self._connection.hang_up()
        try:
            self._process.wait(_SEE_OUT_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._complaints.close()

    def abandon(self) -> None:
        """Let go of everything without ending it: for a forked child of the process that started this."""
        self.gone = True
        self._process.returncode = 0  # Not its child: nothing to wait for, nor to warn of.
        self._connection.abandon()
        for keeper in list(self._keepers):
            keeper.abandon()

    def _ask(self, verb: str, cookie: str, root: Path, *, fds: tuple[int, ...] = ()) -> list[str]:
        number = next(self._numbers)
        answer = self._answers[number] = Answer()
        if self.gone:
            raise self._gone_error()
        try:
            self._connection.send(verb, number, cookie.encode(), os.fsencode(root), fds=fds)
            return answer.wait(_ANSWER_TIMEOUT)
        except ConnectionError as error:
            self.gone = True  # The I/O thread may not have seen it yet.
            raise self._gone_error() from error
        except TimeoutError as error:
            raise WardenGone(f"the warden (process {self.pid}) does not answer") from error

    def _receive(self, message: tuple[Any, ...]) -> None:
        match message:
            case ("opened", number):
                self._answers.pop(number).set([])
            case ("swept", number, survivors):
                self._answers.pop(number).set(survivors)
            case ("refused", number, code, reason, root):
                self._answers.pop(number).fail(OSError(code, reason, os.fsdecode(root)))

    def _lost(self) -> None:
        self.gone = True
        for answer in list(self._answers.values()):
            answer.fail(self._gone_error())

    def _gone_error(self) -> WardenGone:
        last_words = ""
        if not self._complaints.closed:
            last_words = (self._complaints.read() or b"").decode(errors="replace")[-2000:]
        return WardenGone(
            f"the warden (process {self.pid}), which owns all processes of the sandboxes, has ended. "
            + (f"It said:\n{last_words}" if last_words else "It said nothing: something killed it.")
        )


def _start(fd: int) -> tuple[subprocess.Popen[bytes], BinaryIO]:
    """Start the process; give it, and what it and its keepers complain of, to be read without blocking."""
    program = _PROGRAM.format(path=list(pytest_tmuxagent.__path__), fd=fd, owner=os.getpid())
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", program],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=writing,
            pass_fds=(fd,),
            start_new_session=True,
        )
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    return process, os.fdopen(reading, "rb", buffering=0)


_warden: Warden | None = None
_starting = threading.Lock()
_hooked = False


def warden() -> Warden:
    """Give the warden of this process; it starts with the first call, and anew in a fork or after its end."""
    global _warden
    with _starting:
        if _warden is None or _warden.gone:
            if _warden is not None:
                _warden.close()
            _warden = Warden()
            _hook()
        return _warden


def _sweep(*, root: Path, cookie: str) -> list[str]:
    try:
        return warden().sweep(root=root, cookie=cookie)
    except WardenGone:
        return warden().sweep(root=root, cookie=cookie)  # A new one, which has the cookie to go by.


def _hook() -> None:
    global _hooked
    if not _hooked:
        _hooked = True
        os.register_at_fork(after_in_child=_forget)
        atexit.register(_close)


def _forget() -> None:
    global _warden, _starting
    _starting = threading.Lock()  # Another thread may have held it while we forked.
    if _warden is not None:
        _warden.abandon()
        _warden = None


def _close() -> None:
    if _warden is not None:
        _warden.close()
