"""Compares expected calls with those that were made: gives None, or what differs, in words."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.trajectory import showing
from pytest_tmuxagent.trajectory.alignment import Row, align, nearest, pair
from pytest_tmuxagent.trajectory.patterns import EXIT_CODE, NOT_TOLD, CallPattern
from pytest_tmuxagent.trajectory.recorded import Course
from pytest_tmuxagent.trajectory.steps import Step, steps
from pytest_tmuxagent.trajectory.values import is_matcher

_LEGEND = "all calls (= as expected, ! differs, - not called, + not expected):"
_SHELL = "shell"


def exactly(expected: Sequence[CallPattern], course: Course) -> str | None:
    """These, in this order, and no other."""
    return _difference(align(expected, _steps(course, expected)), what="the tool calls")


def in_any_order(expected: Sequence[CallPattern], course: Course) -> str | None:
    """These, and no other."""
    made = _steps(course, expected)
    found = pair(expected, made)
    if len(found) == len(expected) == len(made):
        return None
    missing = [pattern for index, pattern in enumerate(expected) if index not in found]
    surplus = {index for index in range(len(made)) if index not in found.values()}
    heading = f"the tool calls differ, in any order: {_count(missing, 'not called')}, {len(surplus)} too many"
    marks = ["+" if index in surplus else "=" for index in range(len(made))]
    return _told(heading, _missing(missing, [made[index] for index in sorted(surplus)]), made, marks)


def including(expected: Sequence[CallPattern], course: Course) -> str | None:
    """These, whatever else."""
    made = _steps(course, expected)
    found = pair(expected, made)
    missing = [pattern for index, pattern in enumerate(expected) if index not in found]
    if not missing:
        return None
    marks = ["=" if index in found.values() else " " for index in range(len(made))]
    free = [step for index, step in enumerate(made) if index not in found.values()]
    return _told(f"{_count(missing, 'not called')}", _missing(missing, free), made, marks)


def in_order(expected: Sequence[CallPattern], course: Course) -> str | None:
    """These, in this order, whatever else."""
    made = _steps(course, expected)
    marks = [" "] * len(made)
    begin = 0
    for number, pattern in enumerate(expected, start=1):
        at = next((at for at in range(begin, len(made)) if pattern.matches(made[at])), None)
        if at is None:
            return _told(
                f"expected call {number} of {len(expected)} was not made{_after(made, begin)}",
                _not_in_order(pattern, made, begin),
                made,
                marks,
            )
        marks[at], begin = "=", at + 1
    return None


def never(unwanted: Sequence[CallPattern], course: Course) -> str | None:
    """None of these."""
    made = _steps(course, unwanted)
    found = [(step, pattern) for step in made for pattern in unwanted if _is_it(pattern, step)]
    if not found:
        return None
    forbidden = {id(step) for step, _ in found}
    told = [
        f"  {step.number}. {showing.actual(step)}\n     is {showing.expected(pattern)}"
        for step, pattern in found
    ]
    heading = f"{len(forbidden)} of {len(made)} tool calls should never have been made:"
    return "\n".join([heading, *told])


def commands(expected: Sequence[object], course: Course) -> str | None:
    """These shell commands, in this order, and no other."""
    patterns = tuple(map(_command, expected))
    made = [step for step in _steps(course, patterns) if step.kind == _SHELL]
    return _difference(align(patterns, made), what="the shell commands")


def _steps(course: Course, expected: Sequence[CallPattern]) -> Sequence[Step]:
    ours = [pattern for pattern in expected if pattern.kind is not None]
    theirs = [pattern for pattern in expected if pattern.kind is None]

    def is_whole(step: Step) -> bool:
        if any(pattern.matches(step) for pattern in theirs):
            return True
        if not any(pattern.is_like(step) for pattern in theirs):
            return False
        parts = steps([step.call], workdir=course.workdir, is_whole=lambda _: False)
        return not any(pattern.matches(part) for pattern in ours for part in parts)

    return steps(course.tool_calls, workdir=course.workdir, is_whole=is_whole)


def _command(given: object) -> CallPattern:
    command, code = given if isinstance(given, tuple) and len(given) == 2 else (given, NOT_TOLD)
    if not isinstance(command, str) and not is_matcher(command):
        raise Misuse(
            f"assert_commands() was given {given!r:.80}. It takes commands or matchers of them, one by one, "
            'each alone or with its exit code: assert_commands("make", ("make test", 2)).'
        )
    return CallPattern(kind=_SHELL, arguments={"command": command}, exit_code=code)


def _is_it(pattern: CallPattern, step: Step) -> bool:
    if pattern.matches(step):
        return True
    return pattern.kind == _SHELL and step.command is not None and pattern.matches(step.as_command)


def _difference(rows: Sequence[Row], *, what: str) -> str | None:
    first = next((row for row in rows if not row.is_as_expected), None)
    if first is None:
        return None
    return "\n".join([f"{what} differ: {_first(first)}", *_details(first), _LEGEND, *showing.table(rows)])


def _first(row: Row) -> str:
    if row.actual is None:
        assert row.expected is not None, "a row has one side at least"
        return f"{showing.expected(row.expected)} was not called"
    made = f"call {row.actual.number}"
    if row.expected is None:
        return f"{made}, {showing.actual(row.actual)}, was not expected"
    return f"{made} is not {showing.expected(row.expected)}"


def _details(row: Row) -> Sequence[str]:
    if row.expected is None or row.actual is None:
        return []
    return _differences(row.expected, row.actual)


def _differences(pattern: CallPattern, step: Step) -> Sequence[str]:
    return [
        line
        for found in pattern.differences(step)
        for line in (
            f"  {'exit code' if found.argument == EXIT_CODE else found.argument}:",
            *(f"    {line}" for line in showing.difference(found)),
        )
    ]


def _missing(missing: Sequence[CallPattern], free: Sequence[Step]) -> Sequence[str]:
    """Tell of each what comes nearest to it."""
    lines: list[str] = []
    for pattern in missing:
        lines.append(f"  - {showing.expected(pattern)}")
        near = nearest(pattern, free)
        if near is not None:
            lines.append(f"    nearest is call {near.number}, {showing.actual(near, beside=pattern)}")
            lines += [f"  {line}" for line in _differences(pattern, near)]
    return lines


def _not_in_order(pattern: CallPattern, made: Sequence[Step], begin: int) -> Sequence[str]:
    earlier = next((step for step in made[:begin] if pattern.matches(step)), None)
    if earlier is not None:
        return [f"  - {showing.expected(pattern)}", f"    it was made before, as call {earlier.number}"]
    return _missing([pattern], made[begin:])


def _after(made: Sequence[Step], begin: int) -> str:
    return f" after call {made[begin - 1].number}" if begin else ""


def _count(missing: Sequence[CallPattern], what: str) -> str:
    return f"{len(missing)} expected call{'s' * (len(missing) != 1)} {what}"


def _told(heading: str, details: Sequence[str], made: Sequence[Step], marks: Sequence[str]) -> str:
    if not made:
        return "\n".join([heading, *details, "no tool was called"])
    return "\n".join([heading, *details, "all calls:", *showing.numbered(made, marks=marks)])
