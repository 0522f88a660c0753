"""Exact tests of pairs, and their correction."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.evals.evidence import holm, least_p, paired

# Source: SciPy 1.17, binomtest(worse, worse + better, 0.5).pvalue; statsmodels 0.15, mcnemar(exact=True).
PAIRED: list[tuple[int, int, float]] = [
    (0, 0, 1.0),
    (6, 0, 0.03125),
    (1, 7, 0.0703125),
    (3, 3, 1.0),
    (10, 2, 0.03857421875),
    (60, 35, 0.013378703026003939),
]
# Source: statsmodels 0.15, multipletests(p_values, method="holm").
HOLM: list[tuple[list[float], list[float]]] = [
    ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),
    ([0.2, 0.001, 0.02, 0.9], [0.4, 0.004, 0.06, 0.9]),
    ([0.5, 0.5], [1.0, 1.0]),
]


@pytest.mark.parametrize(("worse", "better", "p_value"), PAIRED)
def test_the_paired_test_is_that_of_others(worse: int, better: int, p_value: float) -> None:
    assert paired(worse, better) == pytest.approx(p_value, rel=1e-12)


@given(worse=st.integers(0, 5), better=st.integers(0, 5))
def test_the_paired_test_counts_what_is_as_uneven_or_more(worse: int, better: int) -> None:
    signs = list(product((0, 1), repeat=worse + better))
    uneven = [row for row in signs if abs(2 * sum(row) - len(row)) >= abs(worse - better)]
    assert paired(worse, better) == pytest.approx(len(uneven) / len(signs))


@pytest.mark.parametrize(("pairs", "can_show"), [(0, False), (5, False), (6, True), (5000, True)])
def test_fewer_than_six_pairs_show_nothing(pairs: int, can_show: bool) -> None:  # noqa: FBT001
    assert (least_p(pairs) <= 0.05) is can_show


@pytest.mark.parametrize(("p_values", "corrected"), HOLM)
def test_holms_correction_is_that_of_others(p_values: list[float], corrected: list[float]) -> None:
    assert holm(p_values) == pytest.approx(corrected)


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holms_correction_keeps_the_order_and_makes_nothing_more_certain(p_values: list[float]) -> None:
    corrected = holm(p_values)
    assert all(before <= after <= 1 for before, after in zip(p_values, corrected, strict=True))
    assert [after for _, after in sorted(zip(p_values, corrected, strict=True))] == sorted(corrected)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holms_correction_finds_what_his_steps_find(p_values: list[float]) -> None:
    found = set()
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda place: p_values[place])):
        if (len(p_values) - rank) * p_values[place] > 0.05:
            break
        found.add(place)
    assert {place for place, corrected in enumerate(holm(p_values)) if corrected <= 0.05} == found


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(Misuse, match="counts are 0 or more"):
        paired(-1, 2)
