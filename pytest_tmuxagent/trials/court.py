"""The trials of one test, and the verdict on it as soon as it is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_tmuxagent.evals.course import Course
from pytest_tmuxagent.evals.results import Attempt, TestResult, TestVerdict, TrialResult
from pytest_tmuxagent.trials.marker import design_of
from pytest_tmuxagent.trials.plan import Plan
from pytest_tmuxagent.trials.report import Expectation, TrialReport


class Court:
    """Keeps what became of each trial, and of the failed ones the first one's report.

    First is by number: which trial is shown must not hang on which ended first.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.design = design_of(plan.asked)
        self.shown: pytest.TestReport | None = None
        self.shown_number = 0
        self.expectation: Expectation | None = None
        self.unexpected = 0
        self._course = Course(self.design, of=plan.of)
        self._trials: dict[int, TrialResult] = {}
        self._crashes: dict[int, list[Attempt]] = {}

    @property
    def verdict(self) -> TestVerdict | None:
        """What is said of the test; None as long as it is open."""
        return self._course.verdict

    @property
    def described(self) -> TestResult:
        """The test, without its trials."""
        return TestResult(
            test=self.plan.test,
            group=self.plan.group,
            agent=self.plan.agent,
            variant=self.plan.variant,
            design=self.design.as_mapping(),
        )

    @property
    def is_complete(self) -> bool:
        """Whether all trials are accounted for."""
        return len(self._trials) == self.plan.of

    @property
    def trials(self) -> tuple[TrialResult, ...]:
        """Those that are in, by number."""
        return tuple(self._trials[number] for number in sorted(self._trials))

    @property
    def missing(self) -> tuple[int, ...]:
        """The numbers of those that are not in."""
        return tuple(number for number in range(1, self.plan.of + 1) if number not in self._trials)

    @property
    def overrun(self) -> tuple[TrialResult, ...]:
        """Those that had run when the verdict was known without them."""
        decided_at = self._course.decided_at
        if decided_at is None:
            return ()
        return tuple(each for each in self.trials if each.number > decided_at and each.outcome != "not_run")

    def add(self, told: TrialReport, report: pytest.TestReport) -> TrialResult | None:
        """Take a trial in, and give it with all attempts at it; None where it is in already."""
        number = told.trial.number
        if number in self._trials:
            return None
        crashes = self._crashes.pop(number, [])
        trial = self._trials[number] = replace(told.trial, attempts=(*crashes, *told.trial.attempts))
        self._expect(told)
        self._show(trial, report)
        self._course.add(trial)
        return trial

    def wants_again(self, number: int) -> bool:
        """Whether the marker and what is known ask for another attempt at a trial that crashed."""
        is_open = self.verdict is None and number not in self._trials
        return is_open and len(self._crashes.get(number, ())) < self.plan.retries

    def crashed(self, number: int, *, reason: str) -> None:
        """Keep an attempt that ended with its process; the trial is to be made again."""
        self._crashes.setdefault(number, []).append(Attempt(cause="harness", reason=reason))

    def give_up(self) -> list[TrialResult]:
        """Give as unscored the trials that crashed, and that nobody made again."""
        last = {number: attempts.pop() for number, attempts in self._crashes.items() if attempts}
        return [unscored(number, reason=attempt.reason) for number, attempt in last.items()]

    def result(self) -> TestResult:
        """Give what is known of the test."""
        not_run = [TrialResult(number=number, outcome="not_run") for number in self.missing]
        trials = tuple(sorted([*self.trials, *not_run], key=lambda trial: trial.number))
        return replace(self.described, trials=trials, verdict=self.verdict)

    def _expect(self, told: TrialReport) -> None:
        if told.expectation is not None:
            self.expectation = self.expectation or told.expectation
        if told.trial.outcome in ("failed", "unscored"):
            self.unexpected += told.expectation is None

    def _show(self, trial: TrialResult, report: pytest.TestReport) -> None:
        if trial.outcome in ("failed", "unscored") and (not self.shown or trial.number < self.shown_number):
            self.shown, self.shown_number = report, trial.number


def unscored(number: int, *, reason: str) -> TrialResult:
    """Give a trial whose process crashed: that says nothing about the agent."""
    return TrialResult(number=number, outcome="unscored", cause="harness", reason=reason)
