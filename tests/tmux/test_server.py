from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_tmuxagent.errors import PlatformUnsupported, TmuxMissing, TmuxTooOld
from pytest_tmuxagent.tmux.server import TmuxProgram, pane_command, start_arguments, tmux_program
from tests.tmux.conftest import RunningServer

Start = Callable[..., RunningServer]


def fake_tmux(folder: Path, answer: str) -> None:
    program = folder / "tmux"
    program.write_text(f"#!/bin/sh\necho '{answer}'\n")
    program.chmod(0o755)


@pytest.mark.parametrize(
    "version", ["3.2a", "3.3", "3.6b", "3.10", "4.0", "next-3.5", "openbsd-7.6", "master", "10.1"]
)
def test_a_tmux_that_is_new_enough_is_taken(
    folder: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    fake_tmux(folder, f"tmux {version}")
    monkeypatch.setenv("PATH", str(folder))
    assert tmux_program() == TmuxProgram(path=str(folder / "tmux"), version=version)


@pytest.mark.parametrize("version", ["1.8", "2.9a", "3.2", "3.1c", "next-3.2"])
def test_a_tmux_that_is_too_old_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    fake_tmux(folder, f"tmux {version}")
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(TmuxTooOld, match=version):
        tmux_program()


def test_a_missing_tmux_is_named_with_the_path_that_was_searched(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(TmuxMissing, match=str(folder)):
        tmux_program()


def test_windows_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(PlatformUnsupported):
        tmux_program()


def test_the_version_is_compared_by_numbers() -> None:
    assert TmuxProgram(path="", version="3.10").is_at_least(3, 9)
    assert not TmuxProgram(path="", version="3.3a").is_at_least(3, 7)
    assert TmuxProgram(path="", version="openbsd-7.6").is_at_least(3, 7)


def test_a_single_word_is_no_line_for_the_shell() -> None:
    assert pane_command(["/a b/$x"]) == ["exec '/a b/$x'"]
    assert pane_command(["a", "b c"]) == ["a", "b c"]


def test_options_stand_before_the_command(folder: Path) -> None:
    arguments = start_arguments(
        TmuxProgram(path="/tmux", version="3.3a"),
        socket=folder / "s",
        config=folder / "c",
        columns=80,
        rows=24,
        command=["a", "-x"],
        options=["-n", "name;"],
    )
    assert arguments[-5:] == ["-n", "name\\;", "--", "a", "-x"]


@pytest.mark.parametrize("word", ["x;", "\\;", ";", "-R", "#{pid}", "$HOME", "a b", "ä", "'\""])
def test_the_first_program_gets_its_arguments_as_they_are(start: Start, word: str) -> None:
    server = start("sh", "-c", 'printf "<%s>" "$1"; cat', "sh", word)
    server.listen().until_output(f"<{word}>".encode())


def test_the_first_and_later_windows_have_the_size_asked_for(server: RunningServer) -> None:
    server.window("cat")
    sizes = server.client.run("list-windows", "-F", "#{window_width}x#{window_height}")
    assert sizes == ["100x30", "100x30"]


def test_a_person_who_attaches_does_not_resize_the_panes(server: RunningServer) -> None:
    panes = [server.pane, server.window("cat")]
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 10, 50, 0, 0))
    person = subprocess.Popen(
        ["tmux", "-S", str(server.socket), "attach"],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm"},
    )
    try:
        assert os.read(master, 1)
        assert "50x10" in server.client.run("list-clients", "-F", "#{client_width}x#{client_height}")
        for pane in panes:
            server.client.run("select-window", "-t", pane)
            assert server.client.run("display-message", "-p", "#{window_width}x#{window_height}") == [
                "100x30"
            ]
    finally:
        person.kill()
        person.wait()
        os.close(master)
        os.close(slave)


def test_a_window_can_still_be_resized(server: RunningServer) -> None:
    server.client.run("resize-window", "-t", server.pane, "-x", "70", "-y", "20")
    assert server.client.run("display-message", "-p", "#{window_width}x#{window_height}") == ["70x20"]


def test_the_server_is_utf8_whatever_the_locale(start: Start) -> None:
    server = start("sh", "-c", "printf '你好'; cat")
    server.listen().until_output("你好".encode())
    assert server.client.run("capture-pane", "-p", "-t", server.pane)[0] == "你好"
    assert server.client.run("display-message", "-p", "你好") == ["你好"]


def test_programs_do_not_rename_windows(start: Start) -> None:
    server = start("sh", "-c", "printf '\\033kname\\033\\\\done'; cat")
    server.listen().until_output(b"done")
    assert server.client.run("display-message", "-p", "#{window_name}") != ["name"]
