"""Results of several machines, joined."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.errors import InvalidResults
from pytest_tmuxagent.evals.designs import design_from
from pytest_tmuxagent.evals.formats import Document, Form, as_json
from pytest_tmuxagent.evals.merging import merge
from pytest_tmuxagent.evals.results import Decision, Results, TestResult, TestVerdict, TrialResult
from tests.evals.agents import ended


def document(
    *tests: TestResult, name: str = "a.json", form: Form = "results", rung: str = "stub"
) -> Document:
    results = Results(tests=tests, rung=rung, version=f"1 of {name}")
    return Document(name=name, form=form, results=results)


def only(letters: str, *, numbers: range) -> TestResult:
    """A test of which one machine ran these trials."""
    whole = ended(letters)
    return replace(whole, trials=tuple(trial for trial in whole.trials if trial.number in numbers))


def test_other_tests_stand_side_by_side_in_order() -> None:
    first, second = ended("++++", name="test_b", decision="passed"), ended("----", name="test_a")
    merged = merge([document(first), document(second, name="b.json")])
    assert merged.results.tests == (second, first)
    assert (merged.form, merged.results.rung, merged.results.version) == (
        "results",
        "stub",
        "1 of a.json, 1 of b.json",
    )


def test_the_same_trials_are_taken_once() -> None:
    test = ended("++-+", decision="passed")
    assert merge([document(test), document(test, name="b.json")]).results.tests == (test,)


def test_other_trials_of_the_same_test_are_united_and_judged_anew() -> None:
    early, late = only("++--", numbers=range(1, 3)), only("++--", numbers=range(3, 5))
    early = replace(early, verdict=TestVerdict(decision="failed", why="only two of four"))
    (test,) = merge([document(late), document(early, name="b.json")]).results.tests
    assert [trial.number for trial in test.trials] == [1, 2, 3, 4]
    assert test.verdict is not None
    assert test.verdict.decision == "passed"
    assert "2 of 4 scored trials passed" in test.verdict.why


def test_trials_that_are_still_missing_leave_no_verdict() -> None:
    early, late = only("++--", numbers=range(1, 2)), only("++--", numbers=range(3, 5))
    (test,) = merge([document(early), document(late, name="b.json")]).results.tests
    assert [trial.number for trial in test.trials] == [1, 3, 4]
    assert test.verdict is None


def test_a_trial_that_ran_somewhere_is_known() -> None:
    both = document(ended("+...", decision="undecided")), document(ended(".+-+"), name="b.json")
    for documents in (both, both[::-1]):
        (test,) = merge(documents).results.tests
        assert test.trials == ended("++-+").trials
        assert test.verdict is not None
        assert test.verdict.decision == "passed"


def test_the_verdict_of_a_run_that_had_all_trials_is_kept() -> None:
    whole = ended("++-+", decision="failed")  # It got worse than its baseline.
    part = replace(only("++-+", numbers=range(1, 3)), verdict=TestVerdict(decision="passed"))
    (test,) = merge([document(part), document(whole, name="b.json")]).results.tests
    assert test.verdict == whole.verdict


def test_a_trial_that_ended_in_two_ways_is_an_error_that_names_both_files() -> None:
    one, other = ended("++"), ended("+-")
    with pytest.raises(InvalidResults, match=r"trial 2 passed in a\.json and failed in b\.json: two runs"):
        merge([document(one), document(other, name="b.json")])


def test_the_files_of_a_contradiction_are_those_that_it_is_from() -> None:
    parts = [
        only("++", numbers=range(1, 2)),
        only("++", numbers=range(2, 3)),
        only("+-", numbers=range(2, 3)),
    ]
    with pytest.raises(InvalidResults, match=r"trial 2 passed in 1\.json and failed in 2\.json"):
        merge([document(part, name=f"{place}.json") for place, part in enumerate(parts)])


def test_two_runs_that_ended_alike_are_still_two_runs() -> None:
    one = ended("+")
    other = replace(one, trials=(replace(one.trials[0], duration=3.0),))
    with pytest.raises(InvalidResults, match="two runs of it, keep one of them"):
        merge([document(one), document(other, name="b.json")])


def test_another_design_is_another_state_of_the_test() -> None:
    with pytest.raises(InvalidResults, match=r"differs in a\.json and b\.json"):
        merge([document(ended("+", n=4)), document(ended("+", n=5), name="b.json")])


@pytest.mark.parametrize("forms", [("results", "baseline"), ("baseline", "results")])
def test_forms_are_not_mixed(forms: tuple[Form, Form]) -> None:
    with pytest.raises(InvalidResults, match=r"a\.json .* b\.json .*merge files of one form"):
        merge([document(form=forms[0]), document(form=forms[1], name="b.json")])


def test_rungs_are_not_mixed() -> None:
    with pytest.raises(InvalidResults, match=r"a\.json is of the rung 'stub', b\.json of 'live'"):
        merge([document(), document(name="b.json", rung="live")])


def test_a_test_of_an_unknown_design_has_no_verdict_made_up() -> None:
    early, late = (replace(only("++", numbers=range(n, n + 1)), design={"magic": 3}) for n in (1, 2))
    (test,) = merge([document(early), document(late, name="b.json")]).results.tests
    assert (len(test.trials), test.verdict) == (2, None)


@given(letters=st.text("+-?s.", min_size=4, max_size=4), machines=st.lists(st.integers(0, 2), min_size=4))
def test_however_trials_are_spread_over_machines_the_joined_results_are_the_same(
    letters: str, machines: list[int]
) -> None:
    test = ended(letters)
    shards = [
        document(
            replace(test, trials=tuple(t for t in test.trials if machines[t.number - 1] == machine)),
            name=f"{machine}.json",
        )
        for machine in range(3)
    ]
    (joined,) = merge(shards).results.tests
    assert joined == merge(shards[::-1]).results.tests[0]
    assert joined.trials == test.trials
    assert joined.verdict == design_from(test.design).decide(test.trials, of=4)


FOUR = design_from(ended("").design)
decisions: st.SearchStrategy[Decision] = st.sampled_from(["passed", "failed"])


@st.composite
def shards(draw: st.DrawFn) -> list[Document]:
    """Files of several machines, which contradict each other in no trial that ran."""
    letters = {name: draw(st.text("+-?s", min_size=4, max_size=4)) for name in ("test_a", "test_b")}

    def test(name: str) -> TestResult:
        ran = draw(st.sets(st.integers(1, 4)))
        trials = tuple(
            trial
            if trial.number in ran
            else TrialResult(number=trial.number, outcome="not_run", reason=draw(st.sampled_from("xy")))
            for trial in ended(letters[name]).trials
        )
        made = replace(ended("", name=name), trials=trials)
        verdict = FOUR.decide(trials, of=4)
        if verdict is not None and draw(st.booleans()):  # As a baseline has it.
            verdict = TestVerdict(decision=draw(decisions), why=draw(st.sampled_from("xy")))
        return replace(made, verdict=verdict)

    def names() -> set[str]:
        return draw(st.sets(st.sampled_from(["test_a", "test_b"])))

    return [
        document(*map(test, sorted(names())), name=f"{draw(st.integers(1, 3))}")
        for _ in range(draw(st.integers(2, 4)))
    ]


@given(files=shards(), random=st.randoms(use_true_random=False))
def test_any_order_of_files_gives_the_same(files: list[Document], random: Random) -> None:
    other = random.sample(files, len(files))
    assert as_json(merge(files).results, form="results") == as_json(merge(other).results, form="results")


def test_releases_are_named_once_however_files_are_joined() -> None:
    first, second, third = (document(name=name) for name in ("a.json", "b.json", "c.json"))
    halves = merge([merge([first, third]), merge([second, third])])
    assert halves.results.version == "1 of a.json, 1 of b.json, 1 of c.json"


def test_a_test_that_is_described_otherwise_is_refused() -> None:
    here = ended("++++")
    with pytest.raises(InvalidResults, match=r"the agent of .* differs in a\.json and b\.json"):
        merge([document(here), document(replace(here, agent="codex"), name="b.json")])


def test_of_two_verdicts_on_the_same_trials_the_graver_one_stays() -> None:
    own = ended("++++", decision="passed")
    held = replace(own, verdict=TestVerdict(decision="failed", why="it got worse"))
    for files in ([own, held], [held, own]):
        (test,) = merge([document(each) for each in files]).results.tests
        assert test.verdict == held.verdict
