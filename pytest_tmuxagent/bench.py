"""AgentSandbox: a test bench for programs that drive agents; they run in it unmodified."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from pytest_tmuxagent.errors import Misuse, WaitTimeout
from pytest_tmuxagent.lodging import Lodging
from pytest_tmuxagent.programs.running import Completed, Output, ProgramWait
from pytest_tmuxagent.sandbox.keeper import Child
from pytest_tmuxagent.signals.observer import POLL_INTERVAL
from pytest_tmuxagent.waiting import Deadline, Mailbox

if TYPE_CHECKING:
    import libtmux

_NOTHING: Mapping[str, str] = MappingProxyType({})


class AgentSandbox(Lodging):
    """One test's sandbox, as programs under test find it: agents on the PATH, a HOME, a workdir, a tmux."""

    _runs = 0

    # -- programs (programs/running.py) -----------------------------------------------------------

    @property
    def tmux(self) -> libtmux.Server:
        """The tmux server that a program under test finds as the default one."""
        return self.program_server.objects

    def run(
        self,
        argv: Sequence[str | os.PathLike[str]],
        *,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] = _NOTHING,
        timeout: float | None = None,
    ) -> Completed:
        """Run a program in the sandbox, in its workdir, and wait for its end.

        Raises:
            WaitTimeout: it did not end in time; it was ended.
            ScriptMismatch: an agent of it asked for something that is not in the script.
            Misuse: there is no such program or folder.
        """
        if isinstance(argv, str):
            raise Misuse(f"run() takes a list of words: run({shlex.split(argv)!r})")
        words = tuple(os.fspath(word) for word in argv)
        if not words:
            raise Misuse("run() was given an empty command; name a program")
        self.furnish()
        self.program_server.start()
        if not self._runs:
            self.take_slot()
        self._runs += 1
        output = Output(self.root, number=self._runs)
        wait = ProgramWait(words, output=output, check=self.raise_script_problem)
        self.listen(wait.wire)
        child = self._spawn(words, cwd=self.workdir / (cwd or ""), env=env, output=output)
        try:
            return wait.end_of(child, timeout=self.timeout if timeout is None else timeout)
        except BaseException:
            _end(child)
            raise
        finally:
            self.ignore(wait.wire)

    # -- the agents that programs start (attaching.py) ---------------------------------------------

    # -- what reached the agents, and how (programs/received.py) -----------------------------------

    # -- the agents on the PATH, and situations to put a program in (programs/installed.py) --------

    # -- assertions on the classic defects (programs/defects.py) -----------------------------------

    # -- the world outside: credentials, https (outside/) ------------------------------------------

    # -- completion contracts (programs/completion.py) ---------------------------------------------

    def wait_for_file(self, path: str | os.PathLike[str], *, timeout: float | None = None) -> str:
        """Wait until a file is there and is not empty, and give its text.

        A relative path starts at the workdir. Programs that were left running may write it.

        Raises:
            WaitTimeout: it did not come.
            ScriptMismatch: an agent asked for something that is not in the script.
        """
        file = self.workdir / path
        self._wait_until(lambda: file.exists() and file.stat().st_size > 0, what=f"{file}", timeout=timeout)
        return file.read_bytes().decode("utf-8", "backslashreplace")

    def wait_for_flag(self, path: str | os.PathLike[str], *, timeout: float | None = None) -> None:
        """Wait until a flag is raised: a file, empty or not.

        Raises what `wait_for_file` raises.
        """
        file = self.workdir / path
        self._wait_until(file.exists, what=f"{file}", timeout=timeout)

    def wait_for_lowered_flag(self, path: str | os.PathLike[str], *, timeout: float | None = None) -> None:
        """Wait until a flag is no longer raised, as an agent does when it is done.

        Raises what `wait_for_file` raises.
        """
        file = self.workdir / path
        self._wait_until(lambda: not file.exists(), what=f"the end of {file}", timeout=timeout)

    def _spawn(self, words: tuple[str, ...], *, cwd: Path, env: Mapping[str, str], output: Output) -> Child:
        with output.stdout.open("wb") as stdout, output.stderr.open("wb") as stderr:
            return self.spawn(words, environment=env, cwd=cwd, stdout=stdout.fileno(), stderr=stderr.fileno())

    def _wait_until(self, holds: Callable[[], bool], *, what: str, timeout: float | None) -> None:
        seconds = self.timeout if timeout is None else timeout
        deadline, pause = Deadline(seconds), Mailbox[None]()
        while not holds():
            self.raise_script_problem()
            if deadline.over:
                raise WaitTimeout(
                    f"{what} did not come within {seconds:g} s.\n{self.script.summary()}\n"
                    "what to do: see what the program did (`.launches`, `.tmux`), or give it more time"
                )
            pause.wait(POLL_INTERVAL)


def _end(child: Child) -> None:
    if not child.exit.settled:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
