"""Reading the plain face: its screens, its records, its hooks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.agents.plain.screen import read_screen
from pytest_tmuxagent.agents.plain.transcript import read_hook, read_record
from pytest_tmuxagent.agents.profile import ScreenReading
from pytest_tmuxagent.events import (
    CallReturned,
    ErrorReported,
    MessageSaid,
    PermissionAsked,
    PromptAccepted,
    RecordEnded,
    TurnEnded,
    Unrecognised,
)
from pytest_tmuxagent.grid import Screen

CAPTURED = Path(__file__).parent.parent / "captured" / "plain" / "0.1.0"
READINGS: dict[str, dict[str, Any]] = json.loads((CAPTURED / "readings.json").read_text(encoding="utf-8"))

END = {"type": "end", "turn": "t1", "stop_reason": "failed", "error": "500 oh", "text": "", "unsent": ["x"]}


@pytest.mark.parametrize("name", READINGS)
def test_a_captured_screen_is_read_as_it_was(name: str) -> None:
    lines = (CAPTURED / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert read_screen(Screen(lines=tuple(lines))) == ScreenReading(**READINGS[name])


def test_the_end_of_a_turn_is_an_end_and_the_end_of_its_record() -> None:
    ended, record_ended = read_record(END)
    assert isinstance(ended, TurnEnded)
    assert (ended.stop_reason, str(ended.error), ended.unsent) == ("failed", "500 oh", ("x",))
    assert record_ended == RecordEnded(turn="t1")


def test_the_end_hook_says_nothing_of_the_record() -> None:
    assert [type(event) for event in read_hook({**END, "hook": "turn_ended"})] == [TurnEnded]


@pytest.mark.parametrize(
    ("record", "event"),
    [
        ({"type": "prompt", "turn": "t1", "text": "hi"}, PromptAccepted),
        ({"type": "message", "turn": "t1", "text": "", "calls": [], "usage": {}}, MessageSaid),
        ({"type": "result", "turn": "t1", "call": "c", "output": "", "is_error": False}, CallReturned),
        (
            {"type": "permission_requested", "turn": "t1", "call": "c", "name": "n", "input": {}},
            PermissionAsked,
        ),
        ({"type": "error", "turn": "t1", "status": 500, "message": "oh", "final": True}, ErrorReported),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_a_record_becomes_its_event(record: dict[str, Any], event: type) -> None:
    assert [type(found) for found in read_record(record)] == [event]


def test_an_error_that_is_retried_is_none_of_the_turn() -> None:
    assert read_record({"type": "error", "turn": "t1", "status": 529, "message": "", "final": False}) == []


@pytest.mark.parametrize(
    "record", [{}, {"type": "tomorrow"}, {"type": 3}, {"type": "message", "turn": "t1"}, {"type": "prompt"}]
)
def test_what_cannot_be_read_is_told_and_not_raised(record: dict[str, Any]) -> None:
    assert [type(event) for event in read_record(record)] == [Unrecognised]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["type", "hook", "turn", "text", "calls", "usage", "call", "input", "stop_reason"])
KINDS = st.sampled_from(["prompt", "message", "result", "end", "error", "turn_ended", "permission_requested"])


@given(record=st.dictionaries(NAMES, JSON | KINDS))
def test_no_record_and_no_hook_can_make_us_raise(record: dict[str, Any]) -> None:
    for read in (read_record, read_hook):
        assert isinstance(read(record), list)
