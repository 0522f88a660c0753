"""What any agent writes, spoilt: nothing raises, what is read has its type, and the rest is still read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_tmuxagent.agents.claude.reader import ClaudeReader
from pytest_tmuxagent.agents.claude.tools import ClaudeTools
from pytest_tmuxagent.agents.codex.reader import CodexReader
from pytest_tmuxagent.agents.codex.tools import CodexTools
from pytest_tmuxagent.agents.plain.tools import PlainTools
from pytest_tmuxagent.agents.plain.transcript import PlainReader
from pytest_tmuxagent.assembly import assemble
from pytest_tmuxagent.events import (
    Event,
    MessageSaid,
    Observation,
    PromptAccepted,
    Source,
    Unrecognised,
)
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.script.steps import ToolTable
from pytest_tmuxagent.signals.reading import Reader
from pytest_tmuxagent.turn import FileChanges
from pytest_tmuxagent.turns import TurnMachine
from tests.mutations import mutated, read, values, written

CAPTURED = Path(__file__).parent.parent / "captured"
SOURCES: Mapping[str, Source] = {"hook": "hook", "record": "transcript", "status": "status", "osc": "osc"}
CHEAP = settings(deadline=None, suppress_health_check=list(HealthCheck))
PLAIN: list[dict[str, Any]] = [
    {"record": {"type": "session", "id": "s"}},
    {"hook": {"hook": "prompt_accepted", "turn": "t1", "text": "hi"}},
    {"record": {"type": "prompt", "turn": "t1", "text": "hi"}},
    {"record": {"type": "queued", "text": "next"}},
    {
        "record": {
            "type": "message",
            "turn": "t1",
            "text": "I write",
            "calls": [{"id": "c", "name": "shell", "input": {"command": "ls"}}],
            "usage": {"input_tokens": 1, "output_tokens": 2},
        }
    },
    {
        "hook": {
            "hook": "permission_requested",
            "turn": "t1",
            "call": "c",
            "name": "shell",
            "input": {"command": "ls"},
        }
    },
    {"record": {"type": "permission_settled", "turn": "t1", "call": "c", "decision": "allow"}},
    {
        "record": {
            "type": "result",
            "turn": "t1",
            "call": "c",
            "output": "",
            "is_error": False,
            "exit_code": 0,
        }
    },
    {"record": {"type": "error", "turn": "t1", "status": 500, "message": "oh", "final": True}},
    {"record": {"type": "unqueued", "text": "next"}},
    {
        "record": {
            "type": "end",
            "turn": "t1",
            "stop_reason": "failed",
            "error": "oh",
            "text": "",
            "unsent": [],
        }
    },
]


@dataclass(frozen=True, kw_only=True)
class Agent:
    """A kind of agent, and a real session of it."""

    name: str
    reader: Callable[[], Reader]
    tools: ToolTable
    session: Path | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def items(self) -> list[dict[str, Any]]:
        return PLAIN if self.session is None else _items(self.session)


@cache
def _items(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


AGENTS = [
    Agent(name="plain", reader=PlainReader, tools=PlainTools()),
    *(
        Agent(
            name=f"claude {version}",
            reader=ClaudeReader,
            tools=ClaudeTools(),
            session=CAPTURED / "claude" / version / "reading" / "session.jsonl",
        )
        for version in ("2.1.197", "2.1.329")
    ),
    Agent(
        name="codex",
        reader=CodexReader,
        tools=CodexTools(),
        session=CAPTURED / "codex" / "0.169.0" / "reading" / "session.jsonl",
    ),
]
EACH = pytest.mark.parametrize("agent", AGENTS, ids=str)


def fits(value: object, hint: Any) -> bool:  # noqa: ANN401 - a type as it is written
    """Whether a value is what a field of an event may hold."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin in (Union, UnionType):
        return any(fits(value, one) for one in inner)
    if origin is Literal:
        return type(value) is str and value in inner
    if origin is tuple:
        return isinstance(value, tuple) and all(fits(item, inner[0]) for item in value)
    if origin is not None:
        return isinstance(value, origin)
    if hint is int:
        return type(value) is int
    if not isinstance(value, hint):
        return False
    if not is_dataclass(value) or isinstance(value, type):
        return True
    hints = get_type_hints(type(value))
    return all(fits(getattr(value, field.name), hints[field.name]) for field in fields(value))


def observed(agent: Agent, lines: list[bytes]) -> TurnMachine:
    """Feed a machine with what was written, and the reader's dialogs with a screen."""
    machine, reader = TurnMachine(keeps_record=True), agent.reader()
    for number, line in enumerate(lines):
        for kind, event in events(reader, line):
            assert fits(event, Event), event
            machine.observe(Observation(event=event, at=float(number), source=SOURCES[kind]))
    for live in machine.turns:
        if live.end is not None:
            turn = assemble(live, tools=agent.tools, files=FileChanges(), screen=Screen())
            for call in turn.tool_calls:
                agent.tools.neutral(call.name, call.input)
    return machine


def events(reader: Reader, line: bytes) -> Iterator[tuple[str, Event]]:
    item = read(line) or {}
    for kind, content in item.items():
        if kind == "osc" and isinstance(content, str):
            found = reader.osc(content)
        elif kind in ("hook", "record", "status") and isinstance(content, dict):
            found = getattr(reader, kind)(content)
        else:
            continue
        yield from ((kind, event) for event in found)
        yield from ((kind, event) for event in reader.dialog_shown("Run?\n $ ls\n 1. Yes", answered=()))


@EACH
def test_what_is_spoilt_raises_nothing_and_gives_events_of_their_types(agent: Agent) -> None:
    items = agent.items

    @CHEAP
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        start = data.draw(st.integers(0, len(items) - 1))
        piece = items[start : start + 12]
        spoilt = data.draw(st.integers(0, len(piece) - 1))
        lines = [written(item) for item in piece]
        lines[spoilt] = written(data.draw(mutated(piece[spoilt])))
        observed(agent, lines)

    holds()


def told(agent: Agent, lines: list[bytes]) -> list[tuple[tuple[str, ...], object]]:
    turns = observed(agent, lines).turns
    return [(live.prompts, live.end and live.end.stop_reason) for live in turns]


@EACH
def test_what_stands_between_readable_records_hides_none_of_them(agent: Agent) -> None:
    items = [written(item) for item in agent.items[:60]]
    expected = told(agent, items)

    @CHEAP
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        lines = list(items)
        for _ in range(data.draw(st.integers(1, 3))):
            kind = data.draw(st.sampled_from(["record", "hook"]))
            strange = data.draw(st.fixed_dictionaries({"type": st.just("no-such-type")}) | UNKNOWN)
            lines.insert(data.draw(st.integers(0, len(lines))), written({kind: strange}))
        assert told(agent, lines) == expected

    holds()


UNKNOWN = st.dictionaries(
    st.sampled_from(["type", "uuid", "parentUuid", "payload", "hook", "hook_event_name"]),
    values(),
    max_size=4,
)


@pytest.mark.parametrize("orphaned", [False, True], ids=["in order", "before its parent"])
def test_what_hangs_from_an_unreadable_record_of_claude_is_read(orphaned: bool) -> None:  # noqa: FBT001
    prompt = {
        "type": "user",
        "uuid": "u1",
        "parentUuid": None,
        "promptId": "p",
        "promptSource": "typed",
        "message": {"content": "hi"},
    }
    bad = {"type": "assistant", "uuid": "u2", "parentUuid": "u1", "message": {"content": 7}}
    said = {"id": "m", "content": [{"type": "text", "text": "hello"}], "usage": {}}
    good = {"type": "assistant", "uuid": "u3", "parentUuid": "u2", "message": said}
    reader = ClaudeReader()
    found = [
        event
        for each in ((good, bad, prompt) if orphaned else (prompt, bad, good))
        for event in reader.record(each)
    ]
    assert [type(event) for event in found] == [PromptAccepted, Unrecognised, MessageSaid]


def test_a_long_chain_of_claude_s_records_may_come_from_its_end() -> None:
    said = {"id": "m", "content": [{"type": "text", "text": "hello"}], "usage": {}}
    chain = [
        {"type": "assistant", "uuid": f"u{n}", "parentUuid": f"u{n - 1}", "message": said}
        for n in range(2000, 1, -1)
    ]
    prompt = {
        "type": "user",
        "uuid": "u1",
        "parentUuid": None,
        "promptId": "p",
        "promptSource": "typed",
        "message": {"content": "hi"},
    }
    reader = ClaudeReader()
    for record in chain:
        assert reader.record(record) == []
    assert len(reader.record(prompt)) == 2000
