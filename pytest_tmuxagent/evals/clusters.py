"""A rate over several prompts, whose trials resemble each other: errors that are clustered by prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import atan, cos, pi, sin, sqrt, tan

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.evals.statistics import Interval, normal_quantile, wilson

_FEW = 10
_HALVINGS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The scored trials of one variant."""

    passed: int
    scored: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusteredRate:
    """The rate of all trials; `error` is its standard error, None with fewer than two variants."""

    rate: float
    error: float | None
    interval: Interval
    clusters: int

    @property
    def caution(self) -> str:
        """Say what makes the interval doubtful; nothing where it is sound."""
        if self.error is None:
            return "one variant: the interval says nothing about others"
        if self.clusters < _FEW:
            return f"only {self.clusters} variants: the interval is a rough one"
        return ""


def clustered(clusters: Sequence[Cluster], *, confidence: float = 0.95) -> ClusteredRate | None:
    """Give the rate with an error that is robust against likeness within variants; None with no scored trial.

    The interval is Student's with one degree of freedom less than there are variants, never narrower than
    Wilson's for trials that are independent.

    Source: E. Miller, "Adding Error Bars to Evals", arXiv:2411.00640 (2024); with the correction G/(G-1) for
    few clusters (as statsmodels has it: `cov_type="cluster"`, for a mean).
    """
    known = [cluster for cluster in clusters if cluster.scored]
    passed, scored = sum(cluster.passed for cluster in known), sum(cluster.scored for cluster in known)
    if not scored:
        return None
    rate, alone = passed / scored, wilson(passed, scored, confidence=confidence)
    error = _error(known, rate=rate, scored=scored)
    if error is None:
        return ClusteredRate(rate=rate, error=None, interval=alone, clusters=1)
    half = student_quantile(confidence, freedom=len(known) - 1) * error
    low, high = max(0.0, min(alone.low, rate - half)), min(1.0, max(alone.high, rate + half))
    return ClusteredRate(rate=rate, error=error, interval=Interval(low=low, high=high), clusters=len(known))


def _error(clusters: Sequence[Cluster], *, rate: float, scored: int) -> float | None:
    count = len(clusters)
    if count < 2:
        return None
    squares = sum((cluster.passed - cluster.scored * rate) ** 2 for cluster in clusters)
    return sqrt(count / (count - 1) * squares) / scored


@lru_cache(maxsize=64)
def student_quantile(confidence: float, *, freedom: int) -> float:
    """Give how many standard errors a two-sided interval of Student's t reaches to either side.

    Source: M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", 26.7.3 and 26.7.4.
    """
    if freedom < 1:
        raise Misuse(f"freedom={freedom}: at least 1")
    normal_quantile(confidence)  # Refuses what is none.
    low, high = 0.0, pi / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < confidence else (low, middle)
    return sqrt(freedom) * tan((low + high) / 2)


def student_within(t: float, *, freedom: int) -> float:
    """Give the probability that Student's t lies between -t and t."""
    return _within(atan(t / sqrt(freedom)), freedom)


def _within(angle: float, freedom: int) -> float:
    odd = freedom % 2
    term, total = (cos(angle), 0.0) if odd else (1.0, 0.0)
    for power in range(2 + odd, freedom + 1, 2):
        total += term
        term *= (power - 1) / power * cos(angle) ** 2
    return 2 / pi * (angle + sin(angle) * total) if odd else sin(angle) * total
