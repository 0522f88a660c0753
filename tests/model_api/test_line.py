"""The server's end of a TLS connection, over a pair of sockets that hold little."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator

import pytest

from pytest_tmuxagent.model_api.line import LineBroken, SealedLine
from pytest_tmuxagent.outside.certificates import authority

HOST = "host.example.com"
SAID = b"said" * 10_000


class Client:
    """The other end, in the same thread."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context(cadata=authority().certificate.decode())
        self.tls = context.wrap_bio(self._in, self._out, server_hostname=HOST)
        sock.settimeout(0)

    def exchange(self) -> None:
        """Send what is to be sent, and take what came."""
        if piece := self._out.read():
            self._sock.sendall(piece)
        with contextlib.suppress(BlockingIOError):
            self._in.write(self._sock.recv(1 << 16))

    def greet(self, line: SealedLine) -> None:
        """Come to terms with the server."""
        for _ in range(3):
            with contextlib.suppress(ssl.SSLWantReadError):
                self.tls.do_handshake()
            self.exchange()
            line.receive()
        assert self.tls.version()

    def read(self) -> bytes:
        read = b""
        with contextlib.suppress(ssl.SSLWantReadError):
            while piece := self.tls.read(1 << 16):
                read += piece
        return read


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    server, client = socket.socketpair()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    server.settimeout(0)
    with server, client:
        yield server, client


def sealed(server: socket.socket) -> SealedLine:
    return SealedLine(server, authority().context(HOST), received=b"", unsent_before=b"")


def test_what_does_not_fit_is_unsent_until_it_was_read(pair: tuple[socket.socket, socket.socket]) -> None:
    line, client = sealed(pair[0]), Client(pair[1])
    client.greet(line)
    outgoing = bytearray(SAID)
    line.send(outgoing)
    assert (bytes(outgoing), line.unsent) == (b"", True)
    heard = b""
    for _ in range(len(SAID)):
        client.exchange()
        heard += client.read()
        line.send(outgoing)
        if not line.unsent and len(heard) == len(SAID):
            break
    assert heard == SAID


def test_a_farewell_ends_the_line(pair: tuple[socket.socket, socket.socket]) -> None:
    line, client = sealed(pair[0]), Client(pair[1])
    client.greet(line)
    client.tls.write(b"the last word")
    with pytest.raises(ssl.SSLWantReadError):
        client.tls.unwrap()
    client.exchange()
    assert (line.receive(), line.ended) == (b"the last word", True)


def test_noise_breaks_the_line(pair: tuple[socket.socket, socket.socket]) -> None:
    line = sealed(pair[0])
    pair[1].sendall(b"GET / HTTP/1.1\r\n\r\n")
    with pytest.raises(LineBroken, match="http request"):
        line.receive()


def test_nothing_yet_is_not_the_end(pair: tuple[socket.socket, socket.socket]) -> None:
    line = sealed(pair[0])
    assert (line.receive(), line.ended) == (b"", False)
    pair[1].close()
    assert (line.receive(), line.ended) == (b"", True)
