"""Follows an agent that has nothing but a screen: by the line on which its prompt comes back.

Positions count from the first line that was ever printed, so that scrolling does not matter.
"""

from __future__ import annotations

from collections.abc import Callable

from pytest_tmuxagent.events import Event, PromptAccepted, TurnEnded
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.turn import StopReason


class PromptLine:
    """Turns the screens of such an agent into events, one prompt at a time."""

    def __init__(self, *, capture: Callable[[], Screen], is_idle: Callable[[Screen], bool]) -> None:
        self._capture = capture
        self._is_idle = is_idle
        self._expected: str | None = None
        self._accepted = False
        self._cancelling = False
        self._submitted_at = 0

    def expect(self, prompt: str) -> None:
        """A prompt is about to be typed on the line where the cursor stands."""
        self._expected = prompt
        self._accepted = self._cancelling = False
        self._submitted_at = _position(self._capture())

    def cancelling(self) -> None:
        """The running turn is being interrupted: its end is a cancelled one."""
        self._cancelling = True

    def look(self) -> list[Event]:
        """Read the screen as it stands: accepted once the cursor left its line, ended once idle."""
        if self._expected is None:
            return []
        screen = self._capture()
        if _position(screen) <= self._submitted_at:
            return []
        events: list[Event] = []
        if not self._accepted:
            self._accepted = True
            events.append(PromptAccepted(prompt=self._expected))
        if self._is_idle(screen):
            self._expected = None
            reason: StopReason = "cancelled" if self._cancelling else "end_turn"
            events.append(TurnEnded(stop_reason=reason, text=self._answer(screen)))
        return events

    def _answer(self, screen: Screen) -> str:
        first = max(0, self._submitted_at + 1 - screen.scrolled)
        return "\n".join(screen.lines[first : screen.cursor[1]]).strip("\n")


def _position(screen: Screen) -> int:
    return screen.scrolled + screen.cursor[1]
