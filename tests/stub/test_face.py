"""The plain face, and how it fits any terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.faces import make_face
from pytest_tmuxagent.faces.plain import Bottom, PlainFace, Question
from pytest_tmuxagent.faces.text import clean, cut, width, wrap

FACE = PlainFace("claude")
COLUMNS, ROWS = st.integers(20, 120), st.integers(5, 50)


def bottom_of(text: str, *, cursor: int | None = None, queued: int = 0, busy: bool = False) -> Bottom:
    return Bottom(
        text=text,
        cursor=len(text) if cursor is None else cursor,
        queued=["another"] * queued,
        busy_for=3.2 if busy else None,
        frame=0,
    )


@given(st.text(), st.data(), st.integers(0, 20), st.booleans(), COLUMNS, ROWS)
def test_the_bottom_fits_and_holds_the_cursor(
    text: str,
    data: st.DataObject,
    queued: int,
    busy: bool,  # noqa: FBT001
    columns: int,
    rows: int,
) -> None:
    cursor = data.draw(st.integers(0, len(text)))
    bottom = bottom_of(text, cursor=cursor, queued=queued, busy=busy)
    lines, (row, column) = FACE.bottom(bottom, columns=columns, rows=rows)
    assert len(lines) <= rows
    assert all(width(line) < columns for line in lines)
    assert row < len(lines) - 1
    assert column < columns


@given(st.lists(st.text()), st.lists(st.text(), min_size=1), st.data(), COLUMNS, ROWS)
def test_a_dialog_fits_and_shows_what_is_selected(
    heading: list[str], options: list[str], data: st.DataObject, columns: int, rows: int
) -> None:
    selected = data.draw(st.integers(0, len(options) - 1))
    cleaned = [clean(line) for line in heading]
    lines = FACE.dialog(Question(cleaned, options), selected=selected, columns=columns, rows=rows)
    assert len(lines) <= rows
    assert all(width(line) < columns for line in lines)
    assert sum(line.startswith(f"› {selected + 1}.") for line in lines) >= 1
    assert lines[-1].startswith("Enter to confirm")


@given(st.text(), st.integers(0, 3), st.booleans(), st.integers(1, 8), st.integers(1, 6))
def test_no_terminal_is_too_small(text: str, queued: int, busy: bool, columns: int, rows: int) -> None:  # noqa: FBT001
    FACE.bottom(bottom_of(text, queued=queued, busy=busy), columns=columns, rows=rows)
    FACE.dialog(Question([clean(text)], ["Yes", "No"]), selected=1, columns=columns, rows=rows)


@given(st.text(), st.integers(2, 40))
def test_wrapping_loses_nothing(text: str, columns: int) -> None:
    rows = wrap(clean(text), columns)
    assert "".join(rows) == clean(text)
    assert all(width(row) <= columns for row in rows)
    assert width(cut(clean(text), columns)) <= columns


def test_the_idle_bottom_is_the_box_and_the_way_on() -> None:
    lines, cursor = FACE.bottom(bottom_of("hi"), columns=80, rows=24)
    assert lines == ["› hi", "? enter to send · /exit to leave"]
    assert cursor == (0, 4)


def test_the_busy_bottom_says_how_to_interrupt() -> None:
    lines, _ = FACE.bottom(bottom_of("", queued=1, busy=True), columns=80, rows=24)
    assert lines == [
        "  queued: another",
        "⠋ Working… (3s · esc to interrupt)",
        "› ",
        "? esc to interrupt",
    ]


def test_a_box_that_is_higher_than_its_room_shows_the_part_with_the_cursor() -> None:
    lines, cursor = FACE.bottom(bottom_of("\n".join("abcdefgh")), columns=80, rows=24)
    assert lines[:-1] == ["› c", "  d", "  e", "  f", "  g", "  h"]
    assert cursor == (5, 3)


def test_the_end_of_a_long_paste_can_be_seen() -> None:
    text = "first\n" + "middle\n" * 9999 + "the very end"
    lines, _ = FACE.bottom(bottom_of(text), columns=80, rows=24)
    assert lines[:3] == ["› first…", f"  … 10001 lines, {len(text)} characters …", "  the very end"]


def test_a_prompt_of_many_lines_is_echoed_folded() -> None:
    assert FACE.prompt("a\nb") == ["> a", "  b"]
    assert FACE.prompt("\n".join("abcdefghijklm"))[-2:] == ["  j", "  … +3 lines"]


def test_what_would_steer_the_terminal_is_not_shown() -> None:
    assert FACE.answer(["a\x1b[31mb\x07\tc\r"], first=True) == ["• a[31mb    c"]


@pytest.mark.parametrize(
    ("output", "is_error", "exit_code", "line"),
    [
        ("all\nfine\n", False, 0, "  └ ok"),
        ("one\nlast line\n", True, 2, "  └ exit 2: last line"),
        ("", True, 1, "  └ exit 1"),
        ("no such file", True, None, "  └ error: no such file"),
    ],
)
def test_a_result_is_one_line(output: str, is_error: bool, exit_code: int | None, line: str) -> None:  # noqa: FBT001
    result = {"output": output, "is_error": is_error, "exit_code": exit_code}
    assert FACE.result({}, result) == [line]


def test_a_permission_dialog_shows_all_of_the_command() -> None:
    call = {"kind": "shell", "name": "shell", "arguments": {"command": "rm -r build\nls"}}
    question = FACE.permission(call, reason="", always="Yes, always")
    lines = FACE.dialog(question, selected=0, columns=80, rows=24)
    assert lines == [
        "Allow shell?",
        "  rm -r build",
        "  ls",
        "› 1. Yes",
        "  2. Yes, always",
        "  3. No",
        "Enter to confirm · Esc to cancel",
    ]


def test_an_unknown_face_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'fancy'; known: claude, codex, plain"):
        make_face("fancy", agent="claude")
