"""How a sandbox ends: SIGKILL in rounds until nobody is left, then its directory goes. A reset is alike."""

# Runs in the warden's bare interpreter: no pathlib, no shutil.
# ruff: noqa: PTH101, PTH104, PTH106, PTH108

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import os
from _collections_abc import Callable, Container
from time import monotonic

from pytest_tmuxagent.sandbox.offspring import Offspring
from pytest_tmuxagent.sandbox.processes import Family, children_of, describe, running

MARK = b"cookie"
"""The link in a sandbox's directory that tells its cookie, by which `tmuxagent reap` knows whose it is."""

_PATIENCE = 5.0
_KEPT_PATIENCE = 2.0  # One that is kept may hang, and bury none of its children: then it is not kept.
_ROUND = 0.02
_GLANCE = 0.001
_LONG_PATH_BYTES = 2000
_NOBODY: frozenset[int] = frozenset()


class Estate:
    """What one keeper is responsible for: who descends from it or carries the cookie, and the directory."""

    __slots__ = ("_cookie", "root")

    def __init__(self, *, cookie: bytes, root: bytes) -> None:
        self._cookie = cookie
        self.root = root

    def end(
        self, offspring: Offspring, *, foreign: Container[int], older: frozenset[int] = _NOBODY
    ) -> list[str]:
        """Kill everything, remove the directory, and describe what would not go.

        `foreign` are sessions not to be taken as a whole. `older` ran before the sandbox was made: at first
        those are not even read, which is most of the cost.
        """
        survivors = self._end_processes(offspring, foreign=foreign, older=older, meanwhile=self._remove)
        return survivors + self._remove()

    def clear(
        self, offspring: Offspring, *, foreign: Container[int], older: frozenset[int], kept: frozenset[int]
    ) -> list[str]:
        """Kill everything but those `kept`, whose children are not; the directory stays as it is."""
        offspring.spared |= kept
        try:
            return self._end_processes(
                offspring, foreign=foreign, older=older, meanwhile=lambda: None, kept=kept
            )
        finally:
            offspring.spared -= kept

    def _remove(self) -> list[str]:
        return remove_tree(self.root)

    def _end_processes(
        self,
        offspring: Offspring,
        *,
        foreign: Container[int],
        older: frozenset[int],
        meanwhile: Callable[[], object],
        kept: frozenset[int] = _NOBODY,
    ) -> list[str]:
        # That no descendant is left is the system's word (no child to wait for), so a wrong guess about who
        # is older costs one more round and nothing else. Beside those who are kept the word is another one.
        end = monotonic() + (_KEPT_PATIENCE if kept else _PATIENCE)
        skipped = older
        while True:
            processes, moving = running(cookie=self._cookie, but=skipped)
            found = Family(processes, parent=os.getpid(), spared=offspring.spared, foreign=foreign, kept=kept)
            left = offspring.reap() if not kept else _is_anybody_left(offspring, kept)
            late = monotonic() > end
            if found.members and late:
                return [describe(process) for process in found.members.values()]
            if found.members:
                _kill(found)
                meanwhile()  # While they die, which takes as long; what is in use stays for later.
                skipped = older if offspring.settle(_ROUND) or kept else _NOBODY
                if kept:  # Their children are not ours to wait for.
                    offspring.wait(_GLANCE)
            elif left and late:
                return ["a process that forks faster than it can be found"]
            elif left:
                skipped = _NOBODY
                if kept:
                    offspring.wait(_GLANCE)
            elif moving and not late:
                skipped = skipped.union(process.pid for process in processes)
            else:
                return []


def _is_anybody_left(offspring: Offspring, kept: frozenset[int]) -> bool:
    """Collect the dead; say whether there are children beside those who are kept, or children of theirs."""
    offspring.reap()
    parents = (os.getpid(), *kept)
    families = {parent: children_of(parent) for parent in parents}
    for parent in kept:
        if families[parent]:
            # A tmux may have missed that a program ended (see tmux/deaths.py): it is told again.
            _signal_quietly(parent, _signal.SIGCHLD)
    return any(child not in kept for children in families.values() for child in children)


def _kill(family: Family) -> None:
    # A group dies at one stroke, a fork under way included; one pid after the other, a fork bomb wins.
    groups = {process.group for process in family.members.values() if process.session in family.sessions}
    for group in groups:
        _signal_quietly(-group)
    for pid, process in family.members.items():
        if process.group not in groups:
            _signal_quietly(pid)


def _signal_quietly(target: int, number: int = _signal.SIGKILL) -> None:
    if target in (-1, 0, 1):
        return  # Everybody, ourselves, init: no reading of a table may ever lead there.
    try:
        os.kill(target, number)
    except OSError:
        return  # Gone already, or somebody else's: then it is reported as a survivor.


def remove_tree(root: bytes) -> list[str]:
    """Remove a directory however deep and however protected; say what could not be removed."""
    try:
        _remove(root)
    except OSError as error:
        if os.access(root, os.F_OK):
            return [f"directory {os.fsdecode(root)} ({error})"]
    return []


def clear_tree(root: bytes, *, kept: Container[bytes]) -> list[str]:
    """Remove all that is in a directory but the names `kept`; say what could not be removed."""
    left: list[str] = []
    os.chmod(root, 0o700)
    for entry in _entries(root):
        if entry.name in kept:
            continue
        if entry.is_dir(follow_symlinks=False):
            left += remove_tree(entry.path)
        else:
            os.unlink(entry.path)
    return left


def _remove(root: bytes) -> None:
    folders, mark = [root], root + b"/" + MARK
    for folder in folders:  # It grows while we walk.
        for entry in _entries(folder):
            if entry.path == mark:
                continue  # The last to go: whoever finds the rest must know whose it was.
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
            elif len(entry.path) < _LONG_PATH_BYTES:
                folders.append(entry.path)
            else:
                folders.append(_pull_up(entry.path, to=root + b"/.long-%d" % len(folders)))
    for folder in reversed(folders[1:]):
        os.rmdir(folder)
    if os.path.lexists(mark):
        os.unlink(mark)
    os.rmdir(root)


def _entries(folder: bytes) -> list[os.DirEntry[bytes]]:
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        os.chmod(folder, 0o700)
    with os.scandir(folder) as entries:
        return list(entries)


def _pull_up(path: bytes, *, to: bytes) -> bytes:
    """Move a directory up before its paths grow beyond what the system takes."""
    os.chmod(path, 0o700)
    os.rename(path, to)
    return to
