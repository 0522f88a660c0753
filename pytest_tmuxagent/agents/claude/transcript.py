"""Reads Claude Code's transcript.

Only prompts name their turn; all else hangs from them by `parentUuid`. A batch may be written in any
order, so that a record waits until its parent was read. One answer is several records, one for each
block, with the same message id.

Source: Claude Code 2.1.197 and 2.1.329, transcripts as written, and their traps:
  an interrupt's record has the prompt id of the next prompt, where one is queued; its parent is right.
  `!command` has the prompt id of the turn before it in 2.1.197, its own in 2.1.329, and no `promptSource`.
  of queued prompts that are sent at once each hangs from the one before it; in 2.1.329 each has an id.
  an interrupt before the first words leaves no record but the prompt's.
  a conversation that is resumed answers itself, in the model's place, what had stood without an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pytest_tmuxagent.agents.claude.asks import Asks
from pytest_tmuxagent.agents.claude.endings import Endings, exit_code
from pytest_tmuxagent.agents.claude.names import TurnNames
from pytest_tmuxagent.agents.claude.refusals import is_command
from pytest_tmuxagent.agents.claude.usage import usage_of
from pytest_tmuxagent.events import (
    Call,
    CallReturned,
    ErrorReported,
    Event,
    MessageSaid,
    PromptAccepted,
    PromptQueued,
    PromptsWithdrawn,
    RecordEnded,
    TurnEnded,
    Unrecognised,
)
from pytest_tmuxagent.model_api.dialects.anthropic_pastes import unwrapped
from pytest_tmuxagent.signals.foreign import UNREADABLE, number, shown, text
from pytest_tmuxagent.turn import Failure, Usage

Record = Mapping[str, Any]

_INTERRUPTED = "[Request interrupted by user"
_SHELL_INPUT = "<bash-input>"
_SYNTHETIC = "<synthetic>"
_SILENCE = "No response requested."


class TranscriptReader:
    """Turns records into events; what hangs from one that cannot be read belongs to the same turn."""

    def __init__(self, *, names: TurnNames, asks: Asks, endings: Endings) -> None:
        self._names = names
        self._asks = asks
        self._endings = endings
        self._turns: dict[str, str | None] = {}
        self._orphans: dict[str, list[Record]] = {}
        self._queued: set[str] = set()

    def read(self, record: Record) -> list[Event]:
        """Give the events of a record, and of those that had waited for it.

        A record that is no more than a shell of one raises LookupError, TypeError or the like.
        """
        if record["type"] == "queue-operation":
            return self._queue_operation(record)
        if record.get("isSidechain"):
            return []
        if "uuid" not in record:
            return _strange(record)
        text(record["uuid"])
        parent = _parent(record)
        if parent and parent not in self._turns and not _stands_alone(record):
            self._orphans.setdefault(parent, []).append(record)
            return []
        events, found = list[Event](), [record]
        while found:
            record, *found = found
            events += self._placed(record)
            found = [*self._orphans.pop(record["uuid"], ()), *found]
        return events

    def _placed(self, record: Record) -> list[Event]:
        parent = _parent(record)
        try:
            if _is_prompt(record):
                return self._prompt(record)
            turn = None if _stands_alone(record) else self._turns.get(parent)
            return self._hanging(record, turn=turn)
        except UNREADABLE as error:
            self._turns.setdefault(record["uuid"], self._turns.get(parent))
            return [unreadable(record, error)]

    def _prompt(self, record: Record) -> list[Event]:
        prompt, prompt_id = unwrapped(_text(record["message"]["content"])), str(record["promptId"])
        joined = self._names.recorded(prompt, prompt_id)
        turn = self._joined_to(record) or prompt_id
        if turn != prompt_id:
            joined += self._names.join(prompt_id, into=turn)
        self._turns[record["uuid"]] = turn
        return [*joined, PromptAccepted(prompt=prompt, turn=turn)]

    def _joined_to(self, record: Record) -> str | None:
        """Give the turn of the queued prompt that was sent at once with this one."""
        if record["promptSource"] != "queued":
            return None
        self._queued.add(record["uuid"])
        parent = record["parentUuid"]
        return self._turns[parent] if parent in self._queued else None

    def _hanging(self, record: Record, *, turn: str | None) -> list[Event]:
        self._turns[record["uuid"]] = turn
        read = _READERS.get(record["type"])
        if read is None:
            return _strange(record)
        if turn is None or record.get("isMeta"):
            return []
        return read(self, record, turn)

    def _user(self, record: Record, turn: str) -> list[Event]:
        content = record["message"]["content"]
        if isinstance(content, str):
            return []
        events: list[Event] = []
        for block in content:
            if block["type"] == "tool_result":
                events += self._result(block, record, turn)
            elif block["type"] == "text" and block["text"].startswith(_INTERRUPTED):
                self._endings.told(turn)
                events += [TurnEnded(stop_reason="cancelled", turn=turn), RecordEnded(turn=turn)]
        return events

    def _result(self, block: Record, record: Record, turn: str) -> list[Event]:
        output = _text(block.get("content", ""))
        is_error = bool(block.get("is_error"))
        returned = CallReturned(
            call=str(block["tool_use_id"]),
            output=output,
            is_error=is_error,
            exit_code=exit_code(output, is_error=is_error, response=record.get("toolUseResult")),
            turn=turn,
        )
        return [returned, *self._asks.returned(returned)]

    def _assistant(self, record: Record, turn: str) -> list[Event]:
        message = record["message"]
        if record.get("isApiErrorMessage"):
            return self._failure(record, turn)
        calls = tuple(_call(block) for block in message["content"] if block["type"] == "tool_use")
        for call in calls:
            self._asks.called(call, turn=turn)
        said = _text([block for block in message["content"] if block["type"] == "text"])
        if said == _SILENCE and message.get("model") == _SYNTHETIC:
            return []  # It hangs from a turn that may be long over.
        self._endings.said(turn, message.get("stop_reason"))
        return [
            MessageSaid(
                text=said,
                calls=calls,
                usage=Usage() if message.get("model") == _SYNTHETIC else usage_of(message.get("usage") or {}),
                turn=turn,
                id=str(message["id"]),
                model=_model(message),
            )
        ]

    def _failure(self, record: Record, turn: str) -> list[Event]:
        failure = Failure(
            message=_text(record["message"]["content"]), status=number(record.get("apiErrorStatus"))
        )
        closed = self._endings.failed(turn, failure, kind=str(record.get("error")))
        return [ErrorReported(error=failure, turn=turn), *closed]

    def _system(self, record: Record, turn: str) -> list[Event]:
        if record.get("subtype") != "turn_duration":
            return []
        return [*self._endings.of_record(turn), RecordEnded(turn=turn)]

    def _attachment(self, record: Record, turn: str) -> list[Event]:
        """A queued prompt that joined the running turn is written as an attachment."""
        attachment = record["attachment"]
        if attachment["type"] != "queued_command" or attachment.get("commandMode", "prompt") != "prompt":
            return []
        prompt = unwrapped(_text(attachment["prompt"]))
        self._names.left_queue(prompt)
        return [PromptAccepted(prompt=prompt, turn=turn)]

    def _queue_operation(self, record: Record) -> list[Event]:
        """What leaves the queue as a prompt is told by its own record; a command leaves it untold."""
        match record["operation"]:
            case "enqueue":
                content = unwrapped(_text(record["content"]))
                return [] if is_command(content) else [PromptQueued(prompt=content)]
            case "popAll":
                content = unwrapped(_text(record["content"]))
                self._names.left_queue(content)
                return [PromptsWithdrawn(prompts=(content,))]
        return []


_READERS: dict[str, Callable[[TranscriptReader, Record, str], list[Event]]] = {
    "user": TranscriptReader._user,
    "assistant": TranscriptReader._assistant,
    "system": TranscriptReader._system,
    "attachment": TranscriptReader._attachment,
}


_SILENT = frozenset(
    {
        *("agent-name", "ai-title", "custom-title", "last-prompt", "mode", "permission-mode", "summary"),
        *("api-request", "api-request-blob", "api-request-shape", "atis-latch", "cost-state", "progress"),
        *("file-history-delta", "file-history-snapshot", "tools-used"),
    }
)
"""The types of records that tell nothing of a turn."""


def _strange(record: Record) -> list[Event]:
    """Give an event for a record of a type that we do not know, which a later release may write."""
    kind = record["type"]
    known = kind in _SILENT or kind in _READERS
    return [] if known else [Unrecognised(what=f"transcript record {shown(kind)}")]


def unreadable(record: Record, error: Exception) -> Unrecognised:
    """Tell of a record that cannot be read."""
    return Unrecognised(what=f"transcript record {shown(record.get('type'))}: {error!r:.200}")


def _parent(record: Record) -> str:
    """Give what a record hangs from, none where it is the first."""
    return text(record.get("logicalParentUuid") or record["parentUuid"] or "")


def _stands_alone(record: Record) -> bool:
    return _is_prompt(record) or _is_shell_input(record)


def _is_prompt(record: Record) -> bool:
    return record["type"] == "user" and "promptSource" in record and not record.get("isMeta")


def _is_shell_input(record: Record) -> bool:
    """What the person at the terminal runs by `!command`, and the answer to it, belong to no turn."""
    message = record.get("message") if record["type"] == "user" else None
    content = message.get("content") if isinstance(message, Mapping) else None
    return isinstance(content, str) and content.startswith(_SHELL_INPUT)


def _call(block: Record) -> Call:
    return Call(id=str(block["id"]), name=str(block["name"]), input=dict(block["input"]))


def _model(message: Record) -> str | None:
    named = message.get("model")
    return named if isinstance(named, str) and named != _SYNTHETIC else None


def _text(content: object) -> str:
    """The text of a content: a string, or a list of blocks."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise TypeError(f"{shown(content)} is no content")
    return "\n".join(str(block["text"]) for block in content if block["type"] == "text")
