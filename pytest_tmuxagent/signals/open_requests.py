"""Remembers which model requests are open, for whoever begins to listen in their midst."""

from __future__ import annotations

import threading

from pytest_tmuxagent.events import LinkClosed, RequestClosed, RequestOpened, WireEvent

Heard = tuple[RequestOpened, float]


class OpenRequests:
    """Those of all agents that programs started, by process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[tuple[int | None, str], Heard] = {}

    def note(self, event: WireEvent, at: float) -> None:
        """Take an event of the script's doors (called in the service's thread)."""
        with self._lock:
            if isinstance(event, RequestOpened):
                self._open[event.pid, event.request_id] = event, at
            elif isinstance(event, RequestClosed):
                self._open.pop((event.pid, event.request_id), None)
            elif isinstance(event, LinkClosed):
                self._open = {key: heard for key, heard in self._open.items() if key[0] != event.pid}

    def of(self, pid: int) -> list[Heard]:
        """Give the open ones of a process, oldest first."""
        with self._lock:
            return [heard for key, heard in self._open.items() if key[0] == pid]
