"""The agent's body: the program in its pane, what it shows, and what is known of it."""

from __future__ import annotations

import contextlib
import shlex
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_tmuxagent.agents.profile import AgentProfile, LaunchPlan, Permissions, ScreenReading
from pytest_tmuxagent.errors import AgentExited, TmuxError
from pytest_tmuxagent.events import Event
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.lodging import Lodging
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.signals.flags import fill
from pytest_tmuxagent.signals.observer import Observer
from pytest_tmuxagent.signals.reading import Reader
from pytest_tmuxagent.signals.screen import capture, joined_lines
from pytest_tmuxagent.signals.shown_queue import ShownQueue
from pytest_tmuxagent.tmux.client import ControlClient
from pytest_tmuxagent.turns import TurnMachine

if TYPE_CHECKING:
    import libtmux

_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "fish", "ksh", "tcsh", "csh"})


class Body(ABC):
    """One running agent in its pane, as it is observed: one that we launched, or that others started."""

    is_ours = True
    """Whether nobody else types to it, answers its dialogs, ends it, or moves its pane."""

    _command = ""
    client: ControlClient
    observer: Observer
    pane: str

    def __init__(
        self,
        *,
        profile: AgentProfile,
        sandbox: Lodging,
        script: Script,
        permissions: Permissions,
        flags: str = "",
    ) -> None:
        self.flags = fill(flags, {"home": sandbox.home, "workdir": sandbox.workdir})
        self.profile = profile
        self.tools = profile.tools_in(sandbox.workdir, permissions)
        self.sandbox = sandbox
        self.workdir = sandbox.workdir
        self.script = script
        self.key = sandbox.new_key(profile.name)
        self.folder = sandbox.root / "agents" / self.key
        self.folder.mkdir(parents=True)
        self._closed = False
        self._looked: tuple[int, Screen] | None = None
        self._last: Screen | None = None

    @property
    def is_real(self) -> bool:
        """Whether the vendor's own program is in the pane."""
        return self.sandbox.rung is not None and not self.profile.reads_screen_only

    @property
    def socket(self) -> Path:
        """The tmux server in which it lives."""
        return self.sandbox.agent_server.socket

    @abstractmethod
    def restart(self, *, resume: str | None) -> None:
        """Put a new process in the place of the old one.

        Raises:
            NotSupported: it is not ours to start.
        """

    @abstractmethod
    def plan(
        self,
        *,
        key: str,
        folder: Path,
        arguments: Sequence[str] = (),
        hook: str = "",
        resume: str | None = None,
    ) -> LaunchPlan:
        """What a process of this agent is given; `arguments` come after those it was launched with.

        Raises:
            NotSupported: it is not ours to start.
        """

    def capture(self) -> Screen:
        """Take the screen; of an agent that was closed, the last one."""
        return self._last or capture(self.client, self.pane)

    def lines(self, first: int, last: int) -> list[str]:
        """Read lines, wrapped ones joined; 0 is the top of the screen, those above it are negative."""
        return joined_lines(self.client, self.pane, first=first, last=last)

    def clear_history(self) -> None:
        """Forget the lines above the screen."""
        self.client.run("clear-history", "-t", self.pane)
        self._looked = None

    def came_up(self) -> None:
        """Take note of what stands in the foreground now that the agent is ready: the agent."""
        self._command = self.look().program

    def look(self) -> Screen:
        """Give the screen; it is taken anew only where something was printed since."""
        printed = self.observer.stream.end
        if self._looked is None or self._looked[0] != printed:
            self._looked = (printed, self.capture())
        return self._looked[1]

    def read(self) -> ScreenReading:
        """Say what the screen says."""
        return self.profile.read_screen(self.look())

    def dialog_shown(self, reader: Reader) -> list[Event]:
        """Give the events of the dialog on the screen, as `reader` tells by it which one it is."""
        running = self.observer.machine.running
        return reader.dialog_shown(self.look().text, answered=running.settled if running else ())

    def _shown_queue(self, machine: TurnMachine) -> ShownQueue | None:
        """What tells of an agent's queue, where only its screen shows it."""
        read_queue = self.profile.read_queue
        if read_queue is None:
            return None
        return ShownQueue(machine, shown=lambda: read_queue(self.look()), box=self._box_at_work)

    def _box_at_work(self) -> str | None:
        reading = self.read()
        return reading.box if reading.busy else None

    @property
    def attach_command(self) -> str:
        """The shell command by which a person looks at the pane."""
        return shlex.join(["tmux", "-S", str(self.socket), "attach", "-t", self.pane])

    def pane_object(self) -> libtmux.Pane:
        """The pane as libtmux sees it."""
        return self.sandbox.agent_server.pane_object(self.pane)

    def resize(self, columns: int, rows: int) -> None:
        """Give the pane another size."""
        self.client.run("resize-window", "-t", self.pane, "-x", str(columns), "-y", str(rows))

    def refuse_strange_foreground(self, screen: Screen) -> None:
        """Fail where a shell stands where the agent should: it would execute what is typed.

        Raises:
            AgentExited: the agent left its pane to a shell.
        """
        command = screen.program
        if command in _SHELLS and command != self._command:
            raise AgentExited(
                f"{self.profile.name}: a shell ({command}) has taken over its pane. Nothing was typed: "
                "it would be executed.\n"
                "what to do: let the agent's command be the agent itself, not a shell",
                status=None,
                signal=None,
            )

    def close(self) -> None:
        """End the agent and stop listening; twice is harmless."""
        if self._closed:
            return
        with contextlib.suppress(TmuxError):
            self._last = self.capture()
        self.let_go()
        with contextlib.suppress(TmuxError):
            self.sandbox.agent_server.kill(self.pane)

    def let_go(self) -> None:
        """Stop listening; the sandbox ends the agent. Twice is harmless: another may have its key by then."""
        if self._closed:
            return
        self._closed = True
        self.client.ignore(self.pane)
        self.sandbox.detach(self.key)
