"""The bottom of Claude Code's screen: spinner, queue, input box, footer.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.menu import commands, help_rows, menu_rows
from pytest_tmuxagent.faces.text import clean, cut, fill, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_tmuxagent.faces.plain import Bottom

_GLYPHS = "·✢*✶✻✽✽✻✶*✢·"
_BOX_SIDES = 4  # columns beside the text
_PATIENCE = 16  # seconds without a token before the spinner tells the time
_QUEUE_HINT = "Press up to edit queued messages"
_SIGNED_OUT = "Not logged in · Run /login"
_FOOTER_SIDE = 2  # columns to the right of the footer
_SHORTCUTS, _AGENTS = "? for shortcuts", "← for agents"
_MODES = {
    "acceptEdits": "⏵⏵ accept edits on (shift+tab to cycle)",
    "auto": "⏵⏵ auto mode on (shift+tab to cycle)",
    "bypassPermissions": "⏵⏵ bypass permissions on (shift+tab to cycle)",
    "dontAsk": "⏵⏵ don't ask on (shift+tab to cycle)",
    "plan": "⏸ plan mode on (shift+tab to cycle)",
}


def spinner(bottom: Bottom, verb: str) -> str:
    """Give the line that says what the agent is at."""
    if bottom.notice:
        return f"✻ {bottom.notice}"
    seconds = int(bottom.busy_for or 0)
    parts = [duration(seconds)] if bottom.tokens or seconds > _PATIENCE else []
    parts += [f"↓ {counted(bottom.tokens)} tokens"] if bottom.tokens else []
    glyph = _GLYPHS[bottom.frame % len(_GLYPHS)]
    return f"{glyph} {verb}… ({' · '.join(parts)})" if parts else f"{glyph} {verb}…"


def duration(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minutes}m {seconds}s"
    return f"{minutes}m {seconds}s" if minutes else f"{seconds}s"


def counted(tokens: int) -> str:
    return str(tokens) if tokens < 1000 else f"{tokens / 1000:.1f}k"


def queue_rows(queued: list[str], columns: int, room: int) -> list[str]:
    """Show the prompts that wait, above the box."""
    rows = [
        f"  {'❯ ' if not index else '  '}{row}"
        for text in queued
        for index, row in enumerate(r for line in text.split("\n") for r in fill(clean(line), columns - 6))
    ]
    return rows[:room]


def box_rows(bottom: Bottom, *, columns: int) -> tuple[list[str], tuple[int, int]]:
    """Give the rows between the two rules, however many, and where in them the cursor is."""
    mark = "!\u00a0" if bottom.shell else "❯\u00a0"
    if not bottom.text and bottom.queued:
        return [f"{mark}{_QUEUE_HINT}"], (0, len(mark))
    rows, (row, column) = _placed(bottom.text, bottom.cursor, max(columns - _BOX_SIDES, 1))
    marked = [f"{'  ' if index else mark}{line}" for index, line in enumerate(rows)]
    return marked, (row, column + len(mark))


def _placed(text: str, cursor: int, room: int) -> tuple[list[str], tuple[int, int]]:
    """Break the text into rows, and find the cursor's row and column in them."""
    rows: list[str] = []
    place, start = (0, 0), 0
    for line in text.split("\n"):
        at = start
        for row in fill(clean(line), room):
            shown_at = max(text.find(row, at), at) if row else at
            if cursor >= shown_at:
                place = len(rows), min(width(clean(text[shown_at:cursor])), room)
            rows.append(row)
            at = shown_at + len(row)
        start += len(line) + 1
    return rows, place


def below_box(bottom: Bottom, *, columns: int, rows: int, footer: str | None, hint: str) -> list[str]:
    """Give what stands below the box: the menu, the help, or one line.

    `footer` takes the place of what stands there while the agent is idle.
    """
    if bottom.menu:
        return menu_rows(bottom.menu, bottom.menu_selected, columns=columns, rows=rows)
    if bottom.help:
        return help_rows(columns)[:rows]
    if _is_unknown_command(bottom):
        return [cut(f'No commands match "{clean(bottom.text)}"', columns)]
    left = _footer(bottom, footer)
    right = [*([] if bottom.signed_in else [_SIGNED_OUT]), *([hint] if hint else [])]
    lines = [cut(left, columns - _FOOTER_SIDE)]
    if right and width(left) + width(right[0]) < columns - _FOOTER_SIDE:
        first = right.pop(0)
        lines[0] += " " * (columns - _FOOTER_SIDE - width(left) - width(first)) + first
    return lines + [cut(text, columns).rjust(columns - _FOOTER_SIDE) for text in right]


def _is_unknown_command(bottom: Bottom) -> bool:
    """Whether a command is being typed that there is none for; a path is no command."""
    name = bottom.text[1:]
    return bottom.text.startswith("/") and name.replace("-", "").isalnum() and not commands(bottom.text)


def _footer(bottom: Bottom, footer: str | None) -> str:
    if bottom.leaving:
        return f"  Press {bottom.leaving} again to exit"
    if bottom.shell:
        return "  ! for shell mode"
    mode = _MODES.get(bottom.mode)
    busy = bottom.busy_for is not None
    if footer is not None and not busy and (mode or not bottom.text):
        return f"  {footer}"
    if bottom.text:
        return f"  {mode}" if mode else ""
    if mode:
        parts = [mode, *(["esc to interrupt"] if busy else []), _AGENTS]
    elif busy:
        parts = ["esc to interrupt", _AGENTS]
    else:
        parts = [_SHORTCUTS, _AGENTS]
    return f"  {' · '.join(parts)}"
