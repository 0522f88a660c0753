"""What a turn is made of, where its sources do not tell all."""

from __future__ import annotations

import pytest

from pytest_tmuxagent.agents.claude.tools import ClaudeTools
from pytest_tmuxagent.assembly import assemble
from pytest_tmuxagent.events import Call, MessageSaid, TurnEnded
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.live_turn import LiveTurn
from pytest_tmuxagent.turn import FileChanges, StopReason, Turn

CALLING = MessageSaid(text="", calls=(Call(id="c", name="Bash", input={"command": "true"}),))


def ended(*messages: MessageSaid, text: str | None, stop_reason: StopReason = "end_turn") -> Turn:
    live = LiveTurn(turn="t", at=0.0)
    live.end = TurnEnded(stop_reason=stop_reason, text=text)
    for message in messages:
        live.add_message(message)
    return assemble(live, tools=ClaudeTools(), files=FileChanges(), screen=Screen())


def test_an_answer_that_was_told_and_never_recorded_is_the_text_of_the_turn() -> None:
    assert ended(CALLING, text="done").text == "done"


def test_an_answer_that_was_recorded_is_the_text_of_the_turn() -> None:
    assert ended(CALLING, MessageSaid(text="done"), text="do").text == "done"


@pytest.mark.parametrize("stop_reason", ["cancelled", "failed"])
def test_what_was_said_before_a_turn_was_stopped_is_its_text(stop_reason: StopReason) -> None:
    calling = MessageSaid(text="look", calls=CALLING.calls)
    assert ended(calling, text="stopped", stop_reason=stop_reason).text == "look"
