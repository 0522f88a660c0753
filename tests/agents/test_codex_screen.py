"""Reading Codex' screens, as it drew them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.agents.codex.screen import read_queue, read_screen
from pytest_tmuxagent.agents.profile import ScreenReading
from pytest_tmuxagent.grid import Screen

SCREENS = Path(__file__).parent.parent / "captured" / "codex" / "0.169.0" / "reading" / "screens"
SMALL, ROWS, SMALL_ROWS = "80x24", 40, 24
EMPTY = ScreenReading(box="")
BUSY = ScreenReading(box="", busy=True)
APPROVAL = ScreenReading(dialog=True)
OTHER_DIALOG = ScreenReading(dialog=True, always=False)
LONG = ("long " * 60).rstrip()
WORDS = "\n".join(["word " * 15, "word " * 15, "word " * 10]).replace(" \n", "\n").rstrip()
READINGS = {
    "idle": EMPTY,
    "idle-80x24": EMPTY,
    "alt-idle": EMPTY,
    "answered": EMPTY,
    "alt-answered": EMPTY,
    "interrupted": EMPTY,
    "error": EMPTY,
    "help": EMPTY,
    "esc-idle": EMPTY,
    "busy": BUSY,
    "busy-80x24": BUSY,
    "alt-busy": BUSY,
    "queued": BUSY,
    "queued-long": BUSY,
    "running-tool": BUSY,
    "busy-typed": ScreenReading(box="draft", busy=True),
    "typed": ScreenReading(box="one two"),
    "typed-list": ScreenReading(box="1. first\n2. second\n"),
    "wrapped-80x24": ScreenReading(box=WORDS),
    "folded": ScreenReading(box="[Pasted Content 1500 chars]"),
    "tall-box": ScreenReading(box="\n".join(f"line {number}" for number in range(23, 60))),
    "slash": ScreenReading(box="/st"),
    "bang": ScreenReading(box="!ls"),
    "dialog-command": APPROVAL,
    "dialog-patch": APPROVAL,
    "dialog-question": OTHER_DIALOG,
    "dialog-new": OTHER_DIALOG,
    "dialog-trust-80x24": OTHER_DIALOG,
}


def captured(name: str) -> Screen:
    rows = SMALL_ROWS if name.endswith(SMALL) else ROWS
    lines = (SCREENS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return Screen(lines=(*lines, *[""] * (rows - len(lines))))


@pytest.mark.parametrize("name", READINGS)
def test_a_captured_screen_is_read(name: str) -> None:
    assert read_screen(captured(name)) == READINGS[name]


def test_prompts_that_were_given_back_stand_in_the_box() -> None:
    box = read_screen(captured("given-back")).box
    assert box is not None
    assert box.split() == ["qa", "qb", *LONG.split(), "last"]


@pytest.mark.parametrize("footer", ["  Scripted default …", "  ← for agents"])
@pytest.mark.parametrize("box", ["", "hello", "Ask Codex"])
def test_a_box_is_read_where_there_is_room_for_little_else(box: str, footer: str) -> None:
    shown = box or "Ask Codex to do a"
    tiny = Screen(lines=("", "", f"› {shown}", "", footer), size=(20, 5))
    assert read_screen(tiny) == ScreenReading(box=box)


@pytest.mark.parametrize("box", ["", "hello"])
def test_a_footer_of_two_lines_that_a_narrow_screen_cuts_is_one(box: str) -> None:
    """Found by a machine: no box was seen, and no prompt could be sent."""
    above = ("  permissions: YOLO", "", "", "")
    footer = ("  Scripted default…", "  ← for agents · ?…")
    narrow = Screen(lines=(*above, f"› {box or 'Ask Codex to do a…'}", "", *footer), size=(20, 60))
    assert read_screen(narrow) == ScreenReading(box=box)


def test_the_queue_is_read_as_it_is_shown() -> None:
    first, second, third = read_queue(captured("queued"))
    assert (first, second.split(), third) == ("qa\nqb", LONG.split(), "last")


def test_a_long_prompt_of_the_queue_is_cut() -> None:
    first, second, third = read_queue(captured("queued-long"))
    assert (first[-1], second, third) == ("…", "l0\nl1\nl2\n…", "para one\npara two")


def test_what_waits_for_the_next_call_is_queued_too() -> None:
    lines = (
        "• Messages to be submitted after next tool call (press esc to interrupt and send immediately)",
        "  ↳ two",
        "",
        "• Queued follow-up inputs",
        "  ↳ three",
        "    shift+← edit last queued message",
        "",
        "› Ask Codex to do anything",
    )
    assert read_queue(Screen(lines=lines)) == ("two", "three")


def test_a_prompt_of_which_the_terminal_draws_nothing_is_queued_too() -> None:
    lines = ("• Queued follow-up inputs", "  ↳", "  ↳ two", "    shift+← edit last queued message", "", "› x")
    assert read_queue(Screen(lines=lines)) == ("", "two")


def test_no_session_is_there_before_the_footer_names_the_model() -> None:
    lines = (
        "  >_ OpenAI Codex (v0.169.0)",
        "",
        "› Ask Codex to do anything",
        "",
        "  ? for shortcuts",
        "",
        "",
    )
    assert read_screen(Screen(lines=lines)) == ScreenReading()


def test_a_draft_that_reads_like_a_hint_is_no_dialog() -> None:
    lines = ("› 1. enter to confirm or esc to cancel", "", "  Scripted default · ~/w", "", "")
    assert read_screen(Screen(lines=lines)).box == "1. enter to confirm or esc to cancel"


@pytest.mark.parametrize(
    "line",
    [
        "Working (0s • esc to interrupt)",
        "◦ Working (1m 02s • esc to interrupt) · 1 background terminal running · /ps to view",
        "Reconnecting... 2/5 (0s • esc to interrupt)",
        "Reconnecting... waiting for network (5s • esc to interrupt)",
    ],
)
def test_a_busy_line_is_one_in_all_its_forms(line: str) -> None:
    lines = (line, "", "› Ask Codex to do anything", "", "  Scripted default · ~/w")
    assert read_screen(Screen(lines=lines)) == BUSY


LINES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["› x", "!", "  a · b", "", "  ↳ q", "• Queued follow-up inputs", "› 1. Yes", "enter x · esc y"]
    ),
)


@given(lines=st.lists(LINES, max_size=30))
def test_no_screen_raises(lines: list[str]) -> None:
    screen = Screen(lines=tuple(lines))
    reading = read_screen(screen)
    read_queue(screen)
    assert not (reading.dialog and reading.box is not None)


NARROW = [
    "  $ true",
    "",
    "",
    "› 1. Yes,",
    "     proce",
    "     ed",
    "     (y)",
    "  2. Yes,",
    "     and",
    "     don't",
    "     ask",
    "     again",
    "     for",
    "  3. No,",
    "     and",
    "     tell",
    "",
    *("  Press", "  enter to", "  confirm", "  or esc", "  to", "  cancel"),
]


def test_a_dialog_is_read_whole_where_a_narrow_screen_wraps_it() -> None:
    """Source: Codex CLI 0.169.0, at 10x60."""
    assert read_screen(Screen(lines=tuple(NARROW))) == APPROVAL


def test_the_footer_below_a_draft_does_not_make_a_hint_of_it() -> None:
    lines = (
        "› 1. one",
        "  enter to",
        "  enter to confirm or esc to go",
        "",
        "  Scripted default · ~/w",
        "",
        "",
    )
    assert read_screen(Screen(lines=lines)).box == "1. one\nenter to\nenter to confirm or esc to go"


@pytest.mark.parametrize(
    "lines",
    [
        ["", "", "  [… 12 lines] ^a", "› 1. Yes, proceed", "  Press enter to"],
        ["", "  [… 7 lines] ^a view all", "› 1. Yes, proceed (y)"],
        [
            "",
            "  [… 8 lines] ^a view all",
            "› 1. Yes, proceed (y)",
            "  Press enter to confirm or esc to",
            "  cancel",
        ],
        [
            "› 1. Yes, proceed (y)",
            "  2. Yes, and don't",
            "  Press enter to",
            "  confirm or esc to",
            "  cancel",
        ],
    ],
    ids=["cut hint", "no hint", "two lines of hint", "three lines of hint"],
)
def test_a_dialog_is_one_on_a_screen_that_is_too_small_for_it(lines: list[str]) -> None:
    """Source: Codex CLI 0.169.0, at 20x5, 60x3 and 40x6."""
    assert read_screen(Screen(lines=tuple(lines))).dialog
