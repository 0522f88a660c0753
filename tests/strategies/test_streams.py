"""Bytes in pieces, streams of a model server, files of JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.strategies import jsonl_files, mangled, splits, sse_streams
from pytest_tmuxagent.strategies.jsonl import JsonlFile
from pytest_tmuxagent.strategies.wire import SseStream
from tests.strategies.searching import FIRST, PERSISTENT

WHOLE = "ä\r\n\x1b[31m日".encode()


@given(content=st.binary(max_size=100), draw=st.data())
def test_pieces_make_the_whole_and_none_is_empty(content: bytes, draw: st.DataObject) -> None:
    pieces = draw.draw(splits(content))
    assert b"".join(pieces) == content
    assert all(pieces)


@pytest.mark.parametrize("place", range(1, len(WHOLE)))
def test_bytes_are_cut_anywhere(place: int) -> None:
    cut = (WHOLE[:place], WHOLE[place:])
    assert find(splits(WHOLE), lambda pieces: pieces == cut, settings=FIRST) == cut


def test_each_byte_may_come_by_itself() -> None:
    assert len(find(splits(WHOLE), lambda pieces: len(pieces) == len(WHOLE), settings=PERSISTENT)) == len(
        WHOLE
    )


def test_bytes_shrink_to_one_piece_and_to_themselves() -> None:
    assert find(splits(WHOLE), lambda _: True) == (WHOLE,)
    assert find(mangled(WHOLE), lambda _: True) == WHOLE


def test_bytes_are_torn_doubled_and_spoilt() -> None:
    find(mangled(WHOLE), lambda spoilt: spoilt == WHOLE[:5], settings=FIRST)
    pairs = [WHOLE[at : at + 2] * 2 for at in range(len(WHOLE) - 1)]
    find(mangled(WHOLE), lambda spoilt: any(pair in spoilt for pair in pairs), settings=FIRST)
    find(mangled(WHOLE), lambda spoilt: b"\xff" in spoilt, settings=FIRST)


def events(stream: SseStream) -> Iterator[dict[str, Any]]:
    for block in stream.content.decode().split("\n\n")[:-1]:
        named, _, told = block.partition("\n")
        event = json.loads(told.removeprefix("data: "))
        assert named == f"event: {event['type']}"
        yield event


def said(event: dict[str, Any]) -> str:
    if event["type"] == "response.output_text.delta":
        return str(event["delta"])
    return str(event.get("delta", {}).get("text", "")) if event["type"] == "content_block_delta" else ""


@pytest.mark.parametrize("dialect", ["anthropic", "openai"])
def test_a_stream_tells_its_reply_to_whoever_reads_its_pieces(dialect: str) -> None:
    @settings(max_examples=50)
    @given(stream=sse_streams(dialect=dialect))
    def tells(stream: SseStream) -> None:
        assert "".join(map(said, events(stream))) == stream.reply.text

    tells()


def test_an_unknown_dialect_is_refused_at_once() -> None:
    with pytest.raises(Misuse, match="anthropic, openai"):
        sse_streams(dialect="gemini")


@settings(max_examples=40)
@given(file=jsonl_files())
def test_a_file_holds_its_records_and_one_that_is_torn(file: JsonlFile) -> None:
    *lines, torn = file.content.split(b"\n")
    assert [json.loads(line) for line in lines] == list(file.records)
    assert torn == file.torn


def test_a_file_is_torn_inside_of_a_character() -> None:
    def is_half(file: JsonlFile) -> bool:
        return file.torn[-1:] >= b"\xc2"

    said = st.just({"text": "ü日本"})
    assert is_half(find(jsonl_files(records=said, max_size=1), is_half, settings=FIRST))


def test_a_file_shrinks_to_nothing() -> None:
    assert find(jsonl_files(), lambda _: True).content == b""
