"""Every process of this machine, with the cookies it carries; and which of them a dead sandbox has left."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_tmuxagent.sandbox.cookie import Cookie, OwnerState, read_cookie
from pytest_tmuxagent.sandbox.environment import COOKIE

_WARDEN = re.compile(r"pytest_tmuxagent\.sandbox\.warden_process import main; main\(\d+, (\d+)\)")
_COLUMNS = "pid=,ppid=,pgid=,uid=,stat=,command="
_PS = ["/bin/ps", "-axEww" if sys.platform == "darwin" else "axeww", "-o", _COLUMNS]
_FIELDS = 6
_PS_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhabitant:
    """One process. `cookies` are those around it and its own, the outermost first.

    `warden_of` is the process that owns it, if it is a warden or a keeper. `strange` are cookies which cannot
    be read, of another release perhaps, or a warden of another container. `folders` are directories that its
    environment names: where sandboxes of its run may lie.
    """

    pid: int
    parent: int
    group: int
    session: int
    user: int
    zombie: bool = False
    cookies: tuple[Cookie, ...] = ()
    strange: tuple[str, ...] = ()
    warden_of: int | None = None
    command: str = ""
    folders: tuple[Path, ...] = ()

    def __str__(self) -> str:
        return f"process {self.pid} ({self.command[:60].strip() or 'command unknown'})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Which processes are left behind by dead sandboxes; `groups` are those that have no other member."""

    doomed: dict[int, Inhabitant] = field(default_factory=dict)
    groups: frozenset[int] = frozenset()


def judge(
    people: Iterable[Inhabitant],
    *,
    state: Callable[[Cookie], OwnerState],
    runs: Callable[[int], bool],
    me: int,
) -> Judgement:
    """Tell the living from the left behind; what cannot be told counts as living.

    Cookies that `me` carries as well say nothing: they are of a sandbox around us all. `runs` tells whether a
    process runs.
    """
    known = {person.pid: person for person in people}
    around = {text for pid in {me} & known.keys() for text in _texts(known[pid])}
    states = {
        cookie.text: state(cookie)
        for person in known.values()
        for cookie in person.cookies
        if cookie.text not in around
    }
    living = {
        pid
        for pid, person in known.items()
        if any(states.get(cookie.text, "ended") != "ended" for cookie in person.cookies)
        or not around.issuperset(person.strange)
        or (person.warden_of is not None and runs(person.warden_of))
    }
    living |= {cookie.pid for person in known.values() for cookie in person.cookies if _lives(cookie, states)}
    living |= {person.warden_of for person in known.values() if person.warden_of is not None}
    spared = _with_descendants(living, known) | _ancestry(me, known) | {0, 1}
    user = known[me].user if me in known else os.geteuid()
    carriers = {
        pid: person
        for pid, person in known.items()
        if pid not in spared and person.user == user and any(c.text in states for c in person.cookies)
    }
    doomed = _household(carriers, known, spared, runs)
    others = {person.group for pid, person in known.items() if pid not in doomed and not person.zombie}
    groups = {person.group for person in doomed.values()} - others - {0, 1}
    return Judgement(doomed=doomed, groups=frozenset(groups))


def census() -> list[Inhabitant]:
    """Read all processes, as far as this user may."""
    return newcomers(())[0]


def newcomers(known: Container[int]) -> tuple[list[Inhabitant], bool]:
    """Read all processes that are not `known`; say whether some ended, or were ending, under our eyes.

    Then one that forks, and ends, and forks may have slipped through: look again.
    """
    if not Path("/proc/self/stat").exists():
        return [person for person in _from_ps() if person.pid not in known], False
    # The youngest first: they are the likeliest to be gone by the time they are read.
    pids = sorted((pid for pid in map(int, _numbers()) if pid not in known), reverse=True)
    people = [person for person in map(_inhabitant, pids) if person is not None]
    ending = any(not person.command for person in people)  # Its memory has gone already, with all it told.
    return people, ending or len(people) < len(pids)


def _numbers() -> Iterable[str]:
    return filter(str.isdigit, os.listdir("/proc"))  # noqa: PTH208 - who is slow here misses whom it looks for.


def _texts(person: Inhabitant) -> set[str]:
    return {*person.strange, *(cookie.text for cookie in person.cookies)}


def _lives(cookie: Cookie, states: dict[str, OwnerState]) -> bool:
    return states.get(cookie.text) == "lives"


def _with_descendants(pids: set[int], known: dict[int, Inhabitant]) -> set[int]:
    found = set(pids)
    while more := {p.pid for p in known.values() if p.parent in found and p.pid not in found}:
        found |= more
    return found


def _ancestry(pid: int, known: dict[int, Inhabitant]) -> set[int]:
    found: set[int] = set()
    while pid in known and pid not in found:
        found.add(pid)
        pid = known[pid].parent
    return found


def _household(
    carriers: dict[int, Inhabitant],
    known: dict[int, Inhabitant],
    spared: set[int],
    runs: Callable[[int], bool],
) -> dict[int, Inhabitant]:
    """Add descendants and sessions, as a keeper does; never a session in which a living run has a part."""
    foreign = {cookie.session for person in carriers.values() for cookie in person.cookies}
    foreign |= {known[pid].session for pid in spared if pid in known} | {0}
    found = {pid: person for pid, person in carriers.items() if not person.zombie}
    sessions: set[int] = set()
    while True:
        for person in found.values():
            leader = person.session
            if leader not in foreign and (leader in found or not runs(leader)):
                sessions.add(leader)
        more = {
            pid: person
            for pid, person in known.items()
            if pid not in found
            and pid not in spared
            and not person.zombie
            and (person.parent in found or person.session in sessions)
        }
        if not more:
            return found
        found.update(more)


def _inhabitant(pid: int) -> Inhabitant | None:
    """Read one process. Source: proc_pid_stat(5), proc_pid_environ(5)."""
    folder = Path(f"/proc/{pid}")
    try:
        variables = _readable(folder / "environ")
        state, parent, group, session = (
            (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[:4]
        )
        user = folder.stat().st_uid
        command = _readable(folder / "cmdline")
    except (OSError, ValueError):
        return None
    person = _person(
        pid,
        facts=(int(parent), int(group), int(session), user),
        zombie=state in "ZX",
        command=" ".join(command).strip(),
        variables=variables,
    )
    if person.warden_of is not None and _namespace(folder) != _namespace(Path("/proc/self")):
        return replace(person, warden_of=None, strange=("a warden of another process namespace",))
    return person


def _namespace(folder: Path) -> str:
    try:
        return str((folder / "ns/pid").readlink())
    except OSError:
        return ""


def _readable(file: Path) -> list[str]:
    try:
        return os.fsdecode(file.read_bytes()).split("\0")
    except OSError:
        return []


def _from_ps() -> list[Inhabitant]:
    listing = subprocess.run(_PS, capture_output=True, timeout=_PS_TIMEOUT, check=False).stdout
    return list(parse_census(listing.splitlines()))


def parse_census(lines: Iterable[bytes]) -> Iterable[Inhabitant]:
    """Read `ps -o pid=,ppid=,pgid=,uid=,stat=,command=` with environments shown."""
    for line in lines:
        fields = os.fsdecode(line).split(None, _FIELDS - 1)
        if len(fields) < _FIELDS - 1 or not all(field.isdecimal() for field in fields[:4]):
            continue
        pid, parent, group, user = map(int, fields[:4])
        shown = fields[-1] if len(fields) == _FIELDS else ""
        try:
            session = os.getsid(pid)
        except OSError:
            session = group
        yield _person(
            pid,
            facts=(parent, group, session, user),
            zombie=fields[4].startswith("Z"),
            command=shown,
            variables=shown.split(),
        )


def _person(
    pid: int, *, facts: tuple[int, int, int, int], zombie: bool, command: str, variables: list[str]
) -> Inhabitant:
    parent, group, session, user = facts
    carried = _value(variables, COOKIE).split(":") if _value(variables, COOKIE) else []
    read = [read_cookie(text) for text in carried]
    warden = _WARDEN.search(command)
    runtime, temporary = _value(variables, "XDG_RUNTIME_DIR"), _value(variables, "TMPDIR")
    folders = [Path(runtime).parent.parent] if carried and runtime.startswith("/") else []
    folders += [Path(temporary)] if warden and temporary.startswith("/") else []
    return Inhabitant(
        pid=pid,
        parent=parent,
        group=group,
        session=session,
        user=user,
        zombie=zombie,
        cookies=tuple(cookie for cookie in read if cookie is not None),
        strange=tuple(text for text, cookie in zip(carried, read, strict=True) if cookie is None),
        warden_of=int(warden[1]) if warden else None,
        command=command,
        folders=tuple(folders),
    )


def _value(variables: list[str], name: str) -> str:
    """Give the value of an environment variable; the first one counts, as in the C library."""
    start = f"{name}="
    return next((word[len(start) :] for word in variables if word.startswith(start)), "")
