"""One example of a machine as it is played: its stage, its agent, and the steps that were told so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.machine.fitting import check_fits, fitting
from pytest_tmuxagent.machine.player import Player
from pytest_tmuxagent.machine.possible import is_possible, is_worthwhile
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
        """Do a step as it stands, and check it.

        Raises:
            Misuse: there is no agent of ours, or the model cannot tell what the step does.
        """
        player = self._player()
        now = player.situation
        if not is_possible(type(step), now):
            raise Misuse(_refusal(step, now, why="nobody can tell what it does"))
        try:
            check_fits(step, now)
        except Misuse as error:
            raise Misuse(_refusal(step, now, why=str(error))) from error
        self._play(step, player)

    def play_drawn(self, step: Step) -> None:
        """Do a step of our rules with as many of its replies as fit, and check it; or leave it."""
        player = self._player()
        fitted = fitting(step, player.situation)
        if fitted is not None:
            self._play(fitted, player)

    def draws(self, kind: type[Step]) -> bool:
        """Whether a rule of ours does a step of that kind now."""
        return self.player is not None and is_worthwhile(kind, self.player.situation)

    def is_idle(self) -> bool:
        """Whether our agent does nothing, and will do nothing by itself."""
        player = self._player()
        return player.situation.is_idle and player.agent.state == "idle"

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
        if self.player is not None and (self.stage.is_ours or self._knows_all):
            self.player.finish()
        problem = self.stage.sandbox.take_problem()
        if problem is not None:
            raise problem

    @property
    def _knows_all(self) -> bool:
        """Whether all that was done went through here, though the stage is another's."""
        return self.plays_in_rules or any(not isinstance(step, Called) for step in self.told)

    def _player(self) -> Player:
        if self.player is None:
            raise Misuse("this machine has a program, and no agent of ours: set `launches_agent = True`")
        return self.player

    def _play(self, step: Step, player: Player) -> None:
        if self._depth:
            self.plays_in_rules = True
        else:
            self.told.append(step)
        player.play(step)


def _refusal(step: Step, now: Situation, *, why: str) -> str:
    """Say that a step cannot be played, and what to do."""
    state = now.state or "at work, or idle already"
    rest = f" ({now.running.rest})" if now.running is not None else ""
    remedy = (
        f"Play it where `self.can({type(step).__name__})`, or in a rule with `@when_idle` above its `@rule`"
    )
    if hasattr(step, "replies"):
        remedy += "; `replies=` are those to its model requests, to where the turn ends or rests, and no more"
    return f"machine.play({step!r}): {why}. The agent is {state}{rest}. {remedy}."
