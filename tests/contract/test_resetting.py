"""A reset gives a new agent a sandbox as the first one found it, whoever plays the agents."""

from __future__ import annotations

import pytest

from pytest_tmuxagent import AgentSandbox, AgentSession, say, tool
from pytest_tmuxagent.launcher import Launcher
from pytest_tmuxagent.sandbox.tree import Tree

pytestmark = pytest.mark.agent("claude", "codex")
STARTS = {
    "claude": 'claude --print "by a program"',
    "codex": 'codex exec --skip-git-repo-check "by a program"',
}


def test_a_reset_sandbox_is_as_new_to_the_next_agent(
    launch_agent: Launcher, agent_sandbox: AgentSandbox
) -> None:
    agent_sandbox.reset()
    before = everything(agent_sandbox)
    old = live_through_a_day(launch_agent(), in_sandbox=agent_sandbox)
    assert everything(agent_sandbox) != before
    agent_sandbox.reset()
    assert everything(agent_sandbox) == before
    assert old.state == "exited"

    agent = launch_agent()
    assert agent.key == old.key
    assert agent.sessions() == ()
    live_through_a_day(agent, in_sandbox=agent_sandbox)
    assert [launch.name for launch in agent_sandbox.launches] == [agent.name] * 2
    assert [request.prompt for request in agent.script.requests[-1:]] == ["Make it"]
    assert agent_sandbox.rebuilt == 0


def live_through_a_day(agent: AgentSession, *, in_sandbox: AgentSandbox) -> AgentSession:
    """Let an agent of the test work, and one of a program."""
    agent.script.reply(tool.write("made", "x\n")).reply(say("Made."))
    turn = agent.ask("Make it")
    assert turn.text == "Made."
    assert turn.files.created == {"made"}
    in_sandbox.script.reply(say("Found."))
    assert "Found." in in_sandbox.run(["sh", "-c", STARTS[agent.name]]).stdout
    return agent


def everything(sandbox: AgentSandbox) -> tuple[object, ...]:
    """What is to be as it was: our own tmux server may stay, and what is noted of launches by the system."""
    passing = {sandbox.agent_server.socket.name, sandbox.door_path.name, "launches.jsonl.bell", "tmux.conf"}
    files = Tree.of(sandbox.root, but=passing)
    return files, dict(sandbox.env), sandbox.launches, sandbox.prompts, sandbox.script.requests
