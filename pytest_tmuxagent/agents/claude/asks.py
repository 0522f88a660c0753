"""The permission dialogs of Claude Code: the hook that tells of one names no call, the transcript does.

Source: Claude Code 2.1.197, hook PermissionRequest (it has no `tool_use_id`) and tool results.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from pytest_tmuxagent.events import Call, CallReturned, Decision, Event, PermissionSettled

_PATHS = ("file_path", "notebook_path")
REJECTION = "The user doesn't want to proceed with this tool use."


class Asks:
    """Brings the dialogs together with the calls that they are about."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._open: list[Call] = []
        self._calls: dict[str, Call] = {}

    def asked(self, name: str, given: Mapping[str, Any]) -> Call:
        """A dialog is shown; give it a name of our own."""
        call = Call(id=f"permission_{next(self._numbers)}", name=name, input=given)
        self._open.append(call)
        return call

    def called(self, call: Call) -> None:
        """The transcript holds a call."""
        self._calls[call.id] = call

    def returned(self, result: CallReturned) -> list[Event]:
        """A call has its result, so that its dialog, if there was one, was answered."""
        asked = self._asked_for(self._calls.pop(result.call, None))
        if asked is None:
            return []
        self._open.remove(asked)
        rejected = result.is_error and result.output.startswith(REJECTION)
        decision: Decision = "deny" if rejected else "allow"
        return [PermissionSettled(call=asked.id, decision=decision, turn=result.turn)]

    def _asked_for(self, call: Call | None) -> Call | None:
        if call is None:
            return None
        return next((asked for asked in self._open if _is_alike(asked, call)), None)


def _is_alike(asked: Call, call: Call) -> bool:
    """Whether both are the same: a path that the model gave relative is absolute in the hook."""
    return asked.name == call.name and _with_file_names(asked.input) == _with_file_names(call.input)


def _with_file_names(given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: Path(str(value)).name if key in _PATHS else value for key, value in given.items()}
