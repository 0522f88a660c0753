"""The steps of a course: each call, or what it does one by one, as it stands beside the expected ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_tmuxagent.trajectory.recorded import RecordedAct, RecordedAsk


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was done; `act` is None for a call that is meant as a whole, in its vendor's words.

    `number` is that of the call, from 1. A patch of two files is one call and two steps.
    """

    number: int
    call: RecordedAsk
    act: RecordedAct | None = None
    workdir: Path | None = None

    @property
    def kind(self) -> str:
        """What it does."""
        return self.call.kind if self.act is None else self.act.kind

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What it is done with: in our words, or the vendor's where it is a whole call."""
        return self.call.input if self.act is None else self.act.arguments

    @property
    def is_of_a_vendor(self) -> bool:
        """Whether no words but the vendor's can tell what it is."""
        return self.act is None or self.act.kind == "other"

    @property
    def command(self) -> str | None:
        """The command by which it is done, whatever that does."""
        given = self.call.input.get("command") or self.call.input.get("cmd")
        return given if isinstance(given, str) else None

    @property
    def as_command(self) -> Step:
        """The same as nothing but its command."""
        return replace(self, act=OnlyAct(kind="shell", arguments={"command": self.command}))

    @property
    def exit_code(self) -> int | None:
        """How its command ended; 0 where the agent tells of no error, None where it has no result."""
        code: int | None = getattr(self.call, "exit_code", None)
        if code is not None or getattr(self.call, "output", None) is None:
            return code
        return None if getattr(self.call, "is_error", False) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyAct:
    """What a call does, where nobody has read that: the vendor's own input."""

    kind: str
    arguments: Mapping[str, Any]


def steps(
    calls: Iterable[RecordedAsk], *, workdir: Path | None, is_whole: Callable[[Step], bool]
) -> Sequence[Step]:
    """Give the steps of these calls; of those that do several things, what `is_whole` knows stays one."""
    return tuple(
        step
        for number, call in enumerate(calls, start=1)
        for step in _steps(Step(number=number, call=call, workdir=workdir), is_whole)
    )


def _steps(whole: Step, is_whole: Callable[[Step], bool]) -> Iterable[Step]:
    if len(whole.call.acts) > 1 and is_whole(whole):
        return (whole,)
    acts = whole.call.acts or (OnlyAct(kind=whole.call.kind, arguments=whole.call.input),)
    return (Step(number=whole.number, call=whole.call, act=act, workdir=whole.workdir) for act in acts)
