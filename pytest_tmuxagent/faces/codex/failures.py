"""What Codex says of a turn that failed.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.text import clean

INTERRUPTED = "■ Conversation interrupted - use /feedback if something went wrong"
STEERED = "Model interrupted to submit steer instructions."
_HIGH_DEMAND = "We’re currently experiencing high demand, which may cause temporary errors."
USAGE_LIMIT = "usage_limit_reached"
# The codes of errors that are told apart, each with its own status only, and what is said of them.
SENTENCES = {
    (400, "context_length_exceeded"): (
        "Codex ran out of room in the model's context window. Start a new thread or clear earlier history "
        "before retrying."
    ),
    (429, USAGE_LIMIT): "You’ve hit your usage limit. Try again later.",
    (429, "insufficient_quota"): "Quota exceeded. Check your plan and billing details.",
    (429, "usage_not_included"): (
        "To use Codex with your ChatGPT plan, upgrade to Plus: https://chatgpt.com/explore/plus."
    ),
    (503, "server_is_overloaded"): "Selected model is at capacity. Please try a different model.",
}
_CLOSED = "stream closed before response.completed"
# How a stream ends before its time: before a byte of it, within it, garbled, all but its last event.
DROPPED = "error sending request"
CUT = "Transport error: network error: error decoding response body"
GARBLED = "UTF8 error: invalid utf-8 sequence of 1 bytes from index 0"
ENDLESS = _CLOSED
_CLOSINGS = {"the connection was cut": _CLOSED, "the model's answer was garbage": _CLOSED}
_ESCAPES = {ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n", ord("\t"): "\\t"}
_REASONS = {
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    408: "Request Timeout",
    409: "Conflict",
    413: "Payload Too Large",
    422: "Unprocessable Entity",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


def failure(message: str, *, status: int | None, url: str) -> str:
    """Give the sentence for an answer with this status, or for none at all; it may have several lines."""
    if status is None:
        return f"stream disconnected before completion: {_CLOSINGS.get(message, clean(message))}"
    if (status, message) in SENTENCES:
        return SENTENCES[status, message]
    if status == 400:
        return message if message.startswith("{") else _body(message)
    if status == 429:
        return "exceeded retry limit, last status: 429 Too Many Requests"
    if status == 500:
        return _HIGH_DEMAND
    if status == 404:  # of a model that is not known, which is what the API says then
        return clean(message)
    reason = _REASONS.get(status, "<unknown status code>")
    return f"unexpected status {status} {reason}: {clean(message)}, url: {url}"


def _body(message: str) -> str:
    """Lay out the body of an error as the vendor does: of a bad request it is shown as it came."""
    rows = [
        f'    "message": "{message.translate(_ESCAPES)}",',
        '    "type": "invalid_request_error",',
        '    "param": null,',
        '    "code": null',
    ]
    return "\n".join(["{", '  "error": {', *rows, "  }", "}"])
