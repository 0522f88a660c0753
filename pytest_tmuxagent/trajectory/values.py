"""Holds a value that an agent gave against the one that a test expects, or against its matcher."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

# What means nothing but itself, however it compares.
_PLAIN = (str, bytes, bytearray, int, float, complex, list, tuple, dict, set, frozenset, os.PathLike)


def is_matcher(value: object) -> bool:
    """Whether its own `==` decides: a regex, `mock.ANY`, what dirty-equals has; a plain value is none."""
    if value is None or isinstance(value, _PLAIN):
        return False
    return type(value).__eq__ is not object.__eq__


def holds_matcher(value: object) -> bool:
    """Whether it is a matcher, or a list or an object of JSON that has one in it."""
    if isinstance(value, Mapping):
        return any(map(holds_matcher, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(holds_matcher, value))
    return is_matcher(value)


def matches(expected: object, actual: object) -> bool:
    """Whether it is as expected; a regex is searched for."""
    if isinstance(expected, re.Pattern):
        return isinstance(actual, str) and expected.search(actual) is not None
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        return expected.keys() == actual.keys() and all(
            matches(value, actual[key]) for key, value in expected.items()
        )
    if isinstance(expected, (list, tuple)) and isinstance(actual, (list, tuple)):
        return len(expected) == len(actual) and all(map(matches, expected, actual))
    return bool(expected == actual)


def path_matches(expected: object, actual: object, *, workdir: Path | None) -> bool:
    """Whether it is the expected path; below the workdir a relative one and an absolute one are the same."""
    if not isinstance(actual, str):
        return matches(expected, actual)
    if isinstance(expected, (str, os.PathLike)):
        return bool(_places(os.fspath(expected), workdir) & _places(actual, workdir))
    return matches(expected, path_shown(actual, workdir=workdir)) or matches(expected, actual)


def path_shown(path: str, *, workdir: Path | None) -> str:
    """Give the path relative to the workdir where it lies below it, with `/`; else as it is."""
    if workdir is None or not os.path.isabs(path):  # noqa: PTH117 - it may be no path of this system
        return path
    for base in (str(workdir), os.path.realpath(workdir)):
        if path.startswith(f"{base}/"):
            return path[len(base) + 1 :]
    return path


def common_length(one: str, other: str) -> int:
    """Give how many characters both begin with."""
    shorter = min(len(one), len(other))
    return next((at for at in range(shorter) if one[at] != other[at]), shorter)


def _places(path: str, workdir: Path | None) -> set[str]:
    """Give the names of the place that it means; on macOS a temporary folder has two."""
    if workdir is None:
        return {os.path.normpath(path)}
    joined = os.path.join(workdir, path)  # noqa: PTH118 - text, which is not touched
    within = path_shown(joined, workdir=workdir)
    resolved = os.path.join(os.path.realpath(workdir), within)  # noqa: PTH118
    return {os.path.normpath(joined), os.path.normpath(resolved)}
