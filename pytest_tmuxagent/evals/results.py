"""What an evaluation found: the trials of each test and the verdict on it, apart from any format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pytest_tmuxagent.turn import Spent as Spent

Cause = Literal[
    "agent_behaviour",
    "agent_crash",
    "budget",
    "refusal",
    "model_provider",
    "environment",
    "harness",
    "test_bug",
]
"""Why a trial has no pass. The first four are the agent's own and count as failures."""

Outcome = Literal["passed", "failed", "unscored", "skipped", "not_run"]
"""What became of a trial; `unscored` is one that says nothing about the agent."""

MOST_TRIALS = 1_000_000
"""No file has trials with higher numbers."""

Decision = Literal["passed", "failed", "undecided", "skipped"]
"""What is known of a test; `undecided`: its trials cannot tell, for the reason that the verdict gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A try at a trial that said nothing about the agent, and was made again."""

    cause: Cause
    reason: str
    duration: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """What became of one trial; `number` begins at 1, `reason` is one line.

    `properties` is what its last attempt recorded by pytest's `record_property`: a list under a name that was
    recorded several times.
    """

    number: int
    outcome: Outcome
    cause: Cause | None = None
    reason: str = ""
    duration: float = 0.0
    seed: int = 0
    spent: Spent = field(default_factory=Spent)
    scores: Mapping[str, float] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TestVerdict:
    """What is said of a test, and why: one sentence."""

    __test__ = False

    decision: Decision
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """The trials of one test with one agent and one prompt, and the verdict; None as long as there is none.

    `test` is the node id of the test, without the trial. `group` is what the variants of one test have in
    common, and `variant` the prompt that is this one's. `design` is what the marker says.
    """

    __test__ = False

    test: str
    group: str = ""
    agent: str | None = None
    variant: str | None = None
    design: Mapping[str, Any] = field(default_factory=dict)
    trials: tuple[TrialResult, ...] = ()
    verdict: TestVerdict | None = None

    def count(self, outcome: Outcome) -> int:
        """How many trials ended so."""
        return Counter(trial.outcome for trial in self.trials)[outcome]

    @property
    def scored(self) -> int:
        """How many trials say something about the agent."""
        return self.count("passed") + self.count("failed")

    @property
    def spent(self) -> Spent:
        """What all trials used up."""
        return sum((trial.spent for trial in self.trials), Spent())


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The results of a run, or of several that were merged; in the order of the tests' names."""

    tests: tuple[TestResult, ...] = ()
    rung: str = ""
    version: str = ""
