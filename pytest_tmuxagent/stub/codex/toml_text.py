"""The text of a TOML document, read from front to back.

Source: https://toml.io/en/v1.0.0
"""

from __future__ import annotations

_BARE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}
_LENGTHS = {"u": 4, "U": 8}
_HEX = frozenset("0123456789abcdefABCDEF")


class BadToml(ValueError):
    """The text is no TOML; `line` and `column` (both from 1) say where."""

    def __init__(self, message: str, *, line: int, column: int) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class Cursor:
    """A place in the text, and the parts that are read from there: keys, strings, comments."""

    __slots__ = ("_at", "_text")

    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")
        self._at = 0

    @property
    def over(self) -> bool:
        return self._at >= len(self._text)

    def bad(self, message: str) -> BadToml:
        before = self._text[: self._at]
        return BadToml(message, line=before.count("\n") + 1, column=self._at - (before.rfind("\n") + 1) + 1)

    def sees(self, text: str) -> bool:
        return self._text.startswith(text, self._at)

    def took(self, text: str) -> bool:
        """Go past the text, if it stands here."""
        found = self.sees(text)
        self._at += len(text) * found
        return found

    def expect(self, text: str) -> None:
        if not self.took(text):
            raise self.bad(f"expected `{text}`")

    def skip(self, characters: str) -> None:
        while not self.over and self._text[self._at] in characters:
            self._at += 1

    def skip_comment(self) -> None:
        if not self.took("#"):
            return
        while not self.over and not self.sees("\n"):
            self._printable()

    def skip_lines(self) -> None:
        """Go past white space, line ends and comments."""
        while True:
            self.skip(" \t\n")
            if not self.sees("#"):
                return
            self.skip_comment()

    def end_line(self) -> None:
        self.skip(" \t")
        self.skip_comment()
        if not self.over:
            self.expect("\n")

    def key(self) -> list[str]:
        """Read a key: its parts, for it may be dotted."""
        parts = [self._simple_key()]
        while True:
            self.skip(" \t")
            if not self.took("."):
                return parts
            self.skip(" \t")
            parts.append(self._simple_key())

    def _simple_key(self) -> str:
        if self.took('"'):
            return self.basic()
        if self.took("'"):
            return self.literal()
        found = self.word(_BARE)
        if not found:
            raise self.bad("expected a key")
        return found

    def _printable(self) -> str:
        """Take the next character; control characters but the tab are forbidden everywhere."""
        if self.over:
            raise self.bad("the text ends too early")
        character = self._text[self._at]
        if (character < " " and character != "\t") or character == "\x7f":
            raise self.bad("a control character must be escaped")
        self._at += 1
        return character

    def basic(self) -> str:
        pieces = []
        while not self.took('"'):
            pieces.append(self._escape() if self.took("\\") else self._printable())
        return "".join(pieces)

    def literal(self) -> str:
        pieces = []
        while not self.took("'"):
            pieces.append(self._printable())
        return "".join(pieces)

    def long_basic(self) -> str:
        pieces = []
        self.took("\n")
        while not self.sees('"""'):
            if not self.took("\\"):
                pieces.append("\n" if self.took("\n") else self._printable())
            elif not self._joins_lines():
                pieces.append(self._escape())
        return "".join(pieces) + self._closing('"')

    def long_literal(self) -> str:
        pieces = []
        self.took("\n")
        while not self.sees("'''"):
            pieces.append("\n" if self.took("\n") else self._printable())
        return "".join(pieces) + self._closing("'")

    def _closing(self, quote: str) -> str:
        """Go past the closing quotes: one or two more belong to the text."""
        count = 0
        while count < 5 and self.took(quote):
            count += 1
        return quote * (count - 3)

    def _joins_lines(self) -> bool:
        """Go past a backslash at the end of a line, and all the white space behind it."""
        start = self._at
        self.skip(" \t")
        if not self.sees("\n"):
            self._at = start
            return False
        self.skip(" \t\n")
        return True

    def _escape(self) -> str:
        letter = self._printable()
        if letter in _ESCAPES:
            return _ESCAPES[letter]
        digits = self._text[self._at : self._at + _LENGTHS.get(letter, 0)]
        if letter not in _LENGTHS or len(digits) < _LENGTHS[letter] or not _HEX.issuperset(digits):
            raise self.bad("an escape that is not known")
        self._at += len(digits)
        code = int(digits, 16)
        if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
            raise self.bad("an escape of no character")
        return chr(code)

    def word(self, letters: frozenset[str]) -> str:
        """Take all that stands here of these letters."""
        start = self._at
        while not self.over and self._text[self._at] in letters:
            self._at += 1
        return self._text[start : self._at]

    def ahead(self, length: int) -> str:
        """Give what stands next, without going past it."""
        return self._text[self._at : self._at + length]

    def back(self, length: int) -> None:
        self._at -= length
