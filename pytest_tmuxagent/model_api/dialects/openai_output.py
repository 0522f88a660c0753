"""The items of an answer of the Responses API, each with the events by which it grows.

Source: OpenAI API reference, "Responses" and "Streaming events".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

# An event's name, and what it has beside the place of its item.
Event = tuple[str, dict[str, Any]]

# Tools whose input is one text and no JSON: `{"input": text}` in a call of the script.
FREEFORM = frozenset({"apply_patch"})


class Message:
    """What the model says."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - the wire's word
        self._id = id
        self._text = ""

    def opened(self) -> list[Event]:
        """It begins with nothing said."""
        item = self._item("in_progress", [])
        part = {**self._place, "part": _text("")}
        return [("response.output_item.added", {"item": item}), ("response.content_part.added", part)]

    def said(self, chunk: str) -> list[Event]:
        """Say a piece."""
        self._text += chunk
        return [("response.output_text.delta", {**self._place, "delta": chunk, "logprobs": []})]

    def closed(self, *, status: str = "completed") -> tuple[dict[str, Any], list[Event]]:
        """Give the whole item, and the events that end it."""
        item = self._item(status, [_text(self._text)])
        return item, [
            ("response.output_text.done", {**self._place, "text": self._text, "logprobs": []}),
            ("response.content_part.done", {**self._place, "part": _text(self._text)}),
            ("response.output_item.done", {"item": item}),
        ]

    @property
    def _place(self) -> dict[str, Any]:
        return {"item_id": self._id, "content_index": 0}

    def _item(self, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "type": "message",
            "id": self._id,
            "status": status,
            "role": "assistant",
            "content": content,
        }


class Call:
    """A tool call; its arguments are sent in pieces."""

    def __init__(self, call: Mapping[str, Any], *, id: str) -> None:  # noqa: A002 - the wire's word
        self._is_freeform = is_freeform(call)
        namespace, _, name = call["name"].rpartition(".")
        self._named = {"name": name, **({"namespace": namespace} if namespace else {})}
        self._ids = {"id": f"{'ctc' if self._is_freeform else 'fc'}_{id}", "call_id": call["id"]}
        self._field = "input" if self._is_freeform else "arguments"
        self._arguments = arguments_of(call)
        self._sent = 0

    def opened(self) -> list[Event]:
        """It begins without arguments."""
        return [("response.output_item.added", {"item": self._item("in_progress", "")})]

    def reached(self, until: int) -> list[Event]:
        """Send what is not sent yet of the first `until` characters of the arguments."""
        piece = self._arguments[self._sent : until]
        self._sent = max(self._sent, until)
        grown = {"item_id": self._ids["id"], "delta": piece}
        return [(f"{self._growth}.delta", grown)] if piece else []

    def closed(self, *, status: str = "completed") -> tuple[dict[str, Any], list[Event]]:
        """Give the whole item, and the events that end it."""
        item = self._item(status, self._arguments)
        return item, [
            *self.reached(len(self._arguments)),
            (f"{self._growth}.done", {"item_id": self._ids["id"], self._field: self._arguments}),
            ("response.output_item.done", {"item": item}),
        ]

    @property
    def _growth(self) -> str:
        return "response.custom_tool_call_input" if self._is_freeform else "response.function_call_arguments"

    def _item(self, status: str, arguments: str) -> dict[str, Any]:
        kind = "custom_tool_call" if self._is_freeform else "function_call"
        return {"type": kind, **self._ids, "status": status, **self._named, self._field: arguments}


def is_freeform(call: Mapping[str, Any]) -> bool:
    """Whether the call carries one text instead of JSON."""
    return call["name"] in FREEFORM and isinstance(call["input"].get("input"), str)


def arguments_of(call: Mapping[str, Any]) -> str:
    """Give what is sent for the input of a call, character by character."""
    return str(call["input"]["input"]) if is_freeform(call) else json.dumps(call["input"], ensure_ascii=False)


def _text(text: str) -> dict[str, Any]:
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}
