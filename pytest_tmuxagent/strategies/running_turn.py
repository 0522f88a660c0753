"""One turn of an agent in truth, from its prompt to its end, and what is told of it meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from pytest_tmuxagent.events import (
    Activity,
    ActivityReported,
    Call,
    CallReturned,
    Decision,
    Event,
    MessageSaid,
    PermissionAsked,
    PermissionSettled,
    PromptAccepted,
    PromptQueued,
    PromptsWithdrawn,
    RecordEnded,
    RequestClosed,
    RequestOpened,
    Source,
    TurnEnded,
    TurnsJoined,
)
from pytest_tmuxagent.strategies.draws import Draws, one_of, sometimes
from pytest_tmuxagent.strategies.interleaving import Habits, TrueTurn
from pytest_tmuxagent.strategies.telling import Mark, Telling
from pytest_tmuxagent.turn import StopReason, Usage

_REASONS: tuple[StopReason, ...] = ("end_turn", "end_turn", "refusal", "max_tokens", "failed")
_DECISIONS: tuple[Decision, ...] = ("allow", "allow_always")


class _Interrupted(Exception):
    """The person at the terminal interrupts the turn."""


class Died(Exception):
    """The process ends."""


class TurnAtWork:
    """A turn while it runs."""

    def __init__(self, place: int, *, name: str, prompts: Sequence[str]) -> None:
        self.place = place
        self.name = name
        self.prompts = list(prompts)
        self.messages: list[MessageSaid] = []
        self.results: list[CallReturned] = []
        self.asked: list[str] = []
        self.decisions: dict[str, Decision] = {}
        self.stop_reason: StopReason | None = None
        self.unsent: tuple[str, ...] = ()
        self.has_whole_record = True
        self.accepted: list[Mark] = []
        self.ended: list[Mark] = []

    @property
    def truth(self) -> TrueTurn:
        return TrueTurn(
            name=self.name,
            prompts=tuple(self.prompts),
            stop_reason=self.stop_reason,
            messages=tuple(self.messages),
            results=tuple(self.results),
            asked=tuple(self.asked),
            decisions=tuple(self.decisions.items()),
            unsent=self.unsent,
            has_whole_record=self.has_whole_record,
        )


class Surroundings(Protocol):
    """The process in which a turn runs."""

    @property
    def pid(self) -> int:
        """Its number."""

    @property
    def queue(self) -> tuple[str, ...]:
        """The prompts that wait for their turn."""

    def name(self) -> str:
        """Give a new name for a turn."""

    def number(self) -> int:
        """Give a new number for anything."""

    def dies(self) -> bool:
        """Whether it dies at this moment."""

    def asked(self, mark: Mark, /) -> None:
        """Take note of a model request."""

    def enqueue(self) -> str:
        """Let a person queue a prompt."""

    def dequeue(self) -> str:
        """Take the first prompt off the queue."""

    def empty_queue(self) -> tuple[str, ...]:
        """Take all off the queue."""

    def join_queued(self) -> None:
        """Let all that are queued open the next turn together."""


class RunningTurn:
    """One turn as it goes on."""

    def __init__(
        self, turn: TurnAtWork, *, process: Surroundings, telling: Telling, draws: Draws, habits: Habits
    ) -> None:
        self._turn = turn
        self._process = process
        self._telling = telling
        self._draws = draws
        self._habits = habits
        self._record: Source = "transcript" if habits.keeps_record else "screen"
        self._open: RequestOpened | None = None
        self._is_ended_early = False

    def run(self) -> None:
        """Go on until it is over.

        Raises:
            Died: with the process.
        """
        try:
            if self._habits.gives_prompts_back and len(self._turn.prompts) == 1 and self._chance(8):
                return self._give_the_prompt_back()
            self._begin()
            self._work()
        except _Interrupted:
            return self._cancel()
        return None

    def _work(self) -> None:
        for _ in range(self._draws.whole(1, 3)):
            self._ask_model()
            calls = self._answer()
            if not calls:
                break
            self._end_early()
            for call in calls:
                self._use(call)
            self._let_queued_join()
        else:
            self._ask_model()
            self._say("done", calls=())
            self._close(delivered=True)
        self._end("end_turn" if self._is_ended_early else one_of(self._draws, _REASONS))

    def _end_early(self) -> None:
        """A hook tells of an end that is none, for what the tools give is still to be sent."""
        if "end" in self._habits.hooks and self._chance(5):
            self._is_ended_early = True
            self._heard_by_wire()
            self._tell("hook", TurnEnded(stop_reason="end_turn", turn=self._turn.name))

    # -- the beginning -----------------------------------------------------------------------------

    def _begin(self) -> None:
        turn, queued = self._turn, len(self._turn.prompts) > 1
        aliases = [turn.name, *(self._process.name() for _ in turn.prompts[1:])]
        for prompt, alias in zip(turn.prompts, aliases, strict=True):
            if "prompt" in self._habits.hooks and not self._chance(5):
                mark = self._tell("hook", PromptAccepted(prompt=prompt, turn=alias))
                turn.accepted.append(mark)
        for prompt, alias in zip(turn.prompts, aliases, strict=True):
            if queued and alias != turn.name and "prompt" in self._habits.hooks:
                self._tell("transcript", TurnsJoined(turn=alias, into=turn.name))
            self._accept(prompt)
        self._do("busy")

    def _accept(self, prompt: str) -> None:
        named = self._turn.name if self._habits.keeps_record else None
        self._turn.accepted.append(self._tell(self._record, PromptAccepted(prompt=prompt, turn=named)))

    # -- the model ---------------------------------------------------------------------------------

    def _ask_model(self) -> None:
        self._open_request()
        while self._chance(8):  # it fails, and the agent asks again
            self._heard_by_wire()
            self._close(delivered=False)
            self._open_request()
        self._meanwhile()
        self._heard_by_wire()

    def _open_request(self) -> None:
        turn = self._turn
        self._open = RequestOpened(
            request_id=f"r{self._process.number()}",
            prompt=turn.prompts[0],
            prompts=tuple(turn.prompts),
            turn=turn.name if self._habits.names_requests else None,
            pid=self._process.pid,
            script_turn=f"s:{turn.name}",
        )
        self._process.asked(self._tell("wire", self._open))

    def _heard_by_wire(self) -> None:
        """Its answer was given by whoever heard the request."""
        self._telling.after(self._telling.here("wire"))

    def _answer(self) -> tuple[Call, ...]:
        number = self._draws.whole(0, 2) if self._chance(40) else 0
        calls = tuple(Call(id=f"c{self._process.number()}", name="shell") for _ in range(number))
        self._say("said", calls=calls)
        self._close(delivered=True, has_calls=bool(calls))
        return calls

    def _say(self, text: str, *, calls: tuple[Call, ...]) -> None:
        if not self._habits.keeps_record:
            return
        said = MessageSaid(
            text=f"{text} {len(self._turn.messages)}",
            calls=calls,
            usage=Usage(output_tokens=1),
            turn=self._turn.name,
            id=f"m{self._process.number()}",
        )
        if self._chance(20):  # It is written down piece by piece.
            self._tell("transcript", replace(said, calls=()))
            self._turn.messages.append(replace(said, text=f"{said.text}\nmore"))
            said = replace(said, text="more")
        else:
            self._turn.messages.append(said)
        self._tell("transcript", said)

    def _close(self, *, delivered: bool, has_calls: bool = False) -> None:
        opened, self._open = self._open, None
        if opened is None:
            return
        closed = RequestClosed(
            request_id=opened.request_id, has_calls=has_calls, delivered=delivered, pid=opened.pid
        )
        self._tell("wire", closed)
        if not self._habits.is_ours and self._chance(5):
            self._tell("wire", opened)  # To whoever began to listen in its midst.

    # -- what happens meanwhile --------------------------------------------------------------------

    def _meanwhile(self) -> None:
        if self._is_ended_early:
            return
        if self._process.dies():
            raise Died
        if self._habits.has_queue and self._chance(12):
            self._queue_one()
        if self._chance(10):
            raise _Interrupted

    def _queue_one(self) -> None:
        self._person_sees_it_run()
        prompt = self._process.enqueue()
        if self._habits.shows_queue:
            self._person_sees(self._tell("screen", PromptQueued(prompt=prompt)))
            return
        self._person_sees(self._tell("transcript", PromptQueued(prompt=prompt)))
        if self._chance(10):
            taken = self._process.empty_queue()
            self._tell("transcript", PromptsWithdrawn(prompts=taken))

    def _let_queued_join(self) -> None:
        """Between two requests a queued prompt may become a part of the running turn."""
        if self._process.queue and self._chance(30):
            prompt = self._process.dequeue()
            self._turn.prompts.append(prompt)
            self._accept(prompt)

    # -- tools -------------------------------------------------------------------------------------

    def _use(self, call: Call) -> None:
        decision: Decision | None = None
        if self._habits.keeps_record and not self._is_ended_early and self._chance(30):
            decision = self._permit(call)
        if not self._is_ended_early and self._process.dies():
            raise Died
        self._return(call, is_error=decision == "deny")
        if decision is not None and decision != "deny":
            inferred = PermissionSettled(call=call.id, decision="allow", turn=self._turn.name)
            self._tell("transcript", inferred)
        if decision == "deny":
            raise _Interrupted

    def _permit(self, call: Call) -> Decision:
        asked = PermissionAsked(call=call, turn=self._turn.name)
        marks = [self._tell(source, asked) for source in self._asking]
        self._turn.asked.append(call.id)
        self._do("waiting")
        if self._asking == ("hook",) and self._chance(10):
            raise _Interrupted  # Before it was seen.
        self._person_sees(one_of(self._draws, marks))
        if self._asking == ("screen",):
            self._telling.after(marks[0])  # It is seen in time, or nobody ever tells of it.
        if self._chance(10):
            raise _Interrupted
        decision: Decision = "deny" if self._chance(30) else one_of(self._draws, _DECISIONS)
        settled = PermissionSettled(call=call.id, decision=decision, turn=self._turn.name)
        # Of an agent of others nobody but its record tells how it was answered.
        told = settled if self._habits.is_ours or decision == "deny" else replace(settled, decision="allow")
        self._tell("session" if self._habits.is_ours else "transcript", told)
        self._turn.decisions[call.id] = told.decision
        self._do("busy")
        return decision

    @property
    def _asking(self) -> tuple[Source, ...]:
        if "permission" not in self._habits.hooks:
            return ("screen",)
        return ("hook", "transcript") if "cancelled" in self._habits.hooks else ("hook",)

    def _return(self, call: Call, *, is_error: bool) -> None:
        if self._habits.keeps_record:
            result = CallReturned(call=call.id, output="out", is_error=is_error, turn=self._turn.name)
            self._turn.results.append(result)
            self._tell("transcript", result)

    # -- the end -----------------------------------------------------------------------------------

    def _give_the_prompt_back(self) -> None:
        """An interrupt before the first word: the prompt is in the box again, and the agent idle."""
        for source in ("transcript", "wire"):  # The screen is looked at where this turn seems to run.
            self._telling.after(self._telling.here(source))
        is_nameless = not self._habits.hooks and self._chance(30)
        if not is_nameless:
            self._begin()
            self._telling.after(one_of(self._draws, self._turn.accepted))
        self._open_request()
        self._heard_by_wire()
        self._close(delivered=False)
        self._turn.stop_reason, self._turn.unsent = "cancelled", tuple(self._turn.prompts)
        self._do("idle")
        self._telling.after(self._telling.here("status"))
        named = None if is_nameless else self._turn.name
        ended = TurnEnded(stop_reason="cancelled", unsent=self._turn.unsent, turn=named)
        self._turn.ended.append(self._tell("screen", ended, RecordEnded(turn=named)))
        self._telling.after(self._telling.here("screen"))
        if is_nameless:  # Its record is late.
            self._begin()

    def _cancel(self) -> None:
        """The person interrupts it, and sees that it runs."""
        self._person_sees_it_run()
        if self._habits.gives_queue_back:
            self._turn.unsent = self._process.empty_queue()
        else:
            self._process.join_queued()
        is_late = self._open is not None and self._chance(30)
        if not is_late:
            self._close(delivered=False)
        self._end("cancelled")
        if self._process.dies():
            raise Died
        self._close(delivered=False)

    def _end(self, reason: StopReason) -> None:
        turn = self._turn
        turn.stop_reason = reason
        named = turn.name if self._habits.keeps_record else None
        unsent = () if self._habits.shows_queue else turn.unsent
        ended = TurnEnded(stop_reason=reason, unsent=unsent, turn=named)
        hook = "cancelled" if reason == "cancelled" else "end"
        is_hooked = hook in self._habits.hooks and not self._chance(10)
        if is_hooked:
            turn.ended.append(self._tell("hook", ended))
        if not (is_hooked and self._chance(10)):
            turn.ended.append(self._tell(self._record, ended))
        if self._habits.keeps_record:
            self._end_record()
        if not self._process.queue:
            self._do("idle")

    def _end_record(self) -> None:
        if self._chance(5):
            self._turn.has_whole_record = False
        else:
            self._tell("transcript", RecordEnded(turn=self._turn.name))

    # -- telling -----------------------------------------------------------------------------------

    def _do(self, activity: Activity) -> None:
        """The agent says what it does: on its status file, which may be written over before it is read."""
        if self._habits.keeps_record and not self._chance(20):
            self._tell("status", ActivityReported(activity=activity))

    def _person_sees_it_run(self) -> None:
        self._person_sees(one_of(self._draws, self._turn.accepted))

    def _person_sees(self, mark: Mark) -> None:
        if self._habits.is_ours:
            self._telling.after(mark)

    def _tell(self, source: Source, *events: Event) -> Mark:
        # Which call a dialog is about is known of the record.
        is_read = source == "screen" and isinstance(events[0], PermissionAsked)
        read_from: Source | None = "transcript" if is_read else None
        return self._telling.tell(source, *events, of=self._turn.place, read_from=read_from)

    def _chance(self, percent: int) -> bool:
        return sometimes(self._draws, percent=percent)
