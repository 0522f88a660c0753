"""Proves an evaluation offline: an agent that does nothing must fail the test, and its solution must pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.evals.course import Course, Tally
from pytest_tmuxagent.evals.results import Decision, TestVerdict, TrialResult

if TYPE_CHECKING:
    from pytest_tmuxagent.script.script import Script

ANSWER = "I did nothing."
"""What the agent that does nothing says to any prompt."""

_SOLVES = 2
"""The trial with the solution; the one before it is with the agent that does nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A design: a trial with an agent that does nothing, and one with the solution, where there is one."""

    size: int

    def look(self, tally: Tally) -> TestVerdict | None:
        """Give the verdict as far as it is known."""
        done = self.size - tally.left
        if tally.unknown or tally.skipped:
            who = "its solution" if done == _SOLVES else "an agent that does nothing"
            return _verdict("undecided", f"not proved: the trial with {who} gave no score")
        if done < _SOLVES:
            return self._look_at_nothing(tally)
        if tally.passed:
            return _verdict("passed", "proved: an agent that does nothing fails it, and its solution passes")
        return _verdict("failed", "its own solution fails it: it asks for too much, or this is no solution")

    def decide(self, trials: Iterable[TrialResult], *, of: int) -> TestVerdict | None:
        """Give the verdict on the trials that have ended; None as long as it is open."""
        course = Course(self, of=of)
        for trial in trials:
            course.add(trial)
        return course.verdict

    def as_mapping(self) -> Mapping[str, Any]:
        """Give what is proved, for files."""
        return {"proof": self.size}

    def _look_at_nothing(self, tally: Tally) -> TestVerdict | None:
        if tally.passed:
            why = "worthless: an agent that does nothing passes it. Assert on what one must have done"
            return _verdict("failed", why)
        if self.size < _SOLVES:
            return _verdict("passed", "an agent that does nothing fails it (it names no solution= to try)")
        return None


def proof_of(solution: object) -> Proof:
    """Give the design that proves a test whose `trials` marker names this solution; None is none.

    Raises:
        Misuse: it can be no solution.
    """
    if solution is None:
        return Proof(size=1)
    _writer_of(solution)
    return Proof(size=_SOLVES)


def answering(solution: object, *, number: int) -> AbstractContextManager[None]:
    """Have all scripts made meanwhile answer as the agent of this trial does, whatever the test writes."""
    from pytest_tmuxagent.script.script import standing_in

    return standing_in(_writer_of(solution) if number == _SOLVES else _do_nothing)


def solution_of(item: pytest.Item) -> object:
    """What the test's own marker names as its solution."""
    mark = item.get_closest_marker("trials")
    return None if mark is None else mark.kwargs.get("solution")


def _writer_of(solution: object) -> Callable[[Script], object]:
    """Make a function that writes a script, of one, or of a list of replies: parts, or tuples of parts."""
    if callable(solution):
        return solution
    if not isinstance(solution, (list, tuple)) or not solution:
        raise Misuse(
            f"trials: solution={solution!r}: a function that takes a script and writes it, or a list of its "
            "replies"
        )
    replies = [reply if isinstance(reply, (list, tuple)) else (reply,) for reply in solution]

    def write(script: Script) -> None:
        for parts in replies:
            script.reply(*parts)

    return write


def _do_nothing(script: Script) -> None:
    script.reply(ANSWER).always()


def _verdict(decision: Decision, why: str) -> TestVerdict:
    return TestVerdict(decision=decision, why=why)
