"""How Codex breaks and marks rows of text.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.text import clean, width, wrap

_PARTS = "-/)]}"  # behind them a word may be broken
SIDES = 3  # columns that a prompt, in the box or in the history, leaves free


def filled(text: str, columns: int) -> list[str]:
    """Break one line between words; a word too long for a row begins one of its own, and is cut.

    Source: the crate textwrap: words end at blanks, and in a word behind a hyphen or a slash.
    """
    columns = max(columns, 1)
    text = clean(text)
    if width(text) <= columns:
        return [text.rstrip()]
    rows, row = [], ""
    for word in words(text):
        if width(row + word.rstrip(" ")) <= columns:
            row += word
            continue
        if row.strip():
            rows.append(row.rstrip())
            row = ""
        *whole, row = wrap(word, columns) if width(word.rstrip(" ")) > columns else [word]
        rows += whole
    return [*rows, row.rstrip()]


def hanging(first: str, rest: str, lines: list[str], columns: int) -> list[str]:
    """Mark the first row with `first`, all others with `rest`; both are equally wide."""
    room = columns - width(first)
    rows = [row for line in lines for row in filled(line, room)]
    return [f"{rest if index else first}{row}".rstrip() for index, row in enumerate(rows)]


def duration(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minutes:02}m {seconds:02}s"
    return f"{minutes}m {seconds:02}s" if minutes else f"{seconds}s"


def words(text: str) -> list[str]:
    """Split where a row may end; an address is never broken between its parts."""
    if not any(part in text for part in _PARTS):
        *rest, last = text.split(" ")
        return _with_blanks(rest, last) if rest else [text]
    found, start = [], 0
    for index in range(1, len(text)):
        if _may_break(text, index, start):
            found.append(text[start:index])
            start = index
    return [*found, text[start:]]


def _with_blanks(rest: list[str], last: str) -> list[str]:
    """Give each word its blank back; several blanks stay together."""
    found: list[str] = []
    for word in rest:
        if word or not found:
            found.append(f"{word} ")
        else:
            found[-1] += " "
    return [*found, last] if last else found


def _may_break(text: str, index: int, start: int) -> bool:
    """Whether a row may end before the character at the index, in a word that begins at `start`."""
    before, character = text[index - 1], text[index]
    if before == " ":
        return character != " "
    if before in ")]}":
        return character in "([{"
    behind_part = before in "-/" and character.isalpha() and text[index - 2 : index - 1].isalnum()
    return behind_part and "://" not in text[start:index]
