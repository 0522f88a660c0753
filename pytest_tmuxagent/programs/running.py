"""Runs a program under test to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pytest_tmuxagent.errors import WaitTimeout
from pytest_tmuxagent.events import WireEvent
from pytest_tmuxagent.sandbox.keeper import Child
from pytest_tmuxagent.waiting import Deadline, Mailbox

_SHOWN = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A program that has ended. `returncode` is negative where a signal ended it, as in `subprocess`."""

    args: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str


class Output:
    """The files that hold what a program writes; it may leave children behind that go on writing."""

    def __init__(self, folder: Path, *, number: int) -> None:
        self.stdout = folder / f"run-{number}.stdout"
        self.stderr = folder / f"run-{number}.stderr"

    def read(self) -> tuple[str, str]:
        """Give both, decoded."""
        return _text(self.stdout), _text(self.stderr)


class ProgramWait:
    """Waits for the end of one program, and looks at the script whenever something is asked of it."""

    def __init__(self, argv: tuple[str, ...], *, output: Output, check: Callable[[], None]) -> None:
        self._argv = argv
        self._output = output
        self._check = check
        self._news: Mailbox[None] = Mailbox()

    def wire(self, _event: WireEvent, _at: float) -> None:
        """Take an event of the script's door (called in the script's thread)."""
        self._news.post(None)

    def end_of(self, child: Child, *, timeout: float) -> Completed:
        """Wait for it.

        Raises:
            WaitTimeout: it goes on; the message has the end of what it printed.
            ScriptMismatch: an agent of it asked for something that is not in the script.
        """
        deadline = Deadline(timeout)
        child.exit.then(lambda: self._news.post(None))
        while not child.exit.settled:
            if not self._news.wait(deadline.left):
                raise WaitTimeout(self._still_running(timeout))
            self._news.take()
            self._check()
        return self._completed(child)

    def _completed(self, child: Child) -> Completed:
        exited = child.exit.wait(0)
        self._check()
        stdout, stderr = self._output.read()
        code = -exited.signal if exited.signal is not None else exited.status or 0
        return Completed(args=self._argv, returncode=code, stdout=stdout, stderr=stderr)

    def _still_running(self, timeout: float) -> str:
        stdout, stderr = self._output.read()
        return (
            f"{self._argv!r} did not end within {timeout:g} s.\n"
            f"stdout: {stdout[-_SHOWN:]}\nstderr: {stderr[-_SHOWN:]}\n"
            "what to do: give it more time (`timeout=`), or see what it waits for"
        )


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "backslashreplace")
