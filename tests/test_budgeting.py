"""Budgets as pytest users meet them: the marker, the ceiling of a run, the table of prices."""

from __future__ import annotations

import signal

import pytest

SPENDS = """
    import pytest

    @pytest.mark.parametrize("number", range(3))
    def test_spends(agent, number):
        agent.script.reply("word " * 400)
        agent.ask("go")
"""
DEAR = '[models."claude-opus-4-8"]\ninput = 0\noutput = 1000\n'
"""A word of the scripts above costs about a tenth of a cent and a quarter: an answer of them 50 cents."""


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


def run(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess("--agent-artifacts=off", *options)


def spends(pytester: pytest.Pytester) -> tuple[str, str]:
    pytester.makepyfile(SPENDS)
    pytester.makefile(".toml", dear=DEAR)
    return "--agent-prices=dear.toml", "--agent-max-cost=0.75"


def test_a_test_that_exceeds_its_budget_fails_with_the_remedy(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.budget(output_tokens=3)
        def test_it(agent):
            agent.script.reply("many words " * 10)
            agent.ask("go")
        """
    )
    result = run(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*BudgetExceeded: claude exceeded the budget*output_tokens=3, reached 28*"])


def test_what_no_wait_of_a_test_has_seen_fails_it_at_its_end(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from pytest_tmuxagent import say

        def spend(agent):
            held = agent.script.reply(say("one").hold())
            agent.send("go")
            held.release()
            while not agent.sandbox.meter.spent.output_tokens:
                pass

        @pytest.mark.budget(output_tokens=0)
        def test_it(agent):
            spend(agent)

        @pytest.mark.budget(output_tokens=0)
        def test_it_fails_by_itself(agent):
            spend(agent)
            assert agent.name == "codex"
        """
    )
    result = run(pytester)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "*output_tokens=0, reached 1. No wait has seen it before the test was over.",
            "E * assert 'claude' == 'codex'",
        ]
    )


def test_the_nearest_marker_wins_limit_by_limit(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        pytestmark = pytest.mark.budget(turns=9, tool_calls=9)

        @pytest.mark.budget(turns=2, seconds=None)
        def test_it(agent_sandbox):
            limits = agent_sandbox.meter.limits
            assert (limits.turns, limits.tool_calls, limits.seconds) == (2, 9, None)
        """
    )
    run(pytester).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("turn=5", "has no argument 'turn'; it takes turns, tool_calls, *"),
        ("5", "takes names, as in budget(turns=5); not 5"),
        ("", "limits nothing; it takes turns, *"),
        ("turns=1.5", "has turns=1.5; it takes a whole number, 0 or more*"),
        ("turns=True", "has turns=True; *"),
        ("cost_usd='1'", "has cost_usd='1'; it takes a number, 0 or more*"),
        ("seconds=-1", "has seconds=-1; *"),
        ("cost_usd=float('nan')", "has cost_usd=nan; *"),
        ("seconds=-(10**400)", "has seconds=-1000*"),
    ],
)
def test_a_marker_that_cannot_be_is_refused_before_anything_runs(
    pytester: pytest.Pytester, arguments: str, words: str
) -> None:
    pytester.makepyfile(
        test_it=f"""
        import pytest

        def test_before():
            print("something ran")

        @pytest.mark.budget({arguments})
        def test_it(agent): ...
        """
    )
    result = run(pytester, "-s")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    pattern = f"ERROR: test_it.py::test_it: the `budget` marker {words}".replace("[", "[[]")
    result.stderr.fnmatch_lines([pattern])
    result.stdout.no_fnmatch_line("*something ran*")


def test_where_the_run_has_cost_enough_nothing_further_runs(pytester: pytest.Pytester) -> None:
    result = run(pytester, *spends(pytester), "-rs")
    # The second test reaches the ceiling with the end of its turn.
    result.assert_outcomes(passed=1, failed=1, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "*BudgetExceeded: this run has cost $1.0000, and --agent-max-cost is $0.75*",
            "tmuxagent: the models have cost $1.0000 of --agent-max-cost=$0.75: reached, nothing further*",
            "SKIPPED [[]1] *.py:[0-9]*: not run: the models have cost $1.0000, and --agent-max-cost is $0.75",
        ],
    )


def test_tests_without_agents_run_on(pytester: pytest.Pytester) -> None:
    options = spends(pytester)
    pytester.makepyfile(test_z="def test_unrelated(): ...")
    run(pytester, *options).assert_outcomes(passed=2, failed=1, skipped=1)


def test_all_workers_pay_out_of_one_purse(pytester: pytest.Pytester) -> None:
    pytester.makefile(".toml", dear=DEAR)
    pytester.makepyfile(
        """
        import os
        from pathlib import Path
        import pytest

        def wait_for(agent, name):
            agent.wait_until(Path(name).exists, timeout=60)

        def test_pays(agent):  # In one worker.
            agent.script.reply("word " * 400)
            agent.ask("go")
            Path("paid").touch()
            wait_for(agent, "seen")

        def test_sees_it(agent):  # In the other one.
            agent.script.reply("hi")
            agent.ask("go")
            wait_for(agent, "paid")
            from pytest_tmuxagent.errors import BudgetExceeded
            agent.script.reply("word " * 400)
            try:
                with pytest.raises(BudgetExceeded, match="this run has cost"):
                    agent.ask("go on")
            finally:
                Path("seen").touch()
        """
    )
    result = pytester.runpytest(
        "-n", "2", "--agent-artifacts=off", "--agent-prices=dear.toml", "--agent-max-cost=0.75"
    )
    result.stdout.fnmatch_lines(
        ["tmuxagent: the models have cost $1.00* of --agent-max-cost=$0.75: reached*"]
    )


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "parallel"])
def test_a_run_that_is_killed_leaves_nothing_but_in_pytests_own_folder(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    temporary = pytester.mkdir("temporary")
    monkeypatch.setenv("TMPDIR", str(temporary))
    pytester.makepyfile(
        """
        import os, signal

        def test_is_killed(request):
            input = getattr(request.config, "workerinput", None)
            os.kill(os.getpid() if input is None else os.getppid(), signal.SIGKILL)
        """
    )
    done = pytester.runpytest_subprocess("--agent-max-cost=9", f"--basetemp={pytester.path}/own", *options)
    assert done.ret == -signal.SIGKILL
    assert list(temporary.glob("tmuxagent-*")) == []


def test_a_ceiling_leaves_no_file(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(): ...")
    run(pytester, "--agent-max-cost=9", f"--basetemp={pytester.path}/own").assert_outcomes(passed=1)
    assert list((pytester.path / "own").iterdir()) == []


def test_below_the_ceiling_the_run_says_what_it_has_cost(pytester: pytest.Pytester) -> None:
    prices, _limit = spends(pytester)
    result = run(pytester, prices, "--agent-max-cost=9")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["tmuxagent: the models have cost $1.5000 of --agent-max-cost=$9"])


def test_without_a_ceiling_nothing_is_said(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(): ...")
    run(pytester).stdout.no_fnmatch_line("*the models have cost*")


@pytest.mark.parametrize("written", ["0", "-1", "much", "nan", "inf"])
def test_a_ceiling_that_cannot_be_is_refused(pytester: pytest.Pytester, written: str) -> None:
    pytester.makepyfile("def test_it(): ...")
    result = run(pytester, f"--agent-max-cost={written}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --agent-max-cost={written}: it is an amount of USD above 0*"])


def test_the_table_of_the_ini_file_is_used(pytester: pytest.Pytester) -> None:
    pytester.makefile(".toml", dear=DEAR)
    pytester.makepyfile(
        """
        def test_it(agent):
            agent.script.reply("word " * 400)
            agent.ask("go")
            assert agent.sandbox.meter.spent.cost_usd == 0.5
        """
    )
    run(pytester, "-o", "agent_prices=dear.toml").assert_outcomes(passed=1)


def test_a_table_that_cannot_be_is_refused_at_once(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(): ...")
    pytester.makefile(".toml", wrong="[models.m]\ninput = 1\n")
    result = run(pytester, "--agent-prices=wrong.toml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --agent-prices: *wrong.toml: models.m lacks 'output'*"])


def test_what_a_test_has_spent_can_be_taken_once_it_is_over(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest
        from pathlib import Path
        from pytest_tmuxagent import budgeting

        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_runtest_protocol(item):
            result = yield
            spent = [budgeting.take_spent(item) for _ in range(2)]
            Path("spent").write_text(" ".join(f"{each.turns}/{each.tool_calls}" for each in spent))
            return result

        def pytest_terminal_summary(config, terminalreporter):
            if not hasattr(config, "workerinput"):
                terminalreporter.write_line(f"unpriced: {budgeting.unpriced_models(config)}")
        """
    )
    pytester.makepyfile(
        """
        import pytest
        from pytest_tmuxagent import tool

        @pytest.mark.agent("plain")
        def test_it(agent):
            agent.script.reply(tool.shell("true")).reply("done")
            agent.ask("go")
        """
    )
    result = pytester.runpytest("-n", "1", "--agent-artifacts=off")
    result.assert_outcomes(passed=1)
    assert (pytester.path / "spent").read_text() == "1/1 0/0"
    result.stdout.fnmatch_lines(["unpriced: ('plain',)"])


TELLING_CAUSES = """
import pytest
from pytest_tmuxagent import budgeting

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    if call.excinfo is not None:
        print(item.name, budgeting.cause_in(item, call.excinfo.value, phase=call.when))
    return (yield)
"""


def test_the_cause_of_a_failure_is_read_off_all_its_agents(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(TELLING_CAUSES)
    pytester.makepyfile(
        """
        import os
        import pytest
        from pytest_tmuxagent import crash, fail, refuse, say

        def test_bug(agent):
            agnet.ask("go")

        def test_early(agent):
            raise KeyError

        def test_behaves(agent):
            agent.script.reply("no")
            assert agent.ask("go").text == "yes"

        def test_overloaded(agent):
            agent.script.reply(fail(529)).always()
            assert agent.ask("go").text == "yes"

        def test_overloads(agent_sandbox):
            agent_sandbox.script.reply(fail(529)).always()
            assert agent_sandbox.run(["claude", "-p", "go"]).returncode == 0

        def test_refuses(agent):
            agent.script.reply(refuse("I will not."))
            assert agent.ask("go").text == "yes"

        def test_crashes(agent):
            agent.script.reply(crash(signal="SIGKILL"))
            agent.ask("go")

        @pytest.fixture
        def agent_options(request):
            is_wrong = request.node.name == "test_starts_not"
            return {"arguments": ["--no-such-option"]} if is_wrong else {}

        def test_starts_not(agent): ...
        """
    )
    result = run(pytester, "-s")
    result.stdout.fnmatch_lines(
        [
            "*test_bug test_bug",
            "*test_early test_bug",
            "*test_behaves agent_behaviour",
            "*test_overloaded model_provider",
            "*test_overloads model_provider",
            "*test_refuses refusal",
            "*test_crashes agent_crash",
            "*test_starts_not environment",
        ]
    )


def test_the_failure_of_one_agent_excuses_no_other(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from pytest_tmuxagent import fail

        @pytest.fixture
        def both(launch_agent):
            failing, wrong = launch_agent("claude"), launch_agent("codex")
            failing.script.reply(fail(529)).always()
            wrong.script.when("refused").reply(fail(400)).always()
            wrong.script.reply("no").always()
            return failing, wrong

        def is_right(turn):
            assert turn.text == "yes"

        def test_turn(both):
            failing, wrong = both
            turns = failing.ask("go"), wrong.ask("go")
            is_right(turns[1])

        def test_agent(both):
            failing, wrong = both
            failing.ask("go")
            assert wrong.ask("go").text == "yes"

        def test_earlier(both):
            failing, wrong = both
            overloaded = failing.ask("go")
            wrong.ask("go")
            assert overloaded.text == "yes"

        def test_overloaded_agent(both):
            failing, wrong = both
            wrong.ask("go")
            failing.ask("go")
            wrong.ask("go")
            assert failing.turns[-1].text == "yes"

        def test_asks_wrongly(both):
            failing, wrong = both
            failing.ask("go")
            assert wrong.ask("refused").text == "yes"

        def test_nobody(both):
            failing, wrong = both
            turns = failing.ask("go"), wrong.ask("go")
            made = False
            assert made
        """
    )
    pytester.makeconftest(TELLING_CAUSES)
    run(pytester, "-s").stdout.fnmatch_lines(
        [
            "*test_turn agent_behaviour",
            "*test_agent agent_behaviour",
            "*test_earlier model_provider",
            "*test_overloaded_agent model_provider",
            "*test_asks_wrongly agent_behaviour",
            "*test_nobody model_provider",
        ]
    )
