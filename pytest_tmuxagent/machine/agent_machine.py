"""AgentMachine: a rule-based state machine over an agent, to be run as it is or with rules of one's own."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hypothesis import currently_in_test_context, note

from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.bench import AgentSandbox
from pytest_tmuxagent.machine import recording
from pytest_tmuxagent.machine.names import check_names
from pytest_tmuxagent.machine.performance import Performance
from pytest_tmuxagent.machine.rules import StepRules
from pytest_tmuxagent.machine.runner import test_case_of
from pytest_tmuxagent.machine.setting import setting_of
from pytest_tmuxagent.machine.stage import on_stage, stage
from pytest_tmuxagent.machine.steps import Step
from pytest_tmuxagent.machine.taken import TakenStage
from pytest_tmuxagent.machine.writing import written
from pytest_tmuxagent.programs.program import Program
from pytest_tmuxagent.programs.running import Ready
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.session import AgentSession

if TYPE_CHECKING:
    from typing_extensions import Self


class AgentMachine(StepRules):
    """What people and the world do to an agent, in any order, each step checked against a model.

    Subclass it to add rules and invariants; `TestX = MyMachine.TestCase` is its test. A rule of ours is left
    out by `crash = None`, and replaced by a `@rule` of the same name. In rules of your own use `agent`,
    `sandbox`, `script` and `program` at will, as long as the agent is idle afterwards, or `play(step)`,
    which checks the step, too. They are called at any moment, when the agent is busy or gone as well: one
    that needs it idle, as all that begin with `self.agent.ask`, has `@when_idle` above its `@rule`:

        @when_idle
        @rule(question=prompts())
        def is_asked(self, question):
            self.script.reply("hello")
            assert self.agent.ask(question).text == "hello"

    `agent_name` and `permissions` are those of the run where they are not named; `agent_options` are further
    arguments of `launch_agent`. With a `program_under_test`, which is started in the sandbox and waited for
    by `program_ready`, no agent of ours is launched, unless `launches_agent`.

    These names are taken, beside those just named, those of `RuleBasedStateMachine` and of our rules: `can`,
    `on`, `as_test`, `assert_invariants`. A class that gives one of them to something else is refused.
    """

    agent_name: str | None = None
    permissions: Permissions | None = None
    agent_options: Mapping[str, Any] = {}
    program_under_test: Sequence[str] = ()
    program_ready: Ready | None = None
    launches_agent: bool = False

    def __init__(self) -> None:
        super().__init__()
        there = stage()
        has_agent = self.launches_agent or not self.program_under_test
        self._performance = Performance(
            there,
            permissions=self.permissions or there.sandbox.permissions or "allow",
            agent_name=there.name_of(self.agent_name) if has_agent else "",
            enter=self._enter,
        )
        if self.program_under_test:
            self._begin()

    def __init_subclass__(cls, **arguments: Any) -> None:  # noqa: ANN401 - object's
        super().__init_subclass__(**arguments)
        check_names(cls, ours=AgentMachine)
        recording.record_rules_of(cls, ours=AgentMachine)
        recording.print_story_at_the_end_of(cls)

    @classmethod
    def on(cls, place: AgentSession | AgentSandbox) -> Self:
        """Give a machine around an agent, or in a sandbox, without hypothesis: its rules can be called."""
        with on_stage(TakenStage(place)):
            machine = cls()
        machine._begin()
        return machine

    @property
    def agent(self) -> AgentSession:
        """The agent, which is launched when the first step is played or somebody looks at it."""
        performance = self._performance
        performance.begin()
        if performance.player is None:
            raise AttributeError("this machine has a program, and no agent of ours")
        return performance.player.agent

    @agent.setter
    def agent(self, agent: AgentSession) -> None:
        """Let another agent take its place, as a printed story does."""
        self._performance.replace(agent)

    @property
    def sandbox(self) -> AgentSandbox:
        """Where the example takes place."""
        self._performance.begin()
        return self._performance.stage.sandbox

    @property
    def script(self) -> Script:
        """What the model answers our agent; without one, what it answers those of the program."""
        self._performance.begin()
        return self.agent.script if self._performance.player else self.sandbox.script

    @property
    def program(self) -> Program:
        """The program under test."""
        program = self._performance.program
        if program is None:
            raise AttributeError("this machine has no `program_under_test`")
        return program

    def play(self, step: Step) -> None:
        """Do a step as it stands, with all its replies, and check what comes of it.

        What the agent must refuse now, as a prompt while it is busy, is checked to be refused.

        Raises:
            Misuse: the model cannot tell what it does now, see `can`, or with these replies.
        """
        self._performance.play(step)

    def can(self, kind: type[Step]) -> bool:
        """Whether what a step of that kind does now can be told, given the replies that it needs."""
        return self._performance.can(kind)

    def assert_invariants(self) -> None:
        """Check the invariants, as hypothesis does after each step."""
        called = self._performance.called
        waiting = recording.initial_rules_of(type(self)) - called
        recording.assert_invariants_of(self, beginning=bool(waiting))

    def as_test(self) -> str:
        """Write what was done so far as the source of a pytest test."""
        performance = self._performance
        setting = setting_of(self, performance=performance, ours=AgentMachine)
        return written(performance.told, beginning=performance.beginning, setting=setting)

    def teardown(self) -> None:
        """Check what must be true in the end; where something failed, tell the story. Call it by `super`."""
        try:
            if sys.exc_info()[0] is None:
                self._performance.finish()
        finally:
            self._leave(failing=sys.exc_info()[0] is not None)

    def _leave(self, *, failing: bool) -> None:
        """Tell the story of what failed, and leave the stage; what fails here does not hide that."""
        try:
            if failing:
                self._print_story()
        finally:
            try:
                self._performance.stage.end()
            except Exception as error:
                if not failing:
                    raise
                note(f"The example could not be ended: {error!r}")

    def _print_story(self) -> None:
        """Print it once, though the user's own end finds, too, that the example fails."""
        if not self._performance.is_printed and currently_in_test_context():
            self._performance.is_printed = True
            note(self._story())

    def _story(self) -> str:
        try:
            return f"This story as a test:\n\n{self.as_test()}\n# The end of the story."
        except Exception as error:
            return f"The story could not be written: {type(error).__name__}: {error}"

    def _begin(self) -> None:
        try:
            self._performance.begin()
        except BaseException:
            self._performance.stage.end()
            raise

    def _enter(self) -> None:
        performance = self._performance
        if self.program_under_test:
            performance.program = performance.stage.start(self.program_under_test, ready=self.program_ready)
        if performance.agent_name:
            performance.meet(self._launch(self.agent_options), machine=self, launch=self._launch_again)

    def _launch_again(self, script: Script) -> AgentSession:
        return self._launch({**self.agent_options, "script": script})

    def _launch(self, options: Mapping[str, Any]) -> AgentSession:
        stage = self._performance.stage
        return stage.launch(self.agent_name, permissions=self.permissions, options=options)

    @classmethod
    @lru_cache
    def _to_test_case(cls) -> Any:  # noqa: ANN401 - hypothesis' own
        return test_case_of(cls, base=super()._to_test_case.__wrapped__(cls))
