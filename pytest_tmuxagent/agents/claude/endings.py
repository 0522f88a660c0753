"""How a turn of Claude Code ended: by its hooks, which come first, or by what its transcript held.

Source: Claude Code 2.1.197 and 2.1.329, hooks Stop and StopFailure, and the records before `turn_duration`,
which 2.1.329 does not write of a turn that failed: the error is its last record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pytest_tmuxagent.events import RecordEnded, TurnEnded
from pytest_tmuxagent.turn import Failure, StopReason

_STATUS = re.compile(r"API Error: (?:Repeated |Request rejected \()?(\d{3})\b")
# "... which appears to violate our Usage Policy (link)", "...'s safeguards flagged this message (link)".
_REFUSAL = "anthropic.com/legal/aup"
_MAX_TOKENS = "max_output_tokens"
_EXIT_CODE = re.compile(r"Exit code (\d+)")


class Endings:
    """What the transcript said of each running turn that bears on its end."""

    def __init__(self) -> None:
        self._failures: dict[str, tuple[Failure, str]] = {}
        self._last_stop: dict[str, object] = {}
        self._failed: set[str] = set()

    def said(self, turn: str, stop_reason: object) -> None:
        """An answer was written, with the reason why it stopped."""
        self._last_stop[turn] = stop_reason
        self._failures.pop(turn, None)

    def failed(self, turn: str, failure: Failure, *, kind: str) -> list[RecordEnded]:
        """An error was written; it closes the record of a turn that is known to have failed."""
        self._failures[turn] = (failure, kind)
        return self._closed(turn)

    def failure_told(self, turn: str) -> list[RecordEnded]:
        """A hook told that the turn failed; its record is closed if the error was written."""
        self._failed.add(turn)
        return self._closed(turn)

    def _closed(self, turn: str) -> list[RecordEnded]:
        if turn not in self._failed or turn not in self._failures:
            return []
        self._failed.remove(turn)
        return [RecordEnded(turn=turn)]

    def told(self, turn: str) -> None:
        """The end is known."""
        self._last_stop.pop(turn, None)
        self._failures.pop(turn, None)

    def of_record(self, turn: str) -> list[TurnEnded]:
        """Give the end of a turn whose record is closed; nothing where it never said anything."""
        failure = self._failures.get(turn)
        stop_reason = self._last_stop.get(turn)
        self.told(turn)
        if failure is not None:
            return [failed(*failure, turn=turn)]
        if stop_reason is None:
            return []
        return [TurnEnded(stop_reason="refusal" if stop_reason == "refusal" else "end_turn", turn=turn)]


def failed(failure: Failure, kind: str, *, turn: str | None) -> TurnEnded:
    """Give the end of a turn that ended in an error of this kind."""
    reason: StopReason = "failed"
    if kind == _MAX_TOKENS:
        reason = "max_tokens"
    elif _REFUSAL in failure.message:
        reason = "refusal"
    error = failure if reason == "failed" else None
    return TurnEnded(stop_reason=reason, text="", error=error, turn=turn)


def failure_of(message: str) -> Failure:
    """Read an error as the CLI words it."""
    found = _STATUS.search(message)
    return Failure(message=message, status=int(found[1]) if found else None)


def exit_code(output: str, *, is_error: bool, response: object) -> int | None:
    """Give the exit code of a shell call; None for any other."""
    found = _EXIT_CODE.match(output) if is_error else None
    if found:
        return int(found[1])
    is_shell = isinstance(response, Mapping) and "stdout" in response and "stderr" in response
    return None if is_error or not is_shell or _runs_on(response) else 0


def _runs_on(response: Any) -> bool:  # noqa: ANN401 - what JSON holds
    return bool(response.get("interrupted") or response.get("backgroundTaskId"))
