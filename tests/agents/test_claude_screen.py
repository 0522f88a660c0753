"""Reading Claude Code's screens, as both versions drew them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.agents.claude.screen import read_screen
from pytest_tmuxagent.agents.profile import ScreenReading
from pytest_tmuxagent.grid import Screen

CAPTURED = Path(__file__).parent.parent / "captured" / "claude"
EMPTY = ScreenReading(box="")
BUSY = ScreenReading(box="", busy=True)
READINGS = {
    "idle": EMPTY,
    "idle-80x24": EMPTY,
    "interrupted": EMPTY,
    "after-shell": EMPTY,
    "ctrl-c": EMPTY,
    "busy": BUSY,
    "busy-80x24": BUSY,
    "queued": BUSY,
    "running-tool": BUSY,
    "busy-typed": ScreenReading(box="typed"),
    "up-to-edit": ScreenReading(box="withdrawn"),
    "given-back": ScreenReading(box="given\nback [[slow:6]]"),
    "folded-paste": ScreenReading(box="[Pasted text #1 +79 lines]"),
    "dialog-bash": ScreenReading(dialog=True, always=False),
    "dialog-write": ScreenReading(dialog=True),
    "dialog-question": ScreenReading(dialog=True, always=False),
    "dialog-trust-80x24": ScreenReading(dialog=True, always=False),
}
RULE = "─" * 40
MARKS = ["❯", "❯\u00a0x", "❯ x", "  x", " ❯ 1. Yes", "  2. No", RULE, "", "✻ Working…", "  esc to interrupt"]


def screen(*lines: str) -> Screen:
    return Screen(lines=tuple(line.rstrip() for line in lines))


def captured(version: str, name: str) -> Screen:
    path = CAPTURED / version / "reading" / "screens" / f"{name}.txt"
    return screen(*path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("version", ["2.1.197", "2.1.329"])
@pytest.mark.parametrize("name", READINGS)
def test_a_captured_screen_is_read_as_it_was(name: str, version: str) -> None:
    assert read_screen(captured(version, name)) == READINGS[name]


def test_a_box_whose_upper_rule_has_no_room_is_read() -> None:
    footer = ["  ⏵⏵ bypass permi…", "  ● high · /effort"]
    rule = "─" * 20
    assert read_screen(screen("❯\u00a0", rule, *footer)) == EMPTY
    assert read_screen(screen("❯\u00a0? for", "  shortcuts", rule, *footer)).box == "? for\nshortcuts"
    assert read_screen(screen("❯ of the history", "", rule, *footer)).box is None


def test_a_box_taller_than_the_screen_is_seen_as_far_as_it_reaches() -> None:
    box = read_screen(captured("2.1.197", "tall-box")).box
    assert box is not None
    assert box.startswith("43\n44")
    assert box.endswith("78\n79 [[slow:6]]")


def test_the_newer_one_folds_a_tall_prompt_that_it_gives_back() -> None:
    assert read_screen(captured("2.1.329", "tall-box")) == ScreenReading(box="[Pasted text #3 +80 lines]")


def test_an_echoed_prompt_is_no_box() -> None:
    assert read_screen(screen(RULE, "❯ an echo", RULE)) == ScreenReading()


def test_the_spinner_tells_that_it_is_busy_where_the_footer_cannot() -> None:
    typed = (RULE, "❯\u00a0typed", RULE, "")
    assert read_screen(screen("✽ Percolating… (1s · ↓ 13 tokens)", "", *typed)).busy
    assert not read_screen(screen("✻ Cooked for 3s", "", *typed)).busy


def test_what_the_box_suggests_is_no_text() -> None:
    assert read_screen(screen(RULE, '❯\u00a0Try "write a test"', RULE)).box == ""


def test_a_box_that_a_resize_left_above_a_dialog_is_none() -> None:
    """Found by a machine: the dialog was not seen, and a wait went on to its end."""
    remnant = (RULE[:12], "❯\u00a0it's", RULE, "", "❯ it's")
    dialog = (RULE, " Bash command", " Proceed?", " ❯ 1. Yes", "   2. No", "", " Esc to cancel")
    assert read_screen(screen(*remnant, *dialog)) == ScreenReading(dialog=True, always=False)
    assert read_screen(screen(*remnant, *dialog, RULE, "❯\u00a0", RULE)) == EMPTY


def test_a_question_is_seen_by_as_much_of_its_hint_as_a_narrow_screen_has_room_for() -> None:
    """Found by a machine, at 20 columns and 5 rows."""
    cut = screen("  3. Type something.", RULE[:20], "  4. Chat about this", "", "Enter to select · ↑…")
    assert read_screen(cut) == ScreenReading(dialog=True, always=False)


@given(lines=st.lists(st.sampled_from(MARKS) | st.text(max_size=20), max_size=12))
def test_no_screen_can_make_us_raise(lines: list[str]) -> None:
    assert isinstance(read_screen(screen(*lines)), ScreenReading)
