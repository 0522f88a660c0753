"""The hooks of Codex's configuration: which there are, and which of them an event concerns.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

_EVENTS = {
    "PreToolUse": "pre_tool_use",
    "PermissionRequest": "permission_request",
    "PostToolUse": "post_tool_use",
    "PreCompact": "pre_compact",
    "PostCompact": "post_compact",
    "SessionStart": "session_start",
    "SessionEnd": "session_end",
    "UserPromptSubmit": "user_prompt_submit",
    "SubagentStart": "subagent_start",
    "SubagentStop": "subagent_stop",
    "Stop": "stop",
}
_MATCHED = ("PreToolUse", "PermissionRequest", "PostToolUse", "SessionStart")
_ALIASES = {"apply_patch": ("apply_patch", "Write", "Edit")}
_DEFAULT_TIMEOUT = 600


class Hook:
    """One command; `key` names it in `hooks.state`, `run` where its words are recorded."""

    __slots__ = ("command", "event", "identity", "key", "kind", "matcher", "run", "timeout")

    def __init__(
        self, event: str, entry: Mapping[str, Any], *, matcher: str | None, key: str, run: str
    ) -> None:
        self.event = event
        self.kind = "command"
        self.command = str(entry.get("command", ""))
        given = entry.get("timeout")
        self.timeout = float(given) if isinstance(given, (int, float)) and given > 0 else _DEFAULT_TIMEOUT
        self.matcher = matcher
        self.key = key
        self.run = run
        self.identity = _identity(event, entry, matcher=matcher, command=self.command)


def read_hooks(sources: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Hook]:
    """Read the `hooks` tables of configuration files, each with its path; what is none is passed over."""
    given = list(sources)
    found: list[Hook] = []
    for event, word in _EVENTS.items():
        for path, table in given:
            for place, matcher, entry in _entries(table.get(event)):
                run = f"{word.replace('_', '-')}:{len(found)}:{path}"
                found.append(Hook(event, entry, matcher=matcher, key=f"{path}:{word}:{place}", run=run))
    return found


def concerns(hook: Hook, event: str, subject: str) -> bool:
    """Tell whether a hook is to be told; `subject` is the tool, or how the session started."""
    if hook.event != event:
        return False
    matcher = hook.matcher
    if event not in _MATCHED or matcher in (None, "", "*"):
        return True
    names = _ALIASES.get(subject, (subject,))
    if all(character.isalnum() or character in "_|" for character in matcher):
        return any(name in matcher.split("|") for name in names)
    return _found(matcher, names)


def _found(pattern: str, names: Iterable[str]) -> bool:
    import re  # takes milliseconds, for a rare case

    try:
        return any(re.search(pattern, name) for name in names)
    except re.error:
        return False


def _entries(groups: object) -> list[tuple[str, str | None, Mapping[str, Any]]]:
    """Give the commands of an event with their places and matchers."""
    found: list[tuple[str, str | None, Mapping[str, Any]]] = []
    for number, group in enumerate(groups if isinstance(groups, list) else []):
        hooks = group.get("hooks") if isinstance(group, dict) else None
        for index, entry in enumerate(hooks if isinstance(hooks, list) else []):
            if isinstance(entry, dict) and entry.get("type") == "command" and entry.get("command"):
                matcher = group.get("matcher")
                found.append((f"{number}:{index}", matcher if isinstance(matcher, str) else None, entry))
    return found


def _identity(event: str, entry: Mapping[str, Any], *, matcher: str | None, command: str) -> dict[str, Any]:
    """Give what is hashed of a hook that is trusted; all keys are sorted."""
    timeout = entry.get("timeout")
    hook: dict[str, Any] = {"async": bool(entry.get("async", False)), "command": command}
    if isinstance(entry.get("statusMessage"), str):
        hook["statusMessage"] = entry["statusMessage"]
    hook["timeout"] = timeout if isinstance(timeout, int) else _DEFAULT_TIMEOUT
    hook["type"] = "command"
    told: dict[str, Any] = {"event_name": _EVENTS[event], "hooks": [hook]}
    if matcher is not None and event in _MATCHED:
        told["matcher"] = matcher
    return told
