"""What tmux says in control mode, as events: bytes in, values out; no I/O, no clock.

Source: tmux(1), CONTROL MODE, and tmux 3.3a as it behaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

PANE_DIED_MARK = "tmuxagent-died"
"""First word of the window name by which our `pane-died` hook tells the pane, its status and its signal.

tmux has no notification for the death of a pane; it has one for a window that gets a name.
"""


_MOST_DIGITS = 20
"""What is longer is no number of tmux, and Python reads none of thousands of digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyBlock:
    """All that one command printed. `flags` is 1 for commands of this client, 0 for hooks and the banner."""

    number: int
    flags: int
    lines: tuple[str, ...]
    failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PaneOutput:
    """Bytes that the program in a pane printed."""

    pane: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PaneDied:
    """The program in a pane ended, after its last output; both are None when tmux does not say how."""

    pane: str
    status: int | None
    signal: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """tmux threw away output of a pane, because nobody read it for too long, and stopped sending it."""

    pane: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exited:
    """tmux ends this client."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Any other line: a notification, or (with an empty name) text that stands outside of any reply."""

    name: str
    arguments: str


ControlEvent: TypeAlias = ReplyBlock | PaneOutput | PaneDied | Paused | Exited | Notice


class ControlParser:
    """Cut the stream of a control client into events. Adjacent output of one pane may come as one event."""

    def __init__(self) -> None:
        self._unfinished: list[bytes] = []
        self._block: _OpenBlock | None = None

    def feed(self, data: bytes) -> list[ControlEvent]:
        """Take the next bytes, cut anywhere; give the events that they complete."""
        head, newline, rest = data.partition(b"\n")
        self._unfinished.append(head)
        if not newline:
            return []
        lines = [b"".join(self._unfinished), *rest.split(b"\n")]
        self._unfinished = [lines.pop()]
        return self._read(lines)

    def _read(self, lines: list[bytes]) -> list[ControlEvent]:
        events: list[ControlEvent] = []
        pane, texts = b"", list[bytes]()
        for line in lines:
            if self._block is None and line.startswith(b"%output "):
                _, source, text = _three_words(line)
                if source != pane and texts:
                    events.append(_output(pane, texts))
                    texts = []
                pane = source
                texts.append(text)
                continue
            if texts:
                events.append(_output(pane, texts))
                texts = []
            event = self._inside(line) if self._block else self._outside(line)
            if event is not None:
                events.append(event)
        if texts:
            events.append(_output(pane, texts))
        return events

    def _inside(self, line: bytes) -> ControlEvent | None:
        block = self._block
        assert block is not None
        kind, _, identity = line.partition(b" ")
        if identity == block.identity and kind in (b"%end", b"%error"):
            self._block = None
            return block.close(failed=kind == b"%error")
        # tmux 3.7 may notify within a block; nobody reads the replies of blocks that are not ours.
        if block.flags == 0 and line[:1] == b"%":
            return _notification(line)
        block.lines.append(_text(line))
        return None

    def _outside(self, line: bytes) -> ControlEvent | None:
        if line.startswith(b"%begin "):
            self._block = _OpenBlock.opened_by(line)
            if self._block is not None:
                return None
        return _notification(line)


class _OpenBlock:
    __slots__ = ("flags", "identity", "lines", "number")

    def __init__(self, *, identity: bytes, number: int, flags: int) -> None:
        self.identity = identity
        self.number = number
        self.flags = flags
        self.lines: list[str] = []

    @classmethod
    def opened_by(cls, line: bytes) -> _OpenBlock | None:
        _, _, identity = line.partition(b" ")
        words = identity.split(b" ")
        if len(words) != 3 or not all(word.isdigit() and len(word) <= _MOST_DIGITS for word in words):
            return None
        return cls(identity=identity, number=int(words[1]), flags=int(words[2]))

    def close(self, *, failed: bool) -> ReplyBlock:
        return ReplyBlock(number=self.number, flags=self.flags, lines=tuple(self.lines), failed=failed)


def _notification(line: bytes) -> ControlEvent:
    if line[:1] != b"%":
        return Notice(name="", arguments=_text(line))
    name, first, rest = _three_words(line)
    if name == b"%extended-output":
        # `%extended-output %PANE AGE ... : TEXT`; what stands before the colon may grow.
        return _output(first, [rest.partition(b" : ")[2]])
    if name == b"%pause":
        return Paused(pane=_text(first))
    if name == b"%exit":
        return Exited(reason=_text(line[len(b"%exit ") :]))
    if name == b"%window-renamed" and rest.startswith(PANE_DIED_MARK.encode()):
        return _death(_text(rest)) or Notice(name=_text(name[1:]), arguments=_text(line[len(name) + 1 :]))
    return Notice(name=_text(name[1:]), arguments=_text(line[len(name) + 1 :]))


def _death(window_name: str) -> PaneDied | None:
    words = window_name.split(" ")
    if len(words) != 4 or not words[1].startswith("%"):
        return None
    _, pane, status, signal = words
    return PaneDied(pane=pane, status=_number(status), signal=_number(signal))


def _three_words(line: bytes) -> tuple[bytes, bytes, bytes]:
    name, _, rest = line.partition(b" ")
    first, _, rest = rest.partition(b" ")
    return name, first, rest


def _number(word: str) -> int | None:
    return int(word) if word.isascii() and word.isdigit() and len(word) <= _MOST_DIGITS else None


def _text(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace")


def _output(pane: bytes, texts: list[bytes]) -> PaneOutput:
    return PaneOutput(pane=_text(pane), data=unescape(b"".join(texts)))


def unescape(text: bytes) -> bytes:
    r"""Undo tmux's `\ooo` for control characters and the backslash.

    Whole passes at the speed of C instead of a call per escape: a flood is mostly escapes. The backslash
    comes last, because what it leaves behind may look like an escape.
    """
    for escape, byte in _ESCAPES:
        if b"\\" not in text:
            break
        text = text.replace(escape, byte)
    return text


_ESCAPES = [
    (b"\\%03o" % code, bytes([code]))
    for code in (0x0D, 0x0A, 0x1B, *set(range(32)) - {0x0D, 0x0A, 0x1B}, 0x5C)
]
