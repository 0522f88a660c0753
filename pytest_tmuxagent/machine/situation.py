"""What must be true of an agent at one moment of a story, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.events import Decision
from pytest_tmuxagent.script.composition import Reply
from pytest_tmuxagent.turn import StopReason

Rest = Literal["held", "stalled", "blocked"]
Life = Literal["alive", "exited", "serverless", "closed"]
Always = Literal["kind", "same", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """What differs between agents.

    `steers`: a prompt can be given into the running turn. `keeps_queue`: what is queued when a turn is
    interrupted, or ends, opens the next turn, all together; to the others an interrupt gives it back.
    `forgets_to_ask`: behind an answer that broke, no dialog may come for a file that is to be written.
    `always`: what is not asked about again once it was allowed for always: the kind of tool, the same
    command or file, or nothing, for a rule demands that each use is confirmed.
    """

    steers: bool = False
    keeps_queue: bool = False
    asks: bool = False
    forgets_to_ask: bool = False
    always: Always = "kind"


def manners_of(agent: str, *, permissions: Permissions) -> Manners:
    """Give the manners of the agent of that name. Source: facts of `tests/contract`."""
    return Manners(
        steers=agent == "codex",
        keeps_queue=agent == "claude",
        asks=permissions == "ask",
        forgets_to_ask=agent == "codex",  # 0.169.0
        always=_ALWAYS.get(agent, "kind"),
    )


_ALWAYS: Mapping[str, Always] = {"claude": "never", "codex": "same"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A turn as it must be returned; None is what cannot be told."""

    prompts: tuple[str, ...]
    stop_reason: StopReason
    text: str | None = None
    unsent: tuple[str, ...] | None = ()
    decisions: tuple[Decision, ...] | None = ()
    changed: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A turn that rests: at a hold, at an answer that never ends, or at a dialog."""

    prompts: tuple[str, ...]
    rest: Rest
    reply: Reply
    holds: int = 0
    dialogs: int = 0
    decisions: tuple[Decision, ...] = ()
    attempts: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A prompt in the agent's own queue, and how it will be answered."""

    prompt: str
    replies: tuple[Reply, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that is known of the agent; `ended` are the turns that were begun and not returned yet.

    Where nothing `running` is and `ended` is not empty, the agent may still be at work on those.
    `asked` has the prompts of each model request, `files` what the tools have written; those that are
    `unread` were written before the agent was started, which may refuse to change what it has not read.
    `allowed` is what the agent asks about no more, `unsure` what an agent before it did not.
    """

    manners: Manners
    life: Life = "alive"
    running: Running | None = None
    queued: tuple[Queued, ...] = ()
    ended: tuple[Expected, ...] = ()
    returned: tuple[Expected, ...] = ()
    asked: tuple[tuple[str, ...], ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    at_work: bool = False

    @property
    def state(self) -> str | None:
        """The agent's state; None while it may be busy or idle already."""
        if self.life != "alive":
            return "exited"
        if self.running is not None:
            return "blocked" if self.running.rest == "blocked" else "busy"
        return None if self.at_work else "idle"

    @property
    def is_idle(self) -> bool:
        return self.state == "idle"
