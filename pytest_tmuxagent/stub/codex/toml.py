"""Reads TOML without the `tomllib` package: that is not there before Python 3.11, and slow to import.

Dates and times are left as they are written, as text. Source: https://toml.io/en/v1.0.0
"""

from __future__ import annotations

from pytest_tmuxagent.stub.codex.toml_numbers import is_date, read_bare
from pytest_tmuxagent.stub.codex.toml_text import BadToml, Cursor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Table = dict[str, Any]

__all__ = ["BadToml", "read_toml", "read_value"]

_BARE_VALUE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+.:")
_DEEPEST = 100


def read_toml(text: str) -> Table:
    """Read a document.

    Raises: BadToml.
    """
    return _Document(text).read()


def read_value(text: str) -> Any:  # noqa: ANN401
    """Read one value, and nothing besides.

    Raises: BadToml.
    """
    cursor = _Values(text)
    cursor.skip(" \t")
    value = cursor.value()
    cursor.skip(" \t")
    if not cursor.over:
        raise cursor.bad("expected nothing more after the value")
    return value


class _Values(Cursor):
    """Reads values."""

    __slots__ = ("_depth",)

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def value(self) -> Any:  # noqa: ANN401
        for opening, read in _VALUES:
            if self.took(opening):
                return self._nested(read)
        return self._scalar()

    def _nested(self, read: Any) -> Any:  # noqa: ANN401 - one of the readers below
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self.bad("nested too deeply")
        value = read(self)
        self._depth -= 1
        return value

    def _array(self) -> list[Any]:
        values: list[Any] = []
        while True:
            self.skip_lines()
            if self.took("]"):
                return values
            values.append(self.value())
            self.skip_lines()
            if not self.sees("]"):
                self.expect(",")

    def _inline_table(self) -> Table:
        table = _Table()
        self.skip(" \t")
        if self.took("}"):
            return table.values
        while True:
            table.assign(self)
            self.skip(" \t")
            if self.took("}"):
                return table.values
            self.expect(",")
            self.skip(" \t")

    def _time(self) -> str:
        word = self.word(_BARE_VALUE)
        if word[2:3] != ":" or read_bare(word) is None:
            self.back(len(word))
            raise self.bad("expected a time")
        return word

    def _scalar(self) -> Any:  # noqa: ANN401
        word = self.word(_BARE_VALUE)
        if is_date(word) and self.sees(" ") and self.ahead(3)[1:].isdecimal():
            self.took(" ")
            return f"{word} {self._time()}"
        value = read_bare(word)
        if value is None:
            self.back(len(word))
            raise self.bad("expected a value")
        return value


_VALUES = (
    ('"""', Cursor.long_basic),
    ("'''", Cursor.long_literal),
    ('"', Cursor.basic),
    ("'", Cursor.literal),
    ("[", _Values._array),
    ("{", _Values._inline_table),
)


class _Table:
    """A table as it grows; `headed` says that a header or a dotted key has opened it."""

    __slots__ = ("_lists", "_tables", "headed", "values")

    def __init__(self) -> None:
        self.values: Table = {}
        self.headed = False
        self._tables: dict[str, _Table] = {}
        self._lists: dict[str, list[Table]] = {}

    def assign(self, cursor: _Values) -> None:
        """Read `key = value` into this table."""
        *parts, last = cursor.key()
        table = self
        for part in parts:
            table = table.inner(part, cursor, by_header=False)
        if last in table.values:
            raise cursor.bad("duplicate key")
        cursor.skip(" \t")
        cursor.expect("=")
        cursor.skip(" \t")
        table.values[last] = cursor.value()

    def inner(self, part: str, cursor: _Values, *, by_header: bool) -> _Table:
        """Give the table of that name on the way to another one; make it, if there is none."""
        table = self._tables.get(part)
        if table is None:
            if part in self.values:
                raise cursor.bad("duplicate key")
            table = self._tables[part] = _Table()
            self.values[part] = table.values
        elif not by_header and (table.headed or part in self._lists):
            raise cursor.bad("a table that has its own header takes no dotted key")
        return table

    def open(self, part: str, cursor: _Values) -> _Table:
        """Give the table that a header names."""
        table = self.inner(part, cursor, by_header=True)
        if table.headed or part in self._lists:
            raise cursor.bad("duplicate key")
        table.headed = True
        return table

    def append(self, part: str, cursor: _Values) -> _Table:
        """Give a new table in the array that a header names."""
        if part not in self._lists:
            if part in self.values:
                raise cursor.bad("duplicate key")
            self.values[part] = self._lists[part] = []
        table = self._tables[part] = _Table()
        self._lists[part].append(table.values)
        return table


class _Document(_Values):
    """Reads all lines."""

    __slots__ = ()

    def read(self) -> Table:
        root = table = _Table()
        while True:
            self.skip_lines()
            if self.over:
                return root.values
            if self.took("["):
                table = self._header(root)
            else:
                table.assign(self)
            self.end_line()

    def _header(self, root: _Table) -> _Table:
        many = self.took("[")
        self.skip(" \t")
        *parts, last = self.key()
        self.expect("]]" if many else "]")
        table = root
        for part in parts:
            table = table.inner(part, self, by_header=True)
        return table.append(last, self) if many else table.open(last, self)
