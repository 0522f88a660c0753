"""JSON-RPC over the stdin and stdout of a program, a message a line; nothing here waits.

Source: Model Context Protocol 2025-11-25, "stdio".
"""

from __future__ import annotations

import os

from pytest_tmuxagent.stub.jsonlines import LineSplitter, decode, encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from pytest_tmuxagent.stub.children import Children
    from pytest_tmuxagent.stub.loop import Loop


class Channel:
    """A started program; `receive` gets its messages, `lost` is called once when it stopped talking."""

    def __init__(
        self,
        argv: list[str],
        environment: Mapping[str, str],
        *,
        loop: Loop,
        children: Children,
        receive: Callable[[dict[str, Any]], None],
        lost: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._receive = receive
        self._lost = lost
        self._lines = LineSplitter()
        self._unsent = b""
        self._children = children
        self._open = True
        self._released = False
        self.start(argv, environment)

    def start(self, argv: list[str], environment: Mapping[str, str]) -> None:
        """Start the program; OSError or ValueError where that cannot be."""
        theirs_in, self._writing = os.pipe()
        self.reading, theirs_out = os.pipe()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            self.child = self._children.start_program(
                argv, fds=(theirs_in, theirs_out, nowhere), environment=environment, exited=self._exited
            )
        except (OSError, ValueError):
            os.close(self._writing)
            os.close(self.reading)
            raise
        finally:
            for fd in (theirs_in, theirs_out, nowhere):
                os.close(fd)
        for fd in (self._writing, self.reading):
            os.set_blocking(fd, False)
        self._loop.watch(self.reading, self._read)

    def send(self, message: dict[str, Any]) -> None:
        """Send a message as soon as the program takes it."""
        if self._open:
            self._unsent += encode_line(message)
            self._write()

    def release(self) -> None:
        """Listen no more; the program does not notice."""
        self._released = True
        for fd in (self._writing, self.reading):
            self._loop.forget(fd)

    def close(self) -> None:
        """Stop talking; the program itself lives on until somebody ends it."""
        if not self._open:
            return
        self._open = False
        for fd in (self._writing, self.reading):
            self._loop.forget(fd)
            os.close(fd)

    def _write(self) -> None:
        try:
            while self._unsent:
                self._unsent = self._unsent[os.write(self._writing, self._unsent) :]
        except BlockingIOError:
            self._loop.watch_writable(self._writing, self._write)
            return
        except OSError:  # it is going; the end of its output tells
            self._unsent = b""
        self._loop.forget_writable(self._writing)

    def _read(self) -> None:
        try:
            chunk = os.read(self.reading, 65536)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            self._end()
            return
        for line in self._lines.feed(chunk):
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            message = decode(line)
        except (ValueError, UnicodeDecodeError):  # a server that prints: its own business
            return
        if isinstance(message, dict) and self._open:
            self._receive(message)

    def _exited(self, _code: int) -> None:
        if self._released:
            return
        while self._open and self._has_more():
            self._read()
        self._end()

    def _has_more(self) -> bool:
        from select import select

        return bool(select([self.reading], [], [], 0)[0])

    def _end(self) -> None:
        if self._open:
            self.close()
            self._lost()
