"""The `agent_judge` fixture: verdicts become outcomes of a test."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _strict(pytester: pytest.Pytester) -> None:
    pytester.makeini(
        """
        [pytest]
        addopts = --strict-markers --strict-config -p no:cacheprovider -p no:anyio -p no:hypothesispytest
        asyncio_default_fixture_loop_scope = function
        filterwarnings = error
        """
    )


def run(pytester: pytest.Pytester, test: str) -> pytest.RunResult:
    """Run a test that judges; what it spent and its scores are printed at the end of it."""
    pytester.makeconftest(
        """
        import pytest
        from pytest_tmuxagent import budgeting
        from pytest_tmuxagent.judging import agent_judge, take_scores

        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_runtest_teardown(item):
            yield
            print("scores:", take_scores(item), take_scores(item))
            print("cost:", budgeting.take_spent(item).judge_cost_usd)
        """
    )
    pytester.makepyfile(
        "from pytest_tmuxagent.evals.judges import Verdict\n"
        "from pytest_tmuxagent.turn import Turn\n"
        "TURN = Turn(prompts=('go',), text='please', stop_reason='end_turn')\n" + test
    )
    return pytester.runpytest_inprocess("-s")


def test_a_yes_is_given_back_and_its_cost_and_score_are_kept(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        "def is_polite(turn): return Verdict('please' in turn.text, score=0.75, cost_usd=0.25)\n"
        "def test_it(agent_judge):\n"
        "    assert agent_judge(is_polite, TURN).score == 0.75\n"
        "    assert agent_judge(is_polite, TURN)\n"
        "    assert agent_judge(lambda turn: True, TURN, name='always')\n",
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["*scores: {'is_polite': 0.75, 'is_polite 2': 0.75, 'always': 1.0} {}", "cost: 0.5"]
    )


def test_a_no_fails_the_test_with_its_reason_and_is_kept_as_well(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        "def is_short(turn): return Verdict(False, 'too long')\n"
        "def test_it(agent_judge):\n"
        "    agent_judge(is_short, TURN)\n",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*scores: {'is_short': 0.0} {}", "E *JudgedFailed: is_short says no: too long"]
    )
    assert result.stdout.str().count("def __call__") == 0, "the fixture's own frames are hidden"


def test_an_unscored_verdict_fails_the_test_with_what_the_judge_raised(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        "def broken(turn): return turn.tool_calls[0]\n"
        "def test_it(agent_judge):\n"
        "    agent_judge(broken, TURN)\n",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*scores: {} {}",
            "E *IndexError: tuple index out of range",
            "E *JudgeUnscored: broken cannot tell: it raised IndexError: tuple index out of range.*",
        ]
    )
