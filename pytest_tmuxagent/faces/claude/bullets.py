"""The lists of Markdown as Claude Code shows them: their marks, their numbers, their depth.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.inline import plain

_BULLETS = "-*+"
_LONGEST_MARK = 10
_DEEPER = 2  # columns
_ROMAN = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)


class Bullets:
    """The list that is being shown, and those around it."""

    __slots__ = ("_levels", "inset")

    def __init__(self) -> None:
        self._levels: list[_Level] = []
        self.inset = 0  # where a text must begin to belong to an item after a blank line

    def item(self, bare: str, indent: int) -> tuple[str, bool]:
        """Give the shown item, and whether it goes on with a list that was there before."""
        mark, text = item_of(bare) or ("-", bare)
        while len(self._levels) > 1 and indent < self._levels[-1].indent:
            self._levels.pop()
        first = False
        if not self._levels or indent >= self._levels[-1].content:
            self._levels.append(_Level(indent, mark))
            first = True
        goes_on = self._levels[-1].mark == mark[-1] and not (first and len(self._levels) == 1)
        if self._levels[-1].mark != mark[-1]:
            self._levels[-1] = _Level(indent, mark)
        level = self._levels[-1]
        level.content = indent + len(bare) - len(text)
        self.inset = self._levels[0].content
        depth = len(self._levels) - 1
        # The first item of a list stands behind the blanks of the item that holds the list, too.
        outer = max(depth - 1, 0) if first else 0
        return f"{' ' * _DEEPER * (depth + outer)}{level.next(depth)} {plain(text)}", goes_on

    def again(self) -> str:
        """Give the mark once more, as it stands before the further paragraphs of an item."""
        depth = len(self._levels) - 1
        return " " * _DEEPER * depth + self._levels[-1].shown(depth)


class _Level:
    __slots__ = ("content", "indent", "mark", "number")

    def __init__(self, indent: int, mark: str) -> None:
        self.indent = indent
        self.content = indent + len(mark) + 1
        self.mark = mark[-1]
        self.number = None if mark in _BULLETS else int(mark[:-1]) - 1

    def next(self, depth: int) -> str:
        if self.number is not None:
            self.number += 1
        return self.shown(depth)

    def shown(self, depth: int) -> str:
        return "-" if self.number is None else f"{_numeral(self.number, depth)}."


def _numeral(number: int, depth: int) -> str:
    """Number an item: by digits, one level down by letters, two levels down in Roman."""
    if depth == 1 and number > 0:
        letters = ""
        while number:
            number, letter = divmod(number - 1, 26)
            letters = chr(ord("a") + letter) + letters
        return letters
    if depth == 2 and 0 < number < 4000:
        return _roman(number)
    return str(number)


def _roman(number: int) -> str:
    numeral = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        numeral += letters * count
    return numeral


def item_of(bare: str) -> tuple[str, str] | None:
    """Split a line into its mark (`-`, `3.`) and its text, if it is an item of a list."""
    mark, blank, text = bare.partition(" ")
    numbered = (
        mark[-1:] in (".", ")") and mark[:-1].isdecimal() and mark.isascii() and len(mark) <= _LONGEST_MARK
    )
    if not numbered and not (mark and len(mark) == 1 and mark in _BULLETS):
        return None
    return (mark, text.lstrip()) if blank else (mark, "")
