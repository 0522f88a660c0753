"""The turn machine under any order of signals: each turn ends once, in time, as it did in truth."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest
from hypothesis import given

from pytest_tmuxagent import live_turn, turns
from pytest_tmuxagent.strategies.events import agent_events
from pytest_tmuxagent.strategies.interleaving import Interleaving
from tests.interleavings import Heard, run, stories

SOURCES = (Path(turns.__file__), Path(live_turn.__file__))


def test_no_interleaving_of_two_thousand_ends_a_turn_early_or_never() -> None:
    report = run(2000, seed=1)
    for kind in ("false completion", "hang", "stop reason"):
        assert f"{kind}: 0" in report.splitlines(), report


@given(agent_events())
def test_whatever_the_order_of_signals_the_machine_finds_the_truth(story: Interleaving) -> None:
    assert Heard(story).wrong == [], str(story)


@given(agent_events())
def test_each_source_of_an_interleaving_tells_in_the_order_of_time(story: Interleaving) -> None:
    times = [seen.at for seen in story.observations]
    assert all(before < after for before, after in pairwise(times))


MUTANTS = {
    "an open request vetoes nothing": ("        if self.requests:\n", "        if False:\n"),
    "outstanding calls veto nothing": ("if self.calls_outstanding and self.end", "if False and self.end"),
    "outstanding calls veto every end": ('.end is not None and self.end.stop_reason == "end_turn":', ".end:"),
    "the second end counts": ("        if turn.end is not None:\n            return", ""),
    "what is accepted stays in the queue": ("self._unqueue((event.prompt,),", "self._unqueue((),"),
    "what is given back stays in the queue": ("self._unqueue(event.unsent,", "self._unqueue((),"),
    "what any source accepts leaves the queue": (
        'for entry in ((prompt, source), (prompt, "screen")):',
        "for entry in tuple((prompt, by) for _, by in self._queue):",
    ),
    "no record is waited for": ("is_whole = turn", "is_whole = True or turn"),
    "the record ends a turn": (
        "turn.record_ended_by = observation.source",
        "turn.record_ended_by, turn.end = observation.source, TurnEnded(stop_reason='end_turn')",
    ),
    "a lost link leaves its requests open": ("self._close_all_requests(lambda pid: pid == event.pid)", "()"),
    "a late request opens a turn": (
        "(turn for turn in alike if turn.end",
        "(turn for turn in () if turn.end",
    ),
    "a request without a name is the running turn's": (
        "        heard = [*self._unclaimed",
        "        return self._turn(None, observation)\n        heard = [*self._unclaimed",
    ),
    "a new name is the running turn's": ("if prompt in (turn.prompts or (prompt,))", "if turn.is_running"),
    "joined turns stay two": ("        self.turns.remove(absorbed)\n", ""),
    "a dialog outlives its answer": (
        "settled[event.call] = event\n        self.dialog_answered(event.call)",
        "settled[event.call] = event",
    ),
    "a dialog outlives its turn": ("for call in turn.asked:", "for call in ():"),
    "a dialog that is told late stands": ("if is_new and turn.can_ask and", "if is_new and"),
    "a dialog of a turn that ends stands": ("turn.can_ask", "turn.is_running"),
    "the record knows best who answered": (
        'if observation.source == "session" or event.call not in settled:',
        "if True:",
    ),
    "a restart keeps the queue": (
        "        self._queue.clear()\n        self._first =",
        "        self._first =",
    ),
    "a restart leaves turns running": ("turn.phase = Phase.LOST", "pass"),
    "a request that was answered is opened again": ("if key in self._heard:", "if False:"),
    "pieces of an answer are answers": (
        "if message.id is not None and known.id ==",
        "if False and known.id ==",
    ),
    "each request adds its prompts": ("turn.replace_prompts(_prompts(", "turn.add_prompts(_prompts("),
    "a request that comes late is not waited for": ("and not turn.requests and is_whole", "and is_whole"),
}


def mutant(old: str, new: str) -> ModuleType:
    """Give the module of the machine with a bug planted in it, or in its turns."""
    sources = {path: path.read_text("utf-8") for path in SOURCES}
    found = sum(source.count(old) for source in sources.values())
    assert found == 1, f"{old!r} stands {found} times in {' and '.join(path.name for path in SOURCES)}"
    machine, turn = (_module(path, source.replace(old, new)) for path, source in sources.items())
    turn.__dict__["Phase"] = live_turn.Phase
    machine.__dict__["LiveTurn"] = turn.LiveTurn
    return machine


def _module(path: Path, source: str) -> ModuleType:
    module = ModuleType(f"pytest_tmuxagent.mutant_{path.stem}")
    exec(compile(source, str(path), "exec"), module.__dict__)
    return module


@pytest.mark.parametrize("bug", MUTANTS)
def test_a_bug_in_the_machine_is_found(bug: str) -> None:
    module = mutant(*MUTANTS[bug])

    def make(keeps_record: bool) -> turns.TurnMachine:  # noqa: FBT001
        return cast("turns.TurnMachine", module.TurnMachine(keeps_record=keeps_record))

    assert any(Heard(story, make=make).wrong for story in stories(6000, seed=1)), "it was not found"
