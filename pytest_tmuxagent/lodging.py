"""Where agents live, ours and those that a program under test starts: one test's sandbox, with its doors."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pytest_tmuxagent.agents.plain.tools import PlainTools
from pytest_tmuxagent.agents.profile import AgentProfile, Permissions, RealPlan
from pytest_tmuxagent.errors import Misuse, OutsideCall, SandboxUnavailable, ScriptMismatch
from pytest_tmuxagent.events import ScriptProblem
from pytest_tmuxagent.outside.threshold import Threshold
from pytest_tmuxagent.programs.hearing import Hearing
from pytest_tmuxagent.programs.injected import LOG as FAULTS_LOG
from pytest_tmuxagent.programs.injected import Faults
from pytest_tmuxagent.programs.installed import NAMES, PROGRAMS_KEY, Installed, tools_of
from pytest_tmuxagent.programs.launch import Launch
from pytest_tmuxagent.programs.received import Receipts
from pytest_tmuxagent.programs.secrets import secrets_of
from pytest_tmuxagent.programs.work import Work
from pytest_tmuxagent.sandbox.exits import start_of
from pytest_tmuxagent.sandbox.keeper import Child
from pytest_tmuxagent.sandbox.launches import read_launches
from pytest_tmuxagent.sandbox.sandbox import Sandbox, within_the_means
from pytest_tmuxagent.sandbox.workdir import Snapshot, changes
from pytest_tmuxagent.script.exchange import Observe
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.script.service import script_service
from pytest_tmuxagent.script.steps import ToolTable
from pytest_tmuxagent.servers.agent_server import AgentServer
from pytest_tmuxagent.servers.program_server import ProgramServer
from pytest_tmuxagent.signals.flags import fill
from pytest_tmuxagent.signals.open_requests import OpenRequests
from pytest_tmuxagent.turn import FileChanges

if TYPE_CHECKING:
    from typing import Protocol

    from typing_extensions import Self

    from pytest_tmuxagent.outside.outside import Outside
    from pytest_tmuxagent.schedules import FaultSchedule
    from pytest_tmuxagent.scripted import ScriptedRung

    class Guest(Protocol):
        """An agent of the test, as the sandbox knows it."""

        script: Script

        def evict(self) -> None: ...


_SANDBOXED = {"IS_SANDBOX": "1"}
"""Claude Code lets root, whom containers run tests as, skip permissions where this says so; and so it is."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Lodging:
    """One test's sandbox. `script` answers the agents that a program under test starts."""

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        size: tuple[int, int],
        timeout: float,
        permissions: Permissions | None,
        face: Mapping[str, Any],
        flags: str,
        rung: ScriptedRung | None,
        faults: FaultSchedule | None = None,
    ) -> None:
        self.timeout = timeout
        self.root = sandbox.root
        self.home = sandbox.home
        self.workdir = sandbox.workdir
        self.env: Mapping[str, str] = sandbox.environment
        self.launch_log = sandbox.root / "launches.jsonl"
        self.door_path = sandbox.root / "script"
        self.agent_server = AgentServer(sandbox, size=size)
        self.sandbox = sandbox
        self.rung = rung
        self.permissions = permissions
        self.resets = 0
        """How often the sandbox was reset."""
        self.rebuilt = 0
        """How often a reset had to begin without the tmux server, or without the keeper, of before."""
        self._face = face
        self._flags = fill(flags, {"home": sandbox.home, "workdir": sandbox.workdir})
        self._schedule = faults
        self._guests: list[Guest] = []
        self._at_reset: list[Callable[[], None]] = []
        self._first_environment = dict(sandbox.environment)
        if rung is not None:
            rung.faults = self.faults_of
            rung.is_agent = self._is_agent
        self._begin()

    def _begin(self) -> None:
        """Make what is as long as one life of the sandbox: from its opening, or a reset, to the next."""
        sandbox, is_real = self.sandbox, self.rung is not None
        self.script = Script()
        self.door = script_service().door(self.door_path)
        self.program_server = ProgramServer(sandbox)
        self.faults = None if self._schedule is None else Faults(self._schedule, sandbox, is_real=is_real)
        self.installed = Installed(
            sandbox,
            door=self.door_path,
            launches=self.launch_log,
            permissions=self.permissions,
            face=self._face,
            flags=self._flags,
            rung=self.rung,
            faults=self.faults_of(PROGRAMS_KEY),
        )
        self.open_requests = OpenRequests()
        self.environments: list[Mapping[str, str]] = [self.env]
        self.receipts = Receipts(sandbox, real=is_real)
        self.work = Work()
        self._hearing = Hearing(self.receipts.note, self.open_requests.note, self.work.wire)
        self.threshold = Threshold(
            door=None if self.rung is None else self.rung.door,
            bundle=sandbox.root / "outside.pem",
            report=partial(_report, self.script, self._hearing),
            on_outside=partial(_called_outside, self.script, self._hearing),
        )
        if self.rung is not None:
            self.rung.on_outside = partial(_called_outside, self.script, self._hearing)
        self._keys: Counter[str] = Counter()
        self._attach_programs()
        if self.faults is not None:
            self.faults.keep_cores_busy(sandbox)

    @classmethod
    def open(
        cls,
        *,
        environment: Mapping[str, str] = _NOTHING,
        workdir: Path | None = None,
        workdir_from: str | os.PathLike[str] | None = None,
        size: tuple[int, int] = (120, 40),
        timeout: float = 10.0,
        permissions: Permissions | None = None,
        face: Mapping[str, Any] = _NOTHING,
        flags: str = "",
        rung: ScriptedRung | None = None,
        faults: FaultSchedule | None = None,
    ) -> Self:
        """Open a sandbox; `workdir_from` is a folder to copy, `timeout` the default one of `run`.

        `workdir` is a folder of the user's to work in instead: nothing is put there, nothing removed.

        `permissions`, `face` and `flags` are for the agents that programs start; without `permissions`
        those ask for what their own command lines and settings make them ask for. With a `rung` the real
        CLIs run; the sandbox closes it. `faults` are those of all agents, and of the machine.

        Raises:
            EnvironmentProblem: the machine lacks something, or will not give it.
        """
        source = None if workdir_from is None else Path(workdir_from)
        with contextlib.ExitStack() as undo:
            ours = {**_SANDBOXED, **(rung.environment() if rung else {})}
            if rung is not None:
                undo.callback(rung.close)
            sandbox = Sandbox.open(environment={**ours, **environment}, workdir=workdir, workdir_from=source)
            undo.callback(sandbox.close)
            with within_the_means():
                bench = cls(
                    sandbox,
                    size=size,
                    timeout=timeout,
                    permissions=permissions,
                    face=face,
                    flags=flags,
                    rung=rung,
                    faults=faults,
                )
            undo.pop_all()
        return bench

    @property
    def launches(self) -> tuple[Launch, ...]:
        """Every start of an agent in this sandbox so far, by whomever, in order."""
        return tuple(
            Launch.of(launch, prompt=self._hearing.prompt_of(launch.pid), around=self.env)
            for launch in self.sandbox.launches
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no evidence may show: our keys and tokens, worth nothing elsewhere, and programs' secrets."""
        ours = (*(() if self.rung is None else self.rung.secrets), *self.threshold.vault.secrets)
        return (*ours, *secrets_of(self.environments, home=self.home))

    def snapshot(self) -> Snapshot:
        """Take note of all files in the workdir."""
        return self.sandbox.snapshot()

    def changes(self, before: Snapshot, after: Snapshot) -> FileChanges:
        """Say what happened to the files between two snapshots."""
        return changes(before, after)

    def attach(
        self,
        key: str,
        script: Script,
        *,
        name: str,
        tools: ToolTable,
        observe: Observe,
    ) -> None:
        """Serve a script to the agent with this key; `observe` is called in the service's thread."""
        noted = self._hearing.noting_prompts(observe)
        self.door.attach(key, script, tools=tools, observe=noted)
        if self.rung is not None:
            self.rung.attach(key, script, name=name, tools=tools, observe=noted)

    def detach(self, key: str) -> None:
        """Serve that agent no longer."""
        self.door.detach(key)
        if self.rung is not None:
            self.rung.detach(key)

    def real_plan(self, profile: AgentProfile, *, key: str) -> RealPlan | None:
        """Say what the real CLI of an agent is run with; None where the stub plays it, or it is its own.

        Raises:
            RungUnavailable, CliMissing: there is no such CLI.
        """
        if self.rung is None or profile.reads_screen_only:
            return None
        return self.rung.plan(profile, key=key)

    def faults_of(self, key: str) -> Mapping[str, Any]:
        """Say what goes wrong with an agent, for the stub's wiring and for the model server."""
        return {} if self.faults is None else self.faults.wiring(key)

    def delayed(self, hook: str, *, key: str) -> str:
        """Give the command of a hook of ours, for a real CLI a late one where the schedule has it."""
        return hook if self.faults is None else self.faults.delayed(hook, key=key)

    def take_slot(self, profile: AgentProfile | None = None) -> None:
        """Wait until one more real CLI may run on this machine: an agent's, or those of a program.

        Raises:
            SandboxUnavailable: none of the others ended.
        """
        if self.rung is not None and not (profile and profile.reads_screen_only):
            self.rung.take_slot()

    def new_key(self, name: str) -> str:
        """Give a name that no other agent of this sandbox has."""
        self._keys[name] += 1
        return f"{name}-{self._keys[name]}"

    def take_in(self, guest: Guest) -> None:
        """Have an agent of the test know when the sandbox is reset."""
        self._guests.append(guest)

    def at_reset(self, action: Callable[[], None]) -> None:
        """Have it called at the beginning of each reset."""
        self._at_reset.append(action)

    def take_problem(self) -> ScriptMismatch | None:
        """Give the first problem of any script that no verb has raised, and count all as reported."""
        scripts = [self.script, *(guest.script for guest in self._guests)]
        problems = [script.take_problem() for script in scripts]
        return next((problem for problem in problems if problem is not None), None)

    def reset(self) -> None:
        """End everything, and make all as it was at first; what was found wrong with a script is raised."""
        problem = self.take_problem()
        for action in self._at_reset:
            action()
        for guest in self._guests:
            guest.evict()
        self._guests.clear()
        self._renew()
        self.resets += 1
        differences = self._differences()
        if differences:
            raise SandboxUnavailable(f"the sandbox {self.root} is not as new: {'; '.join(differences)}")
        if problem is not None:
            raise problem

    def _renew(self) -> None:
        """End all processes, but our tmux server where it is as it was at its start, and begin anew."""
        server = self.agent_server
        kept = server.clear()
        stays = self.sandbox.clear(kept=kept) and bool(kept) and server.is_as_started()
        if kept and not stays:
            self.rebuilt += 1
            self.sandbox.clear(kept=())
        if not stays:
            server.forget()
        self.door.close()
        self.threshold.close()
        if self.rung is not None:
            self.rung.reset()
        self.sandbox.renew(kept=[server.socket.name] if stays else [])
        self._begin()
        if not self.resets:
            self.installed.furnish()
            self.sandbox.take_note(but=self._others)

    def _differences(self) -> list[str]:
        """Say how all differs from what it was after the first reset; the tmux server was asked itself."""
        found = self.sandbox.differences(but=self._others)
        if self.env != self._first_environment:
            found.append("the environment is another one")
        return found

    @property
    def _others(self) -> tuple[str, ...]:
        """The names of files that are no part of a reset: they live as long as who made them."""
        return (self.agent_server.socket.name, self.door_path.name, FAULTS_LOG)

    def close(self) -> list[str]:
        """End all processes, remove all files, and name what could not be ended. Twice is harmless."""
        survivors: list[str] = []
        with contextlib.ExitStack() as each:
            # Last, for its slots are those of processes; and always, for other tests wait for them.
            if self.rung is not None:
                each.callback(self.rung.close)
            each.callback(lambda: survivors.extend(self.sandbox.close()))
            each.callback(self.threshold.close)
            each.callback(self.door.close)
            each.callback(self.agent_server.close)
        return survivors

    def spawn(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        stdout: int,
        stderr: int,
        stdin: int | None = None,
        cwd: Path | None = None,
    ) -> Child:
        """Start a program in the sandbox, and give it without waiting; `environment` is added to ours.

        Raises:
            Misuse: there is no such program or folder.
        """
        place = cwd or self.workdir
        self.environments.append(environment)
        try:
            return self.sandbox.keeper.spawn(
                argv,
                environment={**self.env, **environment},
                cwd=place,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
            )
        except OSError as error:
            raise Misuse(f"{argv[0]!r} could not be started in {place}: {error}") from error

    def has_asked(self, pid: int) -> bool:
        """Whether an agent that a program started has sent a prompt to its model."""
        return self._hearing.prompt_of(pid) is not None

    def furnish(self) -> None:
        """Put the agents on the PATH, unless they are: the first thing that needs them calls it."""
        self.installed.furnish()

    def listen(self, observe: Observe) -> None:
        """Have it told, in the service's thread, what the agents ask that programs start."""
        self._hearing.add(observe)

    def ignore(self, observe: Observe) -> None:
        """Tell it no longer."""
        self._hearing.remove(observe)

    def raise_script_problem(self) -> None:
        """Raise what went wrong with the script, if anything did and it was not told yet.

        Raises:
            ScriptMismatch: an agent asked for something that is not in the script.
        """
        problem = self.script.take_problem()
        if problem is not None:
            raise problem

    def open_outside(self) -> Outside:
        """Give who stands in for other hosts; with the first call programs are led there.

        Raises:
            OutsideUnavailable: what it takes is not installed.
        """
        was_open, outside = self.threshold.is_open, self.threshold.open()
        if not was_open:
            self.add_environment(outside.environment)
        return outside

    def add_environment(self, variables: Mapping[str, str]) -> None:
        """Give variables to all that is started in the sandbox from now on, in its tmux servers as well."""
        self.sandbox.environment.update(variables)
        self.agent_server.set_environment(variables)
        self.program_server.set_environment(variables)
        self.installed.add_environment(variables)

    def _is_agent(self, pid: int) -> bool:
        """Whether a process was started as an agent here, and is still it (asked in the service's thread)."""
        started = [launch.start for launch in read_launches(self.launch_log) if launch.pid == pid]
        return bool(started) and started[-1] in (0, start_of(pid))

    def _attach_programs(self) -> None:
        observe = self._hearing.noting_prompts(self._hearing.tell)
        tools = {name: tools_of(name, self.workdir, self.permissions) for name in NAMES}
        self.door.attach(PROGRAMS_KEY, self.script, tools=PlainTools(), observe=observe, named=tools)
        if self.rung is not None:
            for name in NAMES:
                key = f"{PROGRAMS_KEY}-{name}"
                self.rung.attach(key, self.script, name=name, tools=tools[name], observe=observe)


def _called_outside(script: Script, hearing: Hearing, host: str) -> None:
    _report(script, hearing, OutsideCall(host))


def _report(script: Script, hearing: Hearing, problem: ScriptMismatch) -> None:
    script.add_problem(problem)
    hearing.tell(ScriptProblem(error=problem), monotonic())
