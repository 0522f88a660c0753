"""One turn as it grows, and where it is in its life (the table at the head of `turns.py`)."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

from pytest_tmuxagent.events import (
    CallReturned,
    MessageSaid,
    PermissionAsked,
    PermissionSettled,
    Source,
    TurnEnded,
)
from pytest_tmuxagent.turn import Failure


class Phase(Enum):
    """Where a turn is in its life."""

    OPEN = "open"
    ENDING = "ending"
    ENDED = "ended"
    COMPLETE = "complete"
    LOST = "lost"


RequestKey = tuple[int | None, str]


class LiveTurn:
    """One turn as it grows: what every source said of it so far."""

    def __init__(self, *, turn: str | None, at: float) -> None:
        self.id = turn
        self.phase = Phase.OPEN
        self.opened_at = at
        self.ended_at = 0.0
        self.completed_at = 0.0
        self.ended_by: Source | None = None
        self.end: TurnEnded | None = None
        self.error: Failure | None = None
        self.end_told_by: set[Source] = set()
        self.record_ended_by: Source | None = None
        self.idle_since: float | None = None
        self.messages: list[MessageSaid] = []
        self.results: dict[str, CallReturned] = {}
        self.asked: dict[str, PermissionAsked] = {}
        self.settled: dict[str, PermissionSettled] = {}
        self.requests: set[RequestKey] = set()
        self.asked_as: set[str] = set()
        """The names that the script has for it: of what asks the model without telling of which turn."""
        self.asked_late = False
        """Whether its first request was heard after its end: another turn may have the same prompt."""
        self.calls_outstanding = False
        self._prompts: dict[Source, list[str]] = {}

    @property
    def prompts(self) -> tuple[str, ...]:
        """The prompts of the turn: the list of whoever saw most of them."""
        lists = list(self._prompts.values())
        longest: list[str] = max(lists, key=len, default=[])
        return tuple(longest)

    def add_prompts(self, prompts: tuple[str, ...], *, source: Source) -> None:
        """Note what one source says the prompts are: each source tells each prompt once."""
        self._prompts.setdefault(source, []).extend(prompts)

    def replace_prompts(self, prompts: tuple[str, ...], *, source: Source) -> None:
        """Note the whole list of prompts, from a source that repeats it."""
        self._prompts[source] = list(prompts)

    def add_message(self, message: MessageSaid) -> None:
        """Note an answer, or a piece of one."""
        for index, known in enumerate(self.messages):
            if message.id is not None and known.id == message.id:
                texts = [text for text in (known.text, message.text) if text]
                calls = (*known.calls, *message.calls)
                self.messages[index] = replace(message, text="\n".join(texts), calls=calls)
                return
        self.messages.append(message)

    def absorb(self, other: LiveTurn) -> None:
        """Take over all that is known of another one, which turned out to be the same."""
        for source, prompts in other._prompts.items():
            self.add_prompts(tuple(prompts), source=source)
        for message in other.messages:
            self.add_message(message)
        self.results.update(other.results)
        self.asked.update(other.asked)
        self.settled.update(other.settled)
        self.requests |= other.requests
        self.asked_as |= other.asked_as
        self.calls_outstanding = self.calls_outstanding or other.calls_outstanding
        self.error = other.error or self.error
        self.end_told_by |= other.end_told_by
        self.record_ended_by = self.record_ended_by or other.record_ended_by
        if self.end is None:
            self.end, self.ended_by = other.end, other.ended_by

    @property
    def is_running(self) -> bool:
        """The turn has begun and not ended."""
        return self.phase in (Phase.OPEN, Phase.ENDING)

    @property
    def can_ask(self) -> bool:
        """Whether a dialog of it may stand: it runs, and nobody has stopped it."""
        return self.is_running and (self.end is None or self.end.stop_reason == "end_turn")

    @property
    def veto(self) -> str | None:
        """Why the wire does not let the turn end, or None."""
        if self.requests:
            return "a model request is still open"
        if self.calls_outstanding and self.end is not None and self.end.stop_reason == "end_turn":
            return "the last answer had tool calls, and their results were never sent"
        return None
