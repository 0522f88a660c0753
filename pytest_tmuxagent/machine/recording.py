"""Takes the rules and invariants that a user adds to a machine into its story."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from hypothesis.stateful import INITIALIZE_RULE_MARKER, INVARIANT_MARKER, RULE_MARKER

from pytest_tmuxagent.machine.steps import Called

_OURS = "pytest_tmuxagent.machine"


def record_rules_of(machine: type) -> None:
    """Have each rule that a class defines itself tell the machine when it is called."""
    for member in vars(machine).values():
        for marker in (RULE_MARKER, INITIALIZE_RULE_MARKER):
            rule = getattr(member, marker, None)
            if rule is not None:
                rule.function = _recorded(rule.function)


def has_own(machine: type) -> bool:
    """Whether a machine has rules or invariants beside ours."""
    return any(not _is_ours(member) for member in _marked(machine, RULE_MARKER)) or bool(
        _marked(machine, INITIALIZE_RULE_MARKER) or _marked(machine, INVARIANT_MARKER)
    )


def invariants_of(machine: type) -> tuple[str, ...]:
    """The names of a machine's invariants."""
    return tuple(
        getattr(member, INVARIANT_MARKER).function.__name__ for member in _marked(machine, INVARIANT_MARKER)
    )


def _marked(machine: type, marker: str) -> list[Any]:
    return [member for _, member in inspect.getmembers(machine) if getattr(member, marker, None) is not None]


def _is_ours(member: Any) -> bool:  # noqa: ANN401 - a function
    return bool(member.__module__.startswith(_OURS))


def _recorded(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def recorded(machine: Any, **arguments: Any) -> Any:  # noqa: ANN401 - the rule's own
        with machine.calling(Called(name=function.__name__, arguments=arguments)):
            return function(machine, **arguments)

    return recorded
