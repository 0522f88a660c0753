"""How a sandbox becomes as new: its processes end, its files are made again, its tmux server may stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from pytest_tmuxagent.errors import ScriptMismatch
from pytest_tmuxagent.programs.injected import LOG as FAULTS_LOG
from pytest_tmuxagent.sandbox.sandbox import Sandbox
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.servers.agent_server import AgentServer

if TYPE_CHECKING:
    from typing import Protocol

    class Guest(Protocol):
        """An agent of the test, as the sandbox knows it."""

        script: Script

        def evict(self) -> None: ...


class Guests:
    """The agents of the test in a sandbox, and who else is to know of a reset."""

    def __init__(self) -> None:
        self._guests: list[Guest] = []
        self._actions: list[Callable[[], None]] = []

    def take_in(self, guest: Guest) -> None:
        """Have an agent know when the sandbox is reset."""
        self._guests.append(guest)

    def at_reset(self, action: Callable[[], None]) -> None:
        """Have it called at the beginning of each reset."""
        self._actions.append(action)

    def problems(self) -> Iterator[ScriptMismatch | None]:
        """Take a problem of each agent's script, where there is one."""
        return (guest.script.take_problem() for guest in self._guests)

    def leave(self) -> None:
        """Tell all of a reset, and know the agents no longer."""
        for action in self._actions:
            action()
        for guest in self._guests:
            guest.evict()
        self._guests.clear()


class Resetting:
    """The processes and files of a sandbox, as they were at first, time after time."""

    def __init__(self, sandbox: Sandbox, server: AgentServer, *, door: str) -> None:
        self.rebuilt = 0
        self._sandbox = sandbox
        self._server = server
        self._first_environment = dict(sandbox.environment)
        self._others = (server.socket.name, door, FAULTS_LOG)
        """The names of files that are no part of a reset: they live as long as who made them."""

    def end_processes(self) -> tuple[str, ...]:
        """End all but our tmux server where it is as it was at its start; give the files that it needs.

        Raises:
            SandboxUnavailable: a process would not go.
        """
        server, sandbox = self._server, self._sandbox
        kept = server.clear()
        stays = sandbox.clear(kept=kept) and bool(kept) and server.is_as_started()
        if stays:
            return (server.socket.name,)
        if kept:
            self.rebuilt += 1
            sandbox.clear(kept=())
        server.forget()
        return ()

    def take_note(self) -> None:
        """Take the files as they are now for those to be made again."""
        self._sandbox.take_note(but=self._others)

    def differences(self) -> list[str]:
        """Say how all differs from what was taken note of; the tmux server was asked itself."""
        found = self._sandbox.differences(but=self._others)
        if self._sandbox.environment != self._first_environment:
            found.append("the environment is another one")
        return found
