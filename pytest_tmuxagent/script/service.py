"""The script's service: one thread in each process, and a door for each sandbox."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections import deque
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from pytest_tmuxagent.script.exchange import Attachment, Observe
from pytest_tmuxagent.script.link import Link
from pytest_tmuxagent.script.listener import Listener
from pytest_tmuxagent.script.loop import Loop
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.script.steps import ToolTable
from pytest_tmuxagent.waiting import Answer

KEPT_COMPLAINTS = 100
ROUNDS = 4
"""Until a connection is accepted, its request read, whole, and told; each is a look at all sockets."""
LONGEST_HEARING = 1.0
"""A function of a test may keep the thread for as long as it likes."""


class ScriptService:
    """Serves scripts. Functions of the tests run in its thread, under the lock of their script."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._loop = Loop(name="tmuxagent-script")

    @property
    def usable(self) -> bool:
        """Whether its thread is there: not in a process that was forked since."""
        return self._process == os.getpid()

    @property
    def failures(self) -> tuple[Exception, ...]:
        """Errors of our own that the thread outlived."""
        return self._loop.failures

    @property
    def loop(self) -> Loop:
        """Its thread, which serves other doors to the same scripts as well."""
        return self._loop

    def door(self, socket_path: Path) -> Door:
        """Open a unix socket at which stubs ask for their replies."""
        return Door(socket_path, loop=self._loop)

    def hear_out(self, *, timeout: float = LONGEST_HEARING) -> None:
        """Block until all that has arrived at any door is told to its observer, or the time is over.

        A function of a test that runs in the thread of the doors hears nothing, for it keeps that thread.
        """
        if self._loop.is_current:
            return
        heard = Answer[None]()
        self._look(ROUNDS, then=heard)
        with contextlib.suppress(TimeoutError):
            heard.wait(timeout)

    def _look(self, rounds: int, *, then: Answer[None]) -> None:
        if not rounds:
            return then.set(None)

        def look_again() -> None:
            # A timer runs behind the sockets of its round, what is posted at the earliest in the next one.
            self._loop.after(0.0, partial(self._look, rounds - 1, then=then))

        return self._loop.post(look_again)

    def close(self) -> None:
        """End the thread; twice is harmless."""
        if self.usable:
            self._loop.close()


class Door:
    """A listening unix socket; each agent behind it has a key."""

    def __init__(self, socket_path: Path, *, loop: Loop) -> None:
        self.socket_path = socket_path
        self._loop = loop
        self._attachments: dict[str, Attachment] = {}
        self._links: set[Link] = set()
        self._complaints: deque[str] = deque(maxlen=KEPT_COMPLAINTS)
        self._closed = False
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listening.bind(str(socket_path))
            self._listener = Listener(
                listening, loop=loop, accepted=self._accepted, complain=self._complaints.append
            )
        except BaseException:
            listening.close()
            raise

    def __enter__(self) -> Door:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def complaints(self) -> tuple[str, ...]:
        """Connections that were cut for what they said, and other mishaps; the newest hundred."""
        return tuple(self._complaints)

    def attach(
        self,
        key: str,
        script: Script,
        *,
        tools: ToolTable,
        observe: Observe,
        named: Mapping[str, ToolTable] | None = None,
    ) -> None:
        """Serve `script` to stubs that come with this key; `observe` is called in the service's thread.

        `named` are the tables of those stubs, by their names, which do not go by `tools`.
        """
        self._attachments[key] = Attachment(script=script, tools=tools, observe=observe, named=named or {})

    def detach(self, key: str) -> None:
        """Serve this key no longer; a connection that is open stays."""
        self._attachments.pop(key, None)

    def close(self) -> None:
        """Cut all connections and close the socket, soon and without waiting; twice is harmless."""
        if not self._closed:
            self._closed = True
            self._loop.post(self._shut)

    def _accepted(self, connection: socket.socket) -> None:
        link = Link(
            connection,
            loop=self._loop,
            find=self._attachments.get,
            ended=self._links.discard,
            complain=self._complaints.append,
        )
        self._links.add(link)

    def _shut(self) -> None:
        self._listener.close()
        for link in list(self._links):
            link.close()


_service: ScriptService | None = None
_starting = threading.Lock()


def script_service() -> ScriptService:
    """Give the service of this process; it starts with the first call, and anew in a forked child."""
    global _service
    with _starting:
        if _service is None or not _service.usable:
            _service = ScriptService()
        return _service


def hear_out() -> None:
    """Have the service of this process, where it runs, tell all that has arrived."""
    service = _service
    if service is not None and service.usable:
        service.hear_out()
