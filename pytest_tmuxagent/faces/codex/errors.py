"""What ends a turn that failed, as its record tells it.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.codex.failures import SENTENCES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

INCOMPLETE = "Incomplete response returned, reason: max_output_tokens"
_SERVER_ERROR = 500
_TOO_MANY = 429
_NOT_FOUND = 404
_BAD_REQUEST = 400


def turn_error(message: str, status: int | None) -> dict[str, Any]:
    """Give the error; `message` is what the person reads, `status` that of the last answer."""
    return {"message": message, "codex_error_info": _info(message, status)}


def _info(message: str, status: int | None) -> str | dict[str, Any]:
    if status is None:
        return _NAMED.get(message.partition(":")[0], "other")
    if message in _CODED:
        return _CODED[message]
    if status == _TOO_MANY:
        return {"response_too_many_failed_attempts": {"http_status_code": status}}
    if status == _NOT_FOUND:
        return "model_not_found"
    if status == _BAD_REQUEST:
        return "other"
    if status == _SERVER_ERROR:
        return "internal_server_error"
    return {"http_connection_failed": {"http_status_code": status}}


_WORDS = {"context_length_exceeded": "context_window_exceeded", "server_is_overloaded": "server_overloaded"}
_CODED = {said: _WORDS.get(code, "usage_limit_exceeded") for (_, code), said in SENTENCES.items()}
_NAMED = {"rate limit exceeded": "rate_limit_exceeded"}
