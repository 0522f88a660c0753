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
from pytest_tmuxagent.programs.program import Program
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.session import AgentSession


class Performance:
    """What a machine knows of its example; all of it is in here, so that users have the other names.

    `agent_name` is that of our own agent, and empty where none takes part. `enter` has all come onto the
    stage, once it is needed: Hypothesis throws some examples away before they have done anything.
    """

    def __init__(
        self, stage: Stage, *, permissions: Permissions, agent_name: str, enter: Callable[[], None]
    ) -> None:
        self.stage = stage
        self.permissions = permissions
        self.agent_name = agent_name
        self.player: Player | None = None
        self.program: Program | None = None
        self._enter = enter
        self._is_on = False
        self.told: list[Step] = []
        self.plays_in_rules = False
        self.is_printed = False
        self._depth = 0

    @property
    def beginning(self) -> Situation:
        """What is true before the first step."""
        return Situation(manners=manners_of(self.agent_name, permissions=self.permissions))

    def begin(self) -> None:
        """Have all come onto the stage, unless they are there."""
        if not self._is_on:
            self._is_on = True
            self.stage.begin()
            self._enter()

    def meet(self, agent: AgentSession, *, machine: object, launch: Callable[[Script], AgentSession]) -> None:
        """Let the agent come onto the stage."""
        self.agent_name = agent.name
        self.player = Player(agent, situation=self.beginning, machine=machine, launch=launch)

    def replace(self, agent: AgentSession) -> None:
        """Let another agent stand in the place of the one that is gone."""
        self._player().agent = agent

    @property
    def situation(self) -> Situation:
        """What is true of our agent now, though it may not be on the stage yet."""
        return self.player.situation if self.player else self.beginning

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
        fitted = fitting(step, self.situation)
        if fitted is not None:
            self._play(fitted, self._player())

    def draws(self, kind: type[Step]) -> bool:
        """Whether a rule of ours does a step of that kind now."""
        return bool(self.agent_name) and is_worthwhile(kind, self.situation)

    def is_idle(self) -> bool:
        """Whether our agent does nothing, and will do nothing by itself."""
        self._check_takes_part()
        player = self.player
        return player is None or (player.situation.is_idle and player.agent.state == "idle")

    def can(self, kind: type[Step]) -> bool:
        """Whether what a step of that kind does now can be told."""
        return bool(self.agent_name) and is_possible(kind, self.situation)

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
        if not self._is_on:
            return
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
        self._check_takes_part()
        self.begin()
        assert self.player is not None, "our agent comes onto the stage when that begins"
        return self.player

    def _check_takes_part(self) -> None:
        if not self.agent_name:
            raise Misuse("this machine has a program, and no agent of ours: set `launches_agent = True`")

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
