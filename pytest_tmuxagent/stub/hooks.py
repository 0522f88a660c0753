"""Hooks: shell commands that are told, as JSON on their stdin, what has just happened."""

from __future__ import annotations

import os

from pytest_tmuxagent.stub.jsonlines import encode_line
from pytest_tmuxagent.stub.unnamed import unnamed_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytest_tmuxagent.stub.children import Children
    from pytest_tmuxagent.stub.loop import Loop, Timer

_PATIENCE = 5.0
_CANNOT_START = 126


class Hooks:
    """Runs the commands of one hook side by side; never blocks, and never fails the agent."""

    __slots__ = ("_children", "_commands", "_failed", "_folder", "_loop")

    def __init__(
        self,
        commands: dict[str, list[str]],
        *,
        folder: str,
        loop: Loop,
        children: Children,
        failed: Callable[[str, int], None],
    ) -> None:
        self._commands = commands
        self._folder = folder
        self._loop = loop
        self._children = children
        self._failed = failed

    def run(self, hook: str, payload: dict[str, Any], done: Callable[[], None]) -> None:
        """Start the hook; `done` is called once, when all its commands have exited or after 5 s."""
        commands = self._commands.get(hook, ())
        if not commands:
            done()
            return
        running = _Running(len(commands), loop=self._loop, done=done)
        data = encode_line({"hook": hook, **payload})

        def start() -> None:
            for command in commands:
                self._start(hook, command, data, running)

        self._children.start_hook(hook, start)

    def _start(self, hook: str, command: str, data: bytes, running: _Running) -> None:
        def exited(code: int) -> None:
            if code:
                self._failed(hook, code)
            running.one_exited()

        try:
            input_fd, output_fd = self._payload_file(data), os.open(os.devnull, os.O_WRONLY)
            try:
                self._children.start(command, input_fd=input_fd, output_fd=output_fd, exited=exited)
            finally:
                os.close(input_fd)
                os.close(output_fd)
        except OSError:
            exited(_CANNOT_START)

    def _payload_file(self, data: bytes) -> int:
        """Put the payload where a hook that does not read it blocks nobody: a file without a name."""
        fd = unnamed_file(self._folder)
        os.write(fd, data)
        os.lseek(fd, 0, os.SEEK_SET)
        return fd


class _Running:
    """Counts the commands of one hook that still run."""

    __slots__ = ("_count", "_done", "_loop", "_timer")

    def __init__(self, count: int, *, loop: Loop, done: Callable[[], None]) -> None:
        self._count = count
        self._loop = loop
        self._done = done
        self._timer: Timer | None = loop.after(_PATIENCE, self._finish)

    def one_exited(self) -> None:
        self._count -= 1
        if not self._count:
            self._finish()

    def _finish(self) -> None:
        if self._timer is not None:
            self._loop.cancel(self._timer)
            self._timer = None
            self._done()
