"""The smallest protocol that a door can speak, and a client that asks in it over a raw socket."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import h11

from pytest_tmuxagent.events import RequestOpened, WireEvent
from pytest_tmuxagent.model_api.dialect import Answer, HttpRequest, ModelRequest, NotUnderstood
from pytest_tmuxagent.model_api.door import ModelDoor

TIMEOUT = 60.0
OPENED = RequestOpened(
    request_id="http-1", prompt="hi", prompts=("hi",), script_turn="s:t", agent="tiny", model="tiny"
)
"""What is told of the first request."""
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class TinyWriter:
    """Says each piece on a line of its own; not streamed, all of them at the end."""

    content_type = "text/plain"

    def __init__(self, *, streamed: bool, number: int) -> None:
        self._streamed, self._number = streamed, number
        self._held = b""

    def begin(self) -> bytes:
        return self._line(f"begin {self._number}")

    def text(self, chunk: str) -> bytes:
        if chunk == "explode":
            raise RuntimeError("the writer is out of order")
        return self._line(f"text {chunk}")

    def part_of_call(self, call: Mapping[str, Any], until: int) -> bytes:
        return self._line(f"part {json.dumps(call['input'])[:until]}")

    def call(self, call: Mapping[str, Any]) -> bytes:
        return self._line(f"call {call['name']} {call['id']}")

    def garbage(self) -> bytes:
        return self._line("%&/()")

    def end(self, stop_reason: str, _usage: Mapping[str, int]) -> bytes:
        held, self._held = self._held, b""
        return held + f"end {stop_reason}\n".encode()

    def _line(self, said: str) -> bytes:
        line = f"{said}\n".encode()
        if self._streamed:
            return line
        self._held += line
        return b""


class Tiny:
    """`POST /tiny` with a `ModelRequest`'s fields asks the script, `GET /tiny/side` does not."""

    name = "Tiny"

    def speaks(self, request: HttpRequest) -> bool:
        return request.path.startswith("/tiny")

    def read(self, request: HttpRequest) -> ModelRequest | Answer:
        if request.path == "/tiny/side":
            return Answer(kind="side", body=b"aside", content_type="text/plain")
        try:
            asked = json.loads(request.body)
        except ValueError as error:
            raise NotUnderstood("the body is no JSON") from error
        prompt = asked["prompt"]
        return ModelRequest(
            session=asked.get("session", "s"),
            turn=asked.get("turn", "t"),
            prompt=prompt,
            prompts=(prompt,),
            results=(),
            step=asked.get("step", "1"),
            streamed=asked.get("streamed", True),
            model="tiny",
            broken=tuple(asked.get("broken", ())),
        )

    def writer(self, request: ModelRequest, *, number: int) -> TinyWriter:
        return TinyWriter(streamed=request.streamed, number=number)

    def failure(self, status: int, message: str, *, retry_after: float | None = None) -> Answer:
        later = () if retry_after is None else (("retry-after", f"{retry_after:g}"),)
        return Answer(
            kind="failure", status=status, body=message.encode(), content_type="text/plain", headers=later
        )


@dataclass
class Observer:
    """Keeps what it is told, and lets a test wait for it."""

    events: list[WireEvent] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, event: WireEvent, _at: float) -> None:
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    def wait_for(self, event: WireEvent) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: event in self.events, TIMEOUT), self.events


@dataclass(frozen=True)
class Told:
    """An answer: `whole` is False where the connection ended in the middle of it."""

    status: int
    body: str
    headers: Mapping[str, str]
    whole: bool = True

    @property
    def lines(self) -> list[str]:
        return self.body.splitlines()


class Client:
    """One connection to the door."""

    def __init__(self, door: ModelDoor) -> None:
        port = int(door.url.rpartition(":")[2])
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
        self._head: Told | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_error: object) -> None:
        self.socket.close()

    def ask(self, prompt: str, *, key: str | None = "k1", **fields: object) -> Told:
        """Ask the script, and read the whole answer."""
        self.send(prompt, key=key, **fields)
        return self.receive()

    def send(self, prompt: str, *, key: str | None = "k1", **fields: object) -> None:
        headers = {"x-api-key": key} if key else NO_HEADERS
        self.request("POST", "/tiny", json.dumps({"prompt": prompt, **fields}).encode(), headers)

    def request(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = NO_HEADERS
    ) -> None:
        """Send a request."""
        if self._http.our_state is h11.DONE:
            self._http.start_next_cycle()
        lines = {"host": "door", "content-length": str(len(body)), **headers}
        head = h11.Request(method=method, target=path, headers=list(lines.items()))
        packed = [self._http.send(event) for event in (head, h11.Data(data=body), h11.EndOfMessage())]
        self.socket.sendall(b"".join(piece or b"" for piece in packed))

    def receive(self) -> Told:
        """Read an answer to its end, or to the end of the connection; without a byte its status is 0."""
        head, body = self._head or self.head(), b""
        self._head = None
        while head.status:
            event = self._event()
            if event is None:
                return Told(head.status, body.decode(), head.headers, whole=False)
            if isinstance(event, h11.EndOfMessage):
                break
            body += bytes(event.data) if isinstance(event, h11.Data) else b""
        return Told(head.status, body.decode(), head.headers, whole=bool(head.status))

    def head(self) -> Told:
        """Read the head of an answer, with no body."""
        while (event := self._event()) is not None:
            if isinstance(event, h11.Response):
                told = {name.decode(): value.decode() for name, value in event.headers}
                self._head = Told(event.status_code, "", told)
                return self._head
        return Told(0, "", {}, whole=False)

    def read_until(self, wanted: str) -> str:
        """Read the head of an answer, and its body until that ends like this."""
        body = ""
        if not self._head:
            self.head()
        while not body.endswith(wanted):
            event = self._event()
            assert isinstance(event, h11.Data), f"{body!r} and then {event!r}"
            body += bytes(event.data).decode()
        return body

    def rest(self) -> bytes:
        """Read what comes until the connection ends, as it is."""
        received = b""
        try:
            while piece := self.socket.recv(1 << 16):
                received += piece
        except ConnectionResetError:
            pass
        return received

    def _event(self) -> h11.Event | None:
        """The next event, None at the end of the connection."""
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError:
                return None  # it ended in the middle of an answer
            if isinstance(event, h11.ConnectionClosed):
                return None
            if isinstance(event, h11.Event):
                return event
            try:
                self._http.receive_data(self.socket.recv(1 << 16))
            except ConnectionResetError:
                self._http.receive_data(b"")
