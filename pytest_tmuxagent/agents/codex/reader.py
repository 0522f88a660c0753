"""Reads what Codex writes: a hook, escape sequences and the rollout, into one account."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pytest_tmuxagent.agents.codex.asks import Asks
from pytest_tmuxagent.agents.codex.transcript import RolloutReader
from pytest_tmuxagent.events import Activity, ActivityReported, ConversationNamed, Event, Unrecognised
from pytest_tmuxagent.signals.foreign import UNREADABLE, shown

Payload = Mapping[str, Any]

OSC = 7501
"""The number of the escape sequences by which Codex tells what it does."""

_ACTIVITIES: Mapping[str, Activity | None] = {
    "idle": "idle",
    "working": "busy",
    "blocked": "waiting",
    "done": "idle",
    "error": "idle",
    "clear": None,
}


class CodexReader:
    """One agent's.

    The hook names the rollout, which tells of the turns; the escape sequences tell of dialogs. They do not
    tell which turn has ended: several that were queued have one end in common.
    """

    def __init__(self) -> None:
        self._asks = Asks()
        self._rollout = RolloutReader(self._asks)

    def restarted(self) -> None:
        """Forget the dialogs of the old process: the new one may give its calls the same ids."""
        self._asks.restarted()

    def hook(self, payload: Payload) -> list[Event]:
        """Give the events of a hook's payload."""
        name = payload.get("hook_event_name")
        try:
            if name != "SessionStart":
                raise KeyError(name)
            path = Path(payload["transcript_path"])
            return [ConversationNamed(session=str(payload["session_id"]), path=path)]
        except UNREADABLE as error:
            return [Unrecognised(what=f"hook {shown(name)}: {error!r:.200}")]

    def record(self, record: Payload) -> list[Event]:
        """Give the events of a record of the rollout."""
        try:
            return self._rollout.read(record)
        except UNREADABLE as error:
            return [Unrecognised(what=f"transcript record {shown(record.get('type'))}: {error!r:.200}")]

    def status(self, _status: Payload) -> list[Event]:
        """Give nothing: it has no status file."""
        return []

    def dialog_shown(self, screen: str, *, answered: Collection[str] = ()) -> list[Event]:
        """Give the call that a dialog is about which no escape sequence told of."""
        return self._asks.shown(screen, answered=answered)

    def osc(self, text: str) -> list[Event]:
        """Give the events of a state, as `state=blocked:app=codex:kind=permission`."""
        told = dict(part.partition("=")[::2] for part in text.split(":"))
        state = told.get("state", "")
        if state not in _ACTIVITIES:
            return [Unrecognised(what=f"OSC {OSC} {text!r:.100}")]
        activity = _ACTIVITIES[state]
        told_activity = [ActivityReported(activity=activity)] if activity else []
        if state == "blocked":
            return [*told_activity, *self._asks.blocked(told.get("kind", ""))]
        self._asks.unblocked()
        return [*told_activity]
