"""Runs one trial: its attempts, each with fresh fixtures, and one report of what came of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from pytest_tmuxagent import budgeting, judging
from pytest_tmuxagent.evals.results import Attempt, TrialResult
from pytest_tmuxagent.trials.expansion import fresh
from pytest_tmuxagent.trials.phases import PHASES, Reading, read_phases
from pytest_tmuxagent.trials.plan import PART, Part
from pytest_tmuxagent.trials.proving import answering, solution_of
from pytest_tmuxagent.trials.recorded import recorded
from pytest_tmuxagent.trials.report import TEST, TrialReport, write_report
from pytest_tmuxagent.trials.trial import seed_of
from pytest_tmuxagent.turn import Spent


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    """One attempt, how long it took and what it used up."""

    reading: Reading
    duration: float
    spent: Spent
    scores: Mapping[str, float]
    properties: Mapping[str, Any]


def run_trial(item: pytest.Item, *, nextitem: pytest.Item | None, is_settled: Callable[[str], bool]) -> None:
    """Run the trial that an item is, unless all is known of its test, or of it; report it either way."""
    part = item.stash[PART]
    why_over = budgeting.why_over(item.config)
    if why_over is not None or is_settled(part.plan.test) or is_settled(item.nodeid):
        _log(item, _report(item, _not_run(item, part, why_over or ""), like=None), nextitem)
        return
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    _log(item, _run(item, part), nextitem)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


def _log(item: pytest.Item, report: pytest.TestReport, nextitem: pytest.Item | None) -> None:
    trouble = _take_down(item, nextitem)
    for each in (report, *trouble):
        item.ihook.pytest_runtest_logreport(report=each)


def _run(item: pytest.Item, part: Part) -> pytest.TestReport:
    attempts: list[Attempt] = []
    tried = _try(item)
    spent = tried.spent
    while _says_nothing(tried.reading) and len(attempts) < part.plan.retries and not _is_stopping(item):
        attempts.append(_attempt(tried))
        _restart_time_limit(item)
        tried = _try(item)
        spent += tried.spent
    reading = tried.reading
    trial = TrialResult(
        number=part.number,
        outcome=reading.outcome,
        cause=reading.cause,
        reason=reading.reason,
        duration=tried.duration,
        seed=_seed(item, part),
        spent=spent,
        scores=tried.scores,
        properties=tried.properties,
        attempts=tuple(attempts),
    )
    told = TrialReport(plan=part.plan, trial=trial, expectation=reading.expectation)
    return _report(item, told, like=reading.report)


def _try(item: pytest.Item) -> _Tried:
    """Run it once, all but what outlives a test: the item itself stays as it was collected."""
    attempt = fresh(item)
    # With the item itself as the next one, what is wider than a test stays up for another attempt.
    with _answers(item):
        reports = runtestprotocol(attempt, log=False, nextitem=item)
    reading = read_phases(attempt.stash[PHASES])
    _forget_failed_fixtures(attempt)
    return _Tried(
        reading=reading,
        duration=sum(report.duration for report in reports),
        spent=budgeting.take_spent(attempt),
        scores=judging.take_scores(attempt),
        properties=recorded(attempt.user_properties),
    )


def _answers(item: pytest.Item) -> AbstractContextManager[None]:
    """Under `--agent-prove`, have the agents of the proof stand in for those that the test writes."""
    if not item.config.getoption("agent_prove"):
        return nullcontext()
    return answering(solution_of(item), number=item.stash[PART].number)


def _restart_time_limit(item: pytest.Item) -> None:
    """Have pytest-timeout watch the next attempt as well: it stops watching what it has stopped once."""
    plugin = item.config.pluginmanager.getplugin("timeout")
    settings_of = getattr(plugin, "_get_item_settings", None)
    if settings_of is None:
        return
    settings = settings_of(item)
    item.ihook.pytest_timeout_cancel_timer(item=item)
    if settings.timeout and not settings.func_only:
        item.ihook.pytest_timeout_set_timer(item=item, settings=settings)


def _take_down(item: pytest.Item, nextitem: pytest.Item | None) -> list[pytest.TestReport]:
    """Take down what the next item does not share; what goes wrong there is no trial's, but the test's."""
    session: Any = item.session
    following = None if _is_stopping(item) else nextitem
    call = pytest.CallInfo.from_call(
        lambda: session._setupstate.teardown_exact(following),
        when="teardown",
        reraise=(KeyboardInterrupt, pytest.exit.Exception),
    )
    if call.excinfo is None:
        return []
    report = pytest.TestReport.from_item_and_call(item, call)
    plan = item.stash[PART].plan
    # A worker of xdist tells of none but its items: the process that judges renames it.
    report.__dict__[TEST] = {"nodeid": plan.test, "location": plan.location}
    return [report]


def _forget_failed_fixtures(attempt: Any) -> None:  # noqa: ANN401 - pytest's own
    """Have the next attempt try again to set up what is wider than a test, and could not be set up."""
    definitions = getattr(getattr(attempt, "_fixtureinfo", None), "name2fixturedefs", {})
    failed = [
        each
        for named in definitions.values()
        for each in named
        if each.cached_result is not None and each.cached_result[2] is not None
    ]
    if failed:
        attempt._initrequest()
        for each in failed:
            each.finish(attempt._request)


def _not_run(item: pytest.Item, part: Part, why: str) -> TrialReport:
    seed = _seed(item, part)
    trial = TrialResult(number=part.number, outcome="not_run", reason=why, seed=seed)
    return TrialReport(plan=part.plan, trial=trial)


def _report(item: pytest.Item, told: TrialReport, *, like: pytest.TestReport | None) -> pytest.TestReport:
    return write_report(told, nodeid=item.nodeid, location=item.location, like=like)


def _seed(item: pytest.Item, part: Part) -> int:
    return seed_of(part.plan.test, number=part.number, run_seed=item.config.getoption("agent_seed"))


def _says_nothing(reading: Reading) -> bool:
    return reading.outcome == "unscored" and reading.cause != "test_bug"


def _attempt(tried: _Tried) -> Attempt:
    return Attempt(
        cause=tried.reading.cause or "harness", reason=tried.reading.reason, duration=tried.duration
    )


def _is_stopping(item: pytest.Item) -> bool:
    return bool(item.session.shouldfail or item.session.shouldstop)
