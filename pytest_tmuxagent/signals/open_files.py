"""Which of the files in a folder a process holds open: those are the ones that it writes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pytest_tmuxagent.events import ConversationNamed, Event

_PATIENCE = 10.0


class OpenFiles:
    """Names the conversations of an agent that keeps its transcript open while it writes it.

    The process is asked only when a file of the folder was begun or has grown that is not known as its own.
    """

    def __init__(self, folder: Path, *, pid: int) -> None:
        self._folder = folder
        self._pid = pid
        self._seen: dict[Path, int] = {}
        self._own: set[Path] = set()

    def look(self) -> list[Event]:
        """Give the conversations that are new."""
        written = {
            path: _size(path) for path in self._folder.resolve().rglob("*.jsonl") if path not in self._own
        }
        if written == self._seen:
            return []
        self._seen = written
        found = sorted(open_files(self._pid).intersection(written))
        self._own.update(found)
        self._seen = {path: size for path, size in written.items() if path not in self._own}
        return [ConversationNamed(session=path.stem, path=path) for path in found]


def open_files(pid: int) -> frozenset[Path]:
    """Give the files that a process holds open; none where it is gone or is not ours to ask."""
    if sys.platform == "linux":
        return _by_proc(pid)
    return _by_lsof(pid)


def _by_proc(pid: int) -> frozenset[Path]:
    found = set()
    try:
        for number in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208 - `scandir` holds a descriptor open itself
            found.add(Path(os.readlink(f"/proc/{pid}/fd/{number}")))  # noqa: PTH115 - what is read is a text
    except OSError:
        pass
    return frozenset(found)


def _by_lsof(pid: int) -> frozenset[Path]:
    try:
        done = subprocess.run(
            ["lsof", "-a", "-p", str(pid), "-Fn"],
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    return frozenset(Path(line[1:]) for line in done.stdout.splitlines() if line.startswith("n/"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
