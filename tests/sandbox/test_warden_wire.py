"""Messages between us and the warden arrive whole, with their file descriptors; the warden starts light."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

import pytest_tmuxagent
from pytest_tmuxagent.sandbox import wire

MESSAGES = st.lists(st.tuples(st.text(), st.integers(), st.dictionaries(st.binary(), st.binary())))


@given(messages=MESSAGES, cuts=st.lists(st.integers(min_value=1, max_value=40)))
def test_messages_arrive_whole_however_the_stream_is_cut(
    messages: list[tuple[object, ...]], cuts: list[int]
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for message in messages:
            wire.send(ours, message)
        ours.close()
        stream = theirs.recv(1 << 20)
    assert replayed(stream, cuts) == messages


def replayed(stream: bytes, cuts: list[int]) -> list[tuple[object, ...]]:
    """Send a stream again, in pieces, and read a message wherever there is one."""
    ours, theirs = socket.socketpair()
    received = []
    with ours, theirs:
        receiver = wire.Receiver(theirs)
        for size in [*cuts, len(stream)]:
            piece, stream = stream[:size], stream[size:]
            if piece:
                ours.sendall(piece)
                received += receiver.receive() or []
    return received


def test_file_descriptors_come_with_their_message() -> None:
    ours, theirs = socket.socketpair()
    pipes = [os.pipe() for _ in range(3)]
    with ours, theirs:
        for number, (_, writing) in enumerate(pipes):
            wire.send(ours, ("take", number), fds=(writing,))
            os.close(writing)
        receiver = wire.Receiver(theirs)
        received: list[tuple[object, ...]] = []
        while len(received) < len(pipes):
            received += receiver.receive() or []
        for number, (reading, _) in enumerate(pipes):
            (fd,) = receiver.take_fds(1)
            assert not os.get_inheritable(fd)
            os.write(fd, b"%d" % number)
            os.close(fd)
            assert os.read(reading, 10) == b"%d" % number
            os.close(reading)


def test_the_end_of_the_stream_is_told() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        ours.close()
        assert wire.Receiver(theirs).receive() is None


def test_nothing_to_read_is_no_message() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert wire.Receiver(theirs).receive() == []


def test_the_warden_loads_nothing_heavy() -> None:
    program = (
        "import sys; package = type(sys)('pytest_tmuxagent'); "
        f"package.__path__ = {list(pytest_tmuxagent.__path__)!r}; sys.modules['pytest_tmuxagent'] = package; "
        "import pytest_tmuxagent.sandbox.warden_process; print(*sys.modules)"
    )
    loaded = subprocess.check_output([sys.executable, "-I", "-S", "-c", program], text=True).split()
    heavy = {"collections", "contextlib", "ctypes", "dataclasses", "enum", "json", "pathlib", "re", "shutil"}
    heavy |= {"signal", "socket", "subprocess", "threading", "typing"}
    assert heavy.isdisjoint(loaded)
