"""The count of tokens, as rollouts keep it.

Source: Codex CLI 0.169.0, measured.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_KEYS = (
    "input_tokens",
    "cached_input_tokens",
    "cache_write_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
)


def counted(usage: Mapping[str, object] | None) -> dict[str, int]:
    """Give the usage of one answer with all keys, and the total."""
    found = {key: number((usage or {}).get(key), 0) for key in _KEYS}
    return {**found, "total_tokens": found["input_tokens"] + found["output_tokens"]}


def added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """Add up two counts."""
    return {key: number + other.get(key, 0) for key, number in one.items()}


def number(value: object, otherwise: int) -> int:
    """Read a number that may be missing, or none."""
    return value if isinstance(value, int) else otherwise


def table(value: object) -> Mapping[str, object]:
    """Read an object that may be missing, or none."""
    return value if isinstance(value, dict) else {}
