"""How much two runs of the same trials say about a change: exact tests of pairs, corrected for many."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

from pytest_tmuxagent.errors import Misuse


def paired(worse: int, better: int) -> float:
    """Give the two-sided exact p-value of McNemar's test for so many pairs that differ, in either direction.

    Source: Q. McNemar, "Note on the Sampling Error of the Difference Between Correlated Proportions",
    Psychometrika 12 (1947); exact by the binomial distribution.
    """
    if worse < 0 or better < 0:
        raise Misuse(f"{worse} pairs got worse and {better} got better: counts are 0 or more")
    pairs = worse + better
    tail = sum(comb(pairs, few) for few in range(min(worse, better) + 1))
    return min(1.0, 2 * tail / (1 << pairs))


def least_p(pairs: int) -> float:
    """Give the smallest p-value that so many pairs can have, all of them in one direction."""
    return paired(0, pairs)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Give the p-values as they are when so many were looked at, in the same order.

    Source: S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scand. J. Statist. 6 (1979).
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted = [1.0] * len(p_values)
    least = 0.0
    for rank, place in enumerate(order):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = least
    return tuple(adjusted)
