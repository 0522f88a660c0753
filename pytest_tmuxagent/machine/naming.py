"""What values are called in the source of a story: those that Python cannot print are told by a name."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from hypothesis.stateful import MultipleResults

from pytest_tmuxagent.machine.scene import Called
from pytest_tmuxagent.machine.steps import Step


class Names:
    """Names the results of rules that later rules are given, where they have no source of their own."""

    def __init__(self, story: Sequence[Step]) -> None:
        calls = [step for step in story if isinstance(step, Called)]
        given = [value for call in calls for value in call.arguments.values() if source_of(value) is None]
        self._named: list[tuple[object, str]] = []
        self._results: list[tuple[Called, str]] = []
        for call in calls:
            self._name(call, given)

    def source(self, call: Called) -> str:
        """Give the line that calls the rule."""
        unknown: list[str] = []
        given = ", ".join(f"{name}={self._written(value, unknown)}" for name, value in call.arguments.items())
        name = next((f"{name} = " for named, name in self._results if named is call), "")
        remark = f"  # {'; '.join(unknown)}" if unknown else ""
        return f"{name}machine.{call.name}({given}){remark}"

    def _name(self, call: Called, given: Sequence[object]) -> None:
        """Name what a rule has given, if a later one is called with it."""
        name = f"given_{len(self._results) + 1}"
        several = call.result.values if isinstance(call.result, MultipleResults) else None
        places = (
            [(call.result, name)]
            if several is None
            else [(value, f"{name}.values[{place}]") for place, value in enumerate(several)]
        )
        needed = [(value, text) for value, text in places if any(value is each for each in given)]
        if needed:
            self._results.append((call, name))
            self._named.extend(needed)

    def _written(self, value: object, unknown: list[str]) -> str:
        source = source_of(value)
        if source is not None:
            return source
        found = next((name for named, name in self._named if named is value), None)
        if found is None:
            unknown.append(" ".join(repr(value).split()))
        return found or "..."


def source_of(value: object) -> str | None:
    """The Python that makes a value, as far as it can be told; None where what it prints as is none."""
    if isinstance(value, Enum):
        return _member(value)
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    if type(value) in _FORMS:
        return _container(value)
    if _is_plain(value) and repr(value) == _fields_in_a_row(value, [repr(each) for each in _shown(value)]):
        sources = [source_of(each) for each in _shown(value)]
        return None if None in sources else _fields_in_a_row(value, sources)
    return repr(value) if _is_python(repr(value)) else None


def _member(value: Enum) -> str | None:
    kind = type(value)
    if "<locals>" in kind.__qualname__:
        return None
    # Several flags at once are no member, and have no name that is Python.
    is_one = value.name in kind.__members__
    return f"{kind.__qualname__}.{value.name}" if is_one else f"{kind.__qualname__}({value.value!r})"


_FORMS: dict[type, str] = {
    list: "[{}]",
    tuple: "({})",
    set: "set([{}])",
    frozenset: "frozenset([{}])",
    dict: "{{{}}}",
}


def _container(value: Any) -> str | None:  # noqa: ANN401 - one of `_FORMS`
    if _is_python(repr(value)):
        return repr(value)
    if isinstance(value, dict):
        pairs = [(source_of(key), source_of(each)) for key, each in value.items()]
        sources = [None if None in pair else f"{pair[0]}: {pair[1]}" for pair in pairs]
    else:
        sources = [source_of(each) for each in value]
    if None in sources:
        return None
    comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
    return _FORMS[type(value)].format(", ".join(map(str, sources)) + comma)


def _is_plain(value: object) -> bool:
    return is_dataclass(value) and not isinstance(value, type)


def _shown(value: Any) -> list[object]:  # noqa: ANN401 - a dataclass
    return [getattr(value, field.name) for field in fields(value) if field.repr]


def _fields_in_a_row(value: Any, sources: Sequence[str | None]) -> str:  # noqa: ANN401 - a dataclass
    """What a dataclass prints as by itself, with these fields."""
    names = [field.name for field in fields(value) if field.repr]
    given = ", ".join(f"{name}={source}" for name, source in zip(names, sources, strict=True))
    return f"{type(value).__qualname__}({given})"


_NOT_FINITE = frozenset({"nan", "inf", "nanj", "infj"})
"""What floats and complex numbers print as, and Python does not know."""


def _is_python(printed: str) -> bool:
    try:
        nodes = ast.walk(ast.parse(printed, mode="eval"))
    except (SyntaxError, ValueError):
        return False
    return not any(isinstance(node, ast.Name) and node.id in _NOT_FINITE for node in nodes)


def name_of(machine: type) -> str:
    """The name by which a class is called where it is imported, or defined."""
    return machine.__qualname__.rpartition("<locals>.")[2]
