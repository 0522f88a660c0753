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
from pytest_tmuxagent.sandbox.slots import Slots

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
    slots.take(timeout=10).give_back()
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
    slots.take(timeout=10).give_back()
