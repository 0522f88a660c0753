"""AgentMachine: a rule-based state machine over an agent, to be run as it is or with rules of one's own."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hypothesis import currently_in_test_context, note

from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.bench import AgentSandbox
from pytest_tmuxagent.machine import recording, steps
from pytest_tmuxagent.machine.drawing import fitting
from pytest_tmuxagent.machine.model import is_possible
from pytest_tmuxagent.machine.player import Player
from pytest_tmuxagent.machine.rules import StepRules
from pytest_tmuxagent.machine.runner import test_case_of
from pytest_tmuxagent.machine.situation import Situation, manners_of
from pytest_tmuxagent.machine.stage import Stage, stage
from pytest_tmuxagent.machine.steps import Step
from pytest_tmuxagent.machine.writing import Setting, written
from pytest_tmuxagent.programs.program import Program
from pytest_tmuxagent.programs.running import Ready
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.session import AgentSession

if TYPE_CHECKING:
    from typing_extensions import Self


class AgentMachine(StepRules):
    """What people and the world do to an agent, in any order, each step checked against a model.

    Subclass it to add rules and invariants; `TestX = MyMachine.TestCase` is its test. A rule of ours is left
    out by `crash = None`. In rules of your own use `agent`, `sandbox`, `script` and `program` at will, as
    long as the agent is idle afterwards, or `play(step)`, which checks the step, too.

    `agent_name` and `permissions` are those of the run where they are not named; `agent_options` are further
    arguments of `launch_agent`. With a `program_under_test`, which is started in the sandbox and waited for
    by `program_ready`, no agent of ours is launched, unless `launches_agent`.
    """

    agent_name: str | None = None
    permissions: Permissions | None = None
    agent_options: Mapping[str, Any] = {}
    program_under_test: Sequence[str] = ()
    program_ready: Ready | None = None
    launches_agent: bool = False

    agent: AgentSession
    sandbox: AgentSandbox
    script: Script
    program: Program

    _on: AgentSession | AgentSandbox | None = None

    def __init__(self) -> None:
        super().__init__()
        self._player: Player | None = None
        self._told: list[Step] = []
        self._calls = 0
        self._stage: Stage | None = None
        if self._on is None:
            self._stage = stage()
            self._stage.begin()
            self._enter(self._stage)

    def __init_subclass__(cls, **arguments: Any) -> None:  # noqa: ANN401 - object's
        super().__init_subclass__(**arguments)
        recording.record_rules_of(cls)

    @classmethod
    def on(cls, place: AgentSession | AgentSandbox) -> Self:
        """Give a machine around an agent, or in a sandbox, without hypothesis: its rules can be called."""
        there = type(cls.__name__, (cls,), {"_on": place})()
        there._take_over(place)
        return there  # type: ignore[no-any-return]

    def play(self, step: Step) -> None:
        """Do a step and check it; one that the model cannot tell here is left out."""
        assert self._player is not None, "a machine without an agent of ours plays no steps"
        fitted = fitting(step, self._player.situation)
        if fitted is None:
            return
        if not self._calls:
            self._told.append(fitted)
        self._player.play(fitted)

    def can(self, kind: type[Step]) -> bool:
        """Whether what a step of that kind does now can be told."""
        return self._player is not None and is_possible(kind, self._player.situation)

    @property
    def asks(self) -> Permissions:
        """The permissions that the agent has."""
        return self.permissions or self.sandbox.permissions or "allow"

    def as_test(self) -> str:
        """Write what was done so far as the source of a pytest test."""
        name = self._player.agent.name if self._player else ""
        own = recording.has_own(type(self))
        setting = Setting(
            agent=name,
            permissions=self.asks,
            rung="stub" if self.sandbox.rung is None else "scripted",
            module=type(self).__module__ if own else "",
            machine=type(self).__qualname__ if own else "",
            invariants=recording.invariants_of(type(self)),
        )
        return written(self._told, beginning=self._beginning(name), setting=setting)

    def teardown(self) -> None:
        """Check what must be true in the end; where something failed, tell the story. Call it by `super`."""
        try:
            if self._player is not None and sys.exc_info()[0] is None:
                self._player.finish()
        finally:
            if sys.exc_info()[0] is not None and currently_in_test_context():
                note(f"This story as a test:\n\n{self.as_test()}\n# The end of the story.")
            if self._stage is not None:
                self._stage.end()

    @contextmanager
    def calling(self, call: steps.Called) -> Iterator[None]:
        """Take a rule of the user's own into the story while it runs."""
        if not self._calls:
            self._told.append(call)
        self._calls += 1
        try:
            yield
            if self._player is not None:
                self._player.rebase()
        finally:
            self._calls -= 1

    def _enter(self, there: Stage) -> None:
        self.sandbox = there.sandbox
        self.script = self.sandbox.script
        if self.program_under_test:
            self.program = there.start(self.program_under_test, ready=self.program_ready)
        if self.launches_agent or not self.program_under_test:
            self._meet(
                there.launch(self.agent_name, permissions=self.permissions, options=self.agent_options)
            )

    def _take_over(self, place: AgentSession | AgentSandbox) -> None:
        if isinstance(place, AgentSession):
            self.sandbox = place.sandbox  # type: ignore[assignment]
            self._meet(place)
        else:
            self.sandbox, self.script = place, place.script
        if self.program_under_test:
            self.program = self.sandbox.start(self.program_under_test, ready=self.program_ready)

    def _meet(self, agent: AgentSession) -> None:
        self.agent, self.script = agent, agent.script
        self._player = Player(agent, situation=self._beginning(agent.name), machine=self)

    def _beginning(self, name: str) -> Situation:
        return Situation(manners=manners_of(name, permissions=self.asks))

    @classmethod
    @lru_cache
    def _to_test_case(cls) -> Any:  # noqa: ANN401 - hypothesis' own
        return test_case_of(cls, base=super()._to_test_case.__wrapped__(cls))
