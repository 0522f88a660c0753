"""A command of `exec_command`: it may go on in the background, and be asked for what it printed since.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

import os
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_tmuxagent.stub.children import Children
    from pytest_tmuxagent.stub.loop import Loop, Timer

_KEPT_BYTES = 1 << 20
_CHANGE_FOLDER = 'cd -- "$0" && exec "$@"'

_ENVIRONMENT = {
    "CODEX_CI": "1",
    "COLORTERM": "",
    "GH_PAGER": "cat",
    "GIT_PAGER": "cat",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "LC_CTYPE": "C.UTF-8",
    "NO_COLOR": "1",
    "PAGER": "cat",
    "TERM": "dumb",
}


def environment_of(call: str, *, thread: str) -> dict[str, str]:
    """Give the environment of a command, the CLI's own variables included."""
    named = {"CODEX_SESSION_ID": thread, "CODEX_THREAD_ID": thread, "CODEX_TOOL_CALL_ID": call}
    return {**os.environ, **_ENVIRONMENT, **named}


class Command:
    """Runs from `start` on; `wait` tells once when it has ended, or the patience with it has."""

    __slots__ = (
        "_child",
        "_children",
        "_fd",
        "_input",
        "_loop",
        "_output",
        "_timer",
        "_told",
        "argv",
        "began",
        "code",
        "folder",
        "text",
    )

    def __init__(self, text: str, *, loop: Loop, children: Children) -> None:
        self.text = text
        self.code: int | None = None
        self.argv: list[str] = []
        self.folder = ""
        self.began = monotonic()
        self._loop = loop
        self._children = children
        self._output = bytearray()
        self._fd = -1
        self._child = 0
        self._input: int | None = None  # the terminal's, where it has one
        self._timer: Timer | None = None
        self._told: Callable[[], None] | None = None

    def start(self, argv: list[str], *, folder: str, environment: Mapping[str, str], terminal: bool) -> None:
        """Start it, with a terminal of its own or without any input; OSError where that cannot be."""
        self.argv, self.folder = argv, folder
        if not os.path.isdir(folder):
            raise FileNotFoundError(2, "No such file or directory")
        if terminal:
            reading, writing = os.openpty()
            fds = (writing, writing, writing)
            self._input = reading
        else:
            reading, writing = os.pipe()
            fds = (os.open(os.devnull, os.O_RDONLY), writing, writing)
        os.set_blocking(reading, False)
        self._fd = reading
        words = ["/bin/sh", "-c", _CHANGE_FOLDER, folder, *argv]
        try:
            self._child = self._children.start_program(
                words, fds=fds, environment=environment, exited=self._exited
            )
        except (OSError, ValueError) as failure:  # ValueError: a NUL in the command
            os.close(reading)
            raise OSError(22, str(failure)) from failure
        finally:
            for fd in set(fds):
                os.close(fd)
        self._loop.watch(reading, self._read_some)

    def wait(self, patience: float, told: Callable[[], None]) -> None:
        """Call `told` at the command's end, or when so many seconds are over."""
        self._told = told
        self._timer = self._loop.after(0 if self.code is not None else patience, self._tell)

    def leave(self) -> None:
        """Let it run, and wait no more."""
        self._loop.cancel(self._timer)
        self._timer = self._told = None

    def kill(self) -> None:
        self.leave()
        self._children.kill(self._child)
        self._close()

    @property
    def takes_input(self) -> bool:
        return self._input is not None

    def write(self, text: str) -> None:
        if self._input is not None and self.code is None:
            os.write(self._input, text.encode("utf-8", "replace")[:4096])

    def take(self) -> str:
        """Give what it has printed since the last time."""
        text = bytes(self._output).decode("utf-8", "replace")
        self._output.clear()
        return text

    def _tell(self) -> None:
        told = self._told
        self.leave()
        if told is not None:
            told()

    def _read_some(self) -> None:
        self._read()

    def _read(self) -> bool:
        try:
            chunk = os.read(self._fd, 65536)
        except BlockingIOError:
            return False
        except OSError:  # a terminal that nobody holds any more
            chunk = b""
        if not chunk:
            self._loop.forget(self._fd)
        self._output += chunk[: max(0, _KEPT_BYTES - len(self._output))]
        return bool(chunk)

    def _exited(self, code: int) -> None:
        # A child left behind may print for ever: what the shell itself printed is there by now.
        for _ in range(16):
            if not self._read():
                break
        self._close()
        self.code = code if code >= 0 else 128 - code
        self._tell()

    def _close(self) -> None:
        if self._fd >= 0:
            self._loop.forget(self._fd)
            os.close(self._fd)
            self._fd, self._input = -1, None
