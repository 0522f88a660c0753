"""A run against a baseline: what got worse fails, though it does what its design asks."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

SUITE = """
    import pytest

    FAILING = {failing}

    @pytest.mark.trials(20, pass_rate=0.5, judge="rate")
    def test_it(agent_trial):
        assert agent_trial.number not in FAILING

    def test_plain():
        pass
"""


def run(suite: pytest.Pytester, *options: str, failing: str) -> pytest.RunResult:
    suite.makepyfile(test_it=SUITE.format(failing=failing))
    return suite.runpytest_inprocess("--agent-baseline=base.json", *options)


def properties(suite: pytest.Pytester) -> dict[str, str]:
    """What JUnit's file says of the baseline."""
    found = ElementTree.parse(suite.path / "junit.xml").getroot().iter("property")
    named = ((each.get("name", ""), each.get("value", "")) for each in found)
    return {name: value for name, value in named if name.startswith("agent.baseline")}


@pytest.fixture
def good(suite: pytest.Pytester) -> pytest.Pytester:
    """A suite whose baseline has 20 passes of 20."""
    run(suite, "--agent-baseline-update", failing="()").assert_outcomes(passed=2)
    return suite


def test_a_test_that_got_worse_fails_though_its_rate_is_met(good: pytest.Pytester) -> None:
    before = (good.path / "base.json").read_bytes()
    result = run(good, "--junitxml=junit.xml", failing="range(7)")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["*_ test_it _*", "*yet it got worse: *", "*against the baseline: the suite got worse*"]
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert (good.path / "base.json").read_bytes() == before
    assert 'name="agent.baseline" value="got worse"' in (good.path / "junit.xml").read_text()


def test_a_test_that_did_not_get_worse_passes_at_the_end(good: pytest.Pytester) -> None:
    result = run(good, "-v", failing="range(3)")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*::test_plain PASSED*", "*::test_it PASSED*[[]100%]*"])
    assert result.ret == pytest.ExitCode.OK


def test_a_test_that_failed_before_says_so(suite: pytest.Pytester) -> None:
    run(suite, "--agent-baseline-update", failing="range(15)").assert_outcomes(passed=1, failed=1)
    result = run(suite, "--junitxml=junit.xml", failing="range(15)")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*; it failed before as well"])
    assert properties(suite) == {
        "agent.baseline": "failed before as well",
        "agent.baseline_rate": "0.3",
        "agent.baseline_p": "1",
    }


def test_a_verdict_that_is_told_before_the_end_says_how_the_test_was(good: pytest.Pytester) -> None:
    run(good, "--junitxml=junit.xml", failing="range(1, 16)").assert_outcomes(passed=1, failed=1)
    found = properties(good)
    assert (found["agent.baseline"], found["agent.baseline_rate"]) == ("passed before", "1")
    assert float(found["agent.baseline_p"]) == pytest.approx(2 / 2**15, rel=1e-4)


def test_tests_of_the_baseline_that_were_not_run_are_named(
    good: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(good.path / "summary.md"))
    good.makepyfile(test_it="import pytest\n@pytest.mark.trials(1)\ndef test_other(): pass")
    result = good.runpytest_inprocess("--agent-baseline=base.json", "--junitxml=junit.xml")
    result.assert_outcomes(passed=1)
    said = "1 test of the baseline was not run: test_it.py::test_it"
    result.stdout.fnmatch_lines([said])
    assert "1 test of the baseline was not run: " in (good.path / "summary.md").read_text()
    assert properties(good) == {"agent.baseline": "new"}


def test_updating_takes_the_results_as_they_are(good: pytest.Pytester) -> None:
    before = (good.path / "base.json").read_bytes()
    run(good, "--agent-baseline-update", failing="range(7)").assert_outcomes(passed=2)
    assert (good.path / "base.json").read_bytes() != before
    run(good, failing="range(7)").assert_outcomes(passed=2)


def test_without_a_baseline_nothing_is_run(suite: pytest.Pytester) -> None:
    result = run(suite, failing="()")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--agent-baseline: there is no baseline base.json*--agent-baseline-update"])


def test_an_update_of_nothing_is_refused(suite: pytest.Pytester) -> None:
    result = suite.runpytest_inprocess("--agent-baseline-update")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--agent-baseline-update needs --agent-baseline=FILE*"])


def test_results_that_cannot_be_written_fail_the_run(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="import os, pytest\n@pytest.mark.trials(1)\ndef test_it(): os.mkdir('results.json')"
    )
    result = suite.runpytest_inprocess("--agent-results=results.json")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*results.json cannot be written: Is a directory*"])


@pytest.mark.parametrize("option", ["--agent-results", "--agent-baseline-update --agent-baseline"])
@pytest.mark.parametrize("file", ["file/results.json", "folder", "x" * 300])
def test_a_file_that_cannot_be_written_is_refused_before_the_first_trial(
    suite: pytest.Pytester, option: str, file: str
) -> None:
    (suite.path / "file").touch()
    (suite.path / "folder").mkdir()
    suite.makepyfile(test_it="import pytest\n@pytest.mark.trials(1)\ndef test_it(): print('ran')")
    result = suite.runpytest_inprocess("-s", *f"{option}={file}".split())
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{file} cannot be written: *"])
    result.stdout.no_fnmatch_line("*ran*")
