"""Codex's terminal: inline below a history, or the alternate screen, of which every row is its own.

Source: Codex CLI 0.169.0, measured: what is switched on and off, and `OSC 7501`, the states.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.text import clean, cut, width, wrap
from pytest_tmuxagent.stub.terminal import Pty, Terminal

_PROMPT_MARK = "› "
_KEPT_LINES = 2000
_CLEAR = "\x1b]7501;state=clear\x1b\\"


class CodexTerminal(Terminal):
    """Inline (`--no-alt-screen`): the history goes up into the scrollback."""

    __slots__ = ()

    def tell_state(self, state: str) -> None:
        """Say what the agent is at, to whoever reads the terminal's bytes."""
        self.write(f"\x1b]7501;state={state}\x1b\\")

    def frame(
        self, history: list[str], live: list[str], bottom: list[str], cursor: tuple[int, int] | None
    ) -> None:
        """Draw: `history` is new and final, `live` is what follows it and may change."""
        place = None if cursor is None else (cursor[0] + len(live), cursor[1])
        self.draw(history, [*live, *bottom], place)

    def _farewell(self, goodbye: list[str]) -> str:
        return f"{self._to_top()}\x1b[J{_parting(goodbye)}"


class FullScreen(CodexTerminal):
    """The alternate screen: the history on top, the composer at the bottom, only changes are written."""

    __slots__ = ("_lines", "_shown")

    def __init__(
        self, *, input_fd: int, output_fd: int, shows_cursor: bool = True, pty: Pty | None = None
    ) -> None:
        super().__init__(input_fd=input_fd, output_fd=output_fd, shows_cursor=shows_cursor, pty=pty)
        self._lines: list[str] = []
        self._shown: list[str] = []

    def open(self) -> None:
        super().open()
        self.write("\x1b[?1049h\x1b[H\x1b[2J")

    def frame(
        self, history: list[str], live: list[str], bottom: list[str], cursor: tuple[int, int] | None
    ) -> None:
        columns, rows = self.size()
        self._lines += history
        del self._lines[:-_KEPT_LINES]
        below = [clean(line) for line in bottom][-rows:]
        above = self._last_rows([*self._lines, *live], columns=columns, rows=rows - len(below))
        blank = [""] * (rows - len(below) - len(above))
        self._write_rows([*above, *blank, *below])
        self._place(cursor, first=rows - len(below), dropped=len(bottom) - len(below))

    def _last_rows(self, lines: list[str], *, columns: int, rows: int) -> list[str]:
        """Give the last rows; where more are above, the prompt that they belong to is the first of them."""
        found: list[str] = []
        at = len(lines)
        while at and len(found) < rows:
            at -= 1
            text = clean(lines[at])
            found[:0] = [text] if width(text) <= columns else wrap(text, columns)
        hidden = at > 0 or len(found) > rows
        shown = found[max(0, len(found) - rows) :]
        if hidden and shown:
            shown[0] = _prompt_above(lines, at, columns) or shown[0]
        return shown

    def _write_rows(self, rows: list[str]) -> None:
        parts = []
        if self._stale or len(self._shown) != len(rows):
            self._stale, self._shown = False, [""] * len(rows)
            parts.append("\x1b[H\x1b[2J")
        for number, (row, shown) in enumerate(zip(rows, self._shown, strict=True)):
            if row != shown:
                parts.append(f"\x1b[{number + 1};1H\x1b[2K{row}")
        self._shown = rows
        if parts:
            self._cursor = None
            self.write("".join(parts))

    def _place(self, cursor: tuple[int, int] | None, *, first: int, dropped: int) -> None:
        visible = cursor is not None and self._shows_cursor
        changed = self._seen(visible)
        if cursor is None:
            self.write(changed)
            return
        place = (max(0, first + cursor[0] - dropped), cursor[1])
        if changed or place != self._cursor:
            self._cursor = place
            self.write(f"{changed}\x1b[{place[0] + 1};{place[1] + 1}H")

    def clear(self) -> None:
        self._lines, self._stale = [], True

    def pour(self, block: bytes) -> None:
        self.write(f"\x1b[{self.size()[1]};1H")
        self._write(block)
        self._lines += block.decode("utf-8", "replace").replace("\r", "").rstrip("\n").split("\n")
        self._stale = True

    def _farewell(self, goodbye: list[str]) -> str:
        return f"\x1b[1;1H\x1b[J\x1b[?1049l{_parting(goodbye)}"


def _prompt_above(lines: list[str], at: int, columns: int) -> str:
    """Give the prompt that a line comes after, in one row; empty where the line is a prompt's own."""
    below = next((index for index in range(at, len(lines)) if lines[index]), len(lines) - 1)
    if lines[below].startswith(_PROMPT_MARK):
        return ""
    first = next((index for index in range(at, -1, -1) if lines[index].startswith(_PROMPT_MARK)), None)
    if first is None:
        return ""
    end = first + 1
    while end < len(lines) and _continues(lines[end : end + 2]):
        end += 1
    if at < end:
        return ""
    return cut(" ".join(line.strip() for line in lines[first:end] if line), columns - 1)


def _continues(following: list[str]) -> bool:
    """Tell whether the next line is one of the prompt's: an indented one, or a blank one before such."""
    return following[0].startswith("  ") or (not following[0] and following[-1].startswith("  "))


def _parting(goodbye: list[str]) -> str:
    return "".join([_CLEAR, *(f"{line}\r\n" for line in goodbye)])
