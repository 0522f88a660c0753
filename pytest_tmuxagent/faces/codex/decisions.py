"""What the output of a hook means to Codex.

Source: Codex CLI 0.169.0, measured: decisions as JSON on stdout, and exit code 2.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_BLOCKING_STATUS = 2
_PLAIN_CONTEXT = ("SessionStart", "UserPromptSubmit")
_TIMED_OUT = 124
_RANKS = ("", "allow", "block")


class Decision:
    """What one hook decided: `behavior` is `allow`, `block` or nothing; `context` is for the model.

    `failed` is what the person is shown of a hook that did not work.
    """

    __slots__ = ("behavior", "context", "failed", "reason", "updated_command")

    def __init__(
        self,
        behavior: str = "",
        *,
        reason: str = "",
        context: str = "",
        updated_command: str | None = None,
        failed: str = "",
    ) -> None:
        self.behavior = behavior
        self.reason = reason
        self.context = context
        self.updated_command = updated_command
        self.failed = failed


def read_decision(
    event: str, *, status: int, stdout: str, stderr: str, value: object, timeout: float = 600.0
) -> Decision:
    """Read what a hook answered; `value` is its output as JSON, None where it is none."""
    if status == _BLOCKING_STATUS and stderr.strip():
        return Decision("block", reason=stderr.strip())
    if status == _TIMED_OUT:
        return Decision(failed=f"hook timed out after {timeout:.0f}s")
    if status:
        return Decision(failed=f"hook exited with code {status}")
    if isinstance(value, dict):
        return _read_object(value)
    if event == "Stop" and stdout.strip():
        return Decision(failed="hook returned invalid stop hook JSON output")
    return Decision(context=stdout.strip() if event in _PLAIN_CONTEXT else "")


def joined(decisions: list[Decision]) -> Decision:
    """Give what several hooks decide together: one that blocks is enough."""
    whole = Decision(context="\n\n".join(one.context for one in decisions if one.context))
    for one in decisions:
        if _RANKS.index(one.behavior) > _RANKS.index(whole.behavior):
            whole.behavior, whole.reason = one.behavior, one.reason
        if one.updated_command is not None:
            whole.updated_command = one.updated_command
    return whole


def shown(decision: Decision) -> list[str]:
    """Give the two lines that the person sees of a hook, if any: what happened, and why."""
    if decision.failed:
        return ["Hook failed", decision.failed]
    return ["Blocked by hook", decision.reason] if decision.behavior == "block" else []


def _read_object(value: dict[str, Any]) -> Decision:
    own = value.get("hookSpecificOutput")
    own = own if isinstance(own, dict) else {}
    decided = own.get("decision")
    decided = decided if isinstance(decided, dict) else {}
    context = _text(own.get("additionalContext"))
    if value.get("decision") == "block":
        return Decision("block", reason=_text(value.get("reason")), context=context)
    if own.get("permissionDecision") == "deny":
        return Decision("block", reason=_text(own.get("permissionDecisionReason")), context=context)
    if decided.get("behavior") == "deny":
        return Decision("block", reason=_text(decided.get("message")), context=context)
    if "allow" in (own.get("permissionDecision"), decided.get("behavior")):
        updated = own.get("updatedInput")
        command = updated.get("command") if isinstance(updated, dict) else None
        return Decision(
            "allow", context=context, updated_command=command if isinstance(command, str) else None
        )
    return Decision(context=context)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
