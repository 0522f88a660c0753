from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic

import pytest

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.waiting import (
    Answer,
    Deadline,
    InputThread,
    Mailbox,
    input_thread,
    looks,
    soonest,
    wait_writable,
)


@pytest.fixture
def io() -> Iterator[InputThread]:
    thread = InputThread()
    yield thread
    thread.close()


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def test_a_deadline_counts_down_to_zero_and_not_below() -> None:
    assert 900 < (Deadline(1000).left or 0) <= 1000
    assert not Deadline(1000).over
    assert Deadline(0).left == 0
    assert Deadline(0).over


def test_a_deadline_without_a_timeout_is_never_over() -> None:
    assert Deadline(None).left is None
    assert not Deadline(None).over


def test_a_mailbox_gives_items_in_the_order_of_posting() -> None:
    box: Mailbox[int] = Mailbox()
    for number in range(5):
        box.post(number)
    assert box.take() == [0, 1, 2, 3, 4]
    assert box.take() == []


def test_a_mailbox_wait_ends_with_its_time() -> None:
    assert Mailbox[int]().wait(0.01) is False


def test_a_mailbox_wait_takes_an_infinite_timeout() -> None:
    box: Mailbox[int] = Mailbox()
    box.post(1)
    assert box.wait(float("inf")) is True


def test_a_mailbox_wakes_its_waiter_when_another_thread_posts() -> None:
    box: Mailbox[int] = Mailbox()
    poster = threading.Thread(target=box.post, args=(7,))
    poster.start()
    assert box.wait(60) is True
    assert box.take() == [7]
    poster.join()


def test_ten_thousand_posts_from_four_threads_all_arrive() -> None:
    box: Mailbox[int] = Mailbox()

    def post() -> None:
        for number in range(2500):
            box.post(number)

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    taken: list[int] = []
    while len(taken) < 10_000 and box.wait(60):
        taken += box.take()
    for thread in threads:
        thread.join()
    assert len(taken) == 10_000


def test_a_wait_can_be_left_with_ctrl_c() -> None:
    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        Mailbox[int]().wait(60)
    timer.join()


def test_there_is_one_look_even_without_time() -> None:
    assert len(list(looks(Deadline(0)))) == 1


def test_looks_go_on_until_their_time_is_over() -> None:
    deadline = Deadline(0.01)
    assert [deadline.over for _ in looks(deadline, pause=0.001)][-1]


def test_looks_without_an_end_last_until_what_is_looked_for_is_there() -> None:
    seen: list[int] = []
    for _ in looks(Deadline(None), pause=0):
        seen.append(len(seen))
        if len(seen) == 5:
            break
    assert seen == [0, 1, 2, 3, 4]


def test_the_soonest_of_several_times_is_the_shortest_and_none_is_never() -> None:
    assert soonest(None, 3.0, 0.5) == 0.5
    assert soonest(0.0, None) == 0.0
    assert soonest(None, None) is None


def test_an_answer_keeps_the_first_outcome() -> None:
    answer: Answer[int] = Answer()
    answer.set(1)
    answer.set(2)
    answer.fail(ValueError())
    assert answer.wait(0) == 1


def test_an_answer_of_none_is_an_answer() -> None:
    answer: Answer[None] = Answer()
    answer.set(None)
    answer.wait(0)


def test_an_answer_raises_the_error_it_failed_with() -> None:
    answer: Answer[int] = Answer()
    answer.fail(LookupError("gone"))
    with pytest.raises(LookupError, match="gone"):
        answer.wait(0)


def test_an_answer_that_does_not_come_times_out() -> None:
    with pytest.raises(TimeoutError, match=r"0\.01 s"):
        Answer[int]().wait(0.01)


def test_every_waiter_gets_the_answer() -> None:
    answer: Answer[int] = Answer()
    got: list[int] = []
    waiters = [threading.Thread(target=lambda: got.append(answer.wait(60))) for _ in range(3)]
    for waiter in waiters:
        waiter.start()
    answer.set(4)
    for waiter in waiters:
        waiter.join()
    assert got == [4, 4, 4]


def test_a_reader_runs_in_the_io_thread_when_its_descriptor_has_input(
    io: InputThread, pipe: tuple[int, int]
) -> None:
    read, write = pipe
    box: Mailbox[tuple[str, bytes]] = Mailbox()
    io.watch(read, lambda: box.post((threading.current_thread().name, os.read(read, 10))))
    os.write(write, b"hello")
    assert box.wait(60)
    assert box.take() == [("tmuxagent-io", b"hello")]


def test_a_forgotten_reader_does_not_run_again(io: InputThread, pipe: tuple[int, int]) -> None:
    read, write = pipe
    ran: list[int] = []
    io.watch(read, lambda: ran.append(1))
    io.forget(read)
    io.forget(read)
    os.write(write, b"x")
    _round_trip(io)
    assert ran == []


def test_forget_waits_for_the_reader_that_runs_just_now(io: InputThread, pipe: tuple[int, int]) -> None:
    read, write = pipe
    entered, leave, over = threading.Event(), threading.Event(), threading.Event()

    def reader() -> None:
        os.read(read, 10)
        entered.set()
        leave.wait(60)
        over.set()

    io.watch(read, reader)
    os.write(write, b"x")
    assert entered.wait(60)
    threading.Timer(0.02, leave.set).start()
    io.forget(read)
    assert over.is_set()


def test_a_reader_may_forget_itself(io: InputThread, pipe: tuple[int, int]) -> None:
    read, write = pipe
    box: Mailbox[int] = Mailbox()

    def reader() -> None:
        io.forget(read)
        box.post(1)

    io.watch(read, reader)
    os.write(write, b"x")
    assert box.wait(60)
    _round_trip(io)
    assert box.take() == [1]


def test_a_reader_that_raises_is_forgotten_and_its_error_shown(
    io: InputThread, pipe: tuple[int, int]
) -> None:
    read, write = pipe
    error = ValueError("bad reader")
    other_read, other_write = os.pipe()
    box: Mailbox[bytes] = Mailbox()

    def reader() -> None:
        raise error

    io.watch(read, reader)
    io.watch(other_read, lambda: box.post(os.read(other_read, 1)))
    os.write(write, b"x")
    _round_trip(io)
    os.write(other_write, b"y")
    assert box.wait(60)
    assert io.failures == (error,)
    io.forget(other_read)
    os.close(other_read)
    os.close(other_write)


def test_calls_run_in_order_in_the_io_thread(io: InputThread) -> None:
    box: Mailbox[tuple[int, bool]] = Mailbox()
    for number in range(3):
        io.call(lambda number=number: box.post((number, io.is_current)))  # type: ignore[misc]
    _round_trip(io)
    assert box.take() == [(0, True), (1, True), (2, True)]


def test_a_closed_thread_is_gone_and_closing_twice_is_harmless() -> None:
    thread = InputThread()
    thread.close()
    thread.close()
    thread.call(lambda: None)
    thread.forget(99)
    assert not thread.usable


def test_the_process_has_one_io_thread() -> None:
    assert input_thread() is input_thread()


# Python 3.12 and later warn of forks in processes with threads; ours is about just that.
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_gets_an_io_thread_of_its_own_and_leaves_the_parents_alone() -> None:
    thread = input_thread()
    read, write = os.pipe()
    box: Mailbox[bytes] = Mailbox()
    thread.watch(read, lambda: box.post(os.read(read, 10)))
    child = os.fork()
    if child == 0:
        try:
            thread.forget(read)
            own = input_thread()
            answer: Answer[bool] = Answer()
            own.call(lambda: answer.set(own.is_current))
            os._exit(0 if own is not thread and answer.wait(60) else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    os.write(write, b"still")
    assert box.wait(60)
    assert box.take() == [b"still"]
    thread.forget(read)
    os.close(read)
    os.close(write)


def test_a_full_pipe_is_not_writable_and_an_empty_one_is(pipe: tuple[int, int]) -> None:
    _, write = pipe
    os.set_blocking(write, False)
    assert wait_writable(write, 0)
    with suppress(BlockingIOError):
        while True:
            os.write(write, b"x" * 65536)
    began = monotonic()
    assert not wait_writable(write, 0.02)
    assert monotonic() - began >= 0.019


def _round_trip(io: InputThread) -> None:
    answer: Answer[None] = Answer()
    io.call(lambda: answer.set(None))
    answer.wait(60)


@pytest.mark.parametrize("timeout", [-1, float("nan"), "10"])
def test_a_timeout_that_is_no_number_of_seconds_is_refused(timeout: float) -> None:
    with pytest.raises(Misuse, match="is no number of seconds"):
        Deadline(timeout)
