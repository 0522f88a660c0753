"""How a session of Codex begins and ends on the screen, and what the terminal is called in between.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.text import clean, cut, width

_RELEASES = "https://github.com/openai/codex/releases/latest"
_BY_NPM = "Run npm install -g @openai/codex to update."
_BY_HAND = "See https://github.com/openai/codex for installation options."
_FRAME = 4  # columns of the frame and beside it


def home_relative(path: str, home: str) -> str:
    if home and (path == home or path.startswith(f"{home}/")):
        return clean(f"~{path[len(home) :]}")
    return clean(path)


def banner(folder: str, *, version: str, permissions: str, columns: int) -> list[str]:
    said = [f"  permissions: {permissions}"] if permissions else []
    lines = [f"  >_ OpenAI Codex (v{version})", f"     {folder}", *said]
    return ["", *(cut(line, columns) for line in lines)]


def newer_version(version: str, newer: str, *, by_npm: bool, columns: int) -> list[str]:
    """Tell above the banner that another version is there."""
    how = _BY_NPM if by_npm else _BY_HAND
    lines = [
        f"✨ Update available! {version} -> {clean(newer)}",
        how,
        "",
        "See full release notes:",
        _RELEASES,
    ]
    room = max(min(max(map(width, lines)), columns - _FRAME), 1)
    shown = [cut(line, room) for line in lines]
    rows = [f"│ {line}{' ' * (room - width(line))} │" for line in shown]
    return [f"╭{'─' * (room + 2)}╮", *rows, f"╰{'─' * (room + 2)}╯", ""]


def title(cwd: str, thread: str, *, waits: bool) -> str:
    """Call the terminal after the folder and the conversation; it tells of a dialog that waits."""
    folder = clean(cwd.rpartition("/")[2])
    said = f"{clean(thread)} | {folder}" if thread else folder
    return f"[ ! ] Action Required | {said}" if waits else said


def goodbye(session: str, thread: str, *, usage: str) -> list[str]:
    """Say what was used, and how to go on with the conversation."""
    lines = [*([usage] if usage else []), "To continue this session, run:", f"  codex resume {session}"]
    return [*lines, f"Or run codex resume and select {clean(thread)}."] if thread else lines
