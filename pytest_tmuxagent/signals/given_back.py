"""Tells a turn that was given up without a word: the agent is idle, and its prompt is in the box again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic

from pytest_tmuxagent.events import Event, RecordEnded, TurnEnded
from pytest_tmuxagent.signals.shown_queue import compact
from pytest_tmuxagent.turns import TurnMachine

_SILENCE = 2.0
"""How long an agent may be idle before its turn counts as given up, though its box is empty."""
_STEADY = 0.03
"""How long the box must show the prompt: half of a screen may look like a box with what was sent before."""
_FOLDED = "[Pastedtext#"


class GivenBack:
    """Looks whether the running turn was given up; the end of any other is told by another signal.

    `box` gives the text in the agent's input box, None where none is shown. What the test has typed into it
    since the prompt proves nothing: a letter may stand in the prompt as well, and an agent that is done may
    be idle before its end is told.
    """

    def __init__(
        self, machine: TurnMachine, *, box: Callable[[], str | None], steady: float = _STEADY
    ) -> None:
        self._machine = machine
        self._box = box
        self._steady = steady
        self._shown_since: float | None = None
        self._is_drafted = False

    def expect(self) -> None:
        """A prompt is about to be submitted, and leaves an empty box."""
        self._is_drafted = False

    def drafted(self) -> None:
        """The test types into the box."""
        self._is_drafted = True

    def cancelling(self) -> None:
        """The running turn is about to be interrupted, and its prompt may come back."""
        self._is_drafted = False

    def look(self) -> list[Event]:
        """Give the end of the running turn, if there is no other sign of it than an idle agent."""
        turn = self._machine.running
        if turn is None or turn.end is not None or turn.idle_since is None:
            self._shown_since = None
            return []
        box = self._box()
        unsent = turn.prompts if box and stands_in(box, turn.prompts) else ()
        is_shown = bool(unsent) and not self._is_drafted
        self._shown_since = (self._shown_since or monotonic()) if is_shown else None
        if not self._is_steady and monotonic() - turn.idle_since < _SILENCE:
            return []
        ended = TurnEnded(stop_reason="cancelled", unsent=unsent, turn=turn.id)
        return [ended, RecordEnded(turn=turn.id)]

    @property
    def _is_steady(self) -> bool:
        return self._shown_since is not None and monotonic() - self._shown_since >= self._steady


def stands_in(box: str, prompts: Iterable[str]) -> bool:
    """Whether the box shows one of the prompts, which it may have folded, wrapped, or cut."""
    shown = compact(box)
    return _FOLDED in shown or any(_is_shown(compact(prompt), shown) for prompt in prompts)


def _is_shown(prompt: str, box: str) -> bool:
    """Whether it is, without what is not drawn: that may be all there is of it."""
    return prompt == box or bool(prompt and box and (prompt in box or box in prompt))
