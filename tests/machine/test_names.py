"""A class that takes a name of ours for something else is refused where it is defined."""

from __future__ import annotations

import pytest
from hypothesis.stateful import invariant, rule

from pytest_tmuxagent import AgentSession
from pytest_tmuxagent.errors import Misuse
from pytest_tmuxagent.machine import AgentMachine


def nothing(_machine: object) -> None:
    """Serves as any method."""


@pytest.mark.parametrize("name", ["agent", "sandbox", "script", "program", "play", "can", "on", "as_test"])
@pytest.mark.parametrize("member", [rule()(nothing), invariant()(nothing), nothing])
def test_what_the_machine_has_for_itself_cannot_be_a_users(name: str, member: object) -> None:
    with pytest.raises(Misuse, match=rf"Mine\.{name}: .* call yours otherwise"):
        type("Mine", (AgentMachine,), {"__qualname__": "Mine", name: member})


@pytest.mark.parametrize("name", ["agent_name", "permissions", "program_under_test"])
def test_a_setting_is_no_rule(name: str) -> None:
    with pytest.raises(Misuse, match=rf"Mine\.{name}: .* for a setting"):
        type("Mine", (AgentMachine,), {"__qualname__": "Mine", name: rule()(nothing)})


def test_a_method_does_not_silently_take_the_place_of_a_rule() -> None:
    with pytest.raises(Misuse, match=r"Mine\.send: .* `send = None`"):
        type("Mine", (AgentMachine,), {"__qualname__": "Mine", "send": nothing})


def test_a_name_is_refused_in_a_mixin_too() -> None:
    mixin = type("Mixin", (), {"__qualname__": "Mixin", "on": nothing})
    with pytest.raises(Misuse, match=r"Mixin\.on"):
        type("Mine", (mixin, AgentMachine), {})


def test_rules_of_ours_can_be_left_out_and_replaced_and_names_of_old_are_free() -> None:
    class Mine(AgentMachine):
        permissions = "ask"
        crash = None

        @rule()
        def send(self) -> None:
            """Another one."""

        @rule()
        def asks(self) -> None:
            """README's example once had this name, and it was one of ours."""

        @rule()
        def calling(self) -> None:
            """So had this."""

    names = {each.function.__name__ for each in Mine.setup_state().rules}
    assert {"send", "asks", "calling", "ask"} <= names
    assert "crash" not in names


@pytest.mark.agent("claude")
def test_the_rules_of_a_mixin_are_told(agent: AgentSession) -> None:
    class Mixin:
        @rule()
        def greet(self, name: str = "you") -> None:
            self.greeted = name

    class Mine(Mixin, AgentMachine):
        @rule()
        def greet_twice(self) -> None:
            self.greet("a")
            self.greet(name="b")

    machine = Mine.on(agent)
    machine.greet("me")
    assert machine.greeted == "me"
    machine.greet_twice()
    told = [line.strip() for line in machine.as_test().splitlines() if "machine." in line]
    assert told == ["machine.greet(name='me')", "machine.greet_twice()"]
