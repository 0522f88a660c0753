"""The options of `claude`: their names, whether a value follows, which values they allow.

Source: Claude Code 2.1.197, `claude --help`, and the hidden options it takes all the same, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

FLAG, VALUE, OPTIONAL, MANY = "", "<value>", "[value]", "<values...>"

MODES = ("acceptEdits", "auto", "bypassPermissions", "default", "dontAsk", "plan")
COMMANDS = frozenset(
    [
        "agents",
        "auth",
        "auto-mode",
        "doctor",
        "gateway",
        "install",
        "mcp",
        "plugin",
        "plugins",
        "project",
        "setup-token",
        "ultrareview",
        "update",
        "upgrade",
    ]
)


class Option:
    """One option: how its errors call it, the names it goes by, what it takes."""

    __slots__ = ("choices", "hidden", "label", "names", "takes")

    def __init__(self, label: str, *, takes: str, choices: Sequence[str] = (), hidden: bool = False) -> None:
        self.label = label
        self.names = tuple(name for name in label.replace(",", "").split() if name.startswith("-"))
        self.takes = takes
        self.choices = choices
        self.hidden = hidden

    @property
    def name(self) -> str:
        """Give the long name, the first where there are two."""
        return next((name for name in self.names if name.startswith("--")), self.names[0])


_CHOICES: dict[str, Sequence[str]] = {
    "--input-format": ("text", "stream-json"),
    "--output-format": ("text", "json", "stream-json"),
    "--permission-mode": MODES,
    "--prompt-suggestions": ("true", "false", "1", "0", "yes", "no", "on", "off"),
    "--teammate-mode": ("auto", "tmux", "iterm2", "in-process"),
    "--thinking": ("enabled", "adaptive", "disabled"),
    "--thinking-display": ("summarized", "omitted"),
}
_SHOWN = """\
--add-dir <directories...>
--agent <agent>
--agents <json>
--allow-dangerously-skip-permissions
--allowedTools, --allowed-tools <tools...>
--append-system-prompt <prompt>
--ax-screen-reader
--bg, --background
--bare
--betas <betas...>
--brief
--chrome
-c, --continue
--dangerously-skip-permissions
-d, --debug [filter]
--debug-file <path>
--disable-slash-commands
--disallowedTools, --disallowed-tools <tools...>
--effort <level>
--exclude-dynamic-system-prompt-sections
--fallback-model <model>
--file <specs...>
--fork-session
--from-pr [value]
-h, --help
--ide
--include-hook-events
--include-partial-messages
--input-format <format>
--json-schema <schema>
--max-budget-usd <amount>
--mcp-config <configs...>
--model <model>
-n, --name <name>
--no-chrome
--no-session-persistence
--output-format <format>
--permission-mode <mode>
--plugin-dir <path>
--plugin-url <url>
-p, --print
--prompt-suggestions [value]
--remote-control [name]
--remote-control-session-name-prefix <prefix>
--replay-user-messages
-r, --resume [value]
--safe-mode
--session-id <uuid>
--setting-sources <sources>
--settings <file-or-json>
--strict-mcp-config
--system-prompt <prompt>
--tmux
--tools <tools...>
--verbose
-v, --version
-w, --worktree [name]
"""
_HIDDEN = """\
--advisor <model>
--agent-color <color>
--agent-id <id>
--agent-name <name>
--agent-type <type>
--append-system-prompt-file <file>
--debug-to-stderr
--enable-auth-status
--enable-auto-mode
--init
--init-only
--maintenance
--max-thinking-tokens <tokens>
--max-turns <turns>
--parent-session-id <id>
--permission-prompt-tool <tool>
--plan-mode-instructions <text>
--plan-mode-required
--prefill <text>
--resume-session-at <message id>
--rewind-files <user-message-id>
--system-prompt-file <file>
--team-name <name>
--teammate-mode <mode>
--thinking <mode>
--thinking-display <display>
--workload <tag>
"""


def _option(label: str, *, hidden: bool) -> Option:
    takes = FLAG
    if label.endswith("...>"):
        takes = MANY
    elif label.endswith((">", "]")):
        takes = VALUE if label.endswith(">") else OPTIONAL
    name = label.replace(",", "").split(" <")[0].split(" [")[0].split()[-1]
    return Option(label, takes=takes, choices=_CHOICES.get(name, ()), hidden=hidden)


_ALL = (
    *(_option(label, hidden=False) for label in _SHOWN.splitlines()),
    *(_option(label, hidden=True) for label in _HIDDEN.splitlines()),
)
BY_NAME = {name: option for option in _ALL for name in option.names}
SHOWN = tuple(name for option in _ALL if not option.hidden for name in option.names if name.startswith("--"))
