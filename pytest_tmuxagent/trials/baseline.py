"""The files of a run: read, or tried, before the first test; the baseline is held against the verdicts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pytest_tmuxagent.errors import InvalidResults
from pytest_tmuxagent.evals.baselines import Comparison, alone, compare, held_against, read_baseline, updated
from pytest_tmuxagent.evals.files import refuse_unwritable
from pytest_tmuxagent.evals.formats import rewrite_document
from pytest_tmuxagent.evals.results import Results, TestResult

_FAILING = ("failed", "undecided")


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What was there before; None where the run makes it anew."""

    path: Path
    old: Results | None
    is_updated: bool

    @property
    def is_held(self) -> bool:
        """Whether verdicts depend on it; a run that updates it takes things as they are."""
        return self.old is not None and not self.is_updated

    def failed_before(self, test: str) -> bool:
        """Whether a test that fails is no news."""
        before = self._before(test)
        return before is not None and before.verdict is not None and before.verdict.decision in _FAILING

    def said_of(self, test: TestResult, comparison: Comparison | None) -> str:
        """Say what became of a test; without a comparison, which the end of the run brings, how it was."""
        if comparison is not None:
            return comparison.words.get(test.test, "")
        if self.old is None:
            return ""
        before = self._before(test.test)
        if before is None:
            return "new"
        if before.verdict is None:
            return "not judged before"
        if alone(before, test).failed_before:
            return "failed before as well"
        return f"{before.verdict.decision} before"

    def figures_of(self, test: TestResult) -> list[tuple[str, str]]:
        """Name, for JUnit, the rate that a test had, and how probable the difference is in it alone."""
        before = self._before(test.test)
        if before is None or not before.scored:
            return []
        rate = before.count("passed") / before.scored
        p_value = alone(before, test).p_value
        return [("agent.baseline_rate", f"{rate:.6g}"), ("agent.baseline_p", f"{p_value:.6g}")]

    def _before(self, test: str) -> TestResult | None:
        tests = () if self.old is None else self.old.tests
        return next((each for each in tests if each.test == test), None)

    def compare(self, new: Results) -> Comparison | None:
        """Compare with it; None where there is nothing to compare with."""
        return None if self.old is None else compare(self.old, new)

    def held(self, new: Results, comparison: Comparison | None) -> Results:
        """Give the results with the verdicts that it makes of theirs."""
        if comparison is None or not self.is_held:
            return new
        held: tuple[TestResult, ...] = tuple(held_against(test, comparison) for test in new.tests)
        return replace(new, tests=held)

    def leave(self, new: Results) -> None:
        """Write it anew where the run is to.

        Raises:
            InvalidResults: it cannot be written.
        """
        if self.is_updated:
            rewrite_document(self.path, lambda old: updated(old, new), form="baseline")


def read(config: pytest.Config) -> Baseline | None:
    """Read the baseline that the command line names; None without one, and where tests are only proved.

    Raises:
        pytest.UsageError: there is none, or it cannot be read; the message says how to make one.
    """
    named, is_updated = config.getoption("agent_baseline"), config.getoption("agent_baseline_update")
    if named is None:
        if is_updated:
            raise pytest.UsageError(
                "--agent-baseline-update needs --agent-baseline=FILE: which is to be written"
            )
        return None
    if config.getoption("agent_prove"):
        return None
    path = Path(named)
    try:
        if is_updated:
            refuse_unwritable(path)
            if not path.exists():
                return Baseline(path=path, old=None, is_updated=True)
        found = read_baseline(path).results
    except InvalidResults as error:
        raise pytest.UsageError(f"--agent-baseline: {error}") from error
    return Baseline(path=path, old=found, is_updated=is_updated)


def refuse_lost_results(config: pytest.Config) -> None:
    """Refuse to begin a run that, at its end, could not write its results.

    Raises:
        pytest.UsageError: the message says why.
    """
    named = config.getoption("agent_results")
    if named is None:
        return
    try:
        refuse_unwritable(Path(named))
    except InvalidResults as error:
        raise pytest.UsageError(f"--agent-results: {error}") from error
