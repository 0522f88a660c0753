"""Child processes: started by posix_spawn, reaped when SIGCHLD says so, never waited for."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Callable

    from pytest_tmuxagent.stub.loop import Loop
else:
    import _signal

_SHELL = "/bin/sh"


class Children:
    """Shell commands, each in a process group of its own; `exited` gets the exit code as a shell tells it."""

    __slots__ = ("_exited",)

    def __init__(self, loop: Loop) -> None:
        self._exited: dict[int, Callable[[int], None]] = {}
        loop.on_signal(_signal.SIGCHLD, self._reap)

    def start(self, command: str, *, input_fd: int, output_fd: int, exited: Callable[[int], None]) -> int:
        """Start a shell command; OSError where the system refuses."""
        child = os.posix_spawn(
            _SHELL,
            ["sh", "-c", command],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, input_fd, 0),
                (os.POSIX_SPAWN_DUP2, output_fd, 1),
                (os.POSIX_SPAWN_DUP2, output_fd, 2),
            ],
            setpgroup=0,
            setsigdef=[_signal.SIGPIPE],  # Python ignores it, and a child would inherit that
        )
        self._exited[child] = exited
        return child

    def kill(self, child: int) -> None:
        """End a child and its process group; its `exited` is not called any more."""
        if self._exited.pop(child, None) is None:
            return
        self._exited[child] = _nobody
        try:
            os.killpg(child, _signal.SIGKILL)
        except OSError:  # already gone, or a zombie on macOS
            pass

    def kill_all(self) -> None:
        for child in list(self._exited):
            self.kill(child)

    def _reap(self) -> None:
        for child in list(self._exited):
            try:
                found, status = os.waitpid(child, os.WNOHANG)
            except ChildProcessError:
                found, status = child, 0
            if found:
                self._exited.pop(child)(_exit_code(status))


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _nobody(_code: int) -> None:
    """Take the exit of a child that was killed by us."""
