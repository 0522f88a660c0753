"""The values of an interleaving: what an agent did in truth, and in which order its sources told of it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass

from pytest_tmuxagent.events import CallReturned, Decision, MessageSaid, Observation
from pytest_tmuxagent.turn import StopReason, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueTurn:
    """A turn as it was. `stop_reason` is None where the agent's process ended in its midst."""

    name: str
    prompts: tuple[str, ...]
    stop_reason: StopReason | None = None
    messages: tuple[MessageSaid, ...] = ()
    results: tuple[CallReturned, ...] = ()
    asked: tuple[str, ...] = ()
    decisions: tuple[tuple[str, Decision], ...] = ()
    unsent: tuple[str, ...] = ()
    has_whole_record: bool = True
    """Whether all that is awaited of its record is told; else it completes when its record is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What an agent did: its turns, in the order in which they began, and whether it is gone at the end."""

    turns: tuple[TrueTurn, ...]
    keeps_record: bool = True
    exited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a machine hears next: an observation, or None for the agent being started anew.

    `of` is the place, in the truth, of the turn that it is about; None where it is about none.
    """

    observation: Observation | None
    of: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interleaving:
    """A truth, and all that its sources tell of it, in one of the orders in which it may arrive.

    Each source tells in its own order. Between sources everything may be late, early, twice, without a
    name, or lost; at least one of them tells how each turn ended that did. What cannot be otherwise in any
    world holds: a model request was heard before anything that came of its answer, and a person acts on
    what was heard before.
    """

    agent: str
    truth: Truth
    told: tuple[Told, ...]

    @property
    def observations(self) -> tuple[Observation, ...]:
        """What is observed, in the order of arrival."""
        return tuple(told.observation for told in self.told if told.observation is not None)

    def __str__(self) -> str:
        """Tell the story, line by line."""
        lines = [f"{self.agent}:", *(f"  in truth: {_brief(turn)}" for turn in self.truth.turns)]
        for told in self.told:
            seen = told.observation
            lines.append("  restarted" if seen is None else f"  {seen.source}: {_brief(seen.event)}")
        return "\n".join(lines)


def _brief(value: object) -> str:
    """Print a value without what is as it is by default."""
    assert is_dataclass(value)
    names = [field.name for field in fields(value)]
    given = {name: getattr(value, name) for name in names}
    said = (f"{name}={value!r}" for name, value in given.items() if value not in (None, (), Usage()))
    return f"{type(value).__name__}({', '.join(said)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """By which of its sources an agent tells what, so far as its turns depend on it."""

    name: str
    hooks: frozenset[str] = field(default_factory=frozenset)
    """Of `prompt`, `permission`, `end` (an end of its own), `cancelled` (an end by an interrupt)."""
    names_requests: bool = True
    """Whether a model request names its turn as the agent's other sources do."""
    keeps_record: bool = True
    shows_queue: bool = False
    """Whether only its screen tells of its queue, else its record does."""
    has_queue: bool = True
    gives_queue_back: bool = True
    """Whether an interrupt gives queued prompts back; else they open the next turn, all at once."""
    gives_prompts_back: bool = False
    """Whether an interrupt before the first word takes the prompt back, which only the screen tells."""
    is_ours: bool = True
    """Whether the only person who acts on it is the test, who waits for what it did before."""


AGENTS = (
    Habits(name="plain", hooks=frozenset({"prompt", "permission", "end", "cancelled"})),
    Habits(
        name="claude",
        hooks=frozenset({"prompt", "permission", "end"}),
        names_requests=False,
        gives_queue_back=False,
        gives_prompts_back=True,
    ),
    Habits(
        name="claude's face",
        hooks=frozenset({"prompt", "permission", "end"}),
        gives_queue_back=False,
        gives_prompts_back=True,
    ),
    Habits(name="codex", shows_queue=True),
    Habits(
        name="claude of a program",
        names_requests=False,
        gives_queue_back=False,
        gives_prompts_back=True,
        is_ours=False,
    ),
    Habits(name="codex of a program", has_queue=False, is_ours=False),
    Habits(name="only a screen", keeps_record=False, has_queue=False),
)
"""Those we know: Claude Code 2.1.197 and 2.1.329, Codex CLI 0.169.0, our faces, and a program's own TUI."""
