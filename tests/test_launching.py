"""The cap on live real CLIs, in runs of pytest: who waits is told, who is killed holds none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_tmuxagent.sandbox.slots import FOLDER, Slots
from pytest_tmuxagent.waiting import Deadline, Mailbox

HOLDING = """
import pytest

@pytest.mark.agent(rung="scripted")
@pytest.mark.parametrize("number", range({tests}))
def test_holds(agent_sandbox, number):
    done = agent_sandbox.run(["sh", "-c", {command!r}], timeout=60)
    assert done.returncode == 0
"""
INI = "[pytest]\nagent_max_live = 1\nfilterwarnings = error\n"
PLUGINS = ("-p", "pytest_tmuxagent.plugin", "-p", "xdist.plugin", "-p", "no:cacheprovider")


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A TMPDIR of its own, slots of its own, and no plugins but those that it is about: they take long."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setenv(FOLDER, f"{folder}/slots")
        yield Path(folder)


@pytest.fixture
def slots(place: Path) -> Slots:
    return Slots(place / "slots", most=1)


def write(folder: Path, *, command: str, tests: int = 1) -> None:
    folder.mkdir()
    (folder / "pytest.ini").write_text(INI)
    (folder / "test_holds.py").write_text(HOLDING.format(command=command, tests=tests))


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pytest", *PLUGINS, "--agent-artifacts=off", *options]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def wait_for(path: Path) -> None:
    deadline, pause = Deadline(60), Mailbox[None]()
    while not path.exists():
        assert not deadline.over, f"{path} did not come"
        pause.wait(0.005)


@pytest.mark.parametrize("options", [(), ("-s",), ("-n", "1")], ids=["captured", "-s", "xdist"])
def test_a_run_that_waits_for_a_slot_says_so_at_once(
    place: Path, slots: Slots, options: tuple[str, ...]
) -> None:
    held = slots.take()
    write(place / "tests", command="echo done")
    with start(place / "tests", *options) as run:
        assert run.stderr is not None
        told = next(line for line in run.stderr if line.strip())
        held.give_back()
        out, _ = run.communicate(timeout=60)
    assert told.startswith("tmuxagent: waiting for one of the 1 real CLIs")
    assert f"held by process {os.getpid()}" in told
    assert "1 passed" in out


def test_a_run_that_need_not_wait_says_nothing(place: Path) -> None:
    write(place / "tests", command="echo done")
    with start(place / "tests") as run:
        out, err = run.communicate(timeout=60)
    assert "1 passed" in out
    assert err == ""


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["run", "worker of xdist"])
def test_a_run_that_is_killed_holds_no_slot(place: Path, slots: Slots, options: tuple[str, ...]) -> None:
    write(place / "tests", command="touch $TMPDIR/../../held; exec sleep 300")
    write(place / "others", command="echo done", tests=2)
    with start(place / "tests", *options) as run:
        wait_for(place / "held")
        (holder,) = slots.holders()
        with start(place / "others") as other:
            assert other.stderr is not None
            told = next(line for line in other.stderr if line.strip())
            os.kill(int(holder.split()[1]), signal.SIGKILL)
            out, _ = other.communicate(timeout=60)
        os.killpg(run.pid, signal.SIGKILL)
    assert told.endswith(f"held by {holder}\n")
    assert "test_holds.py::test_holds[0]" in holder
    assert "2 passed" in out


def test_workers_of_one_run_keep_to_the_cap_together(place: Path) -> None:
    alone = "mkdir $TMPDIR/../../alone && sleep 0.05 && rmdir $TMPDIR/../../alone"
    write(place / "tests", command=alone, tests=4)
    with start(place / "tests", "-n", "2") as run:
        out, _ = run.communicate(timeout=60)
    assert "4 passed" in out
