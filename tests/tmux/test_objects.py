from __future__ import annotations

import os
import signal
import subprocess
import sys

import libtmux
import pytest

from pytest_tmuxagent.errors import TmuxCommandRefused, TmuxNotAnswering, TmuxServerGone
from pytest_tmuxagent.tmux.client import ServerGone
from pytest_tmuxagent.tmux.objects import Server, pane_object
from tests.tmux.conftest import RunningServer


@pytest.fixture
def objects(server: RunningServer) -> Server:
    return Server(socket_path=server.socket, client=server.client)


def test_libtmux_objects_find_their_way(server: RunningServer, objects: Server) -> None:
    [session] = objects.sessions
    [window] = session.windows
    assert [pane.pane_id for pane in window.panes] == [server.pane]
    assert session.server is objects


def test_a_pane_is_had_without_a_look_up_and_works(server: RunningServer, objects: Server) -> None:
    pane = pane_object(objects, server.window("cat"))
    listener = server.listen(pane.pane_id)
    pane.send_keys("hello")
    listener.until_output(b"hello\r\nhello")
    assert pane.capture_pane()[:2] == ["hello", "hello"]
    pane.refresh()
    assert pane.pane_width == "100"


def test_a_window_is_made_split_and_killed(objects: Server) -> None:
    session = objects.sessions[0]
    window = session.new_window(window_name="extra", window_shell="cat")
    assert window.window_name == "extra"
    window.split(shell="cat")
    assert len(window.panes) == 2
    window.kill()
    assert len(session.windows) == 1


def test_a_failed_command_is_reported_as_libtmux_expects(objects: Server) -> None:
    reply = objects.cmd("select-pane", target="%99")
    assert reply.stderr == ["can't find pane: %99"]
    assert reply.stdout == []
    assert reply.returncode == 1


def test_trailing_blank_lines_are_dropped_as_libtmux_does(server: RunningServer, objects: Server) -> None:
    assert objects.cmd("capture-pane", "-p", target=server.pane).stdout == []


def test_has_session_answers_for_both_cases(objects: Server) -> None:
    assert objects.has_session("0")
    assert not objects.has_session("nobody")


def test_other_commands_run_as_a_process(objects: Server) -> None:
    session = objects.new_session("second", attach=False)
    assert session.session_name == "second"
    assert objects.has_session("second")
    session.kill()
    assert not objects.has_session("second")


def test_arguments_that_are_no_strings_are_taken(server: RunningServer, objects: Server) -> None:
    reply = objects.cmd("display-message", "-p", 7, target=server.pane)
    assert reply.stdout == ["7"]


def test_a_command_that_would_take_our_client_away_is_refused(objects: Server) -> None:
    for command in ("detach-client", "switch-client", "attach-session"):
        with pytest.raises(TmuxCommandRefused, match=command):
            objects.cmd(command)


def test_a_wedged_server_does_not_block_for_ever(server: RunningServer) -> None:
    objects = Server(socket_path=server.socket, client=server.client, timeout=0.2)
    os.kill(int(server.pid), signal.SIGSTOP)
    try:
        with pytest.raises(TmuxNotAnswering):
            objects.cmd("list-panes")
        with pytest.raises(TmuxNotAnswering):
            objects.cmd("kill-session", "-t", "nobody")
    finally:
        os.kill(int(server.pid), signal.SIGCONT)


def test_a_server_that_is_gone_is_not_started_again(server: RunningServer, objects: Server) -> None:
    objects.kill()
    server.listen().until_event(ServerGone)
    with pytest.raises(TmuxServerGone):
        objects.cmd("list-panes")
    assert objects.cmd("new-session", "-d", "cat").returncode != 0
    assert not objects.is_alive()


def test_the_users_own_tmux_variables_change_nothing(
    server: RunningServer, objects: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMUX", "/tmp/elsewhere,1,0")
    monkeypatch.setenv("TMUX_PANE", "%77")
    assert objects.cmd("kill-session", "-t", "nobody").stderr == ["can't find session: nobody"]
    assert objects.sessions[0].windows[0].panes[0].pane_id == server.pane


def test_it_is_a_libtmux_server(objects: Server) -> None:
    assert isinstance(objects, libtmux.Server)
    assert objects.is_alive()


def test_the_client_does_without_libtmux() -> None:
    script = (
        "import sys, pytest_tmuxagent.tmux.client, pytest_tmuxagent.tmux.typing; "
        "sys.exit(any(name in sys.modules for name in ('libtmux', 'subprocess')))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
