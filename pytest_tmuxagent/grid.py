"""A screen as data: what stood in the pane at one moment."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """The visible lines of a pane, right-trimmed, top to bottom.

    `joined` is the same text with the lines that the terminal wrapped put together again; `in` and
    `search` look at both. `cursor` is `(column, row)` and `size` `(columns, rows)`, both 0-based;
    `scrolled` counts the lines above the visible ones, `program` names what runs in the foreground.
    """

    lines: tuple[str, ...] = ()
    joined: str = ""
    cursor: tuple[int, int] = (0, 0)
    size: tuple[int, int] = (0, 0)
    scrolled: int = 0
    program: str = ""

    @property
    def text(self) -> str:
        """All lines, without the empty ones at the end."""
        return "\n".join(self.lines).rstrip("\n")

    @property
    def cursor_line(self) -> str:
        """The line on which the cursor stands."""
        row = self.cursor[1]
        return self.lines[row] if row < len(self.lines) else ""

    def __contains__(self, wanted: str) -> bool:
        return wanted in self.text or wanted in self.joined

    def search(self, pattern: str | re.Pattern[str]) -> re.Match[str] | None:
        """Find text (a plain string stands for itself), or a compiled pattern."""
        compiled = re.compile(re.escape(pattern)) if isinstance(pattern, str) else pattern
        return compiled.search(self.text) or compiled.search(self.joined)

    def __str__(self) -> str:
        return self.text
