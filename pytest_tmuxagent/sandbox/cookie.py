"""The cookie of a sandbox: it names the process that owns it, so that anybody can tell if that lives."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

OwnerState = Literal["lives", "ended", "elsewhere"]
"""`elsewhere`: on another machine, in another container, before the last boot; nobody here can tell."""

_UNKNOWN = "0"
_FORM = re.compile(
    r"(?P<secret>[0-9a-f]{32})\.(?P<pid>[1-9]\d*)\.(?P<start>\d+)\.(?P<session>\d+)"
    r"\.(?P<boot>[0-9a-f]+)\.(?P<namespace>[0-9-]+)\.(?P<host>[\w-]+)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a process id means something: a boot of a host, and the namespaces of its pids and clocks."""

    boot: str
    namespace: str
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A cookie, read. `start` is in clock ticks since boot, 0 where the system does not tell."""

    text: str
    pid: int
    start: int
    session: int
    place: Place

    def owner_state(self) -> OwnerState:
        """Say whether the process that made this cookie lives."""
        if self.place != here():
            return "elsewhere"
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return "ended"
        except OSError:
            pass
        state, start = _state_and_start(self.pid)
        if state in ("Z", "X"):
            return "ended"  # It waits to be collected.
        return "ended" if self.start and start and start != self.start else "lives"

    @property
    def made_here_before_boot(self) -> bool:
        """Whether it is of this machine, but not of the present boot of it."""
        now, then = here(), self.place
        return then.host == now.host and _UNKNOWN not in (now.boot, then.boot) and now.boot != then.boot


def new_cookie() -> str:
    """Make the cookie of a sandbox that this process owns."""
    place, pid = here(), os.getpid()
    _, start = _state_and_start(pid)
    facts = (pid, start, os.getsid(0), place.boot, place.namespace, place.host)
    return ".".join((os.urandom(16).hex(), *map(str, facts)))


def read_cookie(text: str) -> Cookie | None:
    """Read a cookie; None where it is not one of ours, or of another release."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    return Cookie(
        text=text,
        pid=int(match["pid"]),
        start=int(match["start"]),
        session=int(match["session"]),
        place=Place(boot=match["boot"], namespace=match["namespace"], host=match["host"]),
    )


@cache
def here() -> Place:
    """Say where this process runs."""
    return Place(
        boot=_boot(),
        namespace="-".join((_namespace("pid"), _namespace("time"))),
        host=re.sub(r"[^A-Za-z0-9_-]", "-", os.uname().nodename) or _UNKNOWN,
    )


def boot_time() -> float | None:
    """Give the time of the last boot in seconds of `time.time()`; None where the system does not tell.

    Source: proc_stat(5), `btime`.
    """
    found = re.search(r"^btime (\d+)$", _text("/proc/stat"), re.MULTILINE)
    return float(found[1]) if found else None


def _boot() -> str:
    written = _text("/proc/sys/kernel/random/boot_id").strip().replace("-", "")
    return written if re.fullmatch("[0-9a-f]+", written) else _UNKNOWN


def _namespace(kind: str) -> str:
    """Give the number of the namespace that this process is in. Source: namespaces(7)."""
    try:
        return re.sub(r"\D", "", str(Path(f"/proc/self/ns/{kind}").readlink())) or _UNKNOWN
    except OSError:
        return _UNKNOWN


def _state_and_start(pid: int) -> tuple[str, int]:
    """Give the state of a process and the tick it started at, as far as is known.

    Source: proc_pid_stat(5).
    """
    if not _proc_is_ours():
        return "", 0
    fields = _text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return (fields[0], int(fields[19])) if len(fields) > 19 else ("", 0)


def _proc_is_ours() -> bool:
    """Whether /proc speaks of the processes by the ids that we know: it may be another namespace's."""
    try:
        return Path("/proc/self").readlink() == Path(str(os.getpid()))
    except OSError:
        return False


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
