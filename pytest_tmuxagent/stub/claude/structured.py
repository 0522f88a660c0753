"""`--json-schema`: the tool by which the model gives its answer as JSON, and which ends the turn.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.schema import violations
from pytest_tmuxagent.stub.claude import results

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

NAME = "StructuredOutput"
REMINDER = (
    "[structured-output-enforce] You MUST call the StructuredOutput tool to complete this request. Call this"
    " tool now."
)
_GIVEN = "Structured output provided successfully"


def answer(call: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Give the result of a call with the answer: it ends the turn, if the answer is what was asked for."""
    wrong = violations(call["input"], schema)
    if wrong:
        return results.failed(call, f"Output does not match required schema: {', '.join(wrong)}")
    return {**results.succeeded(call, _GIVEN, _GIVEN), "ends_turn": True}
