"""What is observed of an agent: one frozen value per thing that can be reported.

Signals (hooks, wire, transcript, screen, process) turn what they see into these; `turns.py` alone
decides what they mean. `turn` is the agent's own name for the turn, or None where it gives none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pytest_tmuxagent.errors import ScriptMismatch
from pytest_tmuxagent.turn import Failure, StopReason, Usage

Source = Literal["session", "hook", "wire", "transcript", "status", "osc", "screen", "process"]
Activity = Literal["busy", "waiting", "idle"]
Decision = Literal["allow", "allow_always", "deny"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReady:
    """The input box is there and empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptAccepted:
    """The agent took a prompt: it opened a turn, or joined the running one."""

    prompt: str
    turn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptQueued:
    """The agent put a prompt into its own queue."""

    prompt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptsWithdrawn:
    """Prompts left the agent's queue, and were not sent."""

    prompts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnsJoined:
    """What was taken for the turn `turn` is a part of `into`: several queued prompts opened one turn."""

    turn: str
    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationNamed:
    """The agent writes the conversation of this id down; `path` is the file, where that is known."""

    session: str
    path: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityReported:
    """The agent says what it does, and not of which turn, nor how one ended."""

    activity: Activity


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A tool call as the agent's record gives it."""

    id: str
    name: str
    input: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSaid:
    """The model's answer to one request.

    An agent that writes an answer down piece by piece gives all of them the same `id`: the texts and the
    calls add up, the usage is that of the whole. `model` is who answered, where the agent tells.
    """

    text: str
    calls: tuple[Call, ...] = ()
    usage: Usage = field(default_factory=Usage)
    turn: str | None = None
    id: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReturned:
    """A tool call has its result."""

    call: str
    output: str
    is_error: bool = False
    exit_code: int | None = None
    turn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionAsked:
    """The agent stands at a permission dialog."""

    call: Call
    turn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionSettled:
    """A permission dialog was answered."""

    call: str
    decision: Decision
    turn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogClosed:
    """A permission dialog is gone from the screen; what the answer was is told later, or by others."""

    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorReported:
    """The agent gave up on something, and says why."""

    error: Failure
    turn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnded:
    """The agent's own word that a turn is over."""

    stop_reason: StopReason
    text: str | None = None
    error: Failure | None = None
    unsent: tuple[str, ...] = ()
    turn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEnded:
    """The transcript holds all that it will hold of a turn."""

    turn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOpened:
    """The agent asked the model. `script_turn` is the turn as the script counts it.

    `model` is the one that the agent named; a stub names none.
    """

    request_id: str
    prompt: str
    prompts: tuple[str, ...] = ()
    turn: str | None = None
    pid: int | None = None
    script_turn: str | None = None
    agent: str = ""
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestClosed:
    """The model's answer is over: it was `delivered` to its end, or given up by either side.

    `usage` is what the answer cost and `calls` how many it had, `called` those that were delivered;
    `failure` is the error that stood for it.
    """

    request_id: str
    has_calls: bool = False
    delivered: bool = True
    pid: int | None = None
    usage: Usage = field(default_factory=Usage)
    calls: int = 0
    called: tuple[Call, ...] = field(default=(), repr=False, compare=False)
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOpened:
    """A stub connected to the script."""

    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkClosed:
    """A stub's connection to the script ended."""

    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptProblem:
    """The agent asked for something that is not in the script."""

    error: ScriptMismatch


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessExited:
    """The agent's process is gone."""

    status: int | None = None
    signal: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentClosed:
    """The test ended the agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLost:
    """The tmux server of the agent is gone."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrecognised:
    """Something the agent wrote that we cannot read: kept, counted and shown."""

    what: str


Event = (
    AgentReady
    | PromptAccepted
    | PromptQueued
    | PromptsWithdrawn
    | TurnsJoined
    | ConversationNamed
    | ActivityReported
    | MessageSaid
    | CallReturned
    | PermissionAsked
    | PermissionSettled
    | DialogClosed
    | ErrorReported
    | TurnEnded
    | RecordEnded
    | RequestOpened
    | RequestClosed
    | LinkOpened
    | LinkClosed
    | ScriptProblem
    | ProcessExited
    | AgentClosed
    | ServerLost
    | Unrecognised
)
WireEvent = RequestOpened | RequestClosed | LinkOpened | LinkClosed | ScriptProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """An event, when it arrived (monotonic seconds) and who reported it."""

    event: Event
    at: float
    source: Source
