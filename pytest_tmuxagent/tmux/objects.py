"""libtmux objects whose commands go over our control connection."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import libtmux
from libtmux.common import tmux_cmd

from pytest_tmuxagent.errors import TmuxCommandFailed, TmuxCommandRefused, TmuxNotAnswering
from pytest_tmuxagent.tmux.client import ControlClient
from pytest_tmuxagent.tmux.commands import CARRIED, shortened
from pytest_tmuxagent.tmux.server import tmux_program

_REFUSED = frozenset(
    {
        "attach-session",
        "detach-client",
        "lock-client",
        "lock-server",
        "lock-session",
        "start-server",
        "suspend-client",
        "switch-client",
    }
)


class Server(libtmux.Server):
    """A `libtmux.Server` on one of our tmux servers."""

    def __init__(self, *, socket_path: Path | str, client: ControlClient, timeout: float = 10.0) -> None:
        super().__init__(socket_path=str(socket_path))
        self.tmux_bin = tmux_program().path
        self._client = client
        self._timeout = timeout

    def cmd(self, cmd: str, *args: object, target: str | int | None = None) -> tmux_cmd:
        """Run a tmux command: over the control connection where it may go there, else as a process.

        Raises:
            TmuxCommandRefused: it would take our control client away.
            TmuxNotAnswering: no answer in time.
            TmuxServerGone: the server ended.
        """
        aim = ("-t", str(target)) if target is not None else ()
        arguments = (cmd, *aim, *(str(argument) for argument in args))
        if cmd in _REFUSED:
            raise TmuxCommandRefused(f"`{cmd}` would take the control client of this sandbox away; not run")
        if cmd in CARRIED:
            return self._carried(arguments)
        return self._as_process(arguments)

    def _carried(self, arguments: tuple[str, ...]) -> tmux_cmd:
        try:
            lines = self._client.run(*arguments, timeout=self._timeout)
        except TmuxCommandFailed as failure:
            return _Reply(arguments, stderr=failure.answer, returncode=1)
        return _Reply(arguments, stdout="\n".join(lines))

    def _as_process(self, arguments: tuple[str, ...]) -> tmux_cmd:
        # -N: a server that is gone must not come up again, with our environment, by accident.
        argv = [str(self.tmux_bin), "-N", "-u", f"-S{self.socket_path}", *arguments]
        try:
            done = subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="backslashreplace",
                env={name: value for name, value in os.environ.items() if name not in ("TMUX", "TMUX_PANE")},
                timeout=self._timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise TmuxNotAnswering(shortened(arguments), timeout=self._timeout) from None
        return _Reply(argv, stdout=done.stdout, stderr=done.stderr, returncode=done.returncode)


class _Reply(tmux_cmd):
    """What libtmux expects of a command that has run, quirks with blank lines and `has-session` included."""

    def __init__(
        self, command: tuple[str, ...] | list[str], *, stdout: str = "", stderr: str = "", returncode: int = 0
    ) -> None:
        self.cmd = list(command)
        self.returncode = returncode
        self.stdout = stdout.rstrip("\n").split("\n") if stdout.rstrip("\n") else []
        self.stderr = [line for line in stderr.split("\n") if line]
        if "has-session" in self.cmd and self.stderr and not self.stdout:
            self.stdout = [self.stderr[0]]


def pane_object(
    server: libtmux.Server, pane: str, *, window: str | None = None, session: str | None = None
) -> libtmux.Pane:
    """Give the libtmux object of a pane without asking tmux; `refresh()` fills in the rest."""
    return libtmux.Pane(server=server, pane_id=pane, window_id=window, session_id=session)
