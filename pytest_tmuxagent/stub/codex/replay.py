"""What a resumed conversation shows of its past.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from time import localtime, strftime

from pytest_tmuxagent.faces.codex.recorded import changes
from pytest_tmuxagent.faces.codex.rows import filled
from pytest_tmuxagent.faces.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from pytest_tmuxagent.faces.codex.look import CodexFace

    Record = Mapping[str, Any]


def clock_of(moment: float) -> str:
    return strftime("%H:%M", localtime(moment))


class Replay:
    """Reads records into the lines that the turns left; `clock` gives the time of day of a moment."""

    __slots__ = ("_clock", "_face", "_lines", "_looks", "_turns")

    def __init__(self, face: CodexFace, *, clock: Callable[[float], str] = clock_of) -> None:
        self._face = face
        self._clock = clock
        self._lines: list[str] = []
        self._looks: list[dict[str, Any]] = []
        self._turns = 0

    def lines(self, records: Iterable[Record]) -> list[str]:
        """Give the lines of all records; what is no part of the conversation shows nothing."""
        for record in records:
            payload = record.get("payload")
            if record.get("type") != "event_msg" or not isinstance(payload, dict):
                continue
            kind = payload.get("type")
            item = payload.get("item")
            if kind == "item_completed" and isinstance(item, dict):
                reader = _ITEMS.get(str(item.get("type")))
                if reader is not None:
                    reader(self, item)
            elif kind == "task_complete":
                self._complete(payload)
            elif kind == "turn_aborted":
                self._show(self._face.interrupted())
        self._show([])
        return self._lines

    def _user(self, item: Record) -> None:
        self._show(self._face.prompt(_text(item)))

    def _agent(self, item: Record) -> None:
        said = self._face.answer(_text(item).split("\n"), first=True)
        self._show([*said, *self._face.answered()])

    def _command(self, item: Record) -> None:
        words = item.get("command")
        command = str(words[-1]) if isinstance(words, list) and words else ""
        output, code = str(item.get("aggregated_output") or ""), item.get("exit_code")
        if item.get("source") == "user_shell":
            shown = self._face.shell(command)
            self._show([*shown, *self._face.shell_result(output, code if isinstance(code, int) else None)])
            return
        call = _call(item, "exec_command", {"cmd": command})
        if self._face.gathers(call):
            self._looks.append(call)
            return
        self._show([*self._face.tool(call), *self._face.result(call, _result(item, output))])

    def _patch(self, item: Record) -> None:
        call = _call(item, "apply_patch", {"input": ""})
        call["changes"] = changes(item.get("changes"), cwd=self._face.cwd)
        result = _result(item, str(item.get("stdout") or ""))
        self._show([*self._face.tool(call), *self._face.result(call, result)])

    def _complete(self, payload: Record) -> None:
        failed, took = payload.get("error"), payload.get("duration_ms")
        self._turns += 1
        if isinstance(failed, dict):
            said = clean(str(failed.get("message", "")))  # the whole sentence, as it was shown
            self._show(["", *filled(f"■ {said}", self._face.columns)])
        elif isinstance(took, int):
            ended = payload.get("completed_at")
            clock, self._face.clock = self._face.clock, lambda: self._clock(ended if ended else 0.0)
            self._show(self._face.finished(took / 1000, self._turns))
            self._face.clock = clock

    def _show(self, lines: list[str]) -> None:
        if self._looks:
            self._lines += self._face.gathered(self._looks)
            self._looks = []
        self._lines += lines


_ITEMS = {
    "UserMessage": Replay._user,
    "AgentMessage": Replay._agent,
    "CommandExecution": Replay._command,
    "FileChange": Replay._patch,
}


def _call(item: Record, name: str, given: dict[str, Any]) -> dict[str, Any]:
    return {"id": str(item.get("id")), "name": name, "kind": "other", "input": given}


def _result(item: Record, output: str) -> dict[str, Any]:
    return {
        "call": str(item.get("id")),
        "name": "",
        "output": output,
        "is_error": item.get("status") == "failed",
        "exit_code": item.get("exit_code"),
        "response": None,
    }


def _text(item: Record) -> str:
    content = item.get("content")
    parts = content if isinstance(content, list) else []
    return "".join(str(part.get("text", "")) for part in parts if isinstance(part, dict))
