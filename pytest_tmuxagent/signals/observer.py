"""Joins all channels of one agent: what they report goes, in order of arrival, into the turn machine.

Other threads only post; everything is read and decided in the thread of the test, while it waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

from pytest_tmuxagent.events import (
    ConversationNamed,
    Event,
    Observation,
    ProcessExited,
    RequestClosed,
    ServerLost,
    Source,
    TurnEnded,
    Unrecognised,
)
from pytest_tmuxagent.script.service import hear_out
from pytest_tmuxagent.signals import hooks
from pytest_tmuxagent.signals.given_back import GivenBack
from pytest_tmuxagent.signals.open_files import OpenFiles
from pytest_tmuxagent.signals.osc import OscWatcher
from pytest_tmuxagent.signals.pane import PaneStream
from pytest_tmuxagent.signals.prompt_line import PromptLine
from pytest_tmuxagent.signals.reading import KnowsCalls, KnowsProcess, Reader
from pytest_tmuxagent.signals.shown_queue import ShownQueue
from pytest_tmuxagent.signals.standing import Looker
from pytest_tmuxagent.signals.status import StatusFile
from pytest_tmuxagent.signals.transcript import Transcript
from pytest_tmuxagent.tmux.client import ServerGone
from pytest_tmuxagent.tmux.control import PaneDied, PaneOutput
from pytest_tmuxagent.turns import TurnMachine
from pytest_tmuxagent.waiting import POLL_INTERVAL, Deadline, Mailbox

T = TypeVar("T")
PaneEvent = PaneOutput | PaneDied | ServerGone

RECORD_INTERVAL = 0.001
"""How often files are looked at from the agent's word that a turn is over to its record, which is near."""


@dataclass(frozen=True, slots=True)
class _HookPayload:
    payload: bytes
    at: float


@dataclass(frozen=True, slots=True)
class _Heard:
    text: str
    at: float


@dataclass(frozen=True, slots=True)
class _ScreenTouched:
    pass


class Observer:
    """Everything that is observed of one agent."""

    def __init__(
        self,
        *,
        machine: TurnMachine,
        stream: PaneStream | None = None,
        transcript: Transcript | None = None,
        status: StatusFile | None = None,
        given_back: GivenBack | None = None,
        reader: Reader | None = None,
        prompt_line: PromptLine | None = None,
        osc: OscWatcher | None = None,
        shown_queue: ShownQueue | None = None,
        standing: Looker | None = None,
        open_files: OpenFiles | None = None,
        ended: Callable[[], ProcessExited | None] = lambda: None,
        hear_out: Callable[[], None] = hear_out,
    ) -> None:
        self.machine = machine
        self.stream = stream or PaneStream()
        self.transcript = transcript
        self.status = status
        self._given_back = given_back
        self.observations: list[Observation] = []
        self._reader = reader
        self._prompt_line = prompt_line
        self._osc = osc
        self.announced = (0, 0.0)
        """How much was printed when the agent last said, by an escape sequence, what it does; and when."""
        self._shown_queue = shown_queue
        self._standing = standing
        self._open_files = open_files
        self._ended = ended
        self._hear_out = hear_out
        self._is_cancelled = False
        self._looked_at = 0
        self._inbox: Mailbox[Observation | _HookPayload | _Heard | _ScreenTouched] = Mailbox()
        self._touch = threading.Lock()
        self._touch_wanted = False

    def hook(self, payload: bytes) -> None:
        """Take a hook's payload (called in the I/O thread)."""
        self._inbox.post(_HookPayload(payload, monotonic()))

    def wire(self, event: Event, at: float) -> None:
        """Take an event of the script's door (called in the script's thread)."""
        self._inbox.post(Observation(event=event, at=at, source="wire"))

    def pane(self, event: PaneEvent, at: float) -> None:
        """Take what tmux says of the pane (called in the I/O thread)."""
        if isinstance(event, PaneOutput):
            self.stream.add(event.data, at=at)
            self._hear(event.data, at=at)
            self._wake_for_output()
        elif isinstance(event, PaneDied):
            exited = ProcessExited(status=event.status, signal=event.signal)
            self._inbox.post(Observation(event=exited, at=at, source="process"))
        else:
            lost = ServerLost(reason=event.reason)
            self._inbox.post(Observation(event=lost, at=at, source="process"))

    def report(self, event: Event, *, source: Source) -> None:
        """Take what the session itself found out."""
        self._observe(Observation(event=event, at=monotonic(), source=source))

    def expect(self, prompt: str) -> None:
        """A prompt is about to be typed."""
        if self._prompt_line is not None:
            self._prompt_line.expect(prompt)
        if self._shown_queue is not None:
            self._shown_queue.expect(prompt)
        if self._given_back is not None:
            self._given_back.expect()

    def submitted(self) -> None:
        """The test submits what it has typed into the input box."""
        if self._given_back is not None:
            self._given_back.expect()

    def drafted(self) -> None:
        """The test types into the input box, and does not submit it."""
        if self._given_back is not None:
            self._given_back.drafted()

    def cancelling(self) -> None:
        """The running turn is about to be interrupted."""
        if self._prompt_line is not None:
            self._prompt_line.cancelling()
        if self._given_back is not None:
            self._given_back.cancelling()

    def restarted(self) -> None:
        """A new process takes the place of the old one, whose dialogs and turns are over."""
        self.absorb()
        self.machine.restarted()
        if isinstance(self._reader, KnowsProcess):
            self._reader.restarted()

    def absorb(self) -> None:
        """Take in everything that has arrived.

        Where that ends a turn that was interrupted, the doors are heard out: who is interrupted may have
        asked the model just before, and the thread of the doors may not have told that yet.
        """
        self._take_in()
        if self._is_cancelled:
            self._is_cancelled = False
            self._hear_out()
            self._take_in()

    def _take_in(self) -> None:
        for item in self._inbox.take():
            if isinstance(item, Observation):
                self._observe(item)
            elif isinstance(item, _HookPayload):
                self._absorb_hook(item)
            elif isinstance(item, _Heard) and self._reader is not None:
                for event in self._reader.osc(item.text):
                    self._observe(Observation(event=event, at=item.at, source="osc"))
        self._poll_transcript()
        self._poll_status()
        self._look_for_the_end()
        self._look_at_screen()

    def wait_for(
        self, ready: Callable[[], T | None], *, deadline: Deadline, on_output: bool = False
    ) -> T | None:
        """Take in what arrives until `ready` gives something; None when the time is over.

        `ready` is asked after each arrival, with `on_output` also after each output of the agent. What
        it raises ends the wait.
        """
        try:
            while True:
                with self._touch:
                    self._touch_wanted = on_output or self._prompt_line is not None
                self.absorb()
                found = ready()
                if found is not None or deadline.over:
                    return found
                self._inbox.wait(self._pause(deadline))
        finally:
            with self._touch:
                self._touch_wanted = False

    def _pause(self, deadline: Deadline) -> float:
        left = deadline.left
        interval = RECORD_INTERVAL if self.machine.awaits_record else POLL_INTERVAL
        return interval if left is None else min(left, interval)

    def _hear(self, data: bytes, *, at: float) -> None:
        for text in self._osc.feed(data) if self._osc is not None else ():
            self.announced = (self.stream.end, at)
            self._inbox.post(_Heard(text, at))

    def _wake_for_output(self) -> None:
        with self._touch:
            wanted, self._touch_wanted = self._touch_wanted, False
        if wanted:
            self._inbox.post(_ScreenTouched())

    def _observe(self, observation: Observation) -> None:
        self.observations.append(observation)
        self.machine.observe(observation)
        if isinstance(observation.event, ConversationNamed):
            self._name(observation.event)
        elif isinstance(observation.event, RequestClosed) and isinstance(self._reader, KnowsCalls):
            self._reader.called(observation.event.called)
        elif isinstance(observation.event, TurnEnded) and observation.event.stop_reason == "cancelled":
            self._is_cancelled = True

    def _name(self, conversation: ConversationNamed) -> None:
        if self.transcript is not None:
            self.transcript.name(conversation.session, path=conversation.path)
        if self.status is not None:
            self.status.name_session(conversation.session)

    def _absorb_hook(self, hook: _HookPayload) -> None:
        payload = hooks.parse(hook.payload)
        if payload is None or self._reader is None:
            events: list[Event] = [Unrecognised(what=f"hook payload {hook.payload[:200]!r}")]
        else:
            events = self._reader.hook(payload)
        for event in events:
            self._observe(Observation(event=event, at=hook.at, source="hook"))

    def _poll_status(self) -> None:
        status = self.status.poll() if self.status is not None else None
        if status is not None and self._reader is not None:
            for event in self._reader.status(status):
                self._observe(Observation(event=event, at=monotonic(), source="status"))

    def _look_for_the_end(self) -> None:
        ended = self._ended() if self.machine.exit is None else None
        if ended is not None:
            self._observe(Observation(event=ended, at=monotonic(), source="process"))

    def _look_at_screen(self) -> None:
        if self._given_back is not None:
            for event in self._given_back.look():
                self._observe(Observation(event=event, at=monotonic(), source="screen"))
        if self._shown_queue is not None and self.machine.state != "exited":
            for event in self._shown_queue.look():
                self._observe(Observation(event=event, at=monotonic(), source="screen"))
        if self._standing is not None:
            for event in self._standing.look():
                self._observe(Observation(event=event, at=monotonic(), source="screen"))
        if self._prompt_line is None or self._looked_at == self.stream.end or self.machine.state == "exited":
            return
        self._looked_at = self.stream.end
        for event in self._prompt_line.look():
            self._observe(Observation(event=event, at=monotonic(), source="screen"))

    def _poll_transcript(self) -> None:
        if self.transcript is None or self._reader is None:
            return
        for named in self._open_files.look() if self._open_files is not None else ():
            self._observe(Observation(event=named, at=monotonic(), source="process"))
        for item in self.transcript.poll():
            events = (
                [Unrecognised(what="transcript line")] if isinstance(item, str) else self._reader.record(item)
            )
            for event in events:
                self._observe(Observation(event=event, at=monotonic(), source="transcript"))
