"""Keeps account of an agent's turns: which were returned, which is next, what each did to the files."""

from __future__ import annotations

from collections.abc import Callable

from pytest_tmuxagent.assembly import assemble
from pytest_tmuxagent.body import Body
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.live_turn import LiveTurn, Phase
from pytest_tmuxagent.turn import FileChanges, Turn


class Ledger:
    """Every turn is returned once."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._machine = body.observer.machine
        self._made: dict[LiveTurn, Turn] = {}
        self._returned: set[LiveTurn] = set()
        self._first = 0
        self._files = body.sandbox.snapshot()
        self._changes: dict[LiveTurn, FileChanges] = {}

    @property
    def turns(self) -> tuple[Turn, ...]:
        """All turns returned so far, in the order in which they began."""
        return tuple(self._made[live] for live in self._machine.turns if live in self._made)

    def next_outstanding(self) -> LiveTurn | None:
        """The oldest turn that was not returned yet."""
        turns = self._machine.turns
        while self._first < len(turns) and self._is_done(turns[self._first]):
            self._first += 1
        return turns[self._first] if self._first < len(turns) else None

    def take_note_of_files(self) -> None:
        """What changed until now is the doing of turns that have ended, if any; not of those to come."""
        changes = self._changes_until_now()
        if self.next_outstanding() is not None:
            waiting = (live for live in self._machine.turns[self._first :] if not self._is_done(live))
            self._changes = {**dict.fromkeys(waiting, changes), **self._changes}

    def turn_of(self, prompt: str, *, since: int) -> Callable[[], LiveTurn | None]:
        """Look for the turn of a prompt among those that began after the first `since` ones."""

        def find() -> LiveTurn | None:
            begun = self._machine.turns[since:]
            return next((live for live in begun if prompt in live.prompts and not self._is_done(live)), None)

        return find

    def give(self, live: LiveTurn, *, screen: Screen) -> Turn:
        """Return a turn that is complete."""
        turn = self._make(live, screen=screen)
        if live not in self._returned:
            self._returned.add(live)
            self._body.sandbox.meter.returned(turn)
        return turn

    def gather(self, *, screen: Screen) -> None:
        """Make the turns that have ended by themselves, and that nobody has waited for."""
        ended = [
            turn for turn in self._machine.turns if turn.phase is Phase.COMPLETE and turn not in self._made
        ]
        if ended:
            self.take_note_of_files()
        for turn in ended:
            self._make(turn, screen=screen)

    def begin_with_the_last(self) -> None:
        """Leave out what is over: the running turn is the oldest outstanding one, else the last one."""
        turns = self._machine.turns
        running = self._machine.running
        first = turns.index(running) if running else len(turns) - 1
        self._returned.update(turns[: max(0, first)])
        self._changes = dict.fromkeys(turns[: max(0, first)], FileChanges())

    def count_of(self, prompt: str) -> Callable[[], int]:
        """Count how often the agent has this very prompt: queued, in the running turn, in later ones."""
        turns = self._machine.turns
        running = self._machine.running
        first = turns.index(running) if running else len(turns)

        def count() -> int:
            in_turns = sum(turn.prompts.count(prompt) for turn in turns[first:])
            return in_turns + self._machine.queued.count(prompt)

        return count

    def _make(self, live: LiveTurn, *, screen: Screen) -> Turn:
        if live not in self._made:
            files = self._changes.pop(live) if live in self._changes else self._changes_until_now()
            self._made[live] = assemble(
                live, tools=self._body.tools, files=files, screen=screen, workdir=self._body.workdir
            )
        return self._made[live]

    def _changes_until_now(self) -> FileChanges:
        before, self._files = self._files, self._body.sandbox.snapshot()
        return self._body.sandbox.changes(before, self._files)

    def _is_done(self, live: LiveTurn) -> bool:
        return live in self._returned or live.phase is Phase.LOST
