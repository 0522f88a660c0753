"""The permission dialogs of Claude Code: the hook that tells of one names no call, the transcript does.

Source: Claude Code 2.1.197, hook PermissionRequest (it has no `tool_use_id`) and tool results.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from pytest_tmuxagent.events import Call, CallReturned, Decision, Event, PermissionAsked, PermissionSettled
from pytest_tmuxagent.signals.reading import asked_for

_PATHS = ("file_path", "notebook_path")
REJECTION = "The user doesn't want to proceed with this tool use."


class Asks:
    """Brings the dialogs together with the calls that they are about."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._open: list[Call] = []
        self._calls: dict[str, tuple[Call, str | None]] = {}
        self._returned: set[str] = set()
        self._shown: dict[str, Call] = {}
        self._current: str | None = None

    def asked(self, name: str, given: Mapping[str, Any]) -> Call:
        """A dialog is shown; give it a name of our own."""
        call = Call(id=f"permission_{next(self._numbers)}", name=name, input=given)
        self._open.append(call)
        return call

    def shown(self, screen: str, *, answered: Collection[str] = ()) -> list[Event]:
        """A dialog is on the screen, and no hook tells of it: it is about a call without a result."""
        over = {call for call, asked in self._shown.items() if asked.id in answered}
        call = asked_for(screen, [call for call, _ in self._calls.values() if call.id not in over])
        if call is None or call.id == self._current:
            return []
        self._current = call.id
        if call.id not in self._shown:
            self._shown[call.id] = self.asked(call.name, call.input)
        return [PermissionAsked(call=self._shown[call.id], turn=self._calls[call.id][1])]

    def gone(self) -> None:
        """The dialog is no longer on the screen."""
        self._current = None

    def called(self, call: Call, *, turn: str | None = None) -> None:
        """The transcript holds a call."""
        self._calls[call.id] = call, turn

    def heard(self, call: Call) -> None:
        """The model made a call; while a dialog stands, the transcript may not hold it, for however long."""
        if call.id not in self._returned:
            self._calls.setdefault(call.id, (call, None))

    def returned(self, result: CallReturned) -> list[Event]:
        """A call has its result, so that its dialog, if there was one, was answered."""
        self._returned.add(result.call)
        called = self._calls.pop(result.call, None)
        asked = self._shown.pop(result.call, None) or self._asked_for(called[0] if called else None)
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
