"""The shapes of what Codex writes: the order of records, and the keys of each.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

_ITEM = {"id", "type", "internal_chat_message_metadata_passthrough"}
_END = {"type", "turn_id", "root_turn_id", "started_at", "completed_at", "duration_ms"}

# The payload of a record of each kind has these keys: one of these.
CODEX_RECORDS: dict[str, list[set[str]]] = {
    "session_meta": [
        {
            "account_scoped",
            "base_instructions",
            "cli_version",
            "context_window",
            "cwd",
            "git",
            "history_mode",
            "id",
            "model_provider",
            "originator",
            "runtime_workspace_roots",
            "session_id",
            "source",
            "thread_source",
            "timestamp",
        }
    ],
    "event_msg task_started": [
        {
            "collaboration_mode_kind",
            "model_context_window",
            "root_turn_id",
            "started_at",
            "turn_attribution",
            "turn_id",
            "type",
        }
    ],
    "response_item message developer": [{*_ITEM, "content", "role"}],
    "response_item message user": [{*_ITEM, "content", "role"}],
    "world_state": [{"full", "state"}],
    "turn_context": [
        {
            "approval_policy",
            "approvals_reviewer",
            "collaboration_mode",
            "cwd",
            "disabled_plugin_ids",
            "model",
            "multi_agent_version",
            "permission_profile",
            "realtime_active",
            "root_turn_id",
            "sandbox_policy",
            "summary",
            "turn_id",
        }
    ],
    "event_msg thread_settings_applied": [{"thread_id", "thread_settings", "type"}],
    "event_msg item_completed": [
        {"completed_at_ms", "item", "started_at_ms", "thread_id", "turn_id", "type"}
    ],
    "response_item message assistant": [{*_ITEM, "content", "role", "status"}],
    "response_item function_call": [{*_ITEM, "arguments", "call_id", "name", "status"}],
    "token_usage_record": [
        {
            "response_id",
            "root_turn_id",
            "session_id",
            "thread_id",
            "thread_token_usage",
            "turn_id",
            "turn_token_usage",
            "usage",
        }
    ],
    "response_item function_call_output": [{*_ITEM, "call_id", "output"}],
    "event_msg token_count": [{"info", "rate_limits", "type"}],
    "response_item custom_tool_call": [{*_ITEM, "call_id", "input", "name", "status"}],
    "response_item custom_tool_call_output": [{*_ITEM, "call_id", "output"}],
    "event_msg task_complete": [
        {*_END, "error", "last_agent_message"},
        {*_END, "last_agent_message", "time_to_first_token_ms"},
    ],
    "event_msg turn_aborted": [{*_END, "reason"}],
}
_USAGE, _DONE, _COUNT = "token_usage_record", "event_msg item_completed", "event_msg token_count"
_SETTINGS, _ENDED = "event_msg thread_settings_applied", "event_msg task_complete"
_PROMPTED = ["response_item message user", _DONE]
_BEGUN = [_SETTINGS, "event_msg task_started", "turn_context", *_PROMPTED]
_SAID = [_DONE, "response_item message assistant"]
_CALLED = ["response_item function_call", _USAGE, _DONE, "response_item function_call_output", _COUNT]
_PATCHED = ["response_item custom_tool_call", _USAGE, _DONE, "response_item custom_tool_call_output", _COUNT]
_REFUSED = ["response_item function_call", _USAGE, "response_item function_call_output", _COUNT]
_ABORTED = ["response_item message user", "event_msg turn_aborted"]

CODEX_ORDER = [
    # The thread, and the first turn: what the model is told, the prompt, four calls and what is said last.
    *("session_meta", "event_msg task_started", "response_item message developer"),
    *("response_item message user", "world_state", "turn_context", _SETTINGS),
    *(*_PROMPTED, *_SAID, *_CALLED, *_CALLED, *_PATCHED, *_CALLED, *_SAID, _USAGE, _COUNT, _ENDED),
    # A call that is refused; an interrupt; an error; a good end.
    *(*_BEGUN, *_REFUSED, *_ABORTED),
    *(*_BEGUN, _COUNT, *_ABORTED),
    *(*_BEGUN, _ENDED),
    *(*_BEGUN, *_SAID, _USAGE, _COUNT, _ENDED),
]
CODEX_COMMON = {"cwd", "hook_event_name", "session_id", "transcript_path"}
CODEX_HOOKS: dict[str, set[str]] = {
    "SessionStart": {"model", "permission_mode", "source"},
    "UserPromptSubmit": {"model", "permission_mode", "prompt", "turn_id"},
    "PreToolUse": {"model", "permission_mode", "tool_input", "tool_name", "tool_use_id", "turn_id"},
    "PermissionRequest": {"model", "permission_mode", "tool_input", "tool_name", "turn_id"},
    "PostToolUse": {
        "model",
        "permission_mode",
        "tool_input",
        "tool_name",
        "tool_response",
        "tool_use_id",
        "turn_id",
    },
    "Stop": {"last_assistant_message", "model", "permission_mode", "stop_hook_active", "turn_id"},
    "SessionEnd": {"reason"},
}
CODEX_TOLD = [
    "SessionStart",
    "UserPromptSubmit",
    "PreToolUse Bash",
    "PermissionRequest Bash",
    "PostToolUse Bash",
    "PreToolUse Bash",
    "PermissionRequest Bash",
    "PostToolUse Bash",
    "PreToolUse apply_patch",
    "PermissionRequest apply_patch",
    "PostToolUse apply_patch",
    "PreToolUse Bash",
    "PostToolUse Bash",
    "Stop",
    "UserPromptSubmit",
    "PreToolUse Bash",
    "PermissionRequest Bash",
    "UserPromptSubmit",
    "UserPromptSubmit",
    "UserPromptSubmit",
    "Stop",
    "SessionEnd",
]
CODEX_NOTIFIED = {"client", "cwd", "input-messages", "last-assistant-message", "thread-id", "turn-id", "type"}
CODEX_HISTORY = {"session_id", "ts", "text"}
