"""`--agent-prove`: an agent that does nothing must fail a test, and its solution must pass it."""

from __future__ import annotations

import pytest

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.evals.results import Decision, Outcome, TrialResult
from pytest_tmuxagent.trials.proving import Proof, proof_of

OPTIONS = "--strict-markers --strict-config -p no:cacheprovider --agent-artifacts=off"


@pytest.fixture(autouse=True)
def _strict(pytester: pytest.Pytester) -> None:
    pytester.makeini(
        f"""
        [pytest]
        addopts = {OPTIONS}
        asyncio_default_fixture_loop_scope = function
        filterwarnings = error
        """
    )


def prove(pytester: pytest.Pytester, source: str, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(f"import pytest\nfrom pytest_tmuxagent import fail, say, tool\n\n{source}")
    return pytester.runpytest_inprocess("--agent-prove", *arguments)


GOOD = """
@pytest.mark.trials(20, pass_rate=0.8, solution=[tool.write("a.txt", "hello"), "Done."])
def test_good(agent):
    agent.script.reply("I always fail on the stub.")
    turn = agent.ask("Write hello into a.txt")
    assert turn.files.created == {"a.txt"}
    assert (agent.workdir / "a.txt").read_text() == "hello"
    agent.script.assert_exhausted()
"""


def test_a_test_that_only_its_solution_passes_is_proved(pytester: pytest.Pytester) -> None:
    result = prove(pytester, GOOD, "-rA")
    result.assert_outcomes(passed=1)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*= proofs =*", "test * agent   does nothing  solution  verdict"])
    result.stdout.fnmatch_lines(["*::test_good  claude  failed        passed    passed"])
    result.stdout.fnmatch_lines(["PASSED *::test_good"])


def test_a_test_that_passes_with_an_agent_that_does_nothing_is_worthless(pytester: pytest.Pytester) -> None:
    result = prove(
        pytester,
        """
@pytest.mark.trials(3, solution=["Done."])
def test_bad(agent):
    agent.script.reply(fail(529))
    assert agent.ask("Repair it").stop_reason == "end_turn"
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["worthless: an agent that does nothing passes it. Assert on what *"])
    result.stdout.fnmatch_lines(["trials: 1 passed, 1 not run"])


def test_a_solution_that_fails_is_told_with_its_failure(pytester: pytest.Pytester) -> None:
    result = prove(
        pytester,
        """
@pytest.mark.trials(3, solution=lambda script: script.when("Write").reply("I would rather not."))
def test_hard(agent):
    assert agent.ask("Write it").text == "something else"
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["its own solution fails it: *"])
    result.stdout.fnmatch_lines(["*I would rather not.*"])


def test_without_a_solution_failing_is_proof_enough(pytester: pytest.Pytester) -> None:
    result = prove(
        pytester,
        """
@pytest.mark.agent("claude", "codex")
@pytest.mark.trials(accept=0.9, reject=0.5)
def test_it(agent):
    assert agent.ask("Write a.txt").files.created == {"a.txt"}
        """,
    )
    result.assert_outcomes(passed=2)


def test_a_proof_runs_on_the_stub_whatever_else_is_asked_for(pytester: pytest.Pytester) -> None:
    result = prove(
        pytester,
        """
@pytest.mark.trials(2, solution=["Hello."])
def test_run(agent):
    assert agent.ask("Greet").text == "Hello."

@pytest.mark.agent(rung="scripted")
@pytest.mark.trials(2, solution=["Hello."])
def test_marked(agent):
    assert agent.ask("Greet").text == "Hello."
        """,
        "--agent-rung=scripted",
        "--agent-cli=claude=/nowhere/claude",
    )
    result.assert_outcomes(passed=2)


def test_the_agents_of_programs_are_answered_as_well(pytester: pytest.Pytester) -> None:
    result = prove(
        pytester,
        """
@pytest.mark.trials(2, solution=["LGTM"])
def test_program(agent_sandbox):
    agent_sandbox.script.when("review").reply("of the test")
    done = agent_sandbox.run(["sh", "-c", "claude --print 'please review'"])
    assert done.stdout.strip() == "LGTM"
        """,
    )
    result.assert_outcomes(passed=1)


def test_a_mistake_in_the_test_proves_nothing(pytester: pytest.Pytester) -> None:
    result = prove(
        pytester,
        """
@pytest.mark.trials(2)
def test_typo(agent):
    assert agnet.ask("Greet").text == "Hello."
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*test bug*agnet*"])


def test_other_tests_run_as_ever(pytester: pytest.Pytester) -> None:
    result = prove(
        pytester,
        """
def test_plain(agent):
    agent.script.reply("Hello.")
    assert agent.ask("Greet").text == "Hello."
        """,
    )
    result.assert_outcomes(passed=1)


def test_workers_prove_as_well(pytester: pytest.Pytester) -> None:
    result = prove(pytester, GOOD, "-n", "2")
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("solution", ["'text'", "[]", "3"])
def test_what_can_be_no_solution_is_refused_at_collection(pytester: pytest.Pytester, solution: str) -> None:
    source = f"@pytest.mark.trials(2, solution={solution})\ndef test_it(agent): ..."
    result = prove(pytester, source)
    result.stdout.fnmatch_lines(
        [f"*test_it: the `trials` marker: solution={solution.replace('[', '[[]')}: a function*"]
    )
    assert result.ret == pytest.ExitCode.INTERRUPTED


@pytest.mark.parametrize(
    ("outcomes", "decision", "why"),
    [
        (["failed"], "passed", "an agent that does nothing fails it (it names no solution= to try)"),
        (["passed"], "failed", "worthless"),
        (["unscored"], "undecided", "not proved: the trial with an agent that does nothing gave no score"),
        (["failed", "passed"], "passed", "proved"),
        (["failed", "failed"], "failed", "its own solution fails it"),
        (["passed", "passed"], "failed", "worthless"),
        (["failed", "unscored"], "undecided", "not proved: the trial with its solution gave no score"),
        (["failed", "skipped"], "undecided", "not proved: the trial with its solution gave no score"),
    ],
)
def test_the_verdict_follows_from_both_trials(outcomes: list[Outcome], decision: Decision, why: str) -> None:
    trials = [TrialResult(number=number, outcome=each) for number, each in enumerate(outcomes, start=1)]
    verdict = Proof(size=len(trials)).decide(trials, of=len(trials))
    assert verdict is not None
    assert verdict.decision == decision
    assert verdict.why.startswith(why)


def test_a_solution_makes_it_two_trials() -> None:
    assert (proof_of(None).size, proof_of(["x"]).size, proof_of(print).size) == (1, 2, 2)
    with pytest.raises(Misuse, match=r"solution=\{\}: a function that takes a script"):
        proof_of({})
