"""What an agent prints: recorded with its time, and readable as text.

The bytes arrive in the I/O thread and are only stored there; text is made of them when somebody asks.
"""

from __future__ import annotations

import codecs
import re
import threading
from collections import deque

_KEPT_BYTES = 8 * 1024 * 1024
_LONGEST_ESCAPE = 4096
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC, DCS, SOS, PM, APC
    r"|\x1b(?:[ -/]+[0-~]|[0-OQ-WYZ\\`-~])"  # other escapes
    r"|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]"
)
_TORN_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)\Z")


class PaneStream:
    """Everything a pane printed, newest 8 MiB kept, with the time of each piece."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._chunks: deque[tuple[float, bytes]] = deque()
        self._first = 0
        self._end = 0

    @property
    def end(self) -> int:
        """How many bytes were printed since the start: a mark for `since`."""
        return self._end

    @property
    def lost_bytes(self) -> int:
        """How many of them are no longer kept."""
        return self._first

    def add(self, data: bytes, *, at: float) -> None:
        """Store a piece (called in the I/O thread)."""
        with self._lock:
            self._chunks.append((at, data))
            self._end += len(data)
            while self._end - self._first > _KEPT_BYTES and len(self._chunks) > 1:
                self._first += len(self._chunks.popleft()[1])

    def chunks(self) -> list[tuple[float, bytes]]:
        """Give all pieces that are kept."""
        with self._lock:
            return list(self._chunks)

    def since(self, mark: int) -> tuple[bytes, int]:
        """Give the bytes printed after a mark, as far as they are kept, and the mark after them."""
        with self._lock:
            end = position = self._end
            wanted: list[bytes] = []
            for _, data in reversed(self._chunks):
                if position <= mark:
                    break
                position -= len(data)
                wanted.append(data)
        joined = b"".join(reversed(wanted))
        return joined[max(0, mark - position) :], end


class PrintedText:
    """The text printed after a mark, without escape sequences, decoded as it grows."""

    def __init__(self, stream: PaneStream, *, mark: int) -> None:
        self._stream = stream
        self._mark = mark
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._raw_tail = ""
        self._text = ""

    def read(self) -> str:
        """Give all of it so far. An escape sequence that is not whole yet is held back."""
        data, self._mark = self._stream.since(self._mark)
        raw = self._raw_tail + self._decoder.decode(data)
        raw, self._raw_tail = _split_at_torn_escape(raw)
        self._text += _ESCAPES.sub("", raw).replace("\r", "")
        return self._text


def _split_at_torn_escape(text: str) -> tuple[str, str]:
    torn = _TORN_ESCAPE.search(text, max(0, len(text) - _LONGEST_ESCAPE))
    return (text[: torn.start()], text[torn.start() :]) if torn else (text, "")
