"""Whatever kind of test has trials, each of them is a test of its own."""

from __future__ import annotations

import pytest

ASYNC = "asyncio_default_fixture_loop_scope=function"


def test_each_trial_has_fresh_fixtures_and_shares_those_of_the_module(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="""
        import pytest

        seen = []

        @pytest.fixture(scope="module")
        def wide():
            value = object()
            yield value
            assert len(seen) == 3 and all(each is value for each, _ in seen)
            assert len({id(each) for _, each in seen}) == 3

        @pytest.fixture
        def narrow():
            return object()

        @pytest.mark.trials(3)
        def test_it(wide, narrow, request):
            seen.append((wide, narrow))
            assert request.node.name == f"test_it[trial{len(seen)}]"

        def test_after():
            assert len(seen) == 3
        """
    )
    suite.runpytest_inprocess().assert_outcomes(passed=2)


def test_each_trial_has_an_instance_of_its_class(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.trials(3)
        class TestIt:
            def setup_method(self):
                assert not hasattr(self, "used")

            def test_it(self):
                self.used = True
        """
    )
    suite.runpytest_inprocess().assert_outcomes(passed=1)


def test_a_test_case_of_unittest_has_trials(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="""
        import unittest, pytest

        class It(unittest.TestCase):
            made = 0

            def setUp(self):
                assert not hasattr(self, "used")
                type(self).made += 1

            @pytest.mark.trials(4, pass_rate=0.5, judge="rate")
            def test_it(self):
                self.used = True
                self.assertLess(self.made, 4)

            @unittest.skip("not today")
            @pytest.mark.trials(2)
            def test_skipped(self):
                pass
        """
    )
    result = suite.runpytest_inprocess()
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*1 passed, 1 skipped, 1 trial failed, 2 trial skipped in*"])


def test_items_of_other_plugins_have_trials(suite: pytest.Pytester) -> None:
    suite.makeconftest(
        """
        import pytest

        class Lines(pytest.File):
            def collect(self):
                yield Line.from_parent(self, name="one")

        class Line(pytest.Item):
            runs = 0

            def runtest(self):
                Line.runs += 1
                assert Line.runs != 2

        def pytest_collect_file(parent, file_path):
            return Lines.from_parent(parent, path=file_path) if file_path.suffix == ".lines" else None

        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.trials(3, pass_rate=0.5, judge="rate"))
        """
    )
    suite.makefile(".lines", it="")
    suite.makepyfile(test_it='">>> 1 + 1\\n2"')
    result = suite.runpytest_inprocess("--doctest-modules")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*2 passed, 1 trial failed in*"])


def test_coroutines_have_trials(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import asyncio, pytest

        @pytest.fixture
        async def value():
            yield 1

        @pytest.mark.asyncio
        @pytest.mark.trials(3, pass_rate=0.5, judge="rate")
        async def test_it(agent_trial, value):
            await asyncio.sleep(0)
            assert agent_trial.number != 2
        """
    )
    result = pytester.runpytest_inprocess(
        "-p", "no:anyio", "--agent-artifacts=off", "-o", ASYNC, "--asyncio-mode=auto"
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*1 passed, 1 trial failed in*"])


def test_parameters_and_agents_have_trials_each_and_the_results_tell_them_apart(
    suite: pytest.Pytester,
) -> None:
    suite.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.agent("claude", "codex")
        @pytest.mark.trials(2)
        @pytest.mark.parametrize("word", ["hi"])
        def test_it(agent, word):
            agent.script.reply("hello")
            assert agent.ask(word).text == "hello"
        """
    )
    result = suite.runpytest_inprocess("-v", "--agent-results=results.json")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        ["*::test_it[[]claude-hi-trial2] TRIAL PASSED*", "*::test_it[[]claude-hi] PASSED*"]
    )
    from pytest_tmuxagent.evals.formats import read_document

    found = read_document(suite.path / "results.json").results.tests
    assert {(test.agent, test.group) for test in found} == {
        ("claude", "test_it.py::test_it[hi]"),
        ("codex", "test_it.py::test_it[hi]"),
    }
    assert [trial.spent.turns for test in found for trial in test.trials] == [1, 1, 1, 1]


def test_subtests_that_fail_make_a_failed_trial(suite: pytest.Pytester) -> None:
    pytest.importorskip("_pytest.subtests")
    suite.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.trials(3, pass_rate=0.5, judge="rate")
        def test_it(subtests, agent_trial):
            with subtests.test("one"):
                assert agent_trial.number != 2
            with subtests.test("two"):
                pass
        """
    )
    result = suite.runpytest_inprocess("--maxfail=1", "--junitxml=junit.xml")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*1 passed, 1 trial failed in*"])
    assert 'tests="1"' in (suite.path / "junit.xml").read_text()


def test_a_plugin_that_reruns_failures_leaves_trials_alone(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.flaky(reruns=3)
        @pytest.mark.trials(2, pass_rate=0.5, judge="rate")
        def test_it(agent_trial):
            assert agent_trial.number == 1
        """
    )
    result = suite.runpytest_inprocess("--reruns=2")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*1 passed, 1 trial failed in*"])


def test_the_trial_is_told_and_seeded_the_same_in_each_run(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.trials(2)
        def test_it(agent_trial):
            with open("told", "a") as file:
                file.write(f"{agent_trial.number}/{agent_trial.of} {agent_trial.random.random()}\\n")

        def test_plain(agent_trial):
            assert (agent_trial.number, agent_trial.of) == (1, 1)
        """
    )
    for seed in ("0", "0", "1"):
        suite.runpytest_inprocess(f"--agent-seed={seed}").assert_outcomes(passed=2)
    lines = (suite.path / "told").read_text().splitlines()
    first, again, other = lines[:2], lines[2:4], lines[4:]
    assert first == again
    assert [line.split()[0] for line in other] == ["1/2", "2/2"]
    assert len({*first, *other}) == 4


@pytest.mark.parametrize(
    ("marker", "complaint"),
    [
        ("trials(0)", "n=0: a whole number of trials*"),
        ("trials()", "give a number, trials(20), or two rates*"),
        ("trials(3, 0.8)", "takes one number, trials(3); name the rest*"),
        ("trials(3, n=3)", "is given two numbers*"),
        ("trials(3, passrate=0.8)", "has no argument 'passrate'; it takes n, pass_rate*"),
        ("trials(3, retries=-1)", "has retries=-1; it takes a whole number*"),
        ("trials(5, pass_rate=0.8)", "5 trials cannot show a rate of 0.8 * it takes 16*"),
    ],
)
def test_a_marker_that_cannot_be_is_refused_at_collection(
    suite: pytest.Pytester, marker: str, complaint: str
) -> None:
    suite.makepyfile(test_it=f"import pytest\n@pytest.mark.{marker}\ndef test_it(): pass")
    result = suite.runpytest_inprocess("--collect-only")
    result.stdout.fnmatch_lines([f"test_it.py::test_it: the `trials` marker*{complaint}"])


def test_a_marker_of_one_parameter_is_read(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.parametrize("x", [1, pytest.param(2, marks=pytest.mark.trials(0))])
        def test_it(x): pass
        """
    )
    result = suite.runpytest_inprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*test_it.py::test_it[[]2]: the `trials` marker: n=0*"])


def test_trials_of_a_property_are_refused(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from hypothesis import given, strategies as st

        @pytest.mark.trials(2)
        @given(st.integers())
        def test_it(x): pass
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:asyncio", "-p", "no:anyio")
    result.stdout.fnmatch_lines(["*the `trials` marker and @given exclude each other*"])


def test_the_command_line_gives_another_number_of_trials(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.trials(20, pass_rate=0.8)
        def test_it(agent_trial):
            assert agent_trial.of == 2
        """
    )
    result = suite.runpytest_inprocess("--agent-trials=2")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["test_it.py ++.*"])
