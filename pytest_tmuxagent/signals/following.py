"""Reads a transcript as a stream: from any offset, each record once, in the order of writing."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.signals.foreign import parse
from pytest_tmuxagent.signals.growing import NoFile, read_behind


class FollowedRecord(Mapping[str, Any]):
    """A record of a transcript, and where it ends.

    `offset` counts the bytes of all files of the conversation, one after the other: following from
    there goes on with the next record. A line that is no JSON object is an empty record; `line` has it.
    """

    __slots__ = ("_fields", "line", "offset", "path")

    def __init__(self, line: str, *, path: Path, offset: int) -> None:
        self.line = line
        self.path = path
        self.offset = offset
        self._fields: Mapping[str, Any] = parse(line) or {}

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - what JSON holds
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return f"FollowedRecord({self._fields or self.line!r}, offset={self.offset})"


class Log:
    """All whole lines of a growing list of growing files, in the order in which they were found there.

    A file that is left for a new one may still grow: what it gets then comes after what was read of
    the new one, so that no offset ever changes its meaning.
    """

    def __init__(self, paths: Callable[[], Sequence[Path]]) -> None:
        self._paths = paths
        self._read_bytes: dict[Path, int] = {}
        self._records: list[FollowedRecord] = []
        self._ends: list[int] = []

    @property
    def end(self) -> int:
        """The offset behind the last record that was read."""
        return self._ends[-1] if self._ends else 0

    def after(self, offset: int) -> FollowedRecord | None:
        """Give the first record that ends behind an offset, or None as long as there is none."""
        if offset >= self.end:
            self._read()
        index = bisect_right(self._ends, offset)
        return self._records[index] if index < len(self._records) else None

    def _read(self) -> None:
        for path in self._paths():
            for line in self._new_lines(path):
                self._ends.append(self.end + len(line) + 1)
                text = line.decode("utf-8", "backslashreplace")
                self._records.append(FollowedRecord(text, path=path, offset=self.end))

    def _new_lines(self, path: Path) -> list[bytes]:
        start = self._read_bytes.get(path, 0)
        try:
            content = read_behind(path, start)
        except NoFile:
            return []
        *lines, torn = content.split(b"\n")
        self._read_bytes[path] = start + len(content) - len(torn)
        return lines


class Follower:
    """The records behind an offset. Like a file that grows: an iteration ends where the transcript does
    at that time, and the next one goes on there.
    """

    def __init__(self, log: Log, *, from_offset: int) -> None:
        if not isinstance(from_offset, int) or isinstance(from_offset, bool) or from_offset < 0:
            raise Misuse(
                f"follow(from_offset={from_offset!r}): an offset is a number of bytes, 0 or more, "
                "as a record's `.offset` is"
            )
        self._log = log
        self._offset = from_offset

    @property
    def offset(self) -> int:
        """Where the next record is looked for."""
        return self._offset

    def __iter__(self) -> Follower:
        return self

    def __next__(self) -> FollowedRecord:
        record = self._log.after(self._offset)
        if record is None:
            raise StopIteration
        self._offset = record.offset
        return record
