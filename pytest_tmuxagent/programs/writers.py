"""Whether a process holds a file open to write to it, where the system tells (Linux)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_PROCESSES = Path("/proc")


def is_being_written(path: Path) -> bool:
    """Look through the processes of this user; False where the system does not tell.

    Source: proc_pid_fdinfo(5), the access mode in `flags`.
    """
    try:
        wanted = path.stat()
    except OSError:
        return False
    return any(_is_same(entry, wanted) and _writes(entry) for entry in _open_files())


def _open_files() -> Iterator[Path]:
    if not (_PROCESSES / "self" / "fdinfo").exists():
        return
    for process in os.listdir(_PROCESSES):  # noqa: PTH208 - names are enough
        if not process.isdigit():
            continue
        folder = _PROCESSES / process / "fd"
        try:
            yield from (folder / name for name in os.listdir(folder))  # noqa: PTH208
        except OSError:  # another user's, or it has ended
            continue


def _is_same(entry: Path, wanted: os.stat_result) -> bool:
    try:
        status = entry.stat()
    except OSError:
        return False
    return (status.st_dev, status.st_ino) == (wanted.st_dev, wanted.st_ino)


def _writes(entry: Path) -> bool:
    try:
        told = (entry.parent.parent / "fdinfo" / entry.name).read_text()
    except OSError:
        return False
    flags = next((line.split()[1] for line in told.splitlines() if line.startswith("flags:")), "0")
    return int(flags, 8) & os.O_ACCMODE != os.O_RDONLY
