"""The verdict on a test, told to pytest as the reports of that test: what counts, stops, is remembered."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest
from _pytest._code.code import ReprFileLocation

from pytest_tmuxagent.evals.results import Decision, Outcome, TestVerdict, TrialResult
from pytest_tmuxagent.trials.court import Court

_MOST_REASONS = 20
_MOST_NUMBERS = 10
_PHASES: tuple[Literal["setup", "call", "teardown"], ...] = ("setup", "call", "teardown")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    """Why a test failed, in pytest's own form: shown, cut to a line in the summary, put into JUnit's file."""

    reprcrash: ReprFileLocation
    lines: tuple[str, ...]
    shown: pytest.TestReport | None
    shown_title: str

    def toterminal(self, writer: Any) -> None:  # noqa: ANN401 - pytest's terminal writer
        """Write it, and the report of the trial that is shown, whole."""
        for line in self.lines:
            writer.line(line)
        if self.shown is not None:
            writer.sep("-", self.shown_title)
            self.shown.toterminal(writer)

    def __str__(self) -> str:
        told = "" if self.shown is None else f"\n{self.shown_title}\n{self.shown.longreprtext}"
        return "\n".join(self.lines) + told


def announce(
    config: pytest.Config, court: Court, *, verdict: TestVerdict, properties: Iterable[tuple[str, object]]
) -> pytest.TestReport:
    """Log the verdict as pytest logs a test, with properties for JUnit; give the report of its call."""
    plan = court.plan
    config.hook.pytest_runtest_logstart(nodeid=plan.test, location=plan.location)
    told = _call_report(court, verdict)
    for phase in _PHASES:
        report = told if phase == "call" else _report(court, phase=phase)
        report.user_properties = list(properties)
        config.hook.pytest_runtest_logreport(report=report)
    config.hook.pytest_runtest_logfinish(nodeid=plan.test, location=plan.location)
    return told


def as_expected(court: Court, verdict: TestVerdict) -> TestVerdict:
    """Give the verdict as an `xfail` marker makes it; what that excuses is still failed, and says so."""
    expected = court.expectation
    if expected is None:
        return verdict
    if _is_unexpected_pass(court, verdict):
        decision: Decision = "failed" if expected.strict else "passed"
        return TestVerdict(decision=decision, why=f"{_why_unexpected(court)} ({verdict.why})")
    if not _is_excused(court, verdict):
        return verdict
    reason = f": {expected.reason}" if expected.reason else ""
    return replace(verdict, why=f"{verdict.why}; it is expected to fail{reason}")


def counted(trials: tuple[TrialResult, ...]) -> str:
    """Count the trials by what became of them, as in `15 passed, 4 failed, 1 not run`."""
    count = Counter(trial.outcome for trial in trials)
    order: tuple[Outcome, ...] = ("passed", "failed", "unscored", "skipped", "not_run")
    return ", ".join(f"{count[name]} {name.replace('_', ' ')}" for name in order if count[name])


def numbers_of(trials: list[TrialResult]) -> str:
    """Name trials by their numbers, the first ones where they are many."""
    shown = ", ".join(str(trial.number) for trial in trials[:_MOST_NUMBERS])
    more = len(trials) - _MOST_NUMBERS
    return f"trial{'s' if len(trials) > 1 else ''} {shown}{f' and {more} more' if more > 0 else ''}"


def _call_report(court: Court, verdict: TestVerdict) -> pytest.TestReport:
    report = _report(court, phase="call")
    report.duration = sum(trial.duration for trial in court.trials)
    expected = court.expectation
    if verdict.decision == "skipped":
        path, line, _ = court.plan.location
        report.outcome, report.longrepr = "skipped", (path, (line or 0) + 1, f"Skipped: {verdict.why}")
    elif expected is not None and not expected.strict and _is_unexpected_pass(court, verdict):
        report.wasxfail = expected.reason
    elif (as_told := as_expected(court, verdict)).decision != "passed":
        _fail(court, report, as_told)
        if expected is not None and _is_excused(court, verdict):
            report.outcome, report.wasxfail = "skipped", expected.reason
    return report


def _is_unexpected_pass(court: Court, verdict: TestVerdict) -> bool:
    expected = court.expectation
    return verdict.decision == "passed" and expected is not None and not expected.met


def _why_unexpected(court: Court) -> str:
    expected = court.expectation
    assert expected is not None
    if expected.strict:
        return expected.reason  # Pytest's own sentence.
    return f"it was expected to fail: {expected.reason}" if expected.reason else "it was expected to fail"


def _is_excused(court: Court, verdict: TestVerdict) -> bool:
    return verdict.decision == "failed" and court.expectation is not None and not court.unexpected


def _fail(court: Court, report: pytest.TestReport, verdict: TestVerdict) -> None:
    report.outcome, report.longrepr = "failed", _account(court, verdict)  # type: ignore[assignment]
    report.sections = [] if court.shown is None else list(court.shown.sections)


def _account(court: Court, verdict: TestVerdict) -> _Account:
    path, line, _ = court.plan.location
    sentence = f"{_SAID[verdict.decision]}{verdict.why}"
    return _Account(
        reprcrash=ReprFileLocation(path, (line or 0) + 1, sentence),
        lines=(
            sentence,
            f"trials: {counted(court.trials)}",
            *_causes(court),
            *_not_run(court),
            *_overrun(court),
        ),
        shown=court.shown,
        shown_title=f"trial {court.shown_number}, the first without a pass",
    )


_SAID: dict[Decision, str] = {"passed": "", "failed": "", "undecided": "undecided: ", "skipped": ""}


def _causes(court: Court) -> list[str]:
    """Tell each distinct reason once, the most frequent first, by its cause."""
    found: defaultdict[tuple[str, str], list[TrialResult]] = defaultdict(list)
    for trial in court.trials:
        if trial.cause is not None:
            found[trial.cause, trial.reason].append(trial)
    by_cause = Counter(trial.cause for trial in court.trials if trial.cause is not None)
    lines = []
    if by_cause:
        lines.append(f"causes: {', '.join(f'{count} {cause}' for cause, count in by_cause.most_common())}")
    ordered = sorted(found.items(), key=lambda entry: -len(entry[1]))
    for (_, reason), trials in ordered[:_MOST_REASONS]:
        lines.append(f"  {len(trials)} x {reason} ({numbers_of(trials)})")
    if len(ordered) > _MOST_REASONS:
        lines.append(f"  and {len(ordered) - _MOST_REASONS} more reasons")
    return lines


def _not_run(court: Court) -> list[str]:
    why = dict.fromkeys(trial.reason for trial in court.trials if trial.outcome == "not_run" and trial.reason)
    return [f"  {reason}" for reason in why]


def _overrun(court: Court) -> list[str]:
    if not court.overrun:
        return []
    told = f"{numbers_of(list(court.overrun))}: had begun when the verdict was known, and did not count"
    return [f"{told} ({counted(court.overrun)})"]


def _report(court: Court, *, phase: Literal["setup", "call", "teardown"]) -> pytest.TestReport:
    plan = court.plan
    return pytest.TestReport(
        nodeid=plan.test,
        location=plan.location,
        keywords={plan.test.rpartition("::")[2]: 1, "trials": 1},
        outcome="passed",
        longrepr=None,
        when=phase,
    )
