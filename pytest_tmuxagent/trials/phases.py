"""What the phases of a test say of a trial: read off what was raised, not off what pytest makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pytest

from pytest_tmuxagent import budgeting
from pytest_tmuxagent.evals.results import Cause, Outcome
from pytest_tmuxagent.trials.report import Expectation

UNSCORED: frozenset[Cause] = frozenset({"model_provider", "environment", "harness", "test_bug"})
"""The causes that say nothing about the agent."""

_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """Set-up, call or teardown of one attempt; `cause` is None where nothing was raised."""

    report: pytest.TestReport
    error: BaseException | None
    cause: Cause | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an attempt came to, and the report of the phase that says so."""

    outcome: Outcome
    report: pytest.TestReport
    cause: Cause | None = None
    reason: str = ""
    expectation: Expectation | None = None


PHASES: pytest.StashKey[list[Phase]] = pytest.StashKey()


def note_phase(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Note how a phase of a trial ended, as long as its agents are known."""
    error = None if call.excinfo is None else call.excinfo.value
    is_told = error is None or isinstance(error, (pytest.skip.Exception, pytest.xfail.Exception))
    phase: Literal["setup", "call", "teardown"] = report.when
    cause = None if error is None or is_told else budgeting.cause_in(item, error, phase=phase)
    item.stash.setdefault(PHASES, []).append(Phase(report=report, error=error, cause=cause))


def read_phases(phases: list[Phase]) -> Reading:
    """Give what the first phase says in which anything went wrong."""
    expected = _hoped(phases)
    for phase in phases:
        reading = _read(phase)
        if reading is not None:
            return reading
    last = phases[-1].report
    return Reading(outcome="passed", report=last, expectation=expected)


def _read(phase: Phase) -> Reading | None:
    report, error = phase.report, phase.error
    if error is None:
        if not report.failed or _is_strict_pass(report):
            return None
        # Of subtests that failed, pytest says so without an exception.
        return Reading(outcome="failed", report=report, cause="agent_behaviour", reason=reason_of(report))
    if budgeting.is_over(error):
        return Reading(outcome="not_run", report=report, reason=reason_of(report, error=error))
    if isinstance(error, pytest.skip.Exception):
        return Reading(outcome="skipped", report=report, reason=_line_of(str(error.msg or error)))
    met = Expectation(reason=report.wasxfail, met=True) if hasattr(report, "wasxfail") else None
    cause: Cause = phase.cause or "agent_behaviour"
    return Reading(
        outcome="unscored" if cause in UNSCORED else "failed",
        report=report,
        cause=cause,
        reason=reason_of(report, error=error),
        expectation=met,
    )


def _hoped(phases: Sequence[Phase]) -> Expectation | None:
    """What was expected to fail, and did not."""
    for phase in phases:
        if phase.error is None and hasattr(phase.report, "wasxfail"):
            return Expectation(reason=phase.report.wasxfail)
        if _is_strict_pass(phase.report):
            return Expectation(reason=str(phase.report.longrepr), strict=True)
    return None


def _is_strict_pass(report: pytest.TestReport) -> bool:
    return isinstance(report.longrepr, str) and report.longrepr.startswith("[XPASS(strict)]")


def reason_of(report: pytest.TestReport, *, error: BaseException | None = None) -> str:
    """Say in a line what went wrong, as pytest's own summary does."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        told = crash.message
    else:  # Of a fixture that is not there, pytest says in a form of its own that it is not.
        told = getattr(report.longrepr, "errorstring", report.longreprtext if error is None else str(error))
    return _line_of(told) or (type(error).__name__ if error is not None else "failed")


def _line_of(told: str) -> str:
    """Make one printable line of a message, none of an empty one."""
    lines = [line for each in told.splitlines() if (line := each.strip())]
    if not lines:
        return ""
    line = " ".join(lines[:2]) if lines[0].endswith("Error:") else lines[0]
    line = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in line)
    return line if len(line) <= _LONGEST_REASON else f"{line[: _LONGEST_REASON - 3]}..."
