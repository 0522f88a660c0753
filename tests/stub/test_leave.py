"""The ways out of the stub: a signal ends it wherever it comes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import pytest_tmuxagent

ROOT = Path(pytest_tmuxagent.__file__).parents[1]
WAITING = """
import os, select, signal, sys, weakref
sys.path.insert(0, sys.argv[1])
from pytest_tmuxagent.stub.leave import Leave, leave_on_signals

class Dying:
    pass

class Killing(Dying):
    def __del__(self):
        os.kill(os.getpid(), 15)

def ring_at_once(timer, seconds, interval=0.0, set=signal.setitimer):
    set(timer, seconds, interval)
    if seconds:
        os.kill(os.getpid(), signal.SIGALRM)

leave_on_signals()
try:
    {how}
    while True:
        select.select([], [], [], 60)
except Leave as leave:
    os.write(1, b"left with %d" % leave.status)
"""


@pytest.mark.parametrize(
    "how",
    [
        "os.kill(os.getpid(), 15)",
        "Killing()",
        "dying = Dying(); seen = weakref.ref(dying, lambda _: os.kill(os.getpid(), 15)); del dying",
        "import _signal; _signal.setitimer = ring_at_once; Killing()",
    ],
    ids=["at rest", "in a destructor", "in a weak reference", "in a destructor of a slow process"],
)
def test_a_signal_ends_it_wherever_it_comes(how: str) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", WAITING.format(how=how), str(ROOT)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("left with 143", "")
