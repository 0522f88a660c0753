"""What changed since a baseline."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_tmuxagent.errors import InvalidResults
from pytest_tmuxagent.evals.baselines import alone, compare, held_against, is_taken, read_baseline, updated
from pytest_tmuxagent.evals.formats import write_document
from pytest_tmuxagent.evals.results import Decision, Results, TestResult
from tests.evals.agents import ended


def results(*tests: TestResult, rung: str = "stub") -> Results:
    return Results(tests=tests, rung=rung)


def suite(**rows: str) -> Results:
    return results(*(ended(letters, name=name, n=len(letters)) for name, letters in rows.items()))


def test_six_trials_that_turned_show_that_a_test_got_worse() -> None:
    comparison = compare(suite(a="+" * 10), suite(a="-" * 6 + "+" * 4))
    change = comparison.tests["a"]
    assert (change.finding, change.p_value) == ("got worse", 0.03125)
    assert change.why == (
        "of 10 trials in both runs, 6 passed before and fail now, 0 the other way round (p = 0.031)"
    )
    assert comparison.got_worse
    assert comparison.found("got worse") == ("a",)
    assert comparison.suite_words.startswith("the suite got worse: of 10 trials")


def test_five_trials_that_turned_show_nothing() -> None:
    comparison = compare(suite(a="+" * 10), suite(a="-" * 5 + "+" * 5))
    assert comparison.tests["a"].finding == comparison.suite.finding == "no evidence"
    assert not comparison.got_worse
    assert comparison.suite_words.startswith("no evidence that the suite changed")


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, ""),
        (1, "1 test of the baseline was not run: t0"),
        (2, "2 tests of the baseline were not run: t0, t1"),
        (7, "7 tests of the baseline were not run: t0, t1, t2, t3, t4 and 2 more"),
    ],
)
def test_tests_that_only_the_baseline_has_are_named(count: int, said: str) -> None:
    old = suite(a="+", **{f"t{number}": "+" for number in range(count)})
    assert compare(old, suite(a="+")).gone_words == said


def test_a_test_alone_is_compared_without_a_correction_for_others() -> None:
    before, after = suite(a="+" * 10).tests[0], suite(a="-" * 6 + "+" * 4).tests[0]
    many = {f"t{number}": "+" * 10 for number in range(3)}
    turned = dict.fromkeys(many, "-" * 6 + "+" * 4)
    assert alone(before, after).p_value == 0.03125
    assert compare(suite(a="+" * 10, **many), suite(a="-" * 6 + "+" * 4, **turned)).tests["a"].p_value > 0.05


def test_a_test_can_get_better() -> None:
    comparison = compare(suite(a="-" * 10), suite(a="+" * 10))
    assert comparison.tests["a"].finding == comparison.suite.finding == "got better"
    assert not comparison.got_worse


def test_only_trials_that_were_scored_in_both_runs_are_pairs() -> None:
    pairs = compare(suite(a="++++++-"), suite(a="?s.-+")).tests["a"].pairs
    assert (pairs.both, pairs.worse, pairs.better) == (2, 1, 0)
    pairs = compare(suite(a="++--+-?"), suite(a="+-+-?-+")).tests["a"].pairs
    assert (pairs.both, pairs.worse, pairs.better) == (5, 1, 1)
    nothing = compare(suite(a="??"), suite(a="++")).tests["a"]
    assert (nothing.finding, nothing.why) == ("no evidence", "no trial was scored in both runs")


def test_many_tests_that_turn_make_each_finding_harder() -> None:
    before, after = (dict.fromkeys("abc", row) for row in ("+" * 10, "-" * 6 + "+" * 4))
    assert compare(suite(**before), suite(**after)).found("got worse") == ()
    assert compare(suite(**before), suite(**after)).suite.finding == "got worse"
    # Tests in which nothing could be found make it no harder.
    calm = {f"calm_{number}": "+" * 10 for number in range(50)}
    one = compare(suite(a="+" * 10, **calm), suite(a="-" * 6 + "+" * 4, **calm))
    assert one.found("got worse") == ("a",)


def test_a_little_worse_everywhere_is_a_suite_that_got_worse() -> None:
    names = [f"test_{number}" for number in range(6)]
    comparison = compare(suite(**dict.fromkeys(names, "++++")), suite(**dict.fromkeys(names, "+++-")))
    assert comparison.found("got worse") == ()
    assert comparison.suite.finding == "got worse"
    assert comparison.got_worse


def test_new_tests_and_those_that_are_gone_are_named() -> None:
    comparison = compare(suite(old="+", kept="+"), suite(kept="+", fresh="-"))
    assert (comparison.new, comparison.gone, list(comparison.tests)) == (("fresh",), ("old",), ["kept"])
    assert comparison.words == {"kept": "no evidence", "fresh": "new"}


def test_a_baseline_of_another_rung_is_doubtful() -> None:
    comparison = compare(results(rung="live"), results(rung="stub"))
    assert "the baseline is of the rung 'live', this run of 'stub'" in comparison.suite_words
    assert compare(results(rung=""), results(rung="stub")).caution == ""
    assert compare(results(rung="stub"), results(rung="")).caution == ""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("failed", "failed", True),
        ("undecided", "failed", True),
        ("passed", "failed", False),
        ("failed", "passed", False),
        (None, "failed", False),
    ],
)
def test_what_failed_before_is_called_so(before: Decision | None, after: Decision, *, said: bool) -> None:
    old, new = ended("+-", decision=before), ended("+-", decision=after)
    comparison = compare(results(old), results(new))
    assert comparison.tests[new.test].failed_before is said
    assert (comparison.words[new.test] == "failed before as well") is said
    verdict = held_against(new, comparison).verdict
    assert verdict is not None
    assert verdict.decision == after
    assert ("it failed before as well" in verdict.why) is said


def test_a_test_that_got_worse_fails_though_its_design_is_met() -> None:
    old, new = ended("+" * 20), ended("-" * 6 + "+" * 14, decision="passed")
    verdict = held_against(new, compare(results(old), results(new))).verdict
    assert verdict is not None
    assert verdict.decision == "failed"
    assert verdict.why.startswith("as it was; yet it got worse: of 20 trials in both runs, 6 passed before")


def test_a_test_that_the_baseline_has_not_keeps_its_verdict() -> None:
    new = ended("----", decision="failed")
    assert held_against(new, compare(results(), results(new))) == new


def test_an_update_changes_the_tests_that_ran_and_could_be_decided() -> None:
    old = results(ended("++++", name="a", decision="passed"), ended("++++", name="b", decision="passed"))
    new = results(
        ended("----", name="b", decision="failed"),
        ended("????", name="c", decision="undecided"),
        ended("++", name="d"),
        ended("ssss", name="e", decision="skipped"),
    )
    assert updated(old, new).tests == (old.tests[0], new.tests[0])
    assert updated(None, new).tests == (new.tests[0],)
    assert [is_taken(test) for test in new.tests] == [True, False, False, False]


def test_what_could_not_be_decided_leaves_the_old_baseline() -> None:
    old = results(ended("++++", name="a", decision="passed"))
    assert updated(old, results(ended("????", name="a", decision="undecided"))).tests == old.tests


def test_a_missing_baseline_is_refused_with_the_way_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidResults, match=r"no baseline .*missing\.json.*--agent-baseline-update"):
        read_baseline(tmp_path / "missing.json")


def test_the_results_of_a_run_can_be_a_baseline(tmp_path: Path) -> None:
    whole = results(ended("++++", decision="passed"))
    write_document(tmp_path / "a.json", whole, form="results")
    assert read_baseline(tmp_path / "a.json").results == whole
