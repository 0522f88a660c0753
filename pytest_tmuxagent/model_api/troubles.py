"""Connections that break before anything was said, and answers that stall, as a schedule has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pytest_tmuxagent.script.steps import Message
from pytest_tmuxagent.stub.faults import Faults

Step = tuple[str, str]


class Troubles:
    """One agent's, in the loop's thread; a request has one trouble at most, and at its first attempt."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._seen: set[Step] = set()
        self._dropped: set[Step] = set()

    def drop(self, step: Step, would_break: Callable[[], bool]) -> bool:
        """Whether the connection of this request breaks.

        Not that of one whose answer breaks anyway: the agent tries only so many times.
        """
        if step in self._seen:
            return False
        self._seen.add(step)
        if would_break() or not self._faults.drops_stream():
            return False
        self._dropped.add(step)
        return True

    def stalled(self, step: Step, message: Message) -> Message:
        """Put pauses into an answer."""
        if step in self._dropped:
            return message
        return replace(message, steps=tuple(self._faults.stalled([*message.steps])))


def troubles(wiring: Mapping[str, Any]) -> Troubles | None:
    """Give those that a schedule has for an agent's requests."""
    return (
        Troubles(Faults({**wiring, "agent": f"the model server for {wiring['agent']}"})) if wiring else None
    )
