"""Reads Claude Code off a screen.

Source: Claude Code 2.1.197 and 2.1.329, captured screens. The input box is `❯` and a no-break space
between two rules; in the history the same mark is followed by an ordinary space.
"""

from __future__ import annotations

import re

from pytest_tmuxagent.agents.profile import ScreenReading
from pytest_tmuxagent.grid import Screen

_RULE = "──"
_BOX = re.compile("[❯!](?:\u00a0(?P<text>.*))?")
_PLACEHOLDER = re.compile(
    r'Press up to edit queued messages|Try "|Resend your message to try again|Once fixed, resend your message'
)
_FOOTER_BUSY = "esc to interrupt"
_SPINNER = re.compile(r"[·✢✳✶✻✽*∗] (?:[^…]*…(?: \(.*)?|API error · Retrying .*)")
_SPINNER_LINES = 12
_FOOTER_LINES = 2
_OPTION = re.compile(r"\s*(?P<chosen>❯ )?(?P<number>\d+)\. (?P<label>.*)")
_ALWAYS = re.compile(r"Yes, (?:allow|and )")
_HINT = re.compile(r"(?:.* )?Esc to cancel(?: ·.*)?|Enter to select · ↑.*")


def read_screen(screen: Screen) -> ScreenReading:
    """Find the input box; where there is none, a dialog.

    A resize may leave a box behind in the history: one with a dialog below it is such a remnant.
    """
    box = _find_box(screen.lines)
    if box is None:
        return _read_dialog(screen.lines)
    top, bottom, text = box
    below = _read_dialog(screen.lines[bottom:])
    if below.dialog:
        return below
    return ScreenReading(box=text, busy=_is_busy(screen.lines[:top], screen.lines[bottom:]))


def _find_box(lines: tuple[str, ...]) -> tuple[int, int, str] | None:
    """The last line with the mark below a rule, to the next rule: where it begins and ends, and its text."""
    for row in range(len(lines) - 1, 0, -1):
        found = _BOX.fullmatch(lines[row])
        if found and lines[row - 1].startswith(_RULE):
            end = next((at for at in range(row + 1, len(lines)) if lines[at].startswith(_RULE)), len(lines))
            return row - 1, end, _text([found["text"] or "", *lines[row + 1 : end]])
    return _find_topless_box(lines) or _find_tall_box(lines)


def _find_topless_box(lines: tuple[str, ...]) -> tuple[int, int, str] | None:
    """A box that leaves no room for the rule above it: its mark stands in the first line."""
    found = _BOX.fullmatch(lines[0]) if lines else None
    end = next((row for row in range(1, len(lines)) if lines[row].startswith(_RULE)), None)
    if found is None or end is None or len([line for line in lines[end + 1 :] if line]) > _FOOTER_LINES:
        return None
    return 0, end, _text([found["text"] or "", *lines[1:end]])


def _find_tall_box(lines: tuple[str, ...]) -> tuple[int, int, str] | None:
    """A box that is taller than the screen: its mark is out of sight, and all that is left is indented."""
    end = next((row for row in range(len(lines) - 1, 0, -1) if lines[row].startswith(_RULE)), 0)
    footer = [line for line in lines[end + 1 :] if line]
    held = [line for line in lines[:end] if line]
    if not held or len(footer) > _FOOTER_LINES or not all(line.startswith("  ") for line in held):
        return None
    return 0, end, _text(["", *lines[:end]]).removeprefix("\n")


def _text(lines: list[str]) -> str:
    text = "\n".join([lines[0], *(line.removeprefix("  ") for line in lines[1:])])
    return "" if _PLACEHOLDER.match(text) else text


def _is_busy(above: tuple[str, ...], below: tuple[str, ...]) -> bool:
    """The footer says so, as long as the box is empty; the spinner does at any time."""
    if any(_FOOTER_BUSY in line for line in below):
        return True
    return any(_SPINNER.fullmatch(line) for line in above[-_SPINNER_LINES:])


def _read_dialog(lines: tuple[str, ...]) -> ScreenReading:
    options = [found for line in lines if (found := _OPTION.fullmatch(line))]
    if not any(found["chosen"] for found in options):
        # Some have no numbers; and of one that is higher than the screen the lowest lines are shown.
        is_dialog = any(_HINT.fullmatch(line) for line in lines)
        return ScreenReading(dialog=is_dialog, always=not is_dialog)
    always = any(_ALWAYS.match(found["label"]) for found in options)
    return ScreenReading(dialog=True, always=always)
