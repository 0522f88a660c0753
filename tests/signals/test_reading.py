"""Telling which call a dialog on the screen is about."""

from __future__ import annotations

from pytest_tmuxagent.events import Call
from pytest_tmuxagent.signals.reading import asked_for

FIRST = Call(id="1", name="Bash", input={"command": "echo first > one"})
SECOND = Call(id="2", name="Bash", input={"command": "echo second > two"})
WRITE = Call(id="3", name="Write", input={"file_path": "/tmp/work/made.py", "content": "x = 1\ny = 2\n"})


def test_it_is_the_call_of_which_a_piece_stands_lowest() -> None:
    screen = "Running echo second > two\nRunning echo first > one\n\nRun?\n  $ echo second > two\n 1. Yes"
    assert asked_for(screen, [FIRST, SECOND]) == SECOND


def test_a_command_may_be_wrapped_in_a_frame() -> None:
    assert asked_for("│ echo sec │\n│ ond > two │", [FIRST, SECOND]) == SECOND


def test_a_file_is_known_by_its_name_without_its_folder() -> None:
    assert asked_for("Create made.py?", [FIRST, WRITE]) == WRITE


def test_the_only_call_is_meant_where_none_is_seen() -> None:
    assert asked_for("Proceed?", [FIRST]) == FIRST
    assert asked_for("Proceed?", [FIRST, SECOND]) is None
    assert asked_for("Proceed?", []) is None
