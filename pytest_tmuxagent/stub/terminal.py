"""The terminal: raw mode, and a bottom area that is redrawn below a history that only grows."""

from __future__ import annotations

import os
import termios
from select import select

from pytest_tmuxagent.faces.text import clean, width
from pytest_tmuxagent.stub.leave import Leave

_HANG_UP = 129
_READ_BYTES = 65536
_INPUT_FLAGS = (
    termios.IGNBRK
    | termios.BRKINT
    | termios.PARMRK
    | termios.ISTRIP
    | termios.INLCR
    | termios.IGNCR
    | termios.ICRNL
    | termios.IXON
)
_LOCAL_FLAGS = termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN


class Pty:
    """A terminal that takes all and gives all."""

    __slots__ = ()

    def read(self, fd: int) -> bytes:
        """Read what is there, waiting for the first byte; empty at the end of input."""
        return os.read(fd, _READ_BYTES)

    def write(self, fd: int, data: memoryview) -> int:
        """Write from the beginning of it, and say how much."""
        return os.write(fd, data)


class Terminal:
    """Owns the terminal between `open` and `close`; inline, never on the alternate screen."""

    __slots__ = (
        "_bottom",
        "_cursor",
        "_input",
        "_output",
        "_pty",
        "_saved",
        "_shows_cursor",
        "_stale",
        "_visible",
    )

    def __init__(
        self, *, input_fd: int, output_fd: int, shows_cursor: bool = True, pty: Pty | None = None
    ) -> None:
        """Without `shows_cursor` it is put in its place, but never seen; `pty` is how bytes pass."""
        self._pty = pty or Pty()
        self._shows_cursor = shows_cursor
        self._visible = True
        self._input = input_fd
        self._output = output_fd
        self._saved: list[int | list[bytes | int]] | None = None
        self._bottom: list[str] = []
        self._cursor: tuple[int, int] | None = (0, 0)
        self._stale = False

    def open(self) -> None:
        """Switch to raw mode and bracketed paste; what was typed before stays to be read."""
        self._saved = termios.tcgetattr(self._input)
        raw = termios.tcgetattr(self._input)
        raw[0] &= ~_INPUT_FLAGS
        raw[1] &= ~termios.OPOST
        raw[3] &= ~_LOCAL_FLAGS
        raw[6][termios.VMIN], raw[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._input, termios.TCSANOW, raw)
        self.write("\x1b[?2004h\r\x1b[J")

    @property
    def is_open(self) -> bool:
        """Whether it is ours to draw on."""
        return self._saved is not None

    def set_title(self, title: str) -> None:
        """Give the terminal a title (OSC 0)."""
        self.write(f"\x1b]0;{title}\x07")

    def close(self, goodbye: list[str] | None = None) -> None:
        """Take the bottom area away and give the terminal back as it was; twice is harmless.

        With a `goodbye` the bottom area stays, and the lines stand below it.
        """
        if self._saved is None:
            return
        saved, self._saved = self._saved, None
        try:
            self.write(f"{self._farewell(goodbye or [])}\x1b[?2004l\x1b[?25h")
        except Leave:  # nobody is there to see it
            pass
        try:
            termios.tcsetattr(self._input, termios.TCSANOW, saved)
        except termios.error:
            pass

    def _farewell(self, goodbye: list[str]) -> str:
        if not goodbye:
            return f"{self._to_top()}\x1b[J"
        below = len(self._bottom) - 1 - (self._cursor[0] if self._cursor else len(self._bottom) - 1)
        return "".join([f"\x1b[{below}B" if below else "", "\r\n", *(f"{line}\r\n" for line in goodbye)])

    def size(self) -> tuple[int, int]:
        """Give (columns, rows); 80 by 24 where the terminal does not know."""
        try:
            columns, rows = os.get_terminal_size(self._output)
        except OSError:
            return 80, 24
        return columns or 80, rows or 24

    def read(self) -> bytes:
        """Read what is there, waiting for the first byte; empty at the end of input."""
        try:
            return self._pty.read(self._input)
        except OSError:
            raise Leave(_HANG_UP) from None

    def typed_ahead(self) -> bytes:
        """Read what was typed while the terminal was in line mode, where Enter had become a newline."""
        typed = b""
        while select([self._input], [], [], 0)[0]:  # All of it: what is left would be read as it stands.
            read = self.read()
            if not read:
                break
            typed += read
        return typed.replace(b"\n", b"\r")

    def draw(self, history: list[str], bottom: list[str], cursor: tuple[int, int] | None) -> None:
        """Add lines to the history and redraw the bottom; the cursor is (row, column) in it, or hidden."""
        if not (history or self._stale) and bottom == self._bottom and cursor == self._cursor:
            return
        self._stale = False
        parts = [self._to_top(), "\x1b[J"]
        parts += [f"{clean(line)}\r\n" for line in history]
        parts.append("\r\n".join([clean(line) for line in bottom]))
        parts.append(self._seen(cursor is not None and self._shows_cursor))
        if cursor is not None:
            below = len(bottom) - 1 - cursor[0]
            parts.append(f"{f'{chr(27)}[{below}A' if below else ''}\x1b[{cursor[1] + 1}G")
        self._bottom, self._cursor = bottom, cursor
        self.write("".join(parts))

    def _seen(self, visible: bool) -> str:  # noqa: FBT001 - what the cursor is to be
        """Give what makes the cursor visible or not, where that is a change."""
        changes, self._visible = visible != self._visible, visible
        return f"\x1b[?25{'h' if visible else 'l'}" if changes else ""

    def resized(self) -> None:
        """Take note that the terminal may have wrapped what was drawn: the next draw is no repetition."""
        self._stale = True

    def clear(self) -> None:
        """Empty the screen and its scrollback."""
        self._bottom, self._cursor = [], (0, 0)
        self.write(f"\x1b[H\x1b[2J\x1b[3J{self._seen(self._shows_cursor)}")

    def pour(self, block: bytes) -> None:
        """Put raw bytes, whole lines of them, into the history; the bottom is gone until the next draw."""
        self.write(f"{self._to_top()}\x1b[J")
        self._bottom, self._cursor = [], (0, 0)
        self._write(block)

    def write(self, text: str) -> None:
        self._write(text.encode("utf-8", "replace"))

    def _to_top(self) -> str:
        """Go to the bottom area's first cell; a narrower terminal may have wrapped its lines by now."""
        columns = self.size()[0]
        above = self._bottom[: len(self._bottom) - 1 if self._cursor is None else self._cursor[0]]
        rows = sum(max(0, width(line) - 1) // columns + 1 for line in above)
        if self._cursor is not None:
            rows += self._cursor[1] // columns
        return f"\x1b[{rows}A\r" if rows else "\r"

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._pty.write(self._output, rest) :]
            except BlockingIOError:  # somebody made the terminal non-blocking
                select([], [self._output], [])
            except OSError:
                raise Leave(_HANG_UP) from None
