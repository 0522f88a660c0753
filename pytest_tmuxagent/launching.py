"""Turns what a test asked for into a sandbox and agents in it; a script does it by `standalone`."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from pytest_tmuxagent import options
from pytest_tmuxagent.agents.clis import Clis
from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.agents.registry import Registry
from pytest_tmuxagent.bench import AgentSandbox
from pytest_tmuxagent.body import LaunchedBody
from pytest_tmuxagent.errors import AgentError, Misuse, RungUnavailable
from pytest_tmuxagent.faces.options import why_no_face
from pytest_tmuxagent.sandbox.sandbox import base_folder, within_the_means
from pytest_tmuxagent.sandbox.slots import Slots
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.session import AgentSession

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What agents are launched with where a call says nothing else; `name` is the agent that is meant."""

    name: str
    timeout: float
    permissions: Permissions = "allow"
    arguments: Sequence[str] = ()
    face: Mapping[str, Any] = field(default_factory=dict)
    flags: str = ""


class Launcher:
    """What the `launch_agent` fixture gives: call it with an agent's name."""

    def __init__(
        self,
        sandbox: AgentSandbox,
        *,
        registry: Registry,
        settings: Settings,
        launched: Callable[[AgentSession], None],
        kind: type[AgentSession] = AgentSession,
    ) -> None:
        self._sandbox = sandbox
        self._registry = registry
        self._settings = settings
        self._launched = launched
        self._kind = kind

    def __call__(
        self,
        name: str | None = None,
        *,
        script: Script | None = None,
        permissions: Permissions | None = None,
        arguments: Sequence[str] = (),
        face: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> AgentSession:
        """Launch an agent and wait until it is ready.

        `face` changes what the stub looks like, for programs that expect an older one: `footer` and
        `banner` (texts), `version`, `box_while_busy`, `fold_pastes` (bools), `minimum_busy` (seconds), and
        `accepts` (options that only older releases took).

        Raises:
            UnknownAgent: no agent of that name.
            AgentExited, WaitTimeout: it did not become ready.
            EnvironmentProblem: the machine lacks something.
        """
        settings = self._settings
        if script is not None and not isinstance(script, Script):
            raise Misuse(f"script={script!r}; it is a Script, as another agent's `.script` is")
        with within_the_means():
            body = LaunchedBody(
                profile=self._registry[name or settings.name],
                sandbox=self._sandbox,
                script=Script() if script is None else script,
                permissions=_checked(permissions) or settings.permissions,
                arguments=(*settings.arguments, *arguments),
                face={**settings.face, **_checked_face(face)},
                flags=settings.flags,
            )
        session = self._kind(body, timeout=settings.timeout if timeout is None else timeout)
        self._launched(session)
        session.await_ready()
        return session


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


def scripted_rung(clis: Clis, *, most_live: int, notice: Callable[[str], None]) -> ScriptedRung:
    """Give the rung of one sandbox that runs the real CLIs; `notice` is told what it waits for.

    Raises:
        RungUnavailable: its model server lacks h11.
    """
    try:
        from pytest_tmuxagent.scripted import ScriptedRung
    except ModuleNotFoundError as error:
        if error.name != "h11":
            raise
        raise RungUnavailable(
            "the rung 'scripted' needs h11, for its model server: pip install 'pytest-tmuxagent[scripted]'"
        ) from error
    slots = Slots(base_folder() / f"tmuxagent-live-{os.getuid()}", most=most_live, notice=notice)
    return ScriptedRung(clis=clis, slots=slots)


def _checked(permissions: str | None) -> Permissions | None:
    if permissions not in (None, "allow", "ask"):
        raise Misuse(f"permissions={permissions!r}; it is 'allow' or 'ask'")
    return permissions  # type: ignore[return-value]


def _checked_face(face: Mapping[str, Any] | None) -> Mapping[str, Any]:
    reason = None if face is None else why_no_face(face)
    if reason is not None:
        raise Misuse(f"launch_agent(face=...): {reason}")
    return face or {}


def _mark(request: pytest.FixtureRequest) -> options.AgentMark:
    return options.read_marks(list(request.node.iter_markers("agent")), of=request.node.nodeid)


def _named_permissions(
    request: pytest.FixtureRequest, agent_options: Mapping[str, Any]
) -> Permissions | None:
    return _checked(_mark(request).permissions or agent_options.get("permissions"))


def _timeout(request: pytest.FixtureRequest, agent_options: Mapping[str, Any]) -> float:
    rung = options.rung_of(_mark(request), request.config)
    return float(agent_options.get("timeout") or options.default_timeout(request.config, rung=rung))


def _require_rung(request: pytest.FixtureRequest) -> str:
    rung = options.rung_of(_mark(request), request.config)
    why = options.why_unavailable(rung)
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
