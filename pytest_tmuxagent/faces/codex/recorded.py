"""The changes of a patch, read back from a rollout.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.codex.patches import Change

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Row = tuple[int | None, str, str]


def changes(recorded: object, *, cwd: str) -> list[Change]:
    """Read changes by path; paths below `cwd` are given from there on."""
    if not isinstance(recorded, dict):
        return []
    known = {str(path): change for path, change in recorded.items() if isinstance(change, dict)}
    return [_change(path, change, cwd) for path, change in known.items()]


def _change(path: str, change: dict[str, Any], cwd: str) -> Change:
    kind, name = str(change.get("type", "update")), path.removeprefix(f"{cwd}/")
    if kind == "update":
        moved = str(change.get("move_path") or "").removeprefix(f"{cwd}/")
        return Change(kind, name, _rows(str(change.get("unified_diff", ""))), moved_to=moved)
    sign = "-" if kind == "delete" else "+"
    lines = str(change.get("content", "")).splitlines()
    return Change(kind, name, [(number, sign, line) for number, line in enumerate(lines, start=1)])


def _rows(diff: str) -> list[Row]:
    """Number the rows of a unified diff; a row without a number divides two hunks."""
    rows: list[Row] = []
    old = new = 1
    for line in diff.splitlines():
        if line.startswith("@@"):
            old, new = _starts(line)
            if rows:
                rows.append((None, " ", ""))
        elif line[:1] in ("+", "-", " "):
            sign = line[0]
            rows.append((old if sign == "-" else new, sign, line[1:]))
            old += sign != "+"
            new += sign != "-"
    return rows


def _starts(head: str) -> tuple[int, int]:
    """Read `@@ -1,3 +1,4 @@`: where the hunk stands in the old file, and in the new one."""
    words = head.split()
    numbers = [word[1:].partition(",")[0] for word in words[1:3]]
    if len(numbers) < 2 or not all(number.isdecimal() for number in numbers):
        return 1, 1
    return int(numbers[0]), int(numbers[1])
