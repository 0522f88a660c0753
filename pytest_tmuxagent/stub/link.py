"""The link to the script service: JSON lines over a unix socket, written and read without blocking."""

from __future__ import annotations

from pytest_tmuxagent.stub.jsonlines import LineSplitter, decode, encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.stub.loop import Loop

_CONNECT_TIMEOUT = 5.0


class Link:
    """`receive` gets each message; `lost` the reason, each time the connection breaks."""

    __slots__ = ("_hello", "_lines", "_loop", "_lost", "_path", "_receive", "_socket", "_unsent")

    def __init__(
        self,
        path: str,
        *,
        hello: dict[str, Any],
        loop: Loop,
        receive: Callable[[dict[str, Any]], None],
        lost: Callable[[str], None],
    ) -> None:
        self._path = path
        self._hello = {"type": "hello", **hello}
        self._loop = loop
        self._receive = receive
        self._lost = lost
        self._socket: socket | None = None
        self._lines = LineSplitter()
        self._unsent = b""

    def open(self) -> None:
        """Connect and say hello, if that is not done; OSError where nobody listens."""
        if self._socket is not None:
            return
        from _socket import AF_UNIX, SOCK_STREAM, socket

        connection = socket(AF_UNIX, SOCK_STREAM)
        try:
            connection.settimeout(_CONNECT_TIMEOUT)
            connection.connect(self._path)
        except OSError:
            connection.close()
            raise
        connection.settimeout(0)
        self._socket, self._lines, self._unsent = connection, LineSplitter(), b""
        self._loop.watch(connection.fileno(), self._read)
        self.send(self._hello)

    def send(self, message: dict[str, Any]) -> None:
        """Queue one message; nothing happens on a broken link, whose loss was told before."""
        if self._socket is None:
            return
        idle = not self._unsent
        self._unsent += encode_line(message)
        if idle:
            self._write()

    def close(self) -> None:
        connection, self._socket = self._socket, None
        if connection is not None:
            self._loop.forget(connection.fileno())
            connection.close()

    def _write(self) -> None:
        assert self._socket is not None
        try:
            self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except BlockingIOError:
            pass
        except OSError as failure:
            self._break(f"the link to the script broke: {failure.strerror}")
            return
        if self._unsent:
            self._loop.watch_writable(self._socket.fileno(), self._write)
        else:
            self._loop.forget_writable(self._socket.fileno())

    def _read(self) -> None:
        assert self._socket is not None
        try:
            chunk = self._socket.recv(262144)
        except BlockingIOError:
            return
        except OSError as failure:
            self._break(f"the link to the script broke: {failure.strerror}")
            return
        if not chunk:
            self._break("the script service closed the link")
            return
        for line in self._lines.feed(chunk):
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            message = decode(line)
            if not isinstance(message, dict):
                raise ValueError("no JSON object")
        except ValueError as failure:
            self._break(f"the script service sent something unreadable: {failure}")
        else:
            self._receive(message)

    def _break(self, why: str) -> None:
        self.close()
        self._lost(why)
