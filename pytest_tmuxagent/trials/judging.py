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
from pytest_tmuxagent.evals.results import Results, TestResult, TestVerdict, TrialResult
from pytest_tmuxagent.evals.writers.junit import properties
from pytest_tmuxagent.options import tries_of
from pytest_tmuxagent.trials.announcing import announce, as_expected
from pytest_tmuxagent.trials.baseline import Baseline
from pytest_tmuxagent.trials.court import Court, unscored
from pytest_tmuxagent.trials.crashes import make_again
from pytest_tmuxagent.trials.folder import settle
from pytest_tmuxagent.trials.keeping import Keeper
from pytest_tmuxagent.trials.omission import leave_out
from pytest_tmuxagent.trials.plan import Plan, read_trial_id, trial_suffix, with_suffix
from pytest_tmuxagent.trials.progress import follow
from pytest_tmuxagent.trials.recorded import properties_of
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
        named = config.getoption("agent_results")
        self._keeper = None if named is None else Keeper(self.referee, results=Path(named))

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

    def take_crash(self, nodeid: str, report: pytest.TestReport, *, sched: Any) -> None:  # noqa: ANN401
        """Have a trial made again whose worker crashed; make it an unscored one where that cannot be."""
        found = read_trial_id(nodeid)
        court = None if found is None else self.referee.find(found[0])
        if found is None or court is None:
            return
        number, reason = found[1], str(report.longrepr)
        report.outcome, report.when = OUTCOME, "call"  # type: ignore[assignment]
        controller = self._config.pluginmanager.getplugin("dsession")
        if court.wants_again(number) and make_again(nodeid, sched=sched, controller=controller):
            court.crashed(number, reason=reason)
            return
        if number in court.missing:
            trial = unscored(number, reason=reason)
            report.__dict__[TOLD] = TrialReport(plan=court.plan, trial=trial).as_dict()
        if self._folder is not None:
            settle(self._folder, nodeid)

    def miss(self) -> None:
        """Take in as not run what nobody will run: workers have crashed, and none took their place."""
        self._give_up()
        for court in self.referee.courts:
            for number in court.missing:
                self._take_silent(court, TrialResult(number=number, outcome="not_run", reason=_MISSED))

    def close(self) -> None:
        """Announce what is known and was not announced, and give the results."""
        self._give_up()
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
        if self._keeper is not None:
            self._keeper.close()
        named = self._config.getoption("agent_results")
        if named is not None:
            write_document(Path(named), results, form="results")
        if self._keeper is not None:
            self._keeper.forget()
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
        gone = "" if found is None else found.gone_words
        if gone:
            reporter.write_line(gone)
        unpriced = budgeting.unpriced_models(self._config)
        if unpriced and any(test.spent.cost_usd is None for test in self._results.tests):
            reporter.write_line(
                f"no price is known for {', '.join(unpriced)}: give one in a TOML file (--agent-prices=FILE)"
            )
        if self._keeper is not None and self._keeper.trouble:
            reporter.write_line(f"tmuxagent: {self._keeper.trouble}")
        told = ". ".join(filter(None, (suite, gone)))
        add_to_github(self._results, against=against, suite=told, tries=tries_of(self._config))

    @property
    def _results(self) -> Results:
        return self._config.stash.get(RESULTS, Results())

    def _give_up(self) -> None:
        """Take in as unscored what crashed, and was not made again before the run ended."""
        for court in self.referee.courts:
            for trial in court.give_up():
                self._take_silent(court, trial)

    def _take_silent(self, court: Court, trial: TrialResult) -> None:
        """Take in a trial of which pytest is told nothing."""
        told = TrialReport(plan=court.plan, trial=trial)
        nodeid = with_suffix(court.plan.test, trial_suffix(trial.number))
        report = write_report(told, nodeid=nodeid, location=court.plan.location, like=None)
        report.longrepr = trial.reason if trial.outcome == "unscored" else None
        self.referee.take(told, report)

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
        found = replace(court.result(), verdict=as_expected(court, verdict))
        report = announce(self._config, court, verdict=verdict, properties=self._properties(found))
        # Its loop counts only what workers report.
        controller: Any = self._config.pluginmanager.getplugin("dsession")
        if controller is not None:
            controller._handlefailures(report)

    def _properties(self, test: TestResult) -> list[tuple[str, object]]:
        baseline, rung = self._baseline, self._config.getoption("agent_rung")
        against = "" if baseline is None else baseline.said_of(test, self._comparison)
        before = [] if baseline is None else baseline.figures_of(test)
        own = properties(test, against=against, rung=rung, tries=tries_of(self._config))
        return [*own, *before, *properties_of(test.trials)]
