"""Errors in OpenAI's words.

Source: OpenAI API reference, "Error codes"; Codex CLI 0.169.0 (what it makes of them, measured).
"""

from __future__ import annotations

import json

# By status: the error's type and code.
_WORDS: dict[int, tuple[str, str | None]] = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    402: ("insufficient_quota", "billing_hard_limit_reached"),
    403: ("request_forbidden", "unsupported_country_region_territory"),
    404: ("invalid_request_error", "model_not_found"),
    408: ("invalid_request_error", None),
    409: ("invalid_request_error", None),
    413: ("invalid_request_error", None),
    422: ("invalid_request_error", None),
    429: ("requests", "rate_limit_exceeded"),
}
_OTHERS = ("server_error", None)
# A message that is one of these is meant as the code by which Codex tells this failure from others.
_CODES = (
    "context_length_exceeded",
    "insufficient_quota",
    "server_is_overloaded",
    "usage_limit_reached",
    "usage_not_included",
)


def failure_body(status: int, message: str) -> bytes:
    """Give the body of an error, laid out in lines as the vendor's: Codex shows that of a 400 as it is."""
    kind, code = (message, message) if message in _CODES else _WORDS.get(status, _OTHERS)
    error = {"message": message, "type": kind, "param": None, "code": code}
    return (json.dumps({"error": error}, indent=2, ensure_ascii=False) + "\n").encode(errors="replace")
