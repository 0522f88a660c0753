"""Claude Code's requests, as it sent them, and what the script is told of them."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.model_api.dialect import Answer, HttpRequest, ModelRequest, NotUnderstood
from pytest_tmuxagent.model_api.dialects.anthropic import Anthropic
from pytest_tmuxagent.script.requests import ToolResult

CAPTURED = Path(__file__).parents[2] / "captured" / "claude"
VERSIONS = ("2.1.197", "2.1.329")
SESSION = "00000000-0000-4000-8000-000000000001"
TOOL = 'tool [[tool:Bash,{"command":"echo hi","description":"d"}]] >> [[err:400:later]]'
EIGHT = 'eight [[tool:Bash,{"command":"sleep 3; echo slept","description":"d"}]]'
SLEPT = ToolResult(call="toolu_fake_12_0", name="Bash", output="slept", exit_code=0)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
blocks = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["text", "tool_use", "tool_result", "thinking"]) | json_values,
        "text": st.text(max_size=9) | json_values,
        "id": st.just("1") | json_values,
        "name": st.just("Bash") | json_values,
        "input": st.just({}) | json_values,
        "tool_use_id": st.just("1") | json_values,
        "content": st.text() | st.lists(st.fixed_dictionaries({"text": json_values})) | json_values,
        "is_error": json_values,
    },
)
messages = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["user", "assistant", "system"]) | json_values,
        "content": st.lists(blocks, max_size=4) | json_values,
    }
)
bodies = st.fixed_dictionaries(
    {"messages": st.lists(messages, max_size=4) | json_values},
    optional=dict.fromkeys(
        ("model", "stream", "tools", "max_tokens", "stop_sequences", "output_config"), json_values
    ),
)


def captured(name: str, *, version: str = "2.1.197") -> HttpRequest:
    request = json.loads((CAPTURED / version / "requests" / f"{name}.json").read_text(encoding="utf-8"))
    body = json.dumps(request["body"]).encode()
    path = request["path"].partition("?")[0]
    return HttpRequest(method="POST", path=path, headers=request["headers"], body=body)


def asked(body: object, *, path: str = "/v1/messages", **headers: str) -> HttpRequest:
    return HttpRequest(method="POST", path=path, headers=headers, body=json.dumps(body).encode())


def prompt(text: str, **more: object) -> dict[str, Any]:
    return {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": text}], **more}


def turn(dialect: Anthropic, request: HttpRequest) -> ModelRequest:
    read = dialect.read(request)
    assert isinstance(read, ModelRequest)
    return read


def side(request: HttpRequest) -> Answer:
    read = Anthropic().read(request)
    assert isinstance(read, Answer)
    return read


def said(answer: Answer) -> str:
    """The text of a whole or a streamed answer."""
    if answer.content_type == "application/json":
        return str(json.loads(answer.body)["content"][0]["text"])
    lines = [line for line in answer.body.decode().splitlines() if '"text_delta"' in line]
    return "".join(json.loads(line.removeprefix("data: "))["delta"]["text"] for line in lines)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("name", "prompts"),
    [
        ("first", ("hello there my friend [[text:hi]]",)),
        ("shell", ("!echo hi",)),
        ("queued-then-interrupted", ("q2 [[text:x]]", "q3 [[text:y]]")),
        ("added-in-a-tool", (EIGHT, "nine")),
        ("max-tokens", ("ten [[stop:max_tokens]] [[text:cut]]",)),
        ("subagent", ("sub hi",)),
        ("after-clear", ("post clear",)),
    ],
)
def test_the_prompts_are_what_the_user_typed(version: str, name: str, prompts: tuple[str, ...]) -> None:
    request = turn(Anthropic(), captured(name, version=version))
    assert (request.prompts, request.prompt, request.broken) == (prompts, prompts[0], ())


@pytest.mark.parametrize(
    ("name", "prompt"),
    [
        ("mention", "look at @a.txt please"),
        ("pasted", f"long {'x' * 900}\nline"),
    ],
)
def test_what_the_cli_adds_to_a_prompt_is_left_out(name: str, prompt: str) -> None:
    assert turn(Anthropic(), captured(name, version="2.1.329")).prompts == (prompt,)


def test_a_prompt_after_an_interrupt_and_a_rejected_call_stands_alone() -> None:
    request = turn(Anthropic(), captured("interrupted"))
    assert request.prompts == ("x [[slow:5]] [[text:zz]] >> [[slow:5]] [[text:zz]]",)
    assert (request.results, request.broken) == ((), ())


def test_a_task_that_ended_opens_a_turn_of_its_own() -> None:
    prompts = turn(Anthropic(), captured("task-ended", version="2.1.329")).prompts
    assert len(prompts) == 1
    assert prompts[0].startswith("<task-notification>\n<task-id>")
    assert prompts[0].endswith("</task-notification>")


def test_a_command_of_the_user_s_is_told_as_it_was_typed() -> None:
    named = "<command-message>foo</command-message>\n<command-name>/foo</command-name>"
    texts = [f"{named}\n<command-args>bar baz</command-args>\n", "Do the foo thing with bar baz."]
    content = [{"type": "text", "text": text} for text in texts]
    request = turn(Anthropic(), asked(prompt("", messages=[{"role": "user", "content": content}])))
    assert request.prompts == ("/foo bar baz",)


@pytest.mark.parametrize(
    "own",
    [
        "Stop hook feedback:\nplease go on",
        "[Your previous response had no visible output. Please continue.]",
        "Your response above was stopped by a safety classifier",
        "Output token limit hit. Resume directly",
        "[structured-output-enforce] You MUST call it.",
    ],
)
def test_what_the_cli_asks_by_itself_belongs_to_the_turn(own: str) -> None:
    dialect = Anthropic()
    first = turn(dialect, asked(prompt("ask")))
    history = [
        {"role": "user", "content": "ask"},
        {"role": "assistant", "content": "said"},
        {"role": "user", "content": own},
    ]
    again = turn(dialect, asked(prompt("", messages=history)))
    assert (again.turn, again.prompts) == (first.turn, ("ask",))
    assert again.step != first.step


def test_an_answer_that_says_nothing_ends_its_turn() -> None:
    history = [
        {"role": "user", "content": "ask"},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm"}]},
        {"role": "user", "content": "ask again"},
    ]
    assert turn(Anthropic(), asked(prompt("", messages=history))).prompts == ("ask again",)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_prompt_after_one_that_failed_is_a_turn_of_its_own(version: str) -> None:
    dialect = Anthropic()
    failed = turn(dialect, captured("failed", version=version))
    after = turn(dialect, captured("after-a-failure", version=version))
    assert (failed.prompts, after.prompts) == (("one [[err:400:bad thing]]",), ("two [[text:ok]]",))
    assert failed.turn != after.turn


@pytest.mark.parametrize("version", VERSIONS)
def test_a_prompt_after_a_turn_that_failed_at_its_result_is_a_turn_of_its_own(version: str) -> None:
    dialect = Anthropic()
    failed = turn(dialect, captured("failed-at-the-result", version=version))
    after = turn(dialect, captured("after-it", version=version))
    assert (failed.prompt, after.prompts, after.results) == (TOOL, ("after",), ())


def test_the_results_of_the_calls_are_told() -> None:
    assert turn(Anthropic(), captured("added-in-a-tool")).results == (SLEPT,)


def test_a_turn_keeps_its_name_and_another_has_another() -> None:
    dialect = Anthropic()
    first = turn(dialect, asked(prompt("ask")))
    call = {"type": "tool_use", "id": "1", "name": "Bash", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "1", "content": "ok"}
    history = [
        {"role": "user", "content": "ask"},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result]},
    ]
    second = turn(dialect, asked(prompt("", messages=history)))
    third_history = [
        *history,
        {"role": "assistant", "content": "done"},
        {"role": "user", "content": "ask"},
    ]
    third = turn(dialect, asked(prompt("", messages=third_history)))
    assert first.turn == second.turn != third.turn
    assert len({first.step, second.step, third.step}) == 3


def test_the_same_request_without_a_stream_is_the_same_step() -> None:
    dialect = Anthropic()
    streamed = turn(dialect, asked(prompt("ask", stream=True)))
    whole = turn(dialect, asked(prompt("ask")))
    assert (streamed.step, streamed.turn) == (whole.step, whole.turn)
    assert (streamed.streamed, whole.streamed) == (True, False)


def test_the_exit_code_of_a_command_that_failed_is_told() -> None:
    call = {"type": "tool_use", "id": "1", "name": "Bash", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "1", "content": "Exit code 3\noops", "is_error": True}
    history = [
        {"role": "user", "content": "ask"},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result]},
    ]
    assert turn(Anthropic(), asked(prompt("", messages=history))).results == (
        ToolResult(call="1", name="Bash", output="Exit code 3\noops", is_error=True, exit_code=3),
    )


@pytest.mark.parametrize(
    ("name", "output"), [("Write", "ok"), ("Bash", "Command running in background with ID: b1.")]
)
def test_what_has_no_exit_code_is_given_none(name: str, output: str) -> None:
    history = [
        {"role": "user", "content": "ask"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": name, "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": output}]},
    ]
    assert turn(Anthropic(), asked(prompt("", messages=history))).results[0].exit_code is None


def test_a_subagent_has_a_conversation_of_its_own() -> None:
    request = turn(Anthropic(), captured("subagent"))
    assert request.session.startswith(f"{SESSION}:a")
    assert turn(Anthropic(), captured("first")).session == SESSION


def test_what_a_subagent_gave_back_is_one_text() -> None:
    output = turn(Anthropic(), captured("subagent-result")).results[0].output
    assert output.startswith("Hello from the fake API.\nagentId: ")


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("2.1.197", "title"),
        ("2.1.197", "compaction"),
        ("2.1.329", "compaction"),
        ("2.1.197", "probe"),
    ],
)
def test_a_side_request_is_answered_without_the_script(version: str, name: str) -> None:
    answer = side(captured(name, version=version))
    assert (answer.kind, answer.status) == (name, 200)
    assert said(answer)


def test_a_classifier_finds_nothing_dangerous() -> None:
    answer = side(asked(prompt("Is it?", stop_sequences=["</block>"])))
    assert (answer.kind, said(answer)) == ("classifier", "<block>no")


def test_a_recap_is_a_side_request() -> None:
    assert side(asked(prompt("The user stepped away and is coming back. Recap in"))).kind == "recap"


def test_the_title_is_the_one_the_terminal_had() -> None:
    assert json.loads(said(side(captured("title")))) == {"title": "Claude Code"}


def test_tokens_are_counted() -> None:
    assert json.loads(side(captured("count-tokens")).body)["input_tokens"] > 0


def test_a_side_request_with_a_schema_gets_what_fits_it() -> None:
    properties = {"ok": {"type": "boolean"}, "reason": {"type": "string"}, "kind": {"enum": ["a", "b"]}}
    schema = {"type": "object", "properties": properties}
    request = prompt("Is it?", output_config={"format": {"type": "json_schema", "schema": schema}})
    assert json.loads(said(side(asked(request)))) == {"ok": True, "reason": "", "kind": "a"}


def test_a_side_request_leaves_the_conversation_as_it_was() -> None:
    dialect = Anthropic()
    first = turn(dialect, captured("failed-at-the-result"))
    dialect.read(captured("compaction"))
    assert turn(dialect, captured("failed-at-the-result")) == first


@pytest.mark.parametrize(("path", "id"), [("/v1/models", None), ("/v1/models/my-model", "my-model")])
def test_models_are_listed(path: str, id: str | None) -> None:  # noqa: A002 - the wire's word
    answer = side(HttpRequest(method="GET", path=path, headers={"anthropic-version": "2023-06-01"}))
    listed = json.loads(answer.body)
    assert (listed if id else listed["data"][0])["type"] == "model"
    assert listed.get("id") == id


@pytest.mark.parametrize(
    ("method", "path", "headers", "speaks"),
    [
        ("POST", "/v1/messages", {}, True),
        ("POST", "/v1/messages/count_tokens", {}, True),
        ("GET", "/v1/models", {"anthropic-version": "2023-06-01"}, True),
        ("GET", "/v1/models", {}, False),
        ("GET", "/v1/messages", {}, False),
        ("POST", "/v1/responses", {}, False),
    ],
)
def test_it_knows_its_requests(method: str, path: str, headers: dict[str, str], speaks: bool) -> None:  # noqa: FBT001
    assert Anthropic().speaks(HttpRequest(method=method, path=path, headers=headers)) is speaks


@pytest.mark.parametrize(
    ("body", "broken"),
    [
        ({**prompt("ask"), "model": ""}, "it names no model"),
        ({**prompt("ask"), "max_tokens": None}, "it sets no max_tokens"),
        (prompt("", messages=[]), "its first message is not the user's"),
        (
            prompt("", messages=[{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1"}]}]),
            "a result is for the call '1', which was never made",
        ),
    ],
)
def test_a_broken_rule_is_named(body: dict[str, Any], broken: str) -> None:
    assert turn(Anthropic(), asked(body)).broken[0] == broken


@pytest.mark.parametrize(
    ("status", "type"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (413, "request_too_large"),
        (422, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (503, "api_error"),
        (529, "overloaded_error"),
    ],
)
def test_a_failure_has_the_vendor_s_type(status: int, type: str) -> None:  # noqa: A002 - the wire's word
    answer = Anthropic().failure(status, "why")
    assert (answer.kind, answer.status) == ("failure", status)
    assert json.loads(answer.body) == {"type": "error", "error": {"type": type, "message": "why"}}


def test_a_failure_tells_when_to_ask_again() -> None:
    assert Anthropic().failure(429, "why", retry_after=1.0).headers == (("retry-after", "1"),)
    assert Anthropic().failure(429, "why").headers == ()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "its body is no object"),
        (b"{}", "'messages' is no list"),
        (b'{"messages": [1]}', "a message is no object"),
        (b'{"messages": [{"role": "user", "content": [{"type": "text"}]}]}', "'text' is no text"),
    ],
)
def test_what_cannot_be_read_is_said(body: bytes, why: str) -> None:
    with pytest.raises(NotUnderstood, match=why):
        Anthropic().read(HttpRequest(method="POST", path="/v1/messages", headers={}, body=body))


@given(st.binary() | bodies.map(lambda body: json.dumps(body).encode()))
def test_reading_fails_in_one_way_only(body: bytes) -> None:
    with suppress(NotUnderstood):
        Anthropic().read(HttpRequest(method="POST", path="/v1/messages", headers={}, body=body))


@pytest.mark.timeout(20)  # Read in a moment; a search from each beginning to the end would take minutes.
@pytest.mark.parametrize(
    "beginning",
    [
        '<pasted_content id="1">\n',
        "<system-reminder><task-notification>",
        "The user sent a new message while you were working:\n",
        "<command-message><command-args>",
    ],
)
def test_two_megabytes_that_only_begin_are_read_at_once(beginning: str) -> None:
    text = beginning * (2_000_000 // len(beginning))
    body = {"model": "m", "max_tokens": 1_000, "messages": [{"role": "user", "content": text}]}
    assert isinstance(Anthropic().read(asked(body)), ModelRequest)
