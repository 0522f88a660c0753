"""Reading what Claude Code writes: a whole session of each version, in any order of arrival."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.agents.claude.asks import Asks
from pytest_tmuxagent.agents.claude.reader import ClaudeReader
from pytest_tmuxagent.agents.claude.tools import ClaudeTools
from pytest_tmuxagent.assembly import assemble
from pytest_tmuxagent.events import (
    ActivityReported,
    Call,
    CallReturned,
    ConversationNamed,
    Event,
    MessageSaid,
    Observation,
    PermissionSettled,
    PromptAccepted,
    Source,
    TurnEnded,
    Unrecognised,
)
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.live_turn import LiveTurn, Phase
from pytest_tmuxagent.turn import FileChanges, Turn
from pytest_tmuxagent.turns import TurnMachine

CAPTURED = Path(__file__).parent.parent / "captured" / "claude"
VERSIONS = ["2.1.197", "2.1.329"]
SOURCES: Mapping[str, Source] = {"hook": "hook", "record": "transcript", "status": "status"}
Written = tuple[str, dict[str, Any]]

EXPECTED = [
    (["blocks [[say:A]] [[text:B]]"], "end_turn", "A\nB"),
    (["hold [[hold:AAA|BBB|6]]"], "cancelled", "AAA\n"),
    (["given\nback [[slow:6]]"], None, ""),
    (["hold2 [[hold:AAA|BBB|3]]"], "end_turn", "AAA\nBBB"),
    (["queued one [[text:Q1]]"], "end_turn", "Q1"),
    (["hold3 [[hold:AAA|BBB|6]]"], "cancelled", "AAA\n"),
    (["queued two [[text:Q2]]", "queued three [[text:Q3]]"], "end_turn", "Q3"),
    (["folds", "folded [[text:F]]"], "end_turn", "All done with the tool."),
    (["denied"], "cancelled", ""),
    (["between [[text:ok]]"], "end_turn", "All done with the tool."),
    (["question"], "end_turn", "All done with the tool."),
    (["error [[err:400:bad]]"], "failed", ""),
    (["refused [[text:no]] [[stop:refusal]]"], "refusal", "no"),
    (["tall"], None, ""),
]


def written(version: str) -> list[Written]:
    lines = (CAPTURED / version / "reading" / "session.jsonl").read_text(encoding="utf-8").splitlines()
    return [next(iter(json.loads(line).items())) for line in lines]


def observed(what: list[Written]) -> TurnMachine:
    """Feed a machine with what was written, in this order."""
    machine, reader = TurnMachine(keeps_record=True), ClaudeReader()
    read = {"hook": reader.hook, "record": reader.record, "status": reader.status}
    for number, (kind, content) in enumerate(what):
        for event in read[kind](content):
            machine.observe(Observation(event=event, at=float(number), source=SOURCES[kind]))
    return machine


def of(kind: str, version: str) -> list[Written]:
    return [item for item in written(version) if item[0] == kind]


def value(live: LiveTurn) -> Turn:
    return assemble(live, tools=ClaudeTools(), files=FileChanges(), screen=Screen())


def told(machine: TurnMachine) -> Iterator[tuple[list[str], str | None, str]]:
    for live in machine.turns:
        first_words = [prompt.partition(" [[tool")[0] for prompt in live.prompts]
        if live.prompts[0].startswith("tall"):
            first_words = ["tall"]
        if live.end is None:
            yield first_words, None, ""
        else:
            yield first_words, live.end.stop_reason, value(live).text


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_is_read_turn_by_turn(version: str) -> None:
    machine = observed(of("hook", version) + of("record", version))
    assert sorted(told(machine), key=str) == sorted(EXPECTED, key=str)
    assert not machine.unrecognised
    assert machine.queued == ()
    assert machine.dialog is None


@pytest.mark.parametrize("version", VERSIONS)
@given(choices=st.randoms(use_true_random=False))
def test_hooks_and_transcript_may_overtake_each_other(choices: Any, version: str) -> None:  # noqa: ANN401
    hooks, records = of("hook", version), of("record", version)
    mixed: list[Written] = []
    while hooks or records:
        source = hooks if hooks and (not records or choices.random() < 0.4) else records
        mixed.append(source.pop(0))
    assert sorted(told(observed(mixed)), key=str) == sorted(EXPECTED, key=str)


@pytest.mark.parametrize("version", VERSIONS)
@given(choices=st.randoms(use_true_random=False))
def test_records_of_a_turn_may_stand_in_any_order_behind_its_prompt(
    choices: Any,  # noqa: ANN401
    version: str,
) -> None:
    whole = of("record", version)
    starts = [at for at, (_, record) in enumerate(whole) if "promptSource" in record]
    first = whole[: starts[1]]
    choices.shuffle(first)
    assert list(told(observed(first))) == EXPECTED[:1]


def test_the_transcript_alone_tells_how_turns_ended() -> None:
    assert list(told(observed(of("record", "2.1.197")))) == EXPECTED


def test_the_transcript_of_the_newer_one_leaves_it_to_a_hook_that_a_turn_failed() -> None:
    ends = [(prompts, None if reason in ("failed", "refusal") else reason) for prompts, reason, _ in EXPECTED]
    alone = observed(of("record", "2.1.329"))
    assert [(prompts, reason) for prompts, reason, _ in told(alone)] == ends


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("first", ["hook", "record"])
def test_the_record_of_every_turn_that_ended_is_closed(version: str, first: str) -> None:
    second = "record" if first == "hook" else "hook"
    machine = observed(of(first, version) + of(second, version))
    assert {live.phase for live in machine.turns if live.end is not None} == {Phase.COMPLETE}


@pytest.mark.parametrize("version", VERSIONS)
def test_calls_results_and_permissions_belong_to_their_turn(version: str) -> None:
    turns = {turn.prompts[0].partition(" ")[0]: turn for turn in observed(written(version)).turns}
    folds, denied, question = value(turns["folds"]), value(turns["denied"]), value(turns["question"])
    assert [(call.kind, call.output, call.exit_code) for call in folds.tool_calls] == [("shell", "hi", 0)]
    assert [permission.decision for permission in folds.permissions] == ["allow"]
    assert [permission.decision for permission in denied.permissions] == ["deny"]
    assert denied.tool_calls[0].is_error
    assert '"Which color?"="Blue"' in (question.tool_calls[0].output or "")


@pytest.mark.parametrize("version", VERSIONS)
def test_usage_counts_a_message_once_though_each_block_repeats_it(version: str) -> None:
    blocks = observed(of("record", version)).turns[0]
    assert len(blocks.messages) == 1
    assert value(blocks).usage.output_tokens == 7


@pytest.mark.parametrize("version", VERSIONS)
def test_an_error_has_its_words_and_its_status(version: str) -> None:
    (failed,) = [turn for turn in observed(written(version)).turns if turn.prompts[0].startswith("error")]
    error = value(failed).error
    assert error is not None
    assert (str(error), error.status) == ("API Error: 400 bad", 400)


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ("API Error: 500 oh. This is a server-side issue", 500),
        ("API Error: Request rejected (429) · slow down", 429),
        ("API Error: Repeated 529 Overloaded errors. The API is at capacity", 529),
        ("Please run /login · API Error: 403 no", 403),
        ("API Error: Unable to connect to API (ECONNRESET)", None),
        ("Invalid API key · Fix external API key", None),
    ],
)
def test_the_status_of_an_error_is_read_from_its_words(message: str, status: int | None) -> None:
    (ended,) = ClaudeReader().hook(
        {"hook_event_name": "StopFailure", "error": "unknown", "last_assistant_message": message}
    )
    assert isinstance(ended, TurnEnded)
    assert ended.error is not None
    assert (ended.error.message, ended.error.status) == (message, status)


def test_an_answer_that_never_fits_ends_as_max_tokens() -> None:
    payload = {"hook_event_name": "StopFailure", "error": "max_output_tokens", "last_assistant_message": "x"}
    assert ClaudeReader().hook(payload) == [TurnEnded(stop_reason="max_tokens", text="")]


def test_a_path_that_only_the_hook_makes_absolute_is_the_same_path() -> None:
    asks = Asks()
    asked = [asks.asked("Write", {"file_path": f"/work/{name}", "content": ""}) for name in ("one", "two")]
    asks.called(Call(id="toolu_1", name="Write", input={"file_path": "./two", "content": ""}))
    (settled,) = asks.returned(CallReturned(call="toolu_1", output="written"))
    assert isinstance(settled, PermissionSettled)
    assert (settled.call, settled.decision) == (asked[1].id, "allow")


def test_a_session_names_its_transcript() -> None:
    payload = {"hook_event_name": "SessionStart", "session_id": "s", "transcript_path": "/p/s.jsonl"}
    assert ClaudeReader().hook(payload) == [ConversationNamed(session="s", path=Path("/p/s.jsonl"))]


def test_a_status_is_told_once_however_often_it_is_written() -> None:
    reader = ClaudeReader()
    status = {"status": "busy", "statusUpdatedAt": 1, "updatedAt": 1, "sessionId": "s", "pid": 1}
    assert ActivityReported(activity="busy") in reader.status(status)
    assert reader.status({**status, "updatedAt": 2}) == []
    assert ActivityReported(activity="idle") in reader.status(
        {**status, "status": "idle", "statusUpdatedAt": 3}
    )


def test_that_a_new_process_is_idle_tells_nothing_of_the_turn_that_begins() -> None:
    reader = ClaudeReader()
    for pid in (1, 2):
        idle = {"status": "idle", "statusUpdatedAt": pid, "sessionId": "s", "pid": pid}
        assert reader.status(idle) == [ConversationNamed(session="s")]
        assert ActivityReported(activity="idle") in reader.status({**idle, "statusUpdatedAt": 9})


def test_what_a_resumed_conversation_answers_itself_is_of_no_turn() -> None:
    reader, events = ClaudeReader(), list[Event]()
    lines = (CAPTURED / "2.1.197" / "transcripts" / "resume.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines:
        events += reader.record(json.loads(line))
    prompts = {event.turn: event.prompt for event in events if isinstance(event, PromptAccepted)}
    answers = [(prompts[str(e.turn)], e.text) for e in events if isinstance(e, MessageSaid)]
    assert answers == [("go on [[text:gone on]]", "gone on")]


def test_what_a_person_runs_in_the_shell_is_no_part_of_a_turn() -> None:
    reader = ClaudeReader()
    opened = reader.record(
        {
            "type": "user",
            "uuid": "u1",
            "parentUuid": None,
            "promptId": "p",
            "promptSource": "typed",
            "message": {"content": "hi"},
        }
    )
    assert opened == [PromptAccepted(prompt="hi", turn="p")]
    shell = {"type": "user", "uuid": "u2", "parentUuid": "u1", "promptId": "p"}
    assert reader.record({**shell, "message": {"content": "<bash-input>ls</bash-input>"}}) == []
    answer = {"id": "m", "content": [{"type": "text", "text": "listed"}], "usage": {}}
    assert reader.record({"type": "assistant", "uuid": "u3", "parentUuid": "u2", "message": answer}) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
REAL = [content for _, content in written(VERSIONS[0])]
KEYS = st.sampled_from(sorted({key for content in REAL for key in content}))
WORDS = st.sampled_from(
    sorted(
        {word for content in REAL for word in content.values() if isinstance(word, str) and len(word) < 30}
    )
)
MESSAGES = st.dictionaries(st.sampled_from(["id", "content", "usage", "stop_reason"]), JSON | WORDS)


@given(contents=st.lists(st.dictionaries(KEYS, JSON | WORDS | MESSAGES), max_size=4))
def test_nothing_that_is_written_can_make_us_raise(contents: list[dict[str, Any]]) -> None:
    reader = ClaudeReader()
    for content in contents:
        for read in (reader.hook, reader.record, reader.status):
            assert isinstance(read(content), list)


@pytest.mark.parametrize("record", [{}, {"type": "user", "uuid": "u"}, {"type": "queue-operation"}])
def test_a_record_that_cannot_be_read_is_told(record: dict[str, Any]) -> None:
    assert [type(event) for event in ClaudeReader().record(record)] == [Unrecognised]


@pytest.mark.parametrize("place", [{}, {"uuid": "u", "parentUuid": None}])
def test_a_record_of_a_later_release_is_told(place: dict[str, Any]) -> None:
    told = ClaudeReader().record({"type": "shiny-new", **place})
    assert told == [Unrecognised(what="transcript record 'shiny-new'")]


@pytest.mark.parametrize("path", sorted(CAPTURED.rglob("*transcripts*/*.jsonl")), ids=lambda path: path.stem)
def test_every_record_of_the_releases_that_we_know_is_known(path: Path) -> None:
    reader = ClaudeReader()
    records = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
    told = [event for record in records for event in reader.record(record)]
    assert [event for event in told if isinstance(event, Unrecognised)] == []
