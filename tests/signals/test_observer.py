"""What the observer takes in before whoever waits for the agent is asked."""

from __future__ import annotations

import pytest

from pytest_tmuxagent.events import PromptAccepted, RecordEnded, RequestOpened, TurnEnded
from pytest_tmuxagent.signals.observer import Observer
from pytest_tmuxagent.turn import StopReason
from pytest_tmuxagent.turns import TurnMachine

ASKED = RequestOpened(request_id="r1", prompt="hi", turn="t1", pid=7)


def observe(stop_reason: StopReason) -> list[object]:
    """Let a turn end whose request is still at the door; give what is known once all is taken in."""
    observer = Observer(machine=TurnMachine(keeps_record=True), hear_out=lambda: observer.wire(ASKED, 2.0))
    observer.report(PromptAccepted(prompt="hi", turn="t1"), source="hook")
    observer.report(TurnEnded(stop_reason=stop_reason, turn="t1"), source="transcript")
    observer.report(RecordEnded(turn="t1"), source="transcript")
    observer.absorb()
    return [observation.event for observation in observer.observations]


def test_what_an_interrupted_turn_has_asked_for_is_known_once_its_end_is_taken_in() -> None:
    assert ASKED in observe("cancelled")


@pytest.mark.parametrize("stop_reason", ["end_turn", "failed", "max_tokens"])
def test_the_doors_are_not_heard_out_for_a_turn_that_has_its_answer(stop_reason: StopReason) -> None:
    assert ASKED not in observe(stop_reason)
