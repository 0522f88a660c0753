"""The tmux server that our agents live in: it is kept by a reset, where it is as it was at its start."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from pytest_tmuxagent.errors import TmuxCommandFailed, TmuxError, TmuxServerGone
from pytest_tmuxagent.sandbox.sandbox import Sandbox
from pytest_tmuxagent.servers.connecting import connect
from pytest_tmuxagent.tmux.client import ControlClient
from pytest_tmuxagent.tmux.commands import command_line
from pytest_tmuxagent.tmux.server import CONFIG, pane_command, prepare, start_arguments, tmux_program
from pytest_tmuxagent.tmux.state import MESSAGES, STATE, is_marked, only_window

if TYPE_CHECKING:
    import libtmux

    from pytest_tmuxagent.tmux.objects import Server

_PLACE = "#{pane_id}"
_SESSION = "agents"
_FAR = 10_000
"""Windows of agents have smaller numbers, the first of them 0, as in a server that was just started."""
_PATIENCE = 2.0


class AgentServer:
    """One session, one window for each agent, one control client. It starts with the first agent."""

    def __init__(self, sandbox: Sandbox, *, size: tuple[int, int]) -> None:
        self.socket = sandbox.root / "agents.sock"
        self.size = size
        self._sandbox = sandbox
        self._client: ControlClient | None = None
        self._client_pid = 0
        self._processes: tuple[int, ...] = ()
        self._answers: Callable[[], list[list[str]]] | None = None
        self._stand_in: str | None = None
        """The window that keeps the server there until an agent lives in another."""
        self._is_watched = False
        self._as_started: list[object] | None = None
        self._clears = 0

    @property
    def client(self) -> ControlClient:
        """The control client.

        Raises:
            TmuxServerGone: no agent was started yet.
        """
        if self._client is None:
            raise TmuxServerGone("it starts with the first agent, and there was none")
        return self._client

    @property
    def is_started(self) -> bool:
        """Whether it was started, and not forgotten since."""
        return self._client is not None

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
            pane = prepare(self.client, size=self.size)
            self._take_note()
            return pane
        meanwhile()
        window = ("new-window", "-d", "-P", "-F", _PLACE, *options, "--", *pane_command(argv))
        (pane,) = self.client.run(*window)
        self._relieve_stand_in()
        return pane

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
            self._take_note()
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

    def clear(self) -> tuple[int, ...]:
        """Begin to end all windows; give the processes that may stay, the server and our client, or none.

        `is_as_started` tells whether they are to: where somebody changed options, keys or buffers, the server
        is started anew with the next agent. So it is the first time, for nobody had taken note of its start.
        """
        self._is_watched = True
        if self._client is None or self._as_started is None:
            return ()
        self._clears += 1
        self._stand_in = f"{_SESSION}:{_FAR + self._clears}"
        try:
            self._answers = self._client.start_all(
                [*only_window(_SESSION, at=self._stand_in, size=self.size), *STATE, *MESSAGES],
                timeout=_PATIENCE,
            )
        except TmuxError:
            return ()
        return self._processes

    def is_as_started(self) -> bool:
        """Whether the server that was cleared is as it was at its start; else it is not to stay."""
        answers, self._answers = self._answers, None
        if self._client is None or answers is None:
            return False
        try:
            told = answers()[-len(STATE) - len(MESSAGES) :]
            self._client.forget_panes()
            messages = told[len(STATE)]
            return self._noted(told[: len(STATE)]) == self._as_started and not is_marked(messages)
        except (TmuxError, OSError):
            return False

    def forget(self) -> None:
        """Begin without a server, for it has ended."""
        if self._client is not None:
            self._client.close()
            self._client = self._stand_in = self._as_started = None

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
            options=["-s", _SESSION, *options],
        )
        self._client, self._client_pid = connect(self._sandbox, argv)

    def _relieve_stand_in(self) -> None:
        stand_in, self._stand_in = self._stand_in, None
        if stand_in is not None:
            with contextlib.suppress(TmuxCommandFailed):  # Somebody has ended it.
                self.client.run("kill-window", "-t", stand_in)

    def _take_note(self) -> None:
        """Take note of how it is at its start, if somebody is going to ask."""
        if self._is_watched:
            (server,), *state = self.client.run_all([("display-message", "-p", "#{pid}"), *STATE])
            self._as_started = self._noted(state)
            self._processes = (int(server), self._client_pid)

    def _noted(self, state: list[list[str]]) -> list[object]:
        socket = self.socket.lstat()
        return [socket.st_ino, socket.st_mode, *state]
