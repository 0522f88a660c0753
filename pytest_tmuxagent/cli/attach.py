"""`tmuxagent attach`: a person looks at a running agent."""

from __future__ import annotations

import os
from collections.abc import Sequence

from pytest_tmuxagent.cli.running import RunningAgent, running_agents
from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.sandbox.leftovers import survey
from pytest_tmuxagent.tmux.server import tmux_program


def attach(name: str | None) -> int:
    """Become a tmux client that shows the agent, and keeps the person's keys from it.

    Raises:
        Misuse: no agent is meant, or more than one; the message lists those that run.
    """
    return _attach(_agent(name), options=["-r"])


def attach_typing(name: str | None) -> int:
    """Become a tmux client whose keys reach the agent; raises as `attach` does."""
    return _attach(_agent(name), options=[])


def _agent(name: str | None) -> RunningAgent:
    living = [found for found in survey().sandboxes if found.state == "lives"]
    return choose(name, [agent for sandbox in living for agent in running_agents(sandbox)])


def choose(name: str | None, agents: Sequence[RunningAgent]) -> RunningAgent:
    """Find the agent that a name means: its own, with its sandbox's before it, or the sandbox's alone.

    Raises:
        Misuse: none does, or more than one.
    """
    meant = [agent for agent in agents if name is None or name in _names(agent)]
    if len(meant) == 1:
        return meant[0]
    if not agents:
        raise Misuse(
            "no agent runs in a sandbox of yours. A test keeps its agent for you when it is run with "
            "`pytest --agent-debug` and fails."
        )
    listed = "".join(f"\n    tmuxagent attach {agent.full_name}" for agent in meant or agents)
    what = "no running agent is called" if not meant else "several running agents are called"
    raise Misuse(f"{what} {name}; there are:{listed}" if name else f"several agents run; name one:{listed}")


def _names(agent: RunningAgent) -> tuple[str, ...]:
    root = agent.sandbox.root
    return agent.name, agent.full_name, root.name, str(root), f"{root}/{agent.name}"


def _attach(agent: RunningAgent, *, options: Sequence[str]) -> int:
    program = tmux_program().path
    # TMUX says that this terminal is in a tmux already, which is no reason not to look at another.
    environment = {name: value for name, value in os.environ.items() if name not in ("TMUX", "TMUX_PANE")}
    command = ["tmux", "-u", "-S", str(agent.socket), "attach-session", *options, "-t", agent.pane]
    os.execve(program, command, environment)
    return 1
