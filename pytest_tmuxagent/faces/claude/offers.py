"""What a headless `claude` says that it offers: tools, commands, agents, models; names only.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from typing import Any

# fmt: off
TOOLS = (
    "Task", "Bash", "CronCreate", "CronDelete", "CronList", "Edit", "EnterWorktree", "ExitWorktree",
    "NotebookEdit", "Read", "ReportFindings", "ScheduleWakeup", "SendMessage", "Skill", "TaskCreate",
    "TaskGet", "TaskList", "TaskOutput", "TaskStop", "TaskUpdate", "WebFetch", "WebSearch",
    "Workflow", "Write",
)
BARE_TOOLS = ("Bash", "Edit", "Read")
SKILLS = (
    "deep-research", "update-config", "verify", "debug", "code-review", "simplify", "batch",
    "fewer-permission-prompts", "loop", "claude-api", "run", "run-skill-generator",
)
COMMANDS = (
    *SKILLS,
    "clear", "compact", "config", "context", "heapdump", "init", "reload-skills", "review", "security-review",
    "usage", "insights", "goal", "team-onboarding",
)
_ALIASES = {
    "loop": ["proactive"], "clear": ["reset", "new"], "config": ["settings"], "usage": ["cost", "stats"],
}
AGENTS = {"claude": "", "Explore": "haiku", "general-purpose": "", "Plan": "", "statusline-setup": "sonnet"}
STYLES = ("default", "Proactive", "Explanatory", "Learning")
# Tools that need a person, and those that do what Bash would.
_ASKING = ("AskUserQuestion", "EnterPlanMode", "ExitPlanMode")
_INSTEAD_OF_BASH = ("Glob", "Grep")
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_MODELS = {
    "default": "claude-opus-4-8[1m]",
    "opus": "claude-opus-4-8",
    "sonnet": "claude-sonnet-5",
    "haiku": "claude-haiku-4-5-20251001",
}
# value, display name; the rest follows from the model.
_CHOICES = (
    ("default", "Default (recommended)"),
    ("opus[1m]", "Opus"),
    ("sonnet", "Sonnet"),
    ("sonnet[1m]", "Sonnet 5 (1M context)"),
    ("haiku", "Haiku"),
)
_ELSEWHERE = frozenset({
    "add-dir", "agents", "bug", "doctor", "exit", "export", "feedback", "help", "hooks", "ide", "login",
    "logout", "mcp", "memory", "model", "permissions", "plugin", "quit", "resume", "rewind", "status",
    "statusline", "terminal-setup", "theme", "vim",
})
# fmt: on
_SILENT = frozenset({"clear", "reset", "new"})
TOO_SHORT = "Not enough messages to compact."  # as all conversations are that a script has
_SPENT = (
    "Total cost:            $0.0000\n"
    "Total duration (API):  0s\n"
    "Total duration (wall): 0s\n"
    "Total code changes:    0 lines added, 0 lines removed\n"
    "Usage:                 0 input, 0 output, 0 cache read, 0 cache write"
)


def tools(
    *,
    asks: bool = False,
    bare: bool = False,
    chosen: Collection[str] | None = None,
    denied: Collection[str] = (),
    more: Iterable[str] = (),
    answers: bool = False,
) -> list[str]:
    """Name what the model is offered.

    `asks`: somebody answers questions (`--permission-prompt-tool`). `chosen` is `--tools`, `denied` names
    whole tools, `more` are those of MCP servers. `answers`: a schema asks for the answer (`--json-schema`).
    """
    offered = list(BARE_TOOLS if bare else TOOLS)
    if asks and not bare:
        offered += _ASKING
    if answers:
        offered.append("StructuredOutput")
    if "Bash" in denied:
        offered += _INSTEAD_OF_BASH
    offered = [offered[0], *sorted(offered[1:])]
    if chosen is not None and "default" not in chosen:
        offered = [name for name in offered if name in chosen]
    return [name for name in (*offered, *more) if name not in denied]


def full_name(model: str | None) -> str:
    """Give the name of the model that `--model` asks for."""
    asked = model or "default"
    name, long, _ = asked.partition("[1m]")
    return f"{_MODELS.get(name, name)}{long}"


def models() -> list[dict[str, Any]]:
    """Give the choice of models, as `initialize` tells it."""
    return [_choice(value, shown) for value, shown in _CHOICES]


def commands() -> list[dict[str, Any]]:
    """Give the slash commands, as `initialize` tells them."""
    told: list[dict[str, Any]] = []
    for name in COMMANDS:
        told.append({"name": name, "description": "", "argumentHint": ""})
        if name in _ALIASES:
            told[-1]["aliases"] = _ALIASES[name]
    return told


def agents() -> list[dict[str, Any]]:
    """Give the agents, as `initialize` tells them."""
    return [
        {"name": name, "description": "", **({"model": model} if model else {})}
        for name, model in AGENTS.items()
    ]


def local_answer(text: str) -> str | None:
    """Give what the program itself answers to a slash command; None where the text is for the model."""
    if not text.startswith("/"):
        return None
    name = text[1:].split(None, 1)[0] if text[1:].strip() else ""
    if not name or "/" in name:
        return None
    if name in _SILENT:
        return ""
    if name == "compact":
        return TOO_SHORT
    if name in _ELSEWHERE:
        return f"/{name} isn't available in this environment."
    if name in ("usage", "cost", "stats"):
        return _SPENT
    return None if name in COMMANDS or name in ("proactive", "settings") else f"Unknown command: /{name}"


def _choice(value: str, shown: str) -> dict[str, Any]:
    model = full_name(value)
    choice: dict[str, Any] = {
        "value": value,
        "resolvedModel": model,
        "displayName": shown,
        "description": "",
    }
    if value == "haiku":
        return choice
    able: Sequence[str] = ("supportsAdaptiveThinking", "supportsFastMode", "supportsAutoMode")
    able = [name for name in able if name != "supportsFastMode" or "opus" in model]
    return {
        **choice,
        "supportsEffort": True,
        "supportedEffortLevels": list(_EFFORTS),
        **dict.fromkeys(able, True),
    }
