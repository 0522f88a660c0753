"""What a number of trials says about a rate."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.evals.statistics import at_least, least_trials, pass_at_k, pass_hat_k, tries_in, wilson

# Source: statsmodels 0.15, proportion_confint(passed, scored, alpha=1-confidence, method="wilson").
WILSON: list[tuple[int, int, float, float, float]] = [
    (0, 5, 0.95, 0.0, 0.43448246478317476),
    (3, 3, 0.95, 0.4385029682449546, 1.0),
    (8, 10, 0.95, 0.49016247153664183, 0.9433178485456247),
    (17, 20, 0.9, 0.6781719243246931, 0.9384175895226317),
    (1, 1000, 0.99, 0.00011741635361832078, 0.008460566219981694),
    (500, 1000, 0.8, 0.47975350990729065, 0.5202464900927093),
]
counts = st.integers(1, 8).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n), st.integers(1, n)))


@pytest.mark.parametrize(("passed", "scored", "confidence", "low", "high"), WILSON)
def test_wilsons_interval_is_that_of_others(
    passed: int, scored: int, confidence: float, low: float, high: float
) -> None:
    interval = wilson(passed, scored, confidence=confidence)
    assert interval.low == pytest.approx(low, abs=1e-12)
    assert interval.high == pytest.approx(high, abs=1e-12)


@given(scored=st.integers(1, 2000), share=st.floats(0, 1), confidence=st.floats(0.5, 0.999))
def test_wilsons_interval_holds_the_rate_and_is_the_mirror_of_its_opposite(
    scored: int, share: float, confidence: float
) -> None:
    passed = round(share * scored)
    interval = wilson(passed, scored, confidence=confidence)
    mirrored = wilson(scored - passed, scored, confidence=confidence)
    assert 0 <= interval.low <= passed / scored <= interval.high <= 1
    assert interval.low == pytest.approx(1 - mirrored.high)


def test_without_a_trial_any_rate_is_possible() -> None:
    interval = wilson(0, 0)
    assert (interval.low, interval.high) == (0.0, 1.0)


@given(counts)
def test_pass_at_k_and_pass_hat_k_are_the_shares_of_all_draws(count: tuple[int, int, int]) -> None:
    passed, scored, k = count
    draws = list(combinations([True] * passed + [False] * (scored - passed), k))
    assert pass_at_k(passed, scored, k=k) == pytest.approx(sum(map(any, draws)) / len(draws))
    assert pass_hat_k(passed, scored, k=k) == pytest.approx(sum(map(all, draws)) / len(draws))


@given(eighths=st.integers(0, 8), scored=st.integers(1, 6), k=st.integers(1, 6))
def test_pass_at_k_and_pass_hat_k_are_without_bias(eighths: int, scored: int, k: int) -> None:
    rate = Fraction(eighths, 8)
    if k > scored:
        assert pass_at_k(0, scored, k=k) is pass_hat_k(0, scored, k=k) is None
        return
    at_k = hat_k = 0.0
    for run in product((0, 1), repeat=scored):
        passed = sum(run)
        chance = float(rate**passed * (1 - rate) ** (scored - passed))
        at_k += chance * (pass_at_k(passed, scored, k=k) or 0.0)
        hat_k += chance * (pass_hat_k(passed, scored, k=k) or 0.0)
    assert at_k == pytest.approx(float(1 - (1 - rate) ** k))
    assert hat_k == pytest.approx(float(rate**k))


@given(eighths=st.integers(0, 8), trials=st.integers(0, 9), count=st.integers(-1, 10))
def test_so_many_passes_or_more_are_as_probable_as_all_runs_together(
    eighths: int, trials: int, count: int
) -> None:
    rate = Fraction(eighths, 8)
    passed_of = [sum(run) for run in product((0, 1), repeat=trials)]
    exactly = sum(rate**passed * (1 - rate) ** (trials - passed) for passed in passed_of if passed >= count)
    assert at_least(count, trials, rate=float(rate)) == pytest.approx(float(exactly))


@pytest.mark.parametrize(("rate", "least"), [(0.5, 4), (0.8, 16), (0.9, 35), (0.95, 73), (0.99, 381)])
def test_so_many_trials_all_passed_show_a_rate(rate: float, least: int) -> None:
    assert least_trials(rate) == least
    assert wilson(least, least).low >= rate > wilson(least - 1, least - 1).low


def test_no_number_of_trials_shows_that_an_agent_never_fails() -> None:
    assert least_trials(1.0) is None


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95])
def test_a_confidence_that_is_none_is_refused(confidence: float) -> None:
    with pytest.raises(Misuse, match=r"between 0 and 1, for example 0\.95"):
        wilson(1, 2, confidence=confidence)


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(Misuse, match="3 passed of 2 scored"):
        wilson(3, 2)
    with pytest.raises(Misuse, match="at least one try"):
        pass_at_k(1, 2, k=0)


def test_each_k_is_read_once_and_in_order() -> None:
    assert tries_in("5, 1,3,1") == (1, 3, 5)


@pytest.mark.parametrize(
    "written", ["", "0", "1,", "-1", "1.5", "\u0663", "a", "1234567", ",".join("123456789012")]
)
def test_what_is_no_list_of_tries_is_refused(written: str) -> None:
    with pytest.raises(Misuse, match=r"as 1,3,5"):
        tries_in(written)
