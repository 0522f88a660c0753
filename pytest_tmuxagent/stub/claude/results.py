"""What a tool gives back: the text for the model, and the `toolUseResult` for files and hooks.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Call = Mapping[str, Any]
    Result = dict[str, Any]

_CODES = {
    "EACCES": "permission denied",
    "EISDIR": "illegal operation on a directory",
    "ELOOP": "too many symbolic links encountered",
    "ENAMETOOLONG": "name too long",
    "ENOENT": "no such file or directory",
    "ENOSPC": "no space left on device",
    "ENOTDIR": "not a directory",
    "EPERM": "operation not permitted",
    "EROFS": "read-only file system",
}
# Source: the longest text of an error, and what is kept of a longer one at either end.
_LONGEST, _KEPT = 10_000, 5_000


class ToolFailed(Exception):
    """The tool ran, and could not do it."""


class ToolRefused(Exception):
    """The tool did not even start: what it was called with will not do."""


def succeeded(call: Call, output: str, response: object, *, exit_code: int | None = None) -> Result:
    return _result(call, output, response=response, is_error=False, exit_code=exit_code)


def failed(call: Call, text: str, *, exit_code: int | None = None) -> Result:
    shown = shortened(text)
    return _result(call, shown, response=f"Error: {shown}", is_error=True, exit_code=exit_code)


def refused(call: Call, text: str) -> Result:
    """Give the result of a call that was not even tried."""
    response = text if text.startswith("Error") else f"Error: {text}"
    return tagged(call, text, response=response)


def tagged(call: Call, text: str, *, response: str) -> Result:
    output = f"<tool_use_error>{text}</tool_use_error>"
    return _result(call, output, response=response, is_error=True, exit_code=None)


def rejected(call: Call, output: str) -> Result:
    """Give the result of a call that the person did not let run, or stopped."""
    return _result(call, output, response="User rejected tool use", is_error=True, exit_code=None)


def shortened(text: str) -> str:
    """Cut the middle out of a text that is too long for an error."""
    if len(text) <= _LONGEST:
        return text
    cut = len(text) - 2 * _KEPT
    return f"{text[:_KEPT]}\n\n... [{cut} characters truncated] ...\n\n{text[-_KEPT:]}"


def told(failure: OSError, act: str) -> str:
    """Say what the system refused the way Node says it; `act` is its system call, and the path if any."""
    from errno import errorcode

    code = errorcode.get(failure.errno or 0, "EIO")
    return f"{code}: {_CODES.get(code, str(failure.strerror).lower())}, {act}"


def _result(call: Call, output: str, *, response: object, is_error: bool, exit_code: int | None) -> Result:
    return {
        "call": call["id"],
        "name": call["name"],
        "output": output,
        "is_error": is_error,
        "exit_code": exit_code,
        "response": response,
    }
