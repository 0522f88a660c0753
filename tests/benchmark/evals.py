"""Rows about evaluations: how many trials it takes to tell two rates apart."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from pytest_tmuxagent.evals.corridor import at_least_of
from pytest_tmuxagent.evals.sequential import Sequential
from pytest_tmuxagent.evals.statistics import at_least
from tests.benchmark.measuring import Effort
from tests.benchmark.table import Row, single

_TOLD_APART = ((0.9, 0.6, 30), (0.9, 0.8, 200))
_RATES = (0.95, 0.9, 0.75, 0.6)
_SEQUENTIAL, _FIXED, _CURTAILED = "sequential", "fixed", 'fixed, stop="decided"'


def trials(_effort: Effort, _room: Path) -> list[Row]:
    """The mean number of trials, exactly, of designs that err as often; no fixed one is shorter."""
    return [
        _row(Sequential(accept=accept, reject=reject, at_most=at_most), rate)
        for accept, reject, at_most in _TOLD_APART
        for rate in _RATES
    ]


def _row(design: Sequential, rate: float) -> Row:
    size, required = shortest_fixed(design)
    cells = {
        _SEQUENTIAL: single(design.expected_trials(rate)),
        _FIXED: single(size),
        _CURTAILED: single(at_least_of(required, size).odds(rate).trials),
    }
    apart = f"{design.accept} from {design.reject}, at most {design.at_most}"
    return Row(label=f"trials to tell {apart}: an agent of {rate}", unit="", cells=cells)


def shortest_fixed(design: Sequential) -> tuple[int, int]:
    """Give the least number of trials that keeps the same promise, and how many of them must pass."""
    for size in count(1):
        required = next(
            passes for passes in count() if at_least(passes, size, rate=design.reject) <= design.alpha
        )
        if 1 - at_least(required, size, rate=design.accept) <= design.beta:
            return size, required
    raise AssertionError("there is one")
