"""What a terminal shows of the bytes that Codex's stub writes, its alternate screen included."""

from __future__ import annotations

import re

from pytest_tmuxagent.faces.text import width

_TOKEN = re.compile(
    r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b\]([0-9]+);([^\x07\x1b]*)(?:\x07|\x1b\\)|\r|\n|[^\x1b\r\n]+"
)
_LONGEST = 200  # characters of a sequence


class Screen:
    """`feed` it; `lines` are the rows that are seen. `states` are what OSC 7501 told, the oldest first."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.title = ""
        self.states: list[str] = []
        self.alternate = False
        self.modes: set[str] = set()
        self._rows = [""] * rows
        self._row = self._column = 0
        self._rest = ""
        self._kept: tuple[list[str], int, int] = ([], 0, 0)

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
        if token[0] == "\r":
            self._column = 0
        elif token[0] == "\n":
            self._down()
        elif token[2]:
            self._control(token[1], token[2])
        elif token[3] == "0":
            self.title = token[4]
        elif token[3]:
            assert token[3] == "7501", f"a sequence that is not known: {token[0]!r}"
            self.states.append(token[4].removeprefix("state="))
        else:
            for character in token[0]:
                self._put(character)

    def _control(self, given: str, name: str) -> None:
        if given.startswith("?"):
            self._mode(given[1:], on=name == "h")
            return
        numbers = [int(number) for number in given.split(";") if number]
        number = numbers[0] if numbers else 1
        if name == "H":
            self._row, self._column = number - 1, (numbers[1] if len(numbers) > 1 else 1) - 1
        elif name == "A":
            self._row = max(0, self._row - number)
        elif name == "B":
            self._row = min(self.rows - 1, self._row + number)
        elif name == "G":
            self._column = number - 1
        elif name == "K":
            assert given == "2"
            self._rows[self._row] = ""
        else:
            assert name == "J", f"a sequence that is not known: {given}{name}"
            self._erase(given)

    def _erase(self, given: str) -> None:
        if given in ("2", "3"):
            self._rows = [""] * self.rows
        else:
            self._rows[self._row] = self._rows[self._row][: self._column]
            self._rows[self._row + 1 :] = [""] * (self.rows - self._row - 1)

    def _mode(self, mode: str, *, on: bool) -> None:
        (self.modes.add if on else self.modes.discard)(mode)
        if mode == "1049" and on:
            self._kept = (self._rows, self._row, self._column)
            self._rows = [""] * self.rows
        elif mode == "1049":
            self._rows, self._row, self._column = self._kept
        if mode == "1049":
            self.alternate = on

    def _put(self, character: str) -> None:
        if self._column + width(character) > self.columns:
            self._column = 0
            self._down()
        row = self._rows[self._row].ljust(self._column)
        self._rows[self._row] = row[: self._column] + character + row[self._column + 1 :]
        self._column += width(character)

    def _down(self) -> None:
        self._row += 1
        if self._row == self.rows:
            self._row -= 1
            self._rows = [*self._rows[1:], ""]
