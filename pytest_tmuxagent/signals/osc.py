"""Finds the escape sequences (OSC) of one number in what a program prints.

Source: ECMA-48, 8.3.89 (OSC) and 8.3.143 (ST), and xterm's control sequences: `ESC ] number ; text`,
ended by BEL or by ST (`ESC \\`). CAN, SUB or any other escape breaks it off.
"""

from __future__ import annotations

import re

LONGEST_BYTES = 4096
"""A sequence that goes on for longer is none that anybody means."""

_BEL, _ESC = b"\x07", b"\x1b"
_ST = b"\x1b\\"
_NEXT = re.compile(rb"[\x07\x18\x1a\x1b]")


class OscWatcher:
    """Reads a stream piece by piece; a sequence that is torn at the end of a piece is kept."""

    def __init__(self, number: int) -> None:
        self._start = b"\x1b]%d;" % number
        self._torn = b""

    def feed(self, data: bytes) -> list[str]:
        """Give the texts of the sequences that are whole now, in their order."""
        data = self._torn + data
        texts: list[str] = []
        at = data.find(self._start)
        while at >= 0:
            begins = at + len(self._start)
            end = _NEXT.search(data, begins, begins + LONGEST_BYTES)
            if end is None and len(data) - begins >= LONGEST_BYTES:
                at = data.find(self._start, begins)
                continue
            if end is None or (end[0] == _ESC and end.end() == len(data)):
                break
            if end[0] == _BEL or data.startswith(_ST, end.start()):
                texts.append(data[begins : end.start()].decode("utf-8", "replace"))
            at = data.find(self._start, end.start())
        self._torn = data[at:] if at >= 0 else self._beginning(data)
        return texts

    def _beginning(self, data: bytes) -> bytes:
        """Give what may be the beginning of a sequence at the end of what was read."""
        lengths = range(min(len(self._start) - 1, len(data)), 0, -1)
        return next((data[-length:] for length in lengths if data.endswith(self._start[:length])), b"")
