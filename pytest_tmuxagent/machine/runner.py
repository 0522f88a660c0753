"""Runs a machine under pytest: what the fixture `agent_machine` gives, and the test case of a machine."""

from __future__ import annotations

import unittest
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings as Settings  # noqa: N812 - a class
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from pytest_tmuxagent.bench import AgentSandbox
from pytest_tmuxagent.launcher import Launcher
from pytest_tmuxagent.machine.stage import Stage, on_stage, own_stage


class MachineRunner:
    """Call it with a machine, to run it in the sandbox of the test: `agent_machine(MyMachine)`."""

    def __init__(self, sandbox: AgentSandbox, *, launch: Launcher) -> None:
        self.stage = Stage(sandbox, launch=launch)

    def __call__(self, machine: type[RuleBasedStateMachine], *, settings: Settings | None = None) -> None:
        """Run a machine; `settings` are hypothesis', without them those of its `TestCase`.

        Raises what the shortest story that fails raises.
        """
        with on_stage(self.stage):
            run_state_machine_as_test(machine, settings=settings)


def test_case_of(machine: type[RuleBasedStateMachine], *, base: type[unittest.TestCase]) -> Any:  # noqa: ANN401
    """Give the `TestCase` of a machine: hypothesis' own, wired to the options of the run under pytest."""

    class MachineTestCase(base):  # type: ignore[valid-type, misc]
        _run: Callable[..., None] | None = None

        @pytest.fixture(autouse=True)
        def _wired(self, agent_machine: MachineRunner) -> None:
            self._run = agent_machine

        def runTest(self) -> None:  # noqa: N802 - unittest's name
            __tracebackhide__ = True
            if self._run is not None:
                self._run(machine, settings=self.settings)
                return
            with own_stage():
                run_state_machine_as_test(machine, settings=self.settings)

        runTest.is_hypothesis_test = True  # type: ignore[attr-defined]
        runTest._hypothesis_state_machine_class = machine  # type: ignore[attr-defined]

    MachineTestCase.__name__ = base.__name__
    MachineTestCase.__qualname__ = base.__qualname__
    MachineTestCase.__module__ = machine.__module__
    return MachineTestCase
