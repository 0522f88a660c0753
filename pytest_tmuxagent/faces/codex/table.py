"""Tables of markdown, as Codex draws them.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.codex.inline import plain
from pytest_tmuxagent.faces.codex.rows import filled
from pytest_tmuxagent.faces.text import width

_LEAST = 3  # columns of a cell's text
_SIDES, _BETWEEN = 2, 2  # columns around a cell's text, and between two cells


def is_table_row(line: str) -> bool:
    return line.lstrip().startswith("|")


def is_delimiter(line: str) -> bool:
    cells = _cells(line)
    return bool(cells) and all(cell and not cell.strip(":-") and "-" in cell for cell in cells)


def table(lines: list[str], columns: int) -> list[str]:
    """Draw a table: its lines are a header, a delimiter, and rows."""
    sides = [(cell.startswith(":"), cell.endswith(":")) for cell in _cells(lines[1])]
    grid = [[plain(cell) for cell in _cells(line)] for line in (lines[0], *lines[2:])]
    grid = [[*row, *[""] * len(sides)][: len(sides)] for row in grid]
    widths = _fitted([max(_LEAST, *(width(row[at]) for row in grid)) for at in range(len(sides))], columns)
    rows: list[str] = []
    for number, row in enumerate(grid):
        if number:
            rows.append(_rule("━" if number == 1 else "─", widths))
        rows += _row(row, widths, sides)
    return [*rows, _rule("━", widths)] if len(grid) == 1 else rows


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]


def _fitted(widths: list[int], columns: int) -> list[int]:
    """Make the widest columns narrower until all fit."""
    room = columns - len(widths) * _SIDES - (len(widths) - 1) * _BETWEEN
    widths = [min(each, columns) for each in widths]
    while sum(widths) > max(room, len(widths) * _LEAST):
        widths[widths.index(max(widths))] -= 1
    return widths


def _rule(mark: str, widths: list[int]) -> str:
    return (" " * _BETWEEN).join(mark * (each + _SIDES) for each in widths)


def _row(row: list[str], widths: list[int], sides: list[tuple[bool, bool]]) -> list[str]:
    cells = [filled(text, room) for text, room in zip(row, widths, strict=True)]
    rows = []
    for number in range(max(len(cell) for cell in cells)):
        shown = [
            f" {_aligned(cell[number] if number < len(cell) else '', room, side)} "
            for cell, room, side in zip(cells, widths, sides, strict=True)
        ]
        rows.append((" " * _BETWEEN).join(shown).rstrip())
    return rows


def _aligned(text: str, room: int, side: tuple[bool, bool]) -> str:
    free = room - width(text)
    before = free // 2 if all(side) else free if side[1] else 0
    return " " * before + text + " " * (free - before)
