"""Rows of Claude Code's history: hung below their mark, folded where there are too many, paths shortened.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.text import clean, fill, wrap

ELBOW = "  ⎿ \u00a0"  # a blank, then one that does not break: so the real one writes it
INTERRUPTED = f"{ELBOW}Interrupted · What should Claude do instead?"
_PRINTED_LINES = 3
_COMPLAINT_LINES = 10
_TAB_STOP = 8
_SIDES = 10  # columns beside what a program printed


def hanging(mark: str, text: str, columns: int) -> list[str]:
    """Put a mark before a text; what follows is indented by as much."""
    rows = [row for line in text.split("\n") for row in fill(clean(line), columns - len(mark))]
    return [f"{' ' * len(mark) if index else mark}{row}".rstrip() for index, row in enumerate(rows)]


def printed_rows(text: str, columns: int) -> list[str]:
    """Hang what a program printed below its call: the first few rows, and how many more there are."""
    room = max(columns - _SIDES, 1)
    rows = [row for line in shown_text(text).split("\n") for row in wrap(clean(_tabbed(line)), room)]
    if len(rows) > _PRINTED_LINES + 1:
        rows[_PRINTED_LINES:] = [f"… +{len(rows) - _PRINTED_LINES} lines (ctrl+o to expand)"]
    return under(rows)


def complaint_rows(text: str, columns: int) -> list[str]:
    """Hang an error below its call: its first lines, broken between words."""
    lines = shown_text(text).split("\n")
    rows = [row for line in lines[:_COMPLAINT_LINES] for row in fill(clean(line), columns - len(ELBOW))]
    hidden = len(lines) - _COMPLAINT_LINES
    if hidden > 0:
        rows.append(f"… +{hidden} line{'' if hidden == 1 else 's'} (ctrl+o to expand)")
    return under(rows)


def under(rows: list[str]) -> list[str]:
    """Hang rows below a call."""
    return [f"{' ' * len(ELBOW) if index else ELBOW}{row}".rstrip(" ") for index, row in enumerate(rows)]


def path_shown(path: str, *, cwd: str, home: str) -> str:
    """Give a path as people write it: from the working directory, or else from the home."""
    if cwd and path.startswith(f"{cwd.rstrip('/')}/"):
        return path[len(cwd.rstrip("/")) + 1 :]
    if home and path.startswith(f"{home.rstrip('/')}/"):
        return f"~{path[len(home.rstrip('/')) :]}"
    return path


def shown_text(text: str) -> str:
    """Take the blank lines around a text and the escape sequences in it away."""
    if "\x1b" in text:
        from pytest_tmuxagent.faces.claude.paste import without_escapes

        text = without_escapes(text)
    lines = text.replace("\r\n", "\n").rstrip().split("\n")
    while len(lines) > 1 and not lines[0].strip():
        lines.pop(0)
    return "\n".join(lines)


def _tabbed(line: str) -> str:
    return (" " * len(ELBOW) + line).expandtabs(_TAB_STOP)[len(ELBOW) :] if "\t" in line else line
