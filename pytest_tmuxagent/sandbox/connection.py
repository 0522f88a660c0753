"""Our end of a socket to the warden or to a keeper: messages out from any thread, in by the I/O thread."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
from collections.abc import Callable
from typing import Any

from pytest_tmuxagent.sandbox import wire
from pytest_tmuxagent.waiting import InputThread

_SEND_TIMEOUT = 5.0


class Connection:
    """Calls `receive` with every message and `lost` once, both in the I/O thread."""

    def __init__(
        self,
        sock: socket.socket,
        *,
        io: InputThread,
        receive: Callable[[tuple[Any, ...]], None],
        lost: Callable[[], None],
    ) -> None:
        self._sock = sock
        self._sock.settimeout(_SEND_TIMEOUT)
        self._io = io
        self._receiver = wire.Receiver(sock)
        self._receive = receive
        self._lost = lost
        self._sending = threading.Lock()
        io.watch(sock.fileno(), self._readable)

    def send(self, *message: object, fds: tuple[int, ...] = ()) -> None:
        """Write one message.

        Raises:
            ConnectionError: the other end is gone, or does not read.
            OSError: one of `fds` is not open.
        """
        with self._sending:
            try:
                wire.send(self._sock, message, fds=fds)
            except OSError as error:
                if error.errno == errno.EBADF and self._sock.fileno() >= 0:
                    raise
                raise ConnectionError("the other end is gone") from error
            except BaseException:
                self.hang_up()  # Half a message may be out: nothing can follow it.
                raise

    def hang_up(self) -> None:
        """Let the other end see the end of the stream, whoever else holds this socket."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def abandon(self) -> None:
        """Close the socket only: for a forked child, which shares it with the process that uses it."""
        self._sock.close()

    def _readable(self) -> None:
        messages = self._receiver.receive()
        if messages is None:
            self._io.forget(self._sock.fileno())
            self._sock.close()
            self._lost()
            return
        for message in messages:
            self._receive(message)
