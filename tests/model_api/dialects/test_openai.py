"""Codex' requests, as it sent them, and what the script is told of them."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.model_api.dialect import Answer, HttpRequest, ModelRequest, NotUnderstood
from pytest_tmuxagent.model_api.dialects.openai import OpenAI
from pytest_tmuxagent.script.requests import ToolResult

CAPTURED = Path(__file__).parents[2] / "captured" / "codex" / "0.169.0" / "requests"
PATCHED = "Exit code: 0\nWall time: 0.1 seconds\nOutput:\nSuccess. Updated the following files:\nA b.txt\n"
SPAWNED = '{"agent_id":"01a1fd31-8167-7530-8025-660af8be3e27","nickname":"Hegel"}'


def report(chunk: str, wall: str, *, code: int, tokens: int = 1, printed: str = "") -> str:
    """What `exec_command` returns."""
    return (
        f"Chunk ID: {chunk}\nWall time: {wall} seconds\nProcess exited with code {code}\n"
        f"Original token count: {tokens}\nOutput:\n{printed}"
    )


ONE = report("29636c", "0.0000", code=0, printed="one\n")
TWO = report("7890e5", "0.0000", code=2, printed="two\n")
SLEPT = report("efb691", "1.9675", code=0, tokens=0)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
contents = st.text() | st.lists(st.fixed_dictionaries({"text": json_values})) | json_values
items = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["message", "function_call", "function_call_output", "custom_tool_call"])
        | json_values,
        "role": st.sampled_from(["user", "assistant", "developer"]) | json_values,
        "content": contents,
        "output": contents,
        "call_id": st.just("1") | json_values,
        "name": st.just("exec_command") | json_values,
        "namespace": json_values,
        "arguments": st.sampled_from(["{}", "[1]", "{"]) | json_values,
        "input": json_values,
        "id": st.just("msg_01a1fd33-06c8-7a30-a3b6-f3f9ba3cb464") | json_values,
    },
)
bodies = st.fixed_dictionaries(
    {"input": st.lists(items, max_size=5) | json_values},
    optional={
        "client_metadata": st.fixed_dictionaries({"turn_id": json_values, "thread_id": json_values})
        | json_values,
        **dict.fromkeys(("model", "stream", "text", "prompt_cache_key", "previous_response_id"), json_values),
    },
)


def captured(name: str) -> HttpRequest:
    request = json.loads((CAPTURED / f"{name}.json").read_text(encoding="utf-8"))
    body = json.dumps(request["body"]).encode()
    return HttpRequest(method="POST", path=request["path"], headers=request["headers"], body=body)


def read(name: str) -> ModelRequest:
    understood = OpenAI().read(captured(name))
    assert isinstance(understood, ModelRequest), understood
    return understood


def asked(given: object, **body: object) -> HttpRequest:
    """A request of a client that says nothing of itself."""
    content = json.dumps({"model": "m", "input": given, **body}).encode()
    return HttpRequest(method="POST", path="/v1/responses", headers={}, body=content)


def told(dialect: OpenAI, request: HttpRequest) -> ModelRequest:
    understood = dialect.read(request)
    assert isinstance(understood, ModelRequest)
    return understood


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def output_of(answer: Answer) -> str:
    """The text of an answer that is a stream of events."""
    deltas = [json.loads(line[6:]) for line in answer.body.decode().splitlines() if line.startswith("data: ")]
    return "".join(event["delta"] for event in deltas if event["type"] == "response.output_text.delta")


@pytest.mark.parametrize(
    ("name", "prompts"),
    [
        ("first", ("tool",)),
        ("resumed", ("hello again [[text:hi2]]",)),
        ("steered_during_call", ("tool", "steered while it runs")),
        ("steered_during_text", ("hold", "steered mid text")),
        ("after_failure", ("after bad",)),
        ("after_interrupted_call", ("after esc",)),
        ("after_interrupted_text", ("after second esc",)),
        ("after_own_command", ("after bang",)),
        ("held_by_hook", ("blockme",)),
        ("after_compaction", ("after compact",)),
        ("after_automatic_compaction", ("after ctx",)),
        ("sub_agent", ("text sub task",)),
        ("sub_agent_reported", ("calls",)),
        ("review", ("look",)),
    ],
)
def test_the_prompts_of_the_turn_are_told_exactly(name: str, prompts: tuple[str, ...]) -> None:
    request = read(name)
    assert request.prompts == prompts
    assert request.prompt == prompts[0]


@pytest.mark.parametrize(
    ("name", "results"),
    [
        ("first", ()),
        (
            "two_results",
            (
                ToolResult(call="call_a", name="exec_command", output=ONE, exit_code=0),
                ToolResult(call="call_b", name="exec_command", output=TWO, is_error=True, exit_code=2),
            ),
        ),
        (
            "steered_during_call",
            (ToolResult(call="call_1", name="exec_command", output=SLEPT, exit_code=0),),
        ),
        ("patched", (ToolResult(call="call_17", name="apply_patch", output=PATCHED, exit_code=0),)),
        (
            "unknown_tool",
            (ToolResult(call="call_18", name="nope", output="unsupported call: nope", is_error=True),),
        ),
        ("spawned", (ToolResult(call="call_19", name="multi_agent_v1.spawn_agent", output=SPAWNED),)),
        ("after_interrupted_call", ()),
        ("sub_agent_reported", ()),
    ],
)
def test_the_results_of_the_last_calls_are_told(name: str, results: tuple[ToolResult, ...]) -> None:
    assert read(name).results == results


@pytest.mark.parametrize("path", sorted(CAPTURED.glob("*.json")), ids=lambda path: path.stem)
def test_codex_breaks_no_rule_of_the_protocol(path: Path) -> None:
    understood = OpenAI().read(captured(path.stem))
    assert isinstance(understood, Answer) or understood.broken == ()


@pytest.mark.parametrize(
    ("name", "kind", "answer"),
    [
        ("title", "title", {"title": "Scripted task"}),
        ("approval_review", "approval review", "allow"),
        ("compaction", "compaction", "(a scripted summary of the conversation so far)"),
    ],
)
def test_a_side_request_is_answered_without_the_script(name: str, kind: str, answer: object) -> None:
    given = OpenAI().read(captured(name))
    assert isinstance(given, Answer)
    assert (given.kind, given.content_type) == (kind, "text/event-stream")
    said = output_of(given)
    shown = json.loads(said) if said.startswith("{") else said
    assert (shown.get("outcome", shown) if isinstance(shown, dict) else shown) == answer


def test_what_the_cli_asks_for_a_purpose_of_its_own_is_a_side_request() -> None:
    request = captured("first")
    metadata = json.loads(request.headers["x-codex-turn-metadata"]) | {"thread_source": "recap"}
    given = OpenAI().read(replace(request, headers={"x-codex-turn-metadata": json.dumps(metadata)}))
    assert isinstance(given, Answer)
    assert given.kind == "other"


@pytest.mark.parametrize(("name", "kind"), [("title", "title"), ("compaction", "compaction")])
def test_a_side_request_is_known_by_its_metadata_alone(name: str, kind: str) -> None:
    request = captured(name)
    body = json.loads(request.body)
    body.pop("text", None)
    given = OpenAI().read(replace(request, headers={}, body=json.dumps(body).encode()))
    assert isinstance(given, Answer)
    assert given.kind == kind


def test_a_title_is_known_by_its_form_alone() -> None:
    form = {"format": {"type": "json_schema", "schema": {"properties": {"title": {"type": "string"}}}}}
    given = OpenAI().read(asked("a title, please", text=form))
    assert isinstance(given, Answer)
    assert given.kind == "title"


def test_a_turn_that_the_cli_began_by_itself_has_its_own_words_for_a_prompt() -> None:
    request = read("goal")
    assert request.prompt.startswith('<codex_internal_context source="goal">')
    assert request.prompts == (request.prompt,)


def test_a_conversation_and_its_turns_are_told_apart() -> None:
    first, steered, interrupted = map(read, ("first", "steered_during_call", "after_interrupted_call"))
    assert (
        first.session
        == steered.session
        == interrupted.session
        == json.loads(captured("first").headers["x-codex-turn-metadata"])["thread_id"]
    )
    assert first.turn == steered.turn != interrupted.turn
    assert len({first.step, steered.step, interrupted.step}) == 3
    assert first.step == read("first").step


def test_a_sub_agent_has_a_conversation_of_its_own() -> None:
    assert read("sub_agent").session != read("spawned").session


def test_what_the_header_lacks_is_read_from_the_body() -> None:
    request = captured("steered_during_call")
    bare = OpenAI().read(replace(request, headers={}))
    assert bare == read("steered_during_call")


@pytest.mark.parametrize("path", ["/v1/responses", "/responses", "/proxied/v1/responses"])
def test_any_base_address_is_spoken_at(path: str) -> None:
    assert OpenAI().speaks(HttpRequest(method="POST", path=path, headers={}))


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/v1/messages", {}),
        ("GET", "/v1/responses", {}),
        ("GET", "/v1/models", {"anthropic-version": "2023-06-01"}),
    ],
)
def test_other_protocols_are_left_alone(method: str, path: str, headers: dict[str, str]) -> None:
    assert not OpenAI().speaks(HttpRequest(method=method, path=path, headers=headers))


def test_one_model_is_listed() -> None:
    request = HttpRequest(method="GET", path="/v1/models", headers={})
    assert OpenAI().speaks(request)
    given = OpenAI().read(request)
    assert isinstance(given, Answer)
    assert given.kind == "models"
    assert [model["object"] for model in json.loads(given.body)["data"]] == ["model"]


def test_other_clients_may_ask_with_a_plain_text() -> None:
    request = told(OpenAI(), asked("hello"))
    assert (request.prompt, request.session, request.streamed, request.broken) == ("hello", "", False, ())


def test_a_prompt_after_a_failed_turn_is_a_turn_of_its_own_for_clients_without_turn_ids() -> None:
    dialect = OpenAI()
    failed = told(dialect, asked([user("one")], prompt_cache_key="c"))
    after = told(dialect, asked([user("one"), user("two")], prompt_cache_key="c"))
    assert (failed.prompts, after.prompts) == (("one",), ("two",))
    assert failed.turn != after.turn


def test_conversations_of_clients_without_turn_ids_are_kept_apart() -> None:
    dialect = OpenAI()
    told(dialect, asked([user("one")], prompt_cache_key="c"))
    told(dialect, asked([user("else")], prompt_cache_key="d"))
    assert told(dialect, asked([user("one"), user("two")], prompt_cache_key="c")).prompts == ("two",)


def test_a_prompt_after_an_interrupt_is_a_turn_of_its_own_for_clients_without_turn_ids() -> None:
    interrupted = user("<turn_aborted>\nwhy\n</turn_aborted>")
    assert told(OpenAI(), asked([user("one"), interrupted, user("two")])).prompts == ("two",)


@pytest.mark.parametrize(
    "addition",
    [
        "<environment_context>\n  <cwd>/home/dev</cwd>\n</environment_context>",
        "# AGENTS.md instructions for /home/dev\n\n<INSTRUCTIONS>\nBe brief.\n</INSTRUCTIONS>",
        "<user_shell_command>\n<command>\nls\n</command>\n</user_shell_command>",
        '<codex_internal_context source="goal">\ngo on\n</codex_internal_context>',
        "<subagent_notification>\n{}\n</subagent_notification>",
        '<hook_prompt hook_run_id="stop:0">go on</hook_prompt>',
        "<skill>\n<name>x</name>\n</skill>",
        "the summary:\n(a scripted summary of the conversation so far)",
    ],
)
def test_what_the_cli_puts_in_the_mouth_of_the_user_is_no_prompt(addition: str) -> None:
    assert told(OpenAI(), asked([user("one"), user(addition)])).prompts == ("one",)


def test_an_attached_image_leaves_the_prompt_as_it_was_written() -> None:
    content = [
        {"type": "input_text", "text": "<image name=[Image #1]>"},
        {"type": "input_image", "image_url": "data:image/png;base64,AA=="},
        {"type": "input_text", "text": "</image>"},
        {"type": "input_text", "text": "what is this?"},
    ]
    assert told(OpenAI(), asked([{"role": "user", "content": content}])).prompt == "what is this?"


@pytest.mark.parametrize(
    "prompt", ["<environment_context> is a tag", "# AGENTS.md instructions, please", "Exit code: 3", " x\n"]
)
def test_a_prompt_that_looks_like_an_addition_stays(prompt: str) -> None:
    assert told(OpenAI(), asked([user(prompt)])).prompt == prompt


@pytest.mark.parametrize(
    ("output", "is_error", "exit_code"),
    [
        ("Process exited with code 0\nOutput:\nProcess exited with code 3\n", False, 0),
        ("Process running with session ID 5\nOutput:\nProcess exited with code 3\n", False, None),
        ("Process exited with code -1\nOutput:\n", True, -1),
        (f"Process exited with code {'1' * 5000}\nOutput:\n", False, None),
        ("Wall time: 0.9 seconds\naborted by user", True, None),
        ("apply_patch verification failed: Failed to read file", True, None),
        ("exec_command failed: CreateProcess { message: 'Rejected' }", True, None),
        ([{"type": "input_text", "text": "Exit code: 1\nOutput:\n"}], True, 1),
        ("what a tool prints that writes no report:\nExit code: 1\n", False, None),
    ],
)
def test_a_result_is_read_by_its_report_not_by_what_was_printed(
    *, output: object, is_error: bool, exit_code: int | None
) -> None:
    call = {"type": "function_call", "call_id": "1", "name": "exec_command", "arguments": "{}"}
    returned = {"type": "function_call_output", "call_id": "1", "output": output}
    (result,) = told(OpenAI(), asked([user("go"), call, returned])).results
    assert (result.is_error, result.exit_code) == (is_error, exit_code)


def test_a_call_without_its_result_breaks_a_rule() -> None:
    call = {"type": "function_call", "call_id": "1", "name": "exec_command", "arguments": "{}"}
    assert told(OpenAI(), asked([user("go"), call])).broken == ("the call '1' has no result",)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{", "no JSON"),
        (b"[]", "no JSON object"),
        (b"{}", "`input` must be"),
        (b'{"input": [1]}', "`input` must be"),
        (b'{"input": [], "previous_response_id": "r"}', "previous_response_id"),
        (b"[" * 100_000, "no JSON"),
    ],
)
def test_what_is_no_request_is_refused_with_the_reason(body: bytes, why: str) -> None:
    request = HttpRequest(method="POST", path="/v1/responses", headers={}, body=body)
    with pytest.raises(NotUnderstood, match=why):
        OpenAI().read(request)


@given(body=bodies)
def test_any_body_is_understood_or_refused(body: dict[str, Any]) -> None:
    content = json.dumps(body).encode()
    with suppress(NotUnderstood):
        OpenAI().read(HttpRequest(method="POST", path="/v1/responses", headers={}, body=content))


@given(body=st.binary(max_size=40), metadata=st.text(max_size=20))
def test_any_bytes_are_understood_or_refused(body: bytes, metadata: str) -> None:
    headers = {"x-codex-turn-metadata": metadata}
    with suppress(NotUnderstood):
        OpenAI().read(HttpRequest(method="POST", path="/v1/responses", headers=headers, body=body))
