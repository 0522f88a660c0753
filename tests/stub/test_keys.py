"""Bytes to keys."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.stub.keys import KeyParser

if TYPE_CHECKING:
    from pytest_tmuxagent.stub.keys import Key

FRAGMENTS = st.sampled_from(
    [
        b"\x1b",
        b"[",
        b"O",
        b"200~",
        b"201~",
        b"\x1b[200~",
        b"\x1b[201~",
        b"\x1b[A",
        b"\x1b[1;5C",
        b"\x1bOH",
        b"\r",
        b"\n",
        b"\t",
        b"\x03",
        b"\x7f",
        b"abc",
        "né⠋漢🙂".encode(),
    ]
)
STREAMS = st.lists(FRAGMENTS | st.binary(max_size=4)).map(b"".join)


def joined(keys: list[Key]) -> list[Key]:
    """Join texts that follow each other: only their sum is promised."""
    result: list[Key] = []
    for kind, name in keys:
        if kind == "text" and result and result[-1][0] == "text":
            result[-1] = ("text", result[-1][1] + name)
        else:
            result.append((kind, name))
    return result


def parse(*chunks: bytes) -> list[Key]:
    parser = KeyParser()
    keys = [key for chunk in chunks for key in parser.feed(chunk)]
    while parser.undecided:
        keys += parser.flush()
    return joined(keys)


@given(STREAMS, st.data())
def test_any_split_of_the_bytes_gives_the_same_keys(stream: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    chunks = [stream[start:end] for start, end in pairwise([0, *cuts, len(stream)])]
    assert parse(*chunks) == parse(stream)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_paste_arrives_as_it_is(text: str) -> None:
    keys = parse(b"\x1b[200~" + text.encode().replace(b"\x1b[201~", b"") + b"\x1b[201~")
    assert keys == [("paste", text.replace("\x1b[201~", ""))]


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"hi\r", [("text", "hi"), ("key", "enter")]),
        (b"\n", [("key", "newline")]),
        (b"\x1b\r", [("key", "newline")]),
        (b"\x1b[13;2u", [("key", "newline")]),
        (b"\x1b", [("key", "escape")]),
        (b"\x1b\x1b[A", [("key", "escape"), ("key", "up")]),
        (b"\x1b\x03", [("key", "escape"), ("key", "interrupt")]),
        (b"\x1b[", [("key", "escape"), ("text", "[")]),
        (b"\x1bx", [("key", "unknown")]),
        (b"\x1b[1;5D\x1bOA\x1b[3~", [("key", "left"), ("key", "up"), ("key", "delete")]),
        (b"\x1b[12\x03", [("key", "unknown"), ("key", "interrupt")]),
        (b"a\tb", [("text", "a\tb")]),
        (b"\xff\xe2\x82", [("text", "�")]),
        (b"\xe2\x82\r", [("text", "�"), ("key", "enter")]),
        (b"\x1b[200~\x1b[A\r\x03\x1b[201~", [("paste", "\x1b[A\r\x03")]),
    ],
)
def test_these_bytes_are_these_keys(data: bytes, keys: list[Key]) -> None:
    assert parse(data) == keys


def test_an_escape_waits_for_what_may_follow() -> None:
    parser = KeyParser()
    assert parser.feed(b"\x1b") == []
    assert parser.undecided
    assert parser.feed(b"[A") == [("key", "up")]
    assert not parser.undecided
