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
sent. A turn opens with the first evidence of it, whoever reports it. A request that names no turn, and
is none of the turns that are known, waits until one with its prompt is: it may be heard before that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
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
from pytest_tmuxagent.live_turn import LiveTurn, Phase, RequestKey

State = Literal["starting", "idle", "busy", "blocked", "exited"]


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
        self._first = 0
        self._unclaimed: list[LiveTurn] = []
        self._heard: set[RequestKey] = set()

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
        self._first = len(self.turns)
        self._unclaimed.clear()
        self._heard.clear()

    def dialog_answered(self, call: str) -> None:
        """We answered a dialog: the agent no longer stands at it."""
        self._dialogs.pop(call, None)

    def complete_without_record(self, turn: LiveTurn, *, at: float) -> None:
        """Give up waiting for the record of a turn that has ended."""
        if turn.phase is Phase.ENDED:
            turn.phase = Phase.COMPLETE
            turn.completed_at = at
            for source in {by for _, by in self._queue}:
                self._unqueue_untold(turn, by=source)

    def _close_dialogs(self, turn: LiveTurn) -> None:
        for call in turn.asked:
            self.dialog_answered(call)

    def _turn(self, name: str | None, observation: Observation, *, prompt: str | None = None) -> LiveTurn:
        """The turn that an event speaks of; a new one where nothing is known of it."""
        known = self._known(name, prompt=prompt)
        if known is not None:
            return known
        turn = LiveTurn(turn=name, at=observation.at)
        self.turns.append(turn)
        if name is not None:
            self._by_id[name] = turn
            self._claim(prompt, by=turn)
        return turn

    def _known(self, name: str | None, *, prompt: str | None = None) -> LiveTurn | None:
        if name is None:
            return self.running
        if name in self._by_id:
            return self._by_id[name]
        nameless = self._nameless(prompt)
        if nameless is not None:
            nameless.id = name
            self._by_id[name] = nameless
        return nameless

    def _nameless(self, prompt: str | None) -> LiveTurn | None:
        """The turn without a name that a new name is for: the one with that prompt, which may be over."""
        if prompt is None:
            running = self.running
            return running if running is not None and running.id is None else None
        unnamed = (turn for turn in self.turns[self._first :] if turn.id is None)
        return next((turn for turn in unnamed if prompt in (turn.prompts or (prompt,))), None)

    def _advance(self, turn: LiveTurn, observation: Observation) -> None:
        """Move a turn along the table at the head of this module."""
        if turn.phase in (Phase.OPEN, Phase.ENDING) and turn.end is not None:
            turn.phase = Phase.ENDING if turn.veto else Phase.ENDED
            if turn.phase is Phase.ENDED:
                turn.ended_at = observation.at
        is_whole = turn.record_ended_by is not None or not self.keeps_record
        if turn.phase is Phase.ENDED and not turn.requests and is_whole:
            turn.phase = Phase.COMPLETE
            turn.completed_at = observation.at

    def _close_all_requests(self, belongs: Callable[[int | None], bool]) -> list[LiveTurn]:
        turns = (*self._unclaimed, *self.turns)
        touched = [turn for turn in turns if any(belongs(pid) for pid, _ in turn.requests)]
        for turn in touched:
            turn.requests = {key for key in turn.requests if not belongs(key[0])}
        return touched

    def _agent_ready(self, _event: AgentReady, _observation: Observation) -> None:
        self._ready = True

    def _prompt_accepted(self, event: PromptAccepted, observation: Observation) -> None:
        turn = self._turn(event.turn, observation, prompt=event.prompt)
        turn.add_prompts((event.prompt,), source=observation.source)
        self._claim(event.prompt, by=turn)
        self._unqueue((event.prompt,), source=observation.source)

    def _prompt_queued(self, event: PromptQueued, observation: Observation) -> None:
        self._queue.append((event.prompt, observation.source))

    def _prompts_withdrawn(self, event: PromptsWithdrawn, observation: Observation) -> None:
        self._unqueue(event.prompts, source=observation.source)

    def _turns_joined(self, event: TurnsJoined, observation: Observation) -> None:
        turn, into = self._by_id.get(event.turn), self._by_id.get(event.into)
        kept = turn or into
        if kept is None:
            return
        self._by_id[event.turn] = self._by_id[event.into] = kept
        if turn is None or into is None or turn is into:
            return
        kept, absorbed = sorted((turn, into), key=self.turns.index)
        kept.absorb(absorbed)
        self.turns.remove(absorbed)
        self._by_id = {name: kept if named is absorbed else named for name, named in self._by_id.items()}
        self._settled = 0
        self._advance(kept, observation)

    def _activity_reported(self, event: ActivityReported, observation: Observation) -> None:
        self.activity = event.activity
        running = self.running
        if running is not None:
            running.idle_since = observation.at if event.activity == "idle" else None

    def _request_opened(self, event: RequestOpened, observation: Observation) -> None:
        key = (event.pid, event.request_id)
        if key in self._heard:
            return  # Whoever begins to listen in its midst hears of it twice.
        self._heard.add(key)
        turn = self._asking(event, observation)
        turn.replace_prompts(_prompts(event), source=observation.source)
        turn.requests.add(key)
        turn.calls_outstanding = False

    def _asking(self, event: RequestOpened, observation: Observation) -> LiveTurn:
        """The turn that asks the model.

        What names no turn is known by the script's name for it, at first by its prompt. It may be heard
        before anything else of its turn, while the turn before it still seems to run, and after its end.
        """
        if event.turn is not None or event.script_turn is None:
            return self._turn(event.turn, observation, prompt=event.prompt if event.turn else None)
        heard = [*self._unclaimed, *self.turns[self._first :]]
        turn = next((turn for turn in heard if event.script_turn in turn.asked_as), None)
        turn = turn or self._asks_first(_prompts(event))
        if turn is not None and turn.asked_late and self._runs_alike(turn):
            turn = self.running
        if turn is None and self.running is None and not self._unclaimed:
            turn = self._turn(None, observation)
        if turn is None:
            turn = LiveTurn(turn=None, at=observation.at)
            self._unclaimed.append(turn)
        turn.asked_as.add(event.script_turn)
        return turn

    def _asks_first(self, prompts: tuple[str, ...]) -> LiveTurn | None:
        """The turn whose first request has these prompts: one that runs, or that an interrupt ended."""
        silent = [turn for turn in self.turns[self._first :] if not turn.asked_as]
        alike = [turn for turn in silent if not turn.prompts or turn.prompts[0] in prompts]
        runs = next((turn for turn in alike if turn.is_running), None)
        if runs is None and self.running in silent and prompts[0] not in self.queued:
            runs = self.running
        cancelled = (turn for turn in alike if turn.end is not None and turn.end.stop_reason == "cancelled")
        late = None if runs else next(cancelled, None)
        if late is not None:
            late.asked_late = True
        return runs or late

    def _runs_alike(self, turn: LiveTurn) -> bool:
        """Whether another turn with the same prompt runs: one that was interrupted asks no more."""
        running = self.running
        return running is not None and running is not turn and running.prompts[:1] == turn.prompts[:1] != ()

    def _claim(self, prompt: str | None, *, by: LiveTurn) -> None:
        """Requests that were heard before their turn are its own: the first, where its prompt is unknown."""
        if by.asked_as or not by.is_running:
            return
        mine = next((turn for turn in self._unclaimed if prompt in (None, *turn.prompts)), None)
        if mine is not None:
            place = self._unclaimed.index(mine)
            # Turns ask in their order: what asked before this one and is over was none.
            earlier = [turn for turn in self._unclaimed[:place] if turn.requests]
            self._unclaimed = [*earlier, *self._unclaimed[place + 1 :]]
            by.absorb(mine)
            return
        late = (turn for turn in self.turns if turn.asked_late and turn.requests and prompt in turn.prompts)
        other = next(late, None)
        if other is not None:
            # It may be this one's: the interrupted turn has the same prompt, and was heard of before.
            by.requests |= other.requests

    def _request_closed(self, event: RequestClosed, observation: Observation) -> None:
        key = (event.pid, event.request_id)
        self._heard.add(key)
        for turn in (*self._unclaimed, *reversed(self.turns)):
            if key in turn.requests:
                turn.requests.remove(key)
                turn.calls_outstanding = event.has_calls
                self._advance(turn, observation)

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
        if is_new and turn.can_ask and event.call.id not in turn.settled:
            self._withdrawn.discard(event.call.id)
            self._dialogs[event.call.id] = event
        turn.asked[event.call.id] = event

    def _permission_settled(self, event: PermissionSettled, observation: Observation) -> None:
        settled = (self._asked_in(event) or self._turn(event.turn, observation)).settled
        # Who answered knows; the record tells only what came of it, and may be there first.
        if observation.source == "session" or event.call not in settled:
            settled[event.call] = event
        self.dialog_answered(event.call)

    def _asked_in(self, event: PermissionSettled) -> LiveTurn | None:
        """The turn of the dialog where the answer names none: it may be over before that is told."""
        if event.turn is not None:
            return None
        return next((turn for turn in reversed(self.turns) if event.call in turn.asked), None)

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
        if turn is None:
            return
        turn.end_told_by.add(observation.source)
        if turn.end is not None:
            return
        turn.end = event
        turn.ended_by = observation.source
        self._close_dialogs(turn)
        self._unqueue_untold(turn, by=turn.record_ended_by)
        self._advance(turn, observation)

    def _record_ended(self, event: RecordEnded, observation: Observation) -> None:
        turn = self._known(event.turn) or next(
            (turn for turn in reversed(self.turns) if turn.phase is Phase.ENDED), None
        )
        if turn is not None:
            turn.record_ended_by = observation.source
            self._unqueue_untold(turn, by=observation.source)
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

    def _unqueue_untold(self, turn: LiveTurn, *, by: Source | None) -> None:
        """What was given back leaves the queue of a record that ends, and does not tell of it."""
        if turn.end is not None and by is not None and by not in turn.end_told_by:
            self._unqueue(turn.end.unsent, source=by)


def _prompts(event: RequestOpened) -> tuple[str, ...]:
    return event.prompts or (event.prompt,)


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
