"""Answers of the Responses API: as a stream of events, and whole.

Source: OpenAI API reference, "Responses" and "Streaming events"; Codex CLI 0.169.0 (what it reads, measured).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pytest_tmuxagent.model_api.dialects.openai_output import Call, Event, Message

# The status of the last item tells why an answer stopped: Codex keeps it in its record. A refusal is text as
# any other there: it drops messages with the API's own `refusal` content, and asks again after a
# `content_filter`.
_STATUS = {"max_tokens": "incomplete", "refusal": "incomplete"}
_INCOMPLETE = {"max_tokens": "max_output_tokens"}


class Streamed:
    """Writes an answer as server-sent events. Ids and the time are the same in every run."""

    content_type = "text/event-stream"

    def __init__(self, *, model: str, number: int) -> None:
        self._number = number
        self._events = 0
        self._open: Message | Call | None = None
        self.response = _response(id=f"resp_{number}", model=model)

    def begin(self) -> bytes:
        """Open the answer."""
        opening = {"response": self.response}
        return self._written([("response.created", opening), ("response.in_progress", opening)])

    def text(self, chunk: str) -> bytes:
        """Say a piece of text; pieces that follow each other are one message."""
        if isinstance(self._open, Message):
            return self._of_item(self._open.said(chunk))
        before, message = self._close(), Message(id=f"msg_{self._item_id}")
        self._open = message
        return before + self._of_item([*message.opened(), *message.said(chunk)])

    def part_of_call(self, call: Mapping[str, Any], until: int) -> bytes:
        """Make a call, as far as the first `until` characters of its arguments."""
        before, open_call = self._opened(call)
        return before + self._of_item(open_call.reached(until))

    def call(self, call: Mapping[str, Any]) -> bytes:
        """Make a call, or the rest of it."""
        before, _ = self._opened(call)
        return before + self._close()

    def garbage(self) -> bytes:
        """Write an event that is cut off, and bytes that are no UTF-8: not all readers mind the first."""
        return b'event: response.output_text.delta\ndata: {"type": "response.output_te\n\ndata: \xff\xfe\n\n'

    def end(self, stop_reason: str, usage: Mapping[str, int]) -> bytes:
        """Close the answer."""
        before = self._close(status=_STATUS.get(stop_reason, "completed"))
        reason = _INCOMPLETE.get(stop_reason)
        self.response["status"] = "incomplete" if reason else "completed"
        self.response["incomplete_details"] = {"reason": reason} if reason else None
        self.response["usage"] = _usage(usage)
        return before + self._written([(f"response.{self.response['status']}", {"response": self.response})])

    @property
    def _item_id(self) -> str:
        return f"{self._number}_{len(self.response['output'])}"

    def _opened(self, call: Mapping[str, Any]) -> tuple[bytes, Call]:
        if isinstance(self._open, Call):
            return b"", self._open
        before, opened = self._close(), Call(call, id=self._item_id)
        self._open = opened
        return before + self._of_item(opened.opened()), opened

    def _close(self, *, status: str = "completed") -> bytes:
        if self._open is None:
            return b""
        item, events = self._open.closed(status=status)
        written = self._of_item(events)
        self.response["output"].append(item)
        self._open = None
        return written

    def _of_item(self, events: list[Event]) -> bytes:
        """Write events of the item that is open."""
        place = {"output_index": len(self.response["output"])}
        return self._written([(name, {**place, **said}) for name, said in events])

    def _written(self, events: list[Event]) -> bytes:
        lines = []
        for name, said in events:
            event = {"type": name, "sequence_number": self._events, **said}
            lines.append(f"event: {name}\ndata: {json.dumps(event)}\n\n")
            self._events += 1
        return "".join(lines).encode()


class Whole:
    """Writes an answer as one JSON document, all of it at its end."""

    content_type = "application/json"

    def __init__(self, *, model: str, number: int) -> None:
        self._streamed = Streamed(model=model, number=number)

    def begin(self) -> bytes:
        """Write nothing yet."""
        self._streamed.begin()
        return b""

    def text(self, chunk: str) -> bytes:
        """Keep a piece of text."""
        self._streamed.text(chunk)
        return b""

    def part_of_call(self, call: Mapping[str, Any], until: int) -> bytes:
        """Keep a part of a call."""
        self._streamed.part_of_call(call, until)
        return b""

    def call(self, call: Mapping[str, Any]) -> bytes:
        """Keep a call."""
        self._streamed.call(call)
        return b""

    def garbage(self) -> bytes:
        """Write the begin of a document, and bytes that are no UTF-8."""
        return b'{"id": "resp_\xff\xfe'

    def end(self, stop_reason: str, usage: Mapping[str, int]) -> bytes:
        """Write the answer."""
        self._streamed.end(stop_reason, usage)
        return json.dumps(self._streamed.response).encode()


def _response(*, id: str, model: str) -> dict[str, Any]:  # noqa: A002 - the wire's word
    return {
        "id": id,
        "object": "response",
        "created_at": 0,
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": model,
        "output": [],
        "parallel_tool_calls": True,
        "temperature": None,
        "tool_choice": "auto",
        "tools": [],
        "top_p": None,
        "usage": None,
    }


def _usage(given: Mapping[str, int]) -> dict[str, Any]:
    asked, said = given.get("input_tokens", 0), given.get("output_tokens", 0)
    return {
        "input_tokens": asked,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": said,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": asked + said,
    }
