"""The tools that are compared, behind one face: open a terminal with a stub in it, ask, close."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tests.benchmark.measuring import bounded
from tests.benchmark.others.hecate import HecateTerminal
from tests.benchmark.others.libtmux import LibtmuxTerminal
from tests.benchmark.others.pexpect import PexpectTerminal
from tests.benchmark.ours import OurTerminal
from tests.benchmark.room import new_folder

_CLOSE_LIMIT = 15.0


class Terminal(Protocol):
    """A stub in a terminal of its own, ready for a prompt. What a tool has nothing for is `Unable`."""

    def ask(self, prompt: str) -> None:
        """Type a prompt of any size, and return when its answer is known."""

    def command(self) -> None:
        """Run one small tmux command."""

    def received(self) -> list[str]:
        """The prompts that reached the stub."""

    def close(self) -> None:
        """End all that was started."""


OPENERS: dict[str, Callable[[Path], Terminal]] = {
    "pytest-tmuxagent": OurTerminal,
    "libtmux": LibtmuxTerminal,
    "pexpect": PexpectTerminal,
    "hecate": HecateTerminal,
}


@contextmanager
def opened(tool: str, room: Path) -> Iterator[Terminal]:
    """Open a terminal of a tool, and close it."""
    terminal = OPENERS[tool](new_folder(room, prefix=tool))
    try:
        yield terminal
    finally:
        with bounded(_CLOSE_LIMIT):
            terminal.close()


@contextmanager
def conversations(room: Path) -> Iterator[Callable[[str], Terminal]]:
    """Give a function that gives a tool's terminal, opened when first asked for; all close at the end."""
    terminals: dict[str, Terminal] = {}
    stack = contextlib.ExitStack()

    def terminal_of(tool: str) -> Terminal:
        if tool not in terminals:
            terminals[tool] = stack.enter_context(opened(tool, room))
        return terminals[tool]

    try:
        yield terminal_of
    finally:
        with contextlib.suppress(Exception):  # One that failed before may fail again; the room ends it.
            stack.close()
