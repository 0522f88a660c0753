"""What a connection is made over: a socket as it is, or one that speaks TLS; neither ever blocks."""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import Protocol

RECEIVED_BYTES = 1 << 18
_SEALED_AT_ONCE = 1 << 16


class LineBroken(Exception):
    """What came is no TLS, or the client would have none of ours; the message says so."""


class Line(Protocol):
    """Bytes in, bytes out."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""

    @property
    def unsent(self) -> bool:
        """Whether something is on its way that could not be written yet."""

    def receive(self) -> bytes:
        """Give what came, which may be nothing.

        Raises:
            LineBroken: it cannot be understood.
        """

    def send(self, outgoing: bytearray) -> None:
        """Send what can be sent now, and take it away from `outgoing`.

        Raises:
            OSError: the client is gone.
        """

    def end(self) -> None:
        """Say that nothing more will be sent."""

    def close(self) -> None:
        """Cut it."""


class PlainLine:
    """A socket as it is."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.ended = False

    @property
    def unsent(self) -> bool:
        return False

    def receive(self) -> bytes:
        received = _received(self._sock)
        self.ended = received == b""
        return received or b""

    def send(self, outgoing: bytearray) -> None:
        _write(self._sock, outgoing)

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        _cut(self._sock)


class SealedLine:
    """The server's end of a TLS connection.

    `received` came before, and `unsent_before` is to be sent before; both are not sealed by us.
    """

    def __init__(
        self, sock: socket.socket, context: ssl.SSLContext, *, received: bytes, unsent_before: bytes
    ) -> None:
        self._sock = sock
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=True)
        self._raw = bytearray(unsent_before)
        self._greeted = False
        self.ended = False
        self._in.write(received)

    @property
    def unsent(self) -> bool:
        return bool(self._raw) or self._out.pending > 0

    def receive(self) -> bytes:
        received = _received(self._sock)
        if received:
            self._in.write(received)
        elif received == b"":
            self._in.write_eof()
            self.ended = True
        try:
            return self._opened()
        except ssl.SSLError as error:
            raise LineBroken(f"{error.reason or error}".replace("_", " ").lower()) from error
        finally:
            # An alert that says what was wrong is to reach the client, too.
            with contextlib.suppress(OSError):
                self._flush()

    def send(self, outgoing: bytearray) -> None:
        self._flush()
        while outgoing and not self._raw:
            del outgoing[: self._tls.write(bytes(outgoing[:_SEALED_AT_ONCE]))]
            self._flush()

    def end(self) -> None:
        self._say_goodbye()
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._say_goodbye()
        _cut(self._sock)

    def _opened(self) -> bytes:
        opened = bytearray()
        try:
            if not self._greeted:
                self._tls.do_handshake()
                self._greeted = True
            while piece := self._tls.read(RECEIVED_BYTES):
                opened += piece
            self.ended = True
        except ssl.SSLWantReadError:
            pass
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            self.ended = True
        return bytes(opened)

    def _say_goodbye(self) -> None:
        if self._greeted:
            # It waits for an answer, which nobody needs.
            with contextlib.suppress(OSError):
                self._tls.unwrap()
            with contextlib.suppress(OSError):
                self._flush()

    def _flush(self) -> None:
        self._raw += self._out.read()
        _write(self._sock, self._raw)


def _received(sock: socket.socket) -> bytes | None:
    """Read what is there: None where nothing is yet, nothing where nothing will come any more."""
    try:
        return sock.recv(RECEIVED_BYTES)
    except (BlockingIOError, InterruptedError):
        return None
    except OSError:
        return b""


def _write(sock: socket.socket, outgoing: bytearray) -> None:
    with contextlib.suppress(BlockingIOError, InterruptedError):
        while outgoing:
            del outgoing[: sock.send(outgoing)]


def _cut(sock: socket.socket) -> None:
    # A child that pytest forked may hold a copy: closing ours alone would not end the connection.
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
