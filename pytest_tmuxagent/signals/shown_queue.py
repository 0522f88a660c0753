"""Tells that an agent has queued a prompt, or gives it back, where only its screen says so."""

from __future__ import annotations

from collections.abc import Callable
from unicodedata import category

from pytest_tmuxagent.events import Event, PromptQueued, PromptsWithdrawn
from pytest_tmuxagent.turns import TurnMachine

_CUT = ("…", "...")
_UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me"})
"""Categories of Unicode."""


class ShownQueue:
    """Looks for the prompt that was just typed among those that the screen shows as queued.

    `shown` gives them as the screen shows them: wrapped, and cut where they are long; `box` gives the text
    in the input box of an agent that is at work, else None. A queued prompt that stands in that box instead
    was taken back by the person. That it left the queue otherwise is told by the agent's own record, or by
    the end of a turn that gives it back; a screen that is drawn later shows it as queued all the same.
    """

    def __init__(
        self,
        machine: TurnMachine,
        *,
        shown: Callable[[], tuple[str, ...]],
        box: Callable[[], str | None],
    ) -> None:
        self._machine = machine
        self._shown = shown
        self._box = box
        self._expected: str | None = None
        self._before = 0
        self._taken = 0

    def expect(self, prompt: str) -> None:
        """A prompt is about to be typed; it is queued only where a turn runs."""
        self._expected = None if self._machine.running is None else prompt
        self._before = self._count(prompt) if self._expected is not None else 0
        self._taken = self._accepted(prompt)

    def look(self) -> list[Event]:
        """Give the event of the expected prompt, once it is there, and of those that were taken back."""
        return [*self._look_for_queued(), *self._look_for_taken_back()]

    def _look_for_queued(self) -> list[Event]:
        prompt = self._expected
        if prompt is None or self._accepted(prompt) > self._taken:
            self._expected = None
            return []
        if self._count(prompt) <= self._before:
            return []
        self._expected = None
        return [PromptQueued(prompt=prompt)]

    def _look_for_taken_back(self) -> list[Event]:
        queued = self._machine.queued
        if not queued or self._expected is not None:  # What is being typed stands in the box, too.
            return []
        box = compact(self._box() or "")
        gone = [prompt for prompt in dict.fromkeys(queued) if queued.count(prompt) > self._count(prompt)]
        taken = tuple(prompt for prompt in gone if box and compact(prompt) in box)
        return [PromptsWithdrawn(prompts=taken)] if taken else []

    def _accepted(self, prompt: str) -> int:
        """How often the agent has taken this very prompt into a turn."""
        return sum(turn.prompts.count(prompt) for turn in self._machine.turns)

    def _count(self, prompt: str) -> int:
        whole = compact(prompt)
        return sum(_is_shown_by(compact(item), whole) for item in self._shown())


def _is_shown_by(item: str, prompt: str) -> bool:
    cut = next((item.removesuffix(end) for end in _CUT if item.endswith(end)), None)
    return item == prompt or bool(cut and prompt.startswith(cut))


def compact(text: str) -> str:
    """Leave out blanks, and what a terminal draws with nothing or onto the character before."""
    return "".join(character for character in text if category(character) not in _UNSEEN)
