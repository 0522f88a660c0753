"""The hook channel: never blocks, never fails, loses nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tmuxagent.signals.hooks import HookChannel, parse
from pytest_tmuxagent.strategies import mangled
from pytest_tmuxagent.waiting import InputThread, Mailbox
from tests.mutations import values, written


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
    while len(got) < 3 and arrived.wait(60):
        got += arrived.take()
    assert got == payloads
    channel.close()


def test_a_payload_leaves_no_file_behind(io: InputThread, tmp_path: Path) -> None:
    arrived: Mailbox[bytes] = Mailbox()
    channel = HookChannel(tmp_path / "hooks", io=io, receive=arrived.post)
    run_hook(channel.command, b"{}")
    assert arrived.wait(60)
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


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xff", b"[1]", b"{", b"null", b'{"a":' * 100_000, b"9" * 5000, b"[" * 100_000 + b"]" * 100_000],
)
def test_what_is_no_object_is_no_payload(payload: bytes) -> None:
    assert parse(payload) is None


@pytest.mark.parametrize(
    "name", [b"", b"wake", b"..", b"a\0b", b"\xff", b"../secret", b"folder", b"9" * 5000, b"404"]
)
def test_a_name_that_no_hook_gives_is_told_and_touches_nothing(
    io: InputThread, tmp_path: Path, name: bytes
) -> None:
    arrived: Mailbox[bytes] = Mailbox()
    channel = HookChannel(tmp_path / "hooks", io=io, receive=arrived.post)
    (tmp_path / "secret").write_text("{}")
    (tmp_path / "hooks" / "folder").mkdir()
    with (tmp_path / "hooks" / "wake").open("wb") as fifo:
        fifo.write(name + b"\n")
    assert run_hook(channel.command, b'{"n": 1}') == 0
    got: list[bytes] = []
    while len(got) < 2 and arrived.wait(60):
        got += arrived.take()
    assert got == [b"", b'{"n": 1}']
    assert (tmp_path / "secret").exists()
    channel.close()


PAYLOADS = (
    st.fixed_dictionaries({"hook_event_name": st.sampled_from(["Stop", "UserPromptSubmit", "x"])}) | values()
)


@given(content=PAYLOADS, spoilt=st.booleans(), data=st.data())
def test_a_payload_of_any_bytes_is_an_object_or_none(
    content: object,
    spoilt: bool,  # noqa: FBT001
    data: st.DataObject,
) -> None:
    payload = written(content)
    found = parse(data.draw(mangled(payload)) if spoilt else payload)
    assert found is None or isinstance(found, dict)
