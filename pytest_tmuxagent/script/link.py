"""One stub's connection: its requests go to the script, the answers back to it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from functools import partial
from time import monotonic

from pytest_tmuxagent.events import LinkClosed, LinkOpened, RequestOpened, WireEvent
from pytest_tmuxagent.script import protocol
from pytest_tmuxagent.script.exchange import Attachment, Exchange
from pytest_tmuxagent.script.loop import READ, WRITE, Loop
from pytest_tmuxagent.script.protocol import Abandoned, Asked, Finished, Hello, Malformed
from pytest_tmuxagent.script.requests import Question

RECEIVED_BYTES = 1 << 18


class Link:
    """A connection; lives in the loop's thread, except for what it posts there."""

    def __init__(
        self,
        sock: socket.socket,
        *,
        loop: Loop,
        find: Callable[[str], Attachment | None],
        ended: Callable[[Link], None],
        complain: Callable[[str], None],
    ) -> None:
        self._sock, self._loop = sock, loop
        self._find, self._ended, self._complain = find, ended, complain
        self._lines = protocol.LineReader()
        self._outgoing = bytearray()
        self._hello: Hello | None = None
        self._attachment: Attachment | None = None
        self._open: dict[str, Exchange] = {}
        self._closed = False
        sock.settimeout(0)
        loop.watch(sock, self._ready)

    def close(self, why: str | None = None) -> None:
        """Cut the connection and give up its requests; twice is harmless."""
        if self._closed:
            return
        self._closed = True
        # First, so that whoever sees the connection end finds the reason.
        if why:
            self._complain(f"{self}: {why}")
        self._loop.forget(self._sock)
        # A child that pytest forked may hold a copy: closing ours alone would not end the connection.
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()
        for id in list(self._open):  # noqa: A001 - the wire's word
            self._settle(id, finished=False)
        if self._hello:
            self._tell(LinkClosed(pid=self._hello.pid))
        self._ended(self)

    def __str__(self) -> str:
        return f"{self._hello.name} (pid {self._hello.pid})" if self._hello else "a connection without a name"

    def _ready(self, events: int) -> None:
        try:
            if events & WRITE:
                self._flush()
            if events & READ and not self._closed:
                self._receive()
        except Malformed as error:
            self.close(str(error))
        # Whatever goes wrong here must end this connection, for its stub waits for an answer.
        except Exception as error:
            self.close(f"{type(error).__name__}: {error}")
            raise

    def _receive(self) -> None:
        try:
            received = self._sock.recv(RECEIVED_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            received = b""
        at = monotonic()
        for line in self._lines.feed(received):
            if not self._closed:
                self._take(line, at)
        if not received:
            self.close("it ended in the middle of a message" if self._lines.torn else None)

    def _take(self, line: bytes, at: float) -> None:
        came = protocol.read(line)
        if isinstance(came, Hello):
            return self._greet(came, at)
        if not self._attachment or not self._hello:
            raise Malformed(f"it began with {type(came).__name__} instead of Hello")
        match came:
            case Asked():
                self._answer(came, at, attachment=self._attachment, stub=self._hello)
            case Finished():
                self._settle(came.id, finished=True, at=at)
            case Abandoned():
                self._settle(came.id, finished=False, at=at)
        return None

    def _greet(self, hello: Hello, at: float) -> None:
        if self._hello:
            raise Malformed("it said hello twice")
        self._hello, self._attachment = hello, self._find(hello.key)
        if not self._attachment:
            raise Malformed(f"its key {hello.key!r} belongs to no script")
        self._tell(LinkOpened(pid=hello.pid), at)

    def _answer(self, asked: Asked, at: float, *, attachment: Attachment, stub: Hello) -> None:
        if asked.id in self._open:
            raise Malformed(f"it used the request id {asked.id!r} again while that one was open")
        opened = RequestOpened(
            request_id=asked.id,
            prompt=asked.prompt,
            prompts=asked.prompts,
            turn=asked.turn,
            pid=stub.pid,
            agent=stub.name,
        )
        exchange = Exchange(
            opened,
            attachment=attachment,
            loop=self._loop,
            released=partial(self._release, asked.id),
            complain=self._complain_of,
        )
        self._open[asked.id] = exchange
        tools = attachment.tools_of(stub.name)
        answer = exchange.answer(_question(asked, stub), at=at, tools=tools)
        self._send(protocol.reply(asked.id, answer))
        exchange.deliver_releases()

    def _settle(self, id: str, *, finished: bool, at: float | None = None) -> None:  # noqa: A002
        exchange = self._open.pop(id, None)
        if not exchange:
            raise Malformed(f"it closed the request {id!r}, which is not open")
        exchange.settle(finished=finished, at=at)

    def _release(self, id: str, count: int) -> None:  # noqa: A002
        self._send(protocol.release(id, count))

    def _send(self, line: bytes) -> None:
        self._outgoing += line
        self._flush()

    def _flush(self) -> None:
        if self._closed:
            return
        try:
            while self._outgoing:
                del self._outgoing[: self._sock.send(self._outgoing)]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            # The stub is gone; reading tells so, after what it still said.
            self._outgoing.clear()
        self._loop.watch(self._sock, self._ready, events=READ | WRITE if self._outgoing else READ)

    def _tell(self, event: WireEvent, at: float | None = None) -> None:
        if self._attachment:
            self._attachment.tell(event, at=at, complain=self._complain_of)

    def _complain_of(self, what: str) -> None:
        self._complain(f"{self}: {what}")


def _question(asked: Asked, stub: Hello) -> Question:
    return Question(
        agent=stub.name,
        turn=f"{stub.pid}:{asked.turn}",
        prompt=asked.prompt,
        prompts=asked.prompts,
        results=asked.results,
        attempt=asked.attempt,
    )
