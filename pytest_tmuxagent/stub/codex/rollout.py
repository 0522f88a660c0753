"""The file of a thread's rollout: each record is written at once, and whole."""

from __future__ import annotations

import os

from pytest_tmuxagent.stub.jsonlines import decode
from pytest_tmuxagent.stub.lines import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pytest_tmuxagent.stub.keeping import Kept


class Rollout:
    """`add` records; the first of them creates the file, unless `keeps` is False: then there is none."""

    __slots__ = ("_file", "_keeps", "path")

    def __init__(self, path: str, *, file: Kept, keeps: bool = True) -> None:
        self.path = path
        self._file = file
        self._keeps = keeps

    def add(self, records: Iterable[dict[str, Any]]) -> None:
        """Append records, in one write; they are not lost with the process, but with the machine."""
        if not self._keeps:
            return
        data = b"".join(encode_line(record) for record in records)
        try:
            self._file.write(data)
        except OSError:  # the CLI runs without what it cannot keep
            pass

    def close(self) -> None:
        self._file.close()


def read_rollout(path: str) -> list[dict[str, Any]]:
    """Read the records of a rollout; what is no record is passed over. OSError where there is no file."""
    with open(path, "rb") as file:
        lines = file.read().split(b"\n")
    return [record for record in map(_record, lines) if record is not None]


def find_rollout(folder: str, thread: str) -> str | None:
    """Find the rollout of a thread below the folder of the sessions; None where there is none."""
    for path in rollouts(folder):
        if path.endswith(f"-{thread}.jsonl"):
            return path
    return None


def rollouts(folder: str) -> list[str]:
    """Give all rollouts, the thread that began last first."""
    found = []
    for place, _, names in os.walk(folder):
        found += [f"{place}/{name}" for name in names if name.startswith("rollout-")]
    return sorted(found, key=lambda path: path.rpartition("/")[2], reverse=True)


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = decode(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None
