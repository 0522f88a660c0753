"""Tells that an agent has queued a prompt, where only its screen says so."""

from __future__ import annotations

from collections.abc import Callable

from pytest_tmuxagent.events import Event, PromptQueued
from pytest_tmuxagent.turns import TurnMachine

_CUT = ("…", "...")


class ShownQueue:
    """Looks for the prompt that was just typed among those that the screen shows as queued.

    `shown` gives them as the screen shows them: wrapped, and cut where they are long. That a prompt left
    the queue is told by the agent's own record, or by the end of a turn that gives it back.
    """

    def __init__(self, machine: TurnMachine, *, shown: Callable[[], tuple[str, ...]]) -> None:
        self._machine = machine
        self._shown = shown
        self._expected: str | None = None
        self._before = 0

    def expect(self, prompt: str) -> None:
        """A prompt is about to be typed; it is queued only where a turn runs."""
        self._expected = None if self._machine.running is None else prompt
        self._before = self._count(prompt) if self._expected is not None else 0

    def look(self) -> list[Event]:
        """Give the event of the expected prompt, once it is there."""
        prompt = self._expected
        if prompt is None or self._count(prompt) <= self._before:
            return []
        self._expected = None
        return [PromptQueued(prompt=prompt)]

    def _count(self, prompt: str) -> int:
        whole = _compact(prompt)
        return sum(_is_shown_by(_compact(item), whole) for item in self._shown())


def _is_shown_by(item: str, prompt: str) -> bool:
    cut = next((item.removesuffix(end) for end in _CUT if item.endswith(end)), None)
    return item == prompt or bool(cut and prompt.startswith(cut))


def _compact(text: str) -> str:
    return "".join(text.split())
