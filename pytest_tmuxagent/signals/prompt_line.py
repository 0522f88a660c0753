"""Follows an agent that has nothing but a screen: by the line on which its prompt comes back.

Positions count from the first line that the pane still holds, so that scrolling does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from pytest_tmuxagent.events import Event, PromptAccepted, TurnEnded
from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.signals.pane import PaneStream
from pytest_tmuxagent.turn import StopReason

# A pane holds 50 000 lines and then throws a tenth of them away: positions would jump in mid-turn.
_MANY_LINES = 20_000
# Source: xterm's ctlseqs, ED and RIS.
_WIPES = re.compile(rb"\x1b\[[23]J|\x1bc")


class Pane(Protocol):
    """Where the agent prints."""

    def capture(self) -> Screen:
        """Take the screen."""

    def lines(self, first: int, last: int) -> list[str]:
        """Read lines, wrapped ones joined; 0 is the top of the screen, those above it are negative."""

    def clear_history(self) -> None:
        """Forget the lines above the screen."""


class PromptLine:
    """Turns the screens of such an agent into events, one prompt at a time."""

    def __init__(self, pane: Pane, *, stream: PaneStream, is_idle: Callable[[Screen], bool]) -> None:
        self._pane = pane
        self._stream = stream
        self._is_idle = is_idle
        self._expected: str | None = None
        self._accepted = False
        self._cancelling = False
        self._submitted_at = 0
        self._scrolled = 0
        self._mark = 0

    def expect(self, prompt: str) -> None:
        """A prompt is about to be typed on the line where the cursor stands."""
        self._expected = prompt
        self._accepted = self._cancelling = False
        self._mark = self._stream.end
        screen = self._pane.capture()
        if screen.scrolled > _MANY_LINES:
            self._pane.clear_history()
            screen = self._pane.capture()
        self._submitted_at = _position(screen)
        self._scrolled = screen.scrolled

    def cancelling(self) -> None:
        """The running turn is being interrupted: its end is a cancelled one."""
        self._cancelling = True

    def look(self) -> list[Event]:
        """Read the screen as it stands: accepted once the cursor left its line, ended once idle."""
        if self._expected is None:
            return []
        screen = self._pane.capture()
        if _position(screen) <= self._submitted_at and not self._is_wiped(screen):
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

    def _is_wiped(self, screen: Screen) -> bool:
        """Whether the line of the prompt may be gone, for the agent wiped its screen."""
        return screen.scrolled < self._scrolled or bool(_WIPES.search(self._stream.since(self._mark)[0]))

    def _answer(self, screen: Screen) -> str:
        """Everything below the line of the prompt, which may be a wrapped one, and above the next."""
        last = screen.cursor[1] - 1
        submitted = self._submitted_at - screen.scrolled
        if not self._is_wiped(screen):
            lines = self._pane.lines(submitted, last)[1:]
        elif last >= 0:
            lines = self._pane.lines(min(submitted + 1, 0), last)
        else:
            lines = []
        return "\n".join(lines).strip("\n")


def _position(screen: Screen) -> int:
    return screen.scrolled + screen.cursor[1]
