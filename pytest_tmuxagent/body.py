"""The agent's body: the program in its pane, and the channels on which it is observed."""

from __future__ import annotations

import contextlib
import shlex
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pytest_tmuxagent.agents.profile import AgentProfile, LaunchPlan, LaunchSpec, Permissions, ScreenReading
from pytest_tmuxagent.errors import AgentExited, TmuxError
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.lodging import Lodging
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.signals.flags import fill
from pytest_tmuxagent.signals.given_back import GivenBack
from pytest_tmuxagent.signals.hooks import HookChannel
from pytest_tmuxagent.signals.observer import Observer
from pytest_tmuxagent.signals.osc import OscWatcher
from pytest_tmuxagent.signals.pane import PaneStream
from pytest_tmuxagent.signals.prompt_line import PromptLine
from pytest_tmuxagent.signals.screen import capture, joined_lines
from pytest_tmuxagent.signals.shown_queue import ShownQueue
from pytest_tmuxagent.signals.status import StatusFile
from pytest_tmuxagent.signals.transcript import Transcript
from pytest_tmuxagent.tmux.client import ControlClient
from pytest_tmuxagent.turns import TurnMachine
from pytest_tmuxagent.waiting import input_thread

if TYPE_CHECKING:
    import libtmux

_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "fish", "ksh", "tcsh", "csh"})


class Body(ABC):
    """One running agent in its pane, as it is observed: one that we launched, or that others started."""

    is_ours = True
    """Whether nobody else types to it, answers its dialogs, ends it, or moves its pane."""

    _hooks: HookChannel | None = None
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
        """Stop listening; the sandbox ends the agent."""
        self._closed = True
        self.client.ignore(self.pane)
        self.sandbox.detach(self.key)
        self._close_hooks()

    def _close_hooks(self) -> None:
        if self._hooks is not None:
            self._hooks.close()


class LaunchedBody(Body):
    """One that we launched, in a window of our own server."""

    def __init__(
        self,
        *,
        profile: AgentProfile,
        sandbox: Lodging,
        script: Script,
        permissions: Permissions,
        arguments: tuple[str, ...] = (),
        face: Mapping[str, Any] = MappingProxyType({}),
        flags: str = "",
    ) -> None:
        super().__init__(
            profile=profile, sandbox=sandbox, script=script, permissions=permissions, flags=flags
        )
        self._permissions = permissions
        self._arguments = arguments
        self._face = face
        stream = PaneStream()
        with contextlib.ExitStack() as undo:
            undo.callback(self._close_hooks)
            spec = self._prepare(resume=None)
            self._command = Path(spec.argv[0]).name
            machine = TurnMachine(keeps_record=profile.reader is not None)
            self.observer = Observer(
                machine=machine,
                transcript=_transcript(spec),
                status=StatusFile(spec.status) if spec.status else None,
                given_back=GivenBack(machine, box=lambda: self.read().box) if spec.status else None,
                reader=profile.reader() if profile.reader else None,
                stream=stream,
                osc=OscWatcher(profile.osc) if profile.osc is not None else None,
                shown_queue=self._shown_queue(machine),
                prompt_line=self._prompt_line(stream) if profile.reads_screen_only else None,
            )
            sandbox.attach(self.key, script, name=profile.name, tools=self.tools, observe=self.observer.wire)
            sandbox.take_slot(profile)
            self.pane = self._open(spec)
            undo.pop_all()
        self.client = sandbox.agent_server.client
        self.client.listen(self.pane, self.observer.pane)
        self._follow_status()

    def restart(self, *, resume: str | None) -> None:
        """Put a new process in the place of the old one.

        It gets a window of its own: `respawn-pane` in a pane that a control client has watched crashes
        the tmux 3.3a server now and then.
        """
        spec = self._prepare(resume=resume)
        self.observer.absorb()
        self.observer.machine.restarted()
        self._move_to(self._open(spec))

    def plan(
        self,
        *,
        key: str,
        folder: Path,
        arguments: Sequence[str] = (),
        hook: str = "",
        resume: str | None = None,
    ) -> LaunchPlan:
        """What a process of this agent is given; `arguments` come after those it was launched with."""
        return LaunchPlan(
            name=self.profile.name,
            folder=folder,
            home=self.sandbox.home,
            workdir=self.sandbox.workdir,
            door=self.sandbox.door_path,
            key=key,
            hook=hook,
            launches=self.sandbox.launch_log,
            permissions=self._permissions,
            arguments=(*self._arguments, *arguments),
            resume=resume,
            face=self._face,
            flags=self.flags,
            real=self.sandbox.real_plan(self.profile, key=key),
        )

    def _open(self, spec: LaunchSpec) -> str:
        if self.observer.transcript is not None:
            self.observer.transcript.before_launch()
        return self.sandbox.agent_server.open(
            spec.argv, environment=spec.environment, name=self.key, meanwhile=self.sandbox.furnish
        )

    def _move_to(self, pane: str) -> None:
        old, self.pane = self.pane, pane
        self._looked = None
        size = self.client.run("display-message", "-p", "-t", old, "#{pane_width} #{pane_height}")[0].split()
        self.client.ignore(old)
        self.client.run_all(
            [("resize-window", "-t", pane, "-x", size[0], "-y", size[1]), ("kill-pane", "-t", old)]
        )
        self.client.listen(pane, self.observer.pane)
        self._follow_status()

    def _follow_status(self) -> None:
        if self.observer.status is not None:
            pid = self.client.run("display-message", "-p", "-t", self.pane, "#{pane_pid}")[0]
            self.observer.status.follow(int(pid))

    def _prompt_line(self, stream: PaneStream) -> PromptLine:
        return PromptLine(self, stream=stream, is_idle=lambda screen: self.profile.read_screen(screen).idle)

    def _shown_queue(self, machine: TurnMachine) -> ShownQueue | None:
        read_queue = self.profile.read_queue
        return ShownQueue(machine, shown=lambda: read_queue(self.look())) if read_queue else None

    def _prepare(self, *, resume: str | None) -> LaunchSpec:
        if self._hooks is None and self.profile.reader is not None:
            self._hooks = HookChannel(
                self.folder / "hooks", io=input_thread(), receive=lambda payload: self.observer.hook(payload)
            )
        hook = self._hooks.command if self._hooks else ""
        return self.profile.prepare(self.plan(key=self.key, folder=self.folder, hook=hook, resume=resume))


def _transcript(spec: LaunchSpec) -> Transcript | None:
    if spec.transcripts is None:
        return None
    return Transcript(spec.transcripts, shared=spec.shared_transcripts)
