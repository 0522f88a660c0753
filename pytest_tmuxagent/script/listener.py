"""A listening socket in the loop, which stays usable when the process runs out of file descriptors."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Callable

from pytest_tmuxagent.script.loop import Loop

BACKLOG = 128


class Listener:
    """Accepts connections at a bound socket, which is its own from now on.

    All but the making of it happens in the loop's thread.
    """

    def __init__(
        self,
        sock: socket.socket,
        *,
        loop: Loop,
        accepted: Callable[[socket.socket], None],
        complain: Callable[[str], None],
    ) -> None:
        self._sock, self._loop = sock, loop
        self._accepted, self._complain = accepted, complain
        self._spare: int | None = None
        sock.listen(BACKLOG)
        sock.settimeout(0)
        self._reserve()
        loop.post(lambda: loop.watch(sock, self._accept))

    def close(self) -> None:
        """Listen no longer."""
        self._loop.forget(self._sock)
        self._sock.close()
        self._give_up_spare()

    def accept_waiting(self) -> None:
        """Accept all that have come by now."""
        while self._accept_one():
            pass

    def _accept(self, _events: int) -> None:
        self._accept_one()

    def _accept_one(self) -> bool:
        try:
            connection, _ = self._sock.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return False
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            self._turn_away()
            return False
        self._accepted(connection)
        return True

    def _turn_away(self) -> None:
        self._give_up_spare()
        with contextlib.suppress(OSError):
            self._sock.accept()[0].close()
        self._reserve()
        self._complain(
            "a connection was turned away: this process has no file descriptors left. Raise `ulimit -n`."
        )

    def _reserve(self) -> None:
        """Keep a file descriptor that can be given up to accept a connection and refuse it."""
        # Another thread may have taken the last one; then there is none to keep until some are free again.
        with contextlib.suppress(OSError):
            self._spare = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)

    def _give_up_spare(self) -> None:
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None
