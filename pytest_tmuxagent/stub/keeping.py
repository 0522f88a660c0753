"""Files that a transcript is appended to, and those that a test arranged to be late, torn or missing."""

from __future__ import annotations

import os
from time import monotonic

from pytest_tmuxagent.stub.lines import write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from pytest_tmuxagent.stub.faults import Faults
    from pytest_tmuxagent.stub.loop import Loop, Timer

    class Kept(Protocol):
        """Where the lines of a transcript go; OSError where they cannot."""

        def write(self, lines: bytes) -> None: ...
        def close(self) -> None: ...


_LATE_PERCENT = 40
_TORN_PERCENT = 50
_LATE_MS = (2, 80)
_GAP_MS = (1, 20)


class Appended:
    """A file that the first write creates, with the folders above it."""

    __slots__ = ("_fd", "_mode", "_path")

    def __init__(self, path: str, *, mode: int) -> None:
        self._path = path
        self._mode = mode
        self._fd = -1

    def write(self, lines: bytes) -> None:
        if self._fd < 0:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, self._mode)
        write_all(self._fd, lines)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class Withheld:
    """No file at all."""

    __slots__ = ()

    def write(self, lines: bytes) -> None:
        pass

    def close(self) -> None:
        pass


class Late:
    """Brings what is written to the disk `delay` seconds later; the rest of it at the end."""

    __slots__ = ("_delay", "_file", "_loop", "_waiting")

    def __init__(self, file: Kept, *, loop: Loop, delay: float) -> None:
        self._file = file
        self._loop = loop
        self._delay = delay
        self._waiting: list[bytes] = []

    def write(self, lines: bytes) -> None:
        self._waiting.append(lines)
        self._loop.after(self._delay, self._write_next)

    def _write_next(self) -> None:
        if self._waiting:
            self._file.write(self._waiting.pop(0))

    def close(self) -> None:
        while self._waiting:
            self._write_next()
        self._file.close()


class Torn:
    """Writes up to the middle of the last line, and the rest `gap` seconds later, or with what follows."""

    __slots__ = ("_file", "_gap", "_loop", "_rest", "_timer")

    def __init__(self, file: Kept, *, loop: Loop, gap: float) -> None:
        self._file = file
        self._loop = loop
        self._gap = gap
        self._rest = b""
        self._timer: Timer | None = None

    def write(self, lines: bytes) -> None:
        self._mend()
        last = lines.rfind(b"\n", 0, len(lines) - 1) + 1
        middle = (last + len(lines)) // 2
        self._rest = lines[middle:]
        self._file.write(lines[:middle])
        self._timer = self._loop.after(self._gap, self._mend)

    def _mend(self) -> None:
        self._loop.cancel(self._timer)
        self._timer = None
        rest, self._rest = self._rest, b""
        if rest:
            self._file.write(rest)

    def close(self) -> None:
        self._mend()
        self._file.close()


class Lagging:
    """Brings what is written to the disk late, in its order, and in two pieces; the rest of it at the end."""

    __slots__ = ("_due", "_faults", "_file", "_loop", "_waiting")

    def __init__(self, file: Kept, *, loop: Loop, faults: Faults) -> None:
        self._file = file
        self._loop = loop
        self._faults = faults
        self._waiting: list[bytes] = []
        self._due = 0.0  # when the last of it is

    def write(self, lines: bytes) -> None:
        draws = self._faults.draws("delayed_transcript")
        if draws is None or not lines or not (self._waiting or draws.chance(_LATE_PERCENT)):
            self._file.write(lines)
            return
        delay = draws.seconds(*_LATE_MS)
        cut = draws.between(1, len(lines)) if draws.chance(_TORN_PERCENT) else len(lines)
        torn = f", torn after {cut} of {len(lines)} bytes" if cut < len(lines) else ""
        self._faults.note("delayed_transcript", f"records {delay:.3f} s late{torn}")
        self._later(lines[:cut], delay)
        if cut < len(lines):
            self._later(lines[cut:], draws.seconds(*_GAP_MS))

    def _later(self, piece: bytes, delay: float) -> None:
        self._waiting.append(piece)
        self._due = max(self._due, monotonic()) + delay
        self._loop.after(self._due - monotonic(), self._write_next)

    def _write_next(self) -> None:
        if self._waiting:
            self._file.write(self._waiting.pop(0))

    def close(self) -> None:
        while self._waiting:
            self._write_next()
        self._file.close()


def kept(
    path: str, *, mode: int, loop: Loop, situation: dict[str, Any], faults: Faults | None = None
) -> Kept:
    """Give the file at `path`, as the situation has it."""
    file: Kept = Appended(path, mode=mode)
    if faults is not None and faults.draws("delayed_transcript") is not None:
        file = Lagging(file, loop=loop, faults=faults)
    if not situation:
        return file
    if situation.get("transcript") == "withheld":
        return Withheld()
    if "tear" in situation:
        file = Torn(file, loop=loop, gap=float(situation["tear"]))
    if "transcript_delay" in situation:
        file = Late(file, loop=loop, delay=float(situation["transcript_delay"]))
    return file
