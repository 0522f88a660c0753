"""The thread that serves the script: its timers."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator

import pytest

from pytest_tmuxagent.script.loop import Loop, Timer

TIMEOUT = 60.0


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop(name="loop of a test")
    yield loop
    loop.close()


def test_timers_fire_in_order_of_their_time(loop: Loop) -> None:
    fired, done = list[str](), threading.Event()

    def set_all() -> None:
        loop.after(0.02, done.set)
        loop.after(0.01, lambda: fired.append("second"))
        loop.after(0, lambda: fired.append("first"))

    loop.post(set_all)
    assert done.wait(TIMEOUT)
    assert fired == ["first", "second"]


def test_a_timer_that_was_cancelled_does_not_fire(loop: Loop) -> None:
    fired, done = list[str](), threading.Event()

    def set_all() -> None:
        later = list[Timer]()

        def first() -> None:
            fired.append("first")
            loop.cancel(later[0])

        loop.after(0, first)
        later.append(loop.after(0, lambda: fired.append("second")))
        loop.after(0.001, done.set)
        loop.cancel(None)

    loop.post(set_all)
    assert done.wait(TIMEOUT)
    assert fired == ["first"]


def test_a_timer_that_fails_harms_no_other(loop: Loop) -> None:
    done = threading.Event()

    def set_all() -> None:
        loop.after(0, lambda: [][0])
        loop.after(0, done.set)

    loop.post(set_all)
    assert done.wait(TIMEOUT)
    assert [type(error) for error in loop.failures] == [IndexError]


def test_a_timer_that_sets_itself_again_does_not_keep_posted_calls_waiting(loop: Loop) -> None:
    done = threading.Event()

    def again() -> None:
        loop.after(0, again)

    loop.post(again)
    loop.post(done.set)
    assert done.wait(TIMEOUT)


def test_a_loop_that_is_closed_forgets_its_timers() -> None:
    loop, fired = Loop(name="loop of a test"), threading.Event()
    loop.post(lambda: (loop.after(60, fired.set), None)[1])
    loop.close()
    assert not fired.is_set()


def test_a_loop_that_is_closed_writes_into_no_file_that_came_after_it() -> None:
    loop = Loop(name="loop of a test")
    loop.close()
    # One of them has the number of the loop's own pipe.
    later = [end for _ in range(32) for end in socket.socketpair()]
    loop.post(lambda: None)
    assert select.select(later, [], [], 0)[0] == []
    for end in later:
        end.close()
