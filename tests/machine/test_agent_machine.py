"""The machine on the stub in each of its faces, and under pytest's options."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from hypothesis import settings

from pytest_tmuxagent.machine import AgentMachine
from pytest_tmuxagent.machine.runner import MachineRunner

FEW = settings(derandomize=True, database=None, max_examples=5, stateful_step_count=8, deadline=None)


class Allowed(AgentMachine):
    agent_options = MappingProxyType({"timeout": 3})


class Asking(AgentMachine):
    permissions = "ask"
    agent_options = MappingProxyType({"timeout": 3})


TestAllowed = Allowed.TestCase
TestAllowed.settings = FEW


@pytest.mark.agent("claude", "codex", "plain")
def test_no_story_breaks_the_model(agent_machine: MachineRunner) -> None:
    agent_machine(Allowed, settings=FEW)


@pytest.mark.agent("claude", "codex", "plain")
def test_no_story_with_dialogs_breaks_the_model(agent_machine: MachineRunner) -> None:
    agent_machine(Asking, settings=FEW)
