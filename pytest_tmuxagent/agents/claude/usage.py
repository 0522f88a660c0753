"""What Claude Code tells of the tokens of an answer.

Source: Claude Code 2.1.197 and 2.1.329, `usage` of a message: `input_tokens` are those past the cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_tmuxagent.turn import Usage


def usage_of(counted: Mapping[str, Any]) -> Usage:
    """Read it; what is not told counts as none."""
    read = int(counted.get("cache_read_input_tokens") or 0)
    written = int(counted.get("cache_creation_input_tokens") or 0)
    return Usage(
        input_tokens=int(counted.get("input_tokens", 0)) + read + written,
        output_tokens=int(counted.get("output_tokens", 0)),
        cache_read_tokens=read,
        cache_write_tokens=written,
    )
