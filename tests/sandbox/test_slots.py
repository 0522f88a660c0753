"""Slots: how many real CLIs run at a time on one machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pytest_tmuxagent.errors import SandboxUnavailable
from pytest_tmuxagent.sandbox.slots import FOLDER, Slots, slots_folder

HOLDER = """
import sys
from pathlib import Path
from pytest_tmuxagent.sandbox.slots import Slots
slot = Slots(Path(sys.argv[1]), most=1).take()
print("held", flush=True)
sys.stdin.read()
"""


def test_as_many_are_held_as_there_are(tmp_path: Path) -> None:
    slots = Slots(tmp_path / "slots", most=2)
    first, second = slots.take(), slots.take()
    assert slots.take_free() is None
    first.give_back()
    first.give_back()
    third = slots.take_free()
    assert third is not None
    assert slots.take_free() is None
    second.give_back()
    third.give_back()


def test_none_becoming_free_is_an_error_with_the_remedy(tmp_path: Path) -> None:
    slots = Slots(tmp_path / "slots", most=1)
    held = slots.take()
    with pytest.raises(SandboxUnavailable, match="agent_max_live"):
        slots.take(timeout=0)
    held.give_back()


def test_whoever_waits_gets_the_one_that_is_given_back(tmp_path: Path) -> None:
    slots = Slots(tmp_path / "slots", most=1)
    held = slots.take()
    giving = threading.Timer(0.05, held.give_back)
    giving.start()
    slots.take(timeout=60).give_back()
    giving.join()


def test_a_killed_process_holds_none(tmp_path: Path) -> None:
    folder = tmp_path / "slots"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        slots = Slots(folder, most=1)
        assert slots.take_free() is None
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    slots.take(timeout=60).give_back()


def test_whoever_waits_is_told_once_who_holds_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_CURRENT_TEST", "tests/test_x.py::test_y (call)")
    told: list[str] = []
    slots = Slots(tmp_path / "slots", most=2, notice=told.append)
    held = [slots.take(), slots.take()]
    with pytest.raises(SandboxUnavailable, match=f"held by process {os.getpid()}"):
        slots.take(timeout=0.1, notice_after=0)
    assert told == [
        (
            "waiting for one of the 2 real CLIs that may run on this machine at a time (agent_max_live), "
            f"held by process {os.getpid()} (tests/test_x.py::test_y)"
        )
    ]
    for slot in held:
        slot.give_back()


def test_whoever_gets_one_at_once_is_told_nothing(tmp_path: Path) -> None:
    told: list[str] = []
    Slots(tmp_path / "slots", most=1, notice=told.append).take(notice_after=0).give_back()
    assert told == []


FORKING = """
import os, sys
from pathlib import Path
from pytest_tmuxagent.sandbox.slots import Slots
slots = Slots(Path(sys.argv[1]), most=1)
held = slots.take()
done_read, done = os.pipe()
forked, forked_write = os.pipe()
if os.fork() == 0:
    os.close(done)
    os.write(forked_write, b"x")
    os.read(done_read, 1)  # until the parent has ended
    os._exit(0)
os.read(forked, 1)
held.give_back()
print("free" if slots.take_free() else "held")
"""


def test_a_fork_of_a_holder_holds_nothing(tmp_path: Path) -> None:
    program = [sys.executable, "-c", FORKING, str(tmp_path / "slots")]
    assert subprocess.run(program, capture_output=True, check=True).stdout == b"free\n"


def test_a_place_that_is_not_ours_is_told_with_the_remedy(tmp_path: Path) -> None:
    place = tmp_path / "slots"
    place.touch()
    with pytest.raises(SandboxUnavailable, match=rf"Remove .*slots, or name a folder .* {FOLDER}"):
        Slots(place, most=1).take()


def test_a_link_is_no_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "slots").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SandboxUnavailable, match="is no folder"):
        Slots(tmp_path / "slots", most=1).take()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_all_runs_of_a_user_share_one_place_unless_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(FOLDER, raising=False)
    place = slots_folder()
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert slots_folder() == place
    assert str(os.getuid()) in place.name
    monkeypatch.setenv(FOLDER, str(tmp_path / "slots"))
    assert slots_folder() == tmp_path / "slots"
