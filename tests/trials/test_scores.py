"""What judges say of a trial, and what stops it from outside, stand in its results."""

from __future__ import annotations

import pytest

from pytest_tmuxagent.evals.formats import read_document
from pytest_tmuxagent.evals.results import TestResult

PRICES = """
[models."claude-opus-4-8"]
input = 0
output = 100_000
"""


def run(suite: pytest.Pytester, test: str, *options: str) -> tuple[pytest.RunResult, TestResult]:
    """Run one test with trials; give what became of them as well."""
    suite.makepyfile(test_it=test)
    result = suite.runpytest_inprocess("--agent-results=results.json", *options)
    (found,) = read_document(suite.path / "results.json").results.tests
    return result, found


def test_scores_and_costs_of_judges_stand_in_the_results_of_their_trial(suite: pytest.Pytester) -> None:
    result, found = run(
        suite,
        """
        import pytest
        from pytest_tmuxagent.evals.judges import Verdict
        from pytest_tmuxagent.turn import Turn

        asked = []

        @pytest.mark.trials(2, pass_rate=0.5, judge="rate")
        def test_it(agent_judge, agent_trial):
            def is_kind(turn):
                asked.append(turn)
                if len(asked) == 1:
                    return Verdict.unscored("no words", cost_usd=0.25)
                return Verdict(agent_trial.number == 1, score=0.125 * agent_trial.number, cost_usd=0.5)

            agent_judge(is_kind, Turn(prompts=("go",), text="please", stop_reason="end_turn"))
        """,
    )
    result.assert_outcomes(passed=1)
    assert [trial.scores for trial in found.trials] == [{"is_kind": 0.125}, {"is_kind": 0.25}]
    # What the attempt cost that gave no score was paid as well.
    assert [trial.spent.judge_cost_usd for trial in found.trials] == [0.75, 0.5]


@pytest.mark.parametrize("how", ["ask", "wrapped"])
def test_trials_that_the_ceiling_of_the_run_stops_were_not_run(suite: pytest.Pytester, how: str) -> None:
    suite.path.joinpath("dear.toml").write_text(PRICES)
    result, found = run(
        suite,
        """
        import pytest
        from pytest_tmuxagent import say, tool

        @pytest.mark.agent("claude")
        @pytest.mark.trials(3)
        def test_it(agent, agent_trial):
            if agent_trial.number == 1:
                agent.script.reply("cheap enough")
                agent.ask("go")
                return
            agent.script.when("go").reply("many words " * 10, tool.shell("true")).always()
            try:
                agent.ask("go")
            except Exception as error:
                if "HOW" == "ask":
                    raise
                raise AssertionError("did not go well") from error
        """.replace("HOW", how),
        "--agent-prices=dear.toml",
        "--agent-max-cost=1",
    )
    result.assert_outcomes(failed=1)
    assert [(trial.outcome, trial.cause) for trial in found.trials][1:] == [("not_run", None)] * 2
    assert found.trials[0].outcome == "passed"
    assert found.spent.cost_usd
    assert found.spent.cost_usd >= 1
    result.stdout.fnmatch_lines(["undecided: *", "trials: 1 passed, 2 not run"])


def test_a_model_without_a_price_is_told_once(suite: pytest.Pytester) -> None:
    result, _ = run(
        suite,
        """
        import pytest

        @pytest.mark.agent("plain")
        @pytest.mark.trials(2)
        def test_it(agent):
            agent.script.reply("hello")
            assert agent.ask("hi").text == "hello"
        """,
    )
    told = [line for line in result.outlines if "no price is known" in line]
    assert told == ["no price is known for plain: give one in a TOML file (--agent-prices=FILE)"]


def test_each_attempt_keeps_its_evidence(suite: pytest.Pytester) -> None:
    run(
        suite,
        """
        import pytest

        @pytest.mark.trials(2, pass_rate=0.5, judge="rate", retries=1)
        def test_it(agent, agent_trial):
            if agent_trial.number == 1:
                raise MemoryError
            assert False
        """,
        "--agent-artifacts=retain-on-failure",
    )
    assert sorted(folder.name for folder in (suite.path / "agent-artifacts").iterdir()) == [
        "test_it.py-test_it[trial1]",
        "test_it.py-test_it[trial1]-2",
        "test_it.py-test_it[trial2]",
    ]
