"""`@pytest.mark.prompts`: a test runs once for each prompt of a file."""

from __future__ import annotations

import pytest

OPTIONS = "--strict-markers --strict-config -p no:cacheprovider --agent-artifacts=off"


@pytest.fixture(autouse=True)
def _two_prompts(pytester: pytest.Pytester) -> None:
    pytester.makeini(
        f"""
        [pytest]
        addopts = {OPTIONS}
        asyncio_default_fixture_loop_scope = function
        filterwarnings = error
        """
    )
    folder = pytester.mkdir("prompts")
    (folder / "plain.md").write_text("Repair it.\n", encoding="utf-8")
    (folder / "angry.md").write_text("Repair it!\n", encoding="utf-8")
    (pytester.path / "cases.csv").write_text("id,prompt,limit\none,Do it.,3\n", encoding="utf-8")


def collected(pytester: pytest.Pytester, source: str, *arguments: str) -> list[str]:
    pytester.makepyfile(source)
    result = pytester.runpytest_inprocess("--collect-only", "-q", *arguments)
    return [line for line in result.outlines if "::" in line]


def test_each_prompt_is_an_item_of_its_own(pytester: pytest.Pytester) -> None:
    names = collected(
        pytester,
        """
        import pytest

        @pytest.mark.agent("claude", "codex")
        @pytest.mark.prompts("prompts/*.md")
        def test_it(agent, prompt): ...
        """,
    )
    file = "test_each_prompt_is_an_item_of_its_own.py"
    assert names == [
        f"{file}::test_it[{prompt}-{agent}]" for prompt in ("angry", "plain") for agent in ("claude", "codex")
    ]


def test_a_test_gets_its_prompt_and_its_case(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.prompts("prompts/plain.md")
        def test_prompt(prompt):
            assert prompt == "Repair it."

        @pytest.mark.prompts("cases.csv")
        def test_case(case):
            assert (case.id, case.prompt, case.limit, case["limit"]) == ("one", "Do it.", "3", "3")

        @pytest.mark.prompts("prompts/*.md", "cases.csv")
        class TestBoth:
            def test_both(self, case, prompt):
                assert prompt == case.prompt
        """
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=5)


def test_the_agent_is_asked_the_prompt_in_every_trial(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.trials(2)
        @pytest.mark.prompts("prompts/*.md")
        def test_it(agent, prompt):
            agent.script.when(prompt).reply("Done.")
            assert agent.ask(prompt).text == "Done."
        """
    )
    result = pytester.runpytest_inprocess("-rA")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["PASSED *::test_it[[]angry]", "PASSED *::test_it[[]plain]"])


def test_markers_of_module_class_and_function_add_up(pytester: pytest.Pytester) -> None:
    names = collected(
        pytester,
        """
        import pytest

        pytestmark = pytest.mark.prompts("prompts/plain.md")

        @pytest.mark.prompts("prompts/angry.md")
        class TestIt:
            @pytest.mark.prompts("cases.csv", "prompts/*.md")
            def test_it(self, prompt): ...
        """,
    )
    assert [name.partition("[")[2] for name in names] == ["plain]", "angry]", "one]"]


def test_other_parameters_stay(pytester: pytest.Pytester) -> None:
    names = collected(
        pytester,
        """
        import pytest

        @pytest.mark.parametrize("size", [1, 2])
        @pytest.mark.prompts("cases.csv")
        def test_it(prompt, size): ...
        """,
    )
    assert sorted(name.partition("::")[2] for name in names) in (
        ["test_it[1-one]", "test_it[2-one]"],
        ["test_it[one-1]", "test_it[one-2]"],
    )


@pytest.mark.parametrize(
    ("marker", "arguments", "words"),
    [
        (
            "'prompts/*.txt'",
            "prompt",
            "cannot be: no file matches 'prompts/*.txt' in *; patterns are relative *",
        ),
        ("'cases.csv'", "", "needs a test that asks for `prompt` or `case`: add the argument"),
        ("", "prompt", 'takes one or more patterns: @pytest.mark.prompts("prompts/*.md")'),
        ("3", "prompt", "takes one or more patterns: *"),
        ("'cases.csv', x=1", "prompt", "takes one or more patterns: *"),
        ("'test_*.py'", "prompt", "cannot be: test_*.py: a file of prompts ends in .md, *"),
    ],
)
def test_what_cannot_be_is_refused_at_collection(
    pytester: pytest.Pytester, marker: str, arguments: str, words: str
) -> None:
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.prompts({marker})
        def test_it({arguments}): ...

        def test_other(): ...
        """
    )
    result = pytester.runpytest_inprocess()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    words = words.replace("[", "[[]")
    result.stdout.fnmatch_lines([f"*.py::test_it: the `prompts` marker {words}"])


def test_the_results_name_the_prompt_as_the_variant(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.trials(1)
        @pytest.mark.prompts("prompts/*.md")
        def test_it(prompt): ...
        """
    )
    pytester.makeconftest(
        """
        from pytest_tmuxagent.trials.referee import RESULTS

        def pytest_unconfigure(config):
            for test in config.stash[RESULTS].tests:
                print("variant", test.variant, "of", test.group.partition("::")[2])
        """
    )
    result = pytester.runpytest_inprocess("-s")
    result.stdout.fnmatch_lines(["variant angry of test_it", "variant plain of test_it"])
