"""Screens as data."""

from __future__ import annotations

import re

from pytest_tmuxagent.grid import Screen

SCREEN = Screen(
    lines=("a long line that the", "terminal wrapped", "", "› ", ""),
    joined="a long line that the terminal wrapped\n\n›",
    cursor=(2, 3),
    size=(20, 5),
)


def test_text_is_found_across_the_wrap_of_the_terminal() -> None:
    assert "that the terminal" in SCREEN
    assert "that the\nterminal" in SCREEN
    assert "that  the" not in SCREEN


def test_a_string_stands_for_itself_and_a_pattern_is_searched() -> None:
    assert SCREEN.search("l.ng") is None
    found = SCREEN.search(re.compile("l.ng"))
    assert found is not None
    assert found[0] == "long"


def test_empty_lines_at_the_end_are_no_text() -> None:
    assert SCREEN.text == "a long line that the\nterminal wrapped\n\n› "


def test_the_line_of_the_cursor_may_lie_below_what_is_known() -> None:
    assert SCREEN.cursor_line == "› "
    assert Screen(cursor=(0, 7)).cursor_line == ""
