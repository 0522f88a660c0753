"""Plays an agent in truth, one prompt after the other, and lets its sources tell of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from pytest_tmuxagent.events import AgentReady, Event, LinkClosed, ProcessExited, Source
from pytest_tmuxagent.strategies.draws import Draws, one_of, sometimes
from pytest_tmuxagent.strategies.interleaving import AGENTS, Habits, Interleaving, Told, Truth
from pytest_tmuxagent.strategies.running_turn import Died, RunningTurn, TurnAtWork
from pytest_tmuxagent.strategies.telling import Mark, Telling

_WORDS = ("a", "b", "c")


def interleaving(draws: Draws, *, agents: Sequence[Habits] = AGENTS) -> Interleaving:
    """Make one up: a few turns of one of these agents, and all that is told of them."""
    habits = one_of(draws, agents)
    story = _Story(draws, habits=habits)
    told = story.play()
    turns = tuple(turn.truth for turn in story.turns)
    truth = Truth(turns=turns, keeps_record=habits.keeps_record, exited=story.exited)
    return Interleaving(agent=habits.name, truth=truth, told=tuple(told))


class _Story:
    """One agent, in one process or in several, one after the other."""

    def __init__(self, draws: Draws, *, habits: Habits) -> None:
        self.turns: list[TurnAtWork] = []
        self.exited = False
        self._draws = draws
        self._habits = habits
        self._numbers = count(1)

    def play(self) -> list[Told]:
        told: list[Told] = []
        processes = 2 if sometimes(self._draws, percent=15) else 1
        for number in range(processes):
            process = _Process(
                self._draws, habits=self._habits, turns=self.turns, numbers=self._numbers, pid=7 + number
            )
            if number:
                told.append(Told(observation=None))
                process.replaces(7 + number - 1)
            is_replaced = number + 1 < processes and sometimes(self._draws, percent=50)
            self.exited = process.live(is_replaced=is_replaced)
            told += process.telling.merged(since=len(told))
        return told


class _Process:
    """One process of an agent: it takes prompts until nobody has one any more, or it ends."""

    def __init__(
        self, draws: Draws, *, habits: Habits, turns: list[TurnAtWork], numbers: count[int], pid: int
    ) -> None:
        self.telling = Telling(draws)
        self._draws = draws
        self._habits = habits
        self._turns = turns
        self._numbers = numbers
        self._pid = pid
        self._first = len(turns)
        self._queue: list[str] = []
        self._are_joined = False
        self._may_die = sometimes(draws, percent=10)

    def replaces(self, pid: int) -> None:
        """The end of the one before may be heard as late as this."""
        self._tell("wire", LinkClosed(pid=pid))

    def live(self, *, is_replaced: bool) -> bool:
        """Live; say whether it is gone at the end, of which nobody tells where it is replaced."""
        self._may_die = self._may_die or is_replaced
        self._tell("screen", AgentReady())
        try:
            for _ in range(self._draws.whole(1, 3)):
                self._take([self._word()], typed=True)
                while self._queue:
                    self._take(self._next_queued(), typed=False)
        except Died:
            self.telling.tell("wire", LinkClosed(pid=self._pid), of=self._turns[-1].place)
            if not is_replaced:
                self._tell("process", ProcessExited(status=1))
            return True
        return False

    def _next_queued(self) -> list[str]:
        number = len(self._queue) if self._are_joined else 1
        taken, self._queue = self._queue[:number], self._queue[number:]
        self._are_joined = False
        return taken

    def _take(self, prompts: list[str], *, typed: bool) -> None:
        if typed:
            self._person_sees_the_end()
        if self._asked is not None:
            self.telling.after(self._asked)
        turn = TurnAtWork(len(self._turns), name=f"t{next(self._numbers)}", prompts=prompts)
        self._turns.append(turn)
        told = self.telling
        RunningTurn(turn, process=self, telling=told, draws=self._draws, habits=self._habits).run()

    def _person_sees_the_end(self) -> None:
        """Nobody types into a running turn what is not to be queued."""
        if not self._habits.is_ours or len(self._turns) == self._first:
            return
        self.telling.after(one_of(self._draws, self._turns[-1].ended))
        for source in ("wire", "session", "screen"):
            self.telling.after(self.telling.here(source))
        if self._has_queued:
            self.telling.after(self.telling.here("transcript"))

    # -- what a running turn asks of its process ---------------------------------------------------

    _has_queued = False
    _asked: Mark | None = None

    @property
    def pid(self) -> int:
        return self._pid

    @property
    def queue(self) -> tuple[str, ...]:
        return tuple(self._queue)

    def asked(self, mark: Mark) -> None:
        """A request is heard before the next turn begins, though it may be after the end of its own."""
        self._asked = mark

    def dies(self) -> bool:
        return self._may_die and sometimes(self._draws, percent=30)

    def name(self) -> str:
        return f"t{next(self._numbers)}"

    def number(self) -> int:
        return next(self._numbers)

    def enqueue(self) -> str:
        self._has_queued = True
        self._queue.append(self._word())
        return self._queue[-1]

    def dequeue(self) -> str:
        return self._queue.pop(0)

    def empty_queue(self) -> tuple[str, ...]:
        taken, self._queue = tuple(self._queue), []
        return taken

    def join_queued(self) -> None:
        self._are_joined = True

    def _word(self) -> str:
        return one_of(self._draws, _WORDS)

    def _tell(self, source: Source, event: Event) -> Mark:
        return self.telling.tell(source, event)
