"""The hooks of trials. Engines are imported when a run has trials, not when pytest starts."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_tmuxagent.trials.baseline import Baseline
    from pytest_tmuxagent.trials.judging import Bench

_TOLD = "tmuxagent_trial"
_TEST = "tmuxagent_test"
_OUTCOME = "trial"
_FOLDER = "tmuxagent_trials_folder"


class TrialsPlugin:
    """In the process that judges it has a bench; a worker of xdist only runs trials, and tells of them."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._bench: Bench | None = None
        self._session: pytest.Session | None = None
        self._folder: Path | None = None
        self._baseline: Baseline | None = None
        self._running = ""
        self._collected = 0
        self._not_run = 0
        told = getattr(config, "workerinput", None)
        self._troubles: list[str] = []
        self._is_worker = told is not None
        if told is not None and told.get(_FOLDER):
            self._folder = Path(told[_FOLDER])

    def pytest_configure(self) -> None:
        """Read the baseline, and see that results can be written, before anything runs."""
        files = ("agent_baseline", "agent_baseline_update", "agent_results")
        if not self._is_worker and any(self._config.getoption(name) for name in files):
            from pytest_tmuxagent.trials.baseline import read, refuse_lost_results

            self._baseline = read(self._config)
            refuse_lost_results(self._config)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give a test its prompts, and refuse a marker that cannot be, as an error of its module."""
        try:
            self._read_markers(metafunc)
        except pytest.UsageError as error:  # Which pytest would show with all that led here.
            raise pytest.Collector.CollectError(str(error)) from error

    def _read_markers(self, metafunc: pytest.Metafunc) -> None:
        if metafunc.definition.get_closest_marker("prompts") is not None:
            from pytest_tmuxagent.trials.prompts import parametrise

            parametrise(metafunc)
        if metafunc.definition.get_closest_marker("trials") is not None:
            from pytest_tmuxagent.trials.marker import read_mark

            read_mark(metafunc.definition)

    @pytest.hookimpl(wrapper=True, tryfirst=True)  # Around all that selects and sorts.
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, object, object]:
        """Put its trials in the place of each test that has any."""
        result = yield
        if any(item.get_closest_marker("trials") is not None for item in items):
            from pytest_tmuxagent.trials.collecting import make_trials

            plans = make_trials(items, config=config, folder=self._folder if self._is_worker else None)
            if plans and not self._is_worker:
                self._collected = len(items)
                self._open_bench().expect(plans)
        return result

    @pytest.hookimpl(wrapper=True, trylast=True)  # Within the terminal's own, which then writes 100 %.
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Say what can be said at the end, however the loop ends."""
        self._session = session
        try:
            result = yield
            if self._bench is not None:
                self._bench.miss()
            return result
        finally:
            if self._bench is not None:
                self._bench.close()

    @pytest.hookimpl(tryfirst=True)  # Before what reruns failures: a trial has its own policy.
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run a trial."""
        if not _is_trial(item):
            return None
        from pytest_tmuxagent.trials.running import run_trial

        self._running = item.nodeid
        try:
            run_trial(item, nextitem=nextitem, is_settled=self._is_settled)
        finally:
            self._running = ""
        return True

    @pytest.hookimpl(wrapper=True, tryfirst=True)  # Around all that add to the report.
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note how a phase of a trial ended."""
        report = yield
        if _is_trial(item):
            from pytest_tmuxagent.trials.phases import note_phase

            note_phase(item, call, report)
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> Generator[None, object, object]:
        """Take a trial in when all others have seen its report."""
        if _TEST in report.__dict__ and not self._is_worker:
            test = report.__dict__.pop(_TEST)
            report.nodeid, report.location = test["nodeid"], tuple(test["location"])
        if self._is_part_of_a_trial(report):
            report.outcome = _OUTCOME  # type: ignore[assignment]  # Not pytest's: it would count and stop.
        is_judged = _TOLD in report.__dict__ and not self._is_worker
        if is_judged:
            self._not_run += report.__dict__[_TOLD]["trial"]["outcome"] == "not_run"
            self._count()
        result = yield
        if is_judged:
            self._open_bench().take(report)
        elif report.outcome == _OUTCOME and not self._is_worker:
            self._open_bench().leave_out(report)
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.CollectReport | pytest.TestReport
    ) -> tuple[str, str, str | tuple[str, dict[str, bool]]] | None:
        """Give trials categories of their own."""
        if report.outcome != _OUTCOME:
            return None
        told = report.__dict__.get(_TOLD)
        return ("", "", "") if told is None else _STATUS[told["trial"]["outcome"]]

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401 - xdist's
        """Give the workers on this machine a folder in which verdicts are made known."""
        if node.gateway.spec.popen:
            node.workerinput[_FOLDER] = str(self._make_folder())

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Learn from a worker which tests have trials."""
        from pytest_tmuxagent.trials.collecting import hand_out_singly, learn_plans

        self._collected = len(ids)
        plans = learn_plans(self._make_folder(), dist=self._config.getoption("dist"))
        if any(plan.stops_early for plan in plans):
            hand_out_singly(self._config)
        if plans:
            self._open_bench().expect(plans)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport, sched: Any) -> None:  # noqa: ANN401
        """A trial whose worker crashed says nothing about the agent: another worker makes it again."""
        if self._bench is not None:
            self._bench.take_crash(crashitem, report, sched=sched)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write what is to be written; a suite that got worse fails the run."""
        if self._is_worker or self._config.getoption("collectonly"):
            return
        if self._bench is None and not self._config.getoption("agent_results"):
            return
        from pytest_tmuxagent.errors import InvalidResults

        bench = self._open_bench()
        try:
            bench.write()
        except InvalidResults as error:
            self._troubles.append(str(error))
        if session.exitstatus == pytest.ExitCode.OK and (self._troubles or bench.suite_got_worse):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell of all trials."""
        if self._bench is not None:
            try:
                self._bench.tell(terminalreporter)
            except OSError as error:
                self._troubles.append(f"the summary of the GitHub job cannot be written: {error}")
        for trouble in self._troubles:
            terminalreporter.write_line(f"tmuxagent: {trouble}", red=True)

    def pytest_unconfigure(self) -> None:
        """Remove what the workers were told by."""
        if self._folder is not None and not self._is_worker:
            import shutil

            shutil.rmtree(self._folder, ignore_errors=True)

    def _is_part_of_a_trial(self, report: pytest.TestReport) -> bool:
        """Whether it is one of the reports of its own that each subtest has."""
        return report.nodeid == self._running and type(report) is not pytest.TestReport

    def _count(self) -> None:
        """Have the terminal's percentage count verdicts as well as trials, but nothing that is not run."""
        if self._session is not None and self._collected:
            self._session.testscollected = self._collected + self._open_bench().size - self._not_run

    def _is_settled(self, nodeid: str) -> bool:
        if self._bench is not None:
            return self._bench.is_settled(nodeid)
        if self._folder is None:
            return False
        from pytest_tmuxagent.trials.folder import is_settled

        return is_settled(self._folder, nodeid)

    def _open_bench(self) -> Bench:
        if self._bench is None:
            from pytest_tmuxagent.trials.judging import Bench

            self._bench = Bench(self._config, folder=self._folder, baseline=self._baseline)
        return self._bench

    def _make_folder(self) -> Path:
        if self._folder is None:
            import tempfile

            # Among those of the run, which pytest removes in time where we are killed.
            factory = getattr(self._config, "_tmp_path_factory", None)
            parent = None if factory is None else factory.getbasetemp()
            self._folder = Path(tempfile.mkdtemp(prefix="tmuxagent-trials-", dir=parent))
        return self._folder


def _is_trial(item: pytest.Item) -> bool:
    return getattr(item, "is_tmuxagent_trial", False)


_STATUS: dict[str, tuple[str, str, str | tuple[str, dict[str, bool]]]] = {
    "passed": ("", "+", ("TRIAL PASSED", {"green": True})),
    "failed": ("trial failed", "-", ("TRIAL FAILED", {"yellow": True})),
    "unscored": ("trial unscored", "?", ("TRIAL UNSCORED", {"yellow": True})),
    "skipped": ("trial skipped", "s", ("TRIAL SKIPPED", {"yellow": True})),
    "not_run": ("", "", ""),
}
"""Category, letter and word of each outcome; the letters are those of baselines.

What is as it should be has no category: pytest would write it into its last line, which then is not green.
"""
