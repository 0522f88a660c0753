"""What a terminal sends, read as text, pastes and keys. Pure: no I/O, no clock.

Source: ECMA-48 (CSI), xterm's ctlseqs (SS3, bracketed paste 2004, modifyOtherKeys), kitty (CSI u).
"""

from __future__ import annotations

from codecs import utf_8_decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Key = tuple[Literal["text", "paste", "key"], str]

_ESC = 0x1B
_PASTE_START = b"\x1b[200~"
_PASTE_END = b"\x1b[201~"
_MARKED = bytes(0 if code < 0x20 or code == 0x7F else 1 for code in range(256))
_CONTROLS = {
    0x01: "home",
    0x02: "left",
    0x03: "interrupt",
    0x04: "end of input",
    0x05: "end",
    0x06: "right",
    0x08: "backspace",
    0x0A: "newline",
    0x0B: "kill line",
    0x0D: "enter",
    0x15: "clear",
    0x17: "kill word",
    0x7F: "backspace",
}
_SEQUENCES = {
    b"A": "up",
    b"B": "down",
    b"C": "right",
    b"D": "left",
    b"F": "end",
    b"H": "home",
    b"1~": "home",
    b"3~": "delete",
    b"4~": "end",
    b"7~": "home",
    b"8~": "end",
    b"Z": "back tab",
    b"1;2D": "shift left",
    b"13;2u": "newline",
    b"27;2;13~": "newline",
}
_ALT = {0x0D: "newline", 0x0A: "newline", 0x7F: "kill word", 0x08: "kill word"}


class KeyParser:
    """Bytes in, keys out; any split of the bytes gives the same keys, once adjacent texts are joined."""

    __slots__ = ("_paste", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._paste: bytearray | None = None

    @property
    def undecided(self) -> bool:
        """Whether an Esc has come that may be a key, or the start of a sequence."""
        return self._paste is None and self._rest[:1] == b"\x1b"

    def feed(self, data: bytes) -> list[Key]:
        """Take the next bytes; give the keys they complete."""
        data, at = self._rest + data, 0
        keys: list[Key] = []
        marks = data.translate(_MARKED)
        while at < len(data):
            read = (
                self._read_key(data, at, marks, keys)
                if self._paste is None
                else self._read_paste(data, at, keys)
            )
            if read == at:
                break
            at = read
        self._rest = data[at:]
        return keys

    def flush(self) -> list[Key]:
        """Say that nothing followed: an Esc that was waiting is the key."""
        if not self.undecided:
            return []
        rest, self._rest = self._rest[1:], b""
        return [("key", "escape"), *self.feed(rest)]

    def _read_key(self, data: bytes, at: int, marks: bytes, keys: list[Key]) -> int:
        code = data[at]
        if code == _ESC:
            return self._read_escape(data, at, keys)
        if marks[at]:
            end = marks.find(0, at)
            text, used = utf_8_decode(data[at : end if end >= 0 else None], "replace", end >= 0)
            if text:
                keys.append(("text", text))
            return at + used
        if code == 0x09:
            keys.append(("text", "\t"))
        else:
            keys.append(("key", _CONTROLS.get(code, "unknown")))
        return at + 1

    def _read_escape(self, data: bytes, at: int, keys: list[Key]) -> int:
        if at + 1 == len(data):
            return at
        code = data[at + 1]
        if code in b"[O":
            return self._read_sequence(data, at, keys)
        if code in _ALT:
            keys.append(("key", _ALT[code]))
        elif 0x20 <= code < 0x7F:
            keys.append(("key", "unknown"))
        else:
            keys.append(("key", "escape"))
            return at + 1
        return at + 2

    def _read_sequence(self, data: bytes, at: int, keys: list[Key]) -> int:
        end = at + 2
        while end < len(data) and 0x20 <= data[end] < 0x40 and data[at + 1] == 0x5B:
            end += 1
        if end == len(data):
            return at
        if not 0x40 <= data[end] < 0x7F:  # broken off: what broke it is read on its own
            keys.append(("key", "unknown"))
            return end
        end += 1
        if data[at:end] == _PASTE_START:
            self._paste = bytearray()
        else:
            keys.append(("key", _name(data[at + 2 : end])))
        return end

    def _read_paste(self, data: bytes, at: int, keys: list[Key]) -> int:
        assert self._paste is not None
        end = data.find(_PASTE_END, at)
        if end >= 0:
            self._paste += data[at:end]
            keys.append(("paste", self._paste.decode("utf-8", "replace")))
            self._paste = None
            return end + len(_PASTE_END)
        kept = data.rfind(b"\x1b", max(at, len(data) - len(_PASTE_END) + 1))
        end = kept if kept >= 0 and _PASTE_END.startswith(data[kept:]) else len(data)
        self._paste += data[at:end]
        return end


def _name(sequence: bytes) -> str:
    """Name a sequence; a modifier (`1;5C`) does not change an arrow."""
    name = _SEQUENCES.get(sequence)
    if name is None and sequence[:2] == b"1;":
        name = _SEQUENCES.get(sequence[-1:])
    return name or "unknown"
