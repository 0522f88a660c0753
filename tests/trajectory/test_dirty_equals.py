"""The matchers of dirty-equals in the place of arguments."""

from __future__ import annotations

import pytest
from dirty_equals import Contains, IsStr

from pytest_tmuxagent.script.language import tool
from pytest_tmuxagent.turn import Act, ToolCall, Turn

COMMAND = {"command": "pytest -q"}
TURN = Turn(
    prompts=("test it",),
    text="done",
    stop_reason="end_turn",
    tool_calls=(
        ToolCall(
            id="1", name="Bash", kind="shell", input=COMMAND, acts=(Act(kind="shell", arguments=COMMAND),)
        ),
    ),
)


@pytest.mark.parametrize("matcher", [IsStr(regex="pytest .*"), Contains("-q")], ids=["a regex", "a part"])
def test_one_that_fits_passes(matcher: object) -> None:
    TURN.assert_calls(tool.shell(matcher))
    TURN.assert_calls(tool.call("Bash", command=matcher))


def test_one_that_does_not_fit_is_shown_as_it_was_written() -> None:
    with pytest.raises(AssertionError, match=r"IsStr\(regex='make.*"):
        TURN.assert_calls(tool.shell(IsStr(regex="make.*")))
    with pytest.raises(AssertionError, match=r"pytest -q"):
        TURN.assert_never(tool.shell(Contains("pytest")))
