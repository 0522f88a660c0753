"""The second option of a permission dialog: how it is worded, and what it grants.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

from pytest_tmuxagent.faces.claude.commands import SAFE_VARIABLES, WITHOUT_PREFIX
from pytest_tmuxagent.faces.claude.verdicts import add_rules, set_mode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pytest_tmuxagent.faces.claude.verdicts import Verdict

_SPOKEN = {"WebFetch": "Fetch", "WebSearch": "Web Search"}
EDITS = "Yes, allow all edits during this session (shift+tab)"
OWN_SETTINGS = "Yes, and allow Claude to edit its own settings for this session"


def for_writing(verdict: Verdict, path: str) -> str | None:
    if "/.claude/" in path and verdict.reason_type == "safetyCheck":
        return OWN_SETTINGS
    if not verdict.suggestions:  # an ask rule, or plan mode: hooks are told of nothing
        verdict.granted = [set_mode("acceptEdits")]
        return EDITS
    folders = _folders(verdict.suggestions)
    if folders:
        return f"Yes, allow all edits in {folders[0]}/ during this session (shift+tab)"
    return EDITS


def for_reading(verdict: Verdict) -> str | None:
    folders = _read_folders(verdict.suggestions)
    return f"Yes, allow reading from {folders[0]}/ during this session" if folders else None


def for_tool(verdict: Verdict, tool: str, *, cwd: str) -> str | None:
    if not verdict.suggestions:
        return None
    name = _SPOKEN.get(tool, tool)
    if tool.startswith("mcp__"):
        server, _, short = tool[5:].partition("__")
        name = f"{server} - {short}"
    return f"Yes, and don't ask again for {name} commands in {cwd}"


def for_fetching(domain: str) -> str:
    return f"Yes, and don't ask again for {domain}"


def for_command(verdict: Verdict, command: str, *, cwd: str) -> str | None:
    """Word it for Bash; a rule that is offered alone is first made as wide as the dialog offers it."""
    rules, reads = _commands(verdict.suggestions), _read_folders(verdict.suggestions)
    changed = _folders(verdict.suggestions)
    joined = verdict.reason_type == "subcommandResults"
    if changed:
        return f"Yes, and always allow access to {changed[0]}/ from this project"
    if reads and (not joined or not verdict.reason):
        return f"Yes, allow reading from {reads[0]}/ from this project"
    if reads:
        return f"Yes, and allow access to {reads[0]}/ and {_listed(rules)} commands"
    if len(rules) > 1:
        return f"Yes, and don't ask again for {_listed(rules)} commands in {cwd}"
    if not rules:
        return None
    rule = rules[0] if joined else widened(command, rules[0])
    if rule != rules[0]:
        verdict.granted = [add_rules([("Bash", rule)])]
    return f"Yes, and don’t ask again for: {rule}"


def widened(command: str, rule: str) -> str:
    """Make `python3 -c 1` into `python3 *`, but leave shells and wrappers alone."""
    words = command.split()
    variables = []
    while words and "=" in words[0]:
        variables.append(words.pop(0))
    if rule.endswith(" *"):
        unsafe = [word for word in variables if word.partition("=")[0] not in SAFE_VARIABLES]
        return rule if not unsafe else " ".join([*variables, rule])
    if not words or words[0] in WITHOUT_PREFIX:
        return rule
    plain = [word for word in words[1:2] if word.isalpha() and word.islower()] if variables else []
    return " ".join([*variables, words[0], *plain, "*"])


def _listed(rules: Sequence[str]) -> str:
    names = [rule[:-2] if rule.endswith(" *") else rule for rule in rules]
    if len(names) < 3:
        return " and ".join(names)
    return f"{', '.join(names[:-1])}, and {names[-1]}"


def _commands(suggestions: Sequence[dict[str, Any]]) -> list[str]:
    return [
        rule["ruleContent"]
        for suggestion in suggestions
        for rule in suggestion.get("rules", ())
        if rule["toolName"] == "Bash" and "ruleContent" in rule
    ]


def _read_folders(suggestions: Sequence[dict[str, Any]]) -> list[str]:
    """Give the names of the folders that would be opened for reading."""
    return [
        rule["ruleContent"].removesuffix("/**").rpartition("/")[2]
        for suggestion in suggestions
        for rule in suggestion.get("rules", ())
        if rule["toolName"] == "Read"
    ]


def _folders(suggestions: Sequence[dict[str, Any]]) -> list[str]:
    return [
        folder.rpartition("/")[2]
        for suggestion in suggestions
        for folder in suggestion.get("directories", ())
    ]
