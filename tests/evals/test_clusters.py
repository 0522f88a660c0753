"""Rates over several prompts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.evals.clusters import Cluster, clustered, student_quantile, student_within
from pytest_tmuxagent.evals.statistics import wilson

# Source: SciPy 1.17, t.ppf((1 + confidence) / 2, freedom).
STUDENT: list[tuple[float, int, float]] = [
    (0.95, 1, 12.706204736174694),
    (0.95, 2, 4.302652729749462),
    (0.9, 3, 2.3533634348018233),
    (0.99, 4, 4.604094871349992),
    (0.95, 9, 2.262157162798205),
    (0.5, 30, 0.6827556933212927),
    (0.999, 101, 3.3894748840473063),
]
# Source: statsmodels 0.15, OLS on a constant, cov_type="cluster", use_correction=True.
CLUSTERED: list[tuple[list[tuple[int, int]], float]] = [
    ([(10, 10), (5, 10), (0, 10)], 0.2886751345948128),
    ([(3, 4), (8, 9), (1, 7), (5, 5)], 0.2081558390565427),
    ([(1, 2), (1, 2), (1, 2), (2, 2), (2, 2)], 0.12247448713915887),
]


def clusters(*counts: tuple[int, int]) -> list[Cluster]:
    return [Cluster(passed=passed, scored=scored) for passed, scored in counts]


@pytest.mark.parametrize(("confidence", "freedom", "quantile"), STUDENT)
def test_students_quantile_is_that_of_others(confidence: float, freedom: int, quantile: float) -> None:
    assert student_quantile(confidence, freedom=freedom) == pytest.approx(quantile, rel=1e-9)


@given(confidence=st.floats(0.01, 0.999), freedom=st.integers(1, 300))
def test_students_quantile_is_where_that_much_lies_within(confidence: float, freedom: int) -> None:
    quantile = student_quantile(confidence, freedom=freedom)
    assert student_within(quantile, freedom=freedom) == pytest.approx(confidence)


@pytest.mark.parametrize(("counts", "error"), CLUSTERED)
def test_the_clustered_error_is_that_of_others(counts: list[tuple[int, int]], error: float) -> None:
    found = clustered(clusters(*counts))
    assert found is not None
    assert found.error == pytest.approx(error)


def test_prompts_that_differ_widen_the_interval() -> None:
    alike = clustered(clusters((5, 10), (5, 10), (5, 10), (5, 10)))
    apart = clustered(clusters((10, 10), (0, 10), (10, 10), (0, 10)))
    assert alike is not None
    assert apart is not None
    assert alike.rate == apart.rate == 0.5
    assert alike.interval == wilson(20, 40)
    assert apart.interval.low < alike.interval.low < alike.interval.high < apart.interval.high


def test_many_trials_of_one_prompt_say_nothing_about_others() -> None:
    found = clustered(clusters((9, 10), (0, 0)))
    assert found is not None
    assert (found.error, found.interval, found.clusters) == (None, wilson(9, 10), 1)
    assert "nothing about others" in found.caution


def test_a_few_prompts_are_called_few() -> None:
    few, enough = clustered(clusters(*[(1, 2)] * 3)), clustered(clusters(*[(1, 2)] * 10))
    assert few is not None
    assert enough is not None
    assert few.caution.startswith("only 3 variants")
    assert enough.caution == ""


def test_nothing_scored_has_no_rate() -> None:
    assert clustered(clusters((0, 0))) is None
    assert clustered([]) is None
