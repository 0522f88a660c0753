"""Columns of text that fit a terminal: some can be spared, and the names in the first one be shortened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_tmuxagent.evals.writers.figures import NOTHING
from pytest_tmuxagent.faces.text import width as columns_of

_GAP = "  "
_NAME = 32
"""So much of a name is worth more than a column that could be spared."""
_LEAST_NAME = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: `spare` says which go first where room is short, the highest numbers; 0 stays."""

    title: str
    cells: Sequence[str]
    spare: int = 0

    @property
    def width(self) -> int:
        """How wide the widest cell is, or the title."""
        return max(map(columns_of, (self.title, *self.cells)))

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing."""
        return all(cell in ("", NOTHING) for cell in self.cells)


def lines_of(names: Column, others: Sequence[Column], *, width: int) -> tuple[str, ...]:
    """Write them side by side, none wider than `width` where that is sane.

    Columns that could be spared and say nothing are left out; where room is short, names are shortened, and
    further columns are left out.
    """
    kept = [column for column in others if not (column.spare and column.is_empty)]
    named = min(names.width, _NAME)
    while _total(kept) > width - named and (spare := max(column.spare for column in kept)):
        kept = [column for column in kept if column.spare != spare]
    room = max(_LEAST_NAME, width - _total(kept))
    cells = [shortened(name, room) for name in names.cells]
    return _lines([Column(title=names.title, cells=cells), *kept])


def fits(names: Column, others: Sequence[Column], *, width: int, but: int) -> bool:
    """Whether there is room for all but those with a `spare` of `but` or more; names may be shortened."""
    needed = [column for column in others if column.spare < but and not (column.spare and column.is_empty)]
    return min(names.width, _NAME) + _total(needed) <= width


def shortened(name: str, room: int) -> str:
    """Cut a name at its beginning, where paths are, to so many columns."""
    if columns_of(name) <= room:
        return name
    kept = name
    while kept and columns_of(kept) > room - 1:
        kept = kept[1:]
    return f"…{kept}"


def _total(columns: Sequence[Column]) -> int:
    """How wide they are, each with the gap before it."""
    return sum(column.width + len(_GAP) for column in columns)


def _lines(columns: Sequence[Column]) -> tuple[str, ...]:
    titled = [(column.title, *column.cells) for column in columns]
    widths = [column.width for column in columns]
    return tuple(_line(cells, widths) for cells in zip(*titled, strict=True))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (wide - columns_of(cell)) for cell, wide in zip(cells, widths, strict=True))
    return _GAP.join(padded).rstrip()
