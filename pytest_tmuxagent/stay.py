"""What is as long as one life of a sandbox: from its opening, or a reset, to the next reset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from pytest_tmuxagent.agents.plain.tools import PlainTools
from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.budgets.meter import Meter
from pytest_tmuxagent.errors import OutsideCall, ScriptMismatch
from pytest_tmuxagent.events import ScriptProblem
from pytest_tmuxagent.outside.threshold import Threshold
from pytest_tmuxagent.programs.hearing import Hearing
from pytest_tmuxagent.programs.injected import Faults
from pytest_tmuxagent.programs.installed import NAMES, PROGRAMS_KEY, Installed, tools_of
from pytest_tmuxagent.programs.received import Receipts
from pytest_tmuxagent.programs.work import Work
from pytest_tmuxagent.sandbox.exits import start_of
from pytest_tmuxagent.sandbox.launches import read_launches
from pytest_tmuxagent.sandbox.sandbox import Sandbox
from pytest_tmuxagent.script.script import Script
from pytest_tmuxagent.script.service import script_service
from pytest_tmuxagent.servers.program_server import ProgramServer
from pytest_tmuxagent.signals.flags import fill
from pytest_tmuxagent.signals.open_requests import OpenRequests

if TYPE_CHECKING:
    from pytest_tmuxagent.schedules import FaultSchedule
    from pytest_tmuxagent.scripted import ScriptedRung


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What every life of a sandbox begins with, as `Lodging.open` was told."""

    permissions: Permissions | None
    face: Mapping[str, Any]
    flags: str
    rung: ScriptedRung | None
    faults: FaultSchedule | None
    meter: Meter


class Stay:
    """One life of a sandbox. `script` answers the agents that a program under test starts."""

    def __init__(self, sandbox: Sandbox, *, terms: Terms) -> None:
        rung = self._rung = terms.rung
        is_real = rung is not None
        self._sandbox = sandbox
        self._meter = terms.meter
        self._permissions = terms.permissions
        self._log = sandbox.root / "launches.jsonl"
        self.door_path = sandbox.root / "script"
        self.script = Script()
        self.door = script_service().door(self.door_path)
        self.program_server = ProgramServer(sandbox)
        self.faults = None if terms.faults is None else Faults(terms.faults, sandbox, is_real=is_real)
        self.installed = Installed(
            sandbox,
            door=self.door_path,
            launches=self._log,
            permissions=terms.permissions,
            face=terms.face,
            flags=fill(terms.flags, {"home": sandbox.home, "workdir": sandbox.workdir}),
            rung=rung,
            faults=self.faults_of(PROGRAMS_KEY),
        )
        self.open_requests = OpenRequests()
        self.environments: list[Mapping[str, str]] = [sandbox.environment]
        self.receipts = Receipts(sandbox, real=is_real)
        self.work = Work()
        self.hearing = Hearing(self.receipts.note, self.open_requests.note, self.work.wire)
        self.threshold = Threshold(
            door=None if rung is None else rung.door,
            bundle=sandbox.root / "outside.pem",
            report=self._report,
            on_outside=self._called_outside,
        )
        self._keys: Counter[str] = Counter()
        if rung is not None:
            rung.faults = self.faults_of
            rung.is_agent = partial(_is_agent, self._log)
            rung.on_outside = self._called_outside
        self._attach_programs()
        if self.faults is not None:
            self.faults.keep_cores_busy(sandbox)

    def new_key(self, name: str) -> str:
        """Give a name that no other agent of this life has."""
        self._keys[name] += 1
        return f"{name}-{self._keys[name]}"

    def faults_of(self, key: str) -> Mapping[str, Any]:
        """Say what goes wrong with an agent."""
        return {} if self.faults is None else self.faults.wiring(key)

    def close(self) -> None:
        """Let nobody in any more. Twice is harmless."""
        try:
            self.door.close()
        finally:
            self.threshold.close()

    def _attach_programs(self) -> None:
        observe = self._meter.hearing(PROGRAMS_KEY, self.hearing.noting_prompts(self.hearing.tell))
        tools = {name: tools_of(name, self._sandbox.workdir, self._permissions) for name in NAMES}
        self.door.attach(PROGRAMS_KEY, self.script, tools=PlainTools(), observe=observe, named=tools)
        if self._rung is not None:
            for name in NAMES:
                key = f"{PROGRAMS_KEY}-{name}"
                self._rung.attach(key, self.script, name=name, tools=tools[name], observe=observe)

    def _called_outside(self, host: str) -> None:
        self._report(OutsideCall(host))

    def _report(self, problem: ScriptMismatch) -> None:
        self.script.add_problem(problem)
        self.hearing.tell(ScriptProblem(error=problem), monotonic())


def _is_agent(launch_log: Path, pid: int) -> bool:
    """Whether a process was started as an agent here, and is still it (asked in the service's thread)."""
    started = [launch.start for launch in read_launches(launch_log) if launch.pid == pid]
    return bool(started) and started[-1] in (0, start_of(pid))
