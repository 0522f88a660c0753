"""What the agents of programs are at, as their model requests tell."""

from __future__ import annotations

import os

from pytest_tmuxagent.events import LinkClosed, RequestClosed, RequestOpened, WireEvent
from pytest_tmuxagent.programs.work import Work

ME, OTHER = os.getpid(), os.getppid()


def work(*events: WireEvent) -> Work:
    told = Work()
    for event in events:
        told.wire(event, 0.0)
    return told


def opened(pid: int) -> RequestOpened:
    return RequestOpened(request_id="r1", prompt="p", pid=pid)


def closed(pid: int, *, has_calls: bool = False) -> RequestClosed:
    return RequestClosed(request_id="r1", pid=pid, has_calls=has_calls)


def test_a_turn_goes_on_while_the_model_answers() -> None:
    assert work(opened(ME)).goes_on
    done = work(opened(ME), closed(ME))
    assert (done.goes_on, done.ended) == (False, 1)


def test_a_turn_goes_on_while_tools_run() -> None:
    calling = work(opened(ME), closed(ME, has_calls=True))
    assert (calling.goes_on, calling.ended) == (True, 0)
    assert not work(opened(ME), closed(ME, has_calls=True), opened(ME), closed(ME)).goes_on


def test_an_answer_that_was_given_up_brings_no_turn_to_its_end() -> None:
    given_up = RequestClosed(request_id="r1", pid=ME, delivered=False)
    done = work(opened(ME), given_up)
    assert (done.goes_on, done.ended) == (False, 0)


def test_two_agents_that_number_their_requests_alike_are_told_apart() -> None:
    assert work(opened(ME), opened(OTHER), closed(OTHER)).goes_on
    assert work(opened(ME), opened(OTHER), closed(ME)).goes_on
    assert not work(opened(ME), opened(OTHER), closed(ME), closed(OTHER)).goes_on


def test_an_agent_that_is_gone_is_at_nothing() -> None:
    assert not work(opened(ME), closed(ME, has_calls=True), LinkClosed(pid=ME)).goes_on
    nobody = 1 << 22  # above the highest id that Linux gives
    assert not work(opened(nobody)).goes_on
