"""The line editor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.stub.editor import Editor

KEYS = (
    "backspace",
    "delete",
    "kill line",
    "kill word",
    "clear",
    "left",
    "right",
    "home",
    "end",
    "up",
    "down",
    "newline",
    "unknown",
)


def edited(text: str, *keys: str) -> str:
    """Type, press, and mark where the cursor is."""
    editor = Editor()
    editor.type(text)
    for key in keys:
        editor.press(key)
    return f"{editor.text[: editor.cursor]}|{editor.text[editor.cursor :]}"


@pytest.mark.parametrize(
    ("text", "keys", "left"),
    [
        ("abc", ["backspace"], "ab|"),
        ("abc", ["left", "left", "delete"], "a|c"),
        ("ab\ncd", ["home"], "ab\n|cd"),
        ("ab\ncd", ["up"], "ab|\ncd"),
        ("ab\ncdef", ["up"], "ab|\ncdef"),
        ("abcd\nef", ["up", "left", "down"], "abcd\ne|f"),
        ("a\nb", ["up", "kill line"], "a|\nb"),
        ("ab\ncd", ["home", "kill line"], "ab\n|"),
        ("one two ", ["kill word"], "one |"),
        ("one\ntwo", ["kill word"], "one\n|"),
        ("one\ntwo", ["home", "clear"], "|"),
        ("", ["backspace", "delete", "left", "right", "up", "down", "kill word"], "|"),
        ("ab", ["left", "newline"], "a\n|b"),
    ],
)
def test_keys_edit_the_text(text: str, keys: list[str], left: str) -> None:
    assert edited(text, *keys) == left


@given(st.lists(st.sampled_from(KEYS) | st.text(max_size=3).map(lambda text: f"+{text}")))
def test_the_cursor_stays_in_the_text(actions: list[str]) -> None:
    editor = Editor()
    for action in actions:
        if action.startswith("+"):
            editor.type(action[1:])
        else:
            editor.press(action)
        assert 0 <= editor.cursor <= len(editor.text)


def test_a_backslash_typed_last_continues_the_line() -> None:
    editor = Editor()
    editor.type("a\\")
    assert editor.continues()
    assert editor.text == "a\n"


def test_a_backslash_that_was_pasted_stays() -> None:
    editor = Editor()
    editor.insert("a\\")
    assert not editor.continues()
    assert editor.text == "a\\"
