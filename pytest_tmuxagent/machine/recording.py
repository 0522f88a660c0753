"""Takes the rules and invariants that a user adds to a machine into its story."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from copy import copy
from functools import wraps
from typing import Any

from hypothesis.stateful import (
    INITIALIZE_RULE_MARKER,
    INVARIANT_MARKER,
    RULE_MARKER,
    RuleBasedStateMachine,
)

from pytest_tmuxagent.machine.names import user_classes
from pytest_tmuxagent.machine.steps import Called

_RULES = (RULE_MARKER, INITIALIZE_RULE_MARKER)


def record_rules_of(machine: type, *, ours: type) -> None:
    """Have each rule that a user's class or its mixins define tell the machine when it is called."""
    for owner in user_classes(machine, ours=ours):
        for name, member in list(vars(owner).items()):
            is_rule = any(hasattr(member, marker) for marker in _RULES)
            if is_rule and getattr(machine, name) is member and not hasattr(member, _RECORDED):
                setattr(machine, name, _recorded(member))


def print_story_at_the_end_of(machine: Any) -> None:  # noqa: ANN401 - its attributes are set
    """Have an end of the user's own print the story when something failed, that end itself included."""
    if has_own_teardown(machine) and not hasattr(machine.teardown, _RECORDED):
        machine.teardown = _printing(machine.teardown)


def has_own(machine: type, *, ours: type) -> bool:
    """Whether a machine has rules or invariants beside ours, or an end of its own."""
    members = [member for owner in user_classes(machine, ours=ours) for member in vars(owner).values()]
    markers = (*_RULES, INVARIANT_MARKER)
    return has_own_teardown(machine) or any(hasattr(each, name) for each in members for name in markers)


def has_own_teardown(machine: type) -> bool:
    """Whether the user does something when an example is over."""
    return not inspect.unwrap(machine.teardown).__module__.startswith(  # type: ignore[attr-defined]
        "pytest_tmuxagent.machine."
    )


def has_invariants(machine: type) -> bool:
    """Whether something is to be checked after each step."""
    return any(hasattr(member, INVARIANT_MARKER) for _, member in inspect.getmembers(machine))


def assert_invariants_of(machine: RuleBasedStateMachine, *, beginning: bool) -> None:
    """Check those whose preconditions hold; in the `beginning` only those that are checked there, too."""
    for _, member in inspect.getmembers(type(machine)):
        invariant = getattr(member, INVARIANT_MARKER, None)
        if invariant is None or (beginning and not invariant.check_during_init):
            continue
        if all(precondition(machine) for precondition in invariant.preconditions):
            invariant.function(machine)


def initial_rules_of(machine: type) -> frozenset[str]:
    """The names of the rules that hypothesis calls before all others."""
    members = inspect.getmembers(machine)
    return frozenset(name for name, member in members if hasattr(member, INITIALIZE_RULE_MARKER))


_RECORDED = "_pytest_tmuxagent_recorded"


def _recorded(member: Callable[..., Any]) -> Callable[..., Any]:
    marker = next(marker for marker in _RULES if hasattr(member, marker))
    rule = copy(getattr(member, marker))
    function = rule.function

    @wraps(member)
    def recorded(machine: Any, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - the rule's own
        _, *arguments = inspect.signature(function).bind(machine, *given, **named).arguments.items()
        call = Called(name=function.__name__, arguments=dict(arguments))
        with machine._performance.calling(call) as results:
            results.append(function(machine, *given, **named))
            return results[0]

    rule.function = recorded
    setattr(recorded, marker, rule)
    setattr(recorded, _RECORDED, True)
    return recorded


def _printing(teardown: Callable[..., None]) -> Callable[..., None]:
    @wraps(teardown)
    def printing(machine: Any) -> None:  # noqa: ANN401 - one of ours
        try:
            teardown(machine)
        finally:
            if sys.exc_info()[0] is not None:
                machine._print_story()

    setattr(printing, _RECORDED, True)
    return printing
