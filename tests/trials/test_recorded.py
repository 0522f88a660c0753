"""What trials record stands in the results and, of the test, in JUnit's file."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from pytest_tmuxagent.evals.formats import read_document
from pytest_tmuxagent.evals.results import Outcome, TrialResult
from pytest_tmuxagent.trials.recorded import properties_of, recorded


def ran(*recorded_each: dict[str, object], outcome: Outcome = "passed") -> list[TrialResult]:
    return [
        TrialResult(number=number, outcome=outcome, properties=each)
        for number, each in enumerate(recorded_each, start=1)
    ]


def test_what_no_json_has_is_kept_as_its_text_and_a_name_twice_as_a_list() -> None:
    class Word(str):
        __slots__ = ()

    found = recorded([("a", 1), ("b", Word("w")), ("a", ("x",)), ("c", None)])
    assert found == {"a": [1, "('x',)"], "b": "w", "c": None}
    assert type(found["b"]) is str


def test_a_value_that_no_file_can_take_is_kept_as_far_as_it_can_be() -> None:
    class Silent:
        def __str__(self) -> str:
            raise ValueError("nothing to say")

    given = [("a", float("nan")), ("b", 10**5000), ("c", "\ud800"), ("d", Silent()), ("e", 2**70)]
    assert recorded(given) == {
        "a": "nan",
        "b": "a value of int, which has no text",
        "c": "\\ud800",
        "d": "a value of Silent, which has no text",
        "e": 2**70,
    }


def test_what_all_trials_record_alike_is_told_once() -> None:
    assert list(properties_of(ran({"model": "m"}, {"model": "m"}))) == [("model", "m")]


def test_what_differs_or_is_not_in_all_is_told_with_the_trial() -> None:
    told = properties_of(ran({"size": 1, "once": [1, 2]}, {"size": 2}))
    assert list(told) == [
        ("size[trial1]", 1),
        ("size[trial2]", 2),
        ("once[trial1]", 1),
        ("once[trial1]", 2),
    ]


def test_trials_that_were_not_run_record_nothing_and_disagree_with_none() -> None:
    trials = [*ran({"model": "m"}), TrialResult(number=2, outcome="not_run")]
    assert list(properties_of(trials)) == [("model", "m")]


@pytest.mark.parametrize("options", [(), ("-n1",)], ids=["alone", "xdist"])
def test_properties_of_trials_are_in_the_results_and_at_the_verdict(
    suite: pytest.Pytester, options: tuple[str, ...]
) -> None:
    suite.makepyfile(
        test_it="""
        import pytest
        from pathlib import Path

        @pytest.mark.trials(2)
        def test_it(agent_trial, record_property):
            record_property("model", "m")
            record_property("at", Path("a") / str(agent_trial.number))
            if not Path("made").exists():
                Path("made").touch()
                record_property("first", True)
                raise MemoryError("made again")
        """
    )
    result = suite.runpytest_inprocess(
        "--agent-results=results.json", "--junitxml=junit.xml", "-ojunit_family=xunit1", *options
    )
    result.assert_outcomes(passed=1)
    (test,) = read_document(suite.path / "results.json").results.tests
    assert [trial.properties for trial in test.trials] == [
        {"model": "m", "at": "a/1"},
        {"model": "m", "at": "a/2"},
    ]
    (case,) = ElementTree.parse(suite.path / "junit.xml").getroot()[0]
    found = {each.get("name"): each.get("value") for each in case.iter("property")}
    assert {name: value for name, value in found.items() if name and not name.startswith("agent.")} == {
        "model": "m",
        "at[trial1]": "a/1",
        "at[trial2]": "a/2",
    }


def test_properties_of_the_whole_suite_stay_what_they_are(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.trials(1)
        def test_it(record_testsuite_property):
            record_testsuite_property("arch", "x")
        """
    )
    suite.runpytest_inprocess("--junitxml=junit.xml").assert_outcomes(passed=1)
    found = ElementTree.parse(suite.path / "junit.xml").getroot().find("testsuite/properties/property")
    assert found is not None
    assert (found.get("name"), found.get("value")) == ("arch", "x")
