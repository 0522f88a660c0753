from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from time import monotonic

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pytest_tmuxagent.errors import (
    TmuxCommandFailed,
    TmuxCommandRefused,
    TmuxError,
    TmuxNotAnswering,
    TmuxServerGone,
)
from pytest_tmuxagent.tmux.client import ControlClient, PaneEvent, ServerGone
from pytest_tmuxagent.tmux.control import PaneDied, PaneOutput
from pytest_tmuxagent.waiting import Answer, InputThread, input_thread
from tests.tmux.conftest import Listener, RunningServer

Start = Callable[..., RunningServer]


_ATTACHED = b"%begin 1 1 0\n%end 1 1 0\n"


class SpokenTo:
    """A client that is told what a test says, instead of a server."""

    def __init__(self, *, attached: bool = True) -> None:
        read, self._say = os.pipe()
        self._hear, write = os.pipe()
        self.client = ControlClient(read_fd=read, write_fd=write, io=input_thread())
        if attached:
            self.says(_ATTACHED)

    def says(self, line: bytes) -> None:
        os.write(self._say, line)

    def hears(self) -> bytes:
        return os.read(self._hear, 65536)

    def close(self) -> None:
        self.client.close()
        os.close(self._say)
        os.close(self._hear)


def test_no_command_overtakes_the_attaching() -> None:
    spoken = SpokenTo(attached=False)

    def ask() -> None:
        with contextlib.suppress(TmuxNotAnswering):
            spoken.client.run("display-message", "-p", "x", timeout=0.2)

    asking = threading.Thread(target=ask)
    asking.start()
    asking.join()
    assert not select.select([spoken._hear], [], [], 0)[0]
    spoken.says(_ATTACHED)
    assert b"display-message" in spoken.hears()
    spoken.close()


@pytest.fixture
def spoken() -> Iterator[SpokenTo]:
    client = SpokenTo()
    yield client
    client.close()


def test_a_command_gives_the_lines_of_its_reply(server: RunningServer) -> None:
    assert server.client.run("display-message", "-p", "#{window_width}x#{window_height}") == ["100x30"]


def test_replies_come_in_the_order_of_the_commands(server: RunningServer) -> None:
    commands = [("display-message", "-p", str(number)) for number in range(200)]
    assert server.client.run_all(commands) == [[str(number)] for number in range(200)]


def test_no_commands_give_no_replies(server: RunningServer) -> None:
    assert server.client.run_all([]) == []


def test_a_command_that_fails_raises_with_tmuxs_words(server: RunningServer) -> None:
    with pytest.raises(TmuxCommandFailed, match="can't find pane: %99"):
        server.client.run("select-pane", "-t", "%99")


@pytest.mark.parametrize(
    "command", [("set-option", "-Q"), ("load-buffer", "/missing/file"), ("select-pane", "-t", "%99")]
)
def test_a_failure_does_not_shift_later_replies(server: RunningServer, command: tuple[str, ...]) -> None:
    with pytest.raises(TmuxCommandFailed):
        server.client.run_all([command, ("display-message", "-p", "after")])
    assert server.client.run("display-message", "-p", "next") == ["next"]


def test_a_condition_with_two_reply_blocks_does_not_shift_later_replies(server: RunningServer) -> None:
    for _ in range(3):
        reply = server.client.run("if-shell", "-F", "1", "display-message -p yes", "display-message -p no")
        assert reply == ["yes"]
    assert server.client.run("display-message", "-p", "next") == ["next"]


def test_all_commands_run_before_the_first_failure_is_raised(server: RunningServer) -> None:
    with pytest.raises(TmuxCommandFailed):
        server.client.run_all([("kill-pane", "-t", "%99"), ("set-buffer", "-b", "kept", "x")])
    assert server.client.run("show-buffer", "-b", "kept") == ["x"]


def test_a_refused_command_leaves_the_connection_as_it_was(server: RunningServer) -> None:
    for command in ([], [""], ["detach-client"], ["kill-server"], ["set-buffer", "\ud800"]):
        with pytest.raises(TmuxCommandRefused):
            server.client.run_all([["set-buffer", "x"], command])
    assert server.client.run("display-message", "-p", "still") == ["still"]


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")))
@example("x;")
@example("\\;")
@example("-R")
@example("~root $HOME ${HOME} #{pid} #(date) %output {a} 'b' \"c\" \\n \\101")
@example("wide 你好 🎉 e\u0301")
@example("line\nline\r\ttab\x1b[31m\x07\x7f\x80")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_argument_reaches_tmux_unchanged(server: RunningServer, text: str) -> None:
    file = server.folder / "buffer"
    server.client.run_all(
        [("set-buffer", "-b", "b", "--", f"<{text}>"), ("save-buffer", "-b", "b", str(file))]
    )
    assert file.read_bytes() == f"<{text}>".encode()


def test_a_pane_that_shows_a_control_conversation_does_not_confuse_the_client(start: Start) -> None:
    shown = ["%begin 1 2 1", "%output %0 x", "%end 1 2 1", "%exit"]
    server = start("sh", "-c", f"printf '%s\\n' '{shown[0]}' '{shown[1]}' '{shown[2]}' '{shown[3]}' .; cat")
    server.listen().until_output(b".")
    assert server.client.run("capture-pane", "-p", "-t", server.pane)[:4] == shown
    assert server.client.gone is None


def test_output_is_delivered_with_its_bytes_and_the_time_of_arrival(start: Start) -> None:
    before = monotonic()
    server = start("sh", "-c", "printf 'h\\303\\244llo\\\\\\033[1m'; cat")
    listener = server.listen()
    listener.until_output("hällo\\\x1b[1m".encode())
    assert before <= listener.times[0] <= monotonic()


def test_output_from_before_the_listener_comes_first(spoken: SpokenTo) -> None:
    listener = Listener()
    spoken.says(b"%output %9 early\n")
    settled(input_thread())
    spoken.client.listen("%9", listener)
    spoken.says(b"%output %9 late\n")
    listener.until_output(b"late")
    assert listener.output == b"earlylate"


def test_of_output_that_nobody_claims_the_newest_megabyte_is_kept(spoken: SpokenTo) -> None:
    listener, marker = Listener(), Listener()
    spoken.client.listen("%8", marker)
    for number in range(300):
        spoken.says(b"%output %9 " + b"x" * 9_990 + b"%010d\n" % number)
    spoken.says(b"%output %8 seen\n")
    marker.until_output(b"seen")
    spoken.client.listen("%9", listener)
    listener.until_output(b"%010d" % 299)
    assert 900_000 < len(listener.output) <= 1 << 20


def test_an_ignored_pane_is_heard_no_more(server: RunningServer) -> None:
    pane = server.window("cat")
    listener = server.listen(pane)
    server.client.run("send-keys", "-l", "-t", pane, "--", "one")
    listener.until_output(b"one")
    server.client.ignore(pane)
    settled(input_thread())
    server.client.run("send-keys", "-l", "-t", pane, "--", "two")
    server.client.run("display-message", "-p", "x")
    settled(input_thread())
    assert b"two" not in listener.output
    assert listener.mailbox.take() == []


def test_a_listener_that_raises_does_not_make_the_client_deaf(server: RunningServer) -> None:
    pane = server.window("sh", "-c", "echo x; cat")
    raised = Answer[None]()

    def fail(_event: PaneEvent, _at: float) -> None:
        raised.set(None)
        raise ArithmeticError("bad listener")

    server.client.listen(pane, fail)
    raised.wait(60)
    assert server.client.run("display-message", "-p", "still") == ["still"]
    assert any(str(error) == "bad listener" for error in input_thread().failures)


def test_a_flood_is_read_to_its_end(server: RunningServer) -> None:
    pane = server.window("sh", "-c", "yes | head -c 1000000; echo done; cat")
    listener = server.listen(pane)
    listener.until_output(b"done")
    assert len(listener.output.replace(b"\r", b"")) >= 1_000_000


def test_commands_are_answered_during_a_flood(server: RunningServer) -> None:
    pane = server.window("yes")
    server.listen(pane)
    for number in range(20):
        assert server.client.run("display-message", "-p", str(number)) == [str(number)]
    server.client.run("kill-pane", "-t", pane)


def test_a_killed_server_ends_waits_and_tells_listeners(server: RunningServer) -> None:
    listener = server.listen()
    os.kill(int(server.pid), signal.SIGSTOP)
    errors: list[BaseException] = []

    def wait() -> None:
        try:
            server.client.run("display-message", "-p", "x")
        except TmuxError as error:
            errors.append(error)

    waiter = threading.Thread(target=wait)
    waiter.start()
    os.kill(int(server.pid), signal.SIGKILL)
    waiter.join(60)
    assert [type(error) for error in errors] == [TmuxServerGone]
    assert isinstance(listener.until_event(ServerGone), ServerGone)
    assert server.client.gone
    with pytest.raises(TmuxServerGone):
        server.client.run("display-message", "-p", "x")


def test_a_late_listener_learns_at_once_that_the_server_is_gone(server: RunningServer) -> None:
    os.kill(int(server.pid), signal.SIGKILL)
    server.listen().until_event(ServerGone)
    server.listen("%7").until_event(ServerGone)


def test_a_server_that_is_told_to_end_is_gone(server: RunningServer) -> None:
    subprocess.run(["tmux", "-S", str(server.socket), "kill-server"], check=True)
    server.listen().until_event(ServerGone)


def test_a_wedged_server_runs_into_the_deadline_and_recovers(server: RunningServer) -> None:
    os.kill(int(server.pid), signal.SIGSTOP)
    try:
        with pytest.raises(TmuxNotAnswering, match="display-message"):
            server.client.run("display-message", "-p", "x", timeout=0.1)
        # More than a pipe holds: the rest of the line goes out once tmux reads again.
        with pytest.raises(TmuxNotAnswering):
            server.client.run("set-buffer", "-b", "big", "y" * 200_000, timeout=0.1)
    finally:
        os.kill(int(server.pid), signal.SIGCONT)
    assert server.client.run("display-message", "-p", "next") == ["next"]
    assert server.client.run("show-buffer", "-b", "big") == ["y" * 200_000]


def test_threads_get_their_own_replies(server: RunningServer) -> None:
    wrong: list[str] = []

    def ask(name: str) -> None:
        for number in range(50):
            word = f"{name}-{number}"
            if server.client.run("display-message", "-p", word) != [word]:
                wrong.append(word)

    threads = [threading.Thread(target=ask, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_closing_twice_is_harmless_and_leaves_no_descriptor_open(server: RunningServer) -> None:
    listener = server.listen()
    server.client.run("display-message", "-p", "x")
    read_fd, write_fd = server.client._read_fd, server.client._write_fd
    server.client.close()
    server.client.close()
    for fd in (read_fd, write_fd):
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(fd)
    with pytest.raises(TmuxServerGone):
        server.client.run("display-message", "-p", "x")
    assert not any(isinstance(event, ServerGone) for event, _ in listener.mailbox.take())


def test_the_io_thread_may_not_wait_for_itself(server: RunningServer) -> None:
    refused = Answer[BaseException]()

    def ask() -> None:
        try:
            server.client.run("display-message", "-p", "x")
        except RuntimeError as error:
            refused.set(error)

    input_thread().call(ask)
    assert "I/O thread" in str(refused.wait(60))


def test_a_paused_pane_is_marked_and_told_to_go_on(spoken: SpokenTo) -> None:
    marker = Listener()
    spoken.client.listen("%5", marker)
    assert b"pane_pid" in spoken.hears()
    spoken.says(b"%pause %5\n%output %5 seen\n")
    marker.until_output(b"seen")
    assert spoken.client.lost_output == {"%5"}
    assert spoken.hears().startswith(b'"refresh-client" "-A" "%5:continue"\n')


def test_a_pane_that_was_paused_goes_on_printing(server: RunningServer) -> None:
    pane = server.window("cat")
    listener = server.listen(pane)
    server.client.run("refresh-client", "-A", f"{pane}:pause")
    server.client.run("refresh-client", "-A", f"{pane}:continue")
    server.client.run("send-keys", "-l", "-t", pane, "--", "again")
    listener.until_output(b"again")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("exit 0", PaneDied(pane="", status=0, signal=None)),
        ("exit 7", PaneDied(pane="", status=7, signal=None)),
        ("kill -SEGV $$", PaneDied(pane="", status=None, signal=signal.SIGSEGV)),
        ("kill -KILL $$", PaneDied(pane="", status=None, signal=signal.SIGKILL)),
    ],
)
def test_the_end_of_a_program_is_told_with_its_status(
    server: RunningServer, script: str, expected: PaneDied
) -> None:
    pane = server.window("sh", "-c", script)
    died = server.listen(pane).until_event(PaneDied)
    assert died == PaneDied(pane=pane, status=expected.status, signal=expected.signal)


def test_the_end_of_a_program_comes_after_its_last_output(server: RunningServer) -> None:
    pane = server.window("sh", "-c", "seq 5000; echo last words; read line; exit 3")
    listener = server.listen(pane)
    listener.until_output(b"last words")
    server.client.run("send-keys", "-t", pane, "Enter")
    listener.until_event(PaneDied)
    assert isinstance(listener.events[-1], PaneDied)
    assert isinstance(listener.events[0], PaneOutput)


def test_the_end_of_the_first_program_is_not_missed_however_early(start: Start) -> None:
    server = start("sh", "-c", "exit 4")
    died = server.listen().until_event(PaneDied)
    assert died == PaneDied(pane=server.pane, status=4, signal=None)


def test_no_end_is_lost_among_many_one_at_a_time(server: RunningServer) -> None:
    for number in range(40):
        pane = server.window("sh", "-c", f"exit {number}")
        died = server.listen(pane).until_event(PaneDied)
        assert died == PaneDied(pane=pane, status=number, signal=None)
        server.client.run("kill-pane", "-t", pane)


def test_a_pane_in_a_split_window_dies_by_its_own_name(server: RunningServer) -> None:
    pane = server.client.run("split-window", "-d", "-P", "-F", "#{pane_id}", "-t", server.pane, "exit 5")[0]
    assert server.listen(pane).until_event(PaneDied) == PaneDied(pane=pane, status=5, signal=None)


def settled(io: InputThread) -> None:
    """Wait until the I/O thread has done all that was asked of it before."""
    answer = Answer[None]()
    io.call(lambda: answer.set(None))
    answer.wait(60)
