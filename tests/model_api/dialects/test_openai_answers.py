"""Answers of the Responses API: what is on the wire, piece by piece."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.model_api.dialect import HttpRequest, ModelRequest, Writer
from pytest_tmuxagent.model_api.dialects.openai import OpenAI

SHELL = {"id": "call_1", "name": "exec_command", "input": {"cmd": "echo grüße"}}
ARGUMENTS = '{"cmd": "echo grüße"}'
PATCH = {"id": "call_2", "name": "apply_patch", "input": {"input": "*** Begin Patch\n*** End Patch\n"}}
SPAWN = {"id": "call_3", "name": "multi_agent_v1.spawn_agent", "input": {"message": "go"}}
USAGE = {"input_tokens": 3, "output_tokens": 4}


def writer(*, streamed: bool = True) -> Writer:
    asked = ModelRequest(
        session="s",
        turn="t",
        prompt="p",
        prompts=("p",),
        results=(),
        step="1",
        streamed=streamed,
        model="gpt-scripted",
    )
    return OpenAI().writer(asked, number=7)


def events(written: bytes) -> list[dict[str, Any]]:
    """The events of a stream, each with the name that it has."""
    found = []
    for block in written.decode().removesuffix("\n\n").split("\n\n"):
        name, data = block.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        found.append(event)
    return found


def kinds(written: bytes) -> list[str]:
    return [event["type"].removeprefix("response.") for event in events(written)]


def output(written: bytes) -> list[dict[str, Any]]:
    """The items of a whole answer, which its last event carries."""
    whole: list[dict[str, Any]] = events(written)[-1]["response"]["output"]
    return whole


def test_a_text_is_a_message_in_its_pieces() -> None:
    answer = writer()
    written = answer.begin() + answer.text("Hel") + answer.text("lo") + answer.end("end_turn", USAGE)
    assert kinds(written) == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    (message,) = output(written)
    assert (message["role"], message["status"], message["id"]) == ("assistant", "completed", "msg_7_0")
    assert [part["text"] for part in message["content"]] == ["Hello"]


def test_events_are_numbered_and_name_their_item() -> None:
    answer = writer()
    written = events(answer.begin() + answer.text("a") + answer.call(SHELL) + answer.end("tool_use", USAGE))
    assert [event["sequence_number"] for event in written] == list(range(len(written)))
    deltas = [event for event in written if event["type"].endswith(".delta")]
    assert [(event["output_index"], event["item_id"]) for event in deltas] == [(0, "msg_7_0"), (1, "fc_7_1")]


def test_each_piece_is_given_at_once() -> None:
    answer = writer()
    answer.begin()
    assert kinds(answer.text("a"))[-1] == "output_text.delta"
    assert kinds(answer.text("b")) == ["output_text.delta"]


def test_a_call_has_its_arguments_as_json() -> None:
    answer = writer()
    (call,) = output(answer.begin() + answer.call(SHELL) + answer.end("tool_use", USAGE))
    assert (call["type"], call["call_id"], call["name"]) == ("function_call", "call_1", "exec_command")
    assert call["arguments"] == ARGUMENTS
    assert "namespace" not in call


def test_a_tool_of_a_namespace_is_named_apart_from_it() -> None:
    answer = writer()
    (call,) = output(answer.begin() + answer.call(SPAWN) + answer.end("tool_use", USAGE))
    assert (call["namespace"], call["name"]) == ("multi_agent_v1", "spawn_agent")


def test_a_patch_is_sent_as_it_is() -> None:
    answer = writer()
    written = answer.begin() + answer.call(PATCH) + answer.end("tool_use", USAGE)
    (call,) = output(written)
    assert (call["type"], call["input"]) == ("custom_tool_call", PATCH["input"]["input"])  # type: ignore[index]
    assert "custom_tool_call_input.delta" in kinds(written)


def test_a_patch_with_any_other_input_is_sent_as_json() -> None:
    answer = writer()
    odd = {"id": "call_2", "name": "apply_patch", "input": {"patch": 1}}
    (call,) = output(answer.begin() + answer.call(odd) + answer.end("tool_use", USAGE))
    assert (call["type"], call["arguments"]) == ("function_call", '{"patch": 1}')


def test_several_calls_follow_each_other() -> None:
    answer = writer()
    written = answer.begin() + answer.call(SHELL) + answer.call(PATCH) + answer.end("tool_use", USAGE)
    assert [call["call_id"] for call in output(written)] == ["call_1", "call_2"]


@pytest.mark.parametrize("call", [SHELL, PATCH])
@given(places=st.lists(st.integers(min_value=0, max_value=60), max_size=6))
def test_a_call_in_any_pieces_is_the_same_call(call: Mapping[str, Any], places: list[int]) -> None:
    answer, whole = writer(), writer()
    pieces = b"".join(answer.part_of_call(call, until) for until in places)
    written = answer.begin() + pieces + answer.call(call) + answer.end("tool_use", USAGE)
    at_once = whole.begin() + whole.call(call) + whole.end("tool_use", USAGE)
    deltas = [event["delta"] for event in events(written) if event["type"].endswith(".delta")]
    assert output(written) == output(at_once)
    assert "".join(deltas) == output(at_once)[0].get("arguments", output(at_once)[0].get("input"))


def test_a_part_of_a_call_ends_after_so_many_characters() -> None:
    answer = writer()
    written = answer.begin() + answer.text("first") + answer.part_of_call(SHELL, 16)
    deltas = [event["delta"] for event in events(written) if event["type"].endswith("arguments.delta")]
    assert deltas == [ARGUMENTS[:16]]
    assert kinds(written).count("output_item.done") == 1


def test_the_usage_is_told_at_the_end() -> None:
    answer = writer()
    usage = events(answer.begin() + answer.end("end_turn", USAGE))[-1]["response"]["usage"]
    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (3, 4, 7)


def test_an_answer_that_is_too_long_is_incomplete() -> None:
    answer = writer()
    last = events(answer.begin() + answer.text("as far") + answer.end("max_tokens", USAGE))[-1]
    assert last["type"] == "response.incomplete"
    assert last["response"]["incomplete_details"] == {"reason": "max_output_tokens"}


def test_a_refusal_is_text_of_an_incomplete_message() -> None:
    answer = writer()
    written = answer.begin() + answer.text("I will not.") + answer.end("refusal", USAGE)
    (message,) = output(written)
    assert (message["status"], message["content"][0]["text"]) == ("incomplete", "I will not.")
    assert events(written)[-1]["type"] == "response.completed"


def test_garbage_is_neither_json_nor_text() -> None:
    written = writer().garbage()
    _, first, second = written.split(b"data: ")
    with pytest.raises(json.JSONDecodeError):
        json.loads(first)
    with pytest.raises(UnicodeDecodeError):
        second.decode()


def test_the_same_answer_is_the_same_bytes() -> None:
    one, other = writer(), writer()
    assert one.begin() + one.text("a") == other.begin() + other.text("a")


def test_a_whole_answer_comes_at_its_end() -> None:
    answer = writer(streamed=False)
    before = answer.begin() + answer.text("a") + answer.part_of_call(SHELL, 3) + answer.call(SHELL)
    given_ = json.loads(answer.end("tool_use", USAGE))
    assert before == b""
    assert [item["type"] for item in given_["output"]] == ["message", "function_call"]
    assert (answer.content_type, given_["status"], given_["model"]) == (
        "application/json",
        "completed",
        "gpt-scripted",
    )


def test_garbage_in_the_place_of_a_whole_answer_is_no_json() -> None:
    with pytest.raises(UnicodeDecodeError):
        json.loads(writer(streamed=False).garbage())


def test_what_was_answered_can_be_asked_about() -> None:
    answer = writer()
    made = output(answer.begin() + answer.text("a") + answer.call(PATCH) + answer.end("tool_use", USAGE))
    returned = {"type": "custom_tool_call_output", "call_id": "call_2", "output": "Exit code: 0\nOutput:\n"}
    body = json.dumps({"input": [{"role": "user", "content": "p"}, *made, returned]}).encode()
    understood = OpenAI().read(HttpRequest(method="POST", path="/v1/responses", headers={}, body=body))
    assert isinstance(understood, ModelRequest)
    assert understood.broken == ()
    assert [(result.call, result.name) for result in understood.results] == [("call_2", "apply_patch")]


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, "invalid_request_error", None),
        (401, "invalid_request_error", "invalid_api_key"),
        (404, "invalid_request_error", "model_not_found"),
        (429, "requests", "rate_limit_exceeded"),
        (500, "server_error", None),
        (529, "server_error", None),
    ],
)
def test_a_failure_is_told_in_the_words_of_the_vendor(status: int, kind: str, code: str | None) -> None:
    answer = OpenAI().failure(status, "no — sorry")
    error = json.loads(answer.body)["error"]
    assert (answer.kind, answer.status, answer.headers) == ("failure", status, ())
    assert error == {"message": "no — sorry", "type": kind, "param": None, "code": code}


def test_a_failure_is_laid_out_for_people() -> None:
    assert '"message": "größer"' in OpenAI().failure(400, "größer").body.decode().splitlines()[2]


def test_a_failure_may_name_the_code_of_the_vendor() -> None:
    error = json.loads(OpenAI().failure(429, "usage_limit_reached").body)["error"]
    assert (error["type"], error["code"]) == ("usage_limit_reached", "usage_limit_reached")


@pytest.mark.parametrize(("seconds", "shown"), [(1, "1"), (0.5, "1"), (0, "0")])
def test_when_to_ask_again_is_a_header(seconds: float, shown: str) -> None:
    assert OpenAI().failure(429, "slow", retry_after=seconds).headers == (("retry-after", shown),)
