"""How we watch the agents that programs start: by control clients in the sessions of their tmux servers."""

from __future__ import annotations

from pathlib import Path

from pytest_tmuxagent.sandbox.sandbox import Sandbox
from pytest_tmuxagent.servers.connecting import connect
from pytest_tmuxagent.tmux.client import ControlClient
from pytest_tmuxagent.tmux.panes import PanePlace
from pytest_tmuxagent.tmux.server import tmux_program


class SessionClients:
    """Our control clients in the tmux sessions of programs: one in each where an agent of theirs lives.

    A client there takes no part: it has no size, no focus and no environment to give. It leaves nothing
    behind, and it never starts a server.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._clients: dict[tuple[Path, str], ControlClient] = {}

    def of(self, place: PanePlace) -> ControlClient:
        """Give the client of the session that a pane is in; it attaches where there is none yet.

        Raises:
            TmuxError: the session is gone.
        """
        key = (place.socket, place.session)
        known = self._clients.get(key)
        if known is None or known.gone is not None:
            known = self._clients[key] = self._attach(*key)
        return known

    def close(self) -> None:
        """Detach everywhere; twice is harmless."""
        for client in self._clients.values():
            client.close()

    def _attach(self, socket: Path, session: str) -> ControlClient:
        # -E: the environment of the session stays as it is. -N: nothing is started.
        flags = ("-E", "-f", "ignore-size,pause-after=240")
        argv = [
            tmux_program().path,
            "-N",
            "-u",
            "-S",
            str(socket),
            "-C",
            "attach-session",
            *flags,
            "-t",
            session,
        ]
        client, _ = connect(self._sandbox, argv)
        return client
