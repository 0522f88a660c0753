"""Runs Codex without a terminal, and reads its JSON lines.

Source: Codex CLI 0.169.0, `codex exec --json`, measured.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_tmuxagent.agents.codex.endings import completed
from pytest_tmuxagent.agents.codex.threads import Threads, since
from pytest_tmuxagent.agents.codex.usage import usage_of
from pytest_tmuxagent.agents.profile import HeadlessPlan
from pytest_tmuxagent.events import Call, CallReturned, Event, MessageSaid, Unrecognised
from pytest_tmuxagent.turn import Usage

Line = Mapping[str, Any]

# A workdir of a test need not be a git repository.
_FLAGS = ("--json", "--skip-git-repo-check")
_SILENT = frozenset({"turn.started", "item.started", "item.updated", "error"})
_SHELL_WORDS = 3


def arguments(prompt: str, resume: bool | str) -> Sequence[str]:  # noqa: FBT001
    """Give the words that follow the command."""
    going_on = ("resume", resume) if isinstance(resume, str) else ("resume", "--last") * resume
    return ("exec", *_FLAGS, *going_on, "--", prompt)


class CodexOutput:
    """Reads one run; the tokens are counted at its end."""

    def __init__(self) -> None:
        self._said = 0
        self._text = ""
        self._threads: Threads | None = None
        self._used_before = Usage()

    def goes_on(self, transcripts: Path) -> None:
        """Learn what the threads have used up, before the run goes on with one of them."""
        self._threads = Threads(transcripts)

    def line(self, line: str) -> list[Event]:
        """Give the events of a line; one that we cannot read is `Unrecognised`."""
        try:
            read = json.loads(line)
            kind = str(read["type"])
            return [] if kind in _SILENT else _READERS[kind](self, read)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            return [Unrecognised(what=f"output line {line[:200]!r}: {error!r:.200}")]

    def exited(self, _status: int, _errors: str) -> list[Event]:
        """Give nothing: a run that broke off has told all that it will tell."""
        return []

    def _thread(self, read: Line) -> list[Event]:
        if self._threads is not None:
            self._used_before = self._threads.used_by(_string(read["thread_id"]))
        return []

    def _item(self, read: Line) -> list[Event]:
        item = read["item"]
        give = _ITEMS[item["type"]]
        return [] if give is None else give(self, item)

    def _message(self, item: Line) -> list[Event]:
        self._text = _string(item["text"])
        return [self._say(text=self._text)]

    def _command(self, item: Line) -> list[Event]:
        call = Call(
            id=_string(item["id"]), name="exec_command", input={"cmd": _command(_string(item["command"]))}
        )
        return [self._say(call), _returned(item, output=_string(item["aggregated_output"]))]

    def _change(self, item: Line) -> list[Event]:
        call = Call(id=_string(item["id"]), name="apply_patch", input={"changes": list(item["changes"])})
        return [self._say(call), _returned(item, output="")]

    def _tool(self, item: Line) -> list[Event]:
        call = Call(
            id=_string(item["id"]), name=_string(item["tool"]), input=dict(item.get("arguments") or {})
        )
        return [self._say(call), _returned(item, output=json.dumps(item.get("result") or item.get("error")))]

    def _say(self, *calls: Call, text: str = "") -> MessageSaid:
        self._said += 1
        return MessageSaid(text=text, calls=calls, id=str(self._said))

    def _completed(self, read: Line) -> list[Event]:
        usage = since(self._used_before, usage_of(read["usage"]))
        said = MessageSaid(text="", usage=usage, id=str(self._said))
        return [said, completed({"last_agent_message": self._text}, turn=None)]

    def _failed(self, read: Line) -> list[Event]:
        return [completed({"error": {"message": read["error"]["message"]}}, turn=None)]


def _returned(item: Line, *, output: str) -> CallReturned:
    code = item.get("exit_code")
    return CallReturned(
        call=_string(item["id"]),
        output=output,
        is_error=item.get("status") == "failed",
        exit_code=code if isinstance(code, int) else None,
    )


def _command(shown: str) -> str:
    """Take the shell off a command that it runs."""
    try:
        words = shlex.split(shown)
    except ValueError:
        return shown
    return words[2] if len(words) == _SHELL_WORDS and words[1] in ("-c", "-lc") else shown


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


_READERS: Mapping[str, Callable[[CodexOutput, Line], list[Event]]] = {
    "thread.started": CodexOutput._thread,
    "item.completed": CodexOutput._item,
    "turn.completed": CodexOutput._completed,
    "turn.failed": CodexOutput._failed,
}
_ITEMS: Mapping[str, Callable[[CodexOutput, Line], list[Event]] | None] = {
    "agent_message": CodexOutput._message,
    "command_execution": CodexOutput._command,
    "file_change": CodexOutput._change,
    "mcp_tool_call": CodexOutput._tool,
    "reasoning": None,
    "web_search": None,
    "todo_list": None,
    "error": None,
}

HEADLESS = HeadlessPlan(argv=arguments, reader=CodexOutput)
