"""Shows calls and values to a person: long ones shortened, two that differ at their first difference."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pytest_tmuxagent.trajectory.alignment import Row
from pytest_tmuxagent.trajectory.patterns import (
    NOT_TOLD,
    PATH,
    POSITIONS,
    CallPattern,
    Difference,
    keywords,
)
from pytest_tmuxagent.trajectory.steps import Step
from pytest_tmuxagent.trajectory.values import common_length, path_shown

_LONGEST = 60
_BEFORE, _AFTER = 24, 36
_AROUND = 3


def shown(value: object) -> str:
    """Show a value as Python source, cut in the middle where it is long."""
    written = repr(value)
    if len(written) <= _LONGEST:
        return written
    kept = _LONGEST // 2
    return f"{written[:kept]} ... {written[-kept // 2 :]}"


def expected(pattern: CallPattern) -> str:
    """Show what was expected."""
    return pattern.spelled(shown)


def actual(step: Step, *, beside: CallPattern | None = None) -> str:
    """Show what was done, in the words of a script where there are any, and none of a vendor's beside it."""
    end = f" (exit code {step.exit_code})" if step.kind == "shell" and step.exit_code else ""
    if step.is_of_a_vendor or (beside is not None and beside.kind is None):
        return f"tool.call({', '.join([shown(step.call.name), *keywords(step.call.input, shown)])}){end}"
    given = dict(step.arguments)
    if isinstance(given.get(PATH), str):
        given[PATH] = path_shown(given[PATH], workdir=step.workdir)
    places = POSITIONS.get(step.kind, ())
    leading = []
    for name in places:
        if name not in given:
            break
        leading.append(shown(given.pop(name)))
    return f"tool.{step.kind}({', '.join([*leading, *keywords(given, shown)])}){end}"


def difference(found: Difference) -> Sequence[str]:
    """Show an expected value above the actual one, and where they begin to differ."""
    if not isinstance(found.expected, str) or not isinstance(found.actual, str):
        return [f"expected {_wanted(found.expected)}", f"actual   {_told(found.actual)}"]
    first, second, line = _first_differing_line(found.expected, found.actual)
    at = common_length(first, second)
    heading = [f"line {line}:"] if line else []
    mark = len(f"expected {_around(first, at, end=at)}") - 1
    return [
        *heading,
        f"expected {_around(first, at, end=at + _AFTER)}",
        f"actual   {_around(second, at, end=at + _AFTER)}",
        f"{' ' * mark}^",
    ]


def table(rows: Sequence[Row]) -> Sequence[str]:
    """Show expected and actual calls side by side; long runs without a difference are only counted."""
    near = {
        other
        for index, row in enumerate(rows)
        if not row.is_as_expected
        for other in range(index - _AROUND, index + _AROUND + 1)
    }
    lines: list[str] = []
    left_out = 0
    for index, row in enumerate(rows):
        if index not in near:
            left_out += 1
            continue
        lines += [*_left_out(left_out), *_row(row)]
        left_out = 0
    return [*lines, *_left_out(left_out)]


def numbered(steps: Sequence[Step], *, marks: Sequence[str]) -> Sequence[str]:
    """Show steps with their numbers and a mark before each."""
    return [f"  {mark} {step.number}. {actual(step)}" for mark, step in zip(marks, steps, strict=True)]


def _row(row: Row) -> Sequence[str]:
    if row.actual is None:
        assert row.expected is not None, "a row has one side at least"
        return [f"  - {expected(row.expected)}"]
    made = f"{row.actual.number}. {actual(row.actual, beside=row.expected)}"
    if row.expected is None:
        return [f"  + {made}"]
    if row.is_as_expected:
        return [f"  = {made}"]
    return [f"  ! {made}", f"    {' ' * len(f'{row.actual.number}. ')}expected {expected(row.expected)}"]


def _left_out(count: int) -> Sequence[str]:
    return [f"  = ... {count} as expected"] if count else []


def _wanted(value: object) -> str:
    if value is NOT_TOLD:
        return "no such argument"
    return f"a text with {value.pattern!r} in it" if isinstance(value, re.Pattern) else shown(value)


def _told(value: object) -> str:
    return "not told by the agent" if value is NOT_TOLD else shown(value)


def _first_differing_line(first: str, second: str) -> tuple[str, str, int | None]:
    """Give the lines that differ first, and their number where there are several."""
    if "\n" not in first and "\n" not in second:
        return first, second, None
    one, other = first.splitlines(keepends=True), second.splitlines(keepends=True)
    for number in range(max(len(one), len(other))):
        left, right = "".join(one[number : number + 1]), "".join(other[number : number + 1])
        if left != right:
            return left, right, number + 1
    return first, second, None


def _around(text: str, at: int, *, end: int) -> str:
    begin = max(0, at - _BEFORE)
    return f"{'...' * bool(begin)}{text[begin:end]!r}{'...' * (end > at and end < len(text))}"
