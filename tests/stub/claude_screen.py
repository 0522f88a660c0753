"""What a terminal shows of the bytes that the stub writes: the few sequences that it uses, and no others."""

from __future__ import annotations

import re

from pytest_tmuxagent.faces.text import width

_TOKEN = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b\][^\x07]*\x07|\r|\n|[^\x1b\r\n]+")

_MODES = ("?25", "?2004")
_LONGEST = 100  # characters of a sequence


class Screen:
    """`feed` it; `lines` are all rows since the last clear, the scrollback among them."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.title = ""
        self._rows = [""]
        self._row = self._column = 0
        self._rest = ""

    @property
    def lines(self) -> list[str]:
        return [row.rstrip(" ") for row in self._rows]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def cursor(self) -> tuple[int, int]:
        """The (column, row) of the cursor."""
        return self._column, self._row

    def feed(self, data: str) -> None:
        data, at = self._rest + data, 0
        while token := _TOKEN.match(data, at):
            self._take(token)
            at = token.end()
        self._rest = data[at:]
        assert len(self._rest) < _LONGEST, f"a sequence that is not known: {self._rest!r}"

    def _take(self, token: re.Match[str]) -> None:
        text = token[0]
        if text == "\r":
            self._column = 0
        elif text == "\n":
            self._down()
        elif token[2]:
            self._control(token[1], token[2])
        elif text.startswith("\x1b]0;"):
            self.title = text[4:-1]
        else:
            for character in text:
                self._put(character)

    def _control(self, given: str, name: str) -> None:
        number = int(given) if given.isdecimal() else 1
        if name == "A":
            self._row = max(0, self._row - number)
        elif name == "B":
            self._row = min(len(self._rows) - 1, self._row + number)
        elif name == "G":
            self._column = number - 1
        elif name == "J" and given in ("2", "3"):
            self._rows, self._row, self._column = [""], 0, 0
        elif name == "J":
            self._rows[self._row] = self._rows[self._row][: self._column]
            del self._rows[self._row + 1 :]
        else:
            assert name == "H" or given in _MODES, f"a sequence that is not known: {given}{name}"

    def _put(self, character: str) -> None:
        if self._column + width(character) > self.columns:
            self._column = 0
            self._down()
        row = self._rows[self._row].ljust(self._column)
        self._rows[self._row] = row[: self._column] + character + row[self._column + 1 :]
        self._column += width(character)

    def _down(self) -> None:
        self._row += 1
        if self._row == len(self._rows):
            self._rows.append("")
