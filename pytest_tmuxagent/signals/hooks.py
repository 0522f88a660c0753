"""The hook channel: payloads in files, their names through a FIFO.

A hook must never block and never fail, whatever became of us. A plain `> fifo` hangs for ever once
nobody reads; opened for reading and writing it does not, and its content goes with the writer.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pytest_tmuxagent.signals import foreign
from pytest_tmuxagent.signals.growing import NoFile, read_behind
from pytest_tmuxagent.waiting import InputThread

Payload = Mapping[str, Any]


class HookChannel:
    """One agent's hooks. `receive` is called in the I/O thread with each payload as it was written."""

    def __init__(self, folder: Path, *, io: InputThread, receive: Callable[[bytes], None]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._io = io
        self._receive = receive
        self._torn = b""
        fifo = folder / "wake"
        os.mkfifo(fifo, 0o600)
        self._fd: int | None = os.open(fifo, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        io.watch(self._fd, self._readable)

    @property
    def command(self) -> str:
        """The shell command to configure as a hook: the payload is on its standard input."""
        folder = shlex.quote(str(self._folder))
        return f"cd {folder} && cat > $$ && [ -p wake ] && printf '%s\\n' $$ 1<> wake; exit 0"

    def close(self) -> None:
        """Stop listening; hooks that still run come to nothing."""
        if self._fd is not None:
            self._io.forget(self._fd)
            os.close(self._fd)
            self._fd = None

    def _readable(self) -> None:
        if self._fd is None:
            return
        try:
            written = os.read(self._fd, 65536)
        except BlockingIOError:
            return
        *names, self._torn = (self._torn + written).split(b"\n")
        for name in names:
            self._receive(self._take(name))

    def _take(self, name: bytes) -> bytes:
        """Take the payload of a hook away; nothing where it is gone, or is none of ours to take."""
        if not name.isdigit():  # `$$` is; another name may be anybody's file, or the FIFO itself.
            return b""
        path = self._folder / os.fsdecode(name)
        try:
            payload = read_behind(path, 0)
            path.unlink()
        except (OSError, NoFile):
            return b""
        return payload


def parse(payload: bytes) -> Payload | None:
    """Read a payload; None where it is no JSON object."""
    return foreign.parse(payload)
