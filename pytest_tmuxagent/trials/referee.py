"""Takes the trials of a run in as they end, and gives the verdict on each test: in one process of the run."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeAlias

import pytest

from pytest_tmuxagent.evals.results import Results, TestResult, TrialResult
from pytest_tmuxagent.trials.court import Court
from pytest_tmuxagent.trials.plan import Plan
from pytest_tmuxagent.trials.report import TrialReport

Listener: TypeAlias = Callable[[Plan, TrialResult], None]


class Referee:
    """Knows all trials of the run; `decided` is called once for each test whose trials are all in.

    `settled` is called once for each test from the moment that its verdict is known.
    """

    def __init__(
        self, *, settled: Callable[[Court], None], decided: Callable[[Court], None], rung: str, version: str
    ) -> None:
        self._settled = settled
        self._decided = decided
        self.rung = rung
        self.version = version
        self._courts: dict[str, Court] = {}
        self.listeners: list[Listener] = []
        """Each is called with every trial, after the referee has taken it in."""

    @property
    def courts(self) -> Collection[Court]:
        """All tests of the run that have trials, in the order in which they were made known."""
        return self._courts.values()

    def expect(self, plan: Plan) -> Court:
        """Make a test known before any of its trials ends."""
        return self._courts.setdefault(plan.test, Court(plan))

    def find(self, test: str) -> Court | None:
        """Give what is known of a test; None where it has no trials."""
        return self._courts.get(test)

    def is_settled(self, test: str) -> bool:
        """Whether the verdict on a test is known."""
        court = self._courts.get(test)
        return court is not None and court.verdict is not None

    def take(self, told: TrialReport, report: pytest.TestReport) -> None:
        """Take a trial in; one that is in already is told twice, and stays as it is."""
        court = self.expect(told.plan)
        was_settled = court.verdict is not None
        trial = court.add(told, report)
        if trial is None:
            return
        for listen in self.listeners:
            listen(told.plan, trial)
        if court.verdict is not None and not was_settled:
            self._settled(court)
        if court.is_complete:
            self._decided(court)

    def results(self) -> Results:
        """Give all that is known, tests in the order of their names; trials nobody ran are `not_run`."""
        tests: list[TestResult] = [court.result() for court in self._courts.values()]
        tests.sort(key=lambda result: result.test)
        return Results(tests=tuple(tests), rung=self.rung, version=self.version)


REFEREE: pytest.StashKey[Referee] = pytest.StashKey()
"""Of the run, in the process that judges; there is none as long as no test has trials."""

RESULTS: pytest.StashKey[Results] = pytest.StashKey()
"""What the run found, from the end of its last test on, in the process that judges."""
