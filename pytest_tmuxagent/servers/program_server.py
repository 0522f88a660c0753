"""The tmux server that programs under test find as the default one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pytest_tmuxagent.errors import TmuxCommandFailed, TmuxError
from pytest_tmuxagent.sandbox.sandbox import Sandbox
from pytest_tmuxagent.tmux.server import tmux_program

if TYPE_CHECKING:
    import libtmux


class ProgramServer:
    """The default tmux server of programs under test; started on first use."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._started = False
        self._config = sandbox.root / "programs.conf"
        self.socket = sandbox.root / "run" / f"tmux-{os.getuid()}" / "default"

    @property
    def command(self) -> str:
        """The command line of the process that we start it by, which is the server's own."""
        return " ".join(self._argv)

    @property
    def _argv(self) -> tuple[str, ...]:
        return (
            tmux_program().path,
            "-S",
            str(self.socket),
            "-f",
            str(self._config),
            "start-server",
        )

    @property
    def objects(self) -> libtmux.Server:
        """The server as libtmux sees it; it is started."""
        import libtmux

        self.start()
        return libtmux.Server(socket_path=str(self.socket))

    def start(self) -> None:
        """Start it, with known options, unless it runs."""
        if self._started:
            return
        self._config.write_text("set -s exit-empty off\nset -g base-index 0\nset -g pane-base-index 0\n")
        self.socket.parent.mkdir(mode=0o700, exist_ok=True)
        child = self._sandbox.keeper.spawn(
            self._argv,
            environment=self._sandbox.environment,
            cwd=self._sandbox.workdir,
        )
        ended = child.exit.wait(10.0)
        if ended.status != 0:
            raise TmuxError(f"the tmux server for programs under test did not start: {ended}")
        self._started = True

    @property
    def started(self) -> bool:
        """Whether it was started; a program may have ended it since."""
        return self._started

    def ask(self, *commands: Sequence[str]) -> str:
        """Run commands of tmux, and give what they print.

        Raises:
            TmuxCommandFailed: one of them failed, or a program has ended the server.
        """
        words = [word for command in commands for word in (";", *command)][1:]
        done = self.objects.cmd(*words)
        if done.stderr:
            raise TmuxCommandFailed(" ".join(words), answer="\n".join(done.stderr))
        return "\n".join(done.stdout)

    def set_environment(self, variables: Mapping[str, str]) -> None:
        """Give variables to all windows to come; before the server is started it has the sandbox's."""
        if not self._started:
            return
        words = [word for pair in variables.items() for word in (";", "set-environment", "-g", *pair)]
        child = self._sandbox.keeper.spawn(
            [tmux_program().path, "-S", str(self.socket), *words[1:]],
            environment=self._sandbox.environment,
            cwd=self._sandbox.workdir,
        )
        # Where a program has killed the server, there is none to be told.
        child.exit.wait(10.0)
