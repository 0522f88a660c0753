"""Results as a table for a terminal, as wide as that is: a line for each test and agent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pytest_tmuxagent.evals.results import Outcome, Results, TestResult
from pytest_tmuxagent.evals.writers import figures
from pytest_tmuxagent.evals.writers.columns import Column, lines_of


def table(results: Results, *, width: int, against: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Write the lines of the table, none wider than `width` where that is sane.

    `against` has what a comparison with a baseline says, by test.
    """
    tests = _side_by_side(results)
    if not tests:
        return ()
    others = [*_agents(tests), *_figures(tests, results.rung), *_verdicts(tests, against or {})]
    return lines_of(_names(tests), others, width=width)


def table_of_proofs(results: Results, *, width: int) -> tuple[str, ...]:
    """Write the lines of the table of a run that proves its tests, instead of making trials."""
    tests = _side_by_side(results)
    if not tests:
        return ()
    return lines_of(_names(tests), [*_agents(tests), *_proofs(tests), *_verdicts(tests, {})], width=width)


def _side_by_side(results: Results) -> list[TestResult]:
    return [test for row in figures.rows_of(results.tests).values() for test in row]


def _names(tests: Sequence[TestResult]) -> Column:
    """Name each test once, above all its agents."""
    names = [figures.row_of(test) for test in tests]
    shown = ["" if before == name else name for before, name in zip(["", *names], names, strict=False)]
    return Column(title="test", cells=shown)


def _agents(tests: Sequence[TestResult]) -> list[Column]:
    """Without them, nobody knew which of the lines below a name is whose."""
    named = [test.agent or "" for test in tests]
    return [Column(title="agent", cells=named)] if any(named) else []


def _figures(tests: Sequence[TestResult], rung: str) -> list[Column]:
    costs = [figures.cost_of(test.spent) for test in tests]
    return [
        Column(title="passed", cells=_told(tests, figures.passed_of)),
        Column(title="rate", cells=_told(tests, figures.rate_of), spare=3),
        Column(title="95 %", cells=_told(tests, figures.interval_of), spare=2),
        Column(title=f"pass@{figures.TRIES}", cells=_told(tests, figures.pass_at), spare=8),
        Column(title=f"pass^{figures.TRIES}", cells=_told(tests, figures.pass_hat), spare=7),
        Column(title="unscored", cells=_counts(tests, "unscored"), spare=5),
        Column(title="skipped", cells=_counts(tests, "skipped"), spare=6),
        Column(title="not run", cells=_counts(tests, "not_run"), spare=9),
        Column(title=figures.cost_word(rung), cells=costs, spare=4),
    ]


def _proofs(tests: Sequence[TestResult]) -> list[Column]:
    return [
        Column(title="does nothing", cells=[_trial(test, 1) for test in tests]),
        Column(title="solution", cells=[_trial(test, 2) for test in tests], spare=1),
    ]


def _verdicts(tests: Sequence[TestResult], against: Mapping[str, str]) -> list[Column]:
    return [
        Column(title="verdict", cells=_told(tests, figures.decision_of)),
        Column(title="baseline", cells=[against.get(test.test, "") for test in tests], spare=1),
    ]


def _told(tests: Sequence[TestResult], tell: Callable[[TestResult], str]) -> list[str]:
    return [tell(test) for test in tests]


def _counts(tests: Sequence[TestResult], outcome: Outcome) -> list[str]:
    return [figures.count_of(test.count(outcome)) for test in tests]


def _trial(test: TestResult, number: int) -> str:
    found = (trial.outcome for trial in test.trials if trial.number == number)
    return next(found, figures.NOTHING).replace("_", " ")
