"""Follows the transcript an agent writes: whole records only, each once, none lost."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pytest_tmuxagent.signals.following import Follower, Log
from pytest_tmuxagent.signals.foreign import parse
from pytest_tmuxagent.signals.growing import NoFile, exists, read_behind
from pytest_tmuxagent.signals.sessions import end_before

Record = Mapping[str, Any]


class Transcript:
    """All transcript files of one agent, in the order in which they were begun.

    The agent may begin a new file at any time (`/clear`), and the last line of a file may be half
    written at any moment: it is read when it is whole. In a `shared` folder, where other agents write,
    too, a file is the agent's once it was named; what stood in it before the launch is not read: what
    `before_launch` found, or what is older than `since`, in seconds of `time.time()`.
    """

    def __init__(self, folder: Path, *, shared: bool = False, since: float = 0.0) -> None:
        self._folder = folder
        self._shared = shared
        self._since = since
        self._offsets: dict[Path, int] = {}
        self._before: dict[Path, int] = {}
        self._sessions: set[str] = set()
        self._records: list[Record] = []
        self._broken: list[str] = []
        self._unreadable: set[Path] = set()
        self._names: set[str] = set()
        self._log = Log(self._paths_now)

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self._folder

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, oldest first; one that was named and not begun yet is none."""
        return tuple(path for path in self._offsets if not self._shared or exists(path))

    @property
    def path(self) -> Path | None:
        """The newest file, or None where the agent has not written any."""
        paths = self.paths
        return paths[-1] if paths else None

    @property
    def records(self) -> tuple[Record, ...]:
        """All records read so far."""
        return tuple(self._records)

    @property
    def broken(self) -> tuple[str, ...]:
        """Lines that are no JSON objects, and why a file cannot be read."""
        return tuple(self._broken)

    def follow(self, *, from_offset: int = 0) -> Follower:
        """Read records from an offset on, as often as there are new ones; a `.offset` of a record resumes."""
        return Follower(self._log, from_offset=from_offset)

    def before_launch(self) -> None:
        """Take note of what stands in files that are nobody's yet: it is not the agent's doing."""
        if self._shared:
            for path in self._folder.rglob("*.jsonl"):
                self._before[path] = _size(path)

    def skip(self) -> None:
        """Take what stands in the files now for somebody else's doing: it is not read."""
        for path in self.paths:
            self._offsets[path] = _size(path)

    def name(self, session: str, *, path: Path | None = None) -> None:
        """Take note that the agent writes a conversation now; without its path, its file is looked for."""
        if not self._shared:
            return
        if path is None:
            if all(known.stem != session for known in self._offsets):
                self._sessions.add(session)
        else:
            self._sessions.discard(session)
            self._take_in(path)

    def poll(self) -> list[Record | str]:
        """Read what is new: records, and as text the lines that are none."""
        self._discover()
        return [item for path in self._offsets for item in self._read(path)]

    def _paths_now(self) -> tuple[Path, ...]:
        self._discover()
        return self.paths

    def _take_in(self, path: Path) -> None:
        if path in self._offsets:
            self._offsets[path] = self._offsets.pop(path)
        else:
            self._offsets[path] = self._before.get(path) or end_before(path, self._since)

    def _discover(self) -> None:
        if self._shared:
            self._look_for_sessions()
        else:
            self._look_for_files()

    def _look_for_sessions(self) -> None:
        for session in tuple(self._sessions):
            for path in self._folder.rglob("*.jsonl"):
                if path.stem == session:
                    self.name(session, path=path)

    def _look_for_files(self) -> None:
        try:
            names = set(os.listdir(self._folder))  # noqa: PTH208 - `scandir` stays open where it is interrupted
        except OSError:
            return
        new = [self._folder / name for name in names - self._names if name.endswith(".jsonl")]
        self._names = names
        for path in sorted(new, key=_begun):
            self._offsets[path] = 0

    def _read(self, path: Path) -> Iterator[Record | str]:
        offset = self._offsets[path]
        try:
            content = read_behind(path, offset)
        except NoFile as why:
            if path not in self._unreadable:
                self._unreadable.add(path)
                yield self._break(str(why))
            return
        *lines, torn = content.split(b"\n")
        self._offsets[path] = offset + len(content) - len(torn)
        for line in lines:
            yield self._parse(line)

    def _parse(self, line: bytes) -> Record | str:
        record = parse(line)
        if record is None:
            return self._break(line.decode("utf-8", "backslashreplace"))
        self._records.append(record)
        return record

    def _break(self, text: str) -> str:
        self._broken.append(text)
        return text


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0


def _begun(path: Path) -> tuple[int, str]:
    try:
        return path.stat().st_mtime_ns, path.name
    except OSError:
        return 0, path.name
