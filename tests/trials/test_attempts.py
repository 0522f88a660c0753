"""What a trial says: unscored is not failed, and skipped and expected failures keep their meaning."""

from __future__ import annotations

import pytest

from pytest_tmuxagent.evals.formats import read_document
from pytest_tmuxagent.evals.results import TestResult

IMPORTS = """
import errno, pytest
from pathlib import Path
from pytest_tmuxagent.errors import EnvironmentProblem

def count(name):
    file = Path(name)
    file.write_text((file.read_text() if file.exists() else "") + "x")
    return len(file.read_text())
"""


def run(suite: pytest.Pytester, test: str, *options: str) -> pytest.RunResult:
    suite.makepyfile(test_it=IMPORTS + test)
    return suite.runpytest_inprocess("--agent-results=results.json", *options)


def found(suite: pytest.Pytester) -> TestResult:
    (test,) = read_document(suite.path / "results.json").results.tests
    return test


def test_a_trial_that_says_nothing_is_made_again_with_fresh_fixtures(suite: pytest.Pytester) -> None:
    test = """
@pytest.fixture
def made():
    return count("made")

@pytest.mark.trials(1)
def test_it(made):
    if made < 3:
        raise EnvironmentProblem("the disk is away")
"""
    run(suite, test).assert_outcomes(passed=1)
    (trial,) = found(suite).trials
    assert trial.outcome == "passed"
    assert [(each.cause, each.reason) for each in trial.attempts] == [
        ("environment", "pytest_tmuxagent.errors.EnvironmentProblem: the disk is away")
    ] * 2


def test_a_wider_fixture_that_could_not_be_set_up_is_tried_again(suite: pytest.Pytester) -> None:
    test = """
@pytest.fixture(scope="module")
def wide():
    if count("made") < 2:
        raise OSError(errno.ENOSPC, "full")

@pytest.mark.trials(2)
def test_it(wide):
    pass
"""
    run(suite, test).assert_outcomes(passed=1)
    assert [len(trial.attempts) for trial in found(suite).trials] == [1, 0]


def test_a_trial_that_never_says_anything_leaves_the_test_undecided(suite: pytest.Pytester) -> None:
    test = """
@pytest.mark.trials(3, retries=1)
def test_it(agent_trial):
    if agent_trial.number == 2:
        raise MemoryError("no room")
"""
    result = run(suite, test)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["undecided: *", "*1 environment*", "*no room*", "* 1 failed, 1 trial unscored in*"]
    )
    assert [trial.outcome for trial in found(suite).trials] == ["passed", "unscored", "passed"]
    assert len(found(suite).trials[1].attempts) == 1


def test_an_unscored_trial_that_can_change_nothing_leaves_the_verdict(suite: pytest.Pytester) -> None:
    test = """
@pytest.mark.trials(3, pass_rate=0.6, judge="rate", retries=0)
def test_it(agent_trial):
    if agent_trial.number == 2:
        raise MemoryError("no room")
"""
    run(suite, test).assert_outcomes(passed=1)


def test_a_test_bug_fails_the_test_at_once(suite: pytest.Pytester) -> None:
    test = """
@pytest.mark.trials(3)
def test_it():
    count("made")
    undefined
"""
    result = run(suite, test)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*test bug*NameError*"])
    assert (suite.path / "made").read_text() == "x"
    assert [trial.outcome for trial in found(suite).trials] == ["unscored", "not_run", "not_run"]


def test_a_missing_fixture_is_a_test_bug(suite: pytest.Pytester) -> None:
    result = run(suite, "@pytest.mark.trials(3)\ndef test_it(nowhere): pass")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["  1 x fixture 'nowhere' not found (trial 1)"])


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("''", "AssertionError: assert False"),
        (
            "'red \\x1b[31m, half \\ud800, snow \u2603'",
            "AssertionError: red \\x1b[31m, half \\ud800, snow \u2603",
        ),
        ("'first\\nsecond'", "AssertionError: first"),
        ("'x' * 400", f"AssertionError: {'x' * 281}..."),
    ],
)
def test_a_reason_is_one_line_that_can_be_printed(suite: pytest.Pytester, message: str, reason: str) -> None:
    run(suite, f"@pytest.mark.trials(1)\ndef test_it(): assert False, {message}")
    assert found(suite).trials[0].reason == reason


def test_each_attempt_is_stopped_when_its_time_is_up(pytester: pytest.Pytester) -> None:
    test = """
from time import monotonic

@pytest.fixture
def slow():
    end = monotonic() + 10
    while monotonic() < end:
        pass

@pytest.mark.timeout(0.5)
@pytest.mark.trials(1, retries=1)
def test_it(slow): pass
"""
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    run(pytester, test, "-p", "no:anyio").assert_outcomes(failed=1)
    (trial,) = found(pytester).trials
    assert [trial.reason, *(attempt.reason for attempt in trial.attempts)] == [
        "Failed: Timeout (>0.5s) from pytest-timeout."
    ] * 2


def test_a_test_whose_trials_are_all_skipped_is_skipped_for_their_reason(suite: pytest.Pytester) -> None:
    test = """
@pytest.mark.trials(3)
def test_it():
    pytest.skip("no network today")
"""
    result = run(suite, test, "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED [[]1] *no network today"])


def test_a_skipped_trial_is_not_scored(suite: pytest.Pytester) -> None:
    test = """
@pytest.mark.trials(4, pass_rate=0.75, judge="rate")
def test_it(agent_trial):
    if agent_trial.number == 1:
        pytest.skip("warming up")
"""
    run(suite, test).assert_outcomes(passed=1)
    assert found(suite).scored == 3


@pytest.mark.parametrize(
    ("marker", "body", "outcome"),
    [
        ("xfail(reason='hard')", "assert 0", {"xfailed": 1}),
        ("xfail(reason='hard')", "pass", {"xpassed": 1}),
        ("xfail(reason='hard', strict=True)", "pass", {"failed": 1}),
        ("xfail(reason='hard', raises=ValueError)", "assert 0", {"failed": 1}),
        ("xfail(reason='hard', run=False)", "count('made')", {"xfailed": 1}),
        ("skipif(True, reason='not here')", "count('made')", {"skipped": 1}),
    ],
)
def test_a_verdict_heeds_what_is_expected(
    suite: pytest.Pytester, marker: str, body: str, outcome: dict[str, int]
) -> None:
    result = run(suite, f"@pytest.mark.{marker}\n@pytest.mark.trials(2)\ndef test_it(): {body}")
    result.assert_outcomes(**outcome)
    assert not (suite.path / "made").exists()
    verdict = found(suite).verdict
    assert verdict is not None
    # The results know what an unexpected pass is, and excuse nothing.
    expected = "passed" if "xpassed" in outcome else "skipped" if "skipped" in outcome else "failed"
    assert verdict.decision == expected
    assert ("expected to fail: " in verdict.why) == bool({"xfailed", "xpassed"} & set(outcome))


def test_an_expected_failure_of_the_environment_is_still_unscored(suite: pytest.Pytester) -> None:
    test = """
@pytest.mark.xfail(reason="hard")
@pytest.mark.trials(1, retries=0)
def test_it():
    raise MemoryError("no room")
"""
    run(suite, test).assert_outcomes(failed=1)
    assert found(suite).trials[0].cause == "environment"


def test_a_vendor_that_is_overloaded_is_not_the_agents_failure(suite: pytest.Pytester) -> None:
    test = """
from pytest_tmuxagent import fail

@pytest.mark.trials(2, pass_rate=0.5, judge="rate", retries=1)
def test_it(agent, agent_trial):
    if agent_trial.number == 1 and count("made") < 2:
        agent.script.when("hi").reply(fail(529)).always()
    agent.script.reply("hello")
    assert agent.ask("hi").text == "hello"
"""
    run(suite, test).assert_outcomes(passed=1)
    assert [attempt.cause for attempt in found(suite).trials[0].attempts] == ["model_provider"]


def test_one_failure_that_was_not_expected_fails_the_test(suite: pytest.Pytester) -> None:
    test = """
@pytest.mark.xfail(reason="hard", raises=ValueError)
@pytest.mark.trials(2)
def test_it(agent_trial):
    if agent_trial.number == 1:
        raise AssertionError
    raise ValueError
"""
    run(suite, test).assert_outcomes(failed=1)


def test_a_fixture_that_says_xfail_makes_failed_trials_of_an_expected_failure(suite: pytest.Pytester) -> None:
    test = """
@pytest.fixture
def hopeless():
    pytest.xfail("not yet")

@pytest.mark.trials(2)
def test_it(hopeless): pass
"""
    run(suite, test).assert_outcomes(xfailed=1)
    assert [(trial.outcome, trial.cause) for trial in found(suite).trials] == [
        ("failed", "agent_behaviour")
    ] * 2
