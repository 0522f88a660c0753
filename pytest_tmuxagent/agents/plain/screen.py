"""Reads the plain face off a screen."""

from __future__ import annotations

from pytest_tmuxagent.agents.profile import ScreenReading
from pytest_tmuxagent.grid import Screen

_BOX = "›"
_FOOTER = "? "
_BUSY = "esc to interrupt"
_DIALOG_FOOTER = "Enter to confirm"


def read_screen(screen: Screen) -> ScreenReading:
    """Find the input box or the dialog; both stand at the bottom, above their footer."""
    for row in range(len(screen.lines) - 1, -1, -1):
        line = screen.lines[row]
        if _begins(line, _DIALOG_FOOTER):
            return ScreenReading(dialog=True)
        if line.startswith(_FOOTER):
            return ScreenReading(box=_box_above(screen.lines[:row]), busy=_is_busy(line))
        if line:
            break
    return ScreenReading()


def _is_busy(footer: str) -> bool:
    return _BUSY in footer or (_begins(footer, _FOOTER + _BUSY) and footer.startswith(_FOOTER + _BUSY[:2]))


def _begins(line: str, words: str) -> bool:
    """Whether a line begins with these words, as far as a narrow screen has not cut them."""
    stem = line.removesuffix("…")
    return line.startswith(words) or (stem not in ("", line) and words.startswith(stem))


def _box_above(lines: tuple[str, ...]) -> str | None:
    """The box is the last line that starts with its mark, and all lines below."""
    for row in range(len(lines) - 1, -1, -1):
        if lines[row].startswith(_BOX):
            first = lines[row].removeprefix(_BOX).removeprefix(" ")
            return "\n".join([first, *(line.removeprefix("  ") for line in lines[row + 1 :])])
    return None
