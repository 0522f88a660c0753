"""The events of records as a stream: wherever the file is torn, and from whatever offset it is resumed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.agents.plain.transcript import PlainReader
from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.events import Event, PromptQueued, Unrecognised
from pytest_tmuxagent.signals.following import Follower, Log
from pytest_tmuxagent.signals.streaming import EventStream

T = TypeVar("T")

LINES = ["one two three", "", "ü漢 a b c d", "x"]
CONTENT = "".join(json.dumps({"words": line}, ensure_ascii=False) + "\n" for line in LINES).encode()
CONTENT += b"not JSON\n" + json.dumps({"words": "last"}).encode() + b"\n"


class Words(PlainReader):
    """Gives an event for each word; it counts them over all records, as readers remember what they read."""

    def __init__(self) -> None:
        self.count = 0

    def record(self, record: Mapping[str, Any]) -> list[Event]:
        words = str(record["words"]).split()
        self.count += len(words)
        return [PromptQueued(prompt=f"{self.count} {word}") for word in words]


def at_once(ready: Callable[[], T | None], *, timeout: float | None) -> T:
    found = ready()
    if found is None:
        raise TimeoutError(timeout)
    return found


def stream(path: Path, *, from_offset: int = 0) -> EventStream:
    records = Follower(Log(lambda: [path]), from_offset=0)
    return EventStream(records, reader=Words(), from_offset=from_offset, until=at_once)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "t.jsonl"
    path.write_bytes(CONTENT)
    return path


@given(cuts=st.lists(st.integers(0, len(CONTENT)), max_size=6))
def test_events_come_once_each_in_order_wherever_the_file_is_torn(cuts: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        growing, whole = Path(folder) / "growing.jsonl", Path(folder) / "whole.jsonl"
        whole.write_bytes(CONTENT)
        live, found = stream(growing), []
        for cut in [*sorted(cuts), len(CONTENT)]:
            growing.write_bytes(CONTENT[:cut])
            found += [(item.offset, item.event) for item in live]
        assert found == [(item.offset, item.event) for item in stream(whole)]


@given(offset=st.integers(0, len(CONTENT) + 10))
def test_from_any_offset_exactly_the_events_behind_it_come(offset: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.jsonl"
        whole.write_bytes(CONTENT)
        behind = [(item.offset, item.event) for item in stream(whole) if item.offset > offset]
        assert [(item.offset, item.event) for item in stream(whole, from_offset=offset)] == behind


def test_each_event_of_a_record_has_an_offset_of_its_own_and_the_last_one_ends_it(path: Path) -> None:
    first, second, third, *_ = stream(path)
    assert len({first.offset, second.offset, third.offset}) == 3
    assert third.offset == third.record.offset == CONTENT.index(b"\n") + 1
    resumed = stream(path, from_offset=first.offset)
    assert next(resumed).event == second.event


def test_a_line_that_is_no_record_is_told(path: Path) -> None:
    assert Unrecognised(what="transcript line") in [item.event for item in stream(path)]


def test_waiting_gives_the_next_event_or_ends_as_its_wait_does(path: Path) -> None:
    live = stream(path)
    assert live.wait().event == PromptQueued(prompt="3 one")
    list(live)
    with pytest.raises(TimeoutError):
        live.wait(timeout=0)


@pytest.mark.parametrize("offset", [-1, 1.0, True, "3"])
def test_what_is_no_offset_is_refused(path: Path, offset: int) -> None:
    with pytest.raises(Misuse, match="an offset is a number of bytes"):
        stream(path, from_offset=offset)
