"""What `codex exec` prints: the objects of `--json`, and the lines for people.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    Object = dict[str, Any]

READING_PROMPT = "Reading prompt from stdin..."
READING_MORE = "Reading additional input from stdin..."
NO_PROMPT = "No prompt provided via stdin."
NOT_TRUSTED = "Not inside a trusted directory and --skip-git-repo-check was not specified."
_USAGE = (
    "input_tokens",
    "cached_input_tokens",
    "cache_write_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
)
_BOLD, _CYAN, _PURPLE, _DIM = "1", "36", "35", "2"
_RED, _GREEN, _YELLOW, _ITALIC = "31", "32", "33", "3"


def not_utf8(offset: int) -> str:
    """Say that stdin is no text; `offset` is that of the first bad byte."""
    return (
        f"Failed to read prompt from stdin: input is not valid UTF-8 (invalid byte at offset {offset})."
        " Convert it to UTF-8 and retry (e.g., `iconv -f <ENC> -t UTF-8 prompt.txt`)."
    )


def with_stdin(prompt: str, piped: str) -> str:
    """Join a prompt and what was piped in."""
    newline = "" if piped.endswith("\n") else "\n"
    return f"{prompt}\n\n<stdin>\n{piped}{newline}</stdin>"


def reconnecting(attempt: int, attempts: int) -> str:
    return f"Reconnecting... {attempt}/{attempts}"


# --- the objects of `--json` ---


def thread_started(thread: str) -> Object:
    return {"type": "thread.started", "thread_id": thread}


def turn_started() -> Object:
    return {"type": "turn.started"}


def item_started(item: Object) -> Object:
    return {"type": "item.started", "item": item}


def item_completed(item: Object) -> Object:
    return {"type": "item.completed", "item": item}


def agent_message(item_id: str, text: str) -> Object:
    return {"id": item_id, "type": "agent_message", "text": text}


def command_execution(
    item_id: str, command: str, *, output: str = "", exit_code: int | None = None, over: bool = False
) -> Object:
    """Give a command, while it runs or when it is `over`."""
    ended = "completed" if exit_code == 0 else "failed"
    return {
        "id": item_id,
        "type": "command_execution",
        "command": command,
        "aggregated_output": output,
        "exit_code": exit_code,
        "status": ended if over else "in_progress",
    }


def file_change(item_id: str, changes: Iterable[tuple[str, str]], *, status: str = "in_progress") -> Object:
    """Give a patch; a change is (path, kind)."""
    listed = [{"path": path, "kind": kind} for path, kind in changes]
    return {"id": item_id, "type": "file_change", "changes": listed, "status": status}


def turn_completed(usage: Mapping[str, int]) -> Object:
    """End a turn; `usage` is that of the whole thread."""
    return {"type": "turn.completed", "usage": {key: usage.get(key, 0) for key in _USAGE}}


def error(message: str) -> Object:
    return {"type": "error", "message": message}


def turn_failed(message: str) -> Object:
    return {"type": "turn.failed", "error": {"message": message}}


# --- the lines for people ---


class Lines:
    """Makes the lines on stderr, in colours or without."""

    __slots__ = ("_coloured",)

    def __init__(self, *, coloured: bool) -> None:
        self._coloured = coloured

    def banner(self, about: Sequence[tuple[str, str]], *, version: str) -> list[str]:
        told = [f"{self._in(_BOLD, f'{name}:')} {value}" for name, value in about]
        return [f"OpenAI Codex v{version}", "--------", *told, "--------"]

    def prompt(self, text: str) -> list[str]:
        return [self._in(_CYAN, "user"), text]

    def message(self, text: str) -> list[str]:
        return [self._heading("codex"), text]

    def command(self, command: str, *, cwd: str) -> list[str]:
        return [self._heading("exec"), f"{self._in(_BOLD, command)} in {cwd}"]

    def command_ended(self, output: str, *, exit_code: int | None, duration_ms: int) -> list[str]:
        if exit_code == 0:
            said = self._in(_GREEN, f" succeeded in {duration_ms}ms:")
        else:
            code = "" if exit_code is None else f" {exit_code}"
            said = self._in(_RED, f" exited{code} in {duration_ms}ms:")
        return [said, output] if output else [said]

    def patch(self) -> list[str]:
        return [self._in(_BOLD, "apply patch")]

    def patch_ended(self, paths: Iterable[str], *, status: str) -> list[str]:
        return [f"{self._in(_BOLD, 'patch:')} {status}", *(self._in(_DIM, path) for path in paths)]

    def failed(self, message: str) -> list[str]:
        return [f"{self._in(_RED, 'ERROR:')} {message}"]

    def warning(self, message: str) -> list[str]:
        return [f"{self._in(_YELLOW, 'warning:')} {message}"]

    def interrupted(self) -> list[str]:
        return ["turn interrupted"]

    def tokens(self, usage: Mapping[str, int]) -> list[str]:
        """Tell what the whole thread took, without what came from the cache."""
        spent = (
            usage.get("input_tokens", 0) - usage.get("cached_input_tokens", 0) + usage.get("output_tokens", 0)
        )
        return [self._in(_DIM, "tokens used"), f"{spent:,}"]

    def _heading(self, word: str) -> str:
        return self._in(_PURPLE, self._in(_ITALIC, word))

    def _in(self, style: str, text: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._coloured else text


def log_line(stamp: str, message: str) -> str:
    """Give what the program's own log says of a call that it refused."""
    return f"{stamp} ERROR codex_core::tools::router: error={message}"
