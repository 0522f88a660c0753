"""What ends a turn that failed, as its record tells it.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

INCOMPLETE = "Incomplete response returned, reason: max_output_tokens"
_SERVER_ERROR = 500
_TOO_MANY = 429
_BAD_REQUEST = 400


def turn_error(message: str, status: int | None) -> dict[str, Any]:
    """Give the error; `message` is what the person reads, `status` that of the last answer."""
    return {"message": message, "codex_error_info": _info(message, status)}


def _info(message: str, status: int | None) -> str | dict[str, Any]:
    if status is None:
        return _NAMED.get(message.partition(":")[0], "other")
    if status == _TOO_MANY:
        return {"response_too_many_failed_attempts": {"http_status_code": status}}
    if status == _BAD_REQUEST:
        return "other"
    if status == _SERVER_ERROR:
        return "internal_server_error"
    return {"http_connection_failed": {"http_status_code": status}}


_NAMED = {"rate limit exceeded": "rate_limit_exceeded"}
