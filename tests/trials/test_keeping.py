"""A run that is killed leaves the trials that had ended."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from pytest_tmuxagent.evals.formats import read_document

SUITE = """
    import os, signal, pytest
    from pathlib import Path

    RUN = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    JOURNAL = Path("out/results.json.journal")

    @pytest.mark.trials(4)
    def test_it(agent_trial):
        if agent_trial.number == 3:
            while JOURNAL.read_text().count('"trial": ') < 2:
                pass  # The process that judges has not yet heard of the one before.
            os.kill(RUN, signal.{signal})
            if RUN != os.getpid():
                signal.pause()
"""


@pytest.mark.parametrize("parallel", [(), ("-n1",)], ids=["alone", "xdist"])
@pytest.mark.parametrize("killed", [signal.SIGTERM, signal.SIGKILL], ids=["term", "kill"])
def test_the_trials_of_a_killed_run_are_in_its_journal(
    suite: pytest.Pytester, killed: signal.Signals, parallel: tuple[str, ...]
) -> None:
    suite.makepyfile(test_it=SUITE.format(signal=killed.name))
    result = suite.runpytest_subprocess("--agent-results=out/results.json", *parallel)
    assert result.ret == -killed
    assert [each.name for each in (suite.path / "out").iterdir()] == ["results.json.journal"]
    (test,) = read_document(suite.path / "out/results.json.journal").results.tests
    assert [trial.outcome for trial in test.trials] == ["passed", "passed", "not_run", "not_run"]


def test_a_run_that_ends_has_its_results_in_the_place_of_the_journal(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="""
        import pytest
        from pathlib import Path

        @pytest.mark.trials(2)
        def test_it(agent_trial):
            assert Path("results.json.journal").exists() == (agent_trial.number > 1)
        """
    )
    suite.runpytest_inprocess("--agent-results=results.json").assert_outcomes(passed=1)
    assert {each.name for each in suite.path.glob("results*")} == {"results.json"}


def test_a_journal_that_cannot_be_written_does_not_end_the_run(suite: pytest.Pytester) -> None:
    Path(suite.path / "results.json.journal").mkdir()
    suite.makepyfile(test_it="import pytest\n@pytest.mark.trials(2)\ndef test_it(): pass")
    result = suite.runpytest_inprocess("--agent-results=results.json")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["tmuxagent: *results.json.journal cannot be written: *"])
    assert len(read_document(suite.path / "results.json").results.tests[0].trials) == 2


def test_a_disk_that_is_full_ends_no_run_and_leaves_what_it_could_take(suite: pytest.Pytester) -> None:
    suite.makeconftest("import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))")
    suite.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.trials(40, pass_rate=0.1, judge="rate")
        def test_it(agent_trial):
            assert agent_trial.number % 2, "long " * 100
        """
    )
    result = suite.runpytest_subprocess("--agent-results=results.json")
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*results.json.journal cannot be written: *", "*results.json cannot be *"])
    (test,) = read_document(suite.path / "results.json.journal").results.tests
    assert 0 < test.scored < 40
