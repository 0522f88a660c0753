"""A tunnel to a host that is stood in for: TLS and HTTP as clients speak them, well and badly."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from pytest_tmuxagent.model_api.connection import Connection
from pytest_tmuxagent.model_api.dialect import Answer, HttpRequest
from pytest_tmuxagent.model_api.door import ModelDoor
from pytest_tmuxagent.outside.certificates import authority
from pytest_tmuxagent.script.service import ScriptService
from tests.model_api.tiny import TIMEOUT, Tiny

HOST = "host.example.com"
CONNECT = f"CONNECT {HOST}:443 HTTP/1.1\r\nhost: {HOST}:443\r\n\r\n".encode()
GET = f"GET /a?b=c HTTP/1.1\r\nhost: {HOST}\r\n".encode()
LARGE = b"large" * 2_000_000


class Echo:
    """Says what it was asked; `/large` gives ten megabytes, and `/nothing` is not there."""

    def context(self, origin: str) -> ssl.SSLContext | None:
        return authority().context(HOST) if origin == f"https://{HOST}:443" else None

    def take(self, request: HttpRequest, connection: Connection, *, origin: str) -> bool:
        said = f"{request.method} {request.path}?{request.query} {request.body.decode()}".encode()
        if request.path == "/nothing":
            return False
        connection.answer(Answer(kind=origin, body=LARGE if request.path == "/large" else said))
        return True


@pytest.fixture(autouse=True)
def stood_in(door: ModelDoor) -> None:
    door.let_stand_in(Echo())


@pytest.fixture
def plain(door: ModelDoor) -> Iterator[socket.socket]:
    """A connection to the proxy."""
    with connect(door) as sock:
        yield sock


def connect(door: ModelDoor) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(door.url.rpartition(":")[2])), timeout=TIMEOUT)


def trusting(*protocols: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=authority().certificate.decode())
    if protocols:
        context.set_alpn_protocols(protocols)
    return context


def tunnel(sock: socket.socket, context: ssl.SSLContext | None = None, *, name: str = HOST) -> ssl.SSLSocket:
    """Make a tunnel, and speak TLS in it."""
    sock.sendall(CONNECT)
    assert read_head(sock).startswith(b"HTTP/1.1 200 ")
    return (context or trusting()).wrap_socket(sock, server_hostname=name, suppress_ragged_eofs=False)


def read_head(sock: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n") and (byte := sock.recv(1)):
        head += byte
    return head


def read_all(sock: socket.socket) -> bytes:
    """Read to the end of the connection, which is to be an orderly one."""
    received = bytearray()
    while piece := sock.recv(1 << 16):
        received += piece
    return bytes(received)


def test_a_request_through_a_tunnel_is_answered(plain: socket.socket) -> None:
    with tunnel(plain) as sealed:
        sealed.sendall(GET + b"connection: close\r\n\r\n")
        assert read_all(sealed).endswith(b"\r\n\r\nGET /a?b=c ")


def test_requests_that_come_together_are_answered_in_order(plain: socket.socket) -> None:
    asked = b"".join(b"GET /%d HTTP/1.1\r\nhost: h\r\n\r\n" % number for number in range(50))
    with tunnel(plain) as sealed:
        sealed.sendall(asked + GET + b"connection: close\r\n\r\n")
        told = read_all(sealed)
    places = [told.index(b"GET /%d? " % number) for number in range(50)]
    assert places == sorted(places)


def test_an_answer_that_fits_no_buffer_comes_whole(plain: socket.socket) -> None:
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    with tunnel(plain) as sealed:
        sealed.sendall(b"GET /large HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")
        assert read_all(sealed).endswith(b"\r\n\r\n" + LARGE)


def test_the_first_words_of_tls_may_come_with_the_connect(plain: socket.socket) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = trusting().wrap_bio(incoming, outgoing, server_hostname=HOST)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    plain.sendall(CONNECT + outgoing.read())
    assert read_head(plain).startswith(b"HTTP/1.1 200 ")
    assert plain.recv(1) == b"\x16"  # A record of its handshake.


def test_only_http_1_is_offered(plain: socket.socket) -> None:
    with tunnel(plain, trusting("h2", "http/1.1")) as sealed:
        assert sealed.selected_alpn_protocol() == "http/1.1"


def test_who_speaks_http_2_all_the_same_is_told_in_http_1(plain: socket.socket) -> None:
    with tunnel(plain, trusting("h2")) as sealed:
        assert sealed.selected_alpn_protocol() is None
        sealed.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert read_head(sealed).startswith(b"HTTP/1.1 400 ")


def test_another_name_than_the_hosts_does_not_pass_for_it(plain: socket.socket) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        tunnel(plain, name="other.example.com")


def test_who_does_not_trust_us_is_told_of(door: ModelDoor, plain: socket.socket) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        tunnel(plain, ssl.create_default_context(cafile=None))
    plain.close()
    with connect(door) as another, tunnel(another) as sealed:
        sealed.sendall(GET + b"connection: close\r\n\r\n")
        read_all(sealed)
    assert any("TLS failed" in complaint and HOST in complaint for complaint in door.complaints)


def test_what_is_no_tls_is_cut(door: ModelDoor, plain: socket.socket) -> None:
    plain.sendall(CONNECT)
    read_head(plain)
    plain.sendall(GET + b"\r\n")
    read_all(plain)
    assert "TLS failed" in door.complaints[-1]


@pytest.mark.parametrize("sent", [b"", CONNECT[:20], CONNECT, CONNECT + b"\x16\x03\x01"])
def test_who_leaves_half_way_leaves_nothing_behind(
    door: ModelDoor, service: ScriptService, sent: bytes
) -> None:
    with connect(door) as sock:
        sock.sendall(sent)
    with connect(door) as another, tunnel(another) as sealed:
        sealed.sendall(GET + b"connection: close\r\n\r\n")
        assert b"GET /a" in read_all(sealed)
    assert service.failures == ()


def test_a_request_for_a_websocket_is_answered_as_any_other(plain: socket.socket) -> None:
    with tunnel(plain) as sealed:
        upgrade = b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\n"
        sealed.sendall(GET + upgrade + b"\r\n")
        assert read_head(sealed).startswith(b"HTTP/1.1 200 ")


def test_a_path_that_is_not_there_is_refused_and_noted(door: ModelDoor, plain: socket.socket) -> None:
    with tunnel(plain) as sealed:
        sealed.sendall(b"GET /nothing?key=secret HTTP/1.1\r\nhost: h\r\n\r\n")
        assert read_head(sealed).startswith(b"HTTP/1.1 403 ")
    assert door.outside == (f"https://{HOST}/nothing",)


@pytest.mark.parametrize("line", [f"CONNECT {HOST}:443", "GET http://other.example.com/"])
def test_a_tunnel_is_no_proxy(plain: socket.socket, line: str) -> None:
    with tunnel(plain) as sealed:
        sealed.sendall(f"{line} HTTP/1.1\r\nhost: h\r\n\r\n".encode())
        assert read_head(sealed).startswith(b"HTTP/1.1 400 ")


def test_a_closed_door_cuts_its_tunnels(door: ModelDoor, plain: socket.socket) -> None:
    with tunnel(plain) as sealed:
        door.close()
        assert read_all(sealed) == b""


@settings(max_examples=30)
@given(noise=some.binary(min_size=1, max_size=2_000))
def test_any_noise_in_the_place_of_tls_ends_in_order(noise: bytes) -> None:
    service = ScriptService()
    try:
        with ModelDoor(service.loop, dialects=[Tiny()]) as door, connect(door) as sock:
            door.let_stand_in(Echo())
            sock.sendall(CONNECT + noise)
            assert read_head(sock).startswith(b"HTTP/1.1 200 ")
            sock.shutdown(socket.SHUT_WR)
            read_all(sock)
    finally:
        service.close()
    assert service.failures == ()
