"""Launches agents in a sandbox, by whomever they were asked for: a test or a script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_tmuxagent.agents.clis import Clis
from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.agents.registry import Registry
from pytest_tmuxagent.bench import AgentSandbox
from pytest_tmuxagent.errors import Misuse, RungUnavailable
from pytest_tmuxagent.faces.options import why_no_face
from pytest_tmuxagent.launched import LaunchedBody
from pytest_tmuxagent.sandbox.sandbox import within_the_means
from pytest_tmuxagent.sandbox.slots import Slots, slots_folder
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.session import AgentSession

if TYPE_CHECKING:
    from pytest_tmuxagent.scripted import ScriptedRung


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

    @property
    def name(self) -> str:
        """The agent that is launched where a call names none."""
        return self._settings.name

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
                permissions=checked_permissions(permissions) or settings.permissions,
                arguments=(*settings.arguments, *arguments),
                face={**settings.face, **_checked_face(face)},
                flags=settings.flags,
            )
        session = self._kind(body, timeout=settings.timeout if timeout is None else timeout)
        self._sandbox.take_in(session)
        self._launched(session)
        session.await_ready()
        return session


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
    slots = Slots(slots_folder(), most=most_live, notice=notice)
    return ScriptedRung(clis=clis, slots=slots)


def checked_permissions(permissions: str | None) -> Permissions | None:
    """Give them back, if they can be.

    Raises:
        Misuse: they cannot.
    """
    if permissions not in (None, "allow", "ask"):
        raise Misuse(f"permissions={permissions!r}; it is 'allow' or 'ask'")
    return permissions  # type: ignore[return-value]


def _checked_face(face: Mapping[str, Any] | None) -> Mapping[str, Any]:
    reason = None if face is None else why_no_face(face)
    if reason is not None:
        raise Misuse(f"launch_agent(face=...): {reason}")
    return face or {}
