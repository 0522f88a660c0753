"""Nothing survives: whoever is killed, whatever the programs in the sandbox do against it."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

PROGRAM = Path(__file__).with_name("owner_program.py")
TROUBLEMAKERS = ("quiet", "deaf", "background", "session", "daemon", "forking", "bomb", "writer", "flood")
# Without a subreaper the cookie has to find them, and this one has none: it is what such a system cannot do.
WITHOUT_COOKIE = "daemon"
PATIENCE = 30.0


class Owner:
    """A process with a sandbox full of troublemakers."""

    def __init__(self, troublemakers: tuple[str, ...], *, environment: dict[str, str]) -> None:
        pipes = {name: os.pipe() for name in troublemakers}
        self.signs_of_life = {name: reading for name, (reading, _) in pipes.items()}
        writing = {name: fd for name, (_, fd) in pipes.items()}
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), *(f"{name}={fd}" for name, fd in writing.items())],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=tuple(writing.values()),
            text=True,
        )
        for fd in writing.values():
            os.close(fd)
        opened = self.answer()
        self.root = Path(opened["root"])
        self.warden: int = opened["warden"]
        self.keeper = parent_of(opened["pids"]["quiet"])
        for name, fd in self.signs_of_life.items():
            assert b"ready" in os.read(fd, 1000), name

    def tell(self, order: str) -> dict[str, Any]:
        """Give an order; give its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def ended(self) -> set[str]:
        """Name the troublemakers that are gone now."""
        ready, _, _ = select.select(list(self.signs_of_life.values()), [], [], 0)
        return {name for name, fd in self.signs_of_life.items() if fd in ready}

    def survivors(self) -> set[str]:
        """Wait until all troublemakers are gone; name those that are not."""
        end = monotonic() + PATIENCE
        alive = {fd: name for name, fd in self.signs_of_life.items()}
        while alive and monotonic() < end:
            ready, _, _ = select.select(list(alive), [], [], end - monotonic())
            for fd in ready:
                if not os.read(fd, 1 << 16):
                    del alive[fd]
        return set(alive.values())

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()
        for fd in self.signs_of_life.values():
            os.close(fd)


@contextmanager
def owner(*, without: str = "", subreaper: bool = True) -> Iterator[Owner]:
    """Start an owner with all troublemakers but one."""
    troublemakers = tuple(name for name in TROUBLEMAKERS if name != without)
    process = Owner(troublemakers, environment={} if subreaper else {"TMUXAGENT_NO_SUBREAPER": "1"})
    try:
        yield process
    finally:
        process.close()


def parent_of(pid: int) -> int:
    return int(subprocess.check_output(["ps", "-o", "ppid=", "-p", str(pid)]))


def runs(pid: int) -> bool:
    """Whether a process lives; the zombie of one whose parent does not care does not count."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return bool(state.strip()) and not state.startswith("Z")


def comes_true(condition: Callable[[], bool]) -> bool:
    end = monotonic() + PATIENCE
    while not condition():
        if monotonic() > end:
            return False
        select.select([], [], [], 0.005)
    return True


def nothing_is_left(household: Owner) -> bool:
    assert household.survivors() == set()
    assert comes_true(lambda: not household.root.exists()), "the directory stayed"
    return True


@pytest.fixture(params=["subreaper", "cookie"])
def household(request: pytest.FixtureRequest) -> Iterator[Owner]:
    if request.param == "subreaper" and sys.platform != "linux":
        pytest.skip("this system has no subreaper")
    cookie_only = request.param == "cookie"
    with owner(without=WITHOUT_COOKIE if cookie_only else "", subreaper=not cookie_only) as process:
        yield process


def test_closing_ends_everything(household: Owner) -> None:
    assert household.tell("close") == {"survivors": []}
    assert not household.root.exists()
    assert household.survivors() == set()


def test_nothing_survives_the_kill_of_its_owner(household: Owner) -> None:
    household.kill()
    assert nothing_is_left(household)
    assert comes_true(lambda: not runs(household.keeper))
    assert comes_true(lambda: not runs(household.warden))


def test_nothing_survives_the_kill_of_the_keeper(household: Owner) -> None:
    os.kill(household.keeper, signal.SIGKILL)
    assert nothing_is_left(household)
    assert household.tell("close") == {"survivors": []}


def test_a_sandbox_outlives_its_warden_and_still_ends_with_its_owner(household: Owner) -> None:
    os.kill(household.warden, signal.SIGKILL)
    assert comes_true(lambda: not runs(household.warden))
    assert runs(household.keeper)
    household.kill()
    assert nothing_is_left(household)
    assert comes_true(lambda: not runs(household.keeper))


def test_closing_works_without_the_warden(household: Owner) -> None:
    os.kill(household.warden, signal.SIGKILL)
    assert household.tell("close") == {"survivors": []}
    assert household.survivors() == set()


def test_a_stopped_keeper_is_woken_to_close_its_sandbox(household: Owner) -> None:
    os.kill(household.keeper, signal.SIGSTOP)
    household.kill()
    assert nothing_is_left(household)
    assert comes_true(lambda: not runs(household.keeper))


def test_a_killed_keeper_without_a_warden_is_swept_by_a_new_one() -> None:
    with owner(without=WITHOUT_COOKIE) as household:
        os.kill(household.warden, signal.SIGKILL)
        os.kill(household.keeper, signal.SIGKILL)
        assert household.tell("close") == {"survivors": []}
        assert nothing_is_left(household)


def test_a_fork_of_the_owner_does_not_keep_the_sandbox_alive() -> None:
    with owner() as household:
        household.tell("fork")
        household.kill()
        assert nothing_is_left(household)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_no_polite_signal_ends_warden_or_keeper(number: signal.Signals) -> None:
    with owner(without="bomb") as household:
        os.kill(household.warden, number)
        os.kill(household.keeper, number)
        assert household.tell("hello") == {}
        assert runs(household.warden)
        assert runs(household.keeper)
        assert household.tell("close") == {"survivors": []}


def test_an_owner_that_just_ends_waits_until_all_is_gone() -> None:
    with owner() as household:
        household.process.communicate()
        assert household.process.returncode == 0
        assert not household.root.exists()
        assert not runs(household.warden)
        assert household.survivors() == set()
