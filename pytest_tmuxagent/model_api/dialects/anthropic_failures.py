"""The errors of the Anthropic API.

Source: Anthropic API reference, "Errors".
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from pytest_tmuxagent.model_api.dialect import Answer

_TYPES: Mapping[int, str] = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def failed(status: int, message: str, *, retry_after: float | None = None) -> Answer:
    """Answer with an error."""
    other = "invalid_request_error" if status < 500 else "api_error"
    error = {"type": _TYPES.get(status, other), "message": message}
    return Answer(
        kind="failure",
        status=status,
        body=json.dumps({"type": "error", "error": error}).encode(),
        headers=() if retry_after is None else (("retry-after", f"{retry_after:g}"),),
    )
