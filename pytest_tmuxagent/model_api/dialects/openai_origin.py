"""Where a Responses request comes from: which conversation, which turn of it, and what it is made for.

Source: Codex CLI 0.169.0, measured. It says all of this in the header `x-codex-turn-metadata`, and again in
the body's `client_metadata`; other clients say nothing of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_METADATA = "x-codex-turn-metadata"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a request says of itself; "" where it does not.

    `thread` is the conversation: one of a sub-agent has its own. `source` is who opened it (`user`,
    `subagent`, or the CLI itself), `purpose` what is asked for (`turn`, `compaction`).
    """

    thread: str
    turn: str
    source: str
    purpose: str
    subagent: str


def read_origin(headers: Mapping[str, str], body: Mapping[str, Any]) -> Origin:
    """Read what a request says of itself; what is malformed counts as not said."""
    said = _mapping(body.get("client_metadata"))
    told = _parsed(headers.get(_METADATA)) or _parsed(said.get(_METADATA))
    return Origin(
        thread=_first(
            told.get("thread_id"),
            headers.get("thread-id"),
            said.get("thread_id"),
            body.get("prompt_cache_key"),
        ),
        turn=_first(told.get("turn_id"), said.get("turn_id")),
        source=_first(told.get("thread_source")),
        purpose=_first(told.get("request_kind")),
        subagent=_first(told.get("subagent_kind"), headers.get("x-openai-subagent")),
    )


def _parsed(text: object) -> Mapping[str, Any]:
    if not isinstance(text, str):
        return {}
    try:
        return _mapping(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _first(*values: object) -> str:
    return next((value for value in values if isinstance(value, str) and value), "")
