"""The input box of Claude Code's face: pastes, rows, the cursor, menus."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.faces.claude.look import ClaudeFace
from pytest_tmuxagent.faces.plain import Bottom
from pytest_tmuxagent.faces.text import width

FACE = ClaudeFace("claude", {"home": "/home/dev"})
NBSP = "\u00a0"


def box(text: str, *, columns: int = 120, cursor: int | None = None) -> tuple[list[str], tuple[int, int]]:
    at = len(text) if cursor is None else cursor
    lines, place = FACE.bottom(Bottom(text=text, cursor=at), columns=columns, rows=40)
    return lines[2:-2], (place[0] - 2, place[1])


@pytest.mark.parametrize(
    ("text", "placeholder"),
    [
        ("x" * 800, None),
        ("x" * 801, "[Pasted text #3]"),
        ("a\nb\nc", None),
        ("a\nb\nc\nd", "[Pasted text #3 +3 lines]"),
        ("a\nb\nc\n", "[Pasted text #3 +3 lines]"),
    ],
)
def test_a_large_paste_is_folded(text: str, placeholder: str | None) -> None:
    assert FACE.folded(text, 3) == placeholder


def test_a_face_can_be_told_to_show_pastes() -> None:
    assert ClaudeFace("claude", {"fold_pastes": False}).folded("x" * 900, 1) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\tb", "a    b"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\n\na", "\n\na"),
    ],
)
def test_a_paste_is_made_plain(text: str, shown: str) -> None:
    assert FACE.pasted(text) == shown


def test_what_is_sent_keeps_its_beginning_and_loses_its_end() -> None:
    assert FACE.submitted("  lead and trail  \n\n") == "  lead and trail"


@pytest.mark.parametrize(
    ("text", "sizes", "place"),
    [
        ("y" * 116, [118], (0, 118)),
        ("y" * 117, [118, 3], (1, 3)),
        ("a\nb\n", [3, 3, 2], (2, 2)),
        (" ".join(["abcdefghi"] * 20), [111, 91], (1, 91)),
    ],
)
def test_a_text_breaks_and_the_cursor_stands_where_the_real_one_has_them(
    text: str, sizes: list[int], place: tuple[int, int]
) -> None:
    rows, cursor = box(text)

    assert ([len(row) for row in rows], cursor) == (sizes, place)


def test_the_box_begins_with_a_mark_and_a_blank_that_does_not_break() -> None:
    assert box("")[0] == [f"❯{NBSP}"]


def test_a_busy_screen_may_go_without_a_box() -> None:
    face = ClaudeFace("claude", {"box_while_busy": False})

    lines, _ = face.bottom(Bottom(busy_for=3.0), columns=80, rows=24)

    assert not any(line.startswith("❯") for line in lines)


def test_a_footer_can_be_replaced() -> None:
    face = ClaudeFace("claude", {"footer": "mine"})

    lines, _ = face.bottom(Bottom(), columns=80, rows=24)

    assert lines[-1] == "  mine"


def test_the_menu_begins_with_the_shortest_command() -> None:
    assert [name for name, _ in FACE.commands("/c")][:3] == ["/cd", "/copy", "/clear"]
    assert FACE.commands("/clear")[0][0] == "/clear"


@given(
    st.text("ab /\n\t你é", max_size=200), st.data(), st.integers(4, 130), st.integers(1, 50), st.booleans()
)
def test_the_bottom_fits_and_holds_the_cursor(
    text: str,
    data: st.DataObject,
    columns: int,
    rows: int,
    busy: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    cursor = data.draw(st.integers(0, len(text)))
    queued = data.draw(st.lists(st.text(max_size=20), max_size=3))
    bottom = Bottom(text=text, cursor=cursor, queued=queued, busy_for=2.0 if busy else None, tokens=3)

    lines, (row, column) = FACE.bottom(bottom, columns=columns, rows=rows)

    assert 1 <= len(lines) <= rows
    assert 0 <= row < len(lines)
    assert 0 <= column < columns
    assert all(width(line) <= columns for line in lines)


@given(st.text(max_size=80), st.text(max_size=80), st.integers(20, 130), st.integers(4, 50))
def test_a_dialog_fits_whatever_it_asks(question: str, label: str, columns: int, rows: int) -> None:
    asked = FACE.ask_user({"question": question, "header": "H"}, [{"label": label, "description": question}])

    lines = FACE.dialog(asked, selected=0, columns=columns, rows=rows)

    assert len(lines) <= rows
