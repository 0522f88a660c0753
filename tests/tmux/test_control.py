from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.strategies import mangled, splits
from pytest_tmuxagent.tmux.control import (
    ControlEvent,
    ControlParser,
    Exited,
    Notice,
    PaneDied,
    PaneOutput,
    Paused,
    ReplyBlock,
    unescape,
)


def parse(*chunks: bytes) -> list[ControlEvent]:
    parser = ControlParser()
    return merged([event for chunk in chunks for event in parser.feed(chunk)])


def merged(events: list[ControlEvent]) -> list[ControlEvent]:
    """Join adjacent output of one pane: where it is cut is not a promise."""
    joined: list[ControlEvent] = []
    for event in events:
        last = joined[-1] if joined else None
        if isinstance(event, PaneOutput) and isinstance(last, PaneOutput) and last.pane == event.pane:
            joined[-1] = PaneOutput(pane=last.pane, data=last.data + event.data)
        else:
            joined.append(event)
    return joined


def escape(data: bytes) -> bytes:
    """Write bytes as tmux does. Source: control_append_data in tmux 3.3a's control.c."""
    return b"".join(b"\\%03o" % byte if byte < 32 or byte == 0x5C else bytes([byte]) for byte in data)


@pytest.mark.parametrize(
    ("line", "event"),
    [
        (b"%output %0 hi\\015\\012", PaneOutput(pane="%0", data=b"hi\r\n")),
        (b"%output %12 ", PaneOutput(pane="%12", data=b"")),
        (b"%output %0 two  words ", PaneOutput(pane="%0", data=b"two  words ")),
        (b"%extended-output %1 12 : a : b", PaneOutput(pane="%1", data=b"a : b")),
        (b"%extended-output %1 12 later words : x", PaneOutput(pane="%1", data=b"x")),
        (b"%window-renamed @0 tmuxagent-died %3 7 ", PaneDied(pane="%3", status=7, signal=None)),
        (b"%window-renamed @0 tmuxagent-died %3  11", PaneDied(pane="%3", status=None, signal=11)),
        (b"%window-renamed @0 tmuxagent-died %3  ", PaneDied(pane="%3", status=None, signal=None)),
        (b"%window-renamed @0 bash", Notice(name="window-renamed", arguments="@0 bash")),
        (
            b"%window-renamed @0 tmuxagent-died what",
            Notice(name="window-renamed", arguments="@0 tmuxagent-died what"),
        ),
        (b"%pause %4", Paused(pane="%4")),
        (b"%exit", Exited(reason="")),
        (b"%exit too far behind", Exited(reason="too far behind")),
        (b"%window-add @1", Notice(name="window-add", arguments="@1")),
        (b"%a-notice-of-the-future", Notice(name="a-notice-of-the-future", arguments="")),
        (b"can't find pane: %9", Notice(name="", arguments="can't find pane: %9")),
        (b"%begin is no block", Notice(name="begin", arguments="is no block")),
        (b"%begin 1 " + b"7" * 5000 + b" 1", Notice(name="begin", arguments="1 " + "7" * 5000 + " 1")),
        (
            b"%window-renamed @0 tmuxagent-died %3 " + b"7" * 5000 + b" ",
            PaneDied(pane="%3", status=None, signal=None),
        ),
    ],
)
def test_a_line_outside_of_a_block_is_read(line: bytes, event: ControlEvent) -> None:
    assert parse(line + b"\n") == [event]


def test_a_reply_block_has_its_lines_number_and_flags() -> None:
    assert parse(b"%begin 17 5 1\none\n\nt\xc3\xa4o\n%end 17 5 1\n") == [
        ReplyBlock(number=5, flags=1, lines=("one", "", "täo"), failed=False)
    ]


def test_a_block_that_ends_with_error_has_failed() -> None:
    assert parse(b"%begin 17 5 1\nno such pane\n%error 17 5 1\n") == [
        ReplyBlock(number=5, flags=1, lines=("no such pane",), failed=True)
    ]


def test_only_the_same_numbers_close_a_block() -> None:
    shown = ("%end 17 4 1", "%output %0 old", "%begin 17 6 1", "%3", "%exit")
    stream = "\n".join(["%begin 17 5 1", *shown, "%end 17 5 1", ""]).encode()
    assert parse(stream) == [ReplyBlock(number=5, flags=1, lines=shown, failed=False)]


def test_a_notification_within_a_hooks_block_is_read() -> None:
    stream = b"%begin 17 5 0\n%window-renamed @0 tmuxagent-died %3 7 \n%end 17 5 0\n"
    assert parse(stream) == [
        PaneDied(pane="%3", status=7, signal=None),
        ReplyBlock(number=5, flags=0, lines=(), failed=False),
    ]


def test_bytes_that_are_no_utf8_do_not_stop_the_parser() -> None:
    assert parse(b"%begin 1 1 1\n\xff\n%end 1 1 1\n") == [
        ReplyBlock(number=1, flags=1, lines=("\\xff",), failed=False)
    ]


def test_output_of_several_panes_keeps_its_order() -> None:
    assert parse(b"%output %0 a\n%output %1 b\n%output %0 c\n%pause %0\n%output %0 d\n") == [
        PaneOutput(pane="%0", data=b"a"),
        PaneOutput(pane="%1", data=b"b"),
        PaneOutput(pane="%0", data=b"c"),
        Paused(pane="%0"),
        PaneOutput(pane="%0", data=b"d"),
    ]


@given(st.binary())
def test_any_bytes_survive_tmuxs_escapes(data: bytes) -> None:
    assert unescape(escape(data)) == data


@given(st.lists(st.tuples(st.sampled_from(["%0", "%1"]), st.binary().filter(lambda data: b"\n" not in data))))
def test_what_panes_print_comes_back_byte_by_byte(printed: list[tuple[str, bytes]]) -> None:
    stream = b"".join(b"%%output %s %s\n" % (pane.encode(), escape(data)) for pane, data in printed)
    assert parse(stream) == merged([PaneOutput(pane=pane, data=data) for pane, data in printed])


_LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                b"%begin 1 2 1",
                b"%end 1 2 1",
                b"%error 1 2 1",
                b"%begin 1 3 0",
                b"%end 1 3 0",
                b"%output %0 a\\015\\012",
                b"%output %1 \\134015",
                b"%extended-output %0 3 : x",
                b"%window-renamed @0 tmuxagent-died %0 1 ",
                b"%exit",
                b"%",
                b"",
            ]
        ),
        st.binary(max_size=20),
    ),
    max_size=12,
)


@given(_LINES, st.data())
def test_any_split_of_the_bytes_gives_the_same_events(lines: list[bytes], data: st.DataObject) -> None:
    stream = b"\n".join(lines) + b"\n"
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)))))
    chunks = [stream[start:end] for start, end in pairwise([0, *cuts, len(stream)])]
    assert parse(*chunks) == parse(stream)


@given(_LINES, st.data())
def test_what_follows_spoilt_bytes_is_read(lines: list[bytes], data: st.DataObject) -> None:
    parser = ControlParser()
    spoilt = data.draw(mangled(b"\n".join(lines))).replace(b"%begin ", b"%begun ")
    for piece in data.draw(splits(spoilt + b"\n")):
        parser.feed(piece)
    assert parser.feed(b"%begin 9 9 1\nhere\n%end 9 9 1\n") == [
        ReplyBlock(number=9, flags=1, lines=("here",), failed=False)
    ]
