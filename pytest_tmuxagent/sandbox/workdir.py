"""The folder an agent works in: a git repository, and what changed in it from one moment to another."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_tmuxagent.turn import FileChanges

_GIT_CONFIG = """\
[core]
	repositoryformatversion = 0
	filemode = true
	bare = false
[user]
	name = Test
	email = test@example.invalid
"""

# A file written twice within one tick of the file system's clock looks unchanged to `stat`.
_TICK_NS = 20_000_000
_COARSE_TICK_NS = 2_000_000_000
_SECOND_NS = 1_000_000_000

_Stamp = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The files of a workdir at one moment: relative path, with `/`, to what identifies the content."""

    files: Mapping[str, str] = field(repr=False)


class Workdir:
    """A workdir at `path`; the folder exists."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, tuple[_Stamp, str]] = {}

    def fill(self, source: Path | None) -> None:
        """Copy the files of `source`, and make it a git repository unless it is one by then.

        Raises:
            OSError: `source` cannot be read or its copy not written.
        """
        if source is not None:
            if not source.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, "no such folder", str(source))
            shutil.copytree(source, self.path, symlinks=True, dirs_exist_ok=True)
        git = self.path / ".git"
        if not git.exists():
            for folder in (git, git / "objects", git / "refs"):
                folder.mkdir()
            (git / "HEAD").write_text("ref: refs/heads/main\n")
            (git / "config").write_text(_GIT_CONFIG)

    def snapshot(self) -> Snapshot:
        """Read all files, `.git` left out; what `stat` shows as untouched is not read again."""
        now = time.time_ns()
        known: dict[str, tuple[_Stamp, str]] = {}
        files: dict[str, str] = {}
        for path, entry in _walk(self.path):
            try:
                status = entry.stat(follow_symlinks=False)
                stamp = _stamp(status)
                before = self._known.get(path)
                identity = before[1] if before and before[0] == stamp else _identity(entry.path, status)
            except FileNotFoundError:
                continue  # Somebody removed it while we looked.
            files[path] = identity
            if _settled(status, now=now):
                known[path] = (stamp, identity)
        self._known = known
        return Snapshot(files=files)


def changes(before: Snapshot, after: Snapshot) -> FileChanges:
    """Say what happened to the files between two snapshots."""
    old, new = before.files, after.files
    return FileChanges(
        created=frozenset(new.keys() - old.keys()),
        modified=frozenset(path for path in new.keys() & old.keys() if new[path] != old[path]),
        deleted=frozenset(old.keys() - new.keys()),
    )


def _walk(top: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    folders = [(str(top), "")]
    for folder, prefix in folders:  # It grows while we walk.
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue  # Removed meanwhile, or closed to us.
        for entry in entries:
            if entry.name == ".git":
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append((entry.path, f"{prefix}{entry.name}/"))
            else:
                yield prefix + entry.name, entry


def _stamp(status: os.stat_result) -> _Stamp:
    return (status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _settled(status: os.stat_result, *, now: int) -> bool:
    coarse = status.st_ctime_ns % _SECOND_NS == 0
    return now - status.st_ctime_ns > (_COARSE_TICK_NS if coarse else _TICK_NS)


def _identity(path: str, status: os.stat_result) -> str:
    if stat.S_ISLNK(status.st_mode):
        return f"link to {Path(path).readlink()}"
    if not stat.S_ISREG(status.st_mode):
        return f"special file {stat.S_IFMT(status.st_mode):o}"  # Reading a FIFO would block.
    kind = "program" if status.st_mode & stat.S_IXUSR else "file"
    try:
        return f"{kind} {_digest(path)}"
    except PermissionError:
        return f"unreadable {kind} {status.st_size} {status.st_mtime_ns}"


def _digest(path: str) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with Path(path).open("rb", buffering=0) as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
