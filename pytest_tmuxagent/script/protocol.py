"""The stub's link as messages: JSON, one object a line. No I/O.

Source: `stub/link.py`, the other end.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_tmuxagent.script.requests import ToolResult
from pytest_tmuxagent.script.steps import Message

# A prompt has up to 1 MB, comes twice and may be escaped to six times its size; results come on top.
LONGEST_LINE_BYTES = 64 * 1024 * 1024


class Malformed(Exception):
    """What came is no message of a stub."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """A stub introduces itself; the key says whose script it wants."""

    key: str
    pid: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A stub asks the model."""

    id: str
    turn: str
    prompt: str
    prompts: tuple[str, ...]
    results: tuple[ToolResult, ...]
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A stub played a reply to its end."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned:
    """A stub gave a reply up."""

    id: str


FromStub = Hello | Asked | Finished | Abandoned


class LineReader:
    """Cuts a stream of bytes into lines."""

    def __init__(self, *, longest: int = LONGEST_LINE_BYTES) -> None:
        self._pending = bytearray()
        self._longest = longest

    @property
    def torn(self) -> bool:
        """Whether the stream stopped in the middle of a line."""
        return bool(self._pending)

    def feed(self, received: bytes) -> list[bytes]:
        """Take what came, and give the lines that it completes.

        Raises:
            Malformed: a line is too long.
        """
        *lines, rest = received.split(b"\n")
        if lines:
            lines[0] = bytes(self._pending) + lines[0]
            self._pending.clear()
        self._pending += rest
        if len(self._pending) > self._longest:
            raise Malformed(f"a line has more than {self._longest} bytes")
        return lines


def read(line: bytes) -> FromStub:
    """Read one line.

    Raises:
        Malformed: it is no message of a stub.
    """
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"{_shown(line)} is no JSON ({error})") from None
    kind = fields.get("type") if isinstance(fields, dict) else None
    if not isinstance(kind, str) or kind not in _READERS:
        raise Malformed(f"{_shown(line)} is no message of a stub")
    try:
        return _READERS[kind](fields)
    except (KeyError, TypeError) as error:
        raise Malformed(f"{_shown(line)} lacks {error}") from None


def reply(id: str, message: Message) -> bytes:  # noqa: A002 - the wire's word
    """Write the answer to a request."""
    return _line(
        {
            "type": "reply",
            "id": id,
            "steps": message.steps,
            "stop_reason": message.stop_reason,
            "usage": message.usage,
        }
    )


def release(id: str, count: int) -> bytes:  # noqa: A002 - the wire's word
    """Write that the gates 1 to `count` of a reply are open."""
    return _line({"type": "release", "id": id, "count": count})


def _line(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def _hello(fields: Mapping[str, Any]) -> Hello:
    return Hello(key=_text(fields, "key"), pid=_number(fields, "pid"), name=_text(fields, "name"))


def _asked(fields: Mapping[str, Any]) -> Asked:
    prompt = _text(fields, "prompt")
    prompts = fields.get("prompts", [prompt])
    if not isinstance(prompts, list) or not all(isinstance(each, str) for each in prompts):
        raise TypeError("a list of texts as 'prompts'")
    return Asked(
        id=_text(fields, "id"),
        turn=_text(fields, "turn"),
        prompt=prompt,
        prompts=tuple(prompts),
        results=_results(fields.get("results", [])),
        attempt=_number({"attempt": 1, **fields}, "attempt"),
    )


def _results(listed: object) -> tuple[ToolResult, ...]:
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise TypeError("a list of objects as 'results'")
    return tuple(map(_result, listed))


def _result(fields: Mapping[str, Any]) -> ToolResult:
    exit_code = fields.get("exit_code")
    return ToolResult(
        call=_text(fields, "call"),
        name=_text(fields, "name"),
        output=_text(fields, "output"),
        is_error=bool(fields.get("is_error")),
        exit_code=None if exit_code is None else _number(fields, "exit_code"),
    )


def _text(fields: Mapping[str, Any], name: str) -> str:
    if not isinstance(fields[name], str):
        raise TypeError(f"a text as {name!r}")
    return str(fields[name])


def _number(fields: Mapping[str, Any], name: str) -> int:
    if not isinstance(fields[name], int) or isinstance(fields[name], bool):
        raise TypeError(f"a whole number as {name!r}")
    return int(fields[name])


def _shown(line: bytes) -> str:
    return repr(line if len(line) <= 80 else line[:80] + b"...")


_READERS: Mapping[str, Callable[[Mapping[str, Any]], FromStub]] = {
    "hello": _hello,
    "request": _asked,
    "finished": lambda fields: Finished(id=_text(fields, "id")),
    "abandoned": lambda fields: Abandoned(id=_text(fields, "id")),
}
