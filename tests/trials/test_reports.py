"""What a run with trials is for pytest: the verdict is the test, and a trial is none."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

# Trials 2 and 4 of `test_half` fail.
HALF = """
    import pytest

    @pytest.mark.trials(4)
    def test_half(agent_trial):
        print("said by", agent_trial.number)
        assert agent_trial.number % 2, f"even: {agent_trial.number}"

    @pytest.mark.trials(3)
    def test_whole(agent_trial):
        pass

    def test_plain():
        pass
"""


@pytest.fixture
def half(suite: pytest.Pytester) -> pytest.Pytester:
    suite.makepyfile(test_it=HALF)
    return suite


def results(folder: Path) -> dict[str, str]:
    """What became of each trial, a letter each."""
    letters = {"passed": "+", "failed": "-", "unscored": "?", "skipped": "s", "not_run": "."}
    tests = json.loads((folder / "results.json").read_text())["tests"]
    return {
        name: "".join(letters[trial["outcome"]] for trial in test["trials"]) for name, test in tests.items()
    }


def test_only_verdicts_count_as_tests(half: pytest.Pytester) -> None:
    result = half.runpytest_inprocess()
    result.stdout.fnmatch_lines(["* 1 failed, 2 passed, 2 trial failed in *"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_the_terminal_shows_trials_and_verdicts_by_letters_up_to_a_hundred_percent(
    half: pytest.Pytester,
) -> None:
    half.runpytest_inprocess().stdout.fnmatch_lines(["*.py +-+-F+++.. *[[]100%]"])


def test_a_failed_verdict_tells_counts_causes_reasons_and_the_first_failed_trial(
    half: pytest.Pytester,
) -> None:
    half.runpytest_inprocess().stdout.fnmatch_lines(
        [
            "*_ test_half _*",
            "2 of 4 scored trials passed*",
            "trials: 2 passed, 2 failed",
            "causes: 2 agent_behaviour",
            "  1 x AssertionError: even: 2 (trial 2)",
            "  1 x AssertionError: even: 4 (trial 4)",
            "-* trial 2, the first without a pass -*",
            ">       assert agent_trial.number % 2, *",
            "*Captured stdout call*",
            "said by 2",
            "FAILED *::test_half - 2 of 4 scored*",
        ]
    )


def test_trials_are_lines_of_their_own_when_verbose(half: pytest.Pytester) -> None:
    half.runpytest_inprocess("-v").stdout.fnmatch_lines(
        [
            "*::test_half[[]trial1] TRIAL PASSED*",
            "*::test_half[[]trial2] TRIAL FAILED*",
            "*::test_half FAILED*",
            "*::test_plain PASSED*[[]100%]*",
        ]
    )


def test_looking_at_the_tests_shows_them_and_not_their_trials(half: pytest.Pytester) -> None:
    result = half.runpytest_inprocess("--collect-only", "-q")
    result.stdout.fnmatch_lines(["*::test_half", "*::test_whole", "*::test_plain", "3 tests collected*"])


@pytest.mark.parametrize("option", ["--setup-plan", "--setup-only"])
def test_looking_at_fixtures_makes_no_trials(half: pytest.Pytester, option: str) -> None:
    assert "trial1" not in half.runpytest_inprocess(option).stdout.str()


def test_selection_is_by_the_name_of_the_test(half: pytest.Pytester) -> None:
    result = half.runpytest_inprocess("-k", "whole")
    result.assert_outcomes(passed=1, deselected=2)


def test_a_trial_cannot_be_selected_by_itself(half: pytest.Pytester) -> None:
    half.runpytest_inprocess("-k", "trial1").assert_outcomes(deselected=3)


def test_failed_trials_stop_nothing(half: pytest.Pytester) -> None:
    half.makepyfile(test_it=HALF.replace("trials(4)", "trials(4, pass_rate=0.5, judge='rate')"))
    half.runpytest_inprocess("-x").assert_outcomes(passed=3)


def test_a_failed_verdict_stops_the_run_with_x(half: pytest.Pytester) -> None:
    half.runpytest_inprocess("-x").assert_outcomes(failed=1)


def test_maxfail_counts_verdicts(suite: pytest.Pytester) -> None:
    tests = (f"@pytest.mark.trials(3)\ndef test_{name}(): assert 0" for name in "abc")
    suite.makepyfile(test_it="\n".join(["import pytest", *tests]))
    suite.runpytest_inprocess("--maxfail=2").assert_outcomes(failed=2)


def test_last_failed_runs_all_trials_of_a_failed_test_again(half: pytest.Pytester) -> None:
    half.runpytest_inprocess()
    half.runpytest_inprocess("--lf", "--agent-results=results.json").assert_outcomes(failed=1)
    assert results(half.path) == {"test_it.py::test_half": "+-+-"}


def test_stepwise_goes_on_at_the_failed_test(half: pytest.Pytester) -> None:
    half.runpytest_inprocess("--sw").assert_outcomes(failed=1)
    half.makepyfile(test_it=HALF.replace("% 2", ""))
    half.runpytest_inprocess("--sw").assert_outcomes(passed=3)


def test_junit_has_a_case_for_each_test_with_properties_and_none_for_trials(half: pytest.Pytester) -> None:
    half.runpytest_inprocess("--junitxml=junit.xml")
    whole = ElementTree.parse(half.path / "junit.xml").getroot()[0]
    assert {case.get("name"): [each.tag for each in case] for case in whole} == {
        "test_half": ["properties", "failure"],
        "test_whole": ["properties"],
        "test_plain": [],
    }
    assert (whole.get("tests"), whole.get("failures"), whole.get("errors")) == ("3", "1", "0")
    found = {each.get("name"): each.get("value") for each in whole.iter("property")}
    assert found["agent.trials"] == "3"


@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_the_file_of_pytest_json_report_tells_of_tests_only(
    half: pytest.Pytester, options: tuple[str, ...]
) -> None:
    pytest.importorskip("pytest_jsonreport")
    half.runpytest_inprocess("--json-report", *options)
    told = json.loads((half.path / ".report.json").read_text())
    assert {test["nodeid"].partition("::")[2]: test["outcome"] for test in told["tests"]} == {
        "test_half": "failed",
        "test_whole": "passed",
        "test_plain": "passed",
    }
    assert (told["summary"]["passed"], told["summary"]["total"]) == (2, 3)


def test_what_follows_a_known_verdict_is_not_run(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="""
        import pytest

        @pytest.fixture
        def counted(agent_trial):
            with open("set_up", "a") as file:
                file.write(str(agent_trial.number))

        @pytest.mark.trials(accept=0.9, reject=0.5, at_most=30)
        def test_it(counted):
            pass
        """
    )
    result = suite.runpytest_inprocess("-rA", "-v", "--agent-results=results.json")
    (ran,) = results(suite.path).values()
    assert ran == "+" * 6 + "." * 24
    assert (suite.path / "set_up").read_text() == "123456"
    result.stdout.fnmatch_lines(["*=== 1 passed in *"])
    result.stdout.no_fnmatch_line("*::test_it[[]trial30]*")
    result.stdout.fnmatch_lines(["*::test_it PASSED*[[]100%]*"])


def test_a_broken_fixture_of_the_module_is_an_error_where_trials_are_not_run(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="""
        import pytest

        @pytest.fixture(scope="module")
        def wide():
            yield
            raise RuntimeError("cannot be taken down")

        @pytest.mark.trials(2, pass_rate=0.5, judge="rate", stop="decided")
        def test_it(wide):
            pass
        """
    )
    suite.runpytest_inprocess("--junitxml=junit.xml").assert_outcomes(passed=1, errors=1)
    cases = ElementTree.parse(suite.path / "junit.xml").getroot().iter("testcase")
    assert {case.get("name") for case in cases} == {"test_it"}
    suite.runpytest_inprocess("--lf").assert_outcomes(passed=1, errors=1)


def test_a_run_that_is_interrupted_tells_of_undecided_tests(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.trials(3)
        def test_it(agent_trial):
            if agent_trial.number == 2:
                raise KeyboardInterrupt
        """
    )
    result = suite.runpytest_inprocess("--agent-results=results.json", no_reraise_ctrlc=True)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes()
    assert list(results(suite.path).values()) == ["+.."]
    result.stdout.fnmatch_lines(["*::test_it *no verdict*"])


def test_a_verdict_that_is_known_is_told_though_the_run_is_interrupted(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.trials(4, stop="decided")
        def test_it(agent_trial):
            assert agent_trial.number < 2
        """
    )
    suite.makeconftest(
        """
        def pytest_runtest_logreport(report):
            if "trial3" in report.nodeid:
                raise KeyboardInterrupt
        """
    )
    result = suite.runpytest_inprocess(no_reraise_ctrlc=True)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(failed=1)
