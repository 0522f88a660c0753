"""The conversation: one turn at a time, and the prompts that wait for theirs."""

from __future__ import annotations

import os
from time import monotonic

from pytest_tmuxagent.stub.leave import Leave
from pytest_tmuxagent.stub.transcript import Transcript, new_session
from pytest_tmuxagent.stub.turn import Turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pytest_tmuxagent.stub.means import Means

_EXITS = ("/exit", "/quit")


class Conversation:
    """`submit` and `interrupt` are all a user can do; `outcome` tells how the last turn ended."""

    __slots__ = ("_folder", "_means", "_settling", "_turn", "_turns", "busy_since", "outcome", "queued")

    def __init__(self, means: Means, *, folder: str) -> None:
        self._means = means
        self._folder = folder
        self._turns = 0
        self._turn: Turn | None = None
        self._settling = False  # the turn has ended, its hooks run
        self.busy_since: float | None = None
        self.queued: list[str] = []
        self.outcome: tuple[str, str | None, str] = ("end_turn", None, "")

    @property
    def open(self) -> bool:
        """Whether a turn runs, or its hooks do."""
        return self._turn is not None or self._settling

    def submit(self, text: str) -> None:
        """Obey a command; open a turn, or queue the prompt for one of its own."""
        if text.strip() in _EXITS:
            raise Leave(0)
        if text.strip() == "/clear":
            self._clear()
        elif self.open:
            self.queued.append(text)
            self._means.screen.flush()
            self._means.journal.record("queued", text=text)
        else:
            self._open(text)

    def interrupt(self) -> bool:
        """Interrupt the turn; False when none runs."""
        if self._turn is None:
            return False
        self._turn.interrupt()
        return True

    def receive(self, message: dict[str, Any]) -> None:
        if self._turn is not None:
            self._turn.receive(message)

    def link_lost(self, why: str) -> None:
        if self._turn is not None:
            self._turn.link_lost(why)

    def _open(self, text: str) -> None:
        self._turns += 1
        name = f"t{os.getpid()}-{self._turns}"  # A resumed conversation goes on in another process.

        def ended(stop_reason: str, error: str | None, answer: str) -> None:
            self._end(name, stop_reason, error, answer)

        self._turn = Turn(name, text, means=self._means, ended=ended)
        self.busy_since = monotonic()
        self._means.screen.show(self._means.face.prompt(text))
        self._means.screen.flush()
        self._means.journal.record("prompt", turn=name, text=text)
        self._turn.begin()

    def _end(self, turn: str, stop_reason: str, error: str | None, answer: str) -> None:
        self._turn, self._settling, self.busy_since = None, True, None
        self.outcome = (stop_reason, error, answer)
        unsent: list[str] = []
        if stop_reason == "cancelled":
            unsent, self.queued = self.queued, []
            self._means.screen.give_back(unsent)
        # Whoever learns of the end and looks at the screen sees all of the turn on it.
        self._means.screen.flush()
        fields = {"stop_reason": stop_reason, "error": error, "text": answer, "unsent": unsent}
        self._means.journal.record_then(self._settle, "end", turn=turn, **fields)

    def _settle(self) -> None:
        self._settling = False
        if self.queued:
            # In a round of its own: a thousand failing prompts must not nest a thousand calls.
            self._settling = True
            self._means.loop.after(0, self._next)

    def _next(self) -> None:
        self._settling = False
        if self.queued:
            self.submit(self.queued.pop(0))

    def _clear(self) -> None:
        if self.open:
            self._means.screen.show([self._means.face.error("/clear: a turn is running")])
            return
        self._means.journal.switch(Transcript(self._folder, new_session()))
        self._means.screen.clear()
