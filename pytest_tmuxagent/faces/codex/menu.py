"""What Codex offers above the composer: slash commands, the help.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.codex.rows import filled
from pytest_tmuxagent.faces.text import clean, width

HELP_HINT = "? / esc close"
MENU_ROWS = 8
COMMANDS = {
    "model": "choose what model and reasoning effort to use",
    "presets": "run or save reusable prompts and slash commands",
    "ide": "include current selection, open files, and other context from your IDE",
    "permissions": "choose what Codex is allowed to do",
    "keymap": "remap TUI shortcuts",
    "vim": "toggle Vim mode for the composer",
    "experimental": "toggle experimental features",
    "approve": "approve one retry of a recent auto-review denial",
    "memories": "configure memory use and generation",
    "skills": "use skills to improve how Codex performs specific tasks",
    "import": "import setup, this project, and recent chats from Claude Code",
    "hooks": "view and manage lifecycle hooks",
    "review": "review my current changes and find issues",
    "rename": "rename the current thread",
    "new": "start a new chat during a conversation",
    "archive": "archive this session",
    "delete": "permanently delete this session",
    "resume": "resume a saved chat",
    "fork": "fork the current chat",
    "worktree": "start or continue a conversation in a new worktree",
    "init": "create an AGENTS.md file with instructions for Codex",
    "compact": "summarize conversation to prevent hitting the context limit",
    "config": "configure Codex preferences",
    "recap": "summarize the current conversation now",
    "plan": "switch to Plan mode",
    "voice": "start or stop voice; use /voice settings to choose a voice",
    "goal": "set or view the goal for a long-running task",
    "agents": "open the agent command center",
    "side": "start a side conversation",
    "copy": "copy the last response or part of it",
    "export": "export the conversation as markdown",
    "raw": "toggle raw scrollback mode for copy-friendly terminal selection",
    "tui": "choose the TUI mode for the next launch",
    "diff": "show git diff (including untracked files)",
    "mention": "mention a file",
    "status": "show current session configuration and token usage",
    "daemon": "Manage the local background server",
    "warnings": "view retained warnings and diagnostic details",
    "cd": "change the current working directory",
    "pwd": "show the current working directory",
    "title": "configure which items appear in the terminal title",
    "statusline": "configure which items appear in the status line",
    "theme": "choose a syntax highlighting theme",
    "pets": "choose or hide the terminal pet",
    "mcp": "list MCP tools; use /mcp verbose or /mcp login <name>",
    "logout": "log out of Codex",
    "exit": "exit Codex",
    "feedback": "send logs to maintainers or save a ZIP",
    "ps": "list background terminals",
    "stop": "stop all background terminals",
    "clear": "clear the terminal and start a new chat",
    "subagents": "switch between this session's subagents",
}
_UNLISTED = {"quit": "exit Codex"}
_COMPOSE = """\
Compose
/        Commands
@        Mention files
!        Shell command
^j       New line
^v       Paste image
^g       External editor
^r       Search history
esc esc  Edit last message"""
_SESSION = """\
Session
tab            Send message
shift+tab      Change mode
alt+,          Less reasoning
alt+.          More reasoning
f8             Voice
←              Agents (empty prompt)
alt+← / alt+→  Subagents (empty prompt)
f4             Inspect activity
^c             Quit"""
_TRANSCRIPT = """\
Transcript (open first)
^t                         Open transcript
f3                         Find text
pgup / pgdn                Scroll
^space                     Start selection
^home / ^end               Top / latest
shift+alt+, / shift+alt+.  Top / latest"""
_BUSY = {"Send message": "Queue message", "Quit": "Interrupt"}
_SECOND, _THIRD = 32, 75  # where the help's columns begin
_NARROW = 117  # below it the third stands under the second
_NARROWER = 72  # below it they all stand under the first
_MORE = "  … resize to see all"
_KEYMAP = "  /keymap customize"


def commands(text: str) -> list[tuple[str, str]]:
    """Give the commands that begin like the text, with what is said of each; none behind the name."""
    name = text.removeprefix("/")
    known = {**COMMANDS, **_UNLISTED} if name else COMMANDS
    return [(f"/{each}", said) for each, said in known.items() if each.startswith(name)]


def menu_rows(menu: list[tuple[str, str]], selected: int, *, columns: int) -> list[str]:
    """Draw the choice, with the selected one in view."""
    first = max(0, min(selected - MENU_ROWS + 1, len(menu) - MENU_ROWS))
    shown = [(clean(name), clean(said)) for name, said in menu[first : first + MENU_ROWS]]
    room = max((width(clean(name)) for name, _ in menu), default=0) + 2
    rows = []
    for index, (name, said) in enumerate(shown, first):
        mark = "› " if index == selected else "  "
        head = f"{mark}{name}{' ' * (room - width(name))}"
        for number, row in enumerate(filled(said, max(columns - width(head), 1))):
            rows.append(f"{' ' * width(head) if number else head}{row}".rstrip())
    return rows


def help_rows(*, busy: bool, columns: int, rows: int) -> list[str]:
    """Give the help, cut where there are fewer rows."""
    session = [_told(row) if busy else row for row in _SESSION.split("\n")]
    first, third = _COMPOSE.split("\n"), _TRANSCRIPT.split("\n")
    wide = columns >= _NARROW
    second = session if wide else [*session, "", *third]
    if columns < _NARROWER:
        first, second = [*first, "", *second], []
    lines = []
    for number in range(max(len(first), len(second))):
        row = f"  {_at(first, number)}".ljust(_SECOND) + _at(second, number)
        lines.append((row.ljust(_THIRD) + _at(third, number) if wide else row).rstrip())
    shown = ["  Keyboard shortcuts", "", *lines]
    if len(shown) + 2 > rows:
        return [*shown[: max(rows - 2, 0)], _MORE, _KEYMAP]
    return [*shown, "", _KEYMAP]


def _at(rows: list[str], number: int) -> str:
    return rows[number] if number < len(rows) else ""


def _told(row: str) -> str:
    for idle, busy in _BUSY.items():
        if row.endswith(idle):
            return row.replace(idle, busy)
    return row
