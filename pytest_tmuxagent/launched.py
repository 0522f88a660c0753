"""The body of an agent that we launched, and the channels on which we observe it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pytest_tmuxagent.agents.profile import AgentProfile, LaunchPlan, LaunchSpec, Permissions, ScreenReading
from pytest_tmuxagent.body import Body
from pytest_tmuxagent.errors import TmuxError
from pytest_tmuxagent.lodging import Lodging
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.signals.given_back import GivenBack
from pytest_tmuxagent.signals.hooks import HookChannel
from pytest_tmuxagent.signals.observer import Observer
from pytest_tmuxagent.signals.osc import OscWatcher
from pytest_tmuxagent.signals.pane import PaneStream
from pytest_tmuxagent.signals.prompt_line import PromptLine
from pytest_tmuxagent.signals.reading import Reader
from pytest_tmuxagent.signals.standing import ShownDialogs
from pytest_tmuxagent.signals.status import StatusFile
from pytest_tmuxagent.signals.transcript import Transcript
from pytest_tmuxagent.turns import TurnMachine
from pytest_tmuxagent.waiting import input_thread


class LaunchedBody(Body):
    """One that we launched, in a window of our own server."""

    _hooks: HookChannel | None = None
    _launches = 0

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
            reader = profile.reader() if profile.reader else None
            self.observer = Observer(
                machine=machine,
                transcript=_transcript(spec),
                status=StatusFile(spec.status) if spec.status else None,
                given_back=GivenBack(machine, box=lambda: self.read().box) if spec.status else None,
                reader=reader,
                stream=stream,
                osc=OscWatcher(profile.osc) if profile.osc is not None else None,
                shown_queue=self._shown_queue(machine),
                standing=self._shown_dialogs(machine, reader),
                prompt_line=self._prompt_line(stream) if profile.reads_screen_only else None,
            )
            sandbox.attach(self.key, script, name=profile.name, tools=self.tools, observe=self.observer.wire)
            sandbox.take_slot(profile)
            self.pane = self._open(spec)
            undo.pop_all()
        self.client = sandbox.agent_server.client
        self.client.listen(self.pane, self.observer.pane)
        self._follow_status()

    def let_go(self) -> None:
        """Stop listening; the sandbox ends the agent."""
        super().let_go()
        self._close_hooks()

    def restart(self, *, resume: str | None) -> None:
        """Put a new process in the place of the old one.

        It gets a window of its own: `respawn-pane` in a pane that a control client has watched crashes
        the tmux 3.3a server now and then.
        """
        self._close_hooks()  # What the old process still tells is not of the new one.
        spec = self._prepare(resume=resume)
        self.observer.restarted()
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
            faults=self.sandbox.faults_of(key),
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

    def _shown_dialogs(self, machine: TurnMachine, reader: Reader | None) -> ShownDialogs | None:
        if reader is None or self.profile.osc is None:
            return None
        return ShownDialogs(machine, read=self._reading, asks=lambda: self.dialog_shown(reader))

    def _reading(self) -> ScreenReading | None:
        try:
            return self.read()
        except TmuxError:  # What became of its server is told by others.
            return None

    def _close_hooks(self) -> None:
        if self._hooks is not None:
            self._hooks.close()
            self._hooks = None

    def _prepare(self, *, resume: str | None) -> LaunchSpec:
        if self._hooks is None and self.profile.reader is not None:
            self._launches += 1
            self._hooks = HookChannel(
                self.folder / f"hooks-{self._launches}",
                io=input_thread(),
                receive=lambda payload: self.observer.hook(payload),
            )
        hook = self.sandbox.delayed(self._hooks.command, key=self.key) if self._hooks else ""
        return self.profile.prepare(self.plan(key=self.key, folder=self.folder, hook=hook, resume=resume))


def _transcript(spec: LaunchSpec) -> Transcript | None:
    if spec.transcripts is None:
        return None
    return Transcript(spec.transcripts, shared=spec.shared_transcripts)
