"""Which reply belongs to which command; no I/O.

One command is not one reply block: `if-shell` gives two, a hook adds its own, a failing command may print
after its block. So a second command, which prints a word that is used once, marks the end of each.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeAlias

from pytest_tmuxagent.errors import TmuxCommandFailed, TmuxError
from pytest_tmuxagent.tmux.commands import command_line, shortened, without_notifications
from pytest_tmuxagent.tmux.control import ReplyBlock

Outcome: TypeAlias = list[str] | TmuxError
"""The lines of the reply, or why there are none."""


class Exchange:
    """One command on its way."""

    __slots__ = ("arguments", "failure", "lines", "nonce", "settle")

    def __init__(self, arguments: Sequence[str], *, nonce: str, settle: Callable[[Outcome], None]) -> None:
        self.arguments = tuple(arguments)
        self.nonce = nonce
        self.settle = settle
        self.lines: list[str] = []
        self.failure: str | None = None

    @property
    def outcome(self) -> Outcome:
        if self.failure is not None:
            return TmuxCommandFailed(shortened(self.arguments), answer=self.failure)
        return without_notifications(self.arguments, self.lines)

    def take(self, block: ReplyBlock) -> None:
        if block.failed:
            self.failure = "\n".join(block.lines)
        else:
            self.lines.extend(block.lines)


class Exchanges:
    """The commands that wait for their replies, oldest first."""

    def __init__(self) -> None:
        self._token = f"tmuxagent-{os.urandom(4).hex()}-"
        self._count = 0
        self._waiting: deque[Exchange] = deque()

    def enter(self, arguments: Sequence[str], settle: Callable[[Outcome], None]) -> bytes:
        """Note a command; give the bytes that ask tmux for it. `settle` gets its outcome."""
        self._count += 1
        nonce = f"{self._token}{self._count}"
        request = f"{command_line(arguments)}\ndisplay-message -p {nonce}\n".encode()
        self._waiting.append(Exchange(arguments, nonce=nonce, settle=settle))
        return request

    def reply(self, block: ReplyBlock) -> None:
        """Take a reply block of this client; settle the command that it ends, if it ends one."""
        if not self._waiting:
            return
        oldest = self._waiting[0]
        if block.lines != (oldest.nonce,):
            oldest.take(block)
            return
        self._waiting.popleft()
        oldest.settle(oldest.outcome)

    def stray(self, text: str) -> None:
        """Take a line outside of any block: `load-buffer` reports a missing file only after its block."""
        if self._waiting and self._waiting[0].arguments[0] in ("load-buffer", "save-buffer"):
            self._waiting[0].failure = text

    def abandon(self, error: TmuxError) -> None:
        """Settle all that wait with `error`."""
        while self._waiting:
            self._waiting.popleft().settle(error)
