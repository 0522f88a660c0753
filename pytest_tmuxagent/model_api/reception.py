"""What becomes of a request: refused, answered by its dialect, or taken to the script."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from itertools import count

from pytest_tmuxagent.errors import ProtocolBroken
from pytest_tmuxagent.model_api.answering import Answering, Client
from pytest_tmuxagent.model_api.connection import Connection
from pytest_tmuxagent.model_api.dialect import Answer, Dialect, HttpRequest, ModelRequest, NotUnderstood
from pytest_tmuxagent.model_api.keys import caller
from pytest_tmuxagent.model_api.line import SealedLine
from pytest_tmuxagent.model_api.proxy import (
    DEFAULT_PORTS,
    destination,
    goes_past_the_script,
    shown_address,
    to_origin,
)
from pytest_tmuxagent.model_api.tunnel import StandIn, Tunnel
from pytest_tmuxagent.script.loop import Loop

KEPT = 100
"""How many complaints, and how many refused calls, are kept: the newest."""


class Reception:
    """The desk of a door's connections. It is asked in the loop's thread; its lists are read from any."""

    def __init__(
        self,
        *,
        loop: Loop,
        dialects: Sequence[Dialect],
        clients: Mapping[str, Client],
        port: int,
        on_outside: Callable[[str], None],
    ) -> None:
        self._loop = loop
        self._dialects = tuple(dialects)
        self._clients = clients
        self._own = (("127.0.0.1", port), ("localhost", port))
        self._on_outside = on_outside
        self._numbers = count(1)
        self.complaints: deque[str] = deque(maxlen=KEPT)
        self.outside: deque[str] = deque(maxlen=KEPT)
        self.side_requests: Counter[str] = Counter()
        self.connections: set[Connection] = set()
        self.stand_in: StandIn | None = None

    def take(self, request: HttpRequest, connection: Connection, at: float) -> None:
        called = destination(request.method, request.path)
        if called:
            if called not in self._own or request.method == "CONNECT":
                return self._call(called, request, connection)
            request = to_origin(request)
        if "websocket" in request.headers.get("upgrade", "").lower():
            return connection.answer(_error(426, "no websockets here: ask over HTTP"))
        if request.path == "/" and request.method in ("HEAD", "GET"):
            return connection.answer(Answer(kind="root"))
        dialect = self._dialect(request)
        if not dialect:
            self.complain(f"{request.method} {request.path} is of no protocol that is spoken here")
            return connection.answer(self.refusal(request, 404, "there is nothing at this path"))
        return self._serve(request, connection, at, dialect=dialect)

    def refusal(self, request: HttpRequest, status: int, message: str) -> Answer:
        dialect = self._dialect(request)
        return dialect.failure(status, message) if dialect else _error(status, message)

    def complain(self, what: str) -> None:
        self.complaints.append(what)

    def forget(self) -> None:
        """Drop what was noted, and who stands in for others."""
        self.complaints.clear()
        self.outside.clear()
        self.side_requests.clear()
        self.stand_in = None

    def gone(self, connection: Connection) -> None:
        self.connections.discard(connection)

    def _serve(self, request: HttpRequest, connection: Connection, at: float, *, dialect: Dialect) -> None:
        known = caller(request.headers, secrets=self._clients.keys())
        client = self._clients.get(known[0]) if known else None
        if not known or not client:
            self.complain(f"{request.method} {request.path} came without a key of this sandbox")
            return connection.answer(dialect.failure(400, "this request carries no key of this sandbox"))
        try:
            understood = dialect.read(request)
        # A request that a dialect fails at is as bad as one that it cannot read, and told alike.
        except Exception as error:
            why = str(error) if isinstance(error, NotUnderstood) else f"{type(error).__name__}: {error}"
            return connection.answer(self._not_understood(request, why, client=client, dialect=dialect))
        if isinstance(understood, Answer):
            self.side_requests[understood.kind] += 1
            return connection.answer(understood)
        return self._ask(understood, connection, at, client=client, pid=known[1], dialect=dialect)

    def _ask(
        self,
        request: ModelRequest,
        connection: Connection,
        at: float,
        *,
        client: Client,
        pid: int | None,
        dialect: Dialect,
    ) -> None:
        answering = Answering(
            request,
            request_id=f"http-{next(self._numbers)}",
            client=client,
            pid=pid,
            dialect=dialect,
            connection=connection,
            loop=self._loop,
            complain=lambda what: self.complain(f"{client.name}: {what}"),
        )
        answering.start(at)

    def _not_understood(self, request: HttpRequest, why: str, *, client: Client, dialect: Dialect) -> Answer:
        self.complain(f"{client.name}: {request.method} {request.path} was not understood: {why}")
        problem = ProtocolBroken(client.name, protocol=dialect.name, rules=(why,))
        client.attachment.report(problem, complain=self.complain)
        return dialect.failure(400, str(problem).partition("\n")[0])

    def refuse(self, address: str, *, host: str) -> Answer:
        self.outside.append(address)
        if goes_past_the_script(host, address):
            self._on_outside(host.rstrip("."))
        message = f"tmuxagent: nothing outside of the sandbox is reachable, and so not {address}"
        return _error(403, message, headers=[("connection", "close")])

    def _call(self, called: tuple[str, int | None], request: HttpRequest, connection: Connection) -> None:
        """Let a call to another host come to the one who stands in for it, if anybody does."""
        host, port = called
        if request.method == "CONNECT":
            return self._connect(host, port, connection)
        scheme = request.path.partition("://")[0].lower()
        origin = f"{scheme}://{host}:{port or DEFAULT_PORTS.get(scheme, 0)}"
        if self.stand_in and self.stand_in.take(to_origin(request), connection, origin=origin):
            return None
        return connection.answer(self.refuse(shown_address(request.path), host=host))

    def _connect(self, host: str, port: int | None, connection: Connection) -> None:
        context = self.stand_in.context(f"https://{host}:{port}") if self.stand_in else None
        if not self.stand_in or not context or port is None:
            shown = host if port is None else f"{host}:{port}"
            return connection.answer(self.refuse(shown, host=host))
        sock, received, unsent = connection.hand_over()
        desk = Tunnel(self, stand_in=self.stand_in, host=host, port=port)
        line = SealedLine(sock, context, received=received, unsent_before=unsent)
        self.connections.add(Connection(sock, loop=self._loop, desk=desk, line=line))
        return None

    def _dialect(self, request: HttpRequest) -> Dialect | None:
        return next((dialect for dialect in self._dialects if dialect.speaks(request)), None)


def _error(status: int, message: str, *, headers: Sequence[tuple[str, str]] = ()) -> Answer:
    body = json.dumps({"error": {"type": "tmuxagent", "message": message}}).encode()
    return Answer(kind="failure", status=status, body=body, headers=headers)
