"""Where a story takes place, and what of a user's machine takes part in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from pytest_tmuxagent.agents.profile import Permissions
from pytest_tmuxagent.machine import recording
from pytest_tmuxagent.machine.performance import Performance


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The agent, none where the name is empty, and how it is launched; `machine` is the user's own.

    `plays` says that the machine's rules play steps themselves, so that its model must know all others, too.
    """

    agent: str
    permissions: Permissions = "allow"
    rung: str = "stub"
    options: Mapping[str, Any] = field(default_factory=dict)
    machine: type | None = None
    plays: bool = False
    has_invariants: bool = False
    has_teardown: bool = False


def setting_of(machine: RuleBasedStateMachine, *, performance: Performance, ours: type) -> Setting:
    """Give the setting of what a machine has played; `ours` is the class that the user's extend."""
    own = type(machine)
    return Setting(
        agent=performance.agent_name,
        permissions=performance.permissions,
        rung="stub" if performance.stage.sandbox.rung is None else "scripted",
        options=getattr(machine, "agent_options", {}) if performance.agent_name else {},
        machine=own if recording.has_own(own, ours=ours) else None,
        plays=performance.plays_in_rules,
        has_invariants=recording.has_invariants(own),
        has_teardown=recording.has_own_teardown(own),
    )
