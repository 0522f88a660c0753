"""A story: steps in a row, which can be played on an agent, and written as a test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.machine.player import Player
from pytest_tmuxagent.machine.setting import Setting
from pytest_tmuxagent.machine.situation import Situation, manners_of
from pytest_tmuxagent.machine.steps import Step
from pytest_tmuxagent.machine.writing import written
from pytest_tmuxagent.session import AgentSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What a person and the world do to an agent of that name and with those permissions."""

    agent: str = "claude"
    permissions: Permissions = "allow"
    steps: Sequence[Step] = ()

    def play(self, agent: AgentSession) -> None:
        """Play it on an agent that was just launched, and check after each step what must be true.

        Raises:
            AssertionError: the agent does what it must not.
            AgentError: a verb fails where it must not.
            Misuse: the agent is another one than the story is about.
        """
        if agent.name != self.agent:
            raise Misuse(
                f"this story is about {self.agent}, not {agent.name}: draw it by stories({agent.name!r})"
            )
        player = Player(agent, situation=self.beginning)
        for step in self.steps:
            player.play(step)
        player.finish()

    @property
    def beginning(self) -> Situation:
        """What is true before the first step."""
        return Situation(manners=manners_of(self.agent, permissions=self.permissions))

    def as_test(self, *, rung: str = "stub") -> str:
        """Write it as the source of a pytest test that uses public verbs alone."""
        setting = Setting(agent=self.agent, permissions=self.permissions, rung=rung)
        return written(self.steps, beginning=self.beginning, setting=setting)
