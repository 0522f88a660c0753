"""The plugin as pytest users meet it."""

from __future__ import annotations

import pytest

USES_AGENT = """
    import pytest
    {marker}
    def test_it(agent):
        agent.script.reply("hello")
        assert agent.ask("hi").text == "hello"
"""


@pytest.fixture(autouse=True)
def _strict(pytester: pytest.Pytester) -> None:
    # The plugins of our examples' libraries take half of a run's time.
    pytester.makeini(
        """
        [pytest]
        addopts = --strict-markers --strict-config -p no:cacheprovider -p no:anyio -p no:hypothesispytest
        asyncio_default_fixture_loop_scope = function
        filterwarnings = error
        """
    )


def makes_test(pytester: pytest.Pytester, marker: str = "") -> None:
    pytester.makepyfile(USES_AGENT.format(marker=marker))


def test_a_first_test_passes(pytester: pytest.Pytester) -> None:
    makes_test(pytester)
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


@pytest.mark.parametrize("option", ["--collect-only", "--fixtures", "--setup-plan", "--help"])
def test_looking_around_starts_nothing(pytester: pytest.Pytester, option: str) -> None:
    makes_test(pytester)
    pytester.makeconftest(
        """
        import sys
        def pytest_unconfigure():
            print("engine loaded:", "pytest_tmuxagent.bench" in sys.modules)
        """
    )
    result = pytester.runpytest_subprocess(option)
    result.stdout.fnmatch_lines(["engine loaded: False"])
    assert result.ret == 0


def test_a_marker_with_names_gives_a_test_for_each(pytester: pytest.Pytester) -> None:
    makes_test(pytester, '@pytest.mark.agent("claude", "codex")')
    result = pytester.runpytest_subprocess("-v")
    result.stdout.fnmatch_lines(["*test_it[[]claude] PASSED*", "*test_it[[]codex] PASSED*"])


def test_the_agent_option_parametrises_unmarked_tests(pytester: pytest.Pytester) -> None:
    makes_test(pytester)
    result = pytester.runpytest_subprocess("--agent", "pi", "--agent", "gemini", "--collect-only", "-q")
    result.stdout.fnmatch_lines(["*test_it[[]pi]", "*test_it[[]gemini]"])


def test_the_agent_option_filters_marked_tests(pytester: pytest.Pytester) -> None:
    makes_test(pytester, '@pytest.mark.agent("claude", "codex")')
    result = pytester.runpytest_subprocess("--agent", "codex", "--collect-only", "-q")
    result.stdout.fnmatch_lines(["*test_it[[]codex]", "*1/2 tests collected (1 deselected)*"])


def test_the_ini_file_names_the_default_agent(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(agent):\n    assert agent.name == 'opencode'\n")
    result = pytester.runpytest_subprocess("-o", "agent_name=opencode")
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("marker", "complaint"),
    [
        ("@pytest.mark.agent(permission='ask')", "test_it: the `agent` marker has no argument 'permission'"),
        ("@pytest.mark.agent(permissions='maybe')", "permissions='maybe'; it takes 'allow' or 'ask'"),
        ("@pytest.mark.agent(rung='moon')", "rung='moon'; it takes 'stub' or"),
        ("@pytest.mark.agent(rungs=('moon',))", "rungs=('moon',); it takes a tuple of"),
        ("@pytest.mark.agent(3)", "names 3, which is no agent's name"),
    ],
)
def test_a_wrong_marker_is_refused_by_name(pytester: pytest.Pytester, marker: str, complaint: str) -> None:
    makes_test(pytester, marker)
    result = pytester.runpytest_subprocess()
    assert result.ret != 0
    assert complaint in result.stdout.str() + result.stderr.str()


def test_an_unknown_agent_is_refused_with_those_known(pytester: pytest.Pytester) -> None:
    makes_test(pytester, "@pytest.mark.agent('clod')")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*UnknownAgent: no agent is called 'clod'. Known: claude, codex,*"])


@pytest.mark.parametrize("rung", ["replay", "live"])
def test_a_rung_that_is_not_there_says_what_is_missing(pytester: pytest.Pytester, rung: str) -> None:
    makes_test(pytester)
    result = pytester.runpytest_subprocess(f"--agent-rung={rung}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*the rung '{rung}' is not available: *not part of this version*"])


def test_a_marker_that_asks_for_a_missing_rung_is_an_error(pytester: pytest.Pytester) -> None:
    makes_test(pytester, "@pytest.mark.agent(rung='replay')")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*RungUnavailable: *test_it: the rung 'replay' is not available*"])


@pytest.mark.parametrize(
    ("written", "why"),
    [("claude", "write it as NAME=PATH"), ("claud=/opt/claude", "no agent is called 'claud': claude, codex")],
)
def test_a_cli_named_wrongly_is_told(pytester: pytest.Pytester, written: str, why: str) -> None:
    makes_test(pytester, "@pytest.mark.agent(rung='scripted')")
    result = pytester.runpytest_subprocess("--agent-cli", written)
    result.stdout.fnmatch_lines([f"*UsageError: --agent-cli {written}: {why}*"])


def test_a_test_for_other_rungs_is_skipped_with_the_reason(pytester: pytest.Pytester) -> None:
    makes_test(pytester, "@pytest.mark.agent(rungs=('live',))")
    result = pytester.runpytest_subprocess("-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*runs on the rungs live only, this is stub*"])


def test_what_runs_a_real_cli_is_an_integration_test(pytester: pytest.Pytester) -> None:
    makes_test(pytester, "@pytest.mark.agent(rung='scripted')")
    result = pytester.runpytest_subprocess("-m", "not integration")
    result.assert_outcomes(deselected=1)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("{'sise': (80, 24)}", "agent_options has no 'sise'; it takes arguments, environment,"),
        ("{'size': 80}", "agent_options['size'] = 80; wanted: (columns, rows)"),
        ("{'size': (1, 1)}", "agent_options['size'] = (1, 1); wanted: (columns, rows), (4, 3) or more"),
        (
            "{'environment': {'A=B': ''}}",
            "agent_options['environment'] = {'A=B': ''}; wanted: a dict of strings",
        ),
        ("{'timeout': 0}", "agent_options['timeout'] = 0; wanted: seconds above 0"),
    ],
)
def test_wrong_options_are_refused_by_name(pytester: pytest.Pytester, options: str, complaint: str) -> None:
    makes_test(
        pytester, f"@pytest.fixture\ndef agent_options():\n    return {options}\n".replace("\n", "\n    ")
    )
    result = pytester.runpytest_subprocess()
    assert complaint in result.stdout.str()
    result.assert_outcomes(errors=1)


def test_a_timeout_that_is_no_number_is_refused(pytester: pytest.Pytester) -> None:
    makes_test(pytester)
    result = pytester.runpytest_subprocess("-o", "agent_timeout=soon")
    assert "agent_timeout = 'soon' is no number of seconds above 0" in result.stdout.str()


def test_an_agent_of_the_users_own_answers(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        bot="while True:\n    said = input('you> ')\n    print('bot:', said.upper())\n",
        conftest="""
            import sys
            from pathlib import Path
            from pytest_tmuxagent import screen_agent

            BOT = Path(__file__).parent / "bot.py"

            def pytest_tmuxagent_agents():
                return [screen_agent("bot", command=[sys.executable, str(BOT)], idle=r"^you> ?$")]
        """,
        test_bot="""
            import pytest

            @pytest.mark.agent("bot")
            def test_bot(agent):
                assert agent.ask("hello").text == "bot: HELLO"
                assert agent.ask("again").text == "bot: AGAIN"
                assert [turn.prompt for turn in agent.turns] == ["hello", "again"]
        """,
    )
    pytester.runpytest_subprocess("test_bot.py").assert_outcomes(passed=1)


def test_an_agents_hook_that_gives_nonsense_is_refused(pytester: pytest.Pytester) -> None:
    makes_test(pytester)
    pytester.makeconftest("def pytest_tmuxagent_agents():\n    return ['bot']\n")
    result = pytester.runpytest_subprocess()
    result.stdout.fnmatch_lines(["*a `pytest_tmuxagent_agents` hook gave 'bot', which is no AgentProfile*"])


def test_our_fixtures_live_beside_libtmux_s_own(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_both(agent, server):
            assert agent.state == "idle"
            assert not server.is_alive()
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_an_async_test_uses_an_agent(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import asyncio, pytest

        @pytest.mark.asyncio
        async def test_async(agent):
            agent.script.reply("hello")
            turn = await asyncio.to_thread(agent.ask, "hi")
            assert turn.text == "hello"
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_rerun_gets_an_agent_of_its_own(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        seen = []
        def test_flaky(agent):
            seen.append(agent.sandbox.root)
            assert len(seen) == 2
            assert len(set(seen)) == 2
        """
    )
    result = pytester.runpytest_subprocess("--reruns", "1")
    assert result.parseoutcomes() == {"passed": 1, "rerun": 1}


def test_nothing_keeps_the_agent_of_a_test_that_is_over(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import gc, weakref
        import pytest

        BEFORE = []

        @pytest.mark.parametrize("number", range(4))
        def test_it(agent, number):
            agent.script.reply("hello")
            agent.ask("hi")
            BEFORE.append(tuple(map(weakref.ref, (agent, agent.sandbox))))

        def test_the_next_one():
            gc.collect()
            kept = [[each() for each in refs] for refs in BEFORE]
            # The thread of all sandboxes may hold what it served last.
            assert kept[:-1] == [[None, None]] * 3
        """
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=5)


def test_tests_run_side_by_side_under_xdist(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        @pytest.mark.parametrize("number", range(12))
        def test_it(agent, number):
            agent.script.reply(str(number))
            assert agent.ask("which?").text == str(number)
        """
    )
    pytester.runpytest_subprocess("-n", "4").assert_outcomes(passed=12)


def test_a_test_that_times_out_shows_its_agent(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from pytest_tmuxagent import say

        @pytest.fixture
        def asked(agent):
            agent.script.reply(say("never").hold())
            agent.send("go")
            return agent

        @pytest.mark.timeout(1, func_only=True)
        def test_slow(asked):
            asked.wait(timeout=60)

        def test_next(agent):
            agent.script.reply("fine")
            assert agent.ask("hi").text == "fine"
        """
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["E*Timeout*1*s*", "*agent claude (claude-1)*", "turn 1: open*prompt 'go'"])


def test_debugging_at_a_terminal_refuses_workers(pytester: pytest.Pytester) -> None:
    makes_test(pytester)
    result = pytester.runpytest_subprocess("--agent-debug", "-n", "2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--agent-debug waits at the terminal: leave out -n*"])
