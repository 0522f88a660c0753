"""Agents of which all is known: they pass with a certain probability, or as a string says."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from pytest_tmuxagent.evals.designs import Course, Design, design
from pytest_tmuxagent.evals.results import Cause, Decision, Outcome, TestResult, TestVerdict, TrialResult

_OUTCOMES: dict[str, tuple[Outcome, Cause | None]] = {
    "+": ("passed", None),
    "-": ("failed", "agent_behaviour"),
    "?": ("unscored", "model_provider"),
    "s": ("skipped", None),
    ".": ("not_run", None),
    "!": ("unscored", "test_bug"),
}


def trials(letters: str) -> tuple[TrialResult, ...]:
    """Trials 1, 2, ... that ended as the letters say: `+-?s.`, and `!` for a test bug."""
    return tuple(
        TrialResult(number=number, outcome=outcome, cause=cause, reason=f"reason {number}")
        for number, (outcome, cause) in enumerate((_OUTCOMES[letter] for letter in letters), start=1)
    )


def ended(
    letters: str, *, name: str = "test_a.py::test_a", decision: Decision | None = None, n: int = 4
) -> TestResult:
    """A test of so many trials that ended so, half of which must pass."""
    verdict = None if decision is None else TestVerdict(decision=decision, why="as it was")
    made = design(n, pass_rate=0.5, judge="rate").as_mapping()
    return TestResult(test=name, design=made, trials=trials(letters), verdict=verdict)


def agent(rate: float, *, random: Random) -> Iterator[TrialResult]:
    """Trials without end of an agent that passes with that probability."""
    number = 0
    while True:
        number += 1
        outcome: Outcome = "passed" if random.random() < rate else "failed"
        yield TrialResult(number=number, outcome=outcome)


def run(made: Design, rate: float, *, random: Random) -> Course:
    """Make trials until the verdict is known."""
    course = Course(made, of=made.size)
    for trial in agent(rate, random=random):
        if course.add(trial) is not None:
            return course
    raise AssertionError("an agent has no end")
