"""The transcript file of one session: records wait a little and are written together, as the CLI does it."""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.metadata import is_metadata
from pytest_tmuxagent.stub.lines import encode_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from pytest_tmuxagent.stub.keeping import Kept
    from pytest_tmuxagent.stub.loop import Loop, Timer

_PATIENCE = 0.1
_REPEATED_AFTER_BYTES = 32 * 1024


class Sheet:
    """`add` records; `flush` brings them to the disk, each line whole. Nothing is created before."""

    __slots__ = ("_again", "_file", "_loop", "_since", "_timer", "_waiting")

    def __init__(self, file: Kept, *, loop: Loop, again: Callable[[], list[dict[str, Any]]]) -> None:
        """`again` gives what is repeated whenever much was written since."""
        self._file = file
        self._again = again
        self._since = 0
        self._loop = loop
        self._waiting: list[dict[str, Any]] = []
        self._timer: Timer | None = None

    def add(self, records: Iterable[dict[str, Any]]) -> None:
        """Take records; they are on the disk within 100 ms, and those that tell of the session now."""
        for record in records:
            if is_metadata(record):
                self._write([record])
            else:
                self._waiting.append(record)
        if self._waiting and self._timer is None:
            self._timer = self._loop.after(_PATIENCE, self.flush)

    def flush(self) -> None:
        """Write what waits."""
        self._loop.cancel(self._timer)
        self._timer = None
        records, self._waiting = self._waiting, []
        self._write(records)

    def close(self) -> None:
        self.flush()
        self._file.close()

    def _write(self, records: list[dict[str, Any]]) -> None:
        if not records:
            return
        content = b"".join(encode_line(record) for record in records)
        try:
            self._file.write(content)
        except OSError:  # the CLI runs without what it cannot keep
            return
        self._since += len(content)
        if self._since > _REPEATED_AFTER_BYTES:
            self._since = 0
            self._write(self._again())
