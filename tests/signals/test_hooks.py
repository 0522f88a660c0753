"""The hook channel: never blocks, never fails, loses nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_tmuxagent.signals.hooks import HookChannel, parse
from pytest_tmuxagent.waiting import InputThread, Mailbox


@pytest.fixture
def io() -> Iterator[InputThread]:
    thread = InputThread()
    yield thread
    thread.close()


def run_hook(command: str, payload: bytes) -> int:
    return subprocess.run(["/bin/sh", "-c", command], input=payload, timeout=20, check=False).returncode


def test_payloads_arrive_whole_and_in_order(io: InputThread, tmp_path: Path) -> None:
    arrived: Mailbox[bytes] = Mailbox()
    channel = HookChannel(tmp_path / "it's hooks", io=io, receive=arrived.post)
    payloads = [b'{"n": 1}', b'{"n": 2, "text": "' + b"x" * 1_000_000 + b'"}', b'{"n": 3}']
    for payload in payloads:
        assert run_hook(channel.command, payload) == 0
    got: list[bytes] = []
    while len(got) < 3 and arrived.wait(10):
        got += arrived.take()
    assert got == payloads
    channel.close()


def test_a_payload_leaves_no_file_behind(io: InputThread, tmp_path: Path) -> None:
    arrived: Mailbox[bytes] = Mailbox()
    channel = HookChannel(tmp_path / "hooks", io=io, receive=arrived.post)
    run_hook(channel.command, b"{}")
    assert arrived.wait(10)
    assert [path.name for path in (tmp_path / "hooks").iterdir()] == ["wake"]
    channel.close()


@pytest.mark.parametrize("state", ["nobody reads", "no FIFO", "no folder"])
def test_a_hook_ends_well_whatever_became_of_us(io: InputThread, tmp_path: Path, state: str) -> None:
    channel = HookChannel(tmp_path / "hooks", io=io, receive=lambda _payload: None)
    command = channel.command
    channel.close()
    if state == "no FIFO":
        (tmp_path / "hooks" / "wake").unlink()
    if state == "no folder":
        (tmp_path / "hooks" / "wake").unlink()
        (tmp_path / "hooks").rmdir()
    for _ in range(3):
        assert run_hook(command, b"{}" * 50_000) == 0
    if state == "no FIFO":
        assert not (tmp_path / "hooks" / "wake").exists(), "a removed FIFO becomes no plain file"


@pytest.mark.parametrize("payload", [b"", b"\xff", b"[1]", b"{", b"null"])
def test_what_is_no_object_is_no_payload(payload: bytes) -> None:
    assert parse(payload) is None
