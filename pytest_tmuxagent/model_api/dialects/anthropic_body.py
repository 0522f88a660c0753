"""The body of an Anthropic Messages request, checked as far as it is used.

Source: Anthropic API reference, "Create a Message"; Claude Code 2.1.197 and 2.1.329, measured.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_tmuxagent.model_api.dialect import HttpRequest, NotUnderstood

Block = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; a content that is a bare string is one text block."""

    role: str
    blocks: tuple[Block, ...]

    @property
    def texts(self) -> list[str]:
        """Its text blocks."""
        return [block["text"] for block in self.blocks if block["type"] == "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What was asked. `schema` is the JSON schema that the answer must fit, None where it is free."""

    model: str
    messages: tuple[Message, ...]
    streamed: bool
    has_tools: bool
    max_tokens: int | None
    stops: tuple[str, ...]
    schema: Mapping[str, Any] | None

    @property
    def last_text(self) -> str:
        """The last text of the last message that is the user's."""
        texts = next((message.texts for message in reversed(self.messages) if message.role == "user"), [])
        return texts[-1] if texts else ""


def read_body(request: HttpRequest) -> Body:
    """Read a body.

    Raises:
        NotUnderstood: it is no request of this protocol.
    """
    try:
        fields = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood(f"its body is no JSON: {error}") from None
    given = _object(fields, "its body")
    return Body(
        model=_text(given.get("model", ""), "model"),
        messages=tuple(_message(each) for each in _list(given.get("messages"), "messages")),
        streamed=given.get("stream") is True,
        has_tools=bool(given.get("tools")),
        max_tokens=_whole(given.get("max_tokens")),
        stops=_stops(given.get("stop_sequences")),
        schema=_schema(given.get("output_config")),
    )


def _message(given: object) -> Message:
    message = _object(given, "a message")
    content = message.get("content")
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else _list(content, "content")
    return Message(role=_text(message.get("role"), "role"), blocks=tuple(map(_block, blocks)))


def _block(given: object) -> Block:
    block = _object(given, "a content block")
    for name in _TEXTS_OF.get(_text(block.get("type"), "type"), ()):
        _text(block.get(name), name)
    if block["type"] == "tool_use":
        _object(block.get("input"), "the input of a call")
    return block


_TEXTS_OF: Mapping[str, Sequence[str]] = {
    "text": ("text",),
    "tool_use": ("id", "name"),
    "tool_result": ("tool_use_id",),
}


def _stops(given: object) -> tuple[str, ...]:
    return tuple(stop for stop in given if isinstance(stop, str)) if isinstance(given, list) else ()


def _schema(config: object) -> Mapping[str, Any] | None:
    wanted = config.get("format") if isinstance(config, dict) else None
    schema = wanted.get("schema") if isinstance(wanted, dict) else None
    return schema if isinstance(schema, dict) else None


def _object(given: object, what: str) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise NotUnderstood(f"{what} is no object")
    return given


def _list(given: object, name: str) -> list[object]:
    if not isinstance(given, list):
        raise NotUnderstood(f"{name!r} is no list")
    return given


def _text(given: object, name: str) -> str:
    if not isinstance(given, str):
        raise NotUnderstood(f"{name!r} is no text")
    return given


def _whole(given: object) -> int | None:
    return given if isinstance(given, int) else None
