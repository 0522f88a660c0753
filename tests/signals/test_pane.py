"""What an agent prints, as it is kept and read."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.signals.pane import PaneStream, PrintedText
from pytest_tmuxagent.strategies import mangled, splits

STYLED = "\x1b[?2004h\x1b[1;31mred\x1b[0m\r\n\x1b]0;title\x07ünïcode 漢字 🎉\x1b(B\x1b]8;;x\x1b\\end\r\n"
PLAIN = "red\nünïcode 漢字 🎉end\n"


def cut(data: bytes, at: list[int]) -> list[bytes]:
    borders = [0, *sorted(number % (len(data) + 1) for number in at), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(borders)]


@given(st.lists(st.integers(min_value=0), max_size=8))
def test_text_reads_the_same_however_the_bytes_are_split(borders: list[int]) -> None:
    stream = PaneStream()
    text = PrintedText(stream, mark=0)
    for piece in cut(STYLED.encode(), borders):
        stream.add(piece, at=1.0)
        text.read()
    assert text.read() == PLAIN


@given(st.lists(st.binary(max_size=20), max_size=20))
def test_any_bytes_can_be_read(pieces: list[bytes]) -> None:
    stream = PaneStream()
    text = PrintedText(stream, mark=0)
    for piece in pieces:
        stream.add(piece, at=1.0)
        assert "\x1b[0m" not in text.read()


def test_only_what_was_printed_after_the_mark_is_read() -> None:
    stream = PaneStream()
    stream.add(b"before", at=1.0)
    text = PrintedText(stream, mark=stream.end)
    stream.add(b"af", at=2.0)
    stream.add(b"ter", at=3.0)
    assert text.read() == "after"
    assert text.read() == "after"


def test_a_flood_is_kept_in_bounds_and_what_is_lost_is_counted() -> None:
    stream = PaneStream()
    for _ in range(12):
        stream.add(b"x" * 1024 * 1024, at=1.0)
    assert sum(len(data) for _, data in stream.chunks()) == 8 * 1024 * 1024
    assert stream.lost_bytes == 4 * 1024 * 1024
    assert stream.end == 12 * 1024 * 1024
    assert len(stream.since(0)[0]) == 8 * 1024 * 1024


@given(printed=mangled(STYLED.encode() * 2) | st.binary(max_size=60), data=st.data())
def test_spoilt_text_reads_the_same_however_it_is_split(printed: bytes, data: st.DataObject) -> None:
    at_once, in_pieces = PaneStream(), PaneStream()
    at_once.add(printed, at=1.0)
    text = PrintedText(in_pieces, mark=0)
    for piece in data.draw(splits(printed)):
        in_pieces.add(piece, at=1.0)
        text.read()
    assert text.read() == PrintedText(at_once, mark=0).read()
