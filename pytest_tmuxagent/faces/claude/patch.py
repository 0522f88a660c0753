"""Files and changes to them as Claude Code shows them: numbered lines, with `+` and `-`.

A patch is a list of hunks in Claude Code's own form: oldStart, oldLines, newStart, newLines, lines.
Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.text import clean, wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_TAB = 2  # columns


def counts(patch: list[Mapping[str, Any]]) -> str:
    """Say how many lines were added and removed."""
    lines = [line for hunk in patch for line in hunk["lines"]]
    numbers = {
        "added": sum(line.startswith("+") for line in lines),
        "removed": sum(line.startswith("-") for line in lines),
    }
    text = ", ".join(
        f"{verb} {count} line{'' if count == 1 else 's'}" for verb, count in numbers.items() if count
    )
    return text[:1].upper() + text[1:]


def numbered_rows(lines: list[str], *, margin: int, room: int, most: int = 0) -> list[str]:
    """Number the lines of a file, only the first `most` ones if that is not 0; `room` is in columns."""
    digits = len(str(len(lines)))
    rows = []
    for number, line in enumerate(lines[: most or None], 1):
        shown = clean(line.expandtabs(_TAB)) if line or len(lines) > 1 else "(No content)"
        first, *rest = wrap(shown, room - margin - digits - 1)
        rows.append(f"{' ' * margin}{number:>{digits}} {first}".rstrip())
        rows += [f"{' ' * (margin + digits)} {row}".rstrip() for row in rest]
    return rows


def patch_rows(patch: list[Mapping[str, Any]], *, margin: int, room: int) -> list[str]:
    """Give the rows of all hunks, with `...` between them; `margin` and `room` are in columns."""
    rows: list[str] = []
    for index, hunk in enumerate(patch):
        if index:
            rows.append(f"{' ' * (margin - 1)}...")
        rows += _hunk_rows(hunk, margin=margin, room=room)
    return rows


def whole(old: str, new: str) -> list[Mapping[str, Any]]:
    """Make the patch that replaces a text, where nothing is known of what stands around it."""
    before, after = old.split("\n") if old else [], new.split("\n") if new else []
    lines = [*(f"-{line}" for line in before), *(f"+{line}" for line in after)]
    sizes = {"oldLines": len(before), "newLines": len(after)}
    return [{"oldStart": 1, "newStart": 1, **sizes, "lines": lines}]


def _hunk_rows(hunk: Mapping[str, Any], *, margin: int, room: int) -> list[str]:
    numbered = _numbers(hunk)
    digits = len(str(max((number for number, _ in numbered), default=1)))
    rows = []
    for number, line in numbered:
        mark = line[:1] if line[:1] in ("+", "-") else " "
        first, *rest = wrap(clean(line[1:].expandtabs(_TAB)), room - margin - digits - 2)
        rows.append(f"{' ' * margin}{number:>{digits}} {mark}{first}".rstrip())
        rows += [f"{' ' * (margin + digits)} {mark}{row}".rstrip() for row in rest]
    return rows


def _numbers(hunk: Mapping[str, Any]) -> list[tuple[int, str]]:
    """Number the lines: removed ones as they were, the others as they are."""
    old, new = hunk["oldStart"], hunk["newStart"]
    numbered = []
    for line in hunk["lines"]:
        numbered.append((old if line.startswith("-") else new, line))
        old += not line.startswith("+")
        new += not line.startswith("-")
    return numbered
