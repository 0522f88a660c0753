"""Where agents live, ours and those that a program under test starts: one test's sandbox, with its doors."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pytest_tmuxagent.agents.profile import AgentProfile, Permissions, RealPlan
from pytest_tmuxagent.budgets.meter import Meter
from pytest_tmuxagent.errors import Misuse, SandboxUnavailable, ScriptMismatch
from pytest_tmuxagent.programs.launch import Launch
from pytest_tmuxagent.programs.secrets import secrets_of
from pytest_tmuxagent.resetting import Guests, Resetting
from pytest_tmuxagent.sandbox.keeper import Child
from pytest_tmuxagent.sandbox.sandbox import Sandbox, within_the_means
from pytest_tmuxagent.sandbox.workdir import Snapshot, changes
from pytest_tmuxagent.script.exchange import Observe
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.script.steps import ToolTable
from pytest_tmuxagent.servers.agent_server import AgentServer
from pytest_tmuxagent.stay import Stay, Terms
from pytest_tmuxagent.turn import FileChanges

if TYPE_CHECKING:
    from typing_extensions import Self

    from pytest_tmuxagent.outside.outside import Outside
    from pytest_tmuxagent.resetting import Guest
    from pytest_tmuxagent.schedules import FaultSchedule
    from pytest_tmuxagent.scripted import ScriptedRung

_SANDBOXED = {"IS_SANDBOX": "1"}
"""Claude Code lets root, whom containers run tests as, skip permissions where this says so; and so it is."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Lodging:
    """One test's sandbox. `script` answers the agents that a program under test starts."""

    def __init__(self, sandbox: Sandbox, *, size: tuple[int, int], timeout: float, terms: Terms) -> None:
        self.timeout = timeout
        self.root = sandbox.root
        self.home = sandbox.home
        self.workdir = sandbox.workdir
        self.env: Mapping[str, str] = sandbox.environment
        self.launch_log = sandbox.root / "launches.jsonl"
        self.agent_server = AgentServer(sandbox, size=size)
        self.sandbox = sandbox
        self.rung = terms.rung
        self.permissions = terms.permissions
        self.resets = 0
        """How often the sandbox was reset."""
        self.meter = terms.meter
        """What its agents use up, over all lives."""
        self._terms = terms
        self._guests = Guests()
        self._begin()
        self._resetting = Resetting(sandbox, self.agent_server, door=self.door_path.name)

    def _begin(self) -> None:
        stay = self._stay = Stay(self.sandbox, terms=self._terms)
        self.script, self.door, self.door_path = stay.script, stay.door, stay.door_path
        self.program_server, self.installed, self.faults = stay.program_server, stay.installed, stay.faults
        self.receipts, self.work, self.environments = stay.receipts, stay.work, stay.environments
        self.open_requests, self.threshold = stay.open_requests, stay.threshold

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
        meter: Meter | None = None,
    ) -> Self:
        """Open a sandbox; `workdir_from` is a folder to copy, `timeout` the default one of `run`.

        `workdir` is a folder of the user's to work in instead: nothing is put there, nothing removed.

        `permissions`, `face` and `flags` are for the agents that programs start; without `permissions`
        those ask for what their own command lines and settings make them ask for. With a `rung` the real
        CLIs run; the sandbox closes it. `faults` are those of all agents, and of the machine. `meter` counts
        what the agents use up, and limits it.

        Raises:
            EnvironmentProblem: the machine lacks something, or will not give it.
        """
        source = None if workdir_from is None else Path(workdir_from)
        terms = Terms(
            permissions=permissions,
            face=face,
            flags=flags,
            rung=rung,
            faults=faults,
            meter=Meter() if meter is None else meter,
        )
        with contextlib.ExitStack() as undo:
            ours = {**_SANDBOXED, **(rung.environment() if rung else {})}
            if rung is not None:
                undo.callback(rung.close)
            sandbox = Sandbox.open(environment={**ours, **environment}, workdir=workdir, workdir_from=source)
            undo.callback(sandbox.close)
            with within_the_means():
                bench = cls(sandbox, size=size, timeout=timeout, terms=terms)
            undo.pop_all()
        return bench

    @property
    def launches(self) -> tuple[Launch, ...]:
        """Every start of an agent in this sandbox so far, by whomever, in order."""
        return tuple(
            Launch.of(launch, prompt=self._stay.hearing.prompt_of(launch.pid), around=self.env)
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

    def attach(self, key: str, script: Script, *, name: str, tools: ToolTable, observe: Observe) -> None:
        """Serve a script to the agent with this key; `observe` is called in the service's thread."""
        noted = self.meter.hearing(key, self._stay.hearing.noting_prompts(observe))
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
        return self._stay.faults_of(key)

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
        return self._stay.new_key(name)

    def take_in(self, guest: Guest) -> None:
        """Have an agent of the test know when the sandbox is reset."""
        self._guests.take_in(guest)

    def at_reset(self, action: Callable[[], None]) -> None:
        """Have it called at the beginning of each reset."""
        self._guests.at_reset(action)

    def take_problem(self) -> ScriptMismatch | None:
        """Give the first problem of any script that no verb has raised, and count all as reported."""
        problems = [self.script.take_problem(), *self._guests.problems()]
        return next((problem for problem in problems if problem is not None), None)

    @property
    def rebuilt(self) -> int:
        """How often a reset had to begin without the tmux server, or without the keeper, of before."""
        return self._resetting.rebuilt

    def reset(self) -> None:
        """End everything, and make all as it was at first; what was found wrong with a script is raised."""
        problem = self.take_problem()
        self.meter.start_over()
        self._guests.leave()
        self._renew()
        self.resets += 1
        differences = self._resetting.differences()
        if differences:
            told = f"the sandbox {self.root} is not as new: {'; '.join(differences)}"
            raise SandboxUnavailable(told) from problem
        if problem is not None:
            raise problem

    def _renew(self) -> None:
        kept = self._resetting.end_processes()
        self._stay.close()
        if self.rung is not None:
            self.rung.reset()
        self.sandbox.renew(kept=kept)
        self._begin()
        if not self.resets:
            self.installed.furnish()
            self._resetting.take_note()

    def close(self) -> list[str]:
        """End all processes, remove all files, and name what could not be ended. Twice is harmless."""
        survivors: list[str] = []
        with contextlib.ExitStack() as each:
            # Last, for its slots are those of processes; and always, for other tests wait for them.
            if self.rung is not None:
                each.callback(self.rung.close)
            each.callback(lambda: survivors.extend(self.sandbox.close()))
            each.callback(self._stay.close)
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
        return self._stay.hearing.prompt_of(pid) is not None

    def furnish(self) -> None:
        """Put the agents on the PATH, unless they are: the first thing that needs them calls it."""
        self.installed.furnish()

    def listen(self, observe: Observe) -> None:
        """Have it told, in the service's thread, what the agents ask that programs start."""
        self._stay.hearing.add(observe)

    def ignore(self, observe: Observe) -> None:
        """Tell it no longer."""
        self._stay.hearing.remove(observe)

    def raise_script_problem(self) -> None:
        """Raise what went wrong with the script, if anything did and it was not told yet.

        Raises:
            ScriptMismatch: an agent asked for something that is not in the script.
            BudgetExceeded: more was used up than the test may.
        """
        problem = self.script.take_problem()
        if problem is not None:
            raise problem
        self.meter.check()

    @property
    def patience(self) -> float | None:
        """How long a wait may last before it asks `raise_script_problem` again."""
        return self.meter.patience

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
