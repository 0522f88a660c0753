"""Finding escape sequences in what a program prints, however the stream is torn."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.signals.osc import LONGEST_BYTES, OscWatcher
from pytest_tmuxagent.strategies import mangled, splits

IDLE = b"\x1b]7501;state=idle:app=codex\x1b\\"
DONE = b"\x1b]7501;state=done:app=codex\x07"


@pytest.mark.parametrize(
    ("printed", "texts"),
    [
        (IDLE, ["state=idle:app=codex"]),
        (DONE, ["state=done:app=codex"]),
        (b"x" + IDLE + b"\x1b[1m" + DONE + b"y", ["state=idle:app=codex", "state=done:app=codex"]),
        (b"\x1b]0;title\x07" + DONE, ["state=done:app=codex"]),
        (b"\x1b]75010;state=idle\x07", []),
        (b"\x1b]7501;\x07", [""]),
        (b"\x1b]7501;caf\xc3\xa9\xff\x07", ["caf\u00e9\ufffd"]),
    ],
)
def test_a_sequence_of_the_number_is_found(printed: bytes, texts: list[str]) -> None:
    assert OscWatcher(7501).feed(printed) == texts


@pytest.mark.parametrize("breaks", [b"\x18", b"\x1a", b"\x1b[m"])
def test_a_sequence_that_is_broken_off_is_none(breaks: bytes) -> None:
    watcher = OscWatcher(7501)
    assert watcher.feed(b"\x1b]7501;state=" + breaks + b"idle\x07" + DONE) == ["state=done:app=codex"]


def test_a_sequence_breaks_off_another_one() -> None:
    assert OscWatcher(7501).feed(b"\x1b]7501;state=" + DONE) == ["state=done:app=codex"]


def test_what_never_ends_is_not_kept_for_ever() -> None:
    watcher = OscWatcher(7501)
    for _ in range(100):
        assert watcher.feed(b"\x1b]7501;" + b"x" * LONGEST_BYTES) == []
    assert len(watcher._torn) <= LONGEST_BYTES + len(b"\x1b]7501;")
    assert watcher.feed(DONE) == ["state=done:app=codex"]


def test_a_sequence_that_never_ends_hides_none_behind_it() -> None:
    endless = b"\x1b]7501;" + b"x" * (LONGEST_BYTES + 1)
    assert OscWatcher(7501).feed(endless + DONE) == ["state=done:app=codex"]


PIECES = st.sampled_from(
    [IDLE, DONE, b"text", b"\x1b", b"\x1b]", b"\x1b]7501;", b"\x07", b"\\", b"\x18", b"7501;"]
)


@given(pieces=st.lists(st.one_of(PIECES, st.binary(max_size=8)), max_size=20), data=st.data())
def test_how_the_stream_is_torn_changes_nothing(pieces: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(pieces)
    places = data.draw(st.lists(st.integers(0, len(stream)), max_size=10).map(sorted))
    watcher = OscWatcher(7501)
    cuts = [0, *places, len(stream)]
    torn = [watcher.feed(stream[start:end]) for start, end in itertools.pairwise(cuts)]
    assert list(itertools.chain(*torn)) == OscWatcher(7501).feed(stream)


@given(spoilt=mangled(IDLE + b"text" + DONE), data=st.data())
def test_what_follows_spoilt_bytes_is_found(spoilt: bytes, data: st.DataObject) -> None:
    watcher = OscWatcher(7501)
    found = [text for piece in data.draw(splits(spoilt + b"\x18" + DONE)) for text in watcher.feed(piece)]
    assert found[-1] == "state=done:app=codex"
    assert watcher.feed(IDLE) == ["state=idle:app=codex"]
