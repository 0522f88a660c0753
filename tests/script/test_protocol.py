"""The stub's link as bytes."""

from __future__ import annotations

import contextlib
import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pytest_tmuxagent.script import protocol
from pytest_tmuxagent.script.protocol import Asked, Hello, LineReader, Malformed
from pytest_tmuxagent.script.requests import ToolResult
from pytest_tmuxagent.strategies import mangled
from tests.mutations import mutated, written

LINES = [b'{"type":"hello"}', b"", "ü €".encode(), b"x" * 50]
STREAM = b"".join(line + b"\n" for line in LINES)


@given(some.lists(some.integers(min_value=0, max_value=len(STREAM))))
def test_any_split_of_the_bytes_gives_the_same_lines(cuts: list[int]) -> None:
    reader, borders = LineReader(), sorted({0, len(STREAM), *cuts})
    pieces = [STREAM[start:stop] for start, stop in itertools.pairwise(borders)]
    assert [line for piece in pieces for line in reader.feed(piece)] == LINES
    assert not reader.torn


def test_a_stream_that_stops_within_a_line_is_torn() -> None:
    reader = LineReader()
    assert reader.feed(b"one\ntw") == [b"one"]
    assert reader.torn


def test_a_line_without_end_is_refused() -> None:
    reader = LineReader(longest=10)
    with pytest.raises(Malformed, match="more than 10 bytes"):
        reader.feed(b"x" * 11)


@given(some.binary())
def test_any_bytes_are_a_message_or_malformed(line: bytes) -> None:
    with pytest.raises(Malformed):
        protocol.read(line)


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text("ab", max_size=3),
    lambda inner: (
        some.lists(inner, max_size=3) | some.dictionaries(some.sampled_from("ab"), inner, max_size=3)
    ),
    max_leaves=5,
)
NAMES = ["key", "pid", "name", "id", "turn", "prompt", "prompts", "results", "attempt"]


@given(
    some.sampled_from(["hello", "request", "finished", "abandoned", "other", None, [], {}]),
    some.dictionaries(some.sampled_from(NAMES), JSON),
)
def test_fields_of_any_kind_are_a_message_or_malformed(kind: object, fields: dict[str, object]) -> None:
    with contextlib.suppress(Malformed):
        protocol.read(json.dumps({**fields, "type": kind}).encode())


@pytest.mark.parametrize(
    "line", [b"[" * 100_000, b'{"type":' + b"9" * 5000 + b"}", b'{"type":"hello","key":1}', b"\xff\xfe", b"3"]
)
def test_hostile_lines_are_malformed(line: bytes) -> None:
    with pytest.raises(Malformed):
        protocol.read(line)


def test_a_hello_is_read() -> None:
    line = b'{"type":"hello","key":"k1","pid":7,"name":"claude","argv":["claude"],"new":1}'
    assert protocol.read(line) == Hello(key="k1", pid=7, name="claude")


def test_a_request_is_read() -> None:
    result = {"call": "c1", "name": "shell", "output": "no\n", "is_error": True, "exit_code": 2}
    fields = {
        "type": "request",
        "id": "r1",
        "turn": "t1",
        "prompt": "p",
        "prompts": ["p", "q"],
        "results": [result],
    }
    assert protocol.read(json.dumps({**fields, "attempt": 2}).encode()) == Asked(
        id="r1",
        turn="t1",
        prompt="p",
        prompts=("p", "q"),
        results=(ToolResult(call="c1", name="shell", output="no\n", is_error=True, exit_code=2),),
        attempt=2,
    )


def test_a_short_request_is_completed() -> None:
    asked = protocol.read(b'{"type":"request","id":"r1","turn":"t1","prompt":"p"}')
    assert isinstance(asked, Asked)
    assert (asked.prompts, asked.results, asked.attempt) == (("p",), (), 1)


HELLO = {"type": "hello", "key": "k1", "pid": 7, "name": "claude"}
REQUEST = {
    "type": "request",
    "id": "r1",
    "turn": "t1",
    "prompt": "p",
    "prompts": ["p"],
    "results": [{"call": "c1", "name": "shell", "output": "no", "is_error": True, "exit_code": 2}],
    "attempt": 2,
}


@given(value=some.sampled_from([HELLO, REQUEST]).flatmap(mutated), spoilt=some.booleans(), data=some.data())
def test_a_spoilt_message_is_one_of_its_types_or_malformed(
    value: object,
    spoilt: bool,  # noqa: FBT001
    data: some.DataObject,
) -> None:
    line = written(value)
    with contextlib.suppress(Malformed):
        came = protocol.read(data.draw(mangled(line)) if spoilt else line)
        if isinstance(came, Hello):
            assert (type(came.key), type(came.pid), type(came.name)) == (str, int, str)
        if isinstance(came, Asked):
            assert type(came.attempt) is int
            assert all(type(result.exit_code) in (int, type(None)) for result in came.results)
