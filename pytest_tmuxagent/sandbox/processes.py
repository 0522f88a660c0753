"""What runs on this machine: parents, groups, sessions, and who carries a cookie in its environment."""

# Runs in the warden's bare interpreter: no pathlib, no re, no subprocess.
# ruff: noqa: PTH123, PTH208

from __future__ import annotations

import os
import sys
from _collections_abc import Container, Iterable

_PS = ("/bin/ps", "-axEww" if sys.platform == "darwin" else "axeww", "-o", "pid=,ppid=,pgid=,stat=,command=")
_PS_FIELDS = 5


class Process:
    """One process at one moment; `carrier` says that it has the cookie that was looked for."""

    __slots__ = ("carrier", "group", "parent", "pid", "session", "zombie")

    def __init__(
        self, pid: int, *, parent: int, group: int, session: int, zombie: bool = False, carrier: bool = False
    ) -> None:
        self.pid = pid
        self.parent = parent
        self.group = group
        self.session = session
        self.zombie = zombie
        self.carrier = carrier


def pids() -> frozenset[int]:
    """List what runs now; empty where that is not cheap (no /proc)."""
    try:
        return frozenset(int(name) for name in os.listdir("/proc") if name.isdigit())
    except OSError:
        return frozenset()


def running(*, cookie: bytes, but: frozenset[int] = frozenset()) -> tuple[list[Process], bool]:
    """Read every process except `but`; say whether some ended under our eyes.

    Then one that forks, and ends, and forks may have slipped through: look again.
    """
    if sys.platform == "linux":
        # The youngest first: they are the likeliest to be gone by the time they are read.
        found = [_from_proc(pid, cookie=cookie) for pid in sorted(pids() - but, reverse=True)]
    else:
        found = [process for process in from_ps(cookie=cookie) if process.pid not in but]
    processes = [process for process in found if process is not None]
    return processes, len(processes) < len(found) or any(process.zombie for process in processes)


def children_of(pid: int) -> list[int]:
    """List the children of a process of one thread; empty where the system does not tell.

    Source: proc_tid_children(5), for kernels with CONFIG_PROC_CHILDREN.
    """
    try:
        with open(f"/proc/{pid}/task/{pid}/children", "rb", buffering=0) as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def session_of(pid: int) -> int:
    """Give the session of a process; 0, which is nobody's, when it cannot be read."""
    try:
        return os.getsid(pid)
    except OSError:
        return 0


class Family:
    """The descendants of `parent` and the carriers, with all their descendants and sessions.

    `spared` are children of `parent` that stay out, with theirs; of those `kept` the children do not.
    `foreign` sessions are never taken as a whole: ours, and that of the process that owns us, which may well
    have started a carrier itself.
    """

    __slots__ = ("_foreign", "_kept", "_spared", "members", "sessions")

    def __init__(
        self,
        processes: Iterable[Process],
        *,
        parent: int,
        spared: Container[int],
        foreign: Container[int],
        kept: Container[int] = (),
    ) -> None:
        self._spared = spared
        self._kept = kept
        self._foreign = foreign
        self.members: dict[int, Process] = {}
        self.sessions: set[int] = set()
        rest = {process.pid: process for process in processes if process.pid != parent}
        while more := [process for process in rest.values() if self._belongs(process, parent)]:
            for process in more:
                self.members[process.pid] = rest.pop(process.pid)
            self._take_sessions(more)

    def _belongs(self, process: Process, parent: int) -> bool:
        if process.pid in self._spared or process.pid in self._kept:
            return False
        if process.zombie and process.parent != parent:
            return False
        return (
            process.carrier
            or process.parent == parent
            or process.parent in self._kept
            or process.parent in self.members
            or process.session in self.sessions
        )

    def _take_sessions(self, members: Iterable[Process]) -> None:
        # A carrier may run in a person's own session; only one whose leader is ours, or gone, is ours.
        for session in {process.session for process in members}:
            if session not in self._foreign and (session in self.members or not runs(session)):
                self.sessions.add(session)


def describe(process: Process) -> str:
    """Name a process for a person."""
    try:
        with open(f"/proc/{process.pid}/cmdline", "rb") as file:
            command = file.read(400).replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        command = ""
    return f"process {process.pid} ({command or 'command unknown'})"


def from_ps(*, cookie: bytes) -> list[Process | None]:
    """Read every process by ps, that ps itself left out: it would be one of the family, every time anew."""
    reading, writing = os.pipe()
    pid = os.posix_spawn(_PS[0], _PS, dict(os.environ), file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1)])
    os.close(writing)
    with open(reading, "rb") as file:
        listing = file.read()
    os.waitpid(pid, 0)
    return [process for process in parse_ps(listing.splitlines(), cookie=cookie) if process.pid != pid]


def parse_ps(lines: Iterable[bytes], *, cookie: bytes) -> Iterable[Process]:
    """Read `ps -o pid=,ppid=,pgid=,stat=,command=` with environments shown."""
    for line in lines:
        fields = line.split(None, _PS_FIELDS - 1)
        if len(fields) < _PS_FIELDS - 1 or not fields[0].isdigit():
            continue
        pid, group = int(fields[0]), int(fields[2])
        yield Process(
            pid,
            parent=int(fields[1]),
            group=group,
            session=session_of(pid) or group,  # Gone already; its group may live on, and is in that session.
            zombie=fields[3].startswith(b"Z"),
            carrier=len(fields) == _PS_FIELDS and cookie in fields[4],
        )


def _from_proc(pid: int, *, cookie: bytes) -> Process | None:
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            stat = file.read(1024)
    except OSError:
        return None
    # The name stands in parentheses and may hold anything, parentheses included.
    state, parent, group, session, _ = stat[stat.rindex(b")") + 2 :].split(None, 4)
    return Process(
        pid,
        parent=int(parent),
        group=int(group),
        session=int(session),
        zombie=state in (b"Z", b"X"),
        carrier=_carries(pid, cookie=cookie),
    )


def _carries(pid: int, *, cookie: bytes) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return cookie in file.read()
    except OSError:
        return False


def runs(pid: int) -> bool:
    """Say whether there is such a process."""
    try:
        os.getpgid(pid)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True
