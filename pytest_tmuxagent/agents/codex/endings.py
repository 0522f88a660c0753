"""How a turn of Codex ended, in its own words.

Source: Codex CLI 0.169.0, `task_complete` and its `error`, measured.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pytest_tmuxagent.events import TurnEnded
from pytest_tmuxagent.signals.foreign import number, text
from pytest_tmuxagent.turn import Failure, StopReason

_INCOMPLETE: Mapping[str, StopReason] = {
    "Incomplete response returned, reason: max_output_tokens": "max_tokens",
    "Incomplete response returned, reason: content_filter": "refusal",
}
_STATUSES = {"internal_server_error": 500, "usage_limit_exceeded": 429}
_BAD_REQUEST = 400


def completed(payload: Mapping[str, Any], *, turn: str | None) -> TurnEnded:
    """Read the record of a turn's end that came by itself."""
    error = payload.get("error")
    if not error:
        return TurnEnded(
            stop_reason="end_turn", text=text(payload.get("last_agent_message") or ""), turn=turn
        )
    message = str(error["message"])
    for words, reason in _INCOMPLETE.items():
        if words in message:
            return TurnEnded(stop_reason=reason, text="", turn=turn)
    failure = failure_of(message, error.get("codex_error_info"))
    return TurnEnded(stop_reason="failed", text="", error=failure, turn=turn)


def failure_of(message: str, kind: object = None) -> Failure:
    """Read an error: the words, and the status where it is told. What is answered to a 400 is shown raw."""
    answered = _answered(message)
    if answered is not None:
        return Failure(message=answered, status=_BAD_REQUEST)
    if isinstance(kind, Mapping):
        statuses = [
            number(told.get("http_status_code")) for told in kind.values() if isinstance(told, Mapping)
        ]
        return Failure(message=message, status=next((one for one in statuses if one is not None), None))
    return Failure(message=message, status=_STATUSES.get(kind) if isinstance(kind, str) else None)


def _answered(message: str) -> str | None:
    """Give the message in the body of an API's answer; None where this is none."""
    try:
        body = json.loads(message)
        told = body["error"]["message"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return told if isinstance(told, str) else None
