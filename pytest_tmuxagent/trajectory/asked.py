"""Compares the permissions that were asked for, and their answers, with the expected ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.trajectory import showing
from pytest_tmuxagent.trajectory.patterns import CallPattern, pattern_of
from pytest_tmuxagent.trajectory.recorded import Course, RecordedPermission
from pytest_tmuxagent.trajectory.steps import Step, steps

_OF = "assert_permissions()"
_ANSWERS: Sequence[object] = ("allow", "allow_always", "deny", None)
_ANY = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expected:
    """A permission as a test expects it."""

    pattern: CallPattern
    answer: object = _ANY

    def __str__(self) -> str:
        answer = "" if self.answer is _ANY else f", {_answered(self.answer)}"
        return f"{showing.expected(self.pattern)}{answer}"


def exactly(expected: Sequence[object], course: Course) -> str | None:
    """These, in this order, and no other; None where it is so, else what differs."""
    rows = list(zip_longest(map(_expected, expected), course.permissions))
    fits = [_fits(one, asked, course) for one, asked in rows]
    if all(fits):
        return None
    lines = [
        f"  {'=' if fit else '!'} {number}. {_row(one, asked, course, fit)}"
        for number, ((one, asked), fit) in enumerate(zip(rows, fits, strict=True), start=1)
    ]
    return "\n".join([f"the permissions differ, first number {fits.index(False) + 1}:", *lines])


def _expected(given: object) -> _Expected:
    if not isinstance(given, tuple):
        return _Expected(pattern=pattern_of(given, of=_OF))
    if len(given) != 2 or given[1] not in _ANSWERS:
        raise Misuse(
            f"{_OF} was given {given!r:.80}. A tuple is a call and its answer: "
            '(tool.shell("ls"), "deny"); the answer is allow, allow_always, deny, or None.'
        )
    return _Expected(pattern=pattern_of(given[0], of=_OF), answer=given[1])


def _fits(expected: _Expected | None, asked: RecordedPermission | None, course: Course) -> bool:
    if expected is None or asked is None:
        return False
    is_answered = expected.answer is _ANY or expected.answer == asked.decision
    return is_answered and any(map(expected.pattern.matches, _parts(asked, course)))


def _parts(asked: RecordedPermission, course: Course) -> Sequence[Step]:
    """Give each thing that it does: any of them may be meant."""
    return steps([asked], workdir=course.workdir, is_whole=lambda _: False)


def _row(
    expected: _Expected | None,
    asked: RecordedPermission | None,
    course: Course,
    fit: bool,  # noqa: FBT001
) -> str:
    if asked is None:
        return f"expected {expected}\n       it was not asked for"
    made = f"{' + '.join(map(showing.actual, _parts(asked, course)))}, {_answered(asked.decision)}"
    if fit:
        return made
    return f"{made}\n       expected {expected or 'no further one'}"


def _answered(answer: object) -> str:
    return "not answered" if answer is None else f"answered {answer}"
