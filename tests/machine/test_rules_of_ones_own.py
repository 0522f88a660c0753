"""Machines with rules that play steps, and stories in which another agent takes the place of the first."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from hypothesis.stateful import rule

from pytest_tmuxagent import AgentSession, Launcher, Reply, say
from pytest_tmuxagent.machine import AgentMachine
from pytest_tmuxagent.machine.runner import MachineRunner
from pytest_tmuxagent.machine.stage import on_stage
from pytest_tmuxagent.machine.steps import Ask, Crash, Relaunch, Step

DONE = Reply(say("done"))


class Chatty(AgentMachine):
    """Its rule plays a step, so that the model must know of all others, too."""

    @rule()
    def chat(self) -> None:
        self.play(Ask(prompt="hi", replies=(DONE,)))


class Lasting(AgentMachine):
    agent_options = MappingProxyType({"timeout": 5})


def test_a_rule_that_plays_steps_is_printed_with_the_steps_as_values(agent: AgentSession) -> None:
    told = Chatty.on(agent)
    told.play(Ask(prompt="a", replies=(DONE,)))
    told.chat()
    source = told.as_test()
    assert source.splitlines()[2:] == [
        "from pytest_tmuxagent import AgentSession, Reply, say",
        "from pytest_tmuxagent.machine.steps import Ask",
        f"from {__name__} import Chatty",
        "",
        "",
        f"@pytest.mark.agent({agent.name!r}, rung='stub')",
        "def test_story(agent: AgentSession) -> None:",
        "    machine = Chatty.on(agent)",
        "    machine.play(Ask(prompt='a', replies=(Reply(say('done')),)))",
        "    machine.chat()",
        "    machine.teardown()",
    ]
    compile(source, "test_story.py", "exec")


@pytest.mark.agent("claude", "codex", "plain")
def test_another_agent_goes_on_with_the_story(agent_machine: MachineRunner, launch_agent: Launcher) -> None:
    steps: list[Step] = [
        Ask(prompt="a", replies=(DONE,)),
        Crash(),
        Relaunch(),
        Ask(prompt="b", replies=(DONE,)),
    ]
    with on_stage(agent_machine.stage):
        machine = Lasting()
    first = machine.agent
    for step in steps:
        machine.play(step)
    machine.teardown()
    assert machine.agent is not first
    assert [request.prompt for request in first.script.requests] == ["a", "b"]
    module: dict[str, object] = {}
    exec(compile(machine.as_test(), "test_story.py", "exec"), module)
    test = module["test_story"]
    assert callable(test)
    test(launch_agent)
