"""The messages inside the records of a transcript, as the Messages API spells them.

Source: Claude Code 2.1.197, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

REJECTED = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file"
    " edit, the new_string was NOT written to the file). STOP what you are doing and wait for the user to"
    " tell you how to proceed."
)
INTERRUPTED = "[Request interrupted by user]"
INTERRUPTED_TOOL = "[Request interrupted by user for tool use]"
GO_ON = "Continue from where you left off."
SILENCE = "No response requested."
# What comes with the first prompt. The real one lists its agents and skills here.
GREETINGS: tuple[dict[str, Any], ...] = (
    {
        "type": "agent_listing_delta",
        "addedTypes": [],
        "addedLines": [],
        "removedTypes": [],
        "isInitial": True,
        "showConcurrencyNote": True,
    },
    {"type": "skill_listing", "content": "", "skillCount": 0, "isInitial": True, "names": []},
)
# Tools whose results have their keys in another order, and one that says `is_error` of a success too.
_TYPE_FIRST = ("AskUserQuestion",)
_SAYS_NO_ERROR = ("Bash",)


def assistant(
    message_id: str,
    block: Mapping[str, Any],
    *,
    model: str,
    stop_reason: str,
    usage: Mapping[str, Any],
) -> dict[str, Any]:
    """Give a message of the model as a record has it: with one of its blocks."""
    return {
        "id": message_id,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [block],
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": _usage(usage),
        "stop_details": None,
    }


def synthetic(message_id: str, text: str) -> dict[str, Any]:
    """Give a message that the program made up."""
    usage = {
        "input_tokens": 0,
        "output_tokens": 0,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0},
        "service_tier": None,
        "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 0},
        "inference_geo": None,
        "iterations": None,
        "speed": None,
    }
    return {
        "id": message_id,
        "container": None,
        "model": "<synthetic>",
        "role": "assistant",
        "stop_details": None,
        "stop_reason": "stop_sequence",
        "stop_sequence": "",
        "type": "message",
        "usage": usage,
        "content": [{"type": "text", "text": text}],
        "context_management": None,
    }


def blocks(text: str, calls: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give the blocks of a message: its text, if any, then its calls."""
    said = [{"type": "text", "text": text}] if text else []
    called = [
        {"type": "tool_use", "id": call["id"], "name": call["name"], "input": call["input"]} for call in calls
    ]
    return [*said, *called]


def tool_result(call: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, Any]:
    """Give what goes back to the model after a call."""
    call_id, name = call["id"], call["name"]
    content = result.get("content", result["output"])
    if result["is_error"]:
        return {"type": "tool_result", "content": content, "is_error": True, "tool_use_id": call_id}
    if name in _TYPE_FIRST:
        return {"type": "tool_result", "content": content, "tool_use_id": call_id}
    block = {"tool_use_id": call_id, "type": "tool_result", "content": content}
    return {**block, "is_error": False} if name in _SAYS_NO_ERROR else block


def _usage(usage: Mapping[str, Any]) -> dict[str, Any]:
    counts = {
        name: int(usage.get(name) or 0)
        for name in (
            "input_tokens",
            "cache_creation_input_tokens",
            "cache_read_input_tokens",
            "output_tokens",
        )
    }
    return {
        **counts,
        "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0},
        "service_tier": "standard",
        "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 0},
        "inference_geo": "",
        "iterations": [],
        "speed": "standard",
    }
