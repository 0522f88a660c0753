"""A turn that was given up without a word."""

from __future__ import annotations

from time import monotonic

import pytest

from pytest_tmuxagent.events import (
    ActivityReported,
    Event,
    Observation,
    PromptAccepted,
    RecordEnded,
    TurnEnded,
)
from pytest_tmuxagent.signals.given_back import GivenBack
from pytest_tmuxagent.turns import TurnMachine

PROMPT = "first line\nsecond line, which is longer"
ENDED = [TurnEnded(stop_reason="cancelled", unsent=(PROMPT,), turn="t1"), RecordEnded(turn="t1")]


def machine(*events: Event, at: float | None = None, prompt: str = PROMPT) -> TurnMachine:
    fed = TurnMachine(keeps_record=True)
    for event in (PromptAccepted(prompt=prompt, turn="t1"), *events):
        fed.observe(Observation(event=event, at=monotonic() if at is None else at, source="status"))
    return fed


def look(fed: TurnMachine, *, box: str | None) -> list[Event]:
    return GivenBack(fed, box=lambda: box).look()


IDLE = ActivityReported(activity="idle")


@pytest.mark.parametrize(
    "box", [PROMPT, "first line\nsecond line,\nwhich is longer", "[Pasted text #2 +60 lines]", "is longer"]
)
def test_a_prompt_in_the_box_of_an_idle_agent_was_given_back(box: str) -> None:
    assert look(machine(IDLE), box=box) == ENDED


def test_what_a_terminal_does_not_draw_is_not_missed_in_the_box() -> None:
    """Found by a machine: the end of such a turn was told two seconds late."""
    given_back = GivenBack(machine(IDLE, prompt="re\u0301\u200bsume\U000e0001"), box=lambda: "re\u0301sume")
    assert [event for event in given_back.look() if isinstance(event, TurnEnded)]
    unseen = GivenBack(machine(IDLE, prompt="\u200b"), box=lambda: "something else")
    assert unseen.look() == []


@pytest.mark.parametrize("box", ["", "something else", None])
def test_an_idle_agent_alone_tells_nothing_yet(box: str | None) -> None:
    assert look(machine(IDLE), box=box) == []


def test_a_prompt_in_the_box_of_a_busy_agent_is_another_one() -> None:
    assert look(machine(IDLE, ActivityReported(activity="busy")), box=PROMPT) == []


def test_an_end_that_was_told_stays() -> None:
    fed = machine(IDLE, TurnEnded(stop_reason="end_turn", turn="t1"))
    assert look(fed, box=PROMPT) == []


def test_a_turn_of_an_agent_that_stays_idle_in_silence_was_given_up() -> None:
    assert look(machine(IDLE, at=monotonic() - 60), box="") == [
        TurnEnded(stop_reason="cancelled", turn="t1"),
        RecordEnded(turn="t1"),
    ]
