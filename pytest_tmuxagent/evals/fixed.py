"""A fixed number of trials.

How often it errs can be told exactly (`pass_probability`). Wilson's bound is approximate: at 95 % confidence
an agent just as good as `pass_rate` passes in at most 3 % of the runs where that is 0.8 or more, and in at
most 6.8 % where it is 0.5 or more (4 trials); 2.5 % are meant. The rate alone promises nothing: an agent just
as good as `pass_rate` passes in about every second run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from math import ceil
from typing import Any, Literal

from pytest_tmuxagent.evals.corridor import at_least_of
from pytest_tmuxagent.evals.course import Tally, settle
from pytest_tmuxagent.evals.results import TestVerdict, TrialResult
from pytest_tmuxagent.evals.statistics import at_least, wilson

Judging = Literal["wilson", "rate"]
Stop = Literal["decided", "never"]
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """So many trials; the rate that was seen, or Wilson's lower bound for it, must reach `pass_rate`."""

    n: int
    pass_rate: float = 1.0
    judge: Judging = "rate"
    confidence: float = 0.95
    stop: Stop = "never"
    note: str = ""

    @property
    def size(self) -> int:
        """How many trials to prepare."""
        return self.n

    def required(self, scored: int) -> int | None:
        """Tell how many of so many scored trials must pass; None: all of them are too few."""
        low = max(0, ceil(self.pass_rate * scored - _ROUNDING))
        return next((passed for passed in range(low, scored + 1) if self._holds(passed, scored)), None)

    def _holds(self, passed: int, scored: int) -> bool:
        if scored == 0:
            return False
        if self.judge == "rate":
            return passed / scored >= self.pass_rate - _ROUNDING
        return wilson(passed, scored, confidence=self.confidence).low >= self.pass_rate

    def look(self, tally: Tally) -> TestVerdict | None:
        """Give the verdict as far as it is known."""
        if tally.left and self.stop == "never":
            return None
        unknown = tally.unknown + tally.left
        total = tally.scored + unknown
        if self._holds(tally.passed, total):
            return TestVerdict(decision="passed", why=self._why(tally, early="nothing can change it"))
        if tally.failed and not self._holds(tally.passed + unknown, total):
            return TestVerdict(decision="failed", why=self._why(tally, early="it is out of reach"))
        return None if tally.left else TestVerdict(decision="undecided", why=self._why_not_known(tally))

    def _why(self, tally: Tally, *, early: str) -> str:
        if tally.left:
            return f"{self._seen(tally)}; {self._asked(self.n)}: {early}, {tally.left} trials before the end"
        return f"{self._seen(tally)}; {self._asked(tally.scored + tally.unknown)}"

    def _why_not_known(self, tally: Tally) -> str:
        if tally.unknown:
            turns = f"{tally.unknown} of {self.n} gave no score, which could turn it either way"
            return f"{self._seen(tally)}, {turns}; {self._asked(tally.scored + tally.unknown)}"
        few = f"{tally.skipped} of {self.n} were skipped, and the others are too few to tell"
        return f"{self._seen(tally)}, {few}; {self._asked(self.n)}"

    def _seen(self, tally: Tally) -> str:
        seen = f"{tally.passed} of {tally.scored} scored trials passed"
        if self.judge == "rate" or not tally.scored:
            return seen
        low = wilson(tally.passed, tally.scored, confidence=self.confidence).low
        return f"{seen} (at {self.confidence:.4g} confidence, a rate of {low:.2f} or more)"

    def _asked(self, total: int) -> str:
        note = f", {self.note}" if self.note else ""
        required = self.required(total)
        takes = "" if required is None else f", which takes {required} of {total}"
        return f"a rate of {self.pass_rate:.4g} is asked for{takes}{note}"

    def resized(self, n: int) -> Fixed:
        """Give the design with another number of trials; by the rate where no bound can be shown with it."""
        smaller = replace(self, n=n)
        if self.judge == "rate" or smaller.required(n) is not None:
            return smaller
        return replace(smaller, judge="rate", note=f"judged by the rate: {n} trials are too few for a bound")

    def decide(self, trials: Iterable[TrialResult], *, of: int) -> TestVerdict | None:
        """Give the verdict of so many trials on those that have ended; None as long as it is open."""
        return settle(self, trials, of=of)

    def pass_probability(self, rate: float) -> float:
        """Tell how often an agent with that rate passes, exactly."""
        required = self.required(self.n)
        return 0.0 if required is None else at_least(required, self.n, rate=rate)

    def expected_trials(self, rate: float) -> float:
        """Tell how many trials it makes on average with such an agent."""
        required = self.required(self.n)
        if self.stop == "never" or required is None:
            return float(self.n)
        return at_least_of(required, self.n).odds(rate).trials

    def as_mapping(self) -> Mapping[str, Any]:
        """Give what the marker says, for files."""
        return {name: value for name, value in asdict(self).items() if value != ""}
