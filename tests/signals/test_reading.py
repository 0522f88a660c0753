"""Telling which call a dialog on the screen is about."""

from __future__ import annotations

import pytest

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


@pytest.mark.parametrize("command", ["rm one", "rm one two", "rm one two three"])
def test_of_calls_that_begin_alike_it_is_the_one_that_agrees_for_longest(command: str) -> None:
    calls = [
        Call(id=text, name="Bash", input={"command": text, "description": "Delete"})
        for text in ("rm one", "rm one two", "rm one two three")
    ]
    found = asked_for(f"Delete\n\n  $ {command}\n\n› 1. Yes (y)\n  2. Yes, for `rm one` (p)", calls)
    assert found is not None
    assert found.id == command


def test_commands_may_differ_behind_a_long_beginning() -> None:
    folder = "a-folder/" * 10
    calls = [Call(id=name, name="Bash", input={"command": f"rm {folder}{name}"}) for name in "abc"]
    assert asked_for(f"$ rm {folder}b", calls) == calls[1]


def test_the_only_call_is_meant_where_none_is_seen() -> None:
    assert asked_for("Proceed?", [FIRST]) == FIRST
    assert asked_for("Proceed?", [FIRST, SECOND]) is None
    assert asked_for("Proceed?", []) is None
