"""What the agents are at that programs started: as their model requests tell."""

from __future__ import annotations

import threading

from pytest_tmuxagent.events import LinkClosed, RequestClosed, RequestOpened, WireEvent
from pytest_tmuxagent.sandbox.processes import runs


class Work:
    """Which of them are in the middle of a turn, and how many turns they brought to an end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: set[tuple[int | None, str]] = set()
        self._returning: set[int | None] = set()
        self._ended = 0

    def wire(self, event: WireEvent, _at: float) -> None:
        """Take an event of the script's door (called in the script's thread)."""
        with self._lock:
            match event:
                case RequestOpened(request_id=request, pid=pid):
                    self._open.add((pid, request))  # stubs number theirs alike
                    self._returning.discard(pid)
                case RequestClosed(request_id=request, pid=pid, has_calls=has_calls, delivered=delivered):
                    self._open.discard((pid, request))
                    if has_calls:
                        self._returning.add(pid)
                    elif delivered:
                        self._ended += 1
                case LinkClosed(pid=pid):
                    self._returning.discard(pid)

    @property
    def ended(self) -> int:
        """How many turns are over, as far as the model's answers tell."""
        return self._ended

    @property
    def goes_on(self) -> bool:
        """Whether a model answers, or tools run whose results the model is to get."""
        with self._lock:
            busy = {*(pid for pid, _ in self._open), *self._returning}
        return any(pid is None or runs(pid) for pid in busy)
