"""JSON without the json package."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.stub.jsonlines import LineSplitter, decode, encode_line

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_it_reads_and_writes_what_json_does(value: object) -> None:
    line = encode_line(value)
    assert line.endswith(b"\n")
    assert b"\n" not in line[:-1]
    assert json.loads(line) == value
    assert decode(json.dumps(value, indent=1).encode()) == value


@given(st.binary() | st.text(st.sampled_from('[]{}",:0 nulltrue')).map(str.encode))
def test_it_refuses_what_json_refuses(data: bytes) -> None:
    assert read(decode, data) == read(lambda text: json.loads(text.decode()), data)


def read(decoder: Callable[[bytes], object], data: bytes) -> str:
    try:
        return repr(decoder(data))  # one NaN does not equal another
    except ValueError:
        return "refused"


def test_a_value_nested_too_deeply_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="nested"):
        decode(b"[" * 200_000)


@given(st.lists(st.binary()), st.data())
def test_lines_come_whole_however_they_arrive(parts: list[bytes], data: st.DataObject) -> None:
    stream = b"\n".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    splitter = LineSplitter()
    found = [
        line for start, end in pairwise([0, *cuts, len(stream)]) for line in splitter.feed(stream[start:end])
    ]
    assert found == stream.split(b"\n")[:-1]
