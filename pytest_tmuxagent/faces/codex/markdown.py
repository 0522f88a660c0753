"""Markdown as Codex shows it: line by line, as it comes in.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.codex.inline import plain
from pytest_tmuxagent.faces.codex.rows import filled
from pytest_tmuxagent.faces.codex.table import is_delimiter, is_table_row, table
from pytest_tmuxagent.faces.text import clean

_FENCES = ("```", "~~~")
_NESTED = 4  # columns that a list within a list is set in
_RULE = "———"
_BOXES = {"[ ] ": "☐", "[x] ": "☑", "[X] ": "☑"}


class _Item:
    """An item of a list: where its mark and its text begin in the source, and where its text is shown."""

    __slots__ = ("loose", "mark", "number", "source", "text", "wide")

    def __init__(self, *, source: int, text: int, mark: str, number: int, wide: int) -> None:
        self.source = source
        self.text = text
        self.mark = mark  # of its list: "-", "*", "+", "." or ")"
        self.number = number
        self.wide = wide  # of the mark that is shown
        self.loose = False  # it holds more than one row

    def copy(self) -> _Item:
        twin = _Item(source=self.source, text=self.text, mark=self.mark, number=self.number, wide=self.wide)
        twin.loose = self.loose
        return twin


class Markdown:
    """Takes whole lines, gives rows; a table is held back until it has ended."""

    __slots__ = ("_block", "_columns", "_fence", "_gap", "_items", "_shown", "_table")

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._block = ""  # the kind of the block before
        self._gap = False  # a blank line came
        self._shown = False
        self._fence = ""
        self._table: list[str] = []
        self._items: list[_Item] = []

    def copy(self) -> Markdown:
        """Give one that goes on from here by itself."""
        twin = Markdown(self._columns)
        twin._block, twin._gap, twin._shown, twin._fence = self._block, self._gap, self._shown, self._fence
        twin._table, twin._items = list(self._table), [item.copy() for item in self._items]
        return twin

    def whole(self, text: str) -> list[str]:
        return [*self.feed(text.split("\n")), *self.finish()]

    def feed(self, lines: list[str]) -> list[str]:
        return [row for line in lines for row in self._line(line)]

    def finish(self) -> list[str]:
        """Give what was held back."""
        held, self._table = self._table, []
        if len(held) < 2:
            return [row for line in held for row in self._text(line)]
        return self._rows("table", table(held, self._columns))

    def _line(self, line: str) -> list[str]:
        if self._fence:
            return self._code(line)
        if self._table:
            if is_table_row(line) and (len(self._table) > 1 or is_delimiter(line)):
                self._table.append(line)
                return []
            return [*self.finish(), *self._line(line)]
        if not line.strip():
            self._gap = True
            return []
        if is_table_row(line):
            self._leave_lists(0)
            self._table = [line]
            return []
        return self._block_of(line)

    def _leave_lists(self, indent: int) -> None:
        """End the lists that a line with this indent cannot belong to."""
        if self._gap or self._block != "list":
            while self._items and indent < self._items[-1].text:
                self._items.pop()

    def _block_of(self, line: str) -> list[str]:
        item = _item(line)
        if item is not None:
            return self._begin_item(line, item)
        indent = len(line) - len(line.lstrip(" "))
        self._leave_lists(indent)
        text = line.strip()
        if text.startswith(_FENCES):
            self._fence = text[:3]
            return self._rows("code", [])
        if text.startswith("#") and text.lstrip("#").startswith(" ") and len(text.split(" ")[0]) <= 6:
            level, _, title = text.partition(" ")
            return self._rows("heading", filled(f"{level} {plain(title.strip())}", self._room), apart=True)
        if len(text) > 2 and len(set(text.replace(" ", ""))) == 1 and text[0] in "-*_":
            return self._rows("rule", [_RULE], apart=True)
        if text.startswith(">") or (self._block == "quote" and not self._gap):
            quoted = plain(text.removeprefix(">").strip())
            return self._rows("quote", [f"> {row}".rstrip() for row in filled(quoted, self._room - 2)])
        return self._text(line)

    def _text(self, line: str) -> list[str]:
        within = self._block == "list" and not self._gap
        if self._items and self._gap:
            for item in self._items:
                item.loose = True
        return self._rows("list" if within else "text", filled(plain(line.strip()), self._room))

    def _begin_item(self, line: str, item: _Item) -> list[str]:
        gone: list[_Item] = []
        while self._items and item.source < self._items[-1].text:
            gone.append(self._items.pop())
        sibling = gone[-1] if gone and gone[-1].mark == item.mark else None
        apart = (sibling.loose or len(gone) > 1) if sibling is not None else bool(gone) or not self._items
        if sibling is not None and item.number:
            item.number = sibling.number + 1
        if sibling is not None or self._items:
            self._gap, self._block = apart, "list"
        shown, text = _marked(line[item.text :], item)
        head = " " * (_NESTED * len(self._items))
        self._items.append(item)
        rows = filled(plain(text), max(self._columns - len(head) - item.wide, 1))
        item.loose = len(rows) > 1
        marked = [f"{head}{shown if not at else ' ' * len(shown)}{row}" for at, row in enumerate(rows)]
        return self._rows("list", marked, apart=apart, placed=True)

    @property
    def _indent(self) -> int:
        return _NESTED * (len(self._items) - 1) + self._items[-1].wide if self._items else 0

    @property
    def _room(self) -> int:
        return max(self._columns - self._indent, 1)

    def _code(self, line: str) -> list[str]:
        if line.strip().startswith(self._fence):
            self._fence = ""
            return []
        if not line.strip():
            if self._block == "code":
                return [""]
            return []
        return self._rows("code", self._code_rows(clean(line).rstrip()))

    def _code_rows(self, line: str) -> list[str]:
        """Break a line of code; its rows are all set in alike."""
        indent = " " * (len(line) - len(line.lstrip(" ")))
        return [indent + row for row in filled(line[len(indent) :], max(self._room - len(indent), 1))]

    def _rows(self, block: str, rows: list[str], *, apart: bool = False, placed: bool = False) -> list[str]:
        """Give the rows of a block, below a blank one where it is another than the one before."""
        if not rows:
            self._gap = True
            return []
        divided = self._shown and (self._gap or apart or block != self._block)
        self._block, self._gap, self._shown = block, block in ("heading", "rule"), True
        if not placed:
            rows = [f"{' ' * self._indent}{row}".rstrip() for row in rows]
        return ["", *rows] if divided else rows


def _item(line: str) -> _Item | None:
    """Read the mark of a list's item."""
    source = len(line) - len(line.lstrip(" "))
    mark, blank, _ = line[source:].partition(" ")
    if not blank:
        return None
    text = source + len(mark) + 1
    if mark in ("-", "*", "+"):
        return _Item(source=source, text=text, mark=mark, number=0, wide=2)
    if mark[-1:] in (".", ")") and mark[:-1].isdecimal() and len(mark) < 11:
        return _Item(source=source, text=text, mark=mark[-1], number=int(mark[:-1]), wide=len(mark) + 1)
    return None


def _marked(text: str, item: _Item) -> tuple[str, str]:
    """Give an item's mark as it is shown, and its text."""
    text = text.strip()
    if item.mark in (".", ")"):
        shown = f"{item.number}. "
        item.wide = len(shown)
        return shown, text
    for box, shown in _BOXES.items():
        if text.startswith(box):
            return f"{shown} ", text[len(box) :]
    return "• ", text
