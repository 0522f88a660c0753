"""A patch as Codex's models write it, read, and shown as a cell of the history.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.text import clean, wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    Row = tuple[int | None, str, str]

_HEADS = {"*** Add File: ": "add", "*** Delete File: ": "delete", "*** Update File: ": "update"}
_MOVE = "*** Move to: "
_VERBS = {"add": "Added", "delete": "Deleted", "update": "Edited"}


class Change:
    """What a patch does to one file; a row is (number, sign, text), the sign " ", "-" or "+".

    A row without a number (None) divides two hunks.
    """

    __slots__ = ("kind", "moved_to", "path", "rows")

    def __init__(
        self,
        kind: str,
        path: str,
        rows: Sequence[Row] = (),
        *,
        moved_to: str = "",
    ) -> None:
        self.kind = kind
        self.path = path
        self.rows = list(rows)
        self.moved_to = moved_to

    def count(self, sign: str) -> int:
        return sum(row[1] == sign and row[0] is not None for row in self.rows)


def read(text: str) -> list[Change]:
    """Read a patch; rows are numbered as if each hunk stood at the file's beginning."""
    changes: list[Change] = []
    old = new = 1
    for line in text.split("\n"):
        head = next((head for head in _HEADS if line.startswith(head)), None)
        if head is not None:
            changes.append(Change(_HEADS[head], line[len(head) :].strip()))
            old = new = 1
        elif not changes or line.startswith("*** "):
            if changes and line.startswith(_MOVE):
                changes[-1].moved_to = line[len(_MOVE) :].strip()
        elif line.startswith("@@"):
            if changes[-1].rows:
                changes[-1].rows.append((None, " ", ""))
        elif line[:1] in ("+", "-", " "):
            sign = line[0]
            changes[-1].rows.append((old if sign == "-" else new, sign, line[1:]))
            old += sign != "+"
            new += sign != "-"
    return changes


def changes_of(call: Mapping[str, Any]) -> list[Change]:
    """Give the changes the call brings (`changes`), with true numbers; else those its text tells."""
    known: list[Change] | None = call.get("changes")
    return read(str(call["input"].get("input", ""))) if known is None else known


def cell(call: Mapping[str, Any], *, columns: int, alternate: bool) -> list[str]:
    """Show what a patch does."""
    changes = sorted(changes_of(call), key=_path)
    if not changes:
        return []
    details = ["    + Show details"] if alternate else []
    if len(changes) == 1:
        change = changes[0]
        return ["", f"• {_VERBS[change.kind]} {_name(change)}", *_rows(change, columns), *details]
    added, removed = (sum(change.count(sign) for change in changes) for sign in "+-")
    lines = ["", f"• Edited {len(changes)} files (+{added} -{removed})"]
    for index, change in enumerate(changes):
        lines += [*([""] if index else []), f"  └ {_name(change)}", *_rows(change, columns)]
    return [*lines, *details]


def _path(change: Change) -> str:
    return change.path


def _name(change: Change) -> str:
    path = f"{change.path} → {change.moved_to}" if change.moved_to else change.path
    return f"{clean(path)} (+{change.count('+')} -{change.count('-')})"


def _rows(change: Change, columns: int) -> list[str]:
    wide = max((len(str(number)) for number, _, _ in change.rows if number is not None), default=1)
    rows: list[str] = []
    for number, sign, text in _near(change.rows):
        if number is None:
            rows.append(f"    {'':{wide}} ⋮")
            continue
        head = f"    {number:{wide}} {sign}"
        shown = wrap(clean(text), columns - len(head))
        rows += [f"{' ' * len(head) if index else head}{row}".rstrip() for index, row in enumerate(shown)]
    return rows


def _near(rows: list[Row]) -> list[Row]:
    """Leave out what is not beside a changed line; where that tears the rest apart, a row says so."""
    changed = [at for at, (number, sign, _) in enumerate(rows) if number is not None and sign != " "]
    near = {at + off for at in changed for off in (-1, 0, 1) if 0 <= at + off < len(rows)}
    kept: list[Row] = []
    last = -1
    for at in sorted(near):
        if rows[at][0] is None:
            continue
        if kept and at != last + 1:
            kept.append((None, " ", ""))
        kept.append(rows[at])
        last = at
    return kept
