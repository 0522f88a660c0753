"""Options of the command line and the ini file."""

from __future__ import annotations

import pytest

TRIALS = """
import pytest

@pytest.mark.trials(4, pass_rate=0.25, judge="rate")
def test_odd(agent_trial):
    assert agent_trial.number % 2
"""


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(test_k=TRIALS)
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", "--agent-artifacts=off", *arguments)


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


@pytest.mark.parametrize(
    "told", [["--agent-k=2,1"], ["-o", "agent_k=1,2"], ["--agent-k=1,2", "-o", "agent_k=9"]]
)
def test_the_chances_of_trials_are_told_for_the_k_that_is_asked_for(
    pytester: pytest.Pytester, told: list[str]
) -> None:
    run(pytester, *told).stdout.fnmatch_lines(
        [
            "test * pass@1  pass^1  pass@2  pass^2 * verdict",
            "*::test_odd * 0.50    0.50    0.83    0.17 * passed",
        ]
    )


def test_a_k_that_needs_more_trials_is_told(pytester: pytest.Pytester) -> None:
    run(pytester, "--agent-k=1,5").stdout.fnmatch_lines(
        ["*::test_odd*", "pass@5 and pass^5 are not estimable for 1 of 1 results: too few scored trials"]
    )


def test_a_k_that_cannot_be_is_refused_at_once(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--agent-k=0")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--agent-k: '0' is no list of at most 10 whole numbers above 0, as 1,3,5"])
