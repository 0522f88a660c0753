"""As many trials as it takes to tell two rates apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.evals.corridor import SEARCHED, Corridor, Promise, enough_trials, truncated
from pytest_tmuxagent.evals.course import Tally, settle
from pytest_tmuxagent.evals.results import TestVerdict, TrialResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequential:
    """Trials until it is known whether the rate is `accept` or more rather than `reject` or less.

    An agent at `reject` passes with a probability of `alpha` at most, one at `accept` fails with `beta` at
    most: exactly, the end after `at_most` trials included. The rate that was seen is less exact: who stops as
    soon as enough was seen has seen rather much (on average 0.92 of an agent at 0.9, and 0.50 of one at 0.6).
    Trials without a score do not bend that: a verdict is one that they could not have turned.
    """

    accept: float
    reject: float
    at_most: int = 30
    alpha: float = 0.05
    beta: float = 0.05

    @property
    def size(self) -> int:
        """How many trials to prepare."""
        return self.at_most

    def look(self, tally: Tally) -> TestVerdict | None:
        """Give the verdict as far as it is known."""
        corridor, made = self._corridor(), tally.scored + tally.unknown
        if tally.worst is None:
            tally.worst = corridor.decide(tally.passed, made)
        if tally.best is None:
            tally.best = corridor.decide(tally.passed + tally.unknown, made)
        if tally.worst:
            ruled_out = f"a rate of {self.reject:.4g} or less is ruled out (it passes in {self.alpha:.3g}"
            return TestVerdict(decision="passed", why=f"{_seen(tally)}: {ruled_out} of all runs at most)")
        if tally.best is False:
            ruled_out = f"a rate of {self.accept:.4g} or more is ruled out (it fails in {self.beta:.3g}"
            return TestVerdict(decision="failed", why=f"{_seen(tally)}: {ruled_out} of all runs at most)")
        if tally.left and (tally.worst is None or tally.best is None):
            return None
        lost = f"{tally.unknown + tally.skipped} of {self.at_most} gave no score"
        told = f"{lost}, and without them a rate of {self.accept:.4g} cannot be told from {self.reject:.4g}"
        return TestVerdict(decision="undecided", why=f"{_seen(tally)}, {told}")

    def decide(self, trials: Iterable[TrialResult], *, of: int) -> TestVerdict | None:
        """Give the verdict of so many trials on those that have ended; None as long as it is open."""
        return settle(self, trials, of=of)

    def pass_probability(self, rate: float) -> float:
        """Tell how often an agent with that rate passes, exactly."""
        return self._corridor().odds(rate).passes

    def expected_trials(self, rate: float) -> float:
        """Tell how many trials it makes on average with such an agent, exactly."""
        return self._corridor().odds(rate).trials

    def as_mapping(self) -> Mapping[str, Any]:
        """Give what the marker says, for files."""
        return asdict(self)

    def _promise(self) -> Promise:
        return Promise(accept=self.accept, reject=self.reject, alpha=self.alpha, beta=self.beta)

    def _corridor(self) -> Corridor:
        corridor = truncated(self._promise(), self.at_most)
        if corridor is not None:
            return corridor
        enough = enough_trials(self._promise())
        takes = f"more than {SEARCHED}" if enough is None else str(enough)
        raise Misuse(
            f"trials: at_most={self.at_most} cannot tell a rate of {self.accept!r} from {self.reject!r} "
            f"with errors of alpha={self.alpha!r} and beta={self.beta!r}: it takes {takes}. "
            "Allow as many, set accept and reject further apart, or allow larger errors"
        )


def _seen(tally: Tally) -> str:
    return f"{tally.passed} of {tally.scored} scored trials passed"
