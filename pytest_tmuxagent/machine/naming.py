"""What values are called in the source of a story: those that Python cannot print are told by a name."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from hypothesis.stateful import MultipleResults

from pytest_tmuxagent.machine.scene import Called
from pytest_tmuxagent.machine.steps import Step


class Names:
    """Names the results of rules that later rules are given, where they have no source of their own."""

    def __init__(self, story: Sequence[Step]) -> None:
        calls = [step for step in story if isinstance(step, Called)]
        given = [value for call in calls for value in call.arguments.values() if not has_source(value)]
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
        if has_source(value):
            return repr(value)
        found = next((name for named, name in self._named if named is value), None)
        if found is None:
            unknown.append(" ".join(repr(value).split()))
        return found or "..."


def has_source(value: object) -> bool:
    """Whether what a value prints as can be Python."""
    try:
        ast.parse(repr(value), mode="eval")
    except (SyntaxError, ValueError):
        return False
    return True


def name_of(machine: type) -> str:
    """The name by which a class is called where it is imported, or defined."""
    return machine.__qualname__.rpartition("<locals>.")[2]
