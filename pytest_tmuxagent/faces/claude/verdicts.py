"""What becomes of a call: the verdict, and the ways the CLI words it.

Source: Claude Code 2.1.197, measured (`can_use_tool` requests, and results in print mode).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class Verdict:
    """Whether a call may run.

    `reason` is said in the dialog and to hooks, `message` to the model when nobody can be asked or the
    answer is no by rule. `suggestions` have the form of the hook payload. `always` is the dialog's second
    option, None where there is none, and `granted` what it grants. `reason_type` is the CLI's own word:
    rule, mode, other, safetyCheck, workingDir, subcommandResults, or "".
    """

    __slots__ = (
        "always",
        "behavior",
        "blocked_path",
        "granted",
        "message",
        "reason",
        "reason_type",
        "suggestions",
    )

    def __init__(
        self,
        behavior: str,
        *,
        message: str = "",
        reason: str = "",
        reason_type: str = "",
        suggestions: Sequence[dict[str, Any]] = (),
        blocked_path: str = "",
    ) -> None:
        self.behavior = behavior
        self.message = message
        self.reason = reason
        self.reason_type = reason_type
        self.suggestions = list(suggestions)
        self.blocked_path = blocked_path
        self.granted = self.suggestions
        self.always: str | None = None


def allow(reason_type: str = "") -> Verdict:
    return Verdict("allow", reason_type=reason_type)


def not_granted(tool: str) -> str:
    return f"Claude requested permissions to use {tool}, but you haven't granted it yet."


def ask(
    reason: str,
    *,
    message: str = "",
    reason_type: str = "other",
    suggestions: Sequence[dict[str, Any]] = (),
    blocked_path: str = "",
) -> Verdict:
    return Verdict(
        "ask",
        message=message or reason,
        reason=reason,
        reason_type=reason_type,
        suggestions=suggestions,
        blocked_path=blocked_path,
    )


def ask_by_rule(tool: str, rule: str) -> Verdict:
    reason = (
        f"Permission rule {rule} requires confirmation for this {'command' if tool == 'Bash' else 'tool'}."
    )
    return Verdict("ask", message=not_granted(tool), reason=reason, reason_type="rule")


def add_rules(
    rules: Sequence[tuple[str, str | None]], *, destination: str = "localSettings"
) -> dict[str, Any]:
    listed = [
        {"toolName": tool, **({} if content is None else {"ruleContent": content})} for tool, content in rules
    ]
    return {"type": "addRules", "rules": listed, "behavior": "allow", "destination": destination}


def add_directories(folders: Sequence[str]) -> dict[str, Any]:
    return {"type": "addDirectories", "directories": list(folders), "destination": "session"}


def set_mode(mode: str) -> dict[str, Any]:
    return {"type": "setMode", "mode": mode, "destination": "session"}


def read_folder(folder: str) -> dict[str, Any]:
    return add_rules([("Read", f"/{folder}/**")], destination="session")
