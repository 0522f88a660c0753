"""Follows the transcript an agent writes: whole records only, each once, none lost."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Record = Mapping[str, Any]


class Transcript:
    """All transcript files of one agent, in the order in which they were begun.

    The agent may begin a new file at any time (`/clear`), and the last line of a file may be half
    written at any moment: it is read when it is whole.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._offsets: dict[Path, int] = {}
        self._records: list[Record] = []
        self._broken: list[str] = []
        self._names: set[str] = set()

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, oldest first."""
        return tuple(self._offsets)

    @property
    def path(self) -> Path | None:
        """The newest file, or None where the agent has not written any."""
        return self.paths[-1] if self._offsets else None

    @property
    def records(self) -> tuple[Record, ...]:
        """All records read so far."""
        return tuple(self._records)

    @property
    def broken(self) -> tuple[str, ...]:
        """Lines that are no JSON objects."""
        return tuple(self._broken)

    def poll(self) -> list[Record | str]:
        """Read what is new: records, and as text the lines that are none."""
        self._discover()
        return [item for path in self._offsets for item in self._read(path)]

    def _discover(self) -> None:
        try:
            names = {entry.name for entry in os.scandir(self._folder)}
        except FileNotFoundError:
            return
        new = [self._folder / name for name in names - self._names if name.endswith(".jsonl")]
        self._names = names
        for path in sorted(new, key=_begun):
            self._offsets[path] = 0

    def _read(self, path: Path) -> Iterator[Record | str]:
        offset = self._offsets[path]
        try:
            if path.stat().st_size == offset:
                return
            with path.open("rb") as file:
                file.seek(offset)
                content = file.read()
        except FileNotFoundError:
            return
        whole = content.rfind(b"\n") + 1
        self._offsets[path] = offset + whole
        for line in content[:whole].splitlines():
            yield self._parse(line)

    def _parse(self, line: bytes) -> Record | str:
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if isinstance(record, dict):
            self._records.append(record)
            return record
        text = line.decode("utf-8", "backslashreplace")
        self._broken.append(text)
        return text


def _begun(path: Path) -> tuple[int, str]:
    try:
        return path.stat().st_mtime_ns, path.name
    except OSError:
        return 0, path.name
