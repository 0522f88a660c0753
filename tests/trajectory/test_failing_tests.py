"""What a test that failed by an assertion of ours shows."""

from __future__ import annotations

import pytest

SUITE = """
    from pytest_tmuxagent import tool
    from pytest_tmuxagent.turn import Act, ToolCall, Turn

    RUN = Act(kind="shell", arguments={"command": "pytest -x"})
    CALL = ToolCall(id="1", name="Bash", kind="shell", input={"command": "pytest -x"}, acts=(RUN,))
    TURN = Turn(prompts=("go",), text="", stop_reason="end_turn", tool_calls=(CALL,))

    def test_exact():
        TURN.assert_calls(tool.shell("pytest -q"))

    def test_never():
        TURN.assert_never(tool.shell(matching="pytest"))
"""


@pytest.mark.parametrize("ci", [{}, {"CI": "true"}], ids=["at home", "on CI"])
def test_a_difference_is_shown_once_at_the_line_of_the_test(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: dict[str, str]
) -> None:
    monkeypatch.delenv("BUILD_NUMBER", raising=False)
    monkeypatch.delenv("CI", raising=False)
    for name, value in ci.items():
        monkeypatch.setenv(name, value)
    pytester.makepyfile(test_it=SUITE)
    pytester.makeini("[pytest]\naddopts = -p no:asyncio -p no:cacheprovider -p no:hypothesispytest")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            '>       TURN.assert_calls(tool.shell("pytest -q"))',
            "E       AssertionError: the tool calls differ: call 1 is not tool.shell('pytest -q')",
            "E         command:",
            "E           expected 'pytest -q'",
            "E           actual   'pytest -x'",
            "E                             ^",
            "test_*.py:9: AssertionError",
            "FAILED *::test_exact - AssertionError: the*",
        ]
    )
    # On CI, pytest's summary does not cut messages.
    shown, _, _summary = result.stdout.str().partition("short test summary info")
    assert shown.count("expected 'pytest -q'") == 1
    assert shown.count("should never have been made:\n") == 1
    assert "trajectory/assertions.py" not in shown
