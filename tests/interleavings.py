"""Feeds turn machines with interleavings, and tells what they made of them that is not true.

`python -m tests.interleavings [NUMBER] [--seed N]` runs NUMBER of them, from a seed on.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from time import perf_counter

from pytest_tmuxagent.events import (
    LinkClosed,
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
    TurnEnded,
)
from pytest_tmuxagent.live_turn import LiveTurn, Phase
from pytest_tmuxagent.strategies.agent_story import interleaving
from pytest_tmuxagent.strategies.draws import Seeded
from pytest_tmuxagent.strategies.interleaving import Interleaving, Told, TrueTurn
from pytest_tmuxagent.turns import TurnMachine

Make = Callable[[bool], TurnMachine]
_ORDER = (Phase.OPEN, Phase.ENDING, Phase.ENDED, Phase.COMPLETE)
_SHOWN = 3


def turn_machine(keeps_record: bool) -> TurnMachine:  # noqa: FBT001 - the machine's own word
    """Make the machine as it is."""
    return TurnMachine(keeps_record=keeps_record)


class Heard:
    """A machine that has heard all of an interleaving, and what was wrong, by kind."""

    def __init__(self, story: Interleaving, *, make: Make = turn_machine) -> None:
        self.story = story
        self.wrong: list[tuple[str, str]] = []
        self._machine = make(story.truth.keeps_record)
        self._completed: dict[LiveTurn, tuple[object, int]] = {}
        self._phases: dict[LiveTurn, Phase] = {}
        self._ends: dict[LiveTurn, object] = {}
        self._open: dict[int, int] = {}
        self._outstanding: set[int] = set()
        self._answered: set[str] = set()
        self._asked: dict[str, str | None] = {}
        self._queued: Counter[str] = Counter()
        self._ended_by_record: set[int | None] = set()
        self._left = Counter(told.of for told in story.told)
        self._hear()
        self._judge()

    def _hear(self) -> None:
        for told in self.story.told:
            if told.observation is None:
                self._machine.restarted()
                self._queued.clear()
                self._asked.clear()
                continue
            self._machine.observe(told.observation)
            self._count(told)
            self._look()
            self._is_in_time(told)
            self._look_at_dialog(told.observation)
            self._look_at_queue(told.observation, told.of)

    def _look_at_dialog(self, seen: Observation) -> None:
        """A dialog stands from when it is told until it is answered, or its turn is over."""
        match seen.event:
            case PermissionAsked(call=call, turn=turn) if not self._is_over(turn):
                self._asked.setdefault(call.id, turn)
            case PermissionSettled(call=call_id):
                self._asked[call_id] = None
            case TurnEnded() | ProcessExited():
                over = [call for call, turn in self._asked.items() if self._is_over(turn)]
                self._asked.update(dict.fromkeys(over))
        standing = next((call for call, turn in self._asked.items() if turn is not None), None)
        found = self._machine.dialog
        if (None if found is None else found.call.id) != standing:
            self._say("dialog", f"{found}, in truth {standing}, after {seen.event}")

    def _is_over(self, name: str | None) -> bool:
        gone = self._machine.state == "exited"
        return gone or any(turn.id == name and turn.end is not None for turn in self._machine.turns)

    def _look_at_queue(self, seen: Observation, of: int | None) -> None:
        """A prompt is queued until whoever told so tells that it left the queue."""
        if isinstance(seen.event, TurnEnded) and seen.source == "transcript":
            self._ended_by_record.add(of)
        if seen.source != "transcript" or self._machine.state == "exited":
            return
        match seen.event:
            case PromptQueued(prompt=prompt):
                self._queued[prompt] += 1
            case PromptAccepted(prompt=prompt):
                self._queued[prompt] = max(0, self._queued[prompt] - 1)
            case PromptsWithdrawn(prompts=prompts) | TurnEnded(unsent=prompts):
                self._queued.subtract(prompts)
            case RecordEnded() if of is not None and of not in self._ended_by_record:
                self._queued.subtract(self.story.truth.turns[of].unsent)
        missing = self._queued - Counter(self._machine.queued)
        if missing and not isinstance(seen.event, (TurnEnded, RecordEnded)):
            self._say("queue", f"{dict(missing)} left it untold, after {seen.event}")

    def _count(self, told: Told) -> None:
        """Keep account of the requests that are open in truth."""
        if told.observation is None or told.of is None:
            return
        bit = 1
        if isinstance(told.observation.event, RequestOpened):
            if told.observation.event.request_id in self._answered:
                return
            self._outstanding.discard(told.of)
            self._open[told.of] = self._open.get(told.of, 0) | bit << _number(told.observation.event)
        elif isinstance(told.observation.event, RequestClosed):
            self._open[told.of] = self._open.get(told.of, 0) & ~(bit << _number(told.observation.event))
            self._outstanding |= {told.of} if told.observation.event.has_calls else set()
            self._answered.add(told.observation.event.request_id)
        elif isinstance(told.observation.event, LinkClosed):
            self._open.clear()

    def _look(self) -> None:
        for place, turn in enumerate(self._machine.turns):
            before = self._phases.get(turn)
            if before is turn.phase:
                continue
            self._phases[turn] = turn.phase
            if before in _ORDER and turn.phase in _ORDER and _ORDER.index(before) > _ORDER.index(turn.phase):
                self._say("went back", f"turn {place} went from {before} to {turn.phase}")
            is_at_work = self._open.get(place) or self._is_called_back(turn, place)
            if is_at_work and turn.phase in (Phase.ENDED, Phase.COMPLETE):
                self._say("false completion", f"turn {place} has ended with a request open, or to come")
            if turn.phase is Phase.COMPLETE:
                self._completed[turn] = (_content(turn), place)

    def _is_called_back(self, turn: LiveTurn, place: int) -> bool:
        """Whether what its tools give is still to be sent."""
        return place in self._outstanding and turn.end is not None and turn.end.stop_reason == "end_turn"

    def _is_in_time(self, told: Told) -> None:
        """Once all was told of a turn it is complete, whatever is still to come of others."""
        self._left[told.of] -= 1
        if told.of is None or self._left[told.of]:
            return
        true = self.story.truth.turns[told.of]
        if true.stop_reason is None or not (true.has_whole_record or not self.story.truth.keeps_record):
            return
        turns = self._machine.turns
        if told.of >= len(turns) or turns[told.of].phase is not Phase.COMPLETE:
            phase = turns[told.of].phase if told.of < len(turns) else None
            self._say("hang", f"all of turn {told.of} was told, and it is {phase}")

    def _judge(self) -> None:
        machine, truth = self._machine, self.story.truth
        for turn in machine.turns:
            machine.complete_without_record(turn, at=0.0)
        if len(machine.turns) != len(truth.turns):
            self._say("turns", f"{len(machine.turns)} turns, and in truth {len(truth.turns)}")
            return
        for live, true in zip(machine.turns, truth.turns, strict=True):
            self._compare(live, true)
        if truth.exited:
            if machine.state != "exited":
                self._say("state", machine.state)
        elif (machine.state, machine.queued, machine.dialog) != ("idle", (), None):
            self._say("hang", f"{machine.state}, queued {machine.queued}, dialog {machine.dialog}")

    def _compare(self, live: LiveTurn, true: TrueTurn) -> None:
        if true.stop_reason is None:
            if not live.is_running and live.phase is not Phase.LOST:
                self._say("false completion", f"{true.name} never ended, and is {live.phase}")
            return
        if live.phase is not Phase.COMPLETE or live.end is None:
            self._say("hang", f"{true.name} is {live.phase}")
            return
        if live.end.stop_reason != true.stop_reason:
            self._say("stop reason", f"{true.name}: {live.end.stop_reason}, in truth {true.stop_reason}")
        content, _ = self._completed.get(live, (None, 0))
        if content is not None and content != _content(live):
            self._say("false completion", f"{true.name} was {content}, and is {_content(live)}")
        told, is_so = _told(live), _true(true)
        if self.story.truth.exited:  # What it gave back when it died nobody sees.
            told["unsent"] = is_so["unsent"]
        for what in told:
            if told[what] != is_so[what]:
                self._say(what, f"{true.name}: {told[what]}, in truth {is_so[what]}")

    def _say(self, kind: str, what: str) -> None:
        self.wrong.append((kind, what))


def _number(event: RequestOpened | RequestClosed) -> int:
    return int(event.request_id[1:])


def _content(turn: LiveTurn) -> object:
    """What a turn is returned with."""
    end = turn.end
    return (
        turn.prompts,
        tuple(turn.messages),
        tuple(turn.results.items()),
        end and (end.stop_reason, end.unsent),
    )


def _told(turn: LiveTurn) -> dict[str, object]:
    return {
        "prompts": turn.prompts,
        "messages": tuple(turn.messages),
        "results": tuple(turn.results.values()),
        "asked": tuple(turn.asked),
        "decisions": {call: settled.decision for call, settled in turn.settled.items()},
        "unsent": turn.end.unsent if turn.end else (),
    }


def _true(turn: TrueTurn) -> dict[str, object]:
    return {
        "prompts": turn.prompts,
        "messages": turn.messages,
        "results": turn.results,
        "asked": turn.asked,
        "decisions": dict(turn.decisions),
        "unsent": turn.unsent,
    }


def stories(number: int, *, seed: int) -> Iterator[Interleaving]:
    """Make so many of them up, each from a seed of its own."""
    return (interleaving(Seeded(seed + index)) for index in range(number))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.interleavings", description=__doc__)
    parser.add_argument("number", nargs="?", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    sys.stdout.write(run(given.number, seed=given.seed) + "\n")
    return 0


def run(number: int, *, seed: int = 0, make: Make = turn_machine) -> str:
    """Feed so many; tell how many there were, and how many of them went wrong in which way."""
    began = perf_counter()
    turns = observations = 0
    wrong: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for index, story in enumerate(stories(number, seed=seed)):
        turns += len(story.truth.turns)
        observations += len(story.told)
        kinds = dict(Heard(story, make=make).wrong)
        wrong.update(kinds.keys())
        for kind, what in kinds.items():
            told = f"{kind}, seed {seed + index}: {what}\n{story}"
            shown[kind] = min(shown.get(kind, told), told, key=len)
    seconds = perf_counter() - began
    counted = f"interleavings: {number}, turns: {turns}, observations: {observations}"
    lines = [
        f"{counted}, in {seconds:.1f} s: {number / seconds:.0f} a second",
        *(f"{kind}: {wrong[kind]}" for kind in ("false completion", "hang", "stop reason")),
        *(f"{kind}: {times}" for kind, times in wrong.items() if kind not in _MAIN),
    ]
    return "\n".join([*lines, *list(shown.values())[:_SHOWN]])


_MAIN = ("false completion", "hang", "stop reason")


if __name__ == "__main__":
    sys.exit(main())
