"""What stands on the stage while a story is played, and the calls of a user's own rules there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pytest_tmuxagent.script.script import ReplyHandle
from pytest_tmuxagent.session import AgentSession


class Scene(Protocol):
    """What a step finds on the stage."""

    agent: AgentSession
    released: ReplyHandle | None
    machine: object

    def launch(self) -> AgentSession:
        """Launch an agent as the one that is there was launched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A rule of the user's own was called with these arguments, and gave that result."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    result: object = None

    def play(self, scene: Scene) -> object:
        return getattr(scene.machine, self.name)(**self.arguments)

    @property
    def source(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"machine.{self.name}({given})"
