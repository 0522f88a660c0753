"""`@given` with our fixtures: each example has a fresh agent."""

from __future__ import annotations

import pytest

OPTIONS = "--strict-markers --strict-config -p no:cacheprovider"

MEETS_THEM = """
    from hypothesis import HealthCheck, given, settings, strategies as st

    FEW = settings(max_examples=4, database=None, derandomize=True)
    met = []
"""


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


def run(pytester: pytest.Pytester, source: str) -> pytest.RunResult:
    pytester.makepyfile(f"{MEETS_THEM}\n{source}")
    return pytester.runpytest_inprocess("--agent-artifacts=off")


def test_each_example_has_a_fresh_agent_without_a_word_in_the_settings(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
    @FEW
    @given(number=st.integers(0, 99))
    def test_it(agent, number):
        agent.script.reply(f"it is {number}")
        assert agent.ask("which?").text == f"it is {number}"
        assert [turn.text for turn in agent.turns] == [f"it is {number}"]
        assert not (agent.workdir / "note").exists()
        (agent.workdir / "note").write_text("left behind")
        met.append(agent)

    def test_they_were_others():
        assert len(met) == 4
        assert len({id(agent) for agent in met}) == 4
        assert {agent.key for agent in met} == {"claude-1"}
    """,
    ).assert_outcomes(passed=2)


def test_fixtures_of_the_user_that_live_in_the_sandbox_are_made_anew(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
    import pytest

    told = []

    @pytest.fixture(autouse=True)
    def project(agent_sandbox):
        (agent_sandbox.workdir / "README").write_text("a project")
        told.append("made")
        yield
        told.append("torn down")

    @pytest.fixture
    def bot(agent, agent_script):
        assert agent.script is agent_script
        return agent

    @pytest.fixture
    def agent(agent):
        agent.is_wrapped = True
        return agent

    class TestBots:
        @FEW
        @given(number=st.integers(0, 99))
        def test_it(self, number, bot, agent_tmux):
            assert bot.is_wrapped and bot.state == "idle"
            assert (bot.workdir / "README").exists()
            assert [window.window_name for window in agent_tmux.windows] == ["claude-1"]
            met.append(bot)

    def test_they_were_others():
        assert len({id(agent) for agent in met}) == 4
        assert told[:8] == ["made", "torn down"] * 4
    """,
    ).assert_outcomes(passed=2)


def test_a_coroutine_has_a_fresh_agent_for_each_example(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
    import pytest

    @pytest.mark.asyncio
    @FEW
    @given(number=st.integers(0, 99))
    async def test_it(agent, number):
        assert agent.turns == ()
        agent.script.reply("hello")
        agent.ask("hi")
        met.append(agent)

    @pytest.mark.agent("codex", "claude")
    @FEW
    @given(number=st.integers(0, 99))
    def test_each_of_several(agent, number):
        met.append(agent)

    def test_they_were_others():
        assert [agent.name for agent in met] == ["claude"] * 4 + ["codex"] * 4 + ["claude"] * 4
        assert len({id(agent) for agent in met}) == 12
    """,
    ).assert_outcomes(passed=4)


def test_a_failure_shrinks_and_leaves_the_evidence_of_the_last_example(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
    @settings(database=None, derandomize=True, max_examples=30)
    @given(number=st.integers(0, 99))
    def test_it(agent, number):
        agent.script.reply(f"the number {number}")
        assert agent.ask("which?").text == "the number 0" or number < 3
    """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*number=3,*"])
    sections = [line for line in result.outlines if line.startswith("-") and " agent claude (" in line]
    assert len(sections) == 1
    evidence = result.outlines[result.outlines.index(sections[0]) :]
    assert any("the number 3" in line for line in evidence)
    assert not any("the number 4" in line for line in evidence)


def test_what_an_agent_asks_unscripted_fails_that_example(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
    @settings(database=None, derandomize=True, max_examples=30)
    @given(number=st.integers(0, 99))
    def test_it(agent_sandbox, number):
        if number > 7:
            agent_sandbox.run(["claude", "-p", f"unscripted {number}"])
    """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*number=8,*"])


def test_hypothesis_warns_still_of_fixtures_that_stay(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
    @FEW
    @given(number=st.integers(0, 99))
    def test_it(agent, tmp_path, number):
        pass
    """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*uses a function-scoped fixture*"])


def test_a_parametrised_test_has_a_fresh_agent_for_each_example(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
    import pytest

    @pytest.mark.parametrize("word", ["one", "two"])
    @FEW
    @given(number=st.integers(0, 99))
    def test_it(agent, word, number):
        agent.script.reply(word)
        assert agent.ask("which?").text == word
        assert len(agent.turns) == 1
    """,
    ).assert_outcomes(passed=2)


def test_no_deadline_that_nobody_chose_is_kept_beside_fixtures_that_stay(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
    import time

    @settings(FEW, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(number=st.integers(0, 99))
    def test_it(agent, tmp_path, number):
        began = time.monotonic()
        agent.wait_until(lambda: time.monotonic() - began > 0.25)
    """,
    ).assert_outcomes(passed=1)
