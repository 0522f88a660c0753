"""The way of a test through its trials, to the verdict."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from pytest_tmuxagent.evals.results import TestVerdict, TrialResult


class Tally:
    """The trials that were looked at so far; `left` of them are still to come.

    `worst` and `best` are for a rule that stops as soon as it can: how the test has ended by now if all that
    gave no score had failed, and if they had passed.
    """

    __slots__ = ("best", "failed", "left", "passed", "skipped", "unknown", "worst")

    def __init__(self, left: int) -> None:
        self.left = left
        self.passed = self.failed = self.unknown = self.skipped = 0
        self.worst: bool | None = None
        self.best: bool | None = None

    @property
    def scored(self) -> int:
        """How many say something about the agent."""
        return self.passed + self.failed

    def add(self, trial: TrialResult) -> None:
        """Count one more."""
        self.left -= 1
        match trial.outcome:
            case "passed":
                self.passed += 1
            case "failed":
                self.failed += 1
            case "skipped":
                self.skipped += 1
            case _:
                self.unknown += 1


class Rule(Protocol):
    """What gives a verdict."""

    def look(self, tally: Tally, /) -> TestVerdict | None:
        """Give the verdict on the trials so far; None as long as it is open."""


class Course:
    """The trials of a test as they end, in any order, and the verdict from the moment it is known.

    Trials that nobody will run count as `not_run`; `decided_at` is the number of the trial that settled it.
    """

    def __init__(self, rule: Rule, *, of: int) -> None:
        self._rule = rule
        self._waiting: dict[int, TrialResult] = {}
        self._tally = Tally(of)
        self._next = 1
        self._skip_reason = ""
        self.verdict: TestVerdict | None = None
        self.decided_at: int | None = None

    def add(self, trial: TrialResult) -> TestVerdict | None:
        """Take a trial in, and give the verdict if it is known by now."""
        self._waiting[trial.number] = trial
        while self.verdict is None and (following := self._waiting.pop(self._next, None)) is not None:
            self._tally.add(following)
            self.verdict = self._look(following)
            if self.verdict is not None:
                self.decided_at = self._next
            self._next += 1
        return self.verdict

    def _look(self, trial: TrialResult) -> TestVerdict | None:
        tally = self._tally
        if trial.cause == "test_bug":
            return TestVerdict(decision="failed", why=f"trial {trial.number} met a test bug: {trial.reason}")
        if trial.outcome == "skipped":
            self._skip_reason = self._skip_reason or trial.reason
        if tally.skipped and not (tally.scored or tally.unknown):
            return None if tally.left else TestVerdict(decision="skipped", why=self._skip_reason)
        return self._rule.look(tally)


def settle(rule: Rule, trials: Iterable[TrialResult], *, of: int) -> TestVerdict | None:
    """Give the verdict of so many trials on those that have ended; None as long as it is open."""
    course = Course(rule, of=of)
    for trial in trials:
        course.add(trial)
    return course.verdict
