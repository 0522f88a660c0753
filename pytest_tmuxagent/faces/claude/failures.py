"""What Claude Code says on the screen when a request to the API has failed for good.

Source: Claude Code 2.1.197, measured with a stand-in for the API.
"""

from __future__ import annotations

_SERVER_SIDE = "This is a server-side issue, usually temporary — try again in a moment. If it persists, check"
REFUSAL = (
    "API Error: Claude Code is unable to respond to this request, which appears to violate our Usage Policy "
    "(https://www.anthropic.com/legal/aup). Please double press esc to edit your last message or start a new "
    "session for Claude Code to assist with a different task."
)
CUT_OFF = (
    "API Error: Claude's response exceeded the 64000 output token maximum. To configure this behavior, set"
    " the CLAUDE_CODE_MAX_OUTPUT_TOKENS environment variable."
)
_MODEL = "claude-opus-4-8[1m]"
_BROKEN = {
    "the connection was cut": "API Error: Unable to connect to API (ECONNRESET)",
    "the model's answer was garbage": "API Error: Failed to parse JSON",
}


def failure(
    message: str, *, status: int | None, gateway: str, model: str = _MODEL, headless: bool = False
) -> str:
    """Give the sentence for an answer of the API, or for none at all; `gateway` is its host and port."""
    if status is None:
        return _BROKEN.get(message, message)
    if status == 404:
        return (
            f"There's an issue with the selected model ({model}). It may not exist or you may not have "
            f"access to it. Run {'--model' if headless else '/model'} to pick a different model."
        )
    if status in (401, 403):
        remedy = "Failed to authenticate." if headless else "Please run /login ·"
        return f"{remedy} API Error: {status} {message}"
    if status == 413:
        return "Request too large (max 32MB). Double press esc to go back and try with a smaller file."
    if status == 429:
        return f"API Error: Request rejected (429) · {message}"
    if status >= 500:
        return f"API Error: {status} {message}. {_SERVER_SIDE} {_place(gateway)}."
    return f"API Error: {status} {message}"


def kind(status: int | None) -> str:
    """Give the word by which hooks and records tell the failure."""
    if status is None or status >= 500:
        return "server_error"
    known = {
        401: "authentication_failed",
        403: "authentication_failed",
        404: "model_not_found",
        429: "rate_limit",
    }
    return known.get(status, "unknown")


def _place(gateway: str) -> str:
    return f"your inference gateway ({gateway})" if gateway else "status.claude.com"
