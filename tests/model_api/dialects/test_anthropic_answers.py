"""What Claude Code is sent: the stream of events, and the whole answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.model_api.dialects.anthropic_answers import Streamed, Whole, answer_writer

CALL = {"id": "toolu_1_1", "name": "Bash", "input": {"command": "echo ü"}}
CALL_JSON = '{"command": "echo ü"}'
USAGE = {"input_tokens": 3, "output_tokens": 5}


def writer() -> Streamed:
    return Streamed(id="msg_7", model="claude-opus-4-8")


def events(stream: bytes) -> list[dict[str, Any]]:
    """Read a stream as a browser does; each event names its type twice."""
    found = []
    for block in stream.decode().split("\n\n")[:-1]:
        named, _, told = block.partition("\n")
        event = json.loads(told.removeprefix("data: "))
        assert named == f"event: {event['type']}"
        found.append(event)
    return found


def types(stream: bytes) -> list[str]:
    return [event["type"] for event in events(stream)]


def test_an_answer_has_all_six_events() -> None:
    told = writer()
    assert types(told.begin() + told.text("hi") + told.end("end_turn", USAGE)) == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


def test_the_start_names_the_message_and_the_model() -> None:
    message = events(writer().begin())[0]["message"]
    assert (message["id"], message["model"], message["content"]) == ("msg_7", "claude-opus-4-8", [])


def test_the_end_tells_the_reason_and_the_usage() -> None:
    ended = events(writer().end("max_tokens", USAGE))[0]
    assert ended["delta"]["stop_reason"] == "max_tokens"
    assert ended["usage"] == {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, **USAGE}


def test_texts_that_follow_each_other_are_one_block() -> None:
    told = writer()
    said = events(told.text("a") + told.text("b"))
    assert [event.get("index") for event in said] == [0, 0, 0]
    assert types(told.end("end_turn", USAGE))[0] == "content_block_stop"


def test_a_call_closes_the_text_before_it() -> None:
    told = writer()
    said = events(told.text("a") + told.call(CALL) + told.text("b"))
    assert [(event["type"], event["index"]) for event in said] == [
        ("content_block_start", 0),
        ("content_block_delta", 0),
        ("content_block_stop", 0),
        ("content_block_start", 1),
        ("content_block_delta", 1),
        ("content_block_stop", 1),
        ("content_block_start", 2),
        ("content_block_delta", 2),
    ]


def test_a_call_s_input_is_counted_in_characters() -> None:
    told = writer()
    opened, piece = events(told.part_of_call(CALL, CALL_JSON.index("ü") + 1))
    assert opened["content_block"] == {"type": "tool_use", "id": "toolu_1_1", "name": "Bash", "input": {}}
    assert piece["delta"]["partial_json"] == '{"command": "echo ü'


@given(st.lists(st.integers(min_value=0, max_value=40), max_size=5))
def test_a_call_in_pieces_is_the_call(ends: list[int]) -> None:
    told = writer()
    stream = b"".join(told.part_of_call(CALL, end) for end in ends) + told.call(CALL)
    said = events(stream)
    pieces = [event["delta"]["partial_json"] for event in said if "delta" in event]
    assert "".join(pieces) == CALL_JSON
    assert (said[0]["type"], said[-1]["type"]) == ("content_block_start", "content_block_stop")


def test_a_call_after_another_begins_at_its_first_character() -> None:
    told = writer()
    told.call(CALL)
    pieces = [
        event["delta"]["partial_json"]
        for event in events(told.call({**CALL, "id": "toolu_1_2"}))
        if "delta" in event
    ]
    assert pieces == [CALL_JSON]


def test_garbage_is_no_json() -> None:
    with pytest.raises(json.JSONDecodeError):
        events(writer().garbage())
    with pytest.raises(json.JSONDecodeError):
        json.loads(Whole(id="msg_7", model="m").garbage())


@pytest.mark.parametrize("text", ["\ud83d", "\u2028", "a\nevent: x\n\n", "\x00"])
def test_no_text_can_break_the_stream(text: str) -> None:
    assert events(writer().text(text))[1]["delta"]["text"] == text


def test_a_whole_answer_is_given_at_its_end() -> None:
    told = Whole(id="msg_7", model="claude-opus-4-8")
    begun = told.begin() + told.text("a") + told.text("b") + told.part_of_call(CALL, 3) + told.call(CALL)
    answer = json.loads(told.end("tool_use", USAGE))
    assert begun == b""
    assert answer["content"] == [{"type": "text", "text": "ab"}, {"type": "tool_use", **CALL}]
    assert (answer["id"], answer["stop_reason"], answer["usage"]["output_tokens"]) == ("msg_7", "tool_use", 5)


def test_the_form_is_the_one_asked_for() -> None:
    forms = [answer_writer(id="m", model="m", streamed=streamed).content_type for streamed in (True, False)]
    assert forms == ["text/event-stream", "application/json"]
