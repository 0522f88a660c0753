"""One HTTP connection: whole requests come out of it, one answer at a time goes back.

Source: RFC 9112 (HTTP/1.1), by h11; `Expect`: RFC 9110, section 10.1.1.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from http import HTTPStatus
from time import monotonic
from typing import NamedTuple, Protocol

import h11

from pytest_tmuxagent.model_api.bodies import LONGEST_BODY_BYTES, CannotUnpack, TooLarge, unpacked
from pytest_tmuxagent.model_api.dialect import Answer, HttpRequest
from pytest_tmuxagent.model_api.line import Line, LineBroken, PlainLine
from pytest_tmuxagent.script.loop import READ, WRITE, Loop

LONGEST_HEAD_BYTES = 1 << 18
LINGER = 1.0
"""How long a client may take to notice that its body is not wanted, before the connection is cut."""

Headers = Sequence[tuple[str, str]]
Then = Callable[[bool], None]


class Desk(Protocol):
    """Where requests are taken to."""

    def take(self, request: HttpRequest, connection: Connection, at: float) -> None:
        """Answer a request, by the verbs of the connection; of a proxy's, `path` is the whole target."""

    def refusal(self, request: HttpRequest, status: int, message: str) -> Answer:
        """Word an error for whoever sent this, whose body may not be read."""

    def complain(self, what: str) -> None:
        """Note what went wrong."""

    def gone(self, connection: Connection) -> None:
        """Forget a connection."""


class HandedOver(NamedTuple):
    """A socket whose client goes on in another protocol: what came of that, and what is still to be sent."""

    sock: socket.socket
    received: bytes
    unsent: bytes


class Connection:
    """Lives in the loop's thread. Each request is answered by `answer`, or by `begin`, `send`, `finish`."""

    def __init__(self, sock: socket.socket, *, loop: Loop, desk: Desk, line: Line | None = None) -> None:
        self._sock, self._loop, self._desk = sock, loop, desk
        self._line = line or PlainLine(sock)
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=LONGEST_HEAD_BYTES)
        self._request: HttpRequest | None = None
        self._body = bytearray()
        self._ahead = 0
        self._answering = self._finishing = self._lingering = self._reading = self._closed = False
        self._then: Then | None = None
        self._outgoing = bytearray()
        sock.settimeout(0)
        # Each chunk is to go by itself, and at once.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop.watch(sock, self._ready)
        if line:
            # What came before it was made will not be told by the socket.
            loop.post(lambda: self._ready(READ))

    def answer(self, answer: Answer, *, then: Then | None = None) -> None:
        """Give a whole answer; `then` is told whether it was delivered."""
        length = ("content-length", str(len(answer.body)))
        self._open(answer.status, [("content-type", answer.content_type), length, *answer.headers], then)
        if self._request and self._request.method != "HEAD" and answer.body:
            self._write(h11.Data(data=answer.body))
        self.finish()

    def begin(self, content_type: str, *, headers: Headers = (), then: Then) -> None:
        """Begin an answer that comes in pieces; `then` is told whether all of it was delivered."""
        self._open(200, [("content-type", content_type), ("cache-control", "no-cache"), *headers], then)

    def wait(self, then: Then) -> None:
        """Say nothing yet; `then` is told if the client goes away meanwhile."""
        self._then = then

    def send(self, piece: bytes) -> None:
        """Send a piece of the answer."""
        self._write(h11.Data(data=piece))
        self._flush()

    def finish(self) -> None:
        """End the answer."""
        self._write(h11.EndOfMessage())
        self._finishing = True
        self._flush()

    def hand_over(self) -> HandedOver:
        """Agree to a CONNECT, and let go of the socket: what follows is another protocol.

        Source: RFC 9110, section 9.3.6.
        """
        self._open(200, (), None)
        received, _ = self._http.trailing_data
        self._closed = True
        self._loop.forget(self._sock)
        self._desk.gone(self)
        return HandedOver(self._sock, received, bytes(self._outgoing))

    def close(self, why: str | None = None) -> None:
        """Cut the connection; twice is harmless."""
        if self._closed:
            return
        self._closed = True
        if why:
            self._desk.complain(f"{self}: {why}")
        self._loop.forget(self._sock)
        self._line.close()
        self._tell(delivered=False)
        self._desk.gone(self)

    def __str__(self) -> str:
        return f"{self._request.method} {self._request.path}" if self._request else "a connection"

    def _ready(self, events: int) -> None:
        if self._closed:
            return
        with self._guarded():
            if events & WRITE:
                self._flush()
            if events & READ and not self._closed:
                self._receive()

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except h11.RemoteProtocolError as error:
            # Behind the colon stands what was sent, which may be a key.
            self.close(f"it is no HTTP ({str(error).partition(':')[0]})")
        except LineBroken as error:
            self.close(f"TLS failed: {error}")
        # Whatever goes wrong here must end this connection, for its client waits for an answer.
        except Exception as error:
            self.close(f"{type(error).__name__}: {error}")
            raise

    def _receive(self) -> None:
        received = self._line.receive()
        if received and not self._lingering:
            self._feed(received)
        if self._closed:
            return
        if self._line.ended:
            is_torn = self._request is not None and not self._answering
            self.close("it ended in the middle of a request" if is_torn else None)
        elif self._line.unsent:
            self._flush()

    def _feed(self, received: bytes) -> None:
        self._ahead += len(received) if self._answering else 0
        if self._ahead > LONGEST_BODY_BYTES:
            raise h11.RemoteProtocolError("it sent more and more while an answer was on its way")
        self._http.receive_data(received)
        self._read(monotonic())

    def _read(self, at: float) -> None:
        """Take what came as far as it can be answered. An answer given at once does not come here again."""
        self._reading = True
        while not self._answering and not self._closed:
            event = self._http.next_event()
            if isinstance(event, h11.Request):
                self._head(event)
            elif isinstance(event, h11.Data):
                self._more(event.data)
            elif isinstance(event, h11.EndOfMessage):
                self._whole(at)
            else:
                break
        self._reading = False

    def _head(self, head: h11.Request) -> None:
        headers: dict[str, str] = {}
        for name, value in head.headers:
            told, known = value.decode("latin-1"), headers.get(name.decode())
            headers[name.decode()] = told if known is None else f"{known}, {told}"
        method, target = head.method.decode(), head.target.decode("latin-1")
        path, query = target, ""
        if target.startswith("/"):
            path, _, query = target.partition("?")
        self._request = HttpRequest(method=method, path=path, query=query, headers=headers)
        self._body.clear()
        if int(headers.get("content-length", "0")) > LONGEST_BODY_BYTES:
            self._too_large(self._request)
        elif self._http.they_are_waiting_for_100_continue:
            self._write(h11.InformationalResponse(status_code=100, headers=[]))
            self._flush()

    def _more(self, received: bytes) -> None:
        self._body += received
        if len(self._body) > LONGEST_BODY_BYTES and self._request:
            self._too_large(self._request)

    def _whole(self, at: float) -> None:
        head, body = self._request, bytes(self._body)
        self._body.clear()
        if not head:
            return None
        try:
            body = unpacked(body, encoding=head.headers.get("content-encoding", ""))
        except TooLarge:
            return self._too_large(head)
        except CannotUnpack as error:
            self._desk.complain(f"{self}: {error}")
            return self._refuse(head, 415, str(error))
        return self._take(replace(head, body=body), at)

    def _take(self, request: HttpRequest, at: float) -> None:
        self._request = request
        self._answering = True
        self._desk.take(request, self, at)

    def _too_large(self, head: HttpRequest) -> None:
        self._body.clear()
        megabytes = LONGEST_BODY_BYTES >> 20
        self._desk.complain(f"{self}: its body has more than {megabytes} MB")
        self._refuse(head, 413, f"the body of a request has at most {megabytes} MB")

    def _refuse(self, head: HttpRequest, status: int, message: str) -> None:
        self._answering = True
        self.answer(self._desk.refusal(head, status, message))

    def _open(self, status: int, headers: Headers, then: Then | None) -> None:
        self._then = then or self._then
        self._write(h11.Response(status_code=status, headers=list(headers), reason=_phrase(status)))

    def _write(self, event: h11.Event) -> None:
        if not self._closed:
            self._outgoing += self._http.send(event) or b""

    def _flush(self) -> None:
        if self._closed:
            return
        try:
            self._line.send(self._outgoing)
        except OSError:
            # The client is gone; reading tells so.
            self._outgoing.clear()
            self._finishing = False
        is_left = bool(self._outgoing) or self._line.unsent
        self._loop.watch(self._sock, self._ready, events=READ | WRITE if is_left else READ)
        if self._finishing and not is_left:
            self._delivered()

    def _delivered(self) -> None:
        self._finishing = self._answering = False
        self._tell(delivered=True)
        if self._closed:
            return
        if self._http.states == {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}:
            self._http.start_next_cycle()
            self._request, self._ahead = None, 0
            if not self._reading:
                self._loop.post(self._read_on)
        elif self._http.their_state is h11.SEND_BODY:
            self._linger()
        else:
            self.close()

    def _read_on(self) -> None:
        """Take what came while the answer was on its way."""
        with self._guarded():
            self._read(monotonic())

    def _linger(self) -> None:
        """Say goodbye, and read on: closing over what was not read would destroy the answer on its way."""
        self._lingering = self._answering = True
        self._line.end()
        self._loop.after(LINGER, self.close)

    def _tell(self, *, delivered: bool) -> None:
        then, self._then = self._then, None
        if then:
            then(delivered)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""  # the vendors have some of their own
