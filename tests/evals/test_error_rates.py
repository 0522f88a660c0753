"""Thousands of runs of agents that pass with a known probability: how often each rule errs."""

from __future__ import annotations

from math import sqrt
from random import Random

import pytest

from pytest_tmuxagent.evals.baselines import compare
from pytest_tmuxagent.evals.designs import Design, design
from pytest_tmuxagent.evals.results import Results
from tests.evals.agents import ended, run

RUNS = 2000
_ERRORS = 4  # Standard errors that a correct figure strays by at most, in practice.


def simulated(made: Design, rate: float) -> tuple[float, float]:
    """How often agents with that rate passed, and how many trials they made on average."""
    random = Random(f"{made} {rate}")
    passed = trials = 0
    for _ in range(RUNS):
        course = run(made, rate, random=random)
        assert course.verdict is not None
        passed += course.verdict.decision == "passed"
        trials += course.decided_at or 0
    return passed / RUNS, trials / RUNS


def margin(chance: float) -> float:
    return _ERRORS * sqrt(max(chance * (1 - chance), 1 / RUNS) / RUNS)


@pytest.mark.parametrize(
    ("made", "promise"),
    [
        (design(accept=0.9, reject=0.6), 0.05),
        (design(accept=0.95, reject=0.5, alpha=0.1, beta=0.1), 0.1),
        (design(accept=0.8, reject=0.5, at_most=60), 0.05),
    ],
)
def test_a_sequential_test_errs_no_more_often_than_it_promises(made: Design, promise: float) -> None:
    for rate, is_good in ((made.accept, True), (made.reject, False)):  # type: ignore[union-attr]
        passed, trials = simulated(made, rate)
        wrong = 1 - passed if is_good else passed
        assert wrong <= promise + margin(promise)
        assert passed == pytest.approx(made.pass_probability(rate), abs=margin(passed))
        assert trials == pytest.approx(made.expected_trials(rate), rel=0.05)
        assert trials < made.size / 2


@pytest.mark.parametrize("stop", ["never", "decided"])
@pytest.mark.parametrize("judge", ["wilson", "rate"])
@pytest.mark.parametrize("rate", [0.7, 0.85, 0.95])
def test_a_fixed_number_passes_as_often_as_it_says(judge: str, stop: str, rate: float) -> None:
    made = design(20, pass_rate=0.7, judge=judge, stop=stop)  # type: ignore[arg-type]
    passed, trials = simulated(made, rate)
    assert passed == pytest.approx(made.pass_probability(rate), abs=margin(made.pass_probability(rate)))
    assert trials == pytest.approx(made.expected_trials(rate), rel=0.02)


@pytest.mark.parametrize(("n", "pass_rate"), [(16, 0.8), (20, 0.8), (35, 0.9), (50, 0.9), (100, 0.8)])
def test_the_lower_bound_passes_hardly_any_agent_that_is_only_just_good_enough(
    n: int, pass_rate: float
) -> None:
    made = design(n, pass_rate=pass_rate)
    passed, _ = simulated(made, pass_rate)
    assert passed <= 0.03 + margin(0.03)
    assert made.pass_probability(pass_rate) <= 0.03


def test_a_rate_alone_promises_nothing() -> None:
    passed, _ = simulated(design(20, pass_rate=0.8, judge="rate"), 0.8)
    assert passed > 0.5


@pytest.mark.parametrize("rate", [0.5, 0.8, 0.95])
def test_where_nothing_changed_few_suites_are_said_to_have_changed(rate: float) -> None:
    random = Random(rate)
    suites = 400
    of_tests = of_suites = 0
    for _ in range(suites):
        comparison = compare(drawn([rate] * 10, random=random), drawn([rate] * 10, random=random))
        of_tests += bool(comparison.found("got worse") or comparison.found("got better"))
        of_suites += comparison.suite.finding != "no evidence"
    most = 0.05 + _ERRORS * sqrt(0.05 * 0.95 / suites)
    assert of_tests / suites <= most
    assert of_suites / suites <= most


def test_a_suite_that_got_worse_is_mostly_found() -> None:
    random = Random(0)
    found = 0
    for _ in range(200):
        comparison = compare(drawn([0.9] * 10, random=random), drawn([0.75] * 10, random=random))
        found += comparison.suite.finding == "got worse"
    assert found > 180


def drawn(rates: list[float], *, random: Random) -> Results:
    """A run of twenty trials each of agents with those rates."""
    return Results(
        tests=tuple(
            ended("".join("+" if random.random() < rate else "-" for _ in range(20)), name=f"test_{place}")
            for place, rate in enumerate(rates)
        )
    )
