"""Reads the records and hook payloads of the plain face into events."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, get_args

from pytest_tmuxagent.events import (
    Call,
    CallReturned,
    Decision,
    ErrorReported,
    Event,
    MessageSaid,
    PermissionAsked,
    PermissionSettled,
    PromptAccepted,
    PromptQueued,
    PromptsWithdrawn,
    RecordEnded,
    TurnEnded,
    Unrecognised,
)
from pytest_tmuxagent.signals.foreign import UNREADABLE, number, shown
from pytest_tmuxagent.signals.foreign import text as _text
from pytest_tmuxagent.turn import Failure, StopReason, Usage

Record = Mapping[str, Any]


class PlainReader:
    """Reads one record or payload at a time: each tells of which turn it is."""

    def hook(self, payload: Record) -> list[Event]:
        """Give the events of a hook's payload."""
        return read_hook(payload)

    def record(self, record: Record) -> list[Event]:
        """Give the events of a transcript record."""
        return read_record(record)

    def status(self, _status: Record) -> list[Event]:
        """Give nothing: the plain face keeps no status."""
        return []

    def dialog_shown(self, _screen: str, *, answered: Collection[str] = ()) -> list[Event]:  # noqa: ARG002
        """Give nothing: the transcript tells of dialogs."""
        return []

    def osc(self, _text: str) -> list[Event]:
        """Give nothing: the plain face tells nothing by escape sequences."""
        return []


def read_record(record: Record) -> list[Event]:
    """Give the events of one transcript record; one that we cannot read is `Unrecognised`."""
    kind = record.get("type")
    try:
        return [] if kind in _SILENT else _READERS[kind](record)
    except UNREADABLE as error:
        return [Unrecognised(what=f"transcript record {shown(kind)}: {error!r:.200}")]


def read_hook(payload: Record) -> list[Event]:
    """Give the events of one hook payload: a transcript record under the hook's name."""
    name = payload.get("hook")
    record = _HOOK_RECORDS.get(name) if isinstance(name, str) else None
    if record is None:
        return [Unrecognised(what=f"hook {shown(name)}")]
    return [event for event in read_record({**payload, "type": record}) if not isinstance(event, RecordEnded)]


def _prompt(record: Record) -> list[Event]:
    return [PromptAccepted(prompt=_text(record["text"]), turn=_text(record["turn"]))]


def _queued(record: Record) -> list[Event]:
    return [PromptQueued(prompt=_text(record["text"]))]


def _unqueued(record: Record) -> list[Event]:
    return [PromptsWithdrawn(prompts=(_text(record["text"]),))]


def _message(record: Record) -> list[Event]:
    calls = tuple(_call(call) for call in record["calls"])
    counted = record["usage"]
    usage = Usage(
        input_tokens=int(counted.get("input_tokens", 0)), output_tokens=int(counted.get("output_tokens", 0))
    )
    return [MessageSaid(text=_text(record["text"]), calls=calls, usage=usage, turn=_text(record["turn"]))]


def _call(call: Record) -> Call:
    return Call(id=_text(call["id"]), name=_text(call["name"]), input=dict(call["input"]))


def _result(record: Record) -> list[Event]:
    return [
        CallReturned(
            call=_text(record["call"]),
            output=_text(record["output"]),
            is_error=bool(record["is_error"]),
            exit_code=number(record.get("exit_code")),
            turn=_text(record["turn"]),
        )
    ]


def _permission_requested(record: Record) -> list[Event]:
    call = _call({"id": record["call"], "name": record["name"], "input": record["input"]})
    return [PermissionAsked(call=call, turn=_text(record["turn"]))]


def _permission_settled(record: Record) -> list[Event]:
    decision = record["decision"]
    if decision not in get_args(Decision):
        raise ValueError(f"no such decision: {decision!r}")
    return [PermissionSettled(call=_text(record["call"]), decision=decision, turn=_text(record["turn"]))]


def _error(record: Record) -> list[Event]:
    if not record["final"]:
        return []
    failure = Failure(message=_text(record["message"]), status=number(record["status"]))
    return [ErrorReported(error=failure, turn=_text(record["turn"]))]


def _end(record: Record) -> list[Event]:
    reason, error, turn = record["stop_reason"], record["error"], _text(record["turn"])
    if reason not in get_args(StopReason):
        raise ValueError(f"no such stop reason: {reason!r}")
    ended = TurnEnded(
        stop_reason=reason,
        text=_text(record["text"]),
        error=None if error is None else Failure(message=_text(error)),
        unsent=tuple(map(_text, record["unsent"])),
        turn=turn,
    )
    return [ended, RecordEnded(turn=turn)]


_READERS: dict[object, Callable[[Record], list[Event]]] = {
    "prompt": _prompt,
    "queued": _queued,
    "unqueued": _unqueued,
    "message": _message,
    "result": _result,
    "permission_requested": _permission_requested,
    "permission_settled": _permission_settled,
    "error": _error,
    "end": _end,
}
_SILENT = frozenset({"session", "cleared", "exit"})
_HOOK_RECORDS = {
    "prompt_accepted": "prompt",
    "permission_requested": "permission_requested",
    "turn_ended": "end",
}
