"""Child processes: started by posix_spawn, reaped when SIGCHLD says so, never waited for."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Callable, Mapping

    from pytest_tmuxagent.stub.faults import Faults
    from pytest_tmuxagent.stub.late_hooks import LateHooks
    from pytest_tmuxagent.stub.loop import Loop
else:
    import _signal

_SHELL = "/bin/sh"


class Children:
    """Commands and programs, each in a process group of its own; `exited` gets the exit code."""

    __slots__ = ("_exited", "_late_hooks")

    def __init__(self, loop: Loop, *, faults: Faults | None = None) -> None:
        self._exited: dict[int, Callable[[int], None]] = {}
        self._late_hooks = None if faults is None else self._late(faults, loop)
        loop.on_signal(_signal.SIGCHLD, self._reap)

    def start_hook(self, name: str, start: Callable[[], None]) -> None:
        """Call `start`, which starts the commands of a hook: at once, or when a schedule has it."""
        if self._late_hooks is None:
            start()
        else:
            self._late_hooks.start(name, start)

    def _late(self, faults: Faults, loop: Loop) -> LateHooks:
        from pytest_tmuxagent.stub.late_hooks import LateHooks

        return LateHooks(faults, loop=loop, children=lambda: set(self._exited))

    def start(
        self,
        command: str,
        *,
        input_fd: int,
        output_fd: int,
        exited: Callable[[int], None],
        error_fd: int | None = None,
    ) -> int:
        """Start a shell command; OSError where the system refuses. Errors go to the output by default.

        `exited` gets the exit code as a shell tells it: 128 and the number of a signal.
        """

        def gone(code: int) -> None:
            exited(code if code >= 0 else 128 - code)

        fds = (input_fd, output_fd, output_fd if error_fd is None else error_fd)
        return self._spawn(_SHELL, ["sh", "-c", command], fds=fds, environment=os.environ, exited=gone)

    def start_program(
        self,
        argv: list[str],
        *,
        fds: tuple[int, int, int],
        exited: Callable[[int], None],
        environment: Mapping[str, str],
    ) -> int:
        """Start a program, found on the PATH; OSError where there is none, or the system refuses.

        `exited` gets the number of a signal as a negative code.
        """
        return self._spawn(argv[0], argv, fds=fds, environment=environment, exited=exited)

    def _spawn(
        self,
        program: str,
        argv: list[str],
        *,
        fds: tuple[int, int, int],
        exited: Callable[[int], None],
        environment: Mapping[str, str],
    ) -> int:
        child = os.posix_spawnp(
            program,
            argv,
            environment,
            file_actions=[(os.POSIX_SPAWN_DUP2, fd, place) for place, fd in enumerate(fds)],
            setpgroup=0,
            setsigdef=[_signal.SIGPIPE],  # Python ignores it, and a child would inherit that
        )
        self._exited[child] = exited
        return child

    def tell(self, child: int, number: int) -> None:
        """Send a signal to a child and its process group."""
        if child in self._exited:
            try:
                os.killpg(child, number)
            except OSError:  # already gone, or a zombie on macOS
                pass

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
                self._exited.pop(child)(os.waitstatus_to_exitcode(status))


def _nobody(_code: int) -> None:
    """Take the exit of a child that was killed by us."""
