"""The banner that Claude Code prints when it starts, fitted to the width.

Source: Claude Code 2.1.197, measured at 30 to 150 columns.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.text import clean, cut, fill, width

MODEL = "Opus 4.8 (1M context)"
RESUMED_MODEL = "Opus 4.8"  # a resumed session goes by what its transcript says
BILLING = "API Usage Billing"
_LOGO = (" ▐▛███▜▌ ", "▝▜█████▛▘", "  ▘▘ ▝▝  ")
_TIP = "Run /init to create a CLAUDE.md file with instructions for Claude"
_TIP_IN_EMPTY_FOLDER = "Ask Claude to create a new app or clone a repository"
_BESIDE = 6  # columns of the left half beside its longest line
_LONGEST_FOLDER, _WIDEST_HALF = 50, 52
_NARROW = 70  # fewer columns than that leave no right half
_AROUND = 5  # the frame's marks and the blanks beside them


def banner(
    folder: str, *, version: str, columns: int, empty_folder: bool = False, model: str = MODEL
) -> list[str]:
    """Give the framed lines and the two blank ones below; `folder` is as it is to be shown."""
    tip = _TIP_IN_EMPTY_FOLDER if empty_folder else _TIP
    if columns < _NARROW:
        lines = _narrow(folder, columns, model=model)
    else:
        lines = _wide(folder, version, columns=columns, tip=tip, model=model)
    return [*lines, "", ""]


def home_relative(path: str, home: str) -> str:
    """Give the path as people write it: below the home with `~`."""
    if home and (path == home or path.startswith(f"{home.rstrip('/')}/")):
        return f"~{path[len(home.rstrip('/')) :]}"
    return path


def middle_cut(path: str, columns: int) -> str:
    """Shorten a path in its middle, whole folders at a time, to fit the columns."""
    path = clean(path)
    if width(path) <= columns:
        return path
    first, *folders = path.split("/")
    while len(folders) > 1:
        folders.pop(0)
        shorter = f"{first}/…/{'/'.join(folders)}"
        if width(shorter) <= columns:
            return shorter
    return cut(f"…/{folders[-1] if folders else first}", columns)


def _wide(folder: str, version: str, *, columns: int, tip: str, model: str) -> list[str]:
    details = [f"{model} · {BILLING}", middle_cut(folder, _LONGEST_FOLDER)]
    half = min(max(map(width, details)) + _BESIDE, _WIDEST_HALF)
    room = min(len(tip), columns - half - _AROUND)
    right = [
        *fill("Tips for getting started", room),
        cut(tip, room),
        "─" * room,
        "What's new",
        cut("Check the Claude Code changelog for updates", room),
    ]
    left = ["", "Welcome back!", "", *_LOGO, "", *details]
    right += [""] * (len(left) - len(right))
    title = f"╭─── Claude Code v{version} "
    whole = half + room + _AROUND
    return [
        f"{title}{'─' * (whole - len(title) - 1)}╮",
        *(f"│{a}│ {_padded(b, room)} │" for a, b in zip(_centred_all(left, half), right, strict=True)),
        f"╰{'─' * (whole - 2)}╯",
    ]


def _narrow(folder: str, columns: int, *, model: str) -> list[str]:
    room = max(columns - 2, len(_LOGO[0]))
    indent = " " * ((room - len(_LOGO[0]) + 1) // 2)
    rows = ["", "Welcome back!", "", *(f"{indent}{row}" for row in _LOGO), "", model, BILLING]
    rows += [middle_cut(folder, room - 2), ""]
    title = "╭─ Claude Code "
    return [
        f"{title}{'─' * (room + 1 - len(title))}╮",
        *(f"│{_padded(row, room) if row.startswith(indent) else _centred(row, room)}│" for row in rows),
        f"╰{'─' * room}╯",
    ]


def _centred_all(rows: list[str], room: int) -> list[str]:
    """Where a blank is left over it stands on the left, except for the folder."""
    *above, folder = rows
    return [
        *(_padded(" " * ((room - width(row) + 1) // 2) + row, room) for row in above),
        _centred(folder, room),
    ]


def _centred(text: str, room: int) -> str:
    return _padded(" " * ((room - width(text)) // 2) + text, room)


def _padded(text: str, room: int) -> str:
    return text + " " * (room - width(text))
