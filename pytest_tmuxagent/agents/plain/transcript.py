"""Reads the records and hook payloads of the plain face into events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pytest_tmuxagent.events import (
    Call,
    CallReturned,
    ErrorReported,
    Event,
    MessageSaid,
    PermissionAsked,
    PermissionSettled,
    PromptAccepted,
    PromptQueued,
    RecordEnded,
    TurnEnded,
    Unrecognised,
)
from pytest_tmuxagent.turn import Failure, Usage

Record = Mapping[str, Any]


def read_record(record: Record) -> list[Event]:
    """Give the events of one transcript record; one that we cannot read is `Unrecognised`."""
    kind = record.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        return [] if kind in _SILENT else [Unrecognised(what=f"transcript record {kind!r}")]
    try:
        return reader(record)
    except (KeyError, TypeError, AttributeError) as error:
        return [Unrecognised(what=f"transcript record {kind!r}: {error!r}")]


def read_hook(payload: Record) -> list[Event]:
    """Give the events of one hook payload: a transcript record under the hook's name."""
    name = payload.get("hook")
    record = _HOOK_RECORDS.get(name) if isinstance(name, str) else None
    if record is None:
        return [Unrecognised(what=f"hook {name!r}")]
    return [event for event in read_record({**payload, "type": record}) if not isinstance(event, RecordEnded)]


def _prompt(record: Record) -> list[Event]:
    text = record["text"] if "text" in record else record["prompt"]
    return [PromptAccepted(prompt=text, turn=record["turn"])]


def _queued(record: Record) -> list[Event]:
    return [PromptQueued(prompt=record["text"])]


def _message(record: Record) -> list[Event]:
    calls = tuple(_call(call) for call in record["calls"])
    usage = Usage(**{name: record["usage"].get(name, 0) for name in ("input_tokens", "output_tokens")})
    return [MessageSaid(text=record["text"], calls=calls, usage=usage, turn=record["turn"])]


def _call(call: Record) -> Call:
    return Call(id=call["id"], name=call["name"], input=call["input"])


def _result(record: Record) -> list[Event]:
    return [
        CallReturned(
            call=record["call"],
            output=record["output"],
            is_error=bool(record["is_error"]),
            exit_code=record.get("exit_code"),
            turn=record["turn"],
        )
    ]


def _permission_requested(record: Record) -> list[Event]:
    call = Call(id=record["call"], name=record["name"], input=record["input"])
    return [PermissionAsked(call=call, turn=record["turn"])]


def _permission_settled(record: Record) -> list[Event]:
    return [PermissionSettled(call=record["call"], decision=record["decision"], turn=record["turn"])]


def _error(record: Record) -> list[Event]:
    if not record["final"]:
        return []
    failure = Failure(message=record["message"], status=record["status"])
    return [ErrorReported(error=failure, turn=record["turn"])]


def _end(record: Record) -> list[Event]:
    ended = TurnEnded(
        stop_reason=record["stop_reason"],
        text=record.get("text"),
        error=_failure(record.get("error")),
        unsent=tuple(record.get("unsent") or ()),
        turn=record["turn"],
    )
    return [ended, RecordEnded(turn=record["turn"])]


def _failure(error: str | None) -> Failure | None:
    return None if error is None else Failure(message=error)


_READERS: dict[str, Callable[[Record], list[Event]]] = {
    "prompt": _prompt,
    "queued": _queued,
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
