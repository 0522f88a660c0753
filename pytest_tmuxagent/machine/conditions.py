"""Conditions for rules of a user's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis.stateful import precondition

from pytest_tmuxagent.machine.rules import StepRules

_Rule = TypeVar("_Rule", bound=Callable[..., object])


def when_idle(rule: _Rule) -> _Rule:
    """Have a rule, or an invariant, of an `AgentMachine` called only while its agent is idle.

    It stands above `@rule(...)`. A machine that has a program and no agent of ours can have none of these.
    """
    idle: _Rule = precondition(_is_idle)(rule)
    return idle


def _is_idle(machine: StepRules) -> bool:
    return machine._performance.is_idle()
