"""What changed since a baseline: trials of equal number are pairs, and only pairs that differ say something.

A test got worse, or better, where an exact test of its pairs finds that no accident (5 %, over all tests
together); the suite, where the pairs of all its tests do. With fewer than 6 pairs that differ nothing can be
found, so tests with fewer do not make it harder for others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pytest_tmuxagent.errors import InvalidResults
from pytest_tmuxagent.evals.evidence import holm, least_p, paired
from pytest_tmuxagent.evals.formats import Document, ordered, read_document
from pytest_tmuxagent.evals.results import Decision, Results, TestResult, TestVerdict

Finding = Literal["got worse", "got better", "no evidence"]
LEVEL = 0.05
_MOST_NAMES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """How the trials that both runs scored differ."""

    both: int = 0
    worse: int = 0
    better: int = 0

    def __add__(self, other: Pairs) -> Pairs:
        return Pairs(
            both=self.both + other.both, worse=self.worse + other.worse, better=self.better + other.better
        )

    @property
    def p_value(self) -> float:
        """How probable so great a difference is where nothing changed."""
        return paired(self.worse, self.better)

    @property
    def can_show(self) -> bool:
        """Whether enough of them differ to show anything."""
        return least_p(self.worse + self.better) <= LEVEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What changed in a test, or in the whole suite; `p_value` is corrected for the number of tests."""

    pairs: Pairs
    p_value: float = 1.0
    before: Decision | None = None
    after: Decision | None = None

    @property
    def finding(self) -> Finding:
        """What can be said."""
        if self.p_value > LEVEL:
            return "no evidence"
        return "got worse" if self.pairs.worse > self.pairs.better else "got better"

    @property
    def failed_before(self) -> bool:
        """Whether it failed in the baseline, too."""
        return self.after in ("failed", "undecided") and self.before in ("failed", "undecided")

    @property
    def words(self) -> str:
        """The finding, for a table."""
        return "failed before as well" if self.failed_before and self.finding != "got worse" else self.finding

    @property
    def why(self) -> str:
        """The pairs behind the finding, in one sentence."""
        if not self.pairs.both:
            return "no trial was scored in both runs"
        differ = f"{self.pairs.worse} passed before and fail now, {self.pairs.better} the other way round"
        return f"of {self.pairs.both} trials in both runs, {differ} (p = {self.p_value:.2g})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What changed since a baseline: of each test that stands in both, and in all.

    `new` are tests that the baseline has not, `gone` those that it alone has. `caution` says what makes the
    comparison doubtful.
    """

    tests: Mapping[str, Change]
    suite: Change
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    caution: str = ""

    def found(self, finding: Finding) -> tuple[str, ...]:
        """Give the tests of which that is found."""
        return tuple(test for test, change in self.tests.items() if change.finding == finding)

    @property
    def words(self) -> Mapping[str, str]:
        """What a table says of each test."""
        return {test: change.words for test, change in self.tests.items()} | dict.fromkeys(self.new, "new")

    @property
    def suite_words(self) -> str:
        """What is said of the whole suite, in one line."""
        found = {"no evidence": "no evidence that the suite changed"}
        words = found.get(self.suite.finding, f"the suite {self.suite.finding}")
        return ". ".join(filter(None, (f"{words}: {self.suite.why}", self.caution)))

    @property
    def gone_words(self) -> str:
        """Name the tests that only the baseline has, the first ones where they are many."""
        if not self.gone:
            return ""
        count, more = len(self.gone), len(self.gone) - _MOST_NAMES
        tests = "1 test of the baseline was" if count == 1 else f"{count} tests of the baseline were"
        tail = f" and {more} more" if more > 0 else ""
        return f"{tests} not run: {', '.join(self.gone[:_MOST_NAMES])}{tail}"

    @property
    def got_worse(self) -> bool:
        """Whether a test, or the suite, got worse."""
        return self.suite.finding == "got worse" or bool(self.found("got worse"))


def compare(old: Results, new: Results) -> Comparison:
    """Compare a run with a baseline."""
    before, after = ({test.test: test for test in results.tests} for results in (old, new))
    common = sorted(before.keys() & after.keys())
    raw = {test: _pairs(before[test], after[test]) for test in common}
    p_values = _corrected(raw)
    return Comparison(
        tests={
            test: Change(
                pairs=raw[test],
                p_value=p_values[test],
                before=_decision(before[test]),
                after=_decision(after[test]),
            )
            for test in common
        },
        suite=_suite(raw.values()),
        new=tuple(sorted(after.keys() - before.keys())),
        gone=tuple(sorted(before.keys() - after.keys())),
        caution=_caution(old, new),
    )


def alone(before: TestResult, after: TestResult) -> Change:
    """Compare one test whatever others did: its p-value is not corrected for them."""
    pairs = _pairs(before, after)
    return Change(pairs=pairs, p_value=pairs.p_value, before=_decision(before), after=_decision(after))


def held_against(test: TestResult, comparison: Comparison) -> TestResult:
    """Give the test with the verdict that the baseline makes of its own: it fails where it got worse."""
    change = comparison.tests.get(test.test)
    if change is None or test.verdict is None:
        return test
    own = test.verdict
    if change.finding == "got worse":
        kept = f"{own.why}; yet it got worse" if own.decision == "passed" else f"{own.why}; it got worse, too"
        decision: Decision = "failed" if own.decision == "passed" else own.decision
        return replace(test, verdict=TestVerdict(decision=decision, why=f"{kept}: {change.why}"))
    if change.failed_before:
        return replace(test, verdict=replace(own, why=f"{own.why}; it failed before as well"))
    return test


def read_baseline(path: Path) -> Document:
    """Read a baseline, or the results of a run that are to be one.

    Raises `InvalidResults`, which names the way to make one where there is none.
    """
    try:
        return read_document(path)
    except InvalidResults as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
        raise InvalidResults(
            f"there is no baseline {path}. Make one: --agent-baseline={path} --agent-baseline-update"
        ) from error


def updated(old: Results | None, new: Results) -> Results:
    """Give the baseline that a run leaves: its tests that passed or failed, and all others as they were.

    A run of a part of the tests changes only these, and what could not be decided replaces nothing.
    """
    kept = {test.test: test for test in old.tests} if old else {}
    kept |= {test.test: test for test in new.tests if is_taken(test)}
    return ordered(kept.values(), rung=new.rung, version=new.version)


def is_taken(test: TestResult) -> bool:
    """Whether a baseline takes the test."""
    return _decision(test) in ("passed", "failed")


def _decision(test: TestResult) -> Decision | None:
    return None if test.verdict is None else test.verdict.decision


def _pairs(before: TestResult, after: TestResult) -> Pairs:
    old, new = ({t.number: t.outcome for t in test.trials} for test in (before, after))
    pairs = [(old[number], new[number]) for number in old.keys() & new.keys()]
    worse, better = pairs.count(("passed", "failed")), pairs.count(("failed", "passed"))
    alike = pairs.count(("passed", "passed")) + pairs.count(("failed", "failed"))
    return Pairs(both=alike + worse + better, worse=worse, better=better)


def _corrected(raw: Mapping[str, Pairs]) -> dict[str, float]:
    """Correct for the number of tests that could show anything; others cannot be mistaken for a finding."""
    able = [test for test, pairs in raw.items() if pairs.can_show]
    corrected = dict(zip(able, holm([raw[test].p_value for test in able]), strict=True))
    return {test: corrected.get(test, pairs.p_value) for test, pairs in raw.items()}


def _suite(all_pairs: Iterable[Pairs]) -> Change:
    together = sum(all_pairs, Pairs())
    return Change(pairs=together, p_value=together.p_value)


def _caution(old: Results, new: Results) -> str:
    if old.rung == new.rung or not old.rung or not new.rung:
        return ""
    return f"the baseline is of the rung {old.rung!r}, this run of {new.rung!r}: other brains, other rates"
