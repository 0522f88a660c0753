"""The bottom of Codex's screen: what it is at, the queue, the composer, the footer.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.codex import menu
from pytest_tmuxagent.faces.codex.rows import SIDES, duration, hanging, words
from pytest_tmuxagent.faces.text import clean, cut, width, wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_tmuxagent.faces.plain import Bottom

_PLACEHOLDER = "Ask Codex to do anything"
_SHORTCUTS = "← for agents · ? for shortcuts"
_STEERS = "Messages to be submitted after next tool call (press esc to interrupt and send immediately)"
_QUEUE_HINT = "    shift+← edit last queued message"
_QUEUED_ROWS = 3  # of each prompt that waits
_MARGIN = 1  # column to the right of the footer


def above_rows(bottom: Bottom, *, columns: int, rows: int) -> list[str]:
    """Give what stands above the composer; a blank row divides each part from the one before."""
    lines = [""]
    running = bottom.running.removeprefix("\n").split("\n") if bottom.running else []
    for part in (running, busy_rows(bottom, columns=columns)):
        if part:
            lines += [*part, ""]
    if bottom.menu:
        lines += menu.menu_rows(bottom.menu, bottom.menu_selected, columns=columns)
    elif bottom.help:
        busy = bottom.busy_for is not None
        lines += menu.help_rows(busy=busy, columns=columns, rows=rows - len(lines))
    else:
        lines += queue_rows(bottom, columns=columns)
    return lines


def busy_rows(bottom: Bottom, *, columns: int) -> list[str]:
    """Say what the agent is at; while its text comes in, only what runs beside it."""
    if bottom.busy_for is None or bottom.streaming:
        return [f"  {_background(bottom)}"] if bottom.background else []
    said, _, reason = (bottom.notice or "Working").partition("\n")
    beside = f" · {_background(bottom)}" if bottom.background else ""
    rows = [f"{said} ({duration(int(bottom.busy_for))} • esc to interrupt){beside}"]
    return [*rows, *hanging("  └ ", "    ", [reason], columns)] if reason else rows


def _background(bottom: Bottom) -> str:
    count = bottom.background
    return f"{count} background terminal{'s' if count > 1 else ''} running · /ps to view · /stop to close"


def queue_rows(bottom: Bottom, *, columns: int) -> list[str]:
    """Show the prompts that wait: for the end of a tool, and for the end of the turn."""
    steers = [row for text in bottom.steers for row in _waiting(text, columns)]
    queued = [row for text in bottom.queued for row in _waiting(text, columns)]
    parts = [hanging("• ", "  ", [_STEERS], columns) + steers] if steers else []
    parts += [["• Queued follow-up inputs", *queued, _QUEUE_HINT]] if queued else []
    return [row for number, part in enumerate(parts) for row in ([""] if number else []) + part]


def _waiting(text: str, columns: int) -> list[str]:
    rows = hanging("  ↳ ", "    ", text.split("\n"), columns)
    return [*rows[:_QUEUED_ROWS], *(["    …"] if len(rows) > _QUEUED_ROWS else [])]


def box_rows(bottom: Bottom, *, columns: int, rows: int) -> tuple[list[str], tuple[int, int]]:
    """Give at most so many rows of the composer, the one with the cursor among them, and its place."""
    mark = "! " if bottom.shell else "› "
    if not bottom.text:
        return [mark if bottom.shell else mark + _PLACEHOLDER], (0, len(mark))
    lines, (row, column) = _placed(bottom.text, bottom.cursor, max(columns - SIDES, 1))
    first = max(0, min(row - rows + 1, len(lines) - rows))
    shown = lines[first : first + rows]
    marked = [f"{'  ' if index else mark}{line}".rstrip() for index, line in enumerate(shown)]
    return marked, (row - first, column + len(mark))


def _placed(text: str, cursor: int, room: int) -> tuple[list[str], tuple[int, int]]:
    """Break the text into rows, and find the cursor's row and column in them."""
    rows: list[str] = []
    place = (0, 0)
    for start, end in _ranges(text, room):
        if cursor >= start:
            place = len(rows), width(clean(text[start : min(cursor, end)]))
        rows.append(clean(text[start:end]))
    return rows, (place[0], min(place[1], room))


def _ranges(text: str, room: int) -> list[tuple[int, int]]:
    """Give where each row begins and ends in the text; what it is broken at belongs to the row before."""
    ranges: list[tuple[int, int]] = []
    start = 0
    for line in text.split("\n"):
        at = end = start
        for word in words(line):
            if at < end and width(clean(text[at:end] + word.rstrip(" "))) > room:
                ranges.append((at, end))
                at = end
            end += len(word)
            for piece in wrap(text[at:end].rstrip(" "), room)[:-1] if len(word) > room // 2 else ():
                ranges.append((at, at + len(piece)))
                at += len(piece)
        ranges.append((at, end))
        start = end + 1
    return ranges


def footer_rows(bottom: Bottom, *, about: str, said: str, columns: int) -> list[str]:
    """Give what stands below the composer: what the session is, what keys do, and what is `said` besides."""
    left, right = _hints(bottom)
    right = right or said
    rows = [cut(f"  {about}", columns - _MARGIN)]
    if right:
        left = f"  {left}" if left else ""
        room = columns - _MARGIN - width(right)
        while " · " in left and width(left) >= room:
            left = left.rpartition(" · ")[0]
        rows.append(left + " " * (room - width(left)) + right if width(left) < room else left)
    elif left:
        rows.append(cut(f"  {left}", columns - _MARGIN))
    return rows


def _hints(bottom: Bottom) -> tuple[str, str]:
    """Give the footer's left and right hint."""
    if bottom.help:
        return menu.HELP_HINT, ""
    if bottom.shell:
        return "", "Shell mode"
    if bottom.hint:
        return bottom.hint, ""
    return ("" if bottom.text or bottom.menu else _SHORTCUTS), ""
