"""Runs Claude Code without a terminal, and reads its JSON lines.

Source: Claude Code 2.1.197 and 2.1.329, `--print --output-format stream-json --verbose`, measured.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_tmuxagent.agents.claude.usage import usage_of
from pytest_tmuxagent.agents.profile import HeadlessPlan
from pytest_tmuxagent.events import (
    Call,
    CallReturned,
    Event,
    MessageSaid,
    PermissionAsked,
    PermissionSettled,
    TurnEnded,
    Unrecognised,
)
from pytest_tmuxagent.turn import Failure, StopReason, Usage

Line = Mapping[str, Any]

_FLAGS = ("--print", "--output-format", "stream-json", "--verbose")
_SYNTHETIC = "<synthetic>"
_STOP_REASONS: Mapping[str, StopReason] = {"refusal": "refusal", "max_tokens": "max_tokens"}
_EXIT_CODE = re.compile(r"Exit code (\d+)(?:\n|$)")
_SILENT = frozenset({"system", "stream_event", "control_response", "rate_limit_event"})


def arguments(prompt: str, resume: bool | str) -> Sequence[str]:  # noqa: FBT001
    """Give the words that follow the command."""
    going_on = ("--resume", resume) if isinstance(resume, str) else ("--continue",) * resume
    return (*_FLAGS, *going_on, "--", prompt)


@dataclass(slots=True)
class _Message:
    """One answer of the model, which comes in a line for each of its blocks."""

    id: str
    model: str
    texts: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def said(self, usage: Usage) -> MessageSaid:
        return MessageSaid(text="\n".join(self.texts), calls=tuple(self.calls), usage=usage, model=self.model)


class ClaudeOutput:
    """Reads one run. The messages come with the end: only that counts their tokens right."""

    def __init__(self) -> None:
        self._messages: list[_Message] = []
        self._began = False

    def line(self, line: str) -> list[Event]:
        """Give the events of a line; one that we cannot read is `Unrecognised`."""
        try:
            read = json.loads(line)
            kind = str(read["type"])
            if kind in _SILENT:
                self._began = True
                return []
            return _READERS[kind](self, read)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            return [Unrecognised(what=f"output line {line[:200]!r}: {error!r:.200}")]

    def exited(self, _status: int, _errors: str) -> list[Event]:
        """Give what was said in a run that broke off; its end it did not tell."""
        return self._said(Usage())

    def _assistant(self, read: Line) -> list[Event]:
        message = read["message"]
        if read.get("parent_tool_use_id") is not None or message["model"] == _SYNTHETIC:
            return []
        if not self._messages or self._messages[-1].id != message["id"]:
            self._messages.append(_Message(message["id"], _text(message["model"])))
        for block in message["content"]:
            if block["type"] == "text":
                self._messages[-1].texts.append(_text(block["text"]))
            elif block["type"] == "tool_use":
                self._messages[-1].calls.append(_call(block["id"], block["name"], block["input"]))
        return []

    def _user(self, read: Line) -> list[Event]:
        content = read["message"]["content"]
        if read.get("parent_tool_use_id") is not None or isinstance(content, str):
            return []
        return [_returned(block) for block in content if block["type"] == "tool_result"]

    def _result(self, read: Line) -> list[Event]:
        if not self._began:  # It never came to a turn: stderr says why.
            return []
        end = _end(read)
        usage = usage_of(read.get("usage") or {})
        denied = [event for denial in read.get("permission_denials") or () for event in _denied(denial)]
        return [*self._said(usage), *denied, end]

    def _said(self, usage: Usage) -> list[Event]:
        messages, self._messages = self._messages, []
        return [message.said(usage if message is messages[-1] else Usage()) for message in messages]


def _end(read: Line) -> TurnEnded:
    match read["subtype"]:
        case "success" if read["stop_reason"] in _STOP_REASONS:
            return TurnEnded(stop_reason=_STOP_REASONS[read["stop_reason"]], text=_text(read["result"]))
        case "success" if not read["is_error"]:
            return TurnEnded(stop_reason="end_turn", text=_text(read["result"]))
        case "success":
            failure = Failure(message=_text(read["result"]), status=read.get("api_error_status"))
            return TurnEnded(stop_reason="failed", error=failure)
        case "error_max_turns":
            return TurnEnded(stop_reason="max_turn_requests")
        case _ if str(read.get("terminal_reason", "")).startswith("aborted"):
            return TurnEnded(stop_reason="cancelled")
        case other:
            words = "; ".join(map(str, read.get("errors") or ())) or str(other)
            return TurnEnded(stop_reason="failed", error=Failure(message=words))


def _denied(denial: Line) -> list[Event]:
    call = _call(denial["tool_use_id"], denial["tool_name"], denial["tool_input"])
    return [PermissionAsked(call=call), PermissionSettled(call=call.id, decision="deny")]


def _returned(block: Line) -> CallReturned:
    content = block.get("content", "")
    output = content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
    is_error = bool(block.get("is_error"))
    exit_code = _EXIT_CODE.match(output) if is_error else None
    return CallReturned(
        call=_text(block["tool_use_id"]),
        output=output,
        is_error=is_error,
        exit_code=int(exit_code[1]) if exit_code else None,
    )


def _call(id: object, name: object, given: object) -> Call:  # noqa: A002 - the vendor's word
    if not isinstance(given, Mapping):
        raise TypeError(f"{given!r} is no input of a tool")
    return Call(id=_text(id), name=_text(name), input=dict(given))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


_READERS: Mapping[str, Callable[[ClaudeOutput, Line], list[Event]]] = {
    "assistant": ClaudeOutput._assistant,
    "user": ClaudeOutput._user,
    "result": ClaudeOutput._result,
}

HEADLESS = HeadlessPlan(argv=arguments, reader=ClaudeOutput)
