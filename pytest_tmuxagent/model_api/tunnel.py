"""Who stands in for other hosts, and the desk of a connection that was made to one of them."""

from __future__ import annotations

import ssl
from typing import Protocol

from pytest_tmuxagent.model_api.connection import Connection
from pytest_tmuxagent.model_api.dialect import Answer, HttpRequest


class StandIn(Protocol):
    """What is reached in the place of other hosts; called in the loop's thread.

    An `origin` is a scheme, a host and a port, as `https://host:443`.
    """

    def context(self, origin: str) -> ssl.SSLContext | None:
        """Give what it takes to speak as that host; None where it is not to be spoken for."""

    def take(self, request: HttpRequest, connection: Connection, *, origin: str) -> bool:
        """Answer a request; False where there is nothing at its address."""


class Gate(Protocol):
    """The desk of the proxy, at which those connections end that lead nowhere else."""

    def refuse(self, address: str, *, host: str) -> Answer:
        """Note a call to another host, and word its refusal."""

    def refusal(self, request: HttpRequest, status: int, message: str) -> Answer:
        """Word an error."""

    def complain(self, what: str) -> None:
        """Note what went wrong."""

    def gone(self, connection: Connection) -> None:
        """Forget a connection."""


class Tunnel:
    """The desk of one connection that its client takes for one to the `origin`."""

    def __init__(self, gate: Gate, *, stand_in: StandIn, host: str, port: int) -> None:
        self._gate = gate
        self._stand_in = stand_in
        self._host = host
        self._origin = f"https://{host}:{port}"

    def take(self, request: HttpRequest, connection: Connection, at: float) -> None:  # noqa: ARG002 - a desk's
        if not request.path.startswith("/"):
            return connection.answer(self.refusal(request, 400, "this is the host itself, and no proxy"))
        if self._stand_in.take(request, connection, origin=self._origin):
            return None
        address = f"{self._origin.removesuffix(':443')}{request.path}"
        return connection.answer(self._gate.refuse(address, host=self._host))

    def refusal(self, request: HttpRequest, status: int, message: str) -> Answer:
        return self._gate.refusal(request, status, message)

    def complain(self, what: str) -> None:
        self._gate.complain(f"{self._origin}: {what}")

    def gone(self, connection: Connection) -> None:
        self._gate.gone(connection)
