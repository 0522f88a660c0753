"""What the screen alone tells: at which dialog an agent stands, and of one of others that it is ready.

No hook of ours tells of the dialogs of those, and what was told before we came is not told again. Codex
tells that it asks, and not about which of several calls, whoever started it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pytest_tmuxagent.events import AgentReady, DialogClosed, Event, PermissionAsked
from pytest_tmuxagent.turns import TurnMachine


class Shown(Protocol):
    """What a screen says."""

    @property
    def box(self) -> str | None:
        """The text in the input box, None where none is shown."""

    @property
    def dialog(self) -> bool:
        """A dialog is open."""

    @property
    def idle(self) -> bool:
        """The input box is there, and the agent does nothing."""


class Looker(Protocol):
    """Looks at the screen whenever it may have changed."""

    def look(self) -> list[Event]:
        """Give what the screen tells, and nobody else does."""


class ShownDialogs:
    """The dialogs of an agent that says when it stands at one, and not at which.

    `read` gives what the screen says, None where it cannot be had; `asks` the events of a dialog there.
    """

    def __init__(
        self, machine: TurnMachine, *, read: Callable[[], Shown | None], asks: Callable[[], list[Event]]
    ) -> None:
        self._machine = machine
        self._read = read
        self._dialogs = _Dialogs(machine, asks=asks)

    def look(self) -> list[Event]:
        """Give what the screen tells of the dialog that the agent says it stands at."""
        machine = self._machine
        stands = machine.dialog is not None or machine.activity == "waiting"
        shown = self._read() if stands and machine.state != "exited" else None
        return [] if shown is None else self._dialogs.told(shown)


class Standing:
    """Looks at the screen of an agent that others started, which says nothing to us.

    `read` gives what it says, None where it cannot be had; `asks` the events of a dialog that stands there.
    `gone` is called when one that was told is no longer there: if it is drawn again, it is to be told again.
    """

    def __init__(
        self,
        machine: TurnMachine,
        *,
        read: Callable[[], Shown | None],
        asks: Callable[[], list[Event]],
        gone: Callable[[], object],
    ) -> None:
        self._machine = machine
        self._read = read
        self._dialogs = _Dialogs(machine, asks=asks, gone=gone)
        self._ready = False

    def look(self) -> list[Event]:
        """Give what the screen tells, and nobody else does."""
        if self._machine.state == "exited":
            return []
        shown = self._read()
        if shown is None:
            return []
        return [*self._came_up(shown), *self._dialogs.told(shown)]

    def _came_up(self, shown: Shown) -> list[Event]:
        if self._ready or not shown.idle:
            return []
        self._ready = True
        return [AgentReady()]


class _Dialogs:
    """Follows one dialog after the other."""

    def __init__(
        self,
        machine: TurnMachine,
        *,
        asks: Callable[[], list[Event]],
        gone: Callable[[], object] = lambda: None,
    ) -> None:
        self._machine = machine
        self._asks = asks
        self._gone = gone
        self._stood: str | None = None

    def told(self, shown: Shown) -> list[Event]:
        """Give the end of one, and the beginning of the next."""
        asked = self._machine.dialog
        if asked is not None:
            if shown.dialog:
                self._stood = asked.call.id
            # It may be told before it is drawn; and while it is drawn there may be neither dialog nor box.
            is_gone = self._stood == asked.call.id and not shown.dialog and shown.box is not None
            if is_gone:
                self._gone()
            following = self._told(shown)
            return [DialogClosed(call=asked.call.id), *following] if is_gone or following else []
        return self._told(shown) if self._machine.running is not None else []

    def _told(self, shown: Shown) -> list[Event]:
        events = self._asks() if shown.dialog else []
        for event in events:
            if isinstance(event, PermissionAsked):
                self._stood = event.call.id
        return events
