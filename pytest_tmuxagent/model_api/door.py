"""The HTTP door: real CLIs come here with their requests, in their vendors' wire protocols."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Sequence

from pytest_tmuxagent.model_api.answering import Client
from pytest_tmuxagent.model_api.connection import Connection
from pytest_tmuxagent.model_api.dialect import Dialect
from pytest_tmuxagent.model_api.reception import Reception
from pytest_tmuxagent.model_api.troubles import Troubles
from pytest_tmuxagent.model_api.tunnel import StandIn
from pytest_tmuxagent.script.exchange import Attachment, Observe
from pytest_tmuxagent.script.listener import Listener
from pytest_tmuxagent.script.loop import Loop
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.script.steps import ToolTable
from pytest_tmuxagent.waiting import Answer

_PATIENCE = 5.0


def nobody(_pid: int) -> bool:
    """Know no process for an agent."""
    return False


def ignore(_host: str) -> None:
    """Do nothing about a call to a vendor's host; it is noted all the same."""


class ModelDoor:
    """A port on the loopback address, in the thread of the loop; each agent behind it has a secret.

    It is a proxy as well, which refuses whatever nobody stands in for: `on_outside` is told, in that
    thread, each time a model vendor's own host is called. `is_agent` is asked there which processes may be
    signalled: a request names its own, and anybody can write a request.
    """

    def __init__(
        self,
        loop: Loop,
        *,
        dialects: Sequence[Dialect],
        on_outside: Callable[[str], None] = ignore,
        is_agent: Callable[[int], bool] = nobody,
    ) -> None:
        self._loop = loop
        self._is_agent = is_agent
        self._clients: dict[str, Client] = {}
        self._closed = False
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listening.bind(("127.0.0.1", 0))
            port = listening.getsockname()[1]
            self.url = f"http://127.0.0.1:{port}"
            self._reception = Reception(
                loop=loop, dialects=dialects, clients=self._clients, port=port, on_outside=on_outside
            )
            self._listener = Listener(
                listening, loop=loop, accepted=self._accepted, complain=self._reception.complain
            )
        except BaseException:
            listening.close()
            raise

    def __enter__(self) -> ModelDoor:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def complaints(self) -> tuple[str, ...]:
        """Requests that were refused for what they are, and other mishaps; the newest hundred."""
        return tuple(self._reception.complaints)

    @property
    def outside(self) -> tuple[str, ...]:
        """The calls to other hosts that were refused, as `host:443` or an address; the newest hundred."""
        return tuple(self._reception.outside)

    @property
    def side_requests(self) -> Counter[str]:
        """How many requests were answered without the script, by what they asked for."""
        return Counter(self._reception.side_requests)

    def attach(
        self,
        secret: str,
        script: Script,
        *,
        name: str,
        tools: ToolTable,
        observe: Observe,
        troubles: Troubles | None = None,
    ) -> None:
        """Serve `script` to who comes with this secret, an agent of that name.

        A request's key is the secret, or `secret.<pid>`, which tells whose it is. `observe` is called in
        the loop's thread. `troubles` are those of its connections.
        """
        attachment = Attachment(script=script, tools=tools, observe=observe)
        self._clients[secret] = Client(
            name=name, attachment=attachment, is_agent=self._is_agent, troubles=troubles
        )

    def detach(self, secret: str) -> None:
        """Serve this secret no longer; an answer that is on its way goes on."""
        self._clients.pop(secret, None)

    def let_stand_in(self, stand_in: StandIn) -> None:
        """Have calls to other hosts come to `stand_in`, which is asked in the loop's thread."""
        self._reception.stand_in = stand_in

    def reset(self) -> None:
        """Cut all connections, those as well that were not accepted yet, and forget all; the port stays."""
        done: Answer[None] = Answer()
        self._loop.post(lambda: self._start_over(done))
        done.wait(_PATIENCE)

    def close(self) -> None:
        """Cut all connections and free the port, soon and without waiting; twice is harmless."""
        if not self._closed:
            self._closed = True
            self._loop.post(self._shut)

    def _accepted(self, sock: socket.socket) -> None:
        self._reception.connections.add(Connection(sock, loop=self._loop, desk=self._reception))

    def _start_over(self, done: Answer[None]) -> None:
        try:
            self._listener.accept_waiting()
            self._cut()
            self._clients.clear()
            self._reception.forget()
        finally:
            done.set(None)

    def _shut(self) -> None:
        self._listener.close()
        self._cut()

    def _cut(self) -> None:
        for connection in list(self._reception.connections):
            connection.close()
