"""A turn that was given up without a word."""

from __future__ import annotations

from collections.abc import Callable
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
    return GivenBack(fed, box=lambda: box, steady=0.0).look()


IDLE = ActivityReported(activity="idle")


@pytest.mark.parametrize(
    "box", [PROMPT, "first line\nsecond line,\nwhich is longer", "[Pasted text #2 +60 lines]", "is longer"]
)
def test_a_prompt_in_the_box_of_an_idle_agent_was_given_back(box: str) -> None:
    assert look(machine(IDLE), box=box) == ENDED


def test_what_a_terminal_does_not_draw_is_not_missed_in_the_box() -> None:
    """Found by a machine: the end of such a turn was told two seconds late."""
    given_back = GivenBack(
        machine(IDLE, prompt="re\u0301\u200bsume\U000e0001"), box=lambda: "re\u0301sume", steady=0.0
    )
    assert [event for event in given_back.look() if isinstance(event, TurnEnded)]
    unseen = GivenBack(machine(IDLE, prompt="\u200b"), box=lambda: "something else")
    assert unseen.look() == []


@pytest.mark.parametrize("box", ["", "something else", None])
def test_an_idle_agent_alone_tells_nothing_yet(box: str | None) -> None:
    assert look(machine(IDLE), box=box) == []


def test_a_prompt_in_the_box_of_a_busy_agent_is_another_one() -> None:
    assert look(machine(IDLE, ActivityReported(activity="busy")), box=PROMPT) == []


def test_what_the_test_has_typed_into_the_box_was_not_given_back() -> None:
    """Found by a machine: a letter of the prompt was typed, and the agent's end was told late."""
    given_back = GivenBack(machine(IDLE), box=lambda: "s", steady=0.0)
    given_back.drafted()
    assert given_back.look() == []


@pytest.mark.parametrize("begin", [GivenBack.cancelling, GivenBack.expect])
def test_what_comes_back_behind_a_draft_was_given_back(begin: Callable[[GivenBack], None]) -> None:
    given_back = GivenBack(machine(IDLE), box=lambda: PROMPT, steady=0.0)
    given_back.drafted()
    begin(given_back)
    assert given_back.look() == ENDED


def test_a_prompt_that_half_of_a_screen_shows_in_a_box_was_not_given_back() -> None:
    """Found by a machine: what was sent stood between two rules, while the agent drew itself anew."""
    boxes = iter([PROMPT, "", PROMPT])
    given_back = GivenBack(machine(IDLE), box=lambda: next(boxes), steady=3600.0)
    assert [given_back.look() for _ in range(3)] == [[], [], []]


def test_a_prompt_behind_a_draft_was_given_back_once_the_agent_stays_idle() -> None:
    given_back = GivenBack(machine(IDLE, at=monotonic() - 60), box=lambda: PROMPT)
    given_back.drafted()
    assert given_back.look() == ENDED


def test_an_end_that_was_told_stays() -> None:
    fed = machine(IDLE, TurnEnded(stop_reason="end_turn", turn="t1"))
    assert look(fed, box=PROMPT) == []


def test_a_turn_of_an_agent_that_stays_idle_in_silence_was_given_up() -> None:
    assert look(machine(IDLE, at=monotonic() - 60), box="") == [
        TurnEnded(stop_reason="cancelled", turn="t1"),
        RecordEnded(turn="t1"),
    ]
