"""What the agents are at that programs started: as their model requests tell."""

from __future__ import annotations

import threading

from pytest_tmuxagent.events import LinkClosed, RequestClosed, RequestOpened, WireEvent
from pytest_tmuxagent.sandbox.processes import runs


class Work:
    """Which of them are in the middle of a turn, and which of their requests were a turn's last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[tuple[int | None, str], int] = {}
        self._returning: set[int | None] = set()
        self._asked = 0
        self._ended = 0

    def wire(self, event: WireEvent, _at: float) -> None:
        """Take an event of the script's door (called in the script's thread)."""
        with self._lock:
            match event:
                case RequestOpened(request_id=request, pid=pid):
                    self._asked += 1
                    self._open[pid, request] = self._asked  # stubs number theirs alike
                    self._returning.discard(pid)
                case RequestClosed(request_id=request, pid=pid, has_calls=has_calls, delivered=delivered):
                    number = self._open.pop((pid, request), self._asked)
                    if has_calls:
                        self._returning.add(pid)
                    elif delivered:
                        self._ended = max(self._ended, number)
                case LinkClosed(pid=pid):
                    self._returning.discard(pid)

    @property
    def asked(self) -> int:
        """How many requests there were."""
        return self._asked

    @property
    def ended(self) -> int:
        """The last request whose answer ended a turn, by its number from 1 on; 0: none did."""
        return self._ended

    @property
    def goes_on(self) -> bool:
        """Whether a model answers, or tools run whose results the model is to get."""
        with self._lock:
            busy = {*(pid for pid, _ in self._open), *self._returning}
        return any(pid is None or runs(pid) for pid in busy)
