"""The shapes of what the agents print without a terminal.

Source: Claude Code 2.1.197 and 2.1.330, `claude -p --output-format stream-json`; Codex CLI 0.169.0,
`codex exec --json`.
"""

from __future__ import annotations

# The lines of a run, by how it went: their types, and what tells two of a type apart.
LINES = {
    "claude": {
        "done": ["system init", "assistant", "assistant", "user", "assistant", "result success"],
        "said": ["system init", "assistant", "result success"],
        "failed": ["system init", "assistant", "result success"],
        "interrupted": [
            "system init",
            "assistant",
            "assistant",
            "user",
            "assistant",
            "user",
            "result error_during_execution",
        ],
    },
    "codex": {
        "done": [
            "thread.started",
            "turn.started",
            "item.completed agent_message",
            "item.started command_execution in_progress",
            "item.completed command_execution completed",
            "item.completed agent_message",
            "turn.completed",
        ],
        "said": ["thread.started", "turn.started", "item.completed agent_message", "turn.completed"],
        "failed": ["thread.started", "turn.started", "error", "turn.failed"],
        "interrupted": [
            "thread.started",
            "turn.started",
            "item.completed agent_message",
            "item.started command_execution in_progress",
            "item.completed command_execution completed",
        ],
    },
}
# What `--include-partial-messages` adds.
PARTIAL = ("stream_event", "system status")
_NAMED = {"type", "session_id", "uuid"}
INIT = {
    *_NAMED,
    "agents",
    "analytics_disabled",
    "apiKeySource",
    "claude_code_version",
    "cwd",
    "fast_mode_state",
    "mcp_servers",
    "memory_paths",
    "model",
    "output_style",
    "permissionMode",
    "plugins",
    "product_feedback_disabled",
    "skills",
    "slash_commands",
    "subtype",
    "tools",
}
SPOKEN = {
    "assistant": {*_NAMED, "message", "parent_tool_use_id", "request_id"},
    "user": {*_NAMED, "message", "parent_tool_use_id", "timestamp", "tool_use_result"},
}
RESULT = {
    *_NAMED,
    "duration_api_ms",
    "duration_ms",
    "fast_mode_state",
    "is_error",
    "modelUsage",
    "num_turns",
    "permission_denials",
    "stop_reason",
    "subtype",
    "terminal_reason",
    "total_cost_usd",
    "usage",
}
ANSWERED = {"api_error_status", "result", "time_to_request_ms", "ttft_ms", "ttft_stream_ms"}
# What 2.1.330 tells beside these.
LATER = {
    "additional_directories",
    "capabilities",
    "fast_mode_disabled_reason",
    "first_content_frame_ms",
    "messaging_socket_path",
    "model_usage_since_last_result",
    "original_cwd",
    "per_turn_effort_active",
    "queued_turn_count",
    "result_index",
    "safety_stops",
    "served_by_anthropic",
    "subagent_stats",
    "terminal_slash_commands",
    "timestamp",
    "tool_result_meta",
    "ultrathink_available",
    "ultrathink_typed_raises",
    "view_mode",
}
EXEC_ITEMS = {
    "agent_message": {"id", "type", "text"},
    "command_execution": {"id", "type", "command", "aggregated_output", "exit_code", "status"},
    "usage": {
        "input_tokens",
        "cached_input_tokens",
        "cache_write_input_tokens",
        "output_tokens",
        "reasoning_output_tokens",
    },
}
