"""Reads Codex off a screen.

Source: Codex CLI 0.169.0, captured screens. The input box has no frame: its mark stands in the first
column, as it does before the prompts of the history; the last one is the box's. Behind a blank line the
footer follows, which names the model as soon as the session is there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from pytest_tmuxagent.agents.profile import ScreenReading
from pytest_tmuxagent.grid import Screen

_MARK = re.compile(r"(?P<mark>[›!])(?: (?P<text>.*))?")
_PLACEHOLDER = "Ask Codex to do anything"
_FOOTER = re.compile(r"  \S.* · \S.*")
_SECOND_FOOTER = re.compile(r"  ← for agents\b")
_CUT_FOOTER = re.compile(r"  (?:\S.* …|\S.*…|← for agents)")
_FOOTER_LINES = 2
_SIDES = 4
"""The columns of its mark, and those that stay free to the right of a cut placeholder."""
_TALL_BOX_TOP = 4
_BUSY = re.compile(r"(?:\S )?\S.* \((?:\d+[hms] ?)+ • esc to interrupt\).*")
_OPTION = re.compile(r"\s*(?P<chosen>› )?\d+\. (?P<label>.*)")
_ALWAYS = "Yes, and don't ask again"
_HINT = re.compile(r"\s*(?:Press )?(?:tab to add notes \| )?enter (?:to )?\w+.*\besc .*", re.IGNORECASE)
_HINT_LINES = 6
"""At the most, on a screen of ten columns."""
_OPTION_INDENT = "     "
_CUT_OUT = re.compile(r"\s*\[… \d+ l.*")
_QUEUE = re.compile(r"• (?:Queued follow-up inputs|Messages to be submitted after next tool call.*)")
_QUEUED = "  ↳"
_QUEUE_HINT = re.compile(r" {4}\S+ edit last queued message")


def read_screen(screen: Screen) -> ScreenReading:
    """Find a dialog, or the input box above the footer."""
    lines = _shown(screen)
    if _ends_in_a_dialog(lines):
        return _read_dialog(lines)
    footer = _find_footer(lines)
    if footer is None:
        return _read_tall_box(lines, screen=screen)
    top = next((row for row in range(footer - 1, -1, -1) if _MARK.fullmatch(lines[row])), None)
    if top is None:
        return ScreenReading()
    busy = any(_BUSY.fullmatch(line) for line in lines[:top])
    return ScreenReading(box=_text(lines[top : footer - 1], columns=screen.size[0]), busy=busy)


def read_queue(screen: Screen) -> tuple[str, ...]:
    """Give the prompts that the screen shows as queued, wrapped and cut as it shows them.

    It shows them in two lists: those of a steer wait for the next call, the others for the end of the turn.
    """
    queued: list[str] = []
    listing = False
    for line in _shown(screen):
        if line and line[0] != " ":
            listing = _QUEUE.fullmatch(line) is not None
        elif listing and line.startswith(_QUEUED):  # Alone where the terminal draws nothing of the prompt.
            queued.append(line.removeprefix(_QUEUED).removeprefix(" "))
        elif line and listing and queued and not _QUEUE_HINT.fullmatch(line):
            queued[-1] += f"\n{line.strip()}"
    return tuple(queued)


def _shown(screen: Screen) -> list[str]:
    lines = list(screen.lines)
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _ends_in_a_dialog(lines: list[str]) -> bool:
    """Whether a dialog's hint stands below, wrapped where the screen is narrow, or nothing but options."""
    last = list(takewhile(bool, reversed(lines[-_HINT_LINES:])))
    if any(_HINT.fullmatch(_joined(last[:count])) for count in range(1, len(last) + 1)):
        return True
    return _is_cut_out(lines)


def _is_cut_out(lines: list[str]) -> bool:
    """Whether a dialog has no room for all that it asks, and stands without an end of its text."""
    cut_out = next((row for row in reversed(range(len(lines))) if _CUT_OUT.fullmatch(lines[row])), None)
    below = [] if cut_out is None else lines[cut_out + 1 :]
    return bool(below) and _OPTION.fullmatch(below[0]) is not None


def _joined(upwards: Sequence[str]) -> str:
    return " ".join(line.strip() for line in reversed(upwards))


def _find_footer(lines: list[str]) -> int | None:
    """The row of the line that names the model; None where there is none yet, or none any more.

    Where a narrow screen cuts it, the line below tells that it is one.
    """
    for row in range(len(lines) - 1, max(0, len(lines) - 1 - _FOOTER_LINES), -1):
        if _FOOTER.fullmatch(lines[row]) and not _SECOND_FOOTER.match(lines[row]) and not lines[row - 1]:
            return row
    if len(lines) > 2 and _SECOND_FOOTER.match(lines[-1]) and not lines[-3]:
        return len(lines) - 2 if _CUT_FOOTER.fullmatch(lines[-2]) else None
    return None


def _text(lines: list[str], *, columns: int) -> str:
    found = _MARK.fullmatch(lines[0])
    first = found["text"] or "" if found else lines[0]
    if found and found["mark"] == "!":
        first = f"!{first}"
    text = "\n".join([first, *(line.removeprefix("  ") for line in lines[1:])])
    return "" if text == _PLACEHOLDER or _is_cut_placeholder(text, columns=columns) else text


def _is_cut_placeholder(text: str, *, columns: int) -> bool:
    """Whether a narrow screen has no room for all of it."""
    shown = text.removesuffix("…")
    return columns > 0 and len(text) >= columns - _SIDES and bool(shown) and _PLACEHOLDER.startswith(shown)


def _read_tall_box(lines: list[str], *, screen: Screen) -> ScreenReading:
    """Read a box that leaves no room for anything else: it begins at the top, and goes on to the bottom.

    Where the screen is no higher than that, a footer may stand there, cut.
    """
    rows = len(screen.lines)
    if len(lines) > 1 and _CUT_FOOTER.fullmatch(lines[-1]) and not lines[-2]:
        lines = lines[:-2]
        rows -= 2
    top = next((row for row, line in enumerate(lines[:_TALL_BOX_TOP]) if _MARK.fullmatch(line)), None)
    below = [] if top is None else lines[top + 1 :]
    if top is None or len(lines) < rows - 1 or not all(not line or line.startswith("  ") for line in below):
        return ScreenReading()
    return ScreenReading(box=_text(lines[top:], columns=screen.size[0]))


def _read_dialog(lines: list[str]) -> ScreenReading:
    options = [found for line in lines if (found := _OPTION.fullmatch(line))]
    if not any(found["chosen"] for found in options):
        return ScreenReading()
    # Of one that is cut out, that option may be out of sight.
    always = _is_cut_out(lines) or any(label.startswith(_ALWAYS) for label in _labels(lines))
    return ScreenReading(dialog=True, always=always)


def _labels(lines: list[str]) -> list[str]:
    """What the options say, which are wrapped where the screen is narrow."""
    labels: list[str] = []
    for line in lines:
        found = _OPTION.fullmatch(line)
        if found:
            labels.append(found["label"])
        elif labels and line.startswith(_OPTION_INDENT):
            labels[-1] += f" {line.strip()}"
    return labels
