"""The tables of Markdown as Claude Code draws them.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.inline import plain
from pytest_tmuxagent.faces.text import clean, fill, width

_LEAST = 3  # columns of a cell
_MOST_ROWS = 4  # of a cell; a table that would need more is listed
_LISTED_RULE = 40  # columns
_BORDER = 3  # columns that a cell's frame and blanks take
_SPARED = 3  # columns: the last frame, and some that stay free


def is_row(bare: str) -> bool:
    return bare.startswith("|")


def is_delimiter(bare: str) -> bool:
    """Whether a line is the one below the header: `|---|:-:|`."""
    return "-" in bare and not bare.strip("|-: ")


def draw_table(lines: list[str], *, columns: int) -> list[str]:
    """Draw a header, a delimiter and rows; the cells wrap where the whole would be too wide."""
    header, delimiter, *body = [_cells(line) for line in lines]
    rows = [[*row, *[""] * len(header)][: len(header)] for row in (header, *body)]
    widths = _widths(rows, columns - _SPARED - _BORDER * len(header))
    if any(
        len(fill(cell, room)) > _MOST_ROWS for row in rows for cell, room in zip(row, widths, strict=True)
    ):
        return _listed(rows, columns)
    sides = [_side(cell) for cell in [*delimiter, *[""] * len(header)][: len(header)]]
    drawn = [_line("┌┬┐", widths), *_row(rows[0], widths, ["centre"] * len(header))]
    for row in rows[1:]:
        drawn += [_line("├┼┤", widths), *_row(row, widths, sides)]
    return [*drawn, _line("└┴┘", widths)]


def _listed(rows: list[list[str]], columns: int) -> list[str]:
    """Give the rows of a table below each other, each cell behind the name of its column."""
    header, *body = rows
    listed = []
    for index, row in enumerate(body):
        if index:
            listed.append("─" * min(columns, _LISTED_RULE))
        for name, cell in zip(header, row, strict=True):
            listed += fill(f"{name}: {cell}", columns)
    return listed


def _cells(line: str) -> list[str]:
    bare = line.strip().strip("|")
    parts = bare.replace("\\|", "\0").split("|")
    return [clean(plain(part.replace("\0", "|").strip())) for part in parts]


def _side(cell: str) -> str:
    if cell.endswith(":"):
        return "centre" if cell.startswith(":") else "right"
    return "left"


def _widths(rows: list[list[str]], room: int) -> list[int]:
    """Give each column what its widest cell needs; where there is no room, share it by what is missing."""
    columns = [list(cells) for cells in zip(*rows, strict=True)]
    wanted = [max(_LEAST, *map(width, cells)) for cells in columns]
    if sum(wanted) <= room:
        return wanted
    least = [
        max(_LEAST, *(width(word) for cell in cells for word in [*cell.split(), ""])) for cells in columns
    ]
    spare = room - sum(least)
    if spare < 0:
        return [max(_LEAST, each * room // sum(least)) for each in least]
    missing = [most - few for most, few in zip(wanted, least, strict=True)]
    return [few + part * spare // sum(missing) for few, part in zip(least, missing, strict=True)]


def _line(marks: str, widths: list[int]) -> str:
    left, between, right = tuple(marks)
    return left + between.join("─" * (each + 2) for each in widths) + right


def _row(cells: list[str], widths: list[int], sides: list[str]) -> list[str]:
    filled = [fill(cell, room) for cell, room in zip(cells, widths, strict=True)]
    height = max(map(len, filled))
    filled = [[""] * ((height - len(rows)) // 2) + rows for rows in filled]
    return [
        "│"
        + "│".join(
            f" {_placed(rows[line] if line < len(rows) else '', room, side)} "
            for rows, room, side in zip(filled, widths, sides, strict=True)
        )
        + "│"
        for line in range(height)
    ]


def _placed(text: str, room: int, side: str) -> str:
    blanks = max(room - width(text), 0)
    before = {"left": 0, "right": blanks}.get(side, blanks // 2)
    return " " * before + text + " " * (blanks - before)
