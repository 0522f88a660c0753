"""The body of an agent that a program under test started: found in a pane, and watched there."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, NoReturn

from pytest_tmuxagent.agents.profile import AgentProfile, Records, ScreenReading
from pytest_tmuxagent.body import Body
from pytest_tmuxagent.errors import AgentExited, NotSupported, TmuxError
from pytest_tmuxagent.events import Event, ProcessExited, ScriptProblem, ServerLost, WireEvent
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.lodging import Lodging
from pytest_tmuxagent.sandbox.exits import ExitWatch
from pytest_tmuxagent.sandbox.launches import Launch
from pytest_tmuxagent.servers.session_clients import SessionClients
from pytest_tmuxagent.signals.given_back import GivenBack
from pytest_tmuxagent.signals.observer import Observer
from pytest_tmuxagent.signals.open_files import OpenFiles
from pytest_tmuxagent.signals.osc import OscWatcher
from pytest_tmuxagent.signals.reading import KnowsDialog
from pytest_tmuxagent.signals.standing import Standing
from pytest_tmuxagent.signals.status import StatusFile
from pytest_tmuxagent.signals.transcript import Transcript
from pytest_tmuxagent.tmux.client import PaneEvent, ServerGone
from pytest_tmuxagent.tmux.panes import PanePlace
from pytest_tmuxagent.turns import TurnMachine
from pytest_tmuxagent.waiting import Deadline, input_thread

if TYPE_CHECKING:
    import libtmux

_NOT_OURS = "a program under test started it; let that program do it"
_STALE = 0.1
"""How old a screen may be though nothing was printed since."""
_RECORD_LAG = 1.0
"""How long we wait, when we come, for the record of what an agent is at."""
_LAST_BREATH = 1.0
"""How long a process may outlive its tmux session before it counts as lost."""


class AttachedBody(Body):
    """One that we found. It goes on when we let go of it."""

    is_ours = False

    def __init__(
        self,
        *,
        profile: AgentProfile,
        sandbox: Lodging,
        launch: Launch,
        place: PanePlace,
        clients: SessionClients,
    ) -> None:
        super().__init__(
            profile=profile,
            sandbox=sandbox,
            script=sandbox.script,
            permissions=sandbox.permissions or "allow",
        )
        self.launch = launch
        self.workdir = Path(launch.cwd)
        self.pane = place.pane
        self._place = place
        self._clients = clients
        self._seen: Screen | None = None
        self._looked_at = 0.0
        self._lost: tuple[str, float] | None = None
        self._watch = ExitWatch(launch.pid, start=launch.start, io=input_thread())
        self.observer = self._observe()
        self.client = clients.of(place)
        self._listen()

    @property
    def socket(self) -> Path:
        """The tmux server in which it lives."""
        return self._place.socket

    def restart(self, **_given: object) -> NoReturn:
        """Refuse: it is not ours to start."""
        raise NotSupported("start it anew", agent=self.profile.name, why=_NOT_OURS)

    def plan(self, **_given: object) -> NoReturn:
        """Refuse: it is not ours to start."""
        raise NotSupported("start another process of it", agent=self.profile.name, why=_NOT_OURS)

    def capture(self) -> Screen:
        """Take the screen; where its pane is gone, the last one that was seen."""
        try:
            self._seen = super().capture()
        except TmuxError:
            if self._seen is None:
                raise
        return self._seen

    def look(self) -> Screen:
        """Give the screen; also where nothing is heard of the pane any more, for somebody moved it away."""
        if monotonic() - self._looked_at > _STALE:
            self._looked, self._looked_at = None, monotonic()
        return super().look()

    def pane_object(self) -> libtmux.Pane:
        """The pane as libtmux sees it."""
        from pytest_tmuxagent.tmux.objects import Server, pane_object

        server = Server(socket_path=self.socket, client=self.client)
        return pane_object(server, self.pane, window=self._place.window, session=self._place.session)

    def refuse_strange_foreground(self, screen: Screen) -> None:
        """Fail where the agent is gone: what it left its pane to would execute what is typed.

        Raises:
            AgentExited: nothing was typed.
        """
        self.observer.absorb()
        if self.observer.machine.state == "exited":
            raise AgentExited(
                f"{self.profile.name} (process {self.launch.pid}) is gone, and left its pane to "
                f"{screen.program or 'nobody'}. Nothing was typed.",
                status=None,
                signal=None,
            )

    def close(self) -> None:
        """Stop listening; the agent goes on. Twice is harmless."""
        if not self._closed:
            self._last = self._seen
            self.let_go()

    def let_go(self) -> None:
        """Stop listening; twice is harmless."""
        self._closed = True
        self.client.ignore(self.pane)
        self.sandbox.ignore(self._wire)
        self._watch.close()

    def _observe(self) -> Observer:
        profile = self.profile
        machine = TurnMachine(keeps_record=profile.reader is not None)
        kept = profile.kept_in(self.launch.environment) if profile.kept_in else None
        self._reader = profile.reader() if profile.reader else None
        return Observer(
            machine=machine,
            transcript=_transcript(kept, since=self.launch.at),
            status=_status(kept, pid=self.launch.pid),
            given_back=GivenBack(machine, box=lambda: self.read().box) if kept and kept.status else None,
            reader=self._reader,
            osc=OscWatcher(profile.osc) if profile.osc is not None else None,
            shown_queue=self._shown_queue(machine),
            open_files=_open_files(kept, pid=self.launch.pid),
            standing=Standing(machine, read=self._reading, asks=self._asked, gone=self._dialog_gone),
            ended=self._ended,
        )

    def _listen(self) -> None:
        """Hear of it from now on; and take note of what it is at just now."""
        pid = self.launch.pid
        self.client.listen(self.pane, self._receive)
        self.sandbox.listen(self._wire)
        self._catch_up()
        for request, at in self.sandbox.open_requests.of(pid):
            self.observer.wire(request, at)
        if self.sandbox.has_asked(pid):
            self.observer.wait_for(self._is_caught_up, deadline=Deadline(_RECORD_LAG))

    def _catch_up(self) -> None:
        """Read all that is there: the status names the transcript, which tells what a dialog is about."""
        known = -1
        while known != len(self.observer.observations):
            known = len(self.observer.observations)
            self.observer.absorb()

    def _is_caught_up(self) -> bool | None:
        """Whether the record tells of what the screen shows: Claude Code writes it in batches."""
        shown, machine = self._reading(), self.observer.machine
        if shown is not None and shown.dialog:
            return machine.dialog is not None or None
        if shown is not None and shown.busy:
            return machine.running is not None or None
        return bool(machine.turns) or None

    def _wire(self, event: WireEvent, at: float) -> None:
        """Take an event of the script's doors (called in the service's thread)."""
        if isinstance(event, ScriptProblem) or event.pid == self.launch.pid:
            self.observer.wire(event, at)

    def _receive(self, event: PaneEvent, at: float) -> None:
        """Take what tmux says of the pane (called in the I/O thread)."""
        if isinstance(event, ServerGone):
            self._lost = (event.reason, at)
        else:
            self.observer.pane(event, at)

    def _reading(self) -> ScreenReading | None:
        if self._lost is not None and not self._find_again(*self._lost):
            return None
        try:
            return self.read()
        except TmuxError:
            return None

    def _find_again(self, reason: str, at: float) -> bool:
        """Attach once more: somebody may have detached us. Else the end of its process will tell."""
        try:
            self.client = self._clients.of(self._place)
            self.client.run("has-session", "-t", self._place.session)
            self.client.listen(self.pane, self._receive)
        except TmuxError:
            if monotonic() - at > _LAST_BREATH:
                self._lost = None
                self.observer.report(ServerLost(reason=reason), source="process")
            return False
        self._lost = None
        return True

    def _asked(self) -> list[Event]:
        return [] if self._reader is None else self.dialog_shown(self._reader)

    def _dialog_gone(self) -> None:
        if isinstance(self._reader, KnowsDialog):
            self._reader.dialog_gone()

    def _ended(self) -> ProcessExited | None:
        if self._watch.exit is None:
            return None
        logged = self.sandbox.sandbox.launches
        told = (
            launch.exit for launch in logged if launch.pid == self.launch.pid and launch.at == self.launch.at
        )
        ended = next(told, None) or self._watch.exit
        return ProcessExited(status=ended.status, signal=ended.signal)


def _transcript(kept: Records | None, *, since: float) -> Transcript | None:
    return None if kept is None else Transcript(kept.transcripts, shared=True, since=since)


def _open_files(kept: Records | None, *, pid: int) -> OpenFiles | None:
    """Those tell of its conversation where no status file does."""
    return None if kept is None or kept.status is not None else OpenFiles(kept.transcripts, pid=pid)


def _status(kept: Records | None, *, pid: int) -> StatusFile | None:
    if kept is None or kept.status is None:
        return None
    status = StatusFile(kept.status)
    status.follow(pid)
    return status
