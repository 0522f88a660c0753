"""Where a run is judged: a referee, and what follows from its verdicts in pytest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from pytest_tmuxagent import budgeting
from pytest_tmuxagent.evals.baselines import Comparison
from pytest_tmuxagent.evals.formats import write_document
from pytest_tmuxagent.evals.results import Results, TestVerdict, TrialResult
from pytest_tmuxagent.evals.writers.junit import properties
from pytest_tmuxagent.trials.announcing import announce, as_expected
from pytest_tmuxagent.trials.baseline import Baseline
from pytest_tmuxagent.trials.court import Court
from pytest_tmuxagent.trials.folder import settle
from pytest_tmuxagent.trials.omission import leave_out
from pytest_tmuxagent.trials.plan import Plan, read_trial_id, trial_suffix, with_suffix
from pytest_tmuxagent.trials.progress import follow
from pytest_tmuxagent.trials.referee import REFEREE, RESULTS, Referee
from pytest_tmuxagent.trials.report import OUTCOME, TOLD, TrialReport, read_report, write_report
from pytest_tmuxagent.trials.summary import add_to_github, tell

_MISSED = "the run ended without it"


class Bench:
    """Judges all trials of the run; `folder` is where workers of xdist on this machine look.

    Where verdicts depend on a baseline, those of tests that pass wait for the end: what a test's trials say
    of the whole suite is known only then.
    """

    def __init__(self, config: pytest.Config, *, folder: Path | None, baseline: Baseline | None) -> None:
        self._config = config
        self._folder = folder
        self._baseline = baseline
        self._announced: set[str] = set()
        self._comparison: Comparison | None = None
        self.referee = config.stash[REFEREE] = Referee(
            settled=self._settle,
            decided=self._decide,
            rung=config.getoption("agent_rung"),
            version=version("pytest-tmuxagent"),
        )
        follow(self.referee, config=config)

    @property
    def size(self) -> int:
        """How many tests have trials."""
        return len(self.referee.courts)

    @property
    def suite_got_worse(self) -> bool:
        """Whether the run fails, whatever its tests say each for itself."""
        held = self._baseline is not None and self._baseline.is_held
        return held and self._comparison is not None and self._comparison.got_worse

    def expect(self, plans: Iterable[Plan]) -> None:
        """Make tests known."""
        for plan in plans:
            self.referee.expect(plan)

    def is_settled(self, test: str) -> bool:
        """Whether the verdict on a test is known."""
        return self.referee.is_settled(test)

    def take(self, report: pytest.TestReport) -> None:
        """Take a trial in that all others have been told of."""
        told = read_report(report)
        assert told is not None
        leave_out(self._config, report)
        self.referee.take(told, report)
        court = self.referee.find(told.plan.test)
        if court is None or court.shown is not report:
            # They are kept for the whole run, and of most of them nothing will be shown.
            report.longrepr, report.sections = None, []
            report.__dict__[TOLD] = {"trial": {"outcome": told.trial.outcome}}

    def leave_out(self, report: pytest.TestReport) -> None:
        """Leave a part of a trial out of the files of others, too."""
        leave_out(self._config, report)

    def take_crash(self, nodeid: str, report: pytest.TestReport) -> None:
        """Make the report of a crashed worker that of an unscored trial, where it ran one."""
        found = read_trial_id(nodeid)
        court = None if found is None else self.referee.find(found[0])
        if found is None or court is None:
            return
        reason = str(report.longrepr)
        trial = TrialResult(number=found[1], outcome="unscored", cause="harness", reason=reason)
        report.outcome, report.when = OUTCOME, "call"  # type: ignore[assignment]
        report.__dict__[TOLD] = TrialReport(plan=court.plan, trial=trial).as_dict()

    def miss(self) -> None:
        """Take in as not run what nobody will run: workers have crashed, and none took their place."""
        for court in self.referee.courts:
            for number in court.missing:
                told = TrialReport(
                    plan=court.plan, trial=TrialResult(number=number, outcome="not_run", reason=_MISSED)
                )
                nodeid = with_suffix(court.plan.test, trial_suffix(number))
                report = write_report(told, nodeid=nodeid, location=court.plan.location, like=None)
                self.referee.take(told, report)

    def close(self) -> None:
        """Announce what is known and was not announced, and give the results."""
        results = self.referee.results()
        if self._baseline is not None:
            self._comparison = self._baseline.compare(results)
            results = self._baseline.held(results, self._comparison)
        told = []
        for test in results.tests:
            court = self.referee.find(test.test)
            if court is not None and test.verdict is not None:
                self._announce(court, test.verdict)
                told.append(replace(test, verdict=as_expected(court, test.verdict)))
            else:
                told.append(test)
        self._config.stash[RESULTS] = replace(results, tests=tuple(told))

    def write(self) -> None:
        """Write the files that the command line names.

        Raises:
            InvalidResults: one cannot be written.
        """
        results = self._results
        named = self._config.getoption("agent_results")
        if named is not None:
            write_document(Path(named), results, form="results")
        if self._baseline is not None:
            self._baseline.leave(results)

    def tell(self, reporter: pytest.TerminalReporter) -> None:
        """Tell it all at the end of the run.

        Raises:
            OSError: the summary of the GitHub job cannot be written.
        """
        found = self._comparison
        against = None if found is None else found.words
        suite = "" if found is None else found.suite_words
        tell(reporter, self._results, against=against, suite=suite)
        unpriced = budgeting.unpriced_models(self._config)
        if unpriced and any(test.spent.cost_usd is None for test in self._results.tests):
            reporter.write_line(
                f"no price is known for {', '.join(unpriced)}: give one in a TOML file (--agent-prices=FILE)"
            )
        add_to_github(self._results, against=against, suite=suite)

    @property
    def _results(self) -> Results:
        return self._config.stash.get(RESULTS, Results())

    def _settle(self, court: Court) -> None:
        if self._folder is not None:
            settle(self._folder, court.plan.test)

    def _decide(self, court: Court) -> None:
        verdict = court.verdict
        assert verdict is not None, "all trials are in, and the design has no verdict"
        baseline = self._baseline
        if baseline is not None and baseline.is_held:
            if verdict.decision == "passed":
                return
            if verdict.decision != "skipped" and baseline.failed_before(court.plan.test):
                verdict = replace(verdict, why=f"{verdict.why}; it failed before as well")
        self._announce(court, verdict)

    def _announce(self, court: Court, verdict: TestVerdict) -> None:
        if court.plan.test in self._announced:
            return
        self._announced.add(court.plan.test)
        against = "" if self._comparison is None else self._comparison.words.get(court.plan.test, "")
        found = replace(court.result(), verdict=as_expected(court, verdict))
        told = properties(found, against=against, rung=self._config.getoption("agent_rung"))
        report = announce(self._config, court, verdict=verdict, properties=told)
        # Its loop counts only what workers report.
        controller: Any = self._config.pluginmanager.getplugin("dsession")
        if controller is not None:
            controller._handlefailures(report)
