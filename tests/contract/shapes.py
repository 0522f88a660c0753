"""The shapes of what the agents write: the order of records, and the keys of each.

Source: Claude Code 2.1.197, measured. A later one writes more: other records between these, and other keys in
them (2.1.330 was measured).
"""

from __future__ import annotations

_CHAIN = frozenset(
    [
        "parentUuid",
        "isSidechain",
        "type",
        "uuid",
        "timestamp",
        "userType",
        "entrypoint",
        "cwd",
        "sessionId",
        "version",
        "gitBranch",
    ]
)
_SAID = _CHAIN | {"message", "requestId"}
_USER = _CHAIN | {"message", "promptId"}
_PROMPT = _USER | {"origin", "permissionMode", "promptSource"}
_ATTACHED = _CHAIN | {"attachment"}
_ERROR = _CHAIN | {"message", "isApiErrorMessage"}
_SUMMARY = frozenset(
    [
        "hasOutput",
        "hookAdditionalContext",
        "hookCount",
        "hookErrors",
        "hookInfos",
        "level",
        "preventedContinuation",
        "stopReason",
        "subtype",
        "toolUseID",
    ]
)

# The version whose face the stub wears.
FACE = "2.1.197"

# What a record of each kind has: one of these.
CLAUDE_RECORDS: dict[str, set[frozenset[str]]] = {
    "mode": {frozenset({"type", "mode", "sessionId"})},
    "permission-mode": {frozenset({"type", "permissionMode", "sessionId"})},
    "file-history-snapshot": {frozenset({"type", "messageId", "snapshot", "isSnapshotUpdate"})},
    "last-prompt": {frozenset({"type", "lastPrompt", "leafUuid", "sessionId"})},
    "ai-title": {frozenset({"type", "aiTitle", "sessionId"})},
    "user prompt": {_PROMPT},
    "user text": {_USER, _USER | {"interruptedMessageId"}},
    "user tool_result": {_USER | {"toolUseResult", "sourceToolAssistantUUID"}},
    "attachment agent_listing_delta": {_ATTACHED},
    "attachment skill_listing": {_ATTACHED},
    "assistant text": {_SAID, _ERROR},
    "assistant tool_use": {_SAID},
    "assistant text error": {_ERROR | {"apiErrorStatus", "error", "requestId"}},
    "system stop_hook_summary": {_CHAIN | _SUMMARY},
    "system turn_duration": {_CHAIN | {"subtype", "durationMs", "messageCount", "isMeta"}},
}
CLAUDE_ORDER = [
    "mode",
    "permission-mode",
    "user prompt",
    "attachment agent_listing_delta",
    "attachment skill_listing",
    "assistant text",
    "assistant tool_use",
    "user tool_result",
    "assistant tool_use",
    "user tool_result",
    "assistant tool_use",
    "user tool_result",
    "assistant tool_use",
    "user tool_result",
    "assistant text",
    "system stop_hook_summary",
    "system turn_duration",
    "user prompt",
    "assistant tool_use",
    "user tool_result",
    "user text",
    "user prompt",
    "assistant text",
    "user text",
    "user prompt",
    "assistant text error",
    "system turn_duration",
    "user prompt",
    "assistant text",
    "system stop_hook_summary",
    "system turn_duration",
    "last-prompt",
]
# Records that are written again, every so many of the others.
OF_THE_SESSION = ("mode", "permission-mode", "last-prompt")
# Since 2.1.329 the record of a turn that failed ends with its error.
CLAUDE_ORDER_LATER = [
    kind
    for before, kind in zip([None, *CLAUDE_ORDER], CLAUDE_ORDER, strict=False)
    if kind not in OF_THE_SESSION and (before, kind) != ("assistant text error", "system turn_duration")
]
COMMON = {"session_id", "transcript_path", "cwd", "hook_event_name"}
_TURN = {"prompt_id", "permission_mode"}
_CALL = {*_TURN, "effort", "tool_name", "tool_input"}
CLAUDE_HOOKS: dict[str, set[str]] = {
    "SessionStart": {"source", "model"},
    "UserPromptSubmit": {*_TURN, "prompt"},
    "PreToolUse": {*_CALL, "tool_use_id"},
    "PermissionRequest": _CALL,
    "PostToolUse": {*_CALL, "tool_use_id", "tool_response", "duration_ms"},
    "PostToolUseFailure": {*_CALL, "tool_use_id", "duration_ms", "error", "is_interrupt"},
    "PostToolBatch": {*_TURN, "effort", "tool_calls"},
    "Notification": {"message", "notification_type"},
    "Stop": {
        *_TURN,
        "effort",
        "stop_hook_active",
        "last_assistant_message",
        "background_tasks",
        "session_crons",
    },
    "StopFailure": {"prompt_id", "effort", "error", "last_assistant_message"},
    "SessionEnd": {"prompt_id", "reason"},
    "MessageDisplay": {"prompt_id", "turn_id", "message_id", "index", "final", "delta"},
}
CLAUDE_TOLD = [
    "SessionStart",
    "UserPromptSubmit",
    "PreToolUse Bash",
    "PermissionRequest Bash",
    "PostToolUse Bash",
    "PostToolBatch",
    "PreToolUse Bash",
    "PermissionRequest Bash",
    "PostToolUseFailure Bash",
    "PostToolBatch",
    "PreToolUse Write",
    "PermissionRequest Write",
    "PostToolUse Write",
    "PostToolBatch",
    "PreToolUse Read",
    "PostToolUse Read",
    "PostToolBatch",
    "Stop",
    "UserPromptSubmit",
    "PreToolUse Bash",
    "PermissionRequest Bash",
    "UserPromptSubmit",
    "UserPromptSubmit",
    "StopFailure",
    "UserPromptSubmit",
    "Stop",
    "SessionEnd",
]
CLAUDE_STATUS = {
    "pid",
    "sessionId",
    "cwd",
    "startedAt",
    "procStart",
    "version",
    "peerProtocol",
    "kind",
    "entrypoint",
    "name",
    "nameSource",
    "status",
    "updatedAt",
    "statusUpdatedAt",
}
CLAUDE_HISTORY = {"display", "pastedContents", "timestamp", "project", "sessionId"}
