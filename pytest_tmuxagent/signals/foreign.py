"""What foreigners wrote: JSON of any shape, read as what it should be."""

from __future__ import annotations

import json
from typing import Any

UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
"""What reading raises where a value is not what it should be: infinite numbers, endless nesting included."""

_SHOWN = 100


def parse(line: bytes | str) -> dict[str, Any] | None:
    """Read a JSON object; None where it is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def text(value: object) -> str:
    """Give a text.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, str):
        raise TypeError(f"{shown(value)} is no text")
    return value


def number(value: object) -> int | None:
    """Give a whole number; None for anything else, as true and false are."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def shown(value: object) -> str:
    """Show a value in brief, however deep it is nested."""
    try:
        return f"{value!r:.{_SHOWN}}"
    except RecursionError:
        return f"a nested {type(value).__name__}"
