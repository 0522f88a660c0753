"""Reads what Claude Code writes: hooks, transcript and status, into one account."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from pytest_tmuxagent.agents.claude.asks import Asks
from pytest_tmuxagent.agents.claude.endings import Endings, failed, failure_of
from pytest_tmuxagent.agents.claude.names import TurnNames
from pytest_tmuxagent.agents.claude.transcript import TranscriptReader, unreadable
from pytest_tmuxagent.events import (
    Activity,
    ActivityReported,
    Call,
    ConversationNamed,
    Event,
    PermissionAsked,
    PromptAccepted,
    TurnEnded,
    Unrecognised,
)
from pytest_tmuxagent.model_api.dialects.anthropic_pastes import unwrapped
from pytest_tmuxagent.signals.foreign import UNREADABLE, shown, text

Payload = Mapping[str, Any]


class ClaudeReader:
    """One agent's. A hook tells an end first; the transcript tells the rest, and any end once more."""

    def __init__(self) -> None:
        self._names = TurnNames()
        self._asks = Asks()
        self._endings = Endings()
        self._transcript = TranscriptReader(names=self._names, asks=self._asks, endings=self._endings)
        self._status_written: object = None
        self._process: object = None
        self._early: dict[str, TurnEnded] = {}

    def hook(self, payload: Payload) -> list[Event]:
        """Give the events of a hook's payload."""
        name = payload.get("hook_event_name")
        try:
            return _HOOKS[text(name)](self, payload)
        except UNREADABLE as error:
            return [Unrecognised(what=f"hook {shown(name)}: {error!r:.200}")]

    def record(self, record: Payload) -> list[Event]:
        """Give the events of a transcript record."""
        try:
            return [*self._transcript.read(record), *self._ended_before(record)]
        except UNREADABLE as error:
            return [unreadable(record, error)]

    def status(self, status: Payload) -> list[Event]:
        """Give what the status file says, where it says something new."""
        activity = status.get("status")
        written = (activity, status.get("statusUpdatedAt"))
        if activity is None or written == self._status_written:
            return []
        self._status_written = written
        if activity not in get_args(Activity):
            return [Unrecognised(what=f"status {shown(activity)}")]
        named = ConversationNamed(session=str(status.get("sessionId")))
        # A process that has done nothing yet is idle, too: of a turn that has just begun that tells nothing.
        is_new, self._process = self._process != status.get("pid"), status.get("pid")
        return [named] if is_new and activity == "idle" else [named, ActivityReported(activity=activity)]

    def dialog_shown(self, screen: str, *, answered: Collection[str] = ()) -> list[Event]:
        """Give the call that the dialog is about, where no hook tells: one that has no result yet."""
        return self._asks.shown(screen, answered=answered)

    def dialog_gone(self) -> None:
        """Give the call of that dialog anew when it is drawn again, as while a CLI answers the one before."""
        self._asks.gone()

    def called(self, calls: Iterable[Call]) -> None:
        """Learn of the calls of an answer from who gave it."""
        for call in calls:
            self._asks.heard(call)

    def osc(self, _text: str) -> list[Event]:
        """Give nothing: it is not by these that Claude Code tells what it does."""
        return []

    def _prompt(self, payload: Payload) -> list[Event]:
        prompt = unwrapped(str(payload["prompt"]))
        turn = self._names.hooked(prompt, str(payload["prompt_id"]))
        accepted = [] if turn is None else [PromptAccepted(prompt=prompt, turn=turn)]
        return [*self._named(payload), *accepted]

    def _asked(self, payload: Payload) -> list[Event]:
        call = self._asks.asked(str(payload["tool_name"]), dict(payload["tool_input"]))
        return [PermissionAsked(call=call, turn=self._turn(payload))]

    def _stopped(self, payload: Payload) -> list[Event]:
        text = str(payload.get("last_assistant_message") or "")
        return self._ended(TurnEnded(stop_reason="end_turn", text=text, turn=self._turn(payload)))

    def _failed(self, payload: Payload) -> list[Event]:
        failure = failure_of(str(payload.get("last_assistant_message") or payload.get("error")))
        turn = self._turn(payload)
        closed = [] if turn is None else self._endings.failure_told(turn)
        return [*self._ended(failed(failure, str(payload.get("error")), turn=turn)), *closed]

    def _ended(self, end: TurnEnded) -> list[Event]:
        """Tell an end, or keep it until the transcript tells whose it is.

        In 2.1.329 no hook tells the id under which a queued prompt is sent; nor that of a `!command`, which
        is no turn.
        """
        if end.turn is None or self._names.is_known(end.turn):
            return [end]
        self._early[end.turn] = end
        return []

    def _ended_before(self, record: Payload) -> list[Event]:
        end = self._early.pop(str(record.get("promptId")), None) if self._early else None
        if end is None or not self._names.is_known(end.turn):
            return []
        return [replace(end, turn=self._names.of(end.turn))]

    def _session_began(self, payload: Payload) -> list[Event]:
        return [ConversationNamed(session=str(payload["session_id"]), path=Path(payload["transcript_path"]))]

    def _named(self, payload: Payload) -> list[Event]:
        """Give the conversation of a prompt; without it the prompt was accepted all the same."""
        try:
            return self._session_began(payload)
        except UNREADABLE as error:
            return [Unrecognised(what=f"conversation of a hook: {error!r:.200}")]

    def _session_ended(self, _payload: Payload) -> list[Event]:
        return []

    def _turn(self, payload: Payload) -> str | None:
        prompt_id = payload.get("prompt_id")
        return None if prompt_id is None else self._names.of(text(prompt_id))


_HOOKS: dict[str, Callable[[ClaudeReader, Payload], list[Event]]] = {
    "UserPromptSubmit": ClaudeReader._prompt,
    "PermissionRequest": ClaudeReader._asked,
    "Stop": ClaudeReader._stopped,
    "StopFailure": ClaudeReader._failed,
    "SessionStart": ClaudeReader._session_began,
    "SessionEnd": ClaudeReader._session_ended,
}
HOOKS = tuple(_HOOKS)
"""The hooks that are read."""
