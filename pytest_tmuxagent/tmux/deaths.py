"""Sees to it that tmux learns of the end of a pane's program.

Up to 3.4, a tmux built with libutempter (Debian, Ubuntu, Fedora) runs a helper at the very moment when a
pane's terminal closes, and ignores SIGCHLD while it does: the end of the program is then lost, its status
stays unknown and `pane-died` never comes (tmux issues 311 and 4559). We see the end through a pidfd, and
repeat the signal.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from pytest_tmuxagent.tmux.exchanges import Outcome
from pytest_tmuxagent.waiting import InputThread

Ask = Callable[[Sequence[str], Callable[[Outcome], None]], None]

_REPEATS = 50


class DeathWatch:
    """Watches the programs of panes. Everything but `close` runs in the I/O thread."""

    def __init__(self, *, ask: Ask, io: InputThread) -> None:
        self._ask = ask
        self._io = io
        self._pidfds: dict[str, int] = {}
        self._expected: set[str] = set()

    def watch(self, pane: str) -> None:
        """Watch the program that runs in `pane` now."""
        if sys.platform == "linux" and hasattr(os, "pidfd_open"):
            self._ask(("display-message", "-p", "-t", pane, "#{pane_pid} #{pid}"), partial(self._found, pane))

    def seen(self, pane: str) -> None:
        """Take note that tmux has reported the end."""
        self._expected.discard(pane)

    def forget(self, pane: str) -> None:
        self._expected.discard(pane)
        pidfd = self._pidfds.pop(pane, None)
        if pidfd is not None:
            self._io.forget(pidfd)
            os.close(pidfd)

    def close(self) -> None:
        for pane in list(self._pidfds):
            self.forget(pane)

    def _found(self, pane: str, outcome: Outcome) -> None:
        if sys.platform != "linux" or not isinstance(outcome, list) or not outcome:
            return
        program, _, server = outcome[0].partition(" ")
        self.forget(pane)
        # Without such a process tmux has reaped it, and so knows; an old kernel leaves us no way.
        with suppress(OSError, ValueError):
            pidfd = self._pidfds[pane] = os.pidfd_open(int(program))
            self._io.watch(pidfd, partial(self._ended, pane, int(server)))

    def _ended(self, pane: str, server: int) -> None:
        self.forget(pane)
        self._expected.add(pane)
        self._repeat(pane, server, _REPEATS)

    def _repeat(self, pane: str, server: int, left: int) -> None:
        if pane not in self._expected or not left:
            return
        with suppress(OSError):
            os.kill(server, signal.SIGCHLD)
        question = ("display-message", "-p", "-t", pane, "#{pane_id}#{pane_dead_status}#{pane_dead_signal}")
        self._ask(question, partial(self._checked, pane, server, left - 1))

    def _checked(self, pane: str, server: int, left: int, outcome: Outcome) -> None:
        if outcome == [pane]:  # The pane is still there, and tmux does not know how it ended.
            self._repeat(pane, server, left)
