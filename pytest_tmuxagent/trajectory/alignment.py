"""Puts expected calls and those that were made side by side, so that as few as possible differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from pytest_tmuxagent.trajectory.patterns import CallPattern, Difference
from pytest_tmuxagent.trajectory.steps import Step
from pytest_tmuxagent.trajectory.values import common_length

_ONE_SIDED = 1.0
# A pair of the same kind is nearer than one call too few and one too many, and one of two kinds is not.
_ALIKE, _PER_ARGUMENT = 1.0, 0.5
_UNLIKE = 3.0
_LOOKED_AT = 1000
"""How many characters of a text tell how alike two are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An expected call beside the one that was made; None where there is none."""

    expected: CallPattern | None = None
    actual: Step | None = None

    @property
    def is_as_expected(self) -> bool:
        """Whether both are there, and fit."""
        return self.expected is not None and self.actual is not None and self.expected.matches(self.actual)


def align(expected: Sequence[CallPattern], actual: Sequence[Step]) -> Sequence[Row]:
    """Give the rows, in the order of both."""
    same = 0
    while same < min(len(expected), len(actual)) and expected[same].matches(actual[same]):
        same += 1
    head = [Row(expected=expected[at], actual=actual[at]) for at in range(same)]
    return [*head, *_aligned(expected[same:], actual[same:])]


def pair(expected: Sequence[CallPattern], actual: Sequence[Step]) -> dict[int, int]:
    """Give each expected call one that was made, as many as possible: from index to index.

    Source: augmenting paths (Kuhn's algorithm for matchings in bipartite graphs).
    """
    fits = [[at for at, step in enumerate(actual) if pattern.matches(step)] for pattern in expected]
    taken: dict[int, int] = {}
    for index in range(len(expected)):
        _place(index, fits, taken)
    return {index: at for at, index in taken.items()}


def nearest(pattern: CallPattern, among: Sequence[Step]) -> Step | None:
    """Give the one that differs least among those that are like it."""
    alike = [step for step in among if pattern.is_like(step)]
    return min(alike, key=lambda step: _cost(pattern, step), default=None)


def _place(start: int, fits: Sequence[Sequence[int]], taken: dict[int, int]) -> None:
    """Give one more a place, moving others where that makes room."""
    came_from: dict[int, int] = {}
    waiting = [start]
    while waiting:
        index = waiting.pop(0)
        for at in fits[index]:
            if at in came_from:
                continue
            came_from[at] = index
            if at not in taken:
                _move(at, came_from, taken, start)
                return
            waiting.append(taken[at])


def _move(at: int, came_from: dict[int, int], taken: dict[int, int], start: int) -> None:
    while True:
        index = came_from[at]
        before = next((place for place, who in taken.items() if who == index), None)
        taken[at] = index
        if index == start or before is None:
            return
        at = before


def _aligned(expected: Sequence[CallPattern], actual: Sequence[Step]) -> list[Row]:
    """Find the cheapest way from the ends of both to their beginnings."""
    wide = len(actual)
    costs = [[0.0] * (wide + 1) for _ in range(len(expected) + 1)]
    pairs = [[_cost(pattern, step) for step in actual] for pattern in expected]
    for row in range(len(expected), -1, -1):
        for column in range(wide, -1, -1):
            costs[row][column] = min(
                (cost for cost, _, _ in _ways(row, column, pairs, costs, wide)), default=0.0
            )
    rows, row, column = [], 0, 0
    while row < len(expected) or column < wide:
        _, down, right = min(_ways(row, column, pairs, costs, wide), key=itemgetter(0))
        rows.append(Row(expected=expected[row] if down else None, actual=actual[column] if right else None))
        row, column = row + down, column + right
    return rows


def _ways(
    row: int, column: int, pairs: Sequence[Sequence[float]], costs: Sequence[Sequence[float]], wide: int
) -> list[tuple[float, int, int]]:
    ways = []
    if row < len(pairs) and column < wide:
        ways.append((pairs[row][column] + costs[row + 1][column + 1], 1, 1))
    if row < len(pairs):
        ways.append((_ONE_SIDED + costs[row + 1][column], 1, 0))
    if column < wide:
        ways.append((_ONE_SIDED + costs[row][column + 1], 0, 1))
    return ways


def _cost(pattern: CallPattern, step: Step) -> float:
    if not pattern.is_like(step):
        return _UNLIKE
    found = pattern.differences(step)
    known = max(1, len(pattern.arguments), len(found))
    return _ALIKE + _PER_ARGUMENT * sum(map(_distance, found)) / known if found else 0.0


def _distance(found: Difference) -> float:
    """Give 1 for values that have nothing in common, less for texts that begin and end alike."""
    one, other = found.expected, found.actual
    if not isinstance(one, str) or not isinstance(other, str):
        return 1.0
    one, other = one[:_LOOKED_AT], other[:_LOOKED_AT]
    begin = common_length(one, other)
    end = common_length(one[begin:][::-1], other[begin:][::-1])
    return 1.0 - (begin + end) / max(len(one), len(other), 1)
