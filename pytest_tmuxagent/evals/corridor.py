"""When a row of trials may stop: a corridor of passes, and its exact odds.

Trials go on as long as the number of passes lies in the corridor; above it the test passes, below it fails.

Source: A. Wald, "Sequential Tests of Statistical Hypotheses", Annals of Mathematical Statistics 16 (1945).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import inf, log, sqrt
from statistics import NormalDist

from pytest_tmuxagent.evals.statistics import times_log

_ROUNDING = 1e-12
SEARCHED = 10_000
"""Where the search for a number of trials that is enough gives up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """What becomes of a test at a certain rate: how probable a pass is, and the mean number of trials."""

    passes: float
    trials: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Corridor:
    """From how many passes (`low`) to how many (`high`) trials go on after the first, the second, ...

    After the last it is empty: each `low` is `high + 1` at the least.
    """

    low: tuple[int, ...]
    high: tuple[int, ...]

    def decide(self, passed: int, scored: int) -> bool | None:
        """Say whether the test passes; None while that is not known, which it is after the last."""
        if scored == 0:
            return None
        step = scored - 1
        if passed > self.high[step]:
            return True
        return False if passed < self.low[step] else None

    def odds(self, rate: float) -> Odds:
        """Give the exact odds at a rate, by going through all counts of passes that can be met."""
        going, passes, trials = {0: 1.0}, 0.0, 0.0
        for low, high in zip(self.low, self.high, strict=True):
            trials += sum(going.values())
            reached = _step(going, rate)
            passes += sum(chance for passed, chance in reached.items() if passed > high)
            going = {passed: chance for passed, chance in reached.items() if low <= passed <= high}
        return Odds(passes=passes, trials=trials)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Two rates to tell apart, and how often that may go wrong.

    `alpha` is the chance that an agent at `reject` passes, `beta` that one at `accept` fails.
    """

    accept: float
    reject: float
    alpha: float
    beta: float


@lru_cache(maxsize=64)
def truncated(promise: Promise, at_most: int) -> Corridor | None:
    """Give Wald's corridor, ended after `at_most` trials; None where that cannot keep the promise.

    It ends a little earlier where the counts of the very last trials have no cut that is exact enough.
    """
    for lines in _all_lines(promise):
        last: tuple[list[int], list[int], int, int] | None = None
        for low, high, cut in _grow(promise, lines=lines, at_most=at_most):
            last = last if cut is None else (low, high, len(low), cut)
        if last is not None:
            low, high, trials, cut = last
            return curtailed([*low[: trials - 1], cut], [*high[: trials - 1], cut - 1])
    return None


@lru_cache(maxsize=64)
def enough_trials(promise: Promise) -> int | None:
    """Give the least `at_most` that keeps the promise; None where it is above `SEARCHED`."""
    if _fixed_number(promise) > SEARCHED:  # No test with an end is shorter than the best fixed one.
        return None
    least = [
        len(low)
        for lines in _all_lines(promise)
        for low, _, cut in _grow_until_kept(promise, lines=lines)
        if cut is not None
    ]
    return min(least, default=None)


def _fixed_number(promise: Promise) -> float:
    """Give about how many trials a fixed number needs for the same, by the normal approximation."""
    spread = sum(
        -NormalDist().inv_cdf(error) * sqrt(rate * (1 - rate))
        for error, rate in ((promise.alpha, promise.reject), (promise.beta, promise.accept))
    )
    return (spread / (promise.accept - promise.reject)) ** 2


def at_least_of(required: int, trials: int) -> Corridor:
    """Give the corridor of a fixed number, so many of which must pass; it ends when nothing changes that."""
    steps = range(1, trials + 1)
    return Corridor(
        low=tuple(step - (trials - required) for step in steps), high=tuple(required - 1 for _ in steps)
    )


def curtailed(low: list[int], high: list[int]) -> Corridor:
    """End each way where all that can follow ends alike; how probable a pass is stays as it was."""
    for step in range(len(low) - 2, -1, -1):
        high[step] = min(high[step], high[step + 1])
        low[step] = max(low[step], low[step + 1] - 1)
    return Corridor(low=tuple(low), high=tuple(high))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """Where the logarithm of the likelihood ratio ends the test."""

    passes: float
    fails: float


def _all_lines(promise: Promise) -> tuple[_Lines, ...]:
    """Give Wald's lines, which nearly keep the promise, and those that keep it for certain, given time."""
    return (
        _Lines(passes=log((1 - promise.beta) / promise.alpha), fails=log(promise.beta / (1 - promise.alpha))),
        _Lines(passes=-log(promise.alpha), fails=log(promise.beta)),
    )


_Grown = tuple[list[int], list[int], int | None]


def _grow_until_kept(promise: Promise, *, lines: _Lines) -> Iterator[_Grown]:
    for grown in _grow(promise, lines=lines, at_most=SEARCHED):
        yield grown
        if grown[2] is not None:
            return


def _grow(promise: Promise, *, lines: _Lines, at_most: int) -> Iterator[_Grown]:
    """Give the corridor after each trial (the same lists, longer), and the cut that may end it there."""
    low: list[int] = []
    high: list[int] = []
    good, bad = {0: 1.0}, {0: 1.0}  # How an agent at `accept`, and one at `reject`, come to each count.
    wrong_pass = wrong_fail = 0.0
    while len(low) < at_most and good.keys() | bad.keys():
        good, bad = _step(good, promise.accept), _step(bad, promise.reject)
        bottom, top = _ends(len(low) + 1, min(good | bad), max(good | bad), promise=promise, lines=lines)
        low.append(bottom)
        high.append(top)
        wrong_pass += sum(chance for passed, chance in bad.items() if passed > top)
        wrong_fail += sum(chance for passed, chance in good.items() if passed < bottom)
        good, bad = _between(good, bottom, top), _between(bad, bottom, top)
        yield low, high, _cut(good, bad, wrong=(wrong_fail, wrong_pass), ends=(bottom, top), promise=promise)


def _ends(step: int, least: int, most: int, *, promise: Promise, lines: _Lines) -> tuple[int, int]:
    """Give the lowest and the highest of the counts with which trials go on."""
    low, high = least, most
    while low <= high and _evidence(low, step, promise) <= lines.fails:
        low += 1
    while high >= low and _evidence(high, step, promise) >= lines.passes:
        high -= 1
    return low, high


def _evidence(passed: int, scored: int, promise: Promise) -> float:
    """Give the logarithm of the likelihood ratio; infinite where one of the rates is impossible."""
    failed = scored - passed
    good = times_log(passed, promise.accept) + times_log(failed, 1 - promise.accept)
    bad = times_log(passed, promise.reject) + times_log(failed, 1 - promise.reject)
    return -inf if good == -inf else good - bad


def _cut(
    good: dict[int, float],
    bad: dict[int, float],
    *,
    wrong: tuple[float, float],
    ends: tuple[int, int],
    promise: Promise,
) -> int | None:
    """Find the count from which the test may pass if it ends here, the promise kept as evenly as can be."""
    best: tuple[float, int] | None = None
    wrong_fail, wrong_pass = wrong[0], wrong[1] + sum(bad.values())
    for cut in range(ends[0], ends[1] + 2):
        worst = max(wrong_pass / promise.alpha, wrong_fail / promise.beta)
        if worst <= 1 + _ROUNDING and (best is None or worst < best[0]):
            best = worst, cut
        wrong_pass -= bad.get(cut, 0.0)
        wrong_fail += good.get(cut, 0.0)
    return None if best is None else best[1]


def _step(going: dict[int, float], rate: float) -> dict[int, float]:
    reached: dict[int, float] = {}
    for passed, chance in going.items():
        reached[passed] = reached.get(passed, 0.0) + chance * (1 - rate)
        reached[passed + 1] = reached.get(passed + 1, 0.0) + chance * rate
    return reached


def _between(reached: dict[int, float], low: int, high: int) -> dict[int, float]:
    return {passed: chance for passed, chance in reached.items() if low <= passed <= high}
