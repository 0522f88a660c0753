"""Reads the rollout, Codex' transcript.

Almost every record names its turn. An answer is several records, one for each text and call, and a last
one that counts its tokens. The title of a conversation is made on a thread that writes no rollout.

Source: Codex CLI 0.169.0, rollouts as written, and their traps:
  `!command` is a turn of its own, which nothing triggered and no prompt opened.
  what was said of an answer that was interrupted is not written down.
  a refusal is a text whose answer is `incomplete`, in a turn that ends without an error.
  the outputs of several calls of one answer are written when the last of them is done.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_tmuxagent.agents.codex.asks import Asks
from pytest_tmuxagent.agents.codex.endings import completed
from pytest_tmuxagent.agents.codex.results import returned
from pytest_tmuxagent.agents.codex.usage import usage_of
from pytest_tmuxagent.events import Call, Event, MessageSaid, PromptAccepted, RecordEnded, TurnEnded
from pytest_tmuxagent.signals.foreign import shown

Record = Mapping[str, Any]

_ID_CHARACTERS = 36
_INCOMPLETE = "incomplete"
_METADATA = "internal_chat_message_metadata_passthrough"
_SILENT = frozenset(
    {
        "session_meta",
        "world_state",
        "compacted",
        "retained_context",
        "token_count",
        "thread_settings_applied",
        "reasoning",
    }
)


def conversation_of(path: Path) -> str:
    """Give the id of the conversation in a rollout: `rollout-2026-11-21T08-01-13-<uuid>.jsonl`."""
    return path.stem[-_ID_CHARACTERS:]


class RolloutReader:
    """Turns records into events; what it cannot read raises LookupError, TypeError or the like."""

    def __init__(self, asks: Asks) -> None:
        self._asks = asks
        self._turn: str | None = None
        self._opened: set[str] = set()
        self._refused: str | None = None
        self._answers = 0
        self._model: str | None = None

    def read(self, record: Record) -> list[Event]:
        """Give the events of a record; of turns that no prompt opened there are none."""
        kind, payload = record["type"], record["payload"]
        if kind in _SILENT:
            return []
        if kind == "token_usage_record":
            return self._usage(payload)
        if kind == "turn_context":
            return self._settings(payload)
        name = payload["type"]
        if name in _SILENT:
            return []
        if kind == "response_item" and self._turn_of(payload) not in self._opened:
            return []
        return _READERS[kind][name](self, payload)

    def _started(self, payload: Record) -> list[Event]:
        self._turn = str(payload["turn_id"])
        return []

    def _settings(self, payload: Record) -> list[Event]:
        named = payload.get("model")
        self._model = named if isinstance(named, str) else self._model
        return []

    def _item(self, payload: Record) -> list[Event]:
        item = payload["item"]
        if item["type"] != "UserMessage":
            return []
        turn = str(payload["turn_id"])
        self._opened.add(turn)
        return [PromptAccepted(prompt=_text(item["content"], "text"), turn=turn)]

    def _completed(self, payload: Record) -> list[Event]:
        end = completed(payload, turn=str(payload["turn_id"]))
        if end.stop_reason == "end_turn" and end.turn == self._refused:
            end = replace(end, stop_reason="refusal")
        return self._ended(end)

    def _aborted(self, payload: Record) -> list[Event]:
        return self._ended(TurnEnded(stop_reason="cancelled", turn=str(payload["turn_id"])))

    def _ended(self, end: TurnEnded) -> list[Event]:
        self._asks.forget()
        if end.turn not in self._opened:
            return []
        self._opened.remove(end.turn)
        return [end, RecordEnded(turn=end.turn)]

    def _message(self, payload: Record) -> list[Event]:
        if payload["role"] != "assistant":
            return []
        self._refused = self._turn_of(payload) if payload.get("status") == _INCOMPLETE else None
        return self._said(_text(payload["content"], "output_text"), payload)

    def _function_call(self, payload: Record) -> list[Event]:
        return self._call(payload, _arguments(str(payload["arguments"])))

    def _custom_call(self, payload: Record) -> list[Event]:
        return self._call(payload, {"input": str(payload["input"])})

    def _call(self, payload: Record, given: Mapping[str, Any]) -> list[Event]:
        name, space = str(payload["name"]), payload.get("namespace")
        name = f"{space}.{name}" if space else name
        call = Call(id=str(payload["call_id"]), name=name, input=given)
        said = self._said("", payload, call)
        return [*said, *self._asks.called(call, turn=self._turn_of(payload))]

    def _returned(self, payload: Record) -> list[Event]:
        result = returned(str(payload["call_id"]), _output(payload["output"]), turn=self._turn_of(payload))
        return [result, *self._asks.returned(result)]

    def _said(self, text: str, payload: Record, *calls: Call) -> list[Event]:
        turn = self._turn_of(payload)
        id_ = f"{turn}/{self._answers}"
        return [MessageSaid(text=text, calls=calls, turn=turn, id=id_, model=self._model)]

    def _usage(self, payload: Record) -> list[Event]:
        usage, turn = usage_of(payload["usage"]), str(payload["turn_id"])
        id_ = f"{turn}/{self._answers}"
        said = MessageSaid(text="", usage=usage, turn=turn, id=id_, model=self._model)
        self._answers += 1
        return [said] if turn in self._opened else []

    def _turn_of(self, payload: Record) -> str | None:
        named = (payload.get(_METADATA) or {}).get("turn_id")
        return self._turn if named is None else str(named)


_READERS: Mapping[str, Mapping[str, Callable[[RolloutReader, Record], list[Event]]]] = {
    "event_msg": {
        "task_started": RolloutReader._started,
        "item_completed": RolloutReader._item,
        "task_complete": RolloutReader._completed,
        "turn_aborted": RolloutReader._aborted,
    },
    "response_item": {
        "message": RolloutReader._message,
        "function_call": RolloutReader._function_call,
        "custom_tool_call": RolloutReader._custom_call,
        "function_call_output": RolloutReader._returned,
        "custom_tool_call_output": RolloutReader._returned,
    },
}


def _arguments(text: str) -> Mapping[str, Any]:
    """Read the arguments of a call; those that the model garbled stay as they are."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    return given if isinstance(given, dict) else {"arguments": text}


def _output(output: object) -> str:
    return output if isinstance(output, str) else _text(output, "input_text", "output_text", "text")


def _text(content: object, *kinds: str) -> str:
    """Give the text of a list of blocks."""
    if not isinstance(content, list):
        raise TypeError(f"{shown(content)} is no content")
    return "\n".join(str(block["text"]) for block in content if block["type"] in kinds)
