"""The line editor behind the input box: a text and a cursor. Pure."""

from __future__ import annotations


class Editor:
    """`insert` and `press` change it; `text` and `cursor` (an index into the text) are what came of it."""

    __slots__ = ("_continuing", "cursor", "text")

    def __init__(self) -> None:
        self.text = ""
        self.cursor = 0
        self._continuing = False

    def type(self, text: str) -> None:
        """Put in typed characters; a backslash typed last makes the next Enter a newline."""
        self.insert(text)
        self._continuing = text.endswith("\\")

    def insert(self, text: str) -> None:
        """Put text in at the cursor, as it is."""
        self.text = self.text[: self.cursor] + text + self.text[self.cursor :]
        self.cursor += len(text)
        self._continuing = False

    def press(self, key: str) -> None:
        """Do what an editing key does; an unknown key does nothing."""
        self._continuing = False
        action = _ACTIONS.get(key)
        if action is not None:
            action(self)

    def continues(self) -> bool:
        r"""Turn a just typed `\` into a newline; False when there is none."""
        if not self._continuing:
            return False
        self._delete(self.cursor - 1, self.cursor)
        self.insert("\n")
        return True

    def take(self) -> str:
        """Give the text and empty the box."""
        text = self.text
        self.clear()
        return text

    def clear(self) -> None:
        self.text, self.cursor, self._continuing = "", 0, False

    def _delete(self, start: int, end: int) -> None:
        start = max(start, 0)
        self.text = self.text[:start] + self.text[end:]
        self.cursor = start

    def _line_start(self) -> int:
        return self.text.rfind("\n", 0, self.cursor) + 1

    def _line_end(self) -> int:
        end = self.text.find("\n", self.cursor)
        return len(self.text) if end < 0 else end

    def _newline(self) -> None:
        self.insert("\n")

    def _backspace(self) -> None:
        self._delete(self.cursor - 1, self.cursor)

    def _delete_next(self) -> None:
        self._delete(self.cursor, self.cursor + 1)

    def _kill_line(self) -> None:
        self._delete(self.cursor, max(self._line_end(), self.cursor))

    def _kill_word(self) -> None:
        before = self.text[: self.cursor].rstrip()
        start = max(before.rfind(" "), before.rfind("\n"), before.rfind("\t")) + 1
        self._delete(start, self.cursor)

    def _left(self) -> None:
        self.cursor = max(self.cursor - 1, 0)

    def _right(self) -> None:
        self.cursor = min(self.cursor + 1, len(self.text))

    def _home(self) -> None:
        self.cursor = self._line_start()

    def _end(self) -> None:
        self.cursor = self._line_end()

    def _up(self) -> None:
        start = self._line_start()
        if start:
            above = self.text.rfind("\n", 0, start - 1) + 1
            self.cursor = min(above + self.cursor - start, start - 1)

    def _down(self) -> None:
        column, end = self.cursor - self._line_start(), self._line_end()
        if end < len(self.text):
            self.cursor = end + 1
            self.cursor = min(self.cursor + column, self._line_end())


_ACTIONS = {
    "newline": Editor._newline,
    "backspace": Editor._backspace,
    "delete": Editor._delete_next,
    "kill line": Editor._kill_line,
    "kill word": Editor._kill_word,
    "clear": Editor.clear,
    "left": Editor._left,
    "shift left": Editor._left,
    "right": Editor._right,
    "home": Editor._home,
    "end": Editor._end,
    "up": Editor._up,
    "down": Editor._down,
}
