"""Who hears what the agents of programs ask, and the first prompt of each; one life of a sandbox long."""

from __future__ import annotations

from pytest_tmuxagent.events import RequestOpened, WireEvent
from pytest_tmuxagent.script.exchange import Observe


class Hearing:
    """Tells its listeners in the service's thread. What comes late is told to those of its own life."""

    def __init__(self, *listeners: Observe) -> None:
        self._listeners = listeners
        self._prompts: dict[int, str] = {}

    def add(self, observe: Observe) -> None:
        """Have it told, from now on."""
        self._listeners = (*self._listeners, observe)

    def remove(self, observe: Observe) -> None:
        """Tell it no longer."""
        self._listeners = tuple(listener for listener in self._listeners if listener is not observe)

    def tell(self, event: WireEvent, at: float) -> None:
        """Take an event of the agents of programs."""
        for observe in self._listeners:
            observe(event, at)

    def prompt_of(self, pid: int) -> str | None:
        """Give the first prompt that an agent sent to its model; None before that."""
        return self._prompts.get(pid)

    def noting_prompts(self, observe: Observe) -> Observe:
        """Note the prompts of an agent before `observe` is told."""

        def note(event: WireEvent, at: float) -> None:
            if isinstance(event, RequestOpened) and event.pid is not None:
                self._prompts.setdefault(event.pid, event.prompt)
            observe(event, at)

        return note
