"""Reading what Codex writes: a whole session, its signals in any order of arrival."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.agents.codex.endings import completed
from pytest_tmuxagent.agents.codex.reader import CodexReader
from pytest_tmuxagent.agents.codex.results import returned
from pytest_tmuxagent.agents.codex.tools import CodexTools
from pytest_tmuxagent.agents.codex.transcript import conversation_of
from pytest_tmuxagent.assembly import assemble
from pytest_tmuxagent.events import (
    ActivityReported,
    ConversationNamed,
    Observation,
    PermissionAsked,
    Source,
    TurnEnded,
    Unrecognised,
)
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.live_turn import LiveTurn
from pytest_tmuxagent.turn import Failure, FileChanges, Turn, Usage
from pytest_tmuxagent.turns import TurnMachine

SESSION = Path(__file__).parent.parent / "captured" / "codex" / "0.169.0" / "reading" / "session.jsonl"
SOURCES: Mapping[str, Source] = {"hook": "hook", "record": "transcript", "osc": "osc"}
Written = tuple[str, Any]

EXPECTED = [
    (["blocks"], "end_turn", "A\nB"),
    (["hold"], "cancelled", ""),
    (["first"], "end_turn", "F"),
    (["queued two"], "end_turn", "Q2"),
    (["queued three"], "end_turn", "Q3"),
    (["steered", "by this"], "end_turn", "S"),
    (["tools"], "end_turn", "All done with the tool."),
    (["asked"], "end_turn", "allowed"),
    (["both"], "end_turn", "All done with the tool."),
    (["denied"], "cancelled", ""),
    (["question"], "end_turn", "Q"),
    (["error"], "failed", ""),
    (["limited"], "failed", ""),
    (["sleep"], "cancelled", ""),
    (["last"], "end_turn", "L"),
]


def written(*kinds: str) -> list[Written]:
    lines = SESSION.read_text(encoding="utf-8").splitlines()
    items = [next(iter(json.loads(line).items())) for line in lines]
    return [item for item in items if not kinds or item[0] in kinds]


def observed(what: list[Written]) -> TurnMachine:
    """Feed a machine with what was written, in this order."""
    machine, reader = TurnMachine(keeps_record=True), CodexReader()
    read: dict[str, Any] = {"hook": reader.hook, "record": reader.record, "osc": reader.osc}
    for number, (kind, content) in enumerate(what):
        for event in read[kind](content):
            machine.observe(Observation(event=event, at=float(number), source=SOURCES[kind]))
    return machine


def value(live: LiveTurn) -> Turn:
    return assemble(live, tools=CodexTools(), files=FileChanges(), screen=Screen())


def told(machine: TurnMachine) -> Iterator[tuple[list[str], str, str]]:
    for live in machine.turns:
        turn = value(live)
        yield [prompt.partition(" [[")[0] for prompt in turn.prompts], turn.stop_reason, turn.text


def turns() -> dict[str, Turn]:
    return {turn.prompt.partition(" ")[0]: turn for turn in map(value, observed(written()).turns)}


def test_a_session_is_read_turn_by_turn() -> None:
    machine = observed(written())
    assert list(told(machine)) == EXPECTED
    assert not machine.unrecognised
    assert machine.dialog is None
    assert machine.running is None


def test_the_rollout_alone_tells_the_turns() -> None:
    assert list(told(observed(written("record")))) == EXPECTED


@given(choices=st.randoms(use_true_random=False))
def test_escape_sequences_and_rollout_may_overtake_each_other(choices: Any) -> None:  # noqa: ANN401
    sequences, records = written("osc"), written("record", "hook")
    mixed: list[Written] = []
    while sequences or records:
        source = sequences if sequences and (not records or choices.random() < 0.3) else records
        mixed.append(source.pop(0))
    assert list(told(observed(mixed))) == EXPECTED


def test_calls_and_results_belong_to_their_turn() -> None:
    shell, unknown = turns()["tools"].tool_calls
    assert (shell.kind, shell.output, shell.exit_code, shell.is_error) == ("shell", "out\n", 3, True)
    assert (unknown.kind, unknown.output, unknown.is_error) == ("other", "unsupported call: nope", True)


def test_the_tokens_of_all_answers_are_counted() -> None:
    assert turns()["blocks"].usage == Usage(input_tokens=10, output_tokens=7)
    assert turns()["tools"].usage == Usage(input_tokens=20, output_tokens=14)


@pytest.mark.parametrize(
    ("prompt", "decisions"),
    [
        ("asked", [("shell", "allow")]),
        ("both", [("shell", "allow"), ("write", "allow")]),
        ("denied", [("write", "deny")]),
        ("question", [("ask_user", "allow")]),
        ("tools", []),
    ],
)
def test_permissions_are_those_that_were_asked_for(prompt: str, decisions: list[tuple[str, str]]) -> None:
    given_permissions = turns()[prompt].permissions
    assert [(permission.kind, permission.decision) for permission in given_permissions] == decisions


def test_the_answer_to_a_question_is_its_output() -> None:
    (call,) = turns()["question"].tool_calls
    assert json.loads(call.output or "") == {"answers": {"q1": {"answers": ["Blue"]}}}


def test_a_call_that_was_interrupted_is_an_error() -> None:
    (call,) = turns()["sleep"].tool_calls
    assert (call.is_error, call.exit_code) == (True, None)


def test_an_error_has_its_words_and_its_status() -> None:
    assert turns()["error"].error == Failure(message="bad", status=400)
    limited = turns()["limited"].error
    assert limited is not None
    assert (limited.status, "429" in limited.message) == (429, True)


def test_a_dialog_is_about_the_call_that_asks() -> None:
    """A call before it, which needs no permission, has no result yet either."""
    items = written("record")
    at = next(number for number, (_, record) in enumerate(items) if record["payload"].get("call_id"))
    reader = CodexReader()
    for _, record in items[: at + 1]:
        reader.record(record)
    assert [*map(type, reader.osc("state=blocked:app=codex:kind=permission"))] == [ActivityReported]
    asking = {"sandbox_permissions": "require_escalated", "cmd": "x"}
    payload = {**items[at][1]["payload"], "call_id": "second", "arguments": json.dumps(asking)}
    *_, asked = reader.record({"type": "response_item", "payload": payload})
    assert isinstance(asked, PermissionAsked)
    assert asked.call.id == "second"


def test_the_hook_names_the_conversation() -> None:
    ((_, payload),) = written("hook")
    named = ConversationNamed(session=payload["session_id"], path=Path(payload["transcript_path"]))
    assert CodexReader().hook(payload) == [named]


def test_the_file_is_called_by_the_conversation() -> None:
    ((_, payload),) = written("hook")
    assert conversation_of(Path(payload["transcript_path"])) == payload["session_id"]


@pytest.mark.parametrize(
    ("text", "activity"),
    [("state=working:app=codex", "busy"), ("state=done:app=codex", "idle"), ("state=clear:app=codex", None)],
)
def test_a_state_is_no_end_of_a_turn(text: str, activity: Any) -> None:  # noqa: ANN401
    assert CodexReader().osc(text) == ([ActivityReported(activity=activity)] if activity else [])


def test_what_is_not_known_is_unrecognised() -> None:
    reader = CodexReader()
    assert isinstance(reader.osc("state=dreaming:app=codex")[0], Unrecognised)
    assert isinstance(reader.hook({"hook_event_name": "Stop"})[0], Unrecognised)
    unknown = {"type": "event_msg", "payload": {"type": "dream_completed"}}
    assert isinstance(reader.record(unknown)[0], Unrecognised)


def test_an_incomplete_answer_without_an_error_is_a_refusal() -> None:
    items = written("record")
    answers = [record for _, record in items if record["payload"].get("role") == "assistant"]
    answers[1]["payload"]["status"] = "incomplete"
    first, second, *_ = told(observed(items))
    assert (first[1], second[1]) == ("refusal", "cancelled")


def test_a_tool_of_a_namespace_is_called_by_both_names() -> None:
    items = written("record")
    call = next(record for _, record in items if record["payload"].get("type") == "function_call")
    call["payload"]["namespace"] = "files"
    names = [call.name for live in observed(items).turns for call in value(live).tool_calls]
    assert names[0] == "files.exec_command"


def test_a_command_of_the_person_is_no_turn() -> None:
    records = [record for _, record in written("record")]
    shell = next(
        number for number, record in enumerate(records) if "user_shell_command" in json.dumps(record)
    )
    reader = CodexReader()
    assert [event for record in records[shell - 2 : shell + 2] for event in reader.record(record)] == []


@pytest.mark.parametrize(
    ("message", "kind", "reason", "error"),
    [
        (
            "stream disconnected before completion: Incomplete response returned, reason: max_output_tokens",
            "other",
            "max_tokens",
            None,
        ),
        ("Incomplete response returned, reason: content_filter", "other", "refusal", None),
        ("oops", "internal_server_error", "failed", Failure(message="oops", status=500)),
        (
            "oops",
            {"http_connection_failed": {"http_status_code": 401}},
            "failed",
            Failure(message="oops", status=401),
        ),
        ("oops", "other", "failed", Failure(message="oops")),
    ],
)
def test_an_end_that_is_an_error(message: str, kind: Any, reason: Any, error: Failure | None) -> None:  # noqa: ANN401
    payload = {"last_agent_message": None, "error": {"message": message, "codex_error_info": kind}}
    assert completed(payload, turn="t") == TurnEnded(stop_reason=reason, text="", error=error, turn="t")


HEAD = "Chunk ID: a\nWall time: 0.1 seconds\n"
COUNT = "Original token count: 1\nOutput:\n"


@pytest.mark.parametrize(
    ("output", "shown", "code", "is_error"),
    [
        (f"{HEAD}Process exited with code 0\n{COUNT}x\n", "x\n", 0, False),
        (f"{HEAD}Process exited with code 0\n{COUNT}aborted by user\n", "aborted by user\n", 0, False),
        (f"{HEAD}Process running with session ID 7\n{COUNT}", "", None, False),
        ("Exit code: 1\nWall time: 0 seconds\nOutput:\nno\n", "no\n", 1, True),
        ("Wall time: 0.5 seconds\naborted by user", "Wall time: 0.5 seconds\naborted by user", None, True),
        ("aborted by user after 1.0s", "aborted by user after 1.0s", None, True),
        ("unsupported call: nope", "unsupported call: nope", None, True),
        ("plain", "plain", None, False),
    ],
)
def test_the_output_of_a_call(output: str, shown: str, code: int | None, is_error: bool) -> None:  # noqa: FBT001
    result = returned("c", output, turn="t")
    assert (result.output, result.exit_code, result.is_error) == (shown, code, is_error)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KINDS = ["event_msg", "response_item", "token_usage_record", "session_meta"]
NAMES = [
    "message",
    "function_call",
    "item_completed",
    "task_complete",
    "turn_aborted",
    "function_call_output",
]
PAYLOAD = st.dictionaries(
    st.sampled_from(
        ["role", "content", "item", "turn_id", "call_id", "output", "arguments", "error", "usage"]
    ),
    JSON,
)


@given(kind=st.sampled_from(KINDS), name=st.sampled_from(NAMES), payload=PAYLOAD)
def test_no_record_raises(kind: str, name: str, payload: dict[str, Any]) -> None:
    CodexReader().record({"type": kind, "payload": {"type": name, **payload}})


@given(record=st.dictionaries(st.sampled_from(["type", "payload", "hook_event_name"]), JSON), text=st.text())
def test_nothing_at_all_raises(record: dict[str, Any], text: str) -> None:
    reader = CodexReader()
    reader.record(record)
    reader.hook(record)
    reader.osc(text)
    reader.osc(f"state=blocked:{text}")
