"""Who lives in a sandbox at this moment, as far as a person wants to know: command, age, terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_tmuxagent.sandbox.exits import start_of
from pytest_tmuxagent.sandbox.processes import Family, Process, running, session_of

_PS_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """One process. `age` is in seconds, None where the system does not tell it."""

    pid: int
    parent: int
    session: int
    command: str
    age: float | None


def residents(*, cookie: str, keeper: int | None) -> dict[int, Resident]:
    """Find all who carry the cookie, their descendants and sessions, and whom the keeper adopted."""
    processes, _ = running(cookie=cookie.encode())
    foreign = {session_of(0), session_of(keeper) if keeper else 0}
    family = Family(processes, parent=-1 if keeper is None else keeper, spared=(), foreign=foreign)
    return {pid: _resident(process) for pid, process in family.members.items() if not process.zombie}


def households(people: Mapping[int, Resident], heads: Collection[int]) -> set[int]:
    """Give those heads that are there, all their descendants, and the sessions that they lead."""
    found = set(heads) & people.keys()
    while more := {
        person.pid
        for person in people.values()
        if person.pid not in found and (person.parent in found or person.session in found)
    }:
        found |= more
    return found


def _resident(process: Process) -> Resident:
    command, age = (_from_proc if sys.platform == "linux" else _from_ps)(process.pid)
    return Resident(pid=process.pid, parent=process.parent, session=process.session, command=command, age=age)


def _from_proc(pid: int) -> tuple[str, float | None]:
    """Source: proc_pid_cmdline(5), proc_uptime(5)."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
        uptime = float(Path("/proc/uptime").read_text("ascii").split()[0])
    except (OSError, ValueError):
        return "", None
    start = start_of(pid)
    age = max(0.0, uptime - start / os.sysconf("SC_CLK_TCK")) if start else None
    return words.decode("utf-8", "replace").strip(), age


def _from_ps(pid: int) -> tuple[str, float | None]:
    columns = ["/bin/ps", "-ww", "-o", "etime=,command=", "-p", str(pid)]
    told = subprocess.run(columns, capture_output=True, timeout=_PS_TIMEOUT, check=False).stdout
    elapsed, _, command = told.decode("utf-8", "replace").strip().partition(" ")
    return command.strip(), _seconds(elapsed)


def _seconds(elapsed: str) -> float | None:
    """Read `[[days-]hours:]minutes:seconds`. Source: ps(1)."""
    days, _, clock = elapsed.rpartition("-")
    total = 0
    for part in clock.split(":"):
        if not part.isdecimal():
            return None
        total = total * 60 + int(part)
    return float(total + int(days or 0) * 86400)
