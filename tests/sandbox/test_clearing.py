"""A sandbox is cleared of processes, and goes on: all of them end but those that are kept."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import pytest

from pytest_tmuxagent.errors import WardenGone
from pytest_tmuxagent.sandbox.keeper import Child, ExitStatus
from pytest_tmuxagent.sandbox.sandbox import Sandbox

PATIENCE = 60.0
KILLED = ExitStatus(signal=signal.SIGKILL)
WAYS_OUT = {
    "a child": "sleep 1000 & echo $!; wait",
    "one that hears no signals": "trap '' TERM HUP INT; sleep 1000 & echo $!; wait; sleep 1000",
    "one in a session of its own": "setsid sleep 1000 & echo $!; wait",
    "an orphan": "(sleep 1000 & echo $!)",
    "an orphan in a session of its own, without our mark": "(env -i setsid sleep 1000 & echo $!)",
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open() as opened:
        yield opened


def python(program: str) -> str:
    """Give the line of a shell that becomes a Python."""
    return f'exec "{sys.executable}" -c "{program}"'


def started(sandbox: Sandbox, line: str) -> tuple[Child, int]:
    """Start a shell; give it, and the process whose number it prints."""
    reading, writing = os.pipe()
    child = sandbox.keeper.spawn(
        ["sh", "-c", line], environment=sandbox.environment, cwd=sandbox.workdir, stdout=writing
    )
    os.close(writing)
    with os.fdopen(reading) as output:
        return child, int(output.readline())


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("way", WAYS_OUT)
def test_everybody_ends(sandbox: Sandbox, way: str) -> None:
    if sys.platform != "linux" and "mark" in way:
        pytest.skip("only a subreaper finds those")
    _, pid = started(sandbox, WAYS_OUT[way])
    assert is_alive(pid)
    assert sandbox.keeper.clear(kept=()) == []
    assert not is_alive(pid)


def test_who_started_a_program_hears_of_its_end(sandbox: Sandbox) -> None:
    child, _ = started(sandbox, WAYS_OUT["a child"])
    sandbox.keeper.clear(kept=())
    assert child.exit.wait(PATIENCE) == KILLED
    assert sandbox.keeper.children == frozenset()


def test_one_that_is_kept_lives_and_its_children_do_not(sandbox: Sandbox) -> None:
    buries = "import os, time; pid = os.fork(); pid and (print(pid, flush=True), os.wait()); time.sleep(1000)"
    kept, its_child = started(sandbox, python(buries))
    other, _ = started(sandbox, WAYS_OUT["a child"])
    assert sandbox.keeper.clear(kept=[kept.pid]) == []
    assert is_alive(kept.pid)
    assert not is_alive(its_child)
    assert other.exit.wait(PATIENCE) == KILLED
    assert sandbox.keeper.children == {kept.pid}


def test_who_was_kept_once_is_not_kept_for_ever(sandbox: Sandbox) -> None:
    kept, _ = started(sandbox, "echo $$; exec sleep 1000")
    sandbox.keeper.clear(kept=[kept.pid])
    sandbox.keeper.clear(kept=())
    assert kept.exit.wait(PATIENCE) == KILLED


def test_one_that_does_not_bury_its_children_is_told_of(sandbox: Sandbox) -> None:
    forgets = "import os, time; pid = os.fork(); pid and print(pid, flush=True); time.sleep(1000)"
    kept, its_child = started(sandbox, python(forgets))
    assert sandbox.keeper.clear(kept=[kept.pid]) != []
    assert sandbox.keeper.clear(kept=()) == []
    assert not is_alive(kept.pid)
    assert not is_alive(its_child)


def test_the_files_stay_and_programs_can_be_started_again(sandbox: Sandbox) -> None:
    (sandbox.workdir / "file").write_text("here")
    sandbox.keeper.clear(kept=())
    sandbox.keeper.clear(kept=())
    child, _ = started(sandbox, "echo 1; grep -q here file")
    assert child.exit.wait(PATIENCE) == ExitStatus(status=0)


def test_a_keeper_that_is_gone_says_so(sandbox: Sandbox) -> None:
    child, _ = started(sandbox, "echo $PPID; exec sleep 1000")
    assert sandbox.keeper.pid is not None
    os.kill(sandbox.keeper.pid, signal.SIGKILL)
    with pytest.raises(WardenGone, match="the keeper of this sandbox has ended"):
        sandbox.keeper.clear(kept=())
    with pytest.raises(WardenGone):
        child.exit.wait(PATIENCE)


def test_a_sandbox_finds_another_keeper_where_its_own_is_gone(sandbox: Sandbox) -> None:
    _, pid = started(sandbox, WAYS_OUT["a child"])
    before = sandbox.keeper.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    assert not sandbox.clear(kept=[pid])
    assert not is_alive(pid)
    sandbox.renew(kept=())
    started(sandbox, "echo 1")
    assert sandbox.keeper.pid not in (None, before)
