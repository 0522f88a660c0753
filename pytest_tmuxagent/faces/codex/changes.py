"""What a patch changes, as rollouts tell it: by path, with a unified diff.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from pytest_tmuxagent.faces.codex.patches import Change

    Row = tuple[int | None, str, str]


def file_changes(changes: Iterable[Change], *, cwd: str) -> dict[str, Any]:
    """Give the changes by the full paths of the files."""
    return {_place(change.path, cwd): _change(change, cwd) for change in changes}


def unified_diff(rows: Sequence[Row]) -> str:
    """Give the hunks of a change; a row without a number divides two of them."""
    text, offset = [], 0
    for hunk in _hunks(rows):
        old = sum(sign != "+" for _, sign, _ in hunk)
        new = sum(sign != "-" for _, sign, _ in hunk)
        number, sign, _ = hunk[0]
        first = number or 1
        old_start = first if sign == "-" else first - offset
        new_start = first + offset if sign == "-" else first
        text.append(f"@@ -{_range(old_start, old)} +{_range(new_start, new)} @@\n")
        text += [f"{sign}{line}\n" for _, sign, line in hunk]
        offset += new - old
    return "".join(text)


def _hunks(rows: Sequence[Row]) -> list[list[Row]]:
    hunks: list[list[Row]] = [[]]
    for row in rows:
        if row[0] is None:
            hunks.append([])
        else:
            hunks[-1].append(row)
    return [hunk for hunk in hunks if hunk]


def _range(start: int, length: int) -> str:
    if length == 1:
        return f"{start}"
    return f"{start - 1 if length == 0 else start},{length}"


def _change(change: Change, cwd: str) -> dict[str, Any]:
    if change.kind == "update":
        moved = _place(change.moved_to, cwd) if change.moved_to else None
        return {"type": "update", "unified_diff": unified_diff(change.rows), "move_path": moved}
    return {"type": change.kind, "content": "".join(f"{line}\n" for _, _, line in change.rows)}


def _place(path: str, cwd: str) -> str:
    return path if path.startswith("/") else f"{cwd}/{path}"
