"""What the stub is given, as it must not be: wirings, demos, replies; they are named, nothing else raises."""

from __future__ import annotations

import contextlib
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_tmuxagent.strategies import json_values, mangled, splits
from pytest_tmuxagent.stub.demo import BadDemo, Demo, calls_in, load_demo
from pytest_tmuxagent.stub.jsonlines import LineSplitter, decode, encode_line
from pytest_tmuxagent.stub.loop import Loop
from pytest_tmuxagent.stub.player import steps_of
from pytest_tmuxagent.stub.wiring import BadWiring, load_wiring
from tests.mutations import mutated, read, written

CHEAP = settings(deadline=None, suppress_health_check=list(HealthCheck))
WIRING = {
    "name": "claude",
    "face": "plain",
    "hooks": {"turn_ended": ["true"]},
    "environment": {"A": "b"},
    "arguments": ["--x"],
    "retries": 2,
    "retry_delay": 0.1,
    "permissions": "ask",
    "replies": [{"say": "hi"}],
    "seeds": {"a": "b"},
}
DEMO = {
    "replies": [
        {"when": "hello", "say": ["Hi", "!"], "always": True, "delay": 0.5},
        {"shell": "make test", "read": {"path": "a"}},
        {"ask_user": {"question": "Which?", "options": ["a", "b"]}},
        {
            "call": [{"name": "Bash", "input": {"command": "ls"}, "kind": "shell"}],
            "write": {"path": "a", "content": ""},
        },
        {"fail": 529, "message": "slow"},
    ]
}
CALL = {"id": "c", "name": "n", "kind": "shell", "input": {}, "arguments": {}}
REPLY = {
    "type": "reply",
    "id": "r",
    "steps": [
        ["text", "hi"],
        ["pause", 0.1],
        ["gate", 1],
        ["call", CALL],
        ["partial", CALL],
        ["fault", {"kind": "stall"}],
        ["body", {"kind": "flood", "bytes": 3}],
    ],
}


@CHEAP
@given(value=mutated(WIRING, most=3))
def test_a_wiring_is_taken_or_its_fault_is_named(value: dict[str, Any]) -> None:
    try:
        wiring = load_wiring(written(value).decode())
    except BadWiring:
        return
    assert all(isinstance(word, str) for word in wiring.arguments)
    assert all(isinstance(word, str) for word in wiring.environment.values())
    assert type(wiring.retries) is int


@CHEAP
@given(content=mangled(json.dumps(WIRING).encode()))
def test_a_wiring_of_any_bytes_is_taken_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(BadWiring):
        (Path(folder) / "w.json").write_bytes(content)
        load_wiring(f"{folder}/w.json")


@pytest.mark.parametrize(
    "source", ["", "/", ".", "a\0b", "x" * 5000, "\ud800", '{"name": "\ud800"}', "{" * 5000]
)
def test_a_wiring_and_a_demo_of_any_name_are_refused(source: str) -> None:
    with pytest.raises(BadWiring):
        load_wiring(source)
    with pytest.raises(BadDemo):
        load_demo(source)


@CHEAP
@given(value=mutated(DEMO, most=3), prompt=st.sampled_from(["hello", "x"]))
def test_a_demo_plays_or_its_fault_is_named(value: dict[str, Any], prompt: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "demo.json"
        file.write_bytes(written(value))
        try:
            replies = load_demo(str(file))
        except BadDemo:
            return
    loop = Loop()
    played: list[dict[str, Any]] = []
    demo = Demo(replies, loop=loop, receive=played.append)
    for _ in range(len(replies) + 1):
        for entry in replies:
            assert all(isinstance(call["input"], dict) for call in calls_in(entry))
        steps = demo._answer({"type": "request", "id": "r", "prompt": prompt, "results": []})
        assert isinstance(steps_of({"steps": decode(encode_line(steps))}), list)


@CHEAP
@given(value=mutated(REPLY, most=3) | st.fixed_dictionaries({"steps": json_values()}))
def test_the_steps_of_a_reply_can_be_played_or_are_refused(value: dict[str, Any]) -> None:
    came = read(written(value))
    if came is None:
        return
    with contextlib.suppress(ValueError):
        for name, step in steps_of(came):
            assert name != "pause" or 0 <= step < 1e10


@CHEAP
@given(values=st.lists(json_values(), max_size=5), torn=st.binary(max_size=9), data=st.data())
def test_values_come_through_however_their_lines_are_split(
    values: list[object], torn: bytes, data: st.DataObject
) -> None:
    stream = b"".join(map(encode_line, values)) + torn.replace(b"\n", b"")
    splitter = LineSplitter()
    found = [decode(line) for piece in data.draw(splits(stream)) for line in splitter.feed(piece)]
    assert found == values
