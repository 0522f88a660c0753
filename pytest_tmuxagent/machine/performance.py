"""One example of a machine as it is played: its stage, its agent, and the steps that were told so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.machine.fitting import fitting
from pytest_tmuxagent.machine.player import Player
from pytest_tmuxagent.machine.possible import is_possible
from pytest_tmuxagent.machine.situation import Situation, manners_of
from pytest_tmuxagent.machine.stage import Stage
from pytest_tmuxagent.machine.steps import Called, Step
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.session import AgentSession


class Performance:
    """What a machine knows of its example; all of it is in here, so that users have the other names."""

    def __init__(self, stage: Stage, *, permissions: Permissions) -> None:
        self.stage = stage
        self.permissions = permissions
        self.player: Player | None = None
        self.told: list[Step] = []
        self.plays_in_rules = False
        self._depth = 0

    @property
    def agent_name(self) -> str:
        """The name of our own agent; empty where none takes part."""
        return self.player.agent.name if self.player else ""

    @property
    def beginning(self) -> Situation:
        """What is true before the first step."""
        return Situation(manners=manners_of(self.agent_name, permissions=self.permissions))

    def meet(self, agent: AgentSession, *, machine: object, launch: Callable[[Script], AgentSession]) -> None:
        """Let the agent come onto the stage."""
        manners = manners_of(agent.name, permissions=self.permissions)
        self.player = Player(agent, situation=Situation(manners=manners), machine=machine, launch=launch)

    @property
    def called(self) -> frozenset[str]:
        """The names of the user's own rules that were called."""
        return frozenset(step.name for step in self.told if isinstance(step, Called))

    def play(self, step: Step) -> None:
        """Do a step and check it; one that the model cannot tell here is left out."""
        assert self.player is not None, "a machine without an agent of ours plays no steps"
        fitted = fitting(step, self.player.situation)
        if fitted is None:
            return
        if self._depth:
            self.plays_in_rules = True
        else:
            self.told.append(fitted)
        self.player.play(fitted)

    def can(self, kind: type[Step]) -> bool:
        """Whether what a step of that kind does now can be told."""
        return self.player is not None and is_possible(kind, self.player.situation)

    @contextmanager
    def calling(self, call: Called) -> Iterator[list[Any]]:
        """Take a rule of the user's own into the story while it runs; what it gives comes into the list."""
        place, results = len(self.told), list[Any]()
        is_told = not self._depth
        if is_told:
            self.told.append(call)
        self._depth += 1
        try:
            yield results
            if is_told:
                self.told[place] = replace(call, result=results[0])
            if self.player is not None:
                self.player.rebase()
        finally:
            self._depth -= 1

    def finish(self) -> None:
        """Check what must be true in the end."""
        if self.player is not None and self.stage.is_ours:
            self.player.finish()
