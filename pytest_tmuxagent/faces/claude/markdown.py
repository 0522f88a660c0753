"""Markdown as Claude Code's terminal shows it: marks taken away, blocks set apart, tables drawn.

Only what stands there as text is done; colours and weights are not.
Source: Claude Code 2.1.197, measured; the blank lines follow from the `marked` tokens it prints.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.bullets import Bullets, item_of
from pytest_tmuxagent.faces.claude.inline import plain
from pytest_tmuxagent.faces.claude.table import draw_table, is_delimiter, is_row
from pytest_tmuxagent.faces.text import clean, fill

_CODE_INDENT = 4
_TAB_STOP = 8
_INDENT = 2  # of everything, below the mark of the message


class Markdown:
    """Turns the lines of one message, as they come in, into rows; `finish` gives those held back."""

    __slots__ = (
        "_begun",
        "_bullets",
        "_columns",
        "_dense",
        "_fence",
        "_fence_indent",
        "_gap",
        "_paragraph",
        "_rows",
        "_table",
    )

    def __init__(self, columns: int) -> None:
        self._columns = max(columns, 1)
        self._rows: list[str] = []
        self._begun = False
        self._gap = False  # a blank line stands between what came and what comes
        self._dense = False  # the block before takes the blank lines below it away
        self._paragraph = False  # the line before belongs to one
        self._fence = ""  # the marks that the code began with
        self._fence_indent = 0
        self._table: list[str] = []  # lines that may turn out to be one
        self._bullets: Bullets | None = None

    def feed(self, lines: list[str]) -> list[str]:
        for line in lines:
            self._line(line.rstrip("\r"))
        return self._taken()

    def finish(self) -> list[str]:
        self._end_table()
        return self._taken()

    def _taken(self) -> list[str]:
        rows, self._rows = self._rows, []
        return rows

    def _line(self, line: str) -> None:
        bare = line.strip()
        if self._fence:
            self._code(line, bare)
        elif is_row(bare) and (self._table or not self._paragraph):
            self._table.append(bare)
        else:
            self._end_table()
            self._block(line, bare)

    def _block(self, line: str, bare: str) -> None:
        indent = len(line) - len(line.lstrip(" "))
        shallow = indent < _CODE_INDENT
        if not bare:
            self._gap, self._paragraph = self._begun and not self._dense, False
        elif (shallow or self._bullets) and (fence := _fence(bare)):
            self._fence, self._fence_indent, self._paragraph = fence, indent, False
        elif self._paragraph and not self._bullets and set(bare) in ({"="}, {"-"}):
            self._gap, self._paragraph = True, False  # the line before was a heading
        elif shallow and _is_rule(bare):
            self._end_list()
            self._emit("---")
            self._dense = True
        elif shallow and (heading := _heading(bare)) is not None:
            self._end_list()
            self._emit(plain(heading))
            self._gap = True
        elif item_of(bare) and (shallow or self._bullets):
            self._item(bare, indent)
        elif self._bullets and (not self._gap or indent >= self._bullets.inset):
            self._in_list(bare)
        else:
            self._text(line, indent)

    def _text(self, line: str, indent: int) -> None:
        self._bullets = None
        if line.lstrip().startswith(">"):
            self._emit(f"▎ {plain(line.lstrip()[1:].lstrip())}")
        elif indent >= _CODE_INDENT and not self._paragraph:
            self._emit(line[_CODE_INDENT:])
            self._dense = True
        else:
            self._emit(plain(line))
            self._paragraph = True

    def _code(self, line: str, bare: str) -> None:
        if bare.startswith(self._fence) and not bare.strip(self._fence[0]):
            self._fence = ""
        elif bare or not self._begun:
            indent = min(self._fence_indent, len(line) - len(line.lstrip(" ")))
            self._emit(line[indent:])
        else:
            self._rows.append("")

    def _item(self, bare: str, indent: int) -> None:
        if self._bullets is None:
            self._bullets = Bullets()
        shown, goes_on = self._bullets.item(bare, indent)
        if goes_on:
            self._gap = False  # the items of one list stand close
        self._emit(shown)
        self._paragraph = True

    def _in_list(self, bare: str) -> None:
        if self._bullets is not None:
            self._emit(f"{self._bullets.again()} {plain(bare)}" if self._gap else plain(bare))

    def _end_list(self) -> None:
        self._bullets, self._paragraph = None, False

    def _end_table(self) -> None:
        lines, self._table = self._table, []
        if len(lines) > 1 and is_delimiter(lines[1]):
            self._end_list()
            self._gap = self._begun
            self._put(draw_table(lines, columns=self._columns))
            self._gap = True
        else:
            for line in lines:
                self._text(line, 0)

    def _emit(self, text: str) -> None:
        shown = clean((" " * _INDENT + text).expandtabs(_TAB_STOP)[_INDENT:])
        self._put(fill(shown, self._columns))

    def _put(self, rows: list[str]) -> None:
        if self._gap:
            self._rows.append("")
        self._rows += rows
        self._begun, self._gap, self._dense = True, False, False


def _fence(bare: str) -> str:
    for mark in "`~":
        marks = len(bare) - len(bare.lstrip(mark))
        if marks >= 3 and not (mark == "`" and "`" in bare[marks:]):
            return mark * marks
    return ""


def _is_rule(bare: str) -> bool:
    marks = bare.replace(" ", "")
    return len(marks) >= 3 and set(marks) in ({"-"}, {"*"}, {"_"})


def _heading(bare: str) -> str | None:
    level = len(bare) - len(bare.lstrip("#"))
    if not 1 <= level <= 6 or bare[level : level + 1].strip():
        return None
    return bare[level:].strip().rstrip("#").rstrip()
