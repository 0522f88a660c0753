"""Turns what a test asked for into a sandbox and agents in it; a script does it by `standalone`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from pytest_tmuxagent import budgeting, options
from pytest_tmuxagent.agents.clis import Clis
from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.agents.registry import Registry
from pytest_tmuxagent.bench import AgentSandbox
from pytest_tmuxagent.errors import AgentError, RungUnavailable
from pytest_tmuxagent.launcher import Launcher, Settings, checked_permissions, scripted_rung
from pytest_tmuxagent.session import AgentSession
from pytest_tmuxagent.settings import why_unavailable

if TYPE_CHECKING:
    from pytest_tmuxagent.scripted import ScriptedRung

_REGISTRY: pytest.StashKey[Registry] = pytest.StashKey()
_CLIS: pytest.StashKey[Clis] = pytest.StashKey()


def open_sandbox(request: pytest.FixtureRequest, agent_options: Mapping[str, Any]) -> AgentSandbox:
    """Open the sandbox of one test.

    Raises:
        pytest.UsageError: an option or a marker that cannot be.
        RungUnavailable: the test asks for a rung that does not answer.
        EnvironmentProblem: the machine lacks something.
    """
    options.check_options(agent_options)
    rung = _require_rung(request)
    return AgentSandbox.open(
        environment=agent_options.get("environment", {}),
        workdir_from=agent_options.get("workdir_from"),
        size=agent_options.get("size", (120, 40)),
        timeout=_timeout(request, agent_options),
        permissions=_named_permissions(request, agent_options),
        face=agent_options.get("face", {}),
        flags=agent_options.get("flags", ""),
        rung=_scripted(request.config) if rung == "scripted" else None,
        faults=options.faults_of(request.node),
        meter=budgeting.meter_of(request.node),
    )


def registry(config: pytest.Config) -> Registry:
    """The agents of this run, ours and those of the conftests."""
    if _REGISTRY not in config.stash:
        added = config.pluginmanager.hook.pytest_tmuxagent_agents()
        config.stash[_REGISTRY] = Registry(profile for profiles in added for profile in profiles)
    return config.stash[_REGISTRY]


def clis(config: pytest.Config) -> Clis:
    """The real CLIs of this run."""
    if _CLIS not in config.stash:
        config.stash[_CLIS] = Clis(options.named_clis(config, known=registry(config).names))
    return config.stash[_CLIS]


def told_clis(config: pytest.Config) -> str:
    """Say in a line which real CLIs are here."""
    profiles, found = registry(config), []
    for name in options.default_names(config):
        try:
            found.append(clis(config).find(profiles[name]).words)
        except (AgentError, pytest.UsageError) as error:
            found.append(str(error).partition(". ")[0])
    return ", ".join(found)


def launcher(
    request: pytest.FixtureRequest,
    sandbox: AgentSandbox,
    *,
    agent_options: Mapping[str, Any],
    default_name: str,
    launched: Callable[[AgentSession], None],
) -> Launcher:
    """Give the launcher of one test; `launched` is told of each agent, ready or not."""
    settings = Settings(
        name=default_name,
        timeout=_timeout(request, agent_options),
        permissions=_named_permissions(request, agent_options) or "allow",
        arguments=agent_options.get("arguments", ()),
        face=agent_options.get("face", {}),
        flags=agent_options.get("flags", ""),
    )
    return Launcher(sandbox, registry=registry(request.config), settings=settings, launched=launched)


def _mark(request: pytest.FixtureRequest) -> options.AgentMark:
    return options.read_marks(list(request.node.iter_markers("agent")), of=request.node.nodeid)


def _named_permissions(
    request: pytest.FixtureRequest, agent_options: Mapping[str, Any]
) -> Permissions | None:
    return checked_permissions(_mark(request).permissions or agent_options.get("permissions"))


def _timeout(request: pytest.FixtureRequest, agent_options: Mapping[str, Any]) -> float:
    rung = options.rung_of(_mark(request), request.config)
    return float(agent_options.get("timeout") or options.default_timeout(request.config, rung=rung))


def _require_rung(request: pytest.FixtureRequest) -> str:
    rung = options.rung_of(_mark(request), request.config)
    why = why_unavailable(rung)
    if why is not None:
        raise RungUnavailable(f"{request.node.nodeid}: {why}")
    return rung


def _scripted(config: pytest.Config) -> ScriptedRung:
    return scripted_rung(
        clis(config), most_live=options.most_live(config), notice=lambda words: _tell(config, words)
    )


def _tell(config: pytest.Config, words: str) -> None:
    """Write a line to the terminal, past the capture; a worker of xdist has that of its run as stderr."""
    capture = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
        sys.stderr.write(f"\ntmuxagent: {words}\n")
        sys.stderr.flush()
