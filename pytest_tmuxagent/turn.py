"""The values a test asserts on: a turn, and what it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pytest_tmuxagent.grid import Screen
from pytest_tmuxagent.trajectory.assertions import Assertions

StopReason = Literal["end_turn", "cancelled", "refusal", "max_tokens", "max_turn_requests", "failed"]
"""The Agent Client Protocol's words, and `failed`: the agent reported an error."""

Kind = Literal["write", "edit", "read", "shell", "ask_user", "other"]
"""What a tool call does, whatever the vendor calls the tool."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens, as the agent counted them.

    `input_tokens` are all that the model read, and of those `cache_read_tokens` came from a cache and
    `cache_write_tokens` were put into one.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cache_read_tokens=self.cache_read_tokens + other.cache_read_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What was used up; `cost_usd` is None where a model has no known price, and nothing else is counted."""

    turns: int = 0
    tool_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0
    judge_cost_usd: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        unknown = self.cost_usd is None or other.cost_usd is None
        return Spent(
            turns=self.turns + other.turns,
            tool_calls=self.tool_calls + other.tool_calls,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost_usd=None if unknown else (self.cost_usd or 0.0) + (other.cost_usd or 0.0),
            judge_cost_usd=self.judge_cost_usd + other.judge_cost_usd,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The error an agent reported: its words, and the HTTP status where there was one."""

    message: str
    status: int | None = None

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that a tool call does, in words that no vendor has.

    `arguments` have the names that the words of a script take: `path`, `content`, `old` and `new`, `command`,
    `question` and `options`; those that the agent does not tell are missing. Of several changes to one file
    they have `edits`, a list. Where `kind` is `other` they are the vendor's input.
    """

    kind: Kind
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A tool call: the vendor's name and input, our kind, and what came of it.

    `acts` are what it does: more than one where it changes several files.
    `output` is None as long as the call has no result (it was denied, or the turn was interrupted).
    """

    id: str
    name: str
    kind: Kind
    input: Mapping[str, Any] = field(default_factory=dict)
    acts: tuple[Act, ...] = ()
    output: str | None = None
    is_error: bool = False
    exit_code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A permission that was asked for, as its tool call; `decision` is None where nobody answered."""

    name: str
    kind: Kind
    input: Mapping[str, Any] = field(default_factory=dict)
    acts: tuple[Act, ...] = ()
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

    def then(self, later: FileChanges) -> FileChanges:
        """Give what happened in all, when first this and then that did."""
        return FileChanges(
            created=(self.created - later.deleted) | (later.created - self.deleted),
            modified=(self.modified - later.deleted)
            | (later.modified - self.created)
            | (later.created & self.deleted),
            deleted=(self.deleted - later.created) | (later.deleted - self.created),
        )

    def __bool__(self) -> bool:
        return bool(self.changed)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.changed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn(Assertions):
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
    workdir: Path | None = field(default=None, repr=False)

    @property
    def prompt(self) -> str:
        """The prompt that opened the turn."""
        return self.prompts[0] if self.prompts else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory(Assertions):
    """What an agent did in several turns, as if it were one."""

    tool_calls: tuple[ToolCall, ...] = ()
    permissions: tuple[Permission, ...] = ()
    files: FileChanges = field(default_factory=FileChanges)
    workdir: Path | None = None


def trajectory_of(turns: Sequence[Turn]) -> Trajectory:
    """Join turns, in their order."""
    files = FileChanges()
    for turn in turns:
        files = files.then(turn.files)
    return Trajectory(
        tool_calls=tuple(call for turn in turns for call in turn.tool_calls),
        permissions=tuple(permission for turn in turns for permission in turn.permissions),
        files=files,
        workdir=next((turn.workdir for turn in turns if turn.workdir), None),
    )
