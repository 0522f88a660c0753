"""What a call of Codex gave back: its output, and whether it went wrong.

Source: Codex CLI 0.169.0, `function_call_output` and `custom_tool_call_output`, measured.
"""

from __future__ import annotations

import re

from pytest_tmuxagent.events import CallReturned

ABORTED = "aborted by user"
_HEAD = re.compile(
    r"(?:Chunk ID: \S+\n)?(?:Exit code: (?P<patch>-?\d+)\n)?Wall time: .*\n"
    r"(?:Process (?:exited with code (?P<command>-?\d+)|running with session ID \d+)\n)?"
    r"(?:Original token count: \d+\n)?Output:\n"
)
_ERROR = re.compile(
    r"unsupported call: |failed to parse function arguments: |apply_patch verification failed: "
    r"|approval policy is |exec_command failed|request_user_input is unavailable"
)


def returned(call: str, output: str, *, turn: str | None) -> CallReturned:
    """Read the output of a call: what its command printed, without the head above it."""
    head = _HEAD.match(output)
    code = head and (head["patch"] or head["command"])
    exit_code = int(code) if code else None
    return CallReturned(
        call=call,
        output=output[head.end() :] if head else output,
        is_error=bool(exit_code) or was_aborted(output) or _ERROR.match(output) is not None,
        exit_code=exit_code,
        turn=turn,
    )


def was_aborted(output: str) -> bool:
    """Whether the person at the terminal refused the call, or interrupted it."""
    return ABORTED in output.partition("Output:\n")[0]
