"""What a resumed conversation shows of its past, below the banner.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from pytest_tmuxagent.faces.claude.look import ClaudeFace

    Record = Mapping[str, Any]

_INTERRUPTED = "[Request interrupted by user]"


class Replay:
    """Reads records into the lines that the turns left on the screen."""

    __slots__ = ("_calls", "_face", "_gathered", "_lines", "_turns")

    def __init__(self, face: ClaudeFace) -> None:
        self._face = face
        self._lines: list[str] = []
        self._calls: dict[str, dict[str, Any]] = {}
        self._gathered: list[dict[str, Any]] = []
        self._turns = 0

    def lines(self, records: Iterable[Record]) -> list[str]:
        """Give the lines of all records; what is no part of the conversation shows nothing."""
        for record in records:
            reader = _READERS.get(str(record.get("type")))
            if reader is not None and not record.get("isMeta") and not record.get("isSidechain"):
                reader(self, record)
        self._show([])
        return self._lines

    def _user(self, record: Record) -> None:
        content = _content(record)
        if isinstance(content, str):
            if "promptSource" in record:
                self._turns += 1
                self._show(self._face.prompt(content))
            return
        for block in content:
            if block.get("type") == "tool_result":
                self._result(block, record)
            elif block.get("text") == _INTERRUPTED:
                self._show(self._face.interrupted())

    def _result(self, block: Record, record: Record) -> None:
        call = self._calls.pop(str(block.get("tool_use_id")), None)
        if call is None:
            return
        if self._face.gathers(call):
            self._gathered.append(call)
            return
        content = block.get("content")
        result = {
            "call": call["id"],
            "name": call["name"],
            "output": content if isinstance(content, str) else "",
            "is_error": bool(block.get("is_error")),
            "exit_code": None,
            "response": record.get("toolUseResult"),
        }
        self._show([*self._face.tool(call), *self._face.result(call, result)])

    def _assistant(self, record: Record) -> None:
        content = _content(record)
        for block in content if isinstance(content, list) else []:
            if block.get("type") == "text":
                said = self._face.answer(str(block.get("text", "")).split("\n"), first=True)
                self._show([*said, *self._face.answered()])
            elif block.get("type") == "tool_use":
                call = {"id": str(block.get("id")), "name": str(block.get("name")), "kind": "other"}
                given = block.get("input")
                self._calls[call["id"]] = {**call, "input": given if isinstance(given, dict) else {}}

    def _system(self, record: Record) -> None:
        if record.get("subtype") == "turn_duration" and isinstance(record.get("durationMs"), int):
            self._show(self._face.finished(record["durationMs"] / 1000, self._turns))

    def _show(self, lines: list[str]) -> None:
        if self._gathered:
            self._lines += self._face.gathered(self._gathered)
            self._gathered = []
        self._lines += lines


_READERS = {"user": Replay._user, "assistant": Replay._assistant, "system": Replay._system}


def _content(record: Record) -> Any:  # noqa: ANN401 - a text, or a list of blocks
    message = record.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        return [block for block in content if isinstance(block, dict)]
    return content if isinstance(content, str) else []
