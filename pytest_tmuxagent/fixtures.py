"""The fixtures: wiring only. Engines are imported when a fixture runs, not when pytest starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from pytest_tmuxagent import options

if TYPE_CHECKING:
    from pytest_tmuxagent.bench import AgentSandbox
    from pytest_tmuxagent.launcher import Launcher
    from pytest_tmuxagent.machine.runner import MachineRunner
    from pytest_tmuxagent.reporting.evidence import Evidence
    from pytest_tmuxagent.script.script import Script
    from pytest_tmuxagent.session import AgentSession
    from pytest_tmuxagent.tmux.objects import Server
    from pytest_tmuxagent.trials.trial import Trial

EVIDENCE: pytest.StashKey[Evidence] = pytest.StashKey()


@pytest.fixture
def agent_options() -> dict[str, Any]:
    """What to start agents with; override it in a conftest, a class or a module.

    Keys: `size` (columns, rows), `environment` (a dict), `workdir_from` (a folder that is copied),
    `timeout` (seconds), `permissions`, `arguments` (of the agent's command line).
    """
    return {}


@pytest.fixture
def _agent_name(request: pytest.FixtureRequest) -> str:
    name: str | None = getattr(request, "param", None)
    return name or options.only_name(request.node)


@pytest.fixture
def agent_sandbox(request: pytest.FixtureRequest, agent_options: dict[str, Any]) -> Iterator[AgentSandbox]:
    """A HOME, a workdir and a PATH of their own, in which programs under test find our agents."""
    from pytest_tmuxagent.launching import open_sandbox
    from pytest_tmuxagent.reporting.evidence import Evidence

    sandbox = open_sandbox(request, agent_options)
    evidence = request.node.stash[EVIDENCE] = Evidence(request.node, sandbox)
    try:
        yield sandbox
    finally:
        evidence.close()


@pytest.fixture
def launch_agent(
    request: pytest.FixtureRequest,
    agent_sandbox: AgentSandbox,
    agent_options: dict[str, Any],
    _agent_name: str,
) -> Launcher:
    """Launch agents by name, all in one sandbox: `launch_agent("claude")`."""
    from pytest_tmuxagent.launching import launcher

    return launcher(
        request,
        agent_sandbox,
        agent_options=agent_options,
        default_name=_agent_name,
        launched=request.node.stash[EVIDENCE].watch,
    )


@pytest.fixture
def agent_script() -> Script:
    """The script of the `agent` fixture's agent."""
    from pytest_tmuxagent.script.script import Script

    return Script()


@pytest.fixture
def agent(launch_agent: Launcher, agent_script: Script) -> AgentSession:
    """A coding agent that was started for this test and is ready."""
    return launch_agent(script=agent_script)


@pytest.fixture
def agent_trial(request: pytest.FixtureRequest) -> Trial:
    """Which trial of the test this is, and a seed of its own that is the same in every run."""
    from pytest_tmuxagent.trials.trial import trial_of

    return trial_of(request.node)


@pytest.fixture
def agent_machine(agent_sandbox: AgentSandbox, launch_agent: Launcher) -> MachineRunner:
    """Run a state machine in this test: `agent_machine(MyMachine)`; its `TestCase` does so by itself."""
    from pytest_tmuxagent.machine.runner import MachineRunner

    return MachineRunner(agent_sandbox, launch=launch_agent)


@pytest.fixture
def agent_tmux(agent_sandbox: AgentSandbox) -> Server:
    """The tmux server of our agents, a `libtmux.Server`."""
    return agent_sandbox.agent_server.objects
