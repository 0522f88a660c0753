"""A program under test that runs: what it says, what it is told, how it ends."""

from __future__ import annotations

import contextlib
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, TypeVar

from pytest_tmuxagent.errors import Misuse, ProgramExited, WaitTimeout
from pytest_tmuxagent.events import WireEvent
from pytest_tmuxagent.programs.output import Completed, Growing, Input, Output, text_of
from pytest_tmuxagent.sandbox.keeper import Child
from pytest_tmuxagent.script.exchange import Observe
from pytest_tmuxagent.waiting import POLL_INTERVAL, Deadline, Mailbox, soonest, wait_writable

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")

_KILLED_WITHIN = 10.0
"""How long a process may take to go that was sent SIGKILL: the system writes its memory away."""


class Script(Protocol):
    """What a wait looks at beside the program: whether an agent asked for what is not in the script."""

    def listen(self, observe: Observe) -> None: ...
    def ignore(self, observe: Observe) -> None: ...
    def raise_script_problem(self) -> None: ...
    @property
    def patience(self) -> float | None: ...


class Program:
    """A program that `agent_sandbox.start()` started; it ends with the sandbox at the latest.

    As a context manager it is stopped at the end of the block. `args` are its words, `log` is the folder with
    the files `stdout` and `stderr`.
    """

    def __init__(
        self,
        args: tuple[str, ...],
        *,
        child: Child,
        output: Output,
        stdin: Input | None,
        script: Script,
        timeout: float,
    ) -> None:
        self.args = args
        self.pid = child.pid
        self._child = child
        self._output = output
        self._stdin = stdin
        self._script = script
        self._timeout = timeout

    @property
    def log(self) -> Path:
        """The folder with what it writes, in the files `stdout` and `stderr`."""
        return self._output.folder

    @property
    def stdout(self) -> str:
        """What it has written so far."""
        return self._so_far.stdout

    @property
    def stderr(self) -> str:
        """What it has written there so far."""
        return self._so_far.stderr

    @property
    def is_running(self) -> bool:
        """Whether it has not ended; children that it left behind are not asked."""
        return not self._child.exit.settled

    @property
    def returncode(self) -> int | None:
        """The status it ended with, negative where a signal ended it; None while it runs."""
        if self.is_running:
            return None
        exited = self._child.exit.wait(0)
        return -exited.signal if exited.signal is not None else exited.status or 0

    def wait(self, *, timeout: float | None = None) -> Completed:
        """Wait until it ends by itself.

        Raises:
            WaitTimeout: it goes on, and is left running; the message has the end of what it printed.
            ScriptMismatch: an agent of it asked for something that is not in the script.
        """
        self._until(lambda: not self.is_running, what="did not end", timeout=timeout, pause=None)
        return self._so_far

    def wait_for_text(self, text: str | re.Pattern[str], *, timeout: float | None = None) -> re.Match[str]:
        """Wait until a text, or what fits a pattern, was written to stdout or stderr, and give the match.

        What was written before counts.

        Raises:
            ProgramExited: it ended without.
            WaitTimeout: it did not come in time.
            ScriptMismatch: an agent of it asked for something that is not in the script.
        """
        pattern = re.compile(re.escape(text)) if isinstance(text, str) else text
        known = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else b""
        files = [Growing(self._output.stdout), Growing(self._output.stderr)]

        def found() -> re.Match[str] | None:
            # Reading as text is slow where there is none, and a flood may be that.
            texts = [text_of(part) for part in [file.more() for file in files] if part and known in part]
            return next(filter(None, map(pattern.search, texts)), None)

        return self.wait_until(found, what=f"did not write {pattern.pattern!r}", timeout=timeout)

    def wait_until(
        self,
        condition: Callable[[], T | None],
        *,
        what: str = "did not bring it about",
        timeout: float | None = None,
    ) -> T:
        """Wait until `condition()` is true, and give what it gave; it is asked every few milliseconds.

        Raises what `wait_for_text` raises; `what` stands in the message.
        """
        return self._until(condition, what=what, timeout=timeout, pause=POLL_INTERVAL)

    def send_line(self, line: str) -> None:
        """Write a line to its standard input, which `close_stdin` ends.

        Raises:
            Misuse: it was started without one.
            ProgramExited: it has ended, or has closed its standard input.
            WaitTimeout: it does not read what it is sent.
        """
        if self._stdin is None:
            raise Misuse(f'{self.args!r} was started without input; use start(..., stdin="")')
        self.send(f"{line}\n".encode("utf-8", "surrogateescape"))

    def send(self, rest: bytes) -> None:
        """Write bytes to its standard input. Raises what `send_line` raises."""
        deadline, stdin = Deadline(self._timeout), self._stdin
        while rest and stdin is not None:
            try:
                written = stdin.write(rest)
            except OSError as error:
                account = self._account("takes no input any more")
                raise ProgramExited(account, returncode=self.returncode) from error
            rest = rest[written:]
            if rest and not wait_writable(stdin.write_fd, deadline.left):
                raise WaitTimeout(self._account(f"did not read {len(rest)} of the bytes it was sent"))

    def close_stdin(self) -> None:
        """Have it read the end of its standard input; twice is harmless."""
        if self._stdin is not None:
            self._stdin.close()

    def interrupt(self) -> None:
        """Send SIGINT to its process group, as Ctrl-C does; it may go on."""
        self._signal(signal.SIGINT)

    def stop(self, *, grace: float = 5.0) -> Completed:
        """End it: SIGTERM to its process group and, where it runs `grace` seconds later, SIGKILL.

        The status tells which it was: -15, or its own, or -9. Twice is harmless.
        """
        self._signal(signal.SIGTERM)
        if not self._ended_within(grace):
            return self.kill()
        return self._farewell()

    def kill(self) -> Completed:
        """End it with its process group by SIGKILL; twice is harmless."""
        self._signal(signal.SIGKILL)
        if not self._ended_within(_KILLED_WITHIN):
            raise WaitTimeout(self._account("survives SIGKILL"))
        return self._farewell()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "running" if self.is_running else f"ended with {self.returncode}"
        return f"Program({' '.join(self.args)!r}, pid={self.pid}, {state})"

    @property
    def _so_far(self) -> Completed:
        stdout, stderr = self._output.read()
        code = self.returncode or 0
        return Completed(args=self.args, returncode=code, stdout_bytes=stdout, stderr_bytes=stderr)

    def _until(
        self, condition: Callable[[], T | None], *, what: str, timeout: float | None, pause: float | None
    ) -> T:
        seconds = self._timeout if timeout is None else timeout
        deadline, news = Deadline(seconds), Mailbox[None]()

        def wire(_event: WireEvent, _at: float) -> None:
            news.post(None)

        self._child.exit.then(lambda: news.post(None))
        self._script.listen(wire)
        try:
            while True:
                ended, found = not self.is_running, condition()
                self._script.raise_script_problem()
                if found:
                    return found
                if ended:
                    words = f"{what}, and has ended with status {self.returncode}"
                    raise ProgramExited(self._account(words), returncode=self.returncode)
                if deadline.over:
                    raise WaitTimeout(self._account(f"{what} within {seconds:g} s"))
                news.wait(soonest(pause, self._script.patience, deadline.left))
                news.take()
        finally:
            self._script.ignore(wire)

    def _account(self, what: str) -> str:
        return (
            f"{self.args!r} {what}.\n{self._output.ends()}\n"
            "what to do: see what it waits for; have it flush what it prints; give it time (`timeout=`)"
        )

    def _signal(self, number: int) -> None:
        if self.is_running:
            # macOS says of a process that has just ended that it may not be signalled.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def _ended_within(self, seconds: float) -> bool:
        try:
            self._child.exit.wait(seconds)
        except TimeoutError:
            return False
        return True

    def _farewell(self) -> Completed:
        self.close_stdin()
        return self._so_far
