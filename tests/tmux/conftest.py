"""A real tmux server for each test, started here and ended by its process id."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from pytest_tmuxagent.tmux.client import ControlClient, PaneEvent
from pytest_tmuxagent.tmux.control import PaneOutput
from pytest_tmuxagent.tmux.server import CONFIG, prepare, start_arguments, tmux_program
from pytest_tmuxagent.waiting import Answer, Deadline, Mailbox, input_thread

IDLE = ("sleep", "1000")


class Listener:
    """Collects the events of one pane."""

    def __init__(self) -> None:
        self.mailbox: Mailbox[tuple[PaneEvent, float]] = Mailbox()
        self.events: list[PaneEvent] = []
        self.times: list[float] = []
        self.output = bytearray()

    def __call__(self, event: PaneEvent, at: float) -> None:
        self.mailbox.post((event, at))

    def until(self, condition: Callable[[Listener], bool], *, timeout: float = 60.0) -> None:
        deadline = Deadline(timeout)
        while not condition(self):
            assert self.mailbox.wait(deadline.left), f"waited in vain; last seen: {self.events[-5:]}"
            for event, at in self.mailbox.take():
                self.events.append(event)
                self.times.append(at)
                if isinstance(event, PaneOutput):
                    self.output += event.data

    def until_output(self, text: bytes, *, timeout: float = 60.0) -> None:
        looked_at = 0

        def there(listener: Listener) -> bool:
            nonlocal looked_at
            found = listener.output.find(text, max(0, looked_at - len(text)))
            looked_at = len(listener.output)
            return found >= 0

        self.until(there, timeout=timeout)

    def until_event(self, kind: type) -> PaneEvent:
        self.until(lambda listener: any(isinstance(event, kind) for event in listener.events))
        return next(event for event in self.events if isinstance(event, kind))


class RunningServer:
    """One tmux server and our control client of it."""

    def __init__(self, folder: Path, command: Sequence[str]) -> None:
        self.folder = folder
        self.socket = folder / "socket"
        config = folder / "conf"
        config.write_text(CONFIG)
        commands_read, commands_write = os.pipe()
        events_read, events_write = os.pipe()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TMUX")}
        self.process = subprocess.Popen(
            start_arguments(
                tmux_program(), socket=self.socket, config=config, columns=100, rows=30, command=command
            ),
            stdin=commands_read,
            stdout=events_write,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**environment, "LANG": "C", "LC_ALL": "C", "SHELL": "/bin/sh"},
        )
        os.close(commands_read)
        os.close(events_write)
        self.client = ControlClient(read_fd=events_read, write_fd=commands_write, io=input_thread())
        try:
            prepare(self.client, size=(100, 30))
            self.pid, self.pane = self.client.run("display-message", "-p", "#{pid} #{pane_id}")[0].split()
        except BaseException:
            subprocess.run(["tmux", "-N", "-S", str(self.socket), "kill-server"], timeout=60, check=False)
            raise

    def listen(self, pane: str | None = None) -> Listener:
        listener = Listener()
        self.client.listen(pane or self.pane, listener)
        listening = Answer[bool]()
        input_thread().call(lambda: listening.set(True))
        listening.wait(60)
        return listener

    def window(self, *command: str) -> str:
        return self.client.run("new-window", "-d", "-P", "-F", "#{pane_id}", *command)[0]

    def close(self) -> None:
        self.client.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(self.pid), signal.SIGKILL)
        self.process.wait(timeout=60)


@pytest.fixture
def folder() -> Iterator[Path]:
    # A socket's path must be short, whatever TMPDIR is.
    path = Path(tempfile.mkdtemp(prefix="ta-", dir="/tmp"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., RunningServer]]:
    servers: list[RunningServer] = []

    def start_one(*command: str) -> RunningServer:
        place = folder / str(len(servers))
        place.mkdir()
        servers.append(RunningServer(place, command or IDLE))
        return servers[-1]

    yield start_one
    for server in servers:
        server.close()


@pytest.fixture
def server(start: Callable[..., RunningServer]) -> RunningServer:
    return start()


READER = """
import os, sys, tty
tty.setraw(0)
os.write(1, os.fsencode(sys.argv[2]) + b"<ready>")
wanted, got = int(sys.argv[3]), b""
while len(got) < wanted:
    got += os.read(0, 1 << 16)
open(sys.argv[1], "wb").write(got)
os.write(1, b"<done>")
while True:
    os.read(0, 1)
"""


class Reader:
    """A program in raw mode that keeps the bytes it is given."""

    def __init__(self, server: RunningServer, *, wanted: int, asks: str = "") -> None:
        self._file = server.folder / "got"
        self.pane = server.window(
            sys.executable, "-I", "-S", "-c", READER, str(self._file), asks, str(wanted)
        )
        self._listener = server.listen(self.pane)
        self._listener.until_output(b"<ready>")

    def got(self) -> bytes:
        self._listener.until_output(b"<done>")
        return self._file.read_bytes()
