"""Answers in Anthropic Messages: as a stream of events, or whole.

Source: Anthropic API reference, "Streaming Messages"; Claude Code 2.1.197 and 2.1.329 read them
(2.1.197 needs all six events, each with its `event:` line).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_NO_USAGE = {"input_tokens": 0, "output_tokens": 0}


class Streamed:
    """Writes an answer as server-sent events."""

    content_type = "text/event-stream"

    def __init__(self, *, id: str, model: str) -> None:  # noqa: A002 - the wire's word
        self._message = {**_message(id=id, model=model), "usage": _usage(_NO_USAGE)}
        self._block = -1
        self._open = ""  # what the open block is: "text", the id of a call, or nothing
        self._sent = 0  # characters of the open call's input

    def begin(self) -> bytes:
        """Open the answer."""
        return _event("message_start", message=self._message)

    def text(self, chunk: str) -> bytes:
        """Say a piece of text."""
        opened = b"" if self._open == "text" else self._start("text", {"type": "text", "text": ""})
        return opened + self._delta({"type": "text_delta", "text": chunk})

    def part_of_call(self, call: Mapping[str, Any], until: int) -> bytes:
        """Make a call, as far as the first `until` characters of its input."""
        id = str(call["id"])  # noqa: A001 - the wire's word
        block = {"type": "tool_use", "id": id, "name": call["name"], "input": {}}
        opened = b"" if self._open == id else self._start(id, block)
        piece = _input(call)[self._sent : until]
        self._sent += len(piece)
        return opened + (self._delta({"type": "input_json_delta", "partial_json": piece}) if piece else b"")

    def call(self, call: Mapping[str, Any]) -> bytes:
        """Make a call, or the rest of it."""
        return self.part_of_call(call, len(_input(call))) + self._stop()

    def garbage(self) -> bytes:
        """Write an event whose data are no JSON."""
        return b'event: content_block_delta\ndata: {"type":"content_block_delta","ind\n\n'

    def end(self, stop_reason: str, usage: Mapping[str, int]) -> bytes:
        """Close the answer."""
        delta = {"stop_reason": stop_reason, "stop_sequence": None}
        closing = _event("message_delta", delta=delta, usage=_usage(usage))
        return self._stop() + closing + _event("message_stop")

    def _start(self, open: str, block: Mapping[str, Any]) -> bytes:  # noqa: A002
        stopped = self._stop()
        self._block += 1
        self._open, self._sent = open, 0
        return stopped + _event("content_block_start", index=self._block, content_block=block)

    def _delta(self, delta: Mapping[str, Any]) -> bytes:
        return _event("content_block_delta", index=self._block, delta=delta)

    def _stop(self) -> bytes:
        if not self._open:
            return b""
        self._open = ""
        return _event("content_block_stop", index=self._block)


class Whole:
    """Writes an answer as one JSON object, when it ends."""

    content_type = "application/json"

    def __init__(self, *, id: str, model: str) -> None:  # noqa: A002 - the wire's word
        self._message = _message(id=id, model=model)
        self._content: list[dict[str, Any]] = []

    def begin(self) -> bytes:
        """Open the answer."""
        return b""

    def text(self, chunk: str) -> bytes:
        """Say a piece of text."""
        if not self._content or self._content[-1]["type"] != "text":
            self._content.append({"type": "text", "text": ""})
        self._content[-1]["text"] += chunk
        return b""

    def part_of_call(self, call: Mapping[str, Any], until: int) -> bytes:  # noqa: ARG002
        """Nothing is sent before the end."""
        return b""

    def call(self, call: Mapping[str, Any]) -> bytes:
        """Make a call."""
        made = {"type": "tool_use", "id": call["id"], "name": call["name"], "input": call["input"]}
        self._content.append(made)
        return b""

    def garbage(self) -> bytes:
        """Write the beginning of an object."""
        return b'{"type":"mess'

    def end(self, stop_reason: str, usage: Mapping[str, int]) -> bytes:
        """Give the whole answer."""
        ended = {"content": self._content, "stop_reason": stop_reason, "usage": _usage(usage)}
        return _json({**self._message, **ended})


def answer_writer(*, id: str, model: str, streamed: bool) -> Streamed | Whole:  # noqa: A002
    """Write an answer in the form that was asked for."""
    return (Streamed if streamed else Whole)(id=id, model=model)


def _message(*, id: str, model: str) -> dict[str, Any]:  # noqa: A002
    return {
        "id": id,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def _usage(counted: Mapping[str, int]) -> dict[str, int]:
    return {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, **counted}


def _input(call: Mapping[str, Any]) -> str:
    return json.dumps(call["input"], ensure_ascii=False)


def _event(type: str, **fields: object) -> bytes:  # noqa: A002 - the wire's word
    return b"event: %s\ndata: %s\n\n" % (type.encode(), _json({"type": type, **fields}))


def _json(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()
