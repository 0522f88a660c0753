"""The values a test asserts on: a turn, and what it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pytest_tmuxagent.grid import Screen

StopReason = Literal["end_turn", "cancelled", "refusal", "max_tokens", "max_turn_requests", "failed"]
"""The Agent Client Protocol's words, and `failed`: the agent reported an error."""

Kind = Literal["write", "edit", "read", "shell", "ask_user", "other"]
"""What a tool call does, whatever the vendor calls the tool."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens, as the agent counted them."""

    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The error an agent reported: its words, and the HTTP status where there was one."""

    message: str
    status: int | None = None

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A tool call: the vendor's name and input, our kind, and what came of it.

    `output` is None as long as the call has no result (it was denied, or the turn was interrupted).
    """

    id: str
    name: str
    kind: Kind
    input: Mapping[str, Any] = field(default_factory=dict)
    output: str | None = None
    is_error: bool = False
    exit_code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A permission that was asked for; `decision` is None where nobody answered."""

    name: str
    kind: Kind
    input: Mapping[str, Any] = field(default_factory=dict)
    decision: Literal["allow", "allow_always", "deny"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChanges:
    """What happened to the files of the workdir: paths relative to it, with `/`."""

    created: frozenset[str] = frozenset()
    modified: frozenset[str] = frozenset()
    deleted: frozenset[str] = frozenset()

    @property
    def changed(self) -> frozenset[str]:
        """Created, modified or deleted."""
        return self.created | self.modified | self.deleted

    def __bool__(self) -> bool:
        return bool(self.changed)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.changed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of a conversation, from the prompt that opened it to its end.

    `text` is the answer: what the model said last. `ended_by` names the signal that ended the turn.
    `ended_at` is when that signal arrived, `completed_at` when the record of the turn was whole, both
    in seconds of `time.monotonic()`; `duration` runs from the acceptance of the prompt to `ended_at`.
    `unsent` lists prompts the agent gave back instead of sending them.
    """

    prompts: tuple[str, ...]
    text: str
    stop_reason: StopReason
    tool_calls: tuple[ToolCall, ...] = ()
    permissions: tuple[Permission, ...] = ()
    files: FileChanges = field(default_factory=FileChanges)
    usage: Usage = field(default_factory=Usage)
    error: Failure | None = None
    duration: float = 0.0
    ended_by: str = ""
    ended_at: float = 0.0
    completed_at: float = 0.0
    unsent: tuple[str, ...] = ()
    screen: Screen = field(default_factory=Screen, repr=False)

    @property
    def prompt(self) -> str:
        """The prompt that opened the turn."""
        return self.prompts[0] if self.prompts else ""
