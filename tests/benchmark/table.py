"""The table: a row for each thing measured, a column for each tool."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tests.benchmark.measuring import Effort, Outcome, percentile

OURS = "pytest-tmuxagent"
TOOLS = (OURS, "libtmux", "pexpect", "hecate")
_LABEL_WIDTH = 48
_CELL_WIDTH = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in one column: the words, and the figures behind them where there are any."""

    words: str
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing measured; `unit` is that of all figures. A tool without a cell was not asked."""

    label: str
    unit: str
    cells: Mapping[str, Cell]

    @property
    def tools(self) -> tuple[str, ...]:
        """The columns of the table that it stands in: the common ones, or those of its own rivals."""
        return TOOLS if self.cells.keys() <= set(TOOLS) else tuple(self.cells)


Measure: TypeAlias = Callable[[Effort, Path], list[Row]]


def single(value: float) -> Cell:
    """A figure of which there is one."""
    return Cell(words=_number(value), figures={"value": value})


def unavailable(reason: str) -> Cell:
    """No figure, and why."""
    return Cell(words=f"unavailable: {reason}", figures={})


def timed_row(
    label: str,
    outcomes: Mapping[str, Outcome],
    *,
    unit: str = "ms",
    scale: float = 1000.0,
    shares: Sequence[float] = (0.5,),
) -> Row:
    """A row of samples in seconds: the median, or all the `shares` of a distribution."""
    cells = {tool: _cell(outcome, scale=scale, shares=shares) for tool, outcome in outcomes.items()}
    return Row(label=label, unit=unit, cells=cells)


def _cell(outcome: Outcome, *, scale: float, shares: Sequence[float]) -> Cell:
    if not outcome.samples:
        return unavailable(outcome.problem)
    figures = {f"p{100 * share:.0f}": scale * percentile(outcome.samples, share) for share in shares}
    if len(figures) == 1:
        words = _number(next(iter(figures.values())))
    else:
        words = "  ".join(f"{name} {_number(value)}" for name, value in figures.items())
    if outcome.problem:
        words += f" (then: {outcome.problem})"
    return Cell(words=words, figures={**figures, "samples": len(outcome.samples)})


def render(rows: Sequence[Row], *, machine: Mapping[str, str], notes: str) -> str:
    """Give the table as text for a terminal: rows beside the same tools stand together, under their names."""
    lines = [f"{name}: {value}" for name, value in machine.items()]
    rule = ""
    for tools in dict.fromkeys(row.tools for row in rows):
        head = _lines("", "", tools)
        rule = "-" * max(len(line) for line in head)
        lines += ["", *head, rule]
        for row in (row for row in rows if row.tools == tools):
            words = [row.cells[tool].words if tool in row.cells else "-" for tool in tools]
            lines += _lines(row.label, row.unit, words)
    return "\n".join([*lines, rule, notes])


def as_json(rows: Sequence[Row], *, machine: Mapping[str, str]) -> dict[str, Any]:
    """Give the table as an object."""
    return {
        "machine": dict(machine),
        "rows": [
            {
                "label": row.label,
                "unit": row.unit,
                "tools": {tool: {"words": cell.words, **cell.figures} for tool, cell in row.cells.items()},
            }
            for row in rows
        ],
    }


def _lines(label: str, unit: str, cells: Sequence[str]) -> list[str]:
    columns = [
        textwrap.wrap(label, _LABEL_WIDTH),
        [unit],
        *(textwrap.wrap(cell, _CELL_WIDTH) for cell in cells),
    ]
    widths = [_LABEL_WIDTH, 4, *(_CELL_WIDTH for _ in cells)]
    height = max(len(column) for column in columns)
    return [
        "  ".join(
            _at(column, line).ljust(width) for column, width in zip(columns, widths, strict=True)
        ).rstrip()
        for line in range(height)
    ]


def _at(column: Sequence[str], line: int) -> str:
    return column[line] if line < len(column) else ""


def _number(value: float) -> str:
    if value and abs(value) < 1:
        return f"{value:.2g}" if abs(value) >= 0.1 else f"{value:.3f}"
    return f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"
