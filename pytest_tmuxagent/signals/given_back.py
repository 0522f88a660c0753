"""Tells a turn that was given up without a word: the agent is idle, and its prompt is in the box again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic

from pytest_tmuxagent.events import Event, RecordEnded, TurnEnded
from pytest_tmuxagent.signals.shown_queue import compact
from pytest_tmuxagent.turns import TurnMachine

_SILENCE = 2.0
"""How long an agent may be idle before its turn counts as given up, though its box is empty."""
_FOLDED = "[Pastedtext#"


class GivenBack:
    """Looks whether the running turn was given up; the end of any other is told by another signal.

    `box` gives the text in the agent's input box, None where none is shown.
    """

    def __init__(self, machine: TurnMachine, *, box: Callable[[], str | None]) -> None:
        self._machine = machine
        self._box = box

    def look(self) -> list[Event]:
        """Give the end of the running turn, if there is no other sign of it than an idle agent."""
        turn = self._machine.running
        if turn is None or turn.end is not None or turn.idle_since is None:
            return []
        box = self._box()
        unsent = turn.prompts if box and stands_in(box, turn.prompts) else ()
        if not unsent and monotonic() - turn.idle_since < _SILENCE:
            return []
        ended = TurnEnded(stop_reason="cancelled", unsent=unsent, turn=turn.id)
        return [ended, RecordEnded(turn=turn.id)]


def stands_in(box: str, prompts: Iterable[str]) -> bool:
    """Whether the box shows one of the prompts, which it may have folded, wrapped, or cut."""
    shown = compact(box)
    return _FOLDED in shown or any(_is_shown(compact(prompt), shown) for prompt in prompts)


def _is_shown(prompt: str, box: str) -> bool:
    """Whether it is, without what is not drawn: that may be all there is of it."""
    return prompt == box or bool(prompt and box and (prompt in box or box in prompt))
