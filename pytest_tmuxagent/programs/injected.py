"""The faults of a schedule in one sandbox: what each agent is given of it, and what came of it."""

from __future__ import annotations

import json
import os
import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from pytest_tmuxagent.sandbox.sandbox import Sandbox
from pytest_tmuxagent.schedules import NOT_ON_A_REAL_CLI, FaultSchedule
from pytest_tmuxagent.stub.draws import Draws

LOG = "faults.jsonl"
_LATE_HOOKS_MS = (20, 150)
_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectedFault:
    """One that came: `kind`, with whom, where, and how many seconds after the sandbox was opened."""

    kind: str
    agent: str
    place: str
    at: float

    def __str__(self) -> str:
        return f"{self.at:8.3f} s  {self.agent}: {self.kind}: {self.place}"


class Faults:
    """Those of one sandbox; `schedule` is what they come from."""

    def __init__(self, schedule: FaultSchedule, sandbox: Sandbox, *, is_real: bool) -> None:
        self.schedule = schedule
        self._is_real = is_real
        self._log = sandbox.root / LOG
        self._opened_at = monotonic()
        self._missing = [kind for kind in schedule.kinds if is_real and kind in NOT_ON_A_REAL_CLI]

    def wiring(self, key: str) -> Mapping[str, Any]:
        """Give what the stub needs, or the model server, to play those of one agent."""
        return self.schedule.wiring(agent=key, log=self._log)

    def delayed(self, hook: str, *, key: str) -> str:
        """Have the command of a hook of ours start late, where the vendor's own program starts it."""
        if not self._is_real or "delayed_hooks" not in self.schedule.kinds:
            return hook
        draws = Draws(f"{self.schedule.seed} {self.schedule.name} {key} delayed_hooks")
        return f"sleep {draws.seconds(*_LATE_HOOKS_MS):.3f}; {hook}"

    def keep_cores_busy(self, sandbox: Sandbox) -> None:
        """Start what loads the machine in bursts: a process for each core, which ends with the sandbox."""
        if "loaded_cpu" not in self.schedule.kinds:
            return
        from pytest_tmuxagent.agents.plain.setup import stub_command

        *interpreter, stub = stub_command()
        program = str(Path(stub).with_name("busy_core.py"))
        for core in range(os.cpu_count() or 1):
            draws = Draws(f"{self.schedule.seed} {self.schedule.name} core {core}")
            name = str(draws.below(2**32))  # The name of a test may be longer than a command line.
            argv = ["/usr/bin/env", "nice", *interpreter, program, name]
            # Without the sandbox's environment, and so its cookie: they are nobody who could fulfil anything.
            sandbox.keeper.spawn(argv, environment={"PATH": os.defpath}, cwd=sandbox.root)

    @property
    def injected(self) -> tuple[InjectedFault, ...]:
        """Those that came so far, in order."""
        try:
            lines = self._log.read_bytes().splitlines()
        except OSError:
            return ()
        noted = [one for line in lines for one in _whole(line)]
        return tuple(self._fault(one) for one in noted if one["kind"] != "began")

    def account(self) -> list[str]:
        """Say which faults came, and what replays them."""
        injected = self.injected
        counted = Counter(fault.kind for fault in injected)
        told = ", ".join(f"{kind} {number}" for kind, number in counted.most_common()) or "none yet"
        lines = [f"faults injected: {told}; the same again: {self.replay}"]
        if self._missing:
            lines.append(f"not on a real CLI: {', '.join(self._missing)}")
        left_out = len(injected) - _SHOWN
        if left_out > 0:
            lines.append(f"  ({left_out} earlier ones)")
        return [*lines, *(f"  {fault}" for fault in injected[-_SHOWN:])]

    @property
    def replay(self) -> str:
        """What has the same faults come again, to the test of the same name."""
        return f"--agent-faults={shlex.quote(self.schedule.written)}"

    def _fault(self, noted: Mapping[str, Any]) -> InjectedFault:
        return InjectedFault(
            kind=str(noted["kind"]),
            agent=str(noted["agent"]),
            place=str(noted["place"]),
            at=float(noted["at"]) - self._opened_at,
        )


def _whole(line: bytes) -> list[dict[str, Any]]:
    """Read a note; none where the one who wrote it was ended in its midst, or is not done."""
    try:
        return [json.loads(line)]
    except ValueError:
        return []
