"""What the benchmark holds sequential tests against."""

from __future__ import annotations

from pathlib import Path

from pytest_tmuxagent.evals.sequential import Sequential
from pytest_tmuxagent.evals.statistics import at_least
from tests.benchmark.evals import shortest_fixed, trials
from tests.benchmark.measuring import QUICK


def test_no_fixed_number_that_errs_as_seldom_is_shorter() -> None:
    design = Sequential(accept=0.9, reject=0.6)
    size, required = shortest_fixed(design)
    assert at_least(required, size, rate=0.6) <= 0.05
    assert 1 - at_least(required, size, rate=0.9) <= 0.05
    assert not [
        (shorter, cut)
        for shorter in range(1, size)
        for cut in range(shorter + 1)
        if at_least(cut, shorter, rate=0.6) <= 0.05 and 1 - at_least(cut, shorter, rate=0.9) <= 0.05
    ]


def test_a_sequential_test_makes_fewer_trials_at_every_rate(tmp_path: Path) -> None:
    rows = trials(QUICK, tmp_path)
    means = [[cell.figures["value"] for cell in row.cells.values()] for row in rows]
    assert len(means) == 8
    assert all(sequential < stopped <= fixed for sequential, fixed, stopped in means)
