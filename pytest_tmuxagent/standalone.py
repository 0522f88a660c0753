"""Agents outside of pytest: in a script, in a notebook, with the same verbs and the same ownership.

    from pytest_tmuxagent import launch

    with launch("claude") as agent:
        agent.script.reply("hello")
        print(agent.ask("Say hello").text)

Several agents, or programs that drive some, share a sandbox: `with open_sandbox() as sandbox`, and
`sandbox.launch("claude")`. Without a `with`, `close()` ends all; so does the end of the process, any end.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Literal

from pytest_tmuxagent import settings
from pytest_tmuxagent.agents.clis import Clis
from pytest_tmuxagent.agents.profile import AgentProfile, Permissions
from pytest_tmuxagent.agents.registry import Registry
from pytest_tmuxagent.bench import AgentSandbox
from pytest_tmuxagent.errors import Misuse, RungUnavailable, ScriptMismatch
from pytest_tmuxagent.launcher import Launcher, Settings, scripted_rung
from pytest_tmuxagent.sandbox.sandbox import Sandbox
from pytest_tmuxagent.schedules import FaultSchedule
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.session import AgentSession

if TYPE_CHECKING:
    from typing_extensions import Self

    from pytest_tmuxagent.scripted import ScriptedRung

Rung = Literal["stub", "scripted"]

_NOTHING: Mapping[str, str] = MappingProxyType({})


class OwnSandbox(AgentSandbox):
    """A sandbox that a script opened, and closes: a context manager. `launch("claude")` launches agents."""

    launch: Launcher

    def __init__(self, sandbox: Sandbox, **settings: Any) -> None:  # noqa: ANN401 - those of `open`
        super().__init__(sandbox, **settings)
        self._sessions: list[AgentSession] = []
        self._is_told = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it; raise what went wrong with a script, unless something else is on its way."""
        problem = self._untold_problem() if error is None else None
        self.close()
        if problem is not None:
            raise problem

    def close(self) -> list[str]:
        """End all agents and programs, remove all files, name what could not be ended; twice is harmless."""
        for session in self._sessions:
            session.let_go()
        survivors = super().close()
        if survivors and not self._is_told:
            self._is_told = True
            warnings.warn(f"could not be ended: {', '.join(survivors)}", ResourceWarning, stacklevel=2)
        return survivors

    def watch(self, session: AgentSession) -> None:
        """Take an agent in, to let go of it in the end."""
        self._sessions.append(session)

    def _untold_problem(self) -> ScriptMismatch | None:
        scripts = [self.script, *(session.script for session in self._sessions)]
        problems = [script.take_problem() for script in scripts]
        return next((problem for problem in problems if problem is not None), None)


class OwnAgent(AgentSession):
    """An agent that a script launched in a sandbox which is there for no other."""

    _whole: OwnSandbox | None = None

    def own(self, sandbox: OwnSandbox) -> None:
        """Have the sandbox end with this agent, for it was opened for no other."""
        self._whole = sandbox

    def close(self) -> None:
        """End the agent, and its sandbox where `launch()` opened that for it; twice is harmless."""
        super().close()
        if self._whole is not None:
            self._whole.close()


def open_sandbox(
    *,
    rung: Rung = "stub",
    workdir: str | os.PathLike[str] | None = None,
    workdir_from: str | os.PathLike[str] | None = None,
    environment: Mapping[str, str] = _NOTHING,
    size: tuple[int, int] = (120, 40),
    timeout: float | None = None,
    permissions: Permissions | None = None,
    arguments: Sequence[str] = (),
    face: Mapping[str, Any] = _NOTHING,
    flags: str = "",
    clis: Mapping[str, str] = _NOTHING,
    most_live: int | None = None,
    agents: Iterable[AgentProfile] = (),
    faults: FaultSchedule | None = None,
) -> OwnSandbox:
    """Open a sandbox; close it, or use it in a `with`.

    `rung` is "stub", or "scripted" for the real CLIs: those on the PATH, or those that `clis` names, as in
    `{"claude": "/opt/claude"}`, `most_live` of them at a time on this machine (four for each core). The
    agents work in a fresh folder, in a copy of `workdir_from`, or in `workdir` itself, which stays as they
    leave it. `agents` are added to ours. `faults=FaultSchedule(seed=7)` lets things go wrong that must not
    change a result. The others are those of the `agent_options` fixture.

    Raises:
        Misuse: a value that cannot be.
        RungUnavailable: there is no such rung, or it lacks something.
        EnvironmentProblem: the machine lacks something.
    """
    seconds = _default_timeout(rung) if timeout is None else timeout
    given = {"environment": environment, "size": size, "timeout": seconds, "arguments": arguments}
    named = {"face": face, "flags": flags, "permissions": permissions, "workdir_from": workdir_from}
    _check({**given, **{name: value for name, value in named.items() if value}})
    registry = Registry(agents)
    sandbox = OwnSandbox.open(
        environment=environment,
        workdir=_folder(workdir, instead_of=workdir_from),
        workdir_from=workdir_from,
        size=size,
        timeout=seconds,
        permissions=permissions,
        face=face,
        flags=flags,
        rung=_real(clis, most_live=most_live, registry=registry) if rung == "scripted" else None,
        faults=_checked_faults(faults),
    )
    defaults = Settings(
        name="claude",
        timeout=seconds,
        permissions=permissions or "allow",
        arguments=arguments,
        face=face,
        flags=flags,
    )
    sandbox.launch = Launcher(
        sandbox, registry=registry, settings=defaults, launched=sandbox.watch, kind=OwnAgent
    )
    return sandbox


def launch(
    name: str = "claude",
    *,
    script: Script | None = None,
    rung: Rung = "stub",
    workdir: str | os.PathLike[str] | None = None,
    workdir_from: str | os.PathLike[str] | None = None,
    environment: Mapping[str, str] = _NOTHING,
    size: tuple[int, int] = (120, 40),
    timeout: float | None = None,
    permissions: Permissions | None = None,
    arguments: Sequence[str] = (),
    face: Mapping[str, Any] = _NOTHING,
    flags: str = "",
    clis: Mapping[str, str] = _NOTHING,
    most_live: int | None = None,
    agents: Iterable[AgentProfile] = (),
    faults: FaultSchedule | None = None,
) -> OwnAgent:
    """Launch an agent in a sandbox of its own, and wait until it is ready; close it, or use it in a `with`.

    The options are those of `open_sandbox`. `agent.sandbox` runs programs beside it.

    Raises:
        UnknownAgent: no agent of that name.
        AgentExited, WaitTimeout: it did not become ready.
        Misuse, RungUnavailable, EnvironmentProblem: as `open_sandbox` does.
    """
    sandbox = open_sandbox(
        rung=rung,
        workdir=workdir,
        workdir_from=workdir_from,
        environment=environment,
        size=size,
        timeout=timeout,
        permissions=permissions,
        arguments=arguments,
        face=face,
        flags=flags,
        clis=clis,
        most_live=most_live,
        agents=agents,
        faults=faults,
    )
    try:
        agent = sandbox.launch(name, script=script)
        assert isinstance(agent, OwnAgent), "this launcher makes no others"
        agent.own(sandbox)
    except BaseException:
        sandbox.close()
        raise
    return agent


def _real(clis: Mapping[str, str], *, most_live: int | None, registry: Registry) -> ScriptedRung:
    for name in clis:
        registry[name]  # raises where there is none
    most = settings.DEFAULT_MOST_LIVE if most_live is None else most_live
    if not isinstance(most, int) or most < 1:
        raise Misuse(f"most_live={most!r} is no whole number above 0")
    return scripted_rung(Clis(clis), most_live=most, notice=_tell)


def _tell(words: str) -> None:
    sys.stderr.write(f"tmuxagent: {words}\n")
    sys.stderr.flush()


def _checked_faults(faults: object) -> FaultSchedule | None:
    if faults is None or isinstance(faults, FaultSchedule):
        return faults
    raise Misuse(f"faults={faults!r}; write it as FaultSchedule(seed=7)")


def _default_timeout(rung: object) -> float:
    if rung not in settings.RUNGS:
        raise Misuse(f"rung={rung!r}; it is 'stub' or 'scripted'")
    why = settings.why_unavailable(str(rung))
    if why is not None:
        raise RungUnavailable(why)
    return settings.DEFAULT_TIMEOUTS[str(rung)]


def _check(given: Mapping[str, Any]) -> None:
    reason = settings.why_not(given)
    if reason is not None:
        name, words = reason
        raise Misuse(f"{name}{words}")


def _folder(workdir: str | os.PathLike[str] | None, *, instead_of: object) -> Path | None:
    if workdir is None:
        return None
    if instead_of is not None:
        raise Misuse("the agents work in `workdir` or in a copy of `workdir_from`; give one of the two")
    folder = Path(workdir).expanduser().resolve()
    if not folder.is_dir():
        raise Misuse(f"workdir={os.fspath(workdir)!r} is no folder")
    return folder
