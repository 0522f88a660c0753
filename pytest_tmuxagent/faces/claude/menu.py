"""The commands that Claude Code offers behind a `/`, the files behind an `@`, and its help.

Source: Claude Code 2.1.197, measured: the names are its own, what is said of them is ours.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.text import clean, cut, fill

_NAME_COLUMNS = 30
_ROWS = 2  # of one command
_HELP = (  # columns as they are where there is room, and what stands in each
    (24, ("! for shell mode", "/ for commands", "@ for file paths", "/btw for side question")),
    (
        35,
        (
            "double tap esc to clear input",
            "shift + tab to auto-accept edits",
            "ctrl + o for verbose output",
            "ctrl + t to toggle tasks",
            "backslash (\\) + return (⏎) for newline",
        ),
    ),
    (
        27,
        (
            "ctrl + shift + _ to undo",
            "ctrl + z to suspend",
            "ctrl + v to paste images",
            "alt + p to switch model",
            "ctrl + s to stash prompt",
            "ctrl + g to edit in $EDITOR",
            "/keybindings to customize",
        ),
    ),
)
_HELP_SIDE = 2  # columns
COMMANDS = (
    ("/add-dir", "Let the session use one more folder"),
    ("/agents", "Look after agents"),
    ("/background", "Go on in the background"),
    ("/branch", "Fork the conversation here"),
    ("/btw", "Ask something on the side"),
    ("/cd", "Go to another working directory"),
    ("/clear", "Begin anew with an empty context"),
    ("/color", "Choose the colour of the prompt bar"),
    ("/compact", "Summarize the conversation to free context"),
    ("/config", "Show the settings"),
    ("/context", "Show what fills the context"),
    ("/copy", "Copy the last answer"),
    ("/diff", "Show what has changed"),
    ("/doctor", "Check the installation"),
    ("/effort", "Choose how hard the model thinks"),
    ("/exit", "Leave"),
    ("/export", "Save the conversation"),
    ("/fast", "Switch fast mode"),
    ("/feedback", "Tell the makers"),
    ("/help", "Show help"),
    ("/hooks", "Show the hooks"),
    ("/init", "Write a CLAUDE.md for this project"),
    ("/login", "Sign in"),
    ("/logout", "Sign out"),
    ("/mcp", "Look after MCP servers"),
    ("/memory", "Edit the memory"),
    ("/model", "Choose the model"),
    ("/permissions", "Show the permission rules"),
    ("/plan", "Plan before acting"),
    ("/plugin", "Look after plugins"),
    ("/resume", "Go on with an earlier conversation"),
    ("/review", "Review a pull request"),
    ("/rewind", "Go back to an earlier point"),
    ("/skills", "List the skills"),
    ("/status", "Show the status"),
    ("/tasks", "Show what runs in the background"),
    ("/terminal-setup", "Set up the terminal"),
    ("/theme", "Choose the colours"),
    ("/usage", "Show what was used"),
    ("/vim", "Switch vi keys"),
)


def commands(text: str) -> list[tuple[str, str]]:
    """Give the commands for what was typed: those that begin like it, then those that contain it."""
    word = text.lower()
    begin = [command for command in COMMANDS if command[0].startswith(word)]
    begin.sort(key=lambda command: (command[0] != word, len(command[0]) if word != "/" else 0))
    within = [c for c in COMMANDS if c not in begin and len(word) > 1 and word[1:] in c[0]]
    return begin + within


def menu_rows(menu: list[tuple[str, str]], selected: int, *, columns: int, rows: int) -> list[str]:
    """List what can be chosen, the selected one always among it."""
    entries = [_entry(name, said, columns) for name, said in menu]
    first = 0
    while first < selected and sum(map(len, entries[first : selected + 1])) > rows:
        first += 1
    return [row for entry in entries[first:] for row in entry][: max(rows, 1)]


def help_rows(columns: int) -> list[str]:
    """Show the keys in three columns, narrower ones where there is no room."""
    whole = sum(size for size, _ in _HELP)
    share = min(1.0, max(columns - 2 * _HELP_SIDE, len(_HELP)) / whole)
    rows: list[str] = []
    begin = float(_HELP_SIDE)
    for size, texts in _HELP:
        shown = [row for text in texts for row in fill(text, int(size * share))]
        rows += [""] * (len(shown) - len(rows))
        rows = [
            f"{row:<{round(begin)}}{shown[index] if index < len(shown) else ''}"
            for index, row in enumerate(rows)
        ]
        begin += size * share
    return [row.rstrip() for row in rows]


def _entry(name: str, said: str, columns: int) -> list[str]:
    if not name.startswith("/"):
        return [cut(f"+ {clean(name)}", columns)]
    room = max(columns - _NAME_COLUMNS - 2, 1)
    rows = fill(clean(said), room)
    if len(rows) > _ROWS:
        rows[_ROWS - 1 :] = [cut(" ".join(rows[_ROWS - 1 :]), room)]
    return [f"{'' if index else name:<{_NAME_COLUMNS}}{row}" for index, row in enumerate(rows)]
