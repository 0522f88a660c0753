"""What our writers write, cut at any byte and read by a reader that knows none of them, is what was said."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from pytest_tmuxagent.agents.registry import Registry
from pytest_tmuxagent.script.requests import Request
from pytest_tmuxagent.script.steps import message
from pytest_tmuxagent.strategies import sse_streams
from pytest_tmuxagent.strategies.wire import SseStream

AGENTS = {"anthropic": "claude", "openai": "codex"}
REQUEST = Request(
    number=1, agent="model", prompt="hi", prompts=("hi",), results=(), attempt=1, answered_by=None
)
Call = tuple[str, str, Any]


def events_in(pieces: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """Give the name and the data of each event, piece by piece.

    Source: WHATWG HTML, 9.2.6, "Interpreting an event stream": lines end with CR LF, LF or CR; a blank one
    gives the event away; one space after the colon is left out.
    """
    decoder, rest = codecs.getincrementaldecoder("utf-8")(), ""
    name, told = "", list[str]()
    for piece in pieces:
        rest += decoder.decode(piece)
        *lines, rest = re.split(r"\r\n|\n|\r(?!\Z)", rest)
        for line in lines:
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if not line:
                if told:
                    yield name, "\n".join(told)
                name, told = "", []
            elif field == "event":
                name = value
            elif field == "data":
                told.append(value)
    assert not rest + "".join(told), "it ends within an event"


def heard(pieces: Iterable[bytes]) -> tuple[str, list[Call]]:
    """Give the text and the calls of an answer: each call's id, name and input."""
    text, calls, arguments = "", dict[object, Any](), dict[object, str]()
    for name, told in events_in(pieces):
        event = json.loads(told)
        assert name == event["type"]
        match event["type"]:
            case "content_block_start" if event["content_block"]["type"] == "tool_use":
                calls[event["index"]] = event["content_block"]
                arguments[event["index"]] = ""
            case "content_block_delta" if event["delta"]["type"] == "text_delta":
                text += event["delta"]["text"]
            case "content_block_delta":
                arguments[event["index"]] += event["delta"]["partial_json"]
            case "response.output_text.delta":
                text += event["delta"]
            case "response.output_item.done" if event["item"]["type"] != "message":
                calls[event["output_index"]] = event["item"]
    return text, [_call(call, arguments.get(index)) for index, call in calls.items()]


def _call(call: Any, arguments: str | None) -> Call:  # noqa: ANN401 - what JSON holds
    if arguments is not None:
        return call["id"], call["name"], json.loads(arguments) if arguments else call["input"]
    name = f"{call['namespace']}.{call['name']}" if call.get("namespace") else call["name"]
    given_ = {"input": call["input"]} if "input" in call else json.loads(call["arguments"])
    return call["call_id"], name, given_


@pytest.mark.parametrize("dialect", ["anthropic", "openai"])
def test_who_reads_a_stream_hears_what_was_said(dialect: str) -> None:
    @settings(deadline=None, suppress_health_check=list(HealthCheck))
    @given(stream=sse_streams(dialect=dialect))
    def holds(stream: SseStream) -> None:
        told = message(stream.reply.parts, request=REQUEST, tools=Registry()[AGENTS[dialect]].tools)
        said = [(call["id"], call["name"], call["input"]) for name, call in told.steps if name == "call"]
        text, calls = heard(stream.pieces)
        assert text == stream.reply.text
        assert calls == said
        assert heard([stream.content]) == (text, calls)

    holds()
