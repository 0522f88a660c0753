"""What a hook's exit status and output decide, and what of it stands in the transcript.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Attachment = dict[str, Any]

_BLOCKS = 2  # the exit status that says no
_BLOCKABLE = ("PreToolUse", "UserPromptSubmit", "PostToolUse", "PostToolUseFailure", "Stop", "SubagentStop")
_NO_WORDS = "No stderr output"


class Run:
    """One command of a hook that has exited: `name` is the event's, with the tool's where there is one.

    `tool_use_id` is the call's, or an id that all commands of this hook share.
    """

    __slots__ = (
        "command",
        "duration_ms",
        "event",
        "name",
        "status",
        "stderr",
        "stdout",
        "tool_use_id",
        "words",
    )

    def __init__(
        self,
        event: str,
        *,
        command: str,
        status: int,
        stdout: str,
        stderr: str,
        duration_ms: int,
        tool_use_id: str,
        tool: str = "",
    ) -> None:
        self.event = event
        self.name = f"{event}:{tool}" if tool else event
        self.command = command
        self.status = status
        self.stdout = stdout.strip()
        self.stderr = stderr.strip()
        self.words = stderr if self.stderr else _NO_WORDS  # with which it blocks: as they came
        self.duration_ms = duration_ms
        self.tool_use_id = tool_use_id


class Decision:
    """What one run asks for.

    `behavior`: "allow", "deny" or "ask" of PreToolUse and PermissionRequest, "block" of the others, "" for
    nothing. `context` goes to the model, `message` to the user. `stop` ends the turn when the tool has run,
    for that reason. `failed` is what the user is told of a run that failed and decides nothing.
    """

    __slots__ = ("answered", "behavior", "context", "failed", "message", "reason", "stop", "updated_input")

    def __init__(self, *, behavior: str = "", reason: str = "", failed: str = "") -> None:
        self.behavior = behavior
        self.reason = reason
        self.failed = failed
        self.answered = False  # by a JSON object
        self.context = ""
        self.message = ""
        self.stop: str | None = None
        self.updated_input: Mapping[str, Any] | None = None


def read_output(run: Run, answer: object) -> Decision:
    """Read a run; `answer` is the JSON value that its stdout is, None if it is none. Never raises."""
    if run.status == _BLOCKS:
        return _blocked(run)
    if run.status:
        return Decision(failed=f"Failed with non-blocking status code: {run.stderr or _NO_WORDS}")
    if not isinstance(answer, dict):
        return Decision()
    return _answered(run, answer)


def attachments(run: Run, decision: Decision) -> list[Attachment]:
    """Give what the transcript says of a run, in its order: none for most.

    Those of PreToolUse come before the tool's result, those of PostToolUse after it. Where a hook of a tool
    has a `stop`, `stopped` comes last.
    """
    if decision.failed:
        return [_marked(run, "hook_non_blocking_error", {}, _failure(run, decision))]
    if run.event == "PermissionRequest":
        told = {"type": "hook_permission_decision", "decision": decision.behavior}
        marks = {"toolUseID": run.tool_use_id, "hookEvent": run.event}
        return [{**told, **marks}] if decision.behavior else []
    if decision.behavior in ("deny", "block"):
        return [] if run.event in ("PreToolUse", "UserPromptSubmit") else [_blocking(run, decision)]
    return _successful(run, decision)


def stopped(run: Run, decision: Decision) -> Attachment:
    """Give what stands in the transcript, after the tool's result, where a hook ends the turn."""
    told = {"message": decision.stop}
    return _marked(run, "hook_stopped_continuation", told, {})


def _blocked(run: Run) -> Decision:
    words = f"[{run.command}]: {run.words}"
    if run.event == "PreToolUse":
        return Decision(behavior="deny", reason=f"{run.name} hook error: {words}")
    return Decision(behavior="block", reason=words) if run.event in _BLOCKABLE else Decision()


def _answered(run: Run, answer: dict[str, Any]) -> Decision:
    decision = Decision()
    decision.answered = True
    decision.message = _text(answer.get("systemMessage"))
    if answer.get("continue") is False:
        decision.stop = _text(answer.get("stopReason"))
    if answer.get("decision") in ("block", "approve"):
        no = "deny" if run.event == "PreToolUse" else "block"
        decision.behavior = no if answer["decision"] == "block" else "allow"
        decision.reason = _text(answer.get("reason"))
    specific = answer.get("hookSpecificOutput")
    if isinstance(specific, dict) and specific.get("hookEventName") == run.event:
        _read_specific(run, decision, specific)
    return decision


def _read_specific(run: Run, decision: Decision, specific: dict[str, Any]) -> None:
    decision.context = _text(specific.get("additionalContext"))
    updated = specific.get("updatedInput")
    if run.event == "PreToolUse" and specific.get("permissionDecision") in ("allow", "deny", "ask"):
        decision.behavior = specific["permissionDecision"]
        decision.reason = _text(specific.get("permissionDecisionReason"))
    verdict = specific.get("decision")
    if run.event == "PermissionRequest" and isinstance(verdict, dict):
        decision.behavior = verdict["behavior"] if verdict.get("behavior") in ("allow", "deny") else ""
        decision.reason = _text(verdict.get("message"))
        updated = verdict.get("updatedInput")
    decision.updated_input = updated if isinstance(updated, dict) else None


def _successful(run: Run, decision: Decision) -> list[Attachment]:
    told: list[Attachment] = []
    if decision.stop is not None and run.event == "Stop":
        told.append(stopped(run, decision))
    if run.stdout and _shows_success(run, decision):
        content = "" if decision.answered else run.stdout
        told.append(_marked(run, "hook_success", {}, {"content": content, **_output(run, run.stderr)}))
    if decision.message:
        told.append(_marked(run, "hook_system_message", {"content": decision.message}, {}))
    if decision.context:
        told.append(_marked(run, "hook_additional_context", {"content": [decision.context]}, {}))
    return told


def _shows_success(run: Run, decision: Decision) -> bool:
    if run.event == "UserPromptSubmit":
        return not decision.answered
    return not (run.event == "PostToolUse" and decision.stop is not None)


def _blocking(run: Run, decision: Decision) -> Attachment:
    error = {"blockingError": decision.reason, "command": run.command}
    return _marked(run, "hook_blocking_error", {}, {"blockingError": error})


def _failure(run: Run, decision: Decision) -> dict[str, Any]:
    told = {"stderr": decision.failed, "stdout": run.stdout, "exitCode": run.status}
    return {**told, "command": run.command, "durationMs": run.duration_ms}


def _output(run: Run, stderr: str) -> dict[str, Any]:
    told = {"stdout": run.stdout, "stderr": stderr, "exitCode": run.status}
    return {**told, "command": run.command, "durationMs": run.duration_ms}


def _marked(run: Run, kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Attachment:
    marks = {"hookName": run.name, "toolUseID": run.tool_use_id, "hookEvent": run.event}
    return {"type": kind, **before, **marks, **after}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
