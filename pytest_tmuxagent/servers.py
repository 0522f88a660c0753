"""The two tmux servers of a sandbox: the one of our agents, and the one that programs under test find."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_tmuxagent.errors import TmuxCommandFailed, TmuxError, TmuxServerGone
from pytest_tmuxagent.sandbox.sandbox import Sandbox
from pytest_tmuxagent.tmux.client import ControlClient
from pytest_tmuxagent.tmux.commands import command_line
from pytest_tmuxagent.tmux.panes import PanePlace
from pytest_tmuxagent.tmux.server import CONFIG, pane_command, prepare, start_arguments, tmux_program
from pytest_tmuxagent.waiting import input_thread

if TYPE_CHECKING:
    import libtmux

    from pytest_tmuxagent.tmux.objects import Server

_PLACE = "#{pane_id}"


class AgentServer:
    """One session, one window for each agent, one control client. It starts with the first agent."""

    def __init__(self, sandbox: Sandbox, *, size: tuple[int, int]) -> None:
        self.socket = sandbox.root / "agents.sock"
        self.size = size
        self._sandbox = sandbox
        self._client: ControlClient | None = None

    @property
    def client(self) -> ControlClient:
        """The control client.

        Raises:
            TmuxServerGone: no agent was started yet.
        """
        if self._client is None:
            raise TmuxServerGone("it starts with the first agent, and there was none")
        return self._client

    def open(
        self, argv: Sequence[str], *, environment: Mapping[str, str], name: str, meanwhile: Callable[[], None]
    ) -> str:
        """Start an agent in a window of its own; give the id of its pane.

        `meanwhile` is called while the server starts, which takes it some milliseconds.
        """
        extra = [word for item in environment.items() for word in ("-e", "=".join(item))]
        folder = str(self._sandbox.workdir)
        options = ["-n", name, "-c", folder, *extra]
        if self._client is None:
            self._start(argv, options=options)
            meanwhile()
            return prepare(self.client, size=self.size)
        meanwhile()
        window = ("new-window", "-d", "-P", "-F", _PLACE, *options, "--", *pane_command(argv))
        return self.client.run(*window)[0]

    def kill(self, pane: str) -> None:
        """End a pane, and what runs in it; the server outlives its last one."""
        stand_in = command_line(("new-window", "-d", "-n", "closed", "--", "true"))
        unless_last = ("if-shell", "-F", "-t", pane, "#{==:#{session_windows},1}", stand_in)
        self.client.run_all([unless_last, ("kill-pane", "-t", pane)])

    @property
    def objects(self) -> Server:
        """The server as libtmux sees it; without an agent it starts with a window that has ended."""
        from pytest_tmuxagent.tmux.objects import Server

        if self._client is None:
            self._start(["true"], options=["-n", "closed"])
            prepare(self.client, size=self.size)
        return Server(socket_path=self.socket, client=self.client)

    def set_environment(self, variables: Mapping[str, str]) -> None:
        """Give variables to all windows to come; before the server is started it has the sandbox's."""
        if self._client is not None:
            self._client.run_all([("set-environment", "-g", *pair) for pair in variables.items()])

    def pane_object(self, pane: str) -> libtmux.Pane:
        """A pane as libtmux sees it, without a look-up of all panes."""
        from pytest_tmuxagent.tmux.objects import pane_object

        place = ""
        with contextlib.suppress(TmuxError):
            (place,) = self.client.run("display-message", "-p", "-t", pane, "#{window_id} #{session_id}")
        window, _, session = place.partition(" ")
        return pane_object(self.objects, pane, window=window or None, session=session or None)

    def close(self) -> None:
        """Let go of the connection; the sandbox ends the server."""
        if self._client is not None:
            self._client.close()

    def _start(self, command: Sequence[str], *, options: Sequence[str]) -> None:
        program = tmux_program()
        config = self._sandbox.root / "tmux.conf"
        config.write_text(CONFIG, encoding="utf-8")
        columns, rows = self.size
        argv = start_arguments(
            program,
            socket=self.socket,
            config=config,
            columns=columns,
            rows=rows,
            command=command,
            options=["-s", "agents", *options],
        )
        self._client = _connect(self._sandbox, argv)


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
        return _connect(self._sandbox, argv)


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


def _connect(sandbox: Sandbox, argv: Sequence[str]) -> ControlClient:
    """Start a tmux client in control mode, and talk to it."""
    commands_read, commands_write = os.pipe()
    try:
        events_read, events_write = os.pipe()
    except BaseException:
        os.close(commands_read)
        os.close(commands_write)
        raise
    try:
        sandbox.keeper.spawn(
            argv,
            environment=sandbox.environment,
            cwd=sandbox.workdir,
            stdin=commands_read,
            stdout=events_write,
        )
    except BaseException:
        os.close(commands_write)
        os.close(events_read)
        raise
    finally:
        os.close(commands_read)
        os.close(events_write)
    return ControlClient(read_fd=events_read, write_fd=commands_write, io=input_thread())
