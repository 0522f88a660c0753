"""Stops an agent of which nothing further is wanted: its running turn, and those that are about to begin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pytest_tmuxagent.body import Body
from pytest_tmuxagent.delivery import Delivery
from pytest_tmuxagent.live_turn import LiveTurn
from pytest_tmuxagent.waiting import Deadline
from pytest_tmuxagent.watch import Watch

_CANCELLED_WITHIN = 5.0
"""How long an agent may take to stop; one that does not ends with its sandbox."""


class Cancelling:
    """Interrupts one agent, outside of its verbs; `give` returns the turns that end so."""

    def __init__(
        self, body: Body, *, watch: Watch, delivery: Delivery, give: Callable[[LiveTurn], object]
    ) -> None:
        self._profile = body.profile
        self._observer = body.observer
        self._machine = body.observer.machine
        self._watch = watch
        self._delivery = delivery
        self._give = give
        self._turns_before_typing: int | None = None

    @contextmanager
    def typing(self) -> Iterator[None]:
        """Know that a prompt is on its way to the agent, which has not taken it yet."""
        self._turns_before_typing = len(self._machine.turns)
        try:
            yield
        finally:
            self._turns_before_typing = None

    def cancel_all(self) -> None:
        """Interrupt what runs and what is about to begin, within some seconds."""
        deadline = Deadline(_CANCELLED_WITHIN)

        def begun() -> tuple[LiveTurn | None] | None:
            running = self._machine.running
            return (running,) if running or not self._is_to_begin() else None

        while (found := self._observer.wait_for(begun, deadline=deadline)) and found[0] is not None:
            if not self._cancel(found[0], deadline=deadline):
                return

    def _is_to_begin(self) -> bool:
        """Whether a turn is: of a prompt in the agent's queue, or one that was typed and not yet taken."""
        if self._machine.state == "exited":
            return False
        return len(self._machine.turns) == self._turns_before_typing or bool(self._machine.queued)

    def _cancel(self, running: LiveTurn, *, deadline: Deadline) -> bool:
        if self._machine.state == "exited":
            return False
        self._observer.cancelling()
        press_interrupt = self._delivery.insist(self._profile.keys.interrupt)

        def ended() -> LiveTurn | None:
            if running.is_running:
                press_interrupt()
            return self._watch.complete(running)

        if self._observer.wait_for(ended, deadline=deadline) is None:
            return False
        self._give(running)
        return True
