"""The sandboxes of this user on this machine: those that live, and what dead ones left; how that goes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import signal
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Literal

from pytest_tmuxagent.sandbox.census import Inhabitant, Judgement, census, judge, newcomers
from pytest_tmuxagent.sandbox.cookie import Cookie, OwnerState, boot_time, read_cookie
from pytest_tmuxagent.sandbox.ending import MARK, remove_tree
from pytest_tmuxagent.sandbox.environment import COOKIE
from pytest_tmuxagent.sandbox.processes import runs
from pytest_tmuxagent.sandbox.sandbox import base_folder

_NAME = re.compile(r"ta-[0-9a-f]{8}")
_PATIENCE = 20.0
_KEEPER_PATIENCE = 8.0  # A keeper gives up on its survivors after 5 s.
_GLANCE = 0.02
_CLOSE_LOOK = 3.0


SandboxState = Literal["lives", "ended", "elsewhere", "inside"]
"""That of its owner; `inside`: the owner has ended, in the sandbox of another run, which sees to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSandbox:
    """A sandbox's folder. `made_at` is in seconds of `time.time()`, `owner` the command that made it."""

    root: Path
    cookie: Cookie
    state: SandboxState
    made_at: float
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What there is: folders, and processes that dead sandboxes have left."""

    sandboxes: tuple[FoundSandbox, ...]
    left_behind: tuple[Inhabitant, ...]


@dataclass(slots=True, kw_only=True)
class Reaping:
    """What was done about the dead: what was ended and removed, and what would not go."""

    ended: list[str] = field(default_factory=list)
    removed: list[Path] = field(default_factory=list)
    survivors: list[str] = field(default_factory=list)


def survey() -> Survey:
    """Look at everything of this user, and touch nothing."""
    people = census()
    commands = {person.pid: person.command for person in people}
    sandboxes = sorted(_found(people, commands), key=lambda found: found.made_at)
    left = _judgement(people).doomed | {person.pid: person for person in _stray(people)}
    return Survey(sandboxes=tuple(sandboxes), left_behind=tuple(left.values()))


def reap() -> Reaping:
    """End and remove what dead sandboxes have left; nothing of one whose owner lives, or may live.

    Several may run at once: each folder is locked while it is removed.
    """
    done = Reaping()
    bases = _bases(census())
    _see_keepers_out(done)
    _end_left_behind(done)
    for found in [sandbox for base in bases for sandbox in _sandboxes_in(base)]:
        if found.state == "ended":
            _remove(found, done)
    return done


def _judgement(people: Iterable[Inhabitant]) -> Judgement:
    return judge(people, state=Cookie.owner_state, runs=runs, me=os.getpid())


# --- folders ---


def _found(people: list[Inhabitant], commands: dict[int, str]) -> Iterator[FoundSandbox]:
    for base in _bases(people):
        for found in _sandboxes_in(base):
            owner = commands.get(found.cookie.pid, "") if found.state == "lives" else ""
            yield FoundSandbox(
                root=found.root, cookie=found.cookie, state=found.state, made_at=found.made_at, owner=owner
            )


def _bases(people: Iterable[Inhabitant]) -> list[Path]:
    """Where sandboxes may lie: our own TMPDIR, /tmp, and what the processes of this user tell."""
    named = [folder for person in people if person.user == os.geteuid() for folder in person.folders]
    folders: dict[Path, None] = {}
    for folder in (base_folder(), Path("/tmp"), *named):
        with contextlib.suppress(OSError, RuntimeError):
            folders[folder.resolve()] = None
    return list(folders)


def _sandboxes_in(base: Path) -> list[FoundSandbox]:
    try:
        with os.scandir(base) as entries:
            names = [entry.path for entry in entries if _NAME.fullmatch(entry.name)]
    except OSError:
        return []
    return [found for found in map(_sandbox, map(Path, names)) if found is not None]


def _sandbox(root: Path) -> FoundSandbox | None:
    """Read what a folder says of itself; None for one that only looks like ours, or is somebody else's."""
    try:
        status, mark = root.lstat(), root / os.fsdecode(MARK)
        marked = mark.lstat()
        *around, own = str(mark.readlink()).split(":")
    except OSError:
        return None
    cookie, user = read_cookie(own), os.geteuid()
    if cookie is None or not stat.S_ISDIR(status.st_mode) or status.st_mode & 0o022:
        return None
    if status.st_uid != user or marked.st_uid != user:
        return None
    state: SandboxState = _state(cookie, made_at=marked.st_mtime)
    if state == "ended" and not all(_has_ended(text, made_at=marked.st_mtime) for text in around):
        state = "inside"
    return FoundSandbox(root=root, cookie=cookie, state=state, made_at=marked.st_mtime)


def _has_ended(around: str, *, made_at: float) -> bool:
    """Say whether a sandbox around another is no more; one that is around us as well does not count."""
    if around in os.environ.get(COOKIE, "").split(":"):
        return True
    cookie = read_cookie(around)
    return cookie is not None and _state(cookie, made_at=made_at) == "ended"


def _state(cookie: Cookie, *, made_at: float) -> OwnerState:
    """Say whether the owner lives; what this machine made before its last boot has none any more."""
    booted = boot_time()
    if cookie.made_here_before_boot and booted is not None and made_at < booted:
        return "ended"
    return cookie.owner_state()


def _remove(found: FoundSandbox, done: Reaping) -> None:
    with _locked(found.root) as ours:
        again = _sandbox(found.root) if ours else None
        if again is None or again.cookie != found.cookie or again.state != "ended":
            return  # Another one was faster, or something else has that name now.
        done.survivors += remove_tree(os.fsencode(found.root))
        if not found.root.exists():
            done.removed.append(found.root)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Hold a folder against others who would remove it; False where it is gone by the time it is ours."""
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        yield False
        return
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield os.fstat(fd).st_nlink > 0 and _is_at(fd, folder)
    finally:
        os.close(fd)


def _is_at(fd: int, folder: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), folder.lstat())
    except OSError:
        return False


# --- processes ---


def _stray(people: Iterable[Inhabitant]) -> tuple[Inhabitant, ...]:
    """Give wardens and keepers that have outlived their owner: they are at work, or were stopped."""
    return tuple(
        person
        for person in people
        if person.warden_of is not None
        and not person.zombie
        and person.user == os.geteuid()
        and not runs(person.warden_of)
    )


def _see_keepers_out(done: Reaping) -> None:
    """Let wardens and keepers whose owner is gone do their work; end those that cannot."""
    for person in _stray(census()):
        _signal(person.pid, signal.SIGCONT)  # One that is stopped could not.
    end = monotonic() + _KEEPER_PATIENCE
    while (strays := _stray(census())) and monotonic() < end:
        _glance()
    for person in strays:
        _signal(person.pid, signal.SIGKILL)
        done.ended.append(str(person))


def _end_left_behind(done: Reaping) -> None:
    """Kill in rounds until nobody is left. A group dies at one stroke; one by one, a fork bomb wins."""
    seen: dict[int, str] = {}
    end = monotonic() + _PATIENCE
    while (left := _look_closely()).doomed and monotonic() < end:
        seen |= {pid: str(person) for pid, person in left.doomed.items() if pid not in seen}
        for group in left.groups:
            _signal(-group, signal.SIGKILL)
        for pid, person in left.doomed.items():
            if person.group not in left.groups:
                _signal(pid, signal.SIGKILL)
        _glance()
    done.survivors += map(str, left.doomed.values())
    done.ended += [shown for pid, shown in seen.items() if pid not in left.doomed]


def _look_closely() -> Judgement:
    """Look again while nobody is found but processes come and go: one that forks, and ends, hides so."""
    people: dict[int, Inhabitant] = {}
    end = monotonic() + _CLOSE_LOOK
    while True:
        more, moving = newcomers(people)
        people |= {person.pid: person for person in more}
        # Judging takes a while, in which it is gone: not without a reason.
        found = _judgement(people.values()) if any(person.cookies for person in more) else Judgement()
        if found.doomed or not moving or monotonic() > end:
            return found


def _glance() -> None:
    select.select([], [], [], _GLANCE)  # Strangers' processes notify nobody.


def _signal(target: int, number: signal.Signals) -> None:
    with contextlib.suppress(OSError):  # Gone already, or somebody else's: then it is found again.
        os.kill(target, number)
