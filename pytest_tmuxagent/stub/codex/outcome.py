"""What the model hears of a command: its end, how long it took, what it printed. Pure but for the chunk's id.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

import os

from pytest_tmuxagent.stub.jsonlines import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

CLOSED = (
    "write_stdin failed: stdin is closed for this session; rerun exec_command with tty=true to keep stdin"
    " open"
)
UNAVAILABLE = "request_user_input is unavailable in Default mode"
_LIMIT = 10_000
_CHARACTERS_IN_A_TOKEN = 4
# The CLI's clock starts late: whatever ends at once has taken no time.
_UNSEEN_SECONDS = 0.1


def told(printed: str, *, seconds: float, code: int | None, session: int | None) -> str:
    """Tell of a command that has ended with a code, or runs on as a session."""
    ended = f"exited with code {code}" if code is not None else f"running with session ID {session}"
    wall = max(0.0, seconds - _UNSEEN_SECONDS) if code is not None else seconds
    return (
        f"Chunk ID: {os.urandom(3).hex()}\nWall time: {wall:.4f} seconds\nProcess {ended}\n"
        f"Original token count: {_tokens(printed)}\nOutput:\n{shortened(printed)}"
    )


def shortened(printed: str) -> str:
    """Cut the middle out of what is too long for the model."""
    hidden = len(printed) - _LIMIT
    if hidden <= 0:
        return printed
    half = _LIMIT // 2
    return (
        f"Warning: truncated output (original token count: {_tokens(printed)})\n"
        f"Total output lines: {len(printed.splitlines())}\n\n"
        f"{printed[:half]}…{hidden} chars truncated…{printed[-half:]}"
    )


def aborted(seconds: float) -> str:
    """Tell of a command that the person did not want."""
    return f"Wall time: {seconds:.1f} seconds\naborted by user"


def patch_aborted(seconds: float) -> str:
    """Tell of a patch that the person did not want."""
    return f"aborted by user after {seconds:.1f}s"


def unparsed(field: str, given: Mapping[str, Any]) -> str:
    """Tell of a call without a field that it must have."""
    column = len(encode_line(dict(given)).decode().rstrip("\n"))
    return f"failed to parse function arguments: missing field `{field}` at line 1 column {column}"


def not_created(failure: OSError) -> str:
    """Tell of a command that could not be started."""
    why = f"{failure.strerror} (os error {failure.errno})"
    rejected = f'Rejected(\\"Failed to create unified exec process: {why}\\")'
    return f'exec_command failed: CreateProcess {{ message: "{rejected}" }}'


def _tokens(text: str) -> int:
    return -(-len(text.encode("utf-8", "replace")) // _CHARACTERS_IN_A_TOKEN)
