"""Decides when a turn began and ended: one machine, fed with events, without I/O or clock.

The life of a turn:

    phase      event                                             next phase
    ---------  ------------------------------------------------  ----------
    OPEN       TurnEnded, nothing vetoes it                      ENDED
    OPEN       TurnEnded, the wire vetoes it                     ENDING
    ENDING     RequestClosed or LinkClosed lifts the veto        ENDED
    ENDED      RecordEnded (or the agent keeps no record), and   COMPLETE
               no request is open that came late
    any        a second TurnEnded of the same turn               unchanged
    OPEN, ENDING  another process takes the agent's place        LOST

A turn ends on the agent's own word. The wire never ends one; it vetoes: while a model request of the
turn is open, and, for an ordinary end, while the last answer had tool calls whose results were never
sent. A turn opens with the first evidence of it, whoever reports it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from typing import Literal

from pytest_tmuxagent.errors import ScriptMismatch
from pytest_tmuxagent.events import (
    Activity,
    ActivityReported,
    AgentClosed,
    AgentReady,
    CallReturned,
    DialogClosed,
    ErrorReported,
    Event,
    LinkClosed,
    MessageSaid,
    Observation,
    PermissionAsked,
    PermissionSettled,
    ProcessExited,
    PromptAccepted,
    PromptQueued,
    PromptsWithdrawn,
    RecordEnded,
    RequestClosed,
    RequestOpened,
    ScriptProblem,
    ServerLost,
    Source,
    TurnEnded,
    TurnsJoined,
    Unrecognised,
)
from pytest_tmuxagent.turn import Failure

State = Literal["starting", "idle", "busy", "blocked", "exited"]


class Phase(Enum):
    """Where a turn is in its life."""

    OPEN = "open"
    ENDING = "ending"
    ENDED = "ended"
    COMPLETE = "complete"
    LOST = "lost"


class LiveTurn:
    """One turn as it grows: what every source said of it so far."""

    def __init__(self, *, turn: str | None, at: float) -> None:
        self.id = turn
        self.phase = Phase.OPEN
        self.opened_at = at
        self.ended_at = 0.0
        self.completed_at = 0.0
        self.ended_by: Source | None = None
        self.end: TurnEnded | None = None
        self.error: Failure | None = None
        self.record_ended = False
        self.idle_since: float | None = None
        self.messages: list[MessageSaid] = []
        self.results: dict[str, CallReturned] = {}
        self.asked: dict[str, PermissionAsked] = {}
        self.settled: dict[str, PermissionSettled] = {}
        self.requests: set[tuple[int | None, str]] = set()
        self.calls_outstanding = False
        self._prompts: dict[Source, list[str]] = {}

    @property
    def prompts(self) -> tuple[str, ...]:
        """The prompts of the turn: the list of whoever saw most of them."""
        lists = list(self._prompts.values())
        longest: list[str] = max(lists, key=len, default=[])
        return tuple(longest)

    def add_prompts(self, prompts: tuple[str, ...], *, source: Source) -> None:
        """Note what one source says the prompts are: each source tells each prompt once."""
        self._prompts.setdefault(source, []).extend(prompts)

    def replace_prompts(self, prompts: tuple[str, ...], *, source: Source) -> None:
        """Note the whole list of prompts, from a source that repeats it."""
        self._prompts[source] = list(prompts)

    def add_message(self, message: MessageSaid) -> None:
        """Note an answer, or a piece of one."""
        for index, known in enumerate(self.messages):
            if message.id is not None and known.id == message.id:
                texts = [text for text in (known.text, message.text) if text]
                calls = (*known.calls, *message.calls)
                self.messages[index] = replace(message, text="\n".join(texts), calls=calls)
                return
        self.messages.append(message)

    def absorb(self, other: LiveTurn) -> None:
        """Take over all that is known of another one, which turned out to be the same."""
        for source, prompts in other._prompts.items():
            self.add_prompts(tuple(prompts), source=source)
        for message in other.messages:
            self.add_message(message)
        self.results.update(other.results)
        self.asked.update(other.asked)
        self.settled.update(other.settled)
        self.requests |= other.requests
        self.calls_outstanding = self.calls_outstanding or other.calls_outstanding
        self.error = other.error or self.error
        self.record_ended = self.record_ended or other.record_ended
        if self.end is None:
            self.end, self.ended_by = other.end, other.ended_by

    @property
    def is_running(self) -> bool:
        """The turn has begun and not ended."""
        return self.phase in (Phase.OPEN, Phase.ENDING)

    @property
    def veto(self) -> str | None:
        """Why the wire does not let the turn end, or None."""
        if self.requests:
            return "a model request is still open"
        if self.calls_outstanding and self.end is not None and self.end.stop_reason == "end_turn":
            return "the last answer had tool calls, and their results were never sent"
        return None


class TurnMachine:
    """All turns of one agent, oldest first, and the state the agent is in."""

    def __init__(self, *, keeps_record: bool) -> None:
        self.keeps_record = keeps_record
        self.turns: list[LiveTurn] = []
        self._queue: list[tuple[str, Source]] = []
        self.problems: list[ScriptMismatch] = []
        self.unrecognised: Counter[str] = Counter()
        self.last_said: dict[Source, Observation] = {}
        self.exit: ProcessExited | None = None
        self.server_lost: str | None = None
        self.closed = False
        self.activity: Activity | None = None
        self._ready = False
        self._dialogs: dict[str, PermissionAsked] = {}
        self._withdrawn: set[str] = set()
        self._by_id: dict[str, LiveTurn] = {}
        self._settled = 0

    def observe(self, observation: Observation) -> None:
        """Take one event. Any event is welcome in any state."""
        self.last_said[observation.source] = observation
        handler = _HANDLERS.get(type(observation.event))
        if handler is not None:
            handler(self, observation.event, observation)

    @property
    def state(self) -> State:
        """What the agent is doing, as far as has been observed."""
        if self.closed or self.exit is not None or self.server_lost is not None:
            return "exited"
        if self.dialog is not None:
            return "blocked"
        if self.running is not None or self._queue:
            return "busy"
        return "idle" if self._ready else "starting"

    @property
    def running(self) -> LiveTurn | None:
        """The turn that has begun and not ended."""
        while self._settled < len(self.turns) and not self.turns[self._settled].is_running:
            self._settled += 1
        return self.turns[self._settled] if self._settled < len(self.turns) else None

    @property
    def awaits_record(self) -> bool:
        """Whether the last turn has ended, and its record is still to come."""
        return bool(self.turns) and self.turns[-1].phase is Phase.ENDED

    @property
    def queued(self) -> tuple[str, ...]:
        """The prompts in the agent's own queue."""
        return tuple(prompt for prompt, _ in self._queue)

    @property
    def dialog(self) -> PermissionAsked | None:
        """The permission dialog at which the agent stands."""
        return next(iter(self._dialogs.values()), None)

    def restarted(self) -> None:
        """A new process takes the place of the old one; its turns are new ones."""
        self._close_all_requests(lambda _: True)
        for turn in self.turns:
            if turn.is_running:
                turn.phase = Phase.LOST
        self.exit = None
        self.server_lost = None
        self.activity = None
        self._ready = False
        self._dialogs.clear()
        self._queue.clear()

    def dialog_answered(self, call: str) -> None:
        """We answered a dialog: the agent no longer stands at it."""
        self._dialogs.pop(call, None)

    def complete_without_record(self, turn: LiveTurn, *, at: float) -> None:
        """Give up waiting for the record of a turn that has ended."""
        if turn.phase is Phase.ENDED:
            turn.phase = Phase.COMPLETE
            turn.completed_at = at

    def _turn(self, name: str | None, observation: Observation) -> LiveTurn:
        """The turn that an event speaks of; a new one where nothing is known of it."""
        known = self._known(name)
        if known is not None:
            return known
        turn = LiveTurn(turn=name, at=observation.at)
        self.turns.append(turn)
        if name is not None:
            self._by_id[name] = turn
        return turn

    def _known(self, name: str | None) -> LiveTurn | None:
        if name is None:
            return self.running
        if name in self._by_id:
            return self._by_id[name]
        running = self.running
        if running is None or running.id is not None:
            return None
        running.id = name
        self._by_id[name] = running
        return running

    def _advance(self, turn: LiveTurn, observation: Observation) -> None:
        """Move a turn along the table at the head of this module."""
        if turn.phase in (Phase.OPEN, Phase.ENDING) and turn.end is not None:
            turn.phase = Phase.ENDING if turn.veto else Phase.ENDED
            if turn.phase is Phase.ENDED:
                turn.ended_at = observation.at
        if turn.phase is Phase.ENDED and not turn.requests and (turn.record_ended or not self.keeps_record):
            turn.phase = Phase.COMPLETE
            turn.completed_at = observation.at

    def _close_all_requests(self, belongs: Callable[[int | None], bool]) -> list[LiveTurn]:
        touched = [turn for turn in self.turns if any(belongs(pid) for pid, _ in turn.requests)]
        for turn in touched:
            turn.requests = {key for key in turn.requests if not belongs(key[0])}
        return touched

    def _agent_ready(self, _event: AgentReady, _observation: Observation) -> None:
        self._ready = True

    def _prompt_accepted(self, event: PromptAccepted, observation: Observation) -> None:
        turn = self._turn(event.turn, observation)
        turn.add_prompts((event.prompt,), source=observation.source)
        self._unqueue((event.prompt,), source=observation.source)

    def _prompt_queued(self, event: PromptQueued, observation: Observation) -> None:
        self._queue.append((event.prompt, observation.source))

    def _prompts_withdrawn(self, event: PromptsWithdrawn, observation: Observation) -> None:
        self._unqueue(event.prompts, source=observation.source)

    def _turns_joined(self, event: TurnsJoined, observation: Observation) -> None:
        turn, other = self._by_id.get(event.turn), self._by_id.get(event.into)
        kept = turn or other
        if kept is None:
            return
        self._by_id[event.turn] = self._by_id[event.into] = kept
        if turn is None or other is None or turn is other:
            return
        turn.absorb(other)
        self.turns.remove(other)
        self._settled = 0
        self._advance(turn, observation)

    def _activity_reported(self, event: ActivityReported, observation: Observation) -> None:
        self.activity = event.activity
        running = self.running
        if running is not None:
            running.idle_since = observation.at if event.activity == "idle" else None

    def _request_opened(self, event: RequestOpened, observation: Observation) -> None:
        turn = self._turn(event.turn, observation)
        turn.replace_prompts(event.prompts or (event.prompt,), source=observation.source)
        turn.requests.add((event.pid, event.request_id))
        turn.calls_outstanding = False

    def _request_closed(self, event: RequestClosed, observation: Observation) -> None:
        key = (event.pid, event.request_id)
        for turn in reversed(self.turns):
            if key in turn.requests:
                turn.requests.remove(key)
                turn.calls_outstanding = event.has_calls
                self._advance(turn, observation)
                return

    def _link_closed(self, event: LinkClosed, observation: Observation) -> None:
        for turn in self._close_all_requests(lambda pid: pid == event.pid):
            self._advance(turn, observation)

    def _message_said(self, event: MessageSaid, observation: Observation) -> None:
        self._turn(event.turn, observation).add_message(event)

    def _call_returned(self, event: CallReturned, observation: Observation) -> None:
        self._turn(event.turn, observation).results[event.call] = event

    def _permission_asked(self, event: PermissionAsked, observation: Observation) -> None:
        turn = self._turn(event.turn, observation)
        is_new = event.call.id not in turn.asked or event.call.id in self._withdrawn
        if is_new and turn.is_running and event.call.id not in turn.settled:
            self._withdrawn.discard(event.call.id)
            self._dialogs[event.call.id] = event
        turn.asked[event.call.id] = event

    def _permission_settled(self, event: PermissionSettled, observation: Observation) -> None:
        settled = self._turn(event.turn, observation).settled
        # Who answered knows; the record tells only what came of it, and may be there first.
        if observation.source == "session" or event.call not in settled:
            settled[event.call] = event
        self.dialog_answered(event.call)

    def _dialog_closed(self, event: DialogClosed, _observation: Observation) -> None:
        self._withdrawn.add(event.call)
        self.dialog_answered(event.call)

    def _error_reported(self, event: ErrorReported, observation: Observation) -> None:
        self._turn(event.turn, observation).error = event.error

    def _turn_ended(self, event: TurnEnded, observation: Observation) -> None:
        turn = self._known(event.turn)
        if turn is None and event.turn is not None:
            turn = self._turn(event.turn, observation)
        if event.stop_reason == "cancelled" and not event.unsent:
            # What only the screen shows as queued is given back, too.
            event = replace(event, unsent=tuple(prompt for prompt, by in self._queue if by == "screen"))
        self._unqueue(event.unsent, source=observation.source)
        if turn is None or turn.end is not None:
            return
        turn.end = event
        turn.ended_by = observation.source
        for call in turn.asked:
            self.dialog_answered(call)
        self._advance(turn, observation)

    def _record_ended(self, event: RecordEnded, observation: Observation) -> None:
        turn = self._known(event.turn) or next(
            (turn for turn in reversed(self.turns) if turn.phase is Phase.ENDED), None
        )
        if turn is not None:
            turn.record_ended = True
            self._advance(turn, observation)

    def _script_problem(self, event: ScriptProblem, _observation: Observation) -> None:
        self.problems.append(event.error)

    def _process_exited(self, event: ProcessExited, _observation: Observation) -> None:
        self.exit = event
        self._dialogs.clear()
        self._queue.clear()

    def _server_lost(self, event: ServerLost, _observation: Observation) -> None:
        self.server_lost = event.reason
        self._dialogs.clear()
        self._queue.clear()

    def _agent_closed(self, _event: AgentClosed, _observation: Observation) -> None:
        self.closed = True
        self._dialogs.clear()
        self._queue.clear()

    def _unrecognised(self, event: Unrecognised, _observation: Observation) -> None:
        self.unrecognised[event.what] += 1

    def _unqueue(self, prompts: tuple[str, ...], *, source: Source) -> None:
        """Take prompts off the queue, on the word of the source that had put them there.

        Another source may be ahead of it, and would leave a prompt behind that was queued long ago. What
        only the screen had shown as queued leaves on the word of any.
        """
        for prompt in prompts:
            for entry in ((prompt, source), (prompt, "screen")):
                if entry in self._queue:
                    self._queue.remove(entry)
                    break


_HANDLERS: dict[type[Event], Callable[..., None]] = {
    AgentReady: TurnMachine._agent_ready,
    PromptAccepted: TurnMachine._prompt_accepted,
    PromptQueued: TurnMachine._prompt_queued,
    PromptsWithdrawn: TurnMachine._prompts_withdrawn,
    TurnsJoined: TurnMachine._turns_joined,
    ActivityReported: TurnMachine._activity_reported,
    RequestOpened: TurnMachine._request_opened,
    RequestClosed: TurnMachine._request_closed,
    LinkClosed: TurnMachine._link_closed,
    MessageSaid: TurnMachine._message_said,
    CallReturned: TurnMachine._call_returned,
    PermissionAsked: TurnMachine._permission_asked,
    PermissionSettled: TurnMachine._permission_settled,
    DialogClosed: TurnMachine._dialog_closed,
    ErrorReported: TurnMachine._error_reported,
    TurnEnded: TurnMachine._turn_ended,
    RecordEnded: TurnMachine._record_ended,
    ScriptProblem: TurnMachine._script_problem,
    ProcessExited: TurnMachine._process_exited,
    AgentClosed: TurnMachine._agent_closed,
    ServerLost: TurnMachine._server_lost,
    Unrecognised: TurnMachine._unrecognised,
}
