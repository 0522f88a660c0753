"""Which names of a machine are ours, and what a user's class may make of them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import FunctionType

from hypothesis.stateful import RULE_MARKER

from pytest_tmuxagent.errors import Misuse

SETTINGS = (
    "agent_name",
    "permissions",
    "agent_options",
    "program_under_test",
    "program_ready",
    "launches_agent",
)
"""What a class sets."""

PLACES = ("agent", "sandbox", "script", "program")
"""What each example has."""

VERBS = (
    "play",
    "can",
    "on",
    "as_test",
    "assert_invariants",
    "_performance",
    "_begin",
    "_enter",
    "_launch",
    "_launch_again",
)
"""What the machine does; no class can do it in another way."""


def check_names(machine: type, *, ours: type) -> None:
    """Look at all that the classes of a user's machine define; `ours` is the one that they extend.

    Raises:
        Misuse: a name of ours stands for something else there.
    """
    rules = {name for name, member in inspect.getmembers(ours) if hasattr(member, RULE_MARKER)}
    private = {
        name for each in (ours, *ours.__bases__) for name in vars(each) if name[:1] == "_" != name[1:2]
    }
    private.add("_performance")
    for owner in user_classes(machine, ours=ours):
        for name, member in vars(owner).items():
            why = _why_not(name, member, rules=rules, private=private)
            if why:
                raise Misuse(f"{owner.__qualname__}.{name}: {why}")


def user_classes(machine: type, *, ours: type) -> Iterator[type]:
    """The classes of a machine that are the user's, mixins too."""
    return (owner for owner in machine.__mro__ if owner not in ours.__mro__)


def _why_not(name: str, member: object, *, rules: set[str], private: set[str]) -> str | None:
    if name in VERBS or name in PLACES or name in private:
        return "AgentMachine has this name for itself; call yours otherwise."
    if name in SETTINGS and isinstance(member, FunctionType) and name != "program_ready":
        return "AgentMachine has this name for a setting; call your rule or method otherwise."
    if name in rules and member is not None and not hasattr(member, RULE_MARKER):
        return (
            f"AgentMachine has a rule of this name. Leave it out by `{name} = None`, or write another "
            "`@rule` in its place; anything else has another name."
        )
    return None
