"""What is told of a command that was run: its output, and what its status means.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pytest_tmuxagent.faces.claude.shell import Part

KEPT_CHARACTERS = 30_000
NO_OUTPUT = "(Bash completed with no output)"
TERMINATED = 143  # of a child, or because the patience was over
_PREVIEW_CHARACTERS = 2_000
_SILENT = frozenset(  # these say nothing when all goes well
    [
        "cd",
        "chgrp",
        "chmod",
        "chown",
        "cp",
        "export",
        "ln",
        "mkdir",
        "mv",
        "rm",
        "rmdir",
        "touch",
        "unset",
        "wait",
    ]
)
_ANSWERS = {  # status 1 of these is no error
    "[": "Condition is false",
    "diff": "Files differ",
    "egrep": "No matches found",
    "fgrep": "No matches found",
    "find": "Some directories were inaccessible",
    "git diff": "Files differ",
    "git grep": "No matches found",
    "grep": "No matches found",
    "rg": "No matches found",
    "test": "Condition is false",
}
# Signals that ended the shell itself.
_SHELL_TERMINATED, _SHELL_KILLED = 144, 1
_SIGTERM = 15


def status_of(code: int) -> int:
    """Give the status that is told; a negative code is a signal that hit the shell."""
    if code >= 0:
        return code
    return _SHELL_TERMINATED if code == -_SIGTERM else _SHELL_KILLED


def trimmed(output: str) -> str:
    """Take the blank lines off the beginning, and the blanks off the end."""
    lines = output.rstrip().split("\n")
    while len(lines) > 1 and not lines[0].strip():
        lines.pop(0)
    return "\n".join(lines)


def error(text: str, *, status: int, patience: float) -> str:
    """Say that a command failed; `patience` is how many seconds it had."""
    late = f"Command timed out after {_duration(patience)}" if status == TERMINATED else ""
    return "\n".join(part for part in (f"Exit code {status}", late, text[:KEPT_CHARACTERS]) if part)


def response(text: str, *, silent: bool, note: str = "", meaning: str | None = None) -> dict[str, Any]:
    """Give the structured result of a command that was no failure."""
    return {
        "stdout": text[:KEPT_CHARACTERS],
        "stderr": note,
        "interrupted": False,
        "isImage": False,
        **({} if meaning is None else {"returnCodeInterpretation": meaning}),
        "noOutputExpected": silent,
    }


def gone_on(name: str, path: str) -> str:
    """Say that a command runs in the background, and where it prints to."""
    return (
        f"Command running in background with ID: {name}. Output is being written to: {path}."
        " You will be notified when it completes. To check interim output, use Read on that file path."
    )


def preview(text: str, path: str, *, size_bytes: int) -> str:
    """Give the beginning of an output that is too long, and say where all of it is."""
    return (
        f"<persisted-output>\nOutput too large ({size_bytes / 1024:.1f}KB). Full output saved to: {path}\n\n"
        f"Preview (first 2KB):\n{_first(text)}\n...\n</persisted-output>"
    )


def meaning(parts: Sequence[Part], status: int) -> str | None:
    """Say what a status means that is an answer, and no error."""
    if status != 1 or not parts or parts[-1].assignments:
        return None
    words = parts[-1].values
    return _ANSWERS.get(" ".join(words[: 2 if words[:1] == ["git"] else 1]))


def is_silent(parts: Sequence[Part]) -> bool:
    """Whether a command line is expected to print nothing."""
    return bool(parts) and all(
        not part.assignments and part.values[:1] and part.values[0] in _SILENT for part in parts
    )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m {rest}s" if minutes else f"{rest}s"


def _first(text: str) -> str:
    """Give the beginning; whole lines, where the last one begins late enough."""
    shown = text[:_PREVIEW_CHARACTERS]
    end = shown.rfind("\n")
    return shown[:end] if end > _PREVIEW_CHARACTERS // 2 else shown
