"""The recording that a failed test leaves."""

from __future__ import annotations

import json

from pytest_tmuxagent.reporting.asciicast import cast


def written(*args: object, **kwargs: object) -> list[object]:
    return [json.loads(line) for line in cast(*args, **kwargs)]  # type: ignore[arg-type]


def test_output_and_markers_stand_in_order_of_time_with_intervals() -> None:
    lines = written(
        [(10.0, b"one"), (10.5, b"two")],
        [(10.25, "prompt 'hi'"), (11.0, "test failed")],
        size=(80, 24),
        title="claude-1",
    )
    assert lines == [
        {"version": 3, "term": {"cols": 80, "rows": 24}, "title": "claude-1"},
        [0.0, "o", "one"],
        [0.25, "m", "prompt 'hi'"],
        [0.25, "o", "two"],
        [0.5, "m", "test failed"],
    ]


def test_a_character_that_was_cut_in_two_is_whole_again() -> None:
    lines = written([(1.0, b"\xe6\xbc"), (2.0, b"\xa2")], [], size=(80, 24), title="")
    assert lines[1:] == [[0.0, "o", "漢"]]


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert written([(1.0, b"\xff!")], [], size=(80, 24), title="")[1] == [0.0, "o", "\ufffd!"]
