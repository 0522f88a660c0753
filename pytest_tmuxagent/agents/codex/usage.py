"""What Codex tells of the tokens of an answer.

Source: Codex CLI 0.169.0, `usage` of `token_usage_record` and of `turn.completed`: `input_tokens` are all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_tmuxagent.turn import Usage


def usage_of(counted: Mapping[str, Any]) -> Usage:
    """Read it; older releases tell of no cache."""
    return Usage(
        input_tokens=int(counted["input_tokens"]),
        output_tokens=int(counted["output_tokens"]),
        cache_read_tokens=int(counted.get("cached_input_tokens") or 0),
        cache_write_tokens=int(counted.get("cache_write_input_tokens") or 0),
    )
