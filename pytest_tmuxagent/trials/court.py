"""The trials of one test, and the verdict on it as soon as it is known."""

from __future__ import annotations

import pytest

from pytest_tmuxagent.evals.course import Course
from pytest_tmuxagent.evals.results import TestResult, TestVerdict, TrialResult
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

    @property
    def verdict(self) -> TestVerdict | None:
        """What is said of the test; None as long as it is open."""
        return self._course.verdict

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

    def add(self, told: TrialReport, report: pytest.TestReport) -> bool:
        """Take a trial in; False where it is in already."""
        trial = told.trial
        if trial.number in self._trials:
            return False
        self._trials[trial.number] = trial
        self._expect(told)
        self._show(trial, report)
        self._course.add(trial)
        return True

    def result(self) -> TestResult:
        """Give what is known of the test."""
        not_run = [TrialResult(number=number, outcome="not_run") for number in self.missing]
        return TestResult(
            test=self.plan.test,
            group=self.plan.group,
            agent=self.plan.agent,
            variant=self.plan.variant,
            design=self.design.as_mapping(),
            trials=tuple(sorted([*self.trials, *not_run], key=lambda trial: trial.number)),
            verdict=self.verdict,
        )

    def _expect(self, told: TrialReport) -> None:
        if told.expectation is not None:
            self.expectation = self.expectation or told.expectation
        if told.trial.outcome in ("failed", "unscored"):
            self.unexpected += told.expectation is None

    def _show(self, trial: TrialResult, report: pytest.TestReport) -> None:
        if trial.outcome in ("failed", "unscored") and (not self.shown or trial.number < self.shown_number):
            self.shown, self.shown_number = report, trial.number
