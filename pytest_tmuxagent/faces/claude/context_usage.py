"""What `get_context_usage` tells: how full the window of the model is.

All keys of the real one; its grid, drawn for a terminal, stays empty. Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LONG, _USUAL = 1_000_000, 200_000
_KEPT_FREE = 33_000  # for the summary, when the conversation is compacted
_COLOURS = {"Messages": "purple_FOR_SUBAGENTS_ONLY", "Autocompact buffer": "inactive"}


def context_usage(*, model: str, tokens: int) -> dict[str, Any]:
    """Tell of a conversation that takes so many tokens; `model` is the full name, with `[1m]`."""
    window = _LONG if model.endswith("[1m]") else _USUAL
    parts = {
        "Messages": tokens,
        "Autocompact buffer": _KEPT_FREE,
        "Free space": max(0, window - _KEPT_FREE - tokens),
    }
    return {
        "categories": [
            {"name": name, "tokens": count, "color": _COLOURS.get(name, "promptBorder")}
            for name, count in parts.items()
        ],
        "totalTokens": tokens,
        "maxTokens": window,
        "rawMaxTokens": window,
        "autocompactSource": "model-default",
        "percentage": round(100 * tokens / window),
        "gridRows": [],
        "model": model.partition("[")[0],
        "memoryFiles": [],
        "mcpTools": [],
        "agents": [],
        "slashCommands": {"totalCommands": 0, "includedCommands": 0, "tokens": 0},
        "skills": {"totalSkills": 0, "includedSkills": 0, "tokens": 0, "skillFrontmatter": []},
        "autoCompactThreshold": window - _KEPT_FREE,
        "isAutoCompactEnabled": True,
        "messageBreakdown": {
            "toolCallTokens": 0,
            "toolResultTokens": 0,
            "attachmentTokens": 0,
            "assistantMessageTokens": 0,
            "userMessageTokens": tokens,
            "redirectedContextTokens": 0,
            "unattributedTokens": 0,
            "toolCallsByType": [],
            "attachmentsByType": [],
        },
        "apiUsage": None,
    }
