"""Designs: what they ask for, what verdict they give and when, and what they refuse."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.evals.designs import Course, Design, Fixed, Sequential, design, design_from
from pytest_tmuxagent.evals.results import TestVerdict
from tests.evals.agents import trials

FIXED = (
    design(6),
    design(6, pass_rate=0.5, judge="rate"),
    design(6, pass_rate=0.5),
    design(6, pass_rate=0.4, confidence=0.9, stop="decided"),
    design(6, pass_rate=0.7, judge="rate", stop="decided"),
)
SEQUENTIAL = design(accept=0.9, reject=0.3, at_most=6, alpha=0.2, beta=0.2)
designs = st.sampled_from((*FIXED, SEQUENTIAL))
letters = st.text("+-?s.", min_size=6, max_size=6)


def verdict_on(made: Design, row: str, *, of: int | None = None) -> TestVerdict | None:
    return made.decide(trials(row), of=of or made.size)


def decision_on(made: Design, row: str, *, of: int | None = None) -> str | None:
    verdict = verdict_on(made, row, of=of)
    return None if verdict is None else verdict.decision


def test_a_number_alone_asks_that_all_pass() -> None:
    assert design(3) == Fixed(n=3, pass_rate=1.0, judge="rate")
    assert decision_on(design(3), "+++") == "passed"
    assert decision_on(design(3), "++-") == "failed"
    assert decision_on(design(1), "+") == "passed"


@pytest.mark.parametrize(
    ("passed", "rate", "decision"),
    [(16, 0.8, "passed"), (15, 0.8, "failed"), (6, 0.3, "passed"), (2, 0.1, "passed")],
)
def test_the_rate_that_was_asked_for_is_enough(passed: int, rate: float, decision: str) -> None:
    row = "+" * passed + "-" * (20 - passed)
    assert decision_on(design(20, pass_rate=rate, judge="rate"), row) == decision


def test_the_lower_bound_asks_for_more_than_the_rate() -> None:
    made = design(20, pass_rate=0.6)
    assert decision_on(made, "+" * 16 + "-" * 4) == "failed"  # The bound is 0.58.
    assert decision_on(made, "+" * 17 + "-" * 3) == "passed"
    verdict = verdict_on(made, "+" * 16 + "-" * 4)
    assert verdict is not None
    assert "16 of 20 scored trials passed" in verdict.why
    assert "17 of 20" in verdict.why


def test_more_confidence_asks_for_more_passes() -> None:
    usual, sure = design(20, pass_rate=0.6), design(20, pass_rate=0.6, confidence=0.99)
    assert isinstance(usual, Fixed)
    assert isinstance(sure, Fixed)
    assert (usual.required(20), sure.required(20)) == (17, 18)


def test_all_of_a_fixed_number_are_run_unless_it_may_stop() -> None:
    never, decided = (
        design(4, pass_rate=0.5, judge="rate"),
        design(4, pass_rate=0.5, judge="rate", stop="decided"),
    )
    assert decision_on(never, "++") is decision_on(never, "+++") is None
    assert decision_on(decided, "+") is None
    assert decision_on(decided, "++") == "passed"
    assert decision_on(decided, "-+-") is None
    assert decision_on(decided, "---") == "failed"


@given(made=designs, row=letters)
def test_a_verdict_before_the_end_is_that_of_whatever_may_follow(made: Design, row: str) -> None:
    for taken in range(1, 6):
        early = decision_on(made, row[:taken])
        if early is not None:
            break
    else:
        return
    for rest in product("+-?s.", repeat=min(6 - taken, 3)):
        assert decision_on(made, row[:taken] + "".join(rest) + "-" * (6 - taken - len(rest))) == early


@given(made=st.sampled_from(FIXED), row=letters)
def test_unscored_trials_that_matter_leave_a_fixed_number_undecided(made: Design, row: str) -> None:
    scored = row.replace("?", "").replace(".", "").replace("s", "")
    best, worst = (decision_on(made, row.replace("?", letter).replace(".", letter)) for letter in ("+", "-"))
    found = decision_on(made, row)
    if "?" in row or "." in row:
        assert found == (best if best == worst else "undecided")
    elif not scored:
        assert found == "skipped"
    else:
        assert found in ("passed", "failed", "undecided")


def test_what_could_turn_it_is_told() -> None:
    verdict = verdict_on(design(4, pass_rate=0.75, judge="rate"), "++-?")
    assert verdict is not None
    assert verdict.decision == "undecided"
    assert "2 of 3 scored trials passed" in verdict.why
    assert "1 of 4 gave no score, which could turn it either way" in verdict.why
    assert "takes 3 of 4" in verdict.why


def test_skipped_trials_are_not_counted() -> None:
    made = design(4, pass_rate=0.6, judge="rate")
    assert decision_on(made, "+ss-") == "failed"
    assert decision_on(made, "+ss+") == "passed"


def test_too_few_scored_trials_are_no_failure_of_the_agent() -> None:
    verdict = verdict_on(design(20, pass_rate=0.8), "+" * 10 + "s" * 10)
    assert verdict is not None
    assert verdict.decision == "undecided"
    assert "10 of 20 were skipped" in verdict.why


def test_a_test_whose_trials_are_all_skipped_is_skipped_for_the_first_reason() -> None:
    assert verdict_on(design(3), "sss") == TestVerdict(decision="skipped", why="reason 1")
    assert verdict_on(SEQUENTIAL, "ssssss") == TestVerdict(decision="skipped", why="reason 1")
    assert decision_on(design(3), "ss") is None


@pytest.mark.parametrize("made", [design(6), SEQUENTIAL])
def test_a_bug_of_the_test_ends_it_at_once(made: Design) -> None:
    verdict = verdict_on(made, "+!")
    assert verdict == TestVerdict(decision="failed", why="trial 2 met a test bug: reason 2")


def test_a_sequential_test_passes_only_if_what_was_not_scored_could_not_have_turned_it() -> None:
    made = design(accept=0.9, reject=0.6)
    assert decision_on(made, "+" * 7) is None
    assert decision_on(made, "+" * 8) == "passed"
    assert decision_on(made, "+?+s" + "+" * 6) is None
    assert decision_on(made, "+?+s" + "+" * 10) == "passed"
    assert decision_on(made, "?" * 15 + "+" * 8) == "undecided"


@given(row=st.text(st.sampled_from("+-?"), min_size=30, max_size=30))
def test_a_verdict_of_a_sequential_test_is_that_of_any_scores_in_the_place_of_missing_ones(row: str) -> None:
    made = design(accept=0.9, reject=0.6)
    best, worst = (decision_on(made, row.replace("?", letter)) for letter in "+-")
    assert decision_on(made, row) == (best if best == worst else "undecided")


def test_a_sequential_test_says_what_it_rules_out() -> None:
    made = design(accept=0.9, reject=0.6, alpha=0.1)
    passed, failed = verdict_on(made, "+" * 8), verdict_on(made, "-" * 3)
    assert passed is not None
    assert failed is not None
    assert passed.why.endswith("a rate of 0.6 or less is ruled out (it passes in 0.1 of all runs at most)")
    assert failed.why.endswith("a rate of 0.9 or more is ruled out (it fails in 0.05 of all runs at most)")


def test_an_early_verdict_says_why_the_rest_does_not_matter() -> None:
    made = design(20, pass_rate=0.6, stop="decided")
    passed, failed = verdict_on(made, "+" * 17), verdict_on(made, "-" * 4)
    assert passed is not None
    assert failed is not None
    assert passed.why.endswith("takes 17 of 20: nothing can change it, 3 trials before the end")
    assert failed.why.endswith("takes 17 of 20: it is out of reach, 16 trials before the end")


def test_a_sequential_test_ends_undecided_as_soon_as_its_trials_cannot_tell() -> None:
    made = design(accept=0.9, reject=0.6)
    verdict = verdict_on(made, "++-" + "?" * 27)
    assert verdict is not None
    assert verdict.decision == "undecided"
    assert "9 of 30 gave no score" in verdict.why


@given(made=designs, row=st.text("+-?s.!", min_size=6, max_size=6), order=st.permutations(range(6)))
def test_the_order_in_which_trials_end_changes_nothing(made: Design, row: str, order: list[int]) -> None:
    straight, mixed = Course(made, of=6), Course(made, of=6)
    for place in range(6):
        straight.add(trials(row)[place])
    for place in order:
        mixed.add(trials(row)[place])
    assert mixed.verdict == straight.verdict
    assert mixed.decided_at == straight.decided_at


def test_slow_failures_are_not_overtaken() -> None:
    course = Course(design(accept=0.9, reject=0.6), of=30)
    row = trials("---" + "+" * 20)
    assert all(course.add(trial) is None for trial in row[3:])
    verdict = [course.add(trial) for trial in row[:3]][-1]
    assert verdict is not None
    assert (verdict.decision, course.decided_at) == ("failed", 3)


@settings(max_examples=30)
@given(made=st.sampled_from(FIXED), rate=st.floats(0, 1))
def test_what_a_fixed_number_promises_is_what_all_runs_together_give(made: Design, rate: float) -> None:
    passes = taken = 0.0
    for run in product("+-", repeat=6):
        chance = rate ** run.count("+") * (1 - rate) ** run.count("-")
        course = Course(made, of=6)
        for trial in trials("".join(run)):
            course.add(trial)
        assert course.verdict is not None
        assert course.decided_at is not None
        passes += chance * (course.verdict.decision == "passed")
        taken += chance * course.decided_at
    assert made.pass_probability(rate) == pytest.approx(passes)
    assert made.expected_trials(rate) == pytest.approx(taken)


def test_another_number_of_trials_is_judged_by_the_rate_where_no_bound_can_be_shown() -> None:
    made = design(20, pass_rate=0.8)
    assert isinstance(made, Fixed)
    assert made.resized(40) == Fixed(n=40, pass_rate=0.8, judge="wilson")
    few = made.resized(3)
    assert (few.n, few.judge) == (3, "rate")
    verdict = verdict_on(few, "+++")
    assert verdict is not None
    assert verdict.decision == "passed"
    assert "judged by the rate: 3 trials are too few for a bound" in verdict.why


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            {"n": 15, "pass_rate": 0.8},
            r"15 trials cannot show a rate of 0\.8 .* takes 16, all of them passed",
        ),
        ({"n": 9, "pass_rate": 1.0, "judge": "wilson"}, "no number of trials can"),
        ({"n": 0}, "n=0: a whole number"),
        ({"n": 10**30}, "n is more than 1000000; make fewer"),
        ({"n": True}, "n=True: a whole number"),
        ({"n": 2.5}, r"n=2\.5: a whole number"),
        ({"n": "3"}, "n='3': a whole number"),
        ({"n": 5, "pass_rate": 80}, "pass_rate=80: a rate between 0 and 1"),
        ({"n": 5, "pass_rate": "0.8"}, "pass_rate='0.8': a rate"),
        ({"n": 5, "pass_rate": 0, "judge": "rate"}, "whatever the agent does"),
        ({"n": 5, "pass_rate": 0.5, "judge": "mean"}, "judge='mean'"),
        ({"n": 5, "stop": "soon"}, "stop='soon'"),
        ({"n": 5, "pass_rate": 0.5, "confidence": 95}, "confidence=95"),
        ({"n": 5, "pass_rate": 0.5, "confidence": "95%"}, "confidence='95%': a rate between 0 and 1"),
        (
            {"n": 5, "pass_rate": 0.5, "confidence": 1 - 1e-16},
            "5 trials cannot show a rate of 0.5 at 0.99999",
        ),
        ({"n": 5, "pass_rate": 0.99999}, "5 trials cannot show a rate of 0.99999 at 0.95"),
        ({"n": 5, "accept": 0.9, "reject": 0.6}, "exclude each other"),
        ({"accept": 0.9}, "two rates to tell apart"),
        ({}, "two rates to tell apart"),
        ({"accept": 0.6, "reject": 0.9}, r"reject=0\.9 must lie below accept=0\.6"),
        ({"accept": 0.9, "reject": 0.6, "alpha": 0.5}, r"alpha=0\.5"),
        ({"accept": 0.9, "reject": 0.6, "beta": 0}, "beta=0: the chance of an error"),
        ({"accept": 1.5, "reject": 0.6}, r"accept=1\.5: a rate between 0 and 1"),
        ({"accept": 0.9, "reject": 0.6, "at_most": 0}, "at_most=0: a whole number"),
        ({"accept": 0.9, "reject": 0.6, "pass_rate": 0.8}, "pass_rate needs a fixed number"),
        ({"accept": 0.9, "reject": 0.6, "stop": "never"}, "stop needs a fixed number"),
        ({"accept": 0.9, "reject": 0.8}, "it takes 187"),
        ({"accept": 0.9, "reject": 0.899}, "0.9 from 0.899 .* it takes more than 10000"),
        ({"accept": 0.9, "reject": 0.8999999}, "0.9 from 0.8999999 "),
        ({"accept": 0.9, "reject": 0.6, "alpha": 1e-300}, "alpha=1e-300 and beta=0.05: it takes "),
        ({"accept": 0.52, "reject": 0.5, "at_most": 1_000_000}, "at_most=1000000 is more than 10000"),
    ],
)
def test_a_design_that_makes_no_sense_is_refused(arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(Misuse, match=told):
        design(**arguments)


def test_the_number_that_it_takes_is_enough() -> None:
    assert design(16, pass_rate=0.8).pass_probability(1.0) == 1.0
    assert design(accept=0.9, reject=0.8, at_most=187).size == 187
    assert design(accept=0.9, reject=0.6, stop="decided") == Sequential(accept=0.9, reject=0.6)


@pytest.mark.parametrize("made", [*FIXED, SEQUENTIAL])
def test_a_design_is_read_back_from_files(made: Design) -> None:
    assert design_from({**made.as_mapping(), "retries": 2, "note": "x"}) == made


def test_ten_thousand_trials_are_taken_in_at_once() -> None:
    made = design(10_000, pass_rate=0.8, stop="decided")
    course = Course(made, of=10_000)
    random = Random(1)
    row = list(trials("".join(random.choice("++++++++-") for _ in range(10_000))))
    random.shuffle(row)
    for trial in row:
        course.add(trial)
    assert course.verdict is not None
    assert course.verdict.decision == "passed"
