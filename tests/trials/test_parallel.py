"""Trials in several processes: none is lost or doubled, and there is one verdict."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

import pytest

from pytest_tmuxagent.evals.formats import read_document

SUITE = """
    import os, signal, pytest

    @pytest.mark.trials(9)
    @pytest.mark.parametrize("value", ["a", "b"])
    def test_whole(value):
        pass

    @pytest.mark.trials(4)
    def test_half(agent_trial):
        assert agent_trial.number % 2

    class TestGroup:
        @pytest.mark.trials(3)
        def test_method(self):
            pass

    def test_plain():
        pass
"""


@pytest.fixture
def parallel(suite: pytest.Pytester) -> pytest.Pytester:
    suite.makepyfile(test_it=SUITE)
    return suite


def trials(suite: pytest.Pytester) -> dict[str, list[tuple[int, str]]]:
    """The trials of each test by number, with what became of them."""
    tests = json.loads((suite.path / "results.json").read_text())["tests"]
    return {
        name.partition("::")[2]: [(trial["number"], trial["outcome"]) for trial in test["trials"]]
        for name, test in tests.items()
    }


@pytest.mark.parametrize("dist", ["load", "worksteal", "loadfile"])
def test_each_trial_is_run_once_however_tests_are_handed_out(parallel: pytest.Pytester, dist: str) -> None:
    result = parallel.runpytest_inprocess(
        "-n2", f"--dist={dist}", "--agent-results=results.json", "--junitxml=j.xml"
    )
    result.assert_outcomes(passed=4, failed=1)
    assert trials(parallel) == {
        "test_whole[a]": [(number, "passed") for number in range(1, 10)],
        "test_whole[b]": [(number, "passed") for number in range(1, 10)],
        "test_half": [(1, "passed"), (2, "failed"), (3, "passed"), (4, "failed")],
        "TestGroup::test_method": [(1, "passed"), (2, "passed"), (3, "passed")],
    }
    cases = ElementTree.parse(parallel.path / "j.xml").getroot()[0]
    assert sorted(case.get("name", "") for case in cases) == [
        "test_half",
        "test_method",
        "test_plain",
        "test_whole[a]",
        "test_whole[b]",
    ]
    parallel.runpytest_inprocess("--lf").assert_outcomes(failed=1)


def test_a_failed_verdict_stops_a_parallel_run_with_x(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        conftest="""
        import pytest
        from pathlib import Path

        @pytest.hookimpl(trylast=True)
        def pytest_runtest_logreport(report):
            if report.nodeid.endswith("trial2]"):
                Path("told").touch()
        """,
        test_it="""
        import pytest
        from pathlib import Path

        @pytest.mark.trials(2)
        def test_bad():
            assert 0

        @pytest.mark.parametrize("number", range(200))
        def test_plain(number):
            while not Path("told").exists():
                pass
        """,
    )
    # With few tests handed out at a time, no worker is done before the verdict is heard.
    result = suite.runpytest_inprocess("-n2", "-x", "--maxschedchunk=1")
    result.stdout.fnmatch_lines(["*stopping after 1 failures*"])
    assert result.parseoutcomes()["failed"] == 1
    assert result.parseoutcomes()["passed"] < 200


def test_workers_run_nothing_further_once_the_verdict_is_known(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="""
        import pytest
        from pathlib import Path

        JOURNAL = Path("results.json.journal")

        @pytest.mark.trials(accept=0.9, reject=0.5, at_most=300)
        def test_it(agent_trial):
            while agent_trial.number > 6 and JOURNAL.read_text().count('"trial": ') < 6:
                pass  # The process that judges has not yet heard of those that are enough.
        """
    )
    result = suite.runpytest_inprocess("-n2", "--agent-results=results.json")
    result.assert_outcomes(passed=1)
    (found,) = trials(suite).values()
    outcomes = [outcome for _, outcome in found]
    assert outcomes[:6] == ["passed"] * 6
    # Six are enough, and each worker has two at hand; xdist by itself hands out 37 at a time.
    assert outcomes.count("not_run") >= 300 - 6 - 2 * 4
    assert [number for number, _ in found] == list(range(1, 301))


def test_a_trial_whose_worker_is_killed_is_unscored_and_the_verdict_comes(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="""
        import os, signal, pytest

        @pytest.mark.trials(6, pass_rate=0.5, judge="rate")
        def test_it(agent_trial):
            if agent_trial.number == 3:
                os.kill(os.getpid(), signal.SIGKILL)

        @pytest.mark.parametrize("x", ["trial1"])
        def test_without_trials(x):
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    result = suite.runpytest_inprocess("-n2", "--agent-results=results.json")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*crashed while running *test_without_trials*", "*1 trial unscored*"])
    (found,) = trials(suite).values()
    assert found[2] == (3, "unscored")
    assert [number for number, outcome in found if outcome == "passed"] == [1, 2, 4, 5, 6]


@pytest.mark.parametrize("dist", ["load", "worksteal", "loadfile"])
def test_a_trial_whose_worker_is_killed_is_made_again_by_another(suite: pytest.Pytester, dist: str) -> None:
    suite.makepyfile(
        test_it="""
        import os, signal, pytest
        from pathlib import Path

        @pytest.mark.trials(4)
        def test_it(agent_trial):
            with Path(f"made{agent_trial.number}").open("a") as made:
                made.write("x")
            if agent_trial.number == 3 and Path("made3").read_text() == "x":
                os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    result = suite.runpytest_inprocess("-n1", f"--dist={dist}", "--agent-results=results.json")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*unscored*")
    (test,) = read_document(suite.path / "results.json").results.tests
    assert [trial.outcome for trial in test.trials] == ["passed"] * 4
    assert [[each.cause for each in trial.attempts] for trial in test.trials] == [[], [], ["harness"], []]
    assert "crashed while running" in test.trials[2].attempts[0].reason
    assert [(suite.path / f"made{number}").read_text() for number in (1, 2, 3, 4)] == ["x", "x", "xx", "x"]


@pytest.mark.parametrize("dist", ["load", "loadfile"])
def test_a_trial_that_kills_each_worker_is_unscored_after_its_last_attempt(
    suite: pytest.Pytester, dist: str
) -> None:
    suite.makepyfile(
        test_it="""
        import os, signal, pytest
        from pathlib import Path

        @pytest.mark.trials(3, pass_rate=0.5, judge="rate", retries=1)
        def test_it(agent_trial):
            if agent_trial.number == 2:
                with Path("made").open("a") as made:
                    made.write("x")
                os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    result = suite.runpytest_inprocess("-n1", f"--dist={dist}", "--agent-results=results.json")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*1 passed, 1 trial unscored*"])
    (test,) = read_document(suite.path / "results.json").results.tests
    assert [(trial.outcome, len(trial.attempts)) for trial in test.trials] == [
        ("passed", 0),
        ("unscored", 1),
        ("passed", 0),
    ]
    assert (suite.path / "made").read_text() == "xx"


def test_trials_that_crash_do_not_use_up_the_workers_that_others_need(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="""
        import os, signal, pytest

        @pytest.mark.trials(3, pass_rate=0.3, judge="rate")
        def test_it(agent_trial):
            if agent_trial.number < 3:
                os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    # One worker may be replaced for a second attempt, and one is left for the other trial that crashes.
    result = suite.runpytest_inprocess("-n1", "--max-worker-restart=3", "--agent-results=results.json")
    result.assert_outcomes(passed=1)
    (test,) = read_document(suite.path / "results.json").results.tests
    assert [(trial.outcome, len(trial.attempts)) for trial in test.trials] == [
        ("unscored", 1),
        ("unscored", 0),
        ("passed", 0),
    ]


def test_a_fixture_of_the_module_that_breaks_behind_a_trial_is_an_error_of_its_test(
    suite: pytest.Pytester,
) -> None:
    suite.makepyfile(
        test_it="""
        import pytest

        @pytest.fixture(scope="module")
        def wide():
            yield
            raise RuntimeError("cannot be taken down")

        @pytest.mark.trials(2)
        def test_it(wide):
            pass
        """
    )
    result = suite.runpytest_inprocess("-n1", "--junitxml=j.xml")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["ERROR test_it.py::test_it - *cannot be taken down*"])
    cases = ElementTree.parse(suite.path / "j.xml").getroot()[0]
    assert {case.get("name") for case in cases} == {"test_it"}


@pytest.mark.parametrize("rate", [0.5, 0.1])
def test_trials_that_no_worker_is_left_to_run_are_not_run_and_the_verdict_comes(
    suite: pytest.Pytester, rate: float
) -> None:
    suite.makepyfile(
        test_it=f"""
        import os, signal, pytest

        @pytest.mark.trials(6, pass_rate={rate}, judge="rate")
        def test_it(agent_trial):
            if agent_trial.number == 2:
                os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    result = suite.runpytest_inprocess("-n1", "--max-worker-restart=0", "--agent-results=results.json")
    (found,) = trials(suite).values()
    assert [outcome for _, outcome in found] == ["passed", "unscored", *["not_run"] * 4]
    if rate == 0.1:  # One of six is enough, whatever became of the others.
        result.assert_outcomes(passed=1)
    else:
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["undecided: *", "*the run ended without it"])


def test_numbers_that_are_no_plain_floats_reach_the_process_that_judges(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="""
        import pytest
        from pytest_tmuxagent.evals.judges import Verdict
        from pytest_tmuxagent.turn import Turn

        class Float64(float):  # As NumPy's, which is a float.
            def __repr__(self):
                return f"np.float64({float(self)})"

        @pytest.mark.trials(2, pass_rate=Float64(0.5), judge="rate")
        def test_it(agent_judge):
            turn = Turn(prompts=("go",), text="please", stop_reason="end_turn")
            agent_judge(lambda _: Verdict(True, score=Float64(0.25), cost_usd=Float64(0.5)), turn)
        """
    )
    result = suite.runpytest_inprocess("-n1", "--agent-max-cost=5")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*have cost $1.0000 of*"])


def test_making_each_trial_in_each_process_is_refused(parallel: pytest.Pytester) -> None:
    result = parallel.runpytest_inprocess("-n2", "--dist=each")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*test_it.py::test_whole* has trials, and --dist=each *use --dist=load"])


def test_a_marker_that_cannot_be_is_told_where_the_run_began(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.parametrize("x", [1, pytest.param(2, marks=pytest.mark.trials(0))])
        def test_it(x): pass
        """
    )
    result = suite.runpytest_inprocess("-n2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*test_it.py::test_it[[]2]: the `trials` marker: n=0*"])
