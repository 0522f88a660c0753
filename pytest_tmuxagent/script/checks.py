"""What a script may contain, checked where the test writes it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from pytest_tmuxagent.errors import InvalidScript


def shortened(value: object, *, limit: int = 60) -> str:
    """Show a value as Python source, cut in the middle where it is longer than `limit` characters."""
    if isinstance(value, str) and len(value) > limit:
        kept = limit // 2
        return f"{value[:kept]!r} ... {value[-kept:]!r} ({len(value)} characters)"
    shown = repr(value)
    return shown if len(shown) <= limit else f"{shown[: limit - 4]} ..."


def text(value: object, *, of: str) -> str:
    """Take a text that is not empty and can be written as UTF-8."""
    if not isinstance(value, str):
        raise InvalidScript(
            f"{of} takes a str, not {shortened(value)}. Convert it first, for example with str(...)."
        )
    if not value:
        raise InvalidScript(f"{of} was given an empty text. Write what should be there, or leave it out.")
    return encodable(value, of=of)


def encodable(value: object, *, of: str) -> str:
    """Take a text, empty or not, that can be written as UTF-8."""
    if not isinstance(value, str):
        raise InvalidScript(
            f"{of} takes a str, not {shortened(value)}. Convert it first, for example with str(...)."
        )
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidScript(
            f"{of} was given a text with a lone surrogate at {error.start} ({shortened(value)}), "
            "which cannot be written as UTF-8. Decode it with errors='replace' first."
        ) from None
    return value


def seconds(value: object, *, of: str) -> float:
    """Take a duration: finite, not negative."""
    number = _number(value)
    if number is None or number < 0:
        raise InvalidScript(f"{of} takes seconds, 0 or more, not {shortened(value)}.")
    return number


def rate(value: object, *, of: str) -> float:
    """Take a rate: finite, above 0."""
    number = _number(value)
    if number is None or number <= 0:
        raise InvalidScript(f"{of} takes a number above 0, not {shortened(value)}.")
    return number


def count(value: object, *, of: str, least: int) -> int:
    """Take a whole number of at least `least`."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise InvalidScript(f"{of} takes a whole number, {least} or more, not {shortened(value)}.")
    return value


def json_object(value: Mapping[str, object], *, of: str) -> dict[str, object]:
    """Take arguments that JSON can carry, as a copy that the test cannot change afterwards."""
    try:
        copied: dict[str, object] = json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidScript(
            f"{of} was given {shortened(value)}, which JSON cannot carry ({error})."
        ) from None
    return copied


def _number(value: object) -> float | None:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
        return None
    return float(value)
