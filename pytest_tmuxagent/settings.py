"""What may be chosen for agents, its defaults, and what is wrong with a choice."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any

RUNGS = ("stub", "scripted", "replay", "live")
DEFAULT_MOST_LIVE = 4 * (os.cpu_count() or 1)
DEFAULT_TIMEOUTS = {"stub": 10.0, "scripted": 30.0, "replay": 30.0, "live": 300.0}
_MISSING_RUNGS = {
    "replay": "cassettes are not part of this version",
    "live": "running on a vendor's model is not part of this version",
}
PERMISSIONS = ("allow", "ask")


def why_unavailable(rung: str) -> str | None:
    """Say what a rung lacks, or None where it answers."""
    missing = _MISSING_RUNGS.get(rung)
    return None if missing is None else f"the rung {rung!r} is not available: {missing}. Use 'stub'."


def why_not(options: Mapping[str, Any]) -> tuple[str, str] | None:
    """Give the first option whose value cannot be, and what is wrong with it."""
    for name, value in options.items():
        wanted, fits = OPTION_CHECKS[name]
        if not fits(value):
            return name, f" = {value!r}; wanted: {wanted}"
    from pytest_tmuxagent.faces.options import why_no_face

    for name, why in (("face", why_no_face), ("flags", why_no_flags)):
        reason = why(options[name]) if name in options else None
        if reason is not None:
            return name, f": {reason}"
    return None


def why_no_flags(template: object) -> str | None:
    """Say what is wrong with the folder of flags, or None where it can be one."""
    if not isinstance(template, str) or not template:
        return f"it is {template!r}, not a folder"
    try:
        places = [name for _, name, _, _ in Formatter().parse(template) if name is not None]
    except ValueError as error:
        return f"{template!r} is no template: {error}"
    for name in places:
        if name not in _FLAG_PLACES:
            return f"{template!r} has the place {name!r}; it takes {', '.join(_FLAG_PLACES)}"
    if not template.startswith(("/", "{home}", "{workdir}")):
        return f"{template!r} is no absolute folder; begin it with /, {{home}} or {{workdir}}"
    return None


_FLAG_PLACES = ("home", "workdir", "session")
_SMALLEST = (4, 3)


def _is_size(value: object) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) == 2
        and all(
            type(number) is int and least <= number <= 10000
            for number, least in zip(value, _SMALLEST, strict=True)
        )
    )


def _is_environment(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str)
        and isinstance(content, str)
        and name != ""
        and not set("=\0").intersection(name)
        and "\0" not in content
        for name, content in value.items()
    )


OPTION_CHECKS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "arguments": (
        "a list of strings for the agent's command line",
        lambda value: isinstance(value, (list, tuple)) and all(isinstance(word, str) for word in value),
    ),
    "face": ("a dict of the face's options", lambda _value: True),
    "flags": ("a folder", lambda _value: True),
    "environment": ("a dict of strings, without NUL, and without = in names", _is_environment),
    "permissions": ("'allow' or 'ask'", lambda value: value in PERMISSIONS),
    "size": (f"(columns, rows), {_SMALLEST} or more", _is_size),
    "timeout": ("seconds above 0", lambda value: isinstance(value, (int, float)) and value > 0),
    "workdir_from": (
        "a folder to copy",
        lambda value: isinstance(value, str) or hasattr(value, "__fspath__"),
    ),
}
