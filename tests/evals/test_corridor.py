"""Corridors, held to going through every single run."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pytest_tmuxagent.evals.corridor import Corridor, Promise, at_least_of, enough_trials, truncated

RATES = (0.0, 0.05, 0.4, 0.6, 0.85, 1.0)
promises = st.builds(
    Promise,
    accept=st.sampled_from((1.0, 0.99, 0.95, 0.9, 0.8)),
    reject=st.sampled_from((0.0, 0.1, 0.3, 0.5, 0.6, 0.7)),
    alpha=st.sampled_from((0.01, 0.05, 0.1, 0.2, 0.4)),
    beta=st.sampled_from((0.01, 0.05, 0.1, 0.2, 0.4)),
)
USUAL = Promise(accept=0.9, reject=0.6, alpha=0.05, beta=0.05)


def played(corridor: Corridor, run: tuple[int, ...]) -> tuple[bool | None, int]:
    """What the corridor says of a run, and after how many trials."""
    for scored in range(1, len(run) + 1):
        passes = corridor.decide(sum(run[:scored]), scored)
        if passes is not None:
            return passes, scored
    return None, len(run)


def counted(corridor: Corridor, rate: float) -> tuple[float, float, float]:
    """The odds by going through all runs: of a pass, of no decision, and the mean of trials."""
    size = len(corridor.low)
    passes = open_ends = trials = 0.0
    for run in product((0, 1), repeat=size):
        chance = rate ** sum(run) * (1 - rate) ** (size - sum(run))
        passed, taken = played(corridor, run)
        passes += chance * (passed is True)
        open_ends += chance * (passed is None)
        trials += chance * taken
    return passes, open_ends, trials


@settings(max_examples=25)
@given(promise=promises, at_most=st.integers(1, 11))
def test_the_exact_odds_are_those_of_all_runs_together(promise: Promise, at_most: int) -> None:
    corridor = truncated(promise, at_most)
    assume(corridor is not None)
    assert corridor is not None
    for rate in RATES:
        passes, open_ends, trials = counted(corridor, rate)
        odds = corridor.odds(rate)
        assert odds.passes == pytest.approx(passes)
        assert odds.trials == pytest.approx(trials)
        assert open_ends == 0


@given(promise=promises, at_most=st.integers(1, 400))
def test_both_errors_keep_their_promise_or_there_is_no_corridor(promise: Promise, at_most: int) -> None:
    corridor = truncated(promise, at_most)
    assert (corridor is None) == (at_most < (enough_trials(promise) or 0))
    if corridor is not None:
        assert len(corridor.low) <= at_most
        assert corridor.odds(promise.reject).passes <= promise.alpha + 1e-12
        assert 1 - corridor.odds(promise.accept).passes <= promise.beta + 1e-9


@given(promise=promises, at_most=st.integers(1, 200))
def test_a_better_agent_passes_more_often(promise: Promise, at_most: int) -> None:
    corridor = truncated(promise, at_most)
    assume(corridor is not None)
    assert corridor is not None
    chances = [corridor.odds(rate / 20).passes for rate in range(21)]
    assert chances == sorted(chances)


@given(trials=st.integers(1, 9), data=st.data())
def test_a_fixed_number_ends_as_soon_as_nothing_can_change_it(trials: int, data: st.DataObject) -> None:
    required = data.draw(st.integers(1, trials))
    corridor = at_least_of(required, trials)
    for run in product((0, 1), repeat=trials):
        passes, taken = played(corridor, run)
        assert passes is (sum(run) >= required)
        before = sum(run[: taken - 1])
        assert before < required  # One trial earlier both was possible.
        assert before + trials - (taken - 1) >= required


def test_a_corridor_ends_where_all_that_can_follow_ends_alike() -> None:
    corridor = truncated(USUAL, 30)
    assert corridor is not None
    for scored, (low, high) in enumerate(zip(corridor.low, corridor.high, strict=True), start=1):
        for passed in range(max(low, 0), min(high, scored) + 1):
            left = 30 - scored
            ends = {
                played_on(corridor, passed=passed, scored=scored, then=then, left=left) for then in (0, 1)
            }
            assert ends == {True, False}


def played_on(corridor: Corridor, *, passed: int, scored: int, then: int, left: int) -> bool | None:
    for _ in range(left):
        passed, scored = passed + then, scored + 1
        if (passes := corridor.decide(passed, scored)) is not None:
            return passes
    return None


def test_two_rates_that_are_very_close_take_more_than_anyone_runs() -> None:
    assert enough_trials(Promise(accept=0.9, reject=0.899, alpha=0.05, beta=0.05)) is None


def test_two_rates_that_are_close_take_many() -> None:
    close = Promise(accept=0.9, reject=0.86, alpha=0.05, beta=0.05)
    enough = enough_trials(close)
    assert enough is not None
    assert truncated(close, enough) is not None
    assert truncated(close, enough - 1) is None


def test_two_rates_that_are_far_apart_are_told_by_one_trial() -> None:
    corridor = truncated(Promise(accept=0.99, reject=0.01, alpha=0.05, beta=0.05), 5)
    assert corridor is not None
    assert corridor.odds(0.5).trials == 1


def test_the_usual_corridor_is_walds_with_the_most_even_cut() -> None:
    corridor = truncated(USUAL, 30)
    assert corridor is not None
    # log(0.95 / 0.05) = 2.94 is reached by 8 passes, of log(0.9 / 0.6) each; 3 failures are beyond -2.94.
    assert corridor.high[:8] == (1, 2, 3, 4, 5, 6, 7, 7)
    assert corridor.low[:4] == (0, 0, 1, 2)
    assert (corridor.low[-1], corridor.high[-1]) == (24, 23)
    assert corridor.odds(0.6).passes == pytest.approx(0.044, abs=0.0005)
    assert corridor.odds(0.9).passes == pytest.approx(0.9646, abs=0.0005)
