"""The report of one trial: neither passed nor failed for pytest, and with all that is known of it.

It goes from the process that ran the trial to the one that judges, under xdist as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pytest

from pytest_tmuxagent.evals.results import Attempt, TrialResult
from pytest_tmuxagent.trials.plan import Plan, read_plan
from pytest_tmuxagent.turn import Spent

OUTCOME = "trial"
"""What pytest is told of every trial: an outcome that nobody counts."""

TOLD = "tmuxagent_trial"
"""The attribute of a report that makes it one of a trial."""

TEST = "tmuxagent_test"
"""The attribute of a report that came with a trial and is of its test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What an `xfail` marker expects; `met` where the trial failed as expected."""

    reason: str
    strict: bool = False
    met: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialReport:
    """A trial of a plan, and what became of it."""

    plan: Plan
    trial: TrialResult
    expectation: Expectation | None = None

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain values."""
        told = asdict(self.trial)
        expected = None if self.expectation is None else asdict(self.expectation)
        return {"plan": self.plan.as_dict(), "trial": told, "expectation": expected}


def write_report(
    told: TrialReport, *, nodeid: str, location: tuple[str, int | None, str], like: pytest.TestReport | None
) -> pytest.TestReport:
    """Make the report of a trial; `like` is the one of the phase that decided it."""
    extra: dict[str, Any] = {TOLD: told.as_dict()}
    return pytest.TestReport(
        nodeid=nodeid,
        location=location,
        keywords={},
        outcome=OUTCOME,  # type: ignore[arg-type]  # On purpose none of pytest's own.
        longrepr=None if like is None else like.longrepr,
        when="call",
        sections=() if like is None else like.sections,
        duration=told.trial.duration,
        start=0 if like is None else like.start,
        stop=0 if like is None else like.stop,
        **extra,
    )


def read_report(report: pytest.TestReport) -> TrialReport | None:
    """Read what a report tells of a trial; None where it is of something else."""
    told: Mapping[str, Any] | None = report.__dict__.get(TOLD)
    if told is None:
        return None
    expected = told["expectation"]
    return TrialReport(
        plan=read_plan(told["plan"]),
        trial=_trial(told["trial"]),
        expectation=None if expected is None else Expectation(**expected),
    )


def _trial(told: Mapping[str, Any]) -> TrialResult:
    return TrialResult(
        **{
            **told,
            "spent": Spent(**told["spent"]),
            "attempts": tuple(Attempt(**attempt) for attempt in told["attempts"]),
        }
    )
