"""The imports of a printed story: each name that its lines use is looked up where it can be had."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass

import pytest_tmuxagent
from pytest_tmuxagent import errors
from pytest_tmuxagent.machine import steps
from pytest_tmuxagent.machine.naming import name_of
from pytest_tmuxagent.machine.setting import Setting
from pytest_tmuxagent.machine.steps import Step

_MODULES = ("datetime", "os", "re", "signal", "zoneinfo")
"""Those that stand in front of their names, in what steps are written as and in what values print as."""


def imports_of(lines: Sequence[str], *, story: Sequence[Step], setting: Setting) -> Iterator[str]:
    """Give the lines that import what those of a test use."""
    used = _names_in(lines)
    modules = [name for name in _MODULES if name in used]
    yield from (f"import {name}" for name in modules)
    yield from ["", "import pytest", ""] if modules else ["import pytest", ""]
    homes: dict[str, set[str]] = {}
    for name in used.difference(modules):
        home = _home_of(name, types=_types_in(story))
        if home is not None:
            homes.setdefault(home, set()).add(name)
    yield from (f"from {home} import {', '.join(sorted(names))}" for home, names in sorted(homes.items()))
    if setting.machine is not None:
        yield _import_of(setting.machine)


def _names_in(lines: Sequence[str]) -> set[str]:
    """The names that stand in code, and not in the texts of it."""
    bare = re.sub(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", "''", "\n".join(lines))
    return set(re.findall(r"(?<![\w.])[A-Za-z_]\w*(?!\w*=[^=])", bare))


def _home_of(name: str, *, types: Mapping[str, str]) -> str | None:
    if name in pytest_tmuxagent.__all__:
        return "pytest_tmuxagent"
    if name in vars(errors) and vars(errors)[name].__module__ == errors.__name__:
        return errors.__name__
    if name in steps.__all__:
        return steps.__name__
    return types.get(name)


def _types_in(story: Sequence[Step]) -> dict[str, str]:
    """The classes of what the user's own rules were called with, and their modules."""
    values = [value for step in story if isinstance(step, steps.Called) for value in step.arguments.values()]
    kinds = [kind for kind in _types_of(values) if kind.__module__ != "builtins"]
    return {name_of(kind).partition(".")[0]: kind.__module__ for kind in kinds}


def _types_of(values: Iterable[object]) -> Iterator[type]:
    for value in values:
        yield type(value)
        if isinstance(value, Mapping):
            yield from _types_of([*value.keys(), *value.values()])
        elif isinstance(value, (list, tuple, set, frozenset, deque)):
            yield from _types_of(value)
        elif is_dataclass(value) and not isinstance(value, type):
            yield from _types_of(getattr(value, field.name) for field in fields(value))


def _import_of(machine: type) -> str:
    name = name_of(machine).partition(".")[0]
    if "<locals>" in machine.__qualname__:
        where = machine.__qualname__.partition(".")[0]
        return f"# {name} is defined inside of {where}(): have it where it can be imported from."
    return f"from {machine.__module__} import {name}"
