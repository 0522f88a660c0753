"""What a number of trials says about a rate: intervals, pass@k, and the probabilities of counts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, comb, exp, inf, lgamma, log, sqrt
from statistics import NormalDist

from pytest_tmuxagent.errors import Misuse

_MOST_TRIES = 10
_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Where a rate lies, by what was seen."""

    low: float
    high: float


def wilson(passed: int, scored: int, *, confidence: float = 0.95) -> Interval:
    """Give the two-sided interval of Wilson for a rate; all of [0, 1] where nothing was scored.

    It is approximate: at 95 %, with 5 to 100 trials, it covers any rate from 0.05 to 0.95 in 89.6 % or more.

    Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22.
    """
    _refuse_unlikely(passed, scored)
    if scored == 0:
        return Interval(low=0.0, high=1.0)
    z = normal_quantile(confidence)
    rate, spread = passed / scored, z * z / scored
    middle = (rate + spread / 2) / (1 + spread)
    half = z * sqrt(rate * (1 - rate) / scored + spread / (4 * scored)) / (1 + spread)
    return Interval(
        low=0.0 if passed == 0 else max(0.0, middle - half),
        high=1.0 if passed == scored else min(1.0, middle + half),
    )


def least_trials(rate: float, *, confidence: float = 0.95) -> int | None:
    """Tell how many trials, all passed, put Wilson's lower end at `rate`; None: no number does."""
    if rate >= 1:
        return None
    z = normal_quantile(confidence)
    trials = max(1, ceil(rate * z * z / (1 - rate)) - 1)
    while wilson(trials, trials, confidence=confidence).low < rate:
        trials += 1
    return trials


def pass_at_k(passed: int, scored: int, *, k: int) -> float | None:
    """Estimate the chance that one of `k` tries passes, without bias; None with fewer than `k` trials.

    Source: M. Chen and others, "Evaluating Large Language Models Trained on Code", arXiv:2107.03374 (2021).
    """
    return _share_of_draws(scored - passed, scored, k=k, complement=1.0)


def pass_hat_k(passed: int, scored: int, *, k: int) -> float | None:
    """Estimate the chance that all of `k` tries pass (pass^k), without bias; None with fewer than `k` trials.

    Source: S. Yao and others, "τ-bench", arXiv:2406.12045 (2024).
    """
    return _share_of_draws(passed, scored, k=k, complement=0.0)


def tries_in(written: str) -> tuple[int, ...]:
    """Read each k of pass@k and pass^k, as `1,3,5`; each once, in their order.

    Raises:
        Misuse: it is no list of whole numbers above 0, or a longer one than anybody reads.
    """
    parts = [part.strip() for part in written.split(",")]
    are_numbers = all(part.isascii() and part.isdigit() and len(part) <= _DIGITS for part in parts)
    if not are_numbers or 0 in map(int, parts) or len(parts) > _MOST_TRIES:
        raise Misuse(f"{written!r} is no list of at most {_MOST_TRIES} whole numbers above 0, as 1,3,5")
    return tuple(sorted(set(map(int, parts))))


def _share_of_draws(wanted: int, scored: int, *, k: int, complement: float) -> float | None:
    """Give the share of draws of `k` trials that hold only wanted ones, as a distance from `complement`."""
    _refuse_unlikely(wanted, scored)
    if k < 1:
        raise Misuse(f"k={k}: pass@k and pass^k need at least one try")
    if scored < k:
        return None
    return abs(complement - comb(wanted, k) / comb(scored, k))


@lru_cache(maxsize=64)
def normal_quantile(confidence: float) -> float:
    """Give how many standard errors an interval of this confidence reaches to either side."""
    if not 0 < confidence < 1:
        raise Misuse(f"confidence={confidence:g}: a number between 0 and 1, for example 0.95")
    return -NormalDist().inv_cdf((1 - confidence) / 2)  # This end is exact for those near 1, too.


def at_least(count: int, trials: int, *, rate: float) -> float:
    """Give the probability of `count` passes or more in so many trials of an agent with that rate."""
    if count <= 0:
        return 1.0
    return min(1.0, sum(_exactly(passed, trials, rate=rate) for passed in range(count, trials + 1)))


def _exactly(count: int, trials: int, *, rate: float) -> float:
    ways = lgamma(trials + 1) - lgamma(count + 1) - lgamma(trials - count + 1)
    return exp(ways + times_log(count, rate) + times_log(trials - count, 1 - rate))


def times_log(count: int, value: float) -> float:
    """Give `count * log(value)`; nothing counted is 0, of an impossible thing as well."""
    if count == 0:
        return 0.0
    return count * log(value) if value > 0 else -inf


def _refuse_unlikely(passed: int, scored: int) -> None:
    if not 0 <= passed <= scored:
        raise Misuse(f"{passed} passed of {scored} scored: passed must lie between 0 and scored")
