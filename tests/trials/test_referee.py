"""The referee, apart from pytest's hooks: trials come in any order, and twice, and there is one verdict."""

from __future__ import annotations

import random

import pytest

from pytest_tmuxagent.evals.results import Outcome, TrialResult
from pytest_tmuxagent.trials.court import Court
from pytest_tmuxagent.trials.plan import Plan, read_plan, read_trial_id, trial_suffix, with_suffix
from pytest_tmuxagent.trials.referee import Referee
from pytest_tmuxagent.trials.report import Expectation, TrialReport, read_report, write_report
from pytest_tmuxagent.trials.trial import seed_of

LOCATION = ("test_it.py", 3, "test_it")
SEQUENTIAL = Plan(
    test="test_it.py::test_it",
    location=LOCATION,
    of=30,
    asked={"accept": 0.9, "reject": 0.5, "at_most": 30},
)


def told(number: int, outcome: Outcome, *, plan: Plan = SEQUENTIAL) -> tuple[TrialReport, pytest.TestReport]:
    trial = TrialResult(
        number=number, outcome=outcome, cause="agent_behaviour" if outcome == "failed" else None
    )
    whole = TrialReport(plan=plan, trial=trial)
    return whole, write_report(whole, nodeid=f"{plan.test}[trial{number}]", location=LOCATION, like=None)


class Heard:
    """A referee, and what it has said."""

    def __init__(self) -> None:
        self.settled: list[str] = []
        self.decided: list[str] = []
        self.referee = Referee(settled=self._settle, decided=self._decide, rung="stub", version="1")

    def take(self, number: int, outcome: Outcome, *, plan: Plan = SEQUENTIAL) -> None:
        self.referee.take(*told(number, outcome, plan=plan))

    def _settle(self, court: Court) -> None:
        self.settled.append(court.plan.test)

    def _decide(self, court: Court) -> None:
        assert court.verdict is not None
        self.decided.append(court.verdict.decision)


def test_slow_failures_are_not_overtaken_by_fast_passes() -> None:
    heard = Heard()
    for number in range(7, 31):
        heard.take(number, "passed")
    assert heard.settled == []
    for number in range(1, 7):
        heard.take(number, "failed")
    assert heard.decided == ["failed"]


def test_the_verdict_hangs_on_the_numbers_and_not_on_the_order_of_arrival() -> None:
    failed = (2, 4)
    outcomes: list[Outcome] = ["failed" if number in failed else "passed" for number in range(1, 31)]
    verdicts = set()
    for seed in range(20):
        heard = Heard()
        numbers = list(range(1, 31))
        random.Random(seed).shuffle(numbers)
        for number in numbers:
            heard.take(number, outcomes[number - 1])
        (result,) = heard.referee.results().tests
        verdicts.add(result.verdict)
        assert [trial.outcome for trial in result.trials] == outcomes
    assert len(verdicts) == 1


def test_a_test_is_settled_before_all_its_trials_are_in_and_decided_once_they_are() -> None:
    heard = Heard()
    for number in range(1, 30):
        heard.take(number, "passed")
    assert heard.settled == [SEQUENTIAL.test]
    assert heard.decided == []
    assert heard.referee.is_settled(SEQUENTIAL.test)
    heard.take(30, "not_run")
    assert heard.decided == ["passed"]


def test_a_trial_that_is_told_twice_counts_once() -> None:
    heard = Heard()
    numbers: list[int] = []
    heard.referee.listeners.append(lambda _plan, trial: numbers.append(trial.number))
    heard.take(1, "passed")
    heard.take(1, "failed")
    assert numbers == [1]
    assert heard.referee.results().tests[0].trials[0].outcome == "passed"


def test_trials_that_had_run_past_the_decision_are_kept_and_named() -> None:
    heard = Heard()
    for number in (1, 2, 3, 4, 5, 8, 6, 9):
        heard.take(number, "passed")
    court = heard.referee.find(SEQUENTIAL.test)
    assert court is not None
    assert [trial.number for trial in court.overrun] == [8, 9]


def test_of_failed_trials_the_one_with_the_lowest_number_is_shown() -> None:
    heard = Heard()
    for number in (4, 2, 3):
        heard.take(number, "failed")
    court = heard.referee.find(SEQUENTIAL.test)
    assert court is not None
    assert court.shown_number == 2


def test_a_test_of_which_nothing_was_heard_has_results_without_a_verdict() -> None:
    heard = Heard()
    heard.referee.expect(SEQUENTIAL)
    (result,) = heard.referee.results().tests
    assert result.verdict is None
    assert {trial.outcome for trial in result.trials} == {"not_run"}


def test_a_report_tells_all_that_is_known_of_a_trial() -> None:
    whole = TrialReport(
        plan=SEQUENTIAL,
        trial=TrialResult(number=3, outcome="unscored", cause="harness", reason="why", scores={"x": 0.5}),
        expectation=Expectation(reason="hard", met=True),
    )
    report = write_report(whole, nodeid="x", location=LOCATION, like=None)
    assert read_report(report) == whole
    assert [report.passed, report.failed, report.skipped] == [False] * 3
    assert read_plan(SEQUENTIAL.as_dict()) == SEQUENTIAL


@pytest.mark.parametrize(
    ("test", "trial"),
    [
        ("a.py::test_it", "a.py::test_it[trial12]"),
        ("a.py::test_it[claude]", "a.py::test_it[claude-trial12]"),
        ("a.py::test_it[a[b]]", "a.py::test_it[a[b]-trial12]"),
        ("a.py::test_it[trial1]", "a.py::test_it[trial1-trial12]"),
    ],
)
def test_the_id_of_a_trial_is_that_of_its_test_with_the_number_in_the_brackets(test: str, trial: str) -> None:
    assert with_suffix(test, trial_suffix(12)) == trial
    assert read_trial_id(trial) == (test, 12)
    assert read_trial_id(f"{trial}@group") == (test, 12)


@pytest.mark.parametrize(
    "nodeid", ["a.py::test_it", "a.py::test_it[trial]", "a.py::test_it[trial1]x", "trial1"]
)
def test_other_ids_are_of_no_trial(nodeid: str) -> None:
    assert read_trial_id(nodeid) is None


def test_seeds_differ_by_test_number_and_run() -> None:
    seeds = {
        seed_of(test, number=number, run_seed=run_seed)
        for test in ("a", "b")
        for number in (1, 2)
        for run_seed in (0, 1)
    }
    assert len(seeds) == 8
    assert all(0 <= seed < 2**48 for seed in seeds)
    assert seed_of("a", number=1, run_seed=0) == seed_of("a", number=1, run_seed=0)
